"""What the words of a profile mean, and which word was meant by one that is none of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from worldflux.benchmarks.registry import benchmarks, normalised
from worldflux.portfolio.probes.registry import probes

OWN_PREFIX: Final = "custom-"
"""What a simulator or data set of one's own begins with, so that nobody takes it for a slip of the pen."""

_VERSION: Final = re.compile(r"_?v?[0-9][0-9._]*\Z")

MEANINGS: Final[dict[str, dict[str, str]]] = {
    "embodiment_class": {
        "single_arm_tabletop": "one fixed arm at a table",
        "bimanual_tabletop": "two fixed arms at a table",
        "mobile_manipulator": "an arm on a moving base",
        "humanoid": "two arms, two legs",
        "quadruped": "four legs",
        "dexterous_hand": "a hand with fingers, by itself",
        "simulated_point": "a point or disc that exists in simulation only",
        "other": "none of these; no probe of the registry is made for it",
    },
    "action_control_mode": {
        "delta_pose": "change of the end effector's pose",
        "absolute_pose": "pose of the end effector",
        "joint_position": "angles of the joints",
        "joint_delta": "changes of the joints' angles",
        "joint_velocity": "speeds of the joints",
        "joint_torque": "torques of the joints",
        "other": "none of these",
    },
    "coordinate_frame": {
        "end_effector": "that of the end effector",
        "robot_base": "that of the robot's base",
        "world": "that of the scene",
        "camera": "that of a camera",
        "joint_space": "none: actions are about joints",
        "other": "none of these",
    },
    "gripper_control": {
        "binary": "open or closed",
        "continuous": "a width or a force",
        "dexterous": "fingers one by one",
        "none": "there is no gripper",
    },
    "camera_topology": {
        "static": "one that does not move",
        "wrist": "one on the wrist",
        "static_and_wrist": "one that does not move, and one on the wrist",
        "multi_static": "several that do not move",
        "mobile": "one on a moving base or head",
        "none": "the policy sees no picture",
    },
    "reset_policy": {
        "episode_reset": "the simulator resets the scene before each episode",
        "seeded": "the same, to a state that the seed decides",
        "manual_reset": "a person puts the scene back",
        "continuous": "an episode begins where the one before ended",
        "none": "the scene is never put back",
    },
    "metric_contract": {
        "boolean_success_per_episode": "done or not done",
        "partial_credit_per_episode": "a share between 0 and 1",
        "subtask_count_per_episode": "how many steps of a task were done",
        "score_per_episode": "a score of another kind",
    },
}


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, however it was spelt; None where none comes near."""
    by_form = {normalised(known): known for known in words}
    found = difflib.get_close_matches(normalised(word), by_form, n=1, cutoff=0.6)
    return by_form[found[0]] if found else None


def simulator_meant(name: str) -> str | None:
    """The simulator that a name is a slip of the pen for; None for a known one and for one of somebody's own."""
    return _meant(name, _simulators())


def benchmark_meant(name: str) -> str | None:
    """The benchmark that a name is a slip of the pen for; None for a known one and for one of somebody's own."""
    return _meant(name, _benchmark_names())


def is_known_simulator(name: str) -> bool:
    """Whether some probe of the registry runs in it."""
    return normalised(name) in map(normalised, _simulators())


def _meant(name: str, known: tuple[str, ...]) -> str | None:
    wanted = normalised(name)
    by_form = {normalised(one): one for one in reversed(known)}  # the usual spelling comes first and stays
    if wanted.startswith(normalised(OWN_PREFIX)) or _VERSION.sub("", wanted) in by_form:
        return None
    # Nearer than for a closed list of words: a name that nobody here knows may well be a name.
    found = difflib.get_close_matches(wanted, by_form, n=1, cutoff=0.75)
    # A known name with something behind it is a fork of it, such as `libero_x`.
    return by_form[found[0]] if found and not wanted.startswith(found[0]) else None


@lru_cache(maxsize=1)
def _simulators() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for probe in probes() for name in probe.simulators))


@lru_cache(maxsize=1)
def _benchmark_names() -> tuple[str, ...]:
    of_probes = (name for probe in probes() for name in (probe.id, *probe.simulators))
    of_benchmarks = (name for known in benchmarks() for name in (known.benchmark, *known.aliases))
    return tuple(dict.fromkeys((*of_probes, *of_benchmarks)))
