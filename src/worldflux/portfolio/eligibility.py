"""Which probes fit a profile, and why the others do not.

Nothing here looks at a score. A reason names the field of the profile that it comes from, so that whoever reads the
plan can check it. What a profile adds (language, a gripper, more degrees of freedom) never excludes a probe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from worldflux.benchmarks.registry import normalised
from worldflux.documents.profile import EvalProfile
from worldflux.portfolio.probes.model import Probe, ProbeAxis

_NO_RESETS = ("continuous", "none")


@dataclass(frozen=True, slots=True)
class Fit:
    """How a probe fits a profile.

    Attributes:
        reasons: Why it is excluded; none: it fits.
        cautions: What does not agree and excludes nothing.
        axes: Axes that can be tried.
        always: Whether it goes with the simulator whatever else the profile says.
    """

    reasons: tuple[str, ...]
    cautions: tuple[str, ...]
    axes: tuple[ProbeAxis, ...]
    always: bool

    @property
    def fits(self) -> bool:
        """Whether nothing excludes it."""
        return not self.reasons


def fit(probe: Probe, profile: EvalProfile) -> tuple[str, ...]:
    """Why a probe does not fit a profile; empty where it does."""
    return judged(probe, profile).reasons


def judged(probe: Probe, profile: EvalProfile) -> Fit:
    """How a probe fits a profile.

    A probe that always belongs to a simulator family is selected there whatever else the profile says; what would have
    excluded it becomes a caution. An axis that the policy cannot be tried on is left out, and the cautions say so.
    """
    reasons, cautions = tuple(_reasons(probe, profile)), tuple(_cautions(probe, profile))
    always = _is_among(profile.simulator_family, probe.always_for)
    if always:
        reasons, cautions = (), reasons + cautions
    return Fit(reasons, cautions, _axes(probe, profile), always)


def _reasons(probe: Probe, profile: EvalProfile) -> Iterator[str]:
    if probe.template:
        yield "A template, not a probe: `--custom-eval-contract` adds one of your own in its place."
        return
    if not _is_among(profile.simulator_family, probe.simulators):
        yield f"simulator_family is {profile.simulator_family}; the probe runs in {_either(probe.simulators[:1])}."
    if profile.embodiment_class not in probe.embodiments:
        yield f"embodiment_class is {profile.embodiment_class}; the probe holds {_either(probe.embodiments)}."
    yield from _missing_abilities(probe, profile)
    yield from _other_conventions(probe, profile)


def _missing_abilities(probe: Probe, profile: EvalProfile) -> Iterator[str]:
    needs = probe.needs
    if needs.language and not profile.language_input:
        yield "language_input is false; the probe tells its tasks by instruction."
    if needs.camera and profile.camera_topology == "none":
        yield "camera_topology is none; the probe is observed through cameras."
    if needs.gripper and profile.gripper_control == "none":
        yield "gripper_control is none; the probe's tasks need a gripper."
    if profile.degrees_of_freedom < needs.degrees_of_freedom:
        given, least = profile.degrees_of_freedom, needs.degrees_of_freedom
        yield f"degrees_of_freedom is {given}; the probe's tasks need at least {least}, without the gripper."


def _other_conventions(probe: Probe, profile: EvalProfile) -> Iterator[str]:
    needs = probe.needs
    if needs.control_modes and profile.action_control_mode not in needs.control_modes:
        taken = _either(needs.control_modes)
        yield f"action_control_mode is {profile.action_control_mode}; the probe is controlled by {taken}."
    if needs.metrics and profile.metric_contract not in needs.metrics:
        yield f"metric_contract is {profile.metric_contract}; the probe gives {_either(needs.metrics)}."
    if profile.reset_policy in _NO_RESETS:
        yield f"reset_policy is {profile.reset_policy}; the probe starts every episode from a state of its own."


def _cautions(probe: Probe, profile: EvalProfile) -> Iterator[str]:
    if probe.needs.robots and not any(_is_same_robot(robot, profile.robot_model) for robot in probe.needs.robots):
        yield f"robot_model is {profile.robot_model}; the probe simulates {_either(probe.needs.robots)}."
    left_out = [axis.id for axis in probe.axes if axis not in _axes(probe, profile)]
    if left_out:
        yield f"language_input is false; left out: {', '.join(left_out)}."
    exposed = profile.training_exposure.possible_benchmark_families
    if seen := [family for family in exposed if _is_among(family, (probe.id, probe.family, *probe.simulators))]:
        yield f"training_exposure names {', '.join(seen)}: the policy may have been trained on its tasks."


def _axes(probe: Probe, profile: EvalProfile) -> tuple[ProbeAxis, ...]:
    return tuple(axis for axis in probe.axes if profile.language_input or not axis.needs_language)


def _is_among(name: str, names: tuple[str, ...]) -> bool:
    return normalised(name) in {normalised(known) for known in names}


def _is_same_robot(known: str, model: str) -> bool:
    """Whether a model's name holds every word of the robot's, or the other way round: `panda` is a `franka-panda`."""
    words, given = set(normalised(known).split("_")), set(normalised(model).split("_"))
    return words <= given or given <= words


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
