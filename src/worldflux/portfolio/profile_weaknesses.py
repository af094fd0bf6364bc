"""What a profile leaves open: nothing that is refused, everything that will weaken the packet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from msgspec import UNSET

from worldflux.benchmarks.registry import normalised
from worldflux.documents.profile import EvalProfile
from worldflux.portfolio import vocabularies


class Weakness(NamedTuple):
    """A field, what it leaves open, and what would mend it."""

    field: str
    says: str
    mend: str


_PINNED: Final = re.compile(r"@[^@\s]+\Z|[0-9a-f]{40}|\bsha256:[0-9a-f]{8}")
_LANGUAGE: Final = re.compile(r"language|instruction|prompt|text", re.IGNORECASE)
_PICTURE: Final = re.compile(r"rgb|image|camera|depth|video|pixel", re.IGNORECASE)
_GRIPPER: Final = re.compile(r"gripper|hand|finger", re.IGNORECASE)
# What no packet says of a policy; a reader would take the packet for saying it.
_OVERSTATED: Final = re.compile(r"\b(certif\w*|deploy\w*|approv\w*|pass(?:es|ed)|production[- ]ready)\b", re.IGNORECASE)


def weaknesses(profile: EvalProfile) -> list[Weakness]:
    """Everything that a profile leaves open, the gravest first."""
    return [found for rule in _RULES for found in rule(profile)]


def _checkpoint(profile: EvalProfile) -> Iterator[Weakness]:
    if profile.checkpoint_uri is UNSET:
        yield Weakness(
            "checkpoint_uri",
            "no checkpoint is named: nothing will show that all episodes were run with the same weights",
            "Name it with its revision or digest: --checkpoint-uri hf://our-lab/policy@3f1c0a9.",
        )
    elif not _PINNED.search(profile.checkpoint_uri):
        yield Weakness(
            "checkpoint_uri",
            "the checkpoint is named without a revision or digest: what lies there may change",
            "Add it: hf://our-lab/policy@3f1c0a9.",
        )


def _exposure(profile: EvalProfile) -> Iterator[Weakness]:
    exposure = profile.training_exposure
    if not exposure.possible_benchmark_families and not exposure.caveats:
        yield Weakness(
            "training_exposure",
            "nothing is said about the training data: the packet will ask whether the policy has seen the tasks",
            "Name the families that may have been in it, or say in a caveat what is not known.",
        )
    families = {normalised(name) for name in exposure.possible_benchmark_families}
    if normalised(profile.simulator_family) in families:
        yield Weakness(
            "training_exposure",
            f"the policy may have been trained on {profile.simulator_family}, in which it is evaluated: "
            "a high rate may be memory",
            "Probes that change the tasks are read with that in mind; nothing but training data can settle it.",
        )
    for caveat in exposure.caveats:
        yield Weakness("training_exposure", f"a caveat stands: {caveat}", "Settle it, or leave it to be read.")


def _simulator(profile: EvalProfile) -> Iterator[Weakness]:
    if not vocabularies.is_known_simulator(profile.simulator_family):
        yield Weakness(
            "simulator_family",
            f"no probe of the registry runs in {profile.simulator_family}: "
            "only a contract of your own can be planned for",
            "See `worldflux eval-portfolio probes` and `worldflux eval-portfolio contract-template`.",
        )


def _calibration(profile: EvalProfile) -> Iterator[Weakness]:
    if profile.real_to_sim_calibration is UNSET:
        yield Weakness(
            "real_to_sim_calibration",
            "nothing ties the simulator to the real robot: the results will be about the simulator alone",
            "Name the calibration: --real-to-sim-calibration calibration-v1. Without one, leave it so.",
        )


def _versions(profile: EvalProfile) -> Iterator[Weakness]:
    for field in ("environment_version", "adapter_version"):
        version = getattr(profile, field)
        if not re.search(r"[0-9]", version):
            yield Weakness(
                field,
                f"{version!r} holds no version: two different installations could both be called so",
                "Add a release or commit, as the evidence will name it.",
            )


def _unclear_words(profile: EvalProfile) -> Iterator[Weakness]:
    for field in ("embodiment_class", "action_control_mode", "coordinate_frame"):
        if getattr(profile, field) == "other":
            yield Weakness(
                field, f"{field} is 'other': no probe can be matched to it", "Take one of the words if one fits."
            )


def _scoring(profile: EvalProfile) -> Iterator[Weakness]:
    if profile.metric_contract != "boolean_success_per_episode":
        yield Weakness(
            "metric_contract",
            f"{profile.metric_contract} is no success or failure: no success rate and no power can be computed from it",
            "Say beside the score when an episode is a success.",
        )
    if profile.reset_policy in ("manual_reset", "continuous", "none"):
        yield Weakness(
            "reset_policy",
            f"with {profile.reset_policy} the seed does not decide where an episode starts: "
            "no episode can be tried again from the same start",
            "Record for each episode how the scene stood.",
        )


def _contradictions(profile: EvalProfile) -> Iterator[Weakness]:
    seen, acts = " ".join(profile.observation_spaces), " ".join(profile.action_spaces)
    if profile.language_input != bool(_LANGUAGE.search(seen)):
        says = "an instruction is given" if profile.language_input else "no instruction is given"
        yield _at_odds("language_input", says, "observation_spaces", profile.observation_spaces)
    if (profile.camera_topology != "none") != bool(_PICTURE.search(seen)):
        says = f"camera_topology is {profile.camera_topology}"
        yield _at_odds("camera_topology", says, "observation_spaces", profile.observation_spaces)
    if (profile.gripper_control != "none") != bool(_GRIPPER.search(acts)):
        says = f"gripper_control is {profile.gripper_control}"
        yield _at_odds("gripper_control", says, "action_spaces", profile.action_spaces)
    about_joints = profile.action_control_mode.startswith("joint")
    if profile.coordinate_frame != "other" and about_joints != (profile.coordinate_frame == "joint_space"):
        yield Weakness(
            "coordinate_frame",
            f"{profile.action_control_mode} in the frame {profile.coordinate_frame} is unusual",
            "Look at both again: an operator will set the adapter by them.",
        )


def _at_odds(field: str, says: str, other: str, entries: list[str]) -> Weakness:
    return Weakness(
        field,
        f"{says}, which {other} does not bear out: {', '.join(entries)}",
        "Look at both again: one of the two is incomplete.",
    )


def _words_of_intent(profile: EvalProfile) -> Iterator[Weakness]:
    if found := _OVERSTATED.search(profile.claim_intent):
        yield Weakness(
            "claim_intent",
            f"it says {found[0]!r}, which no packet shows of a policy",
            "Say what is to be observed: on which tasks, how often, under which changes.",
        )


def _reviewer(profile: EvalProfile) -> Iterator[Weakness]:
    if not profile.reviewer_next_actions:
        yield Weakness(
            "reviewer_next_actions",
            "the reviewer is asked for nothing in particular",
            'Say what to look at: --reviewer-next-action "review missing cells".',
        )


_RULES: Final[tuple[Callable[[EvalProfile], Iterator[Weakness]], ...]] = (
    _contradictions,
    _checkpoint,
    _exposure,
    _simulator,
    _versions,
    _scoring,
    _unclear_words,
    _calibration,
    _words_of_intent,
    _reviewer,
)
