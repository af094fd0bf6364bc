"""What a reviewer will ask and no score answers, as far as it is known before the first episode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import UNSET

from worldflux.benchmarks.registry import normalised
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.plan import PlannedProbe, PlanSeed
from worldflux.documents.profile import EvalProfile
from worldflux.stats.power_analysis import DESIRED_POWER

_LONGEST: Final = 2000
_SEED_QUESTIONS: Final = {
    "chosen_by_operator": "The operator could choose the seed: who else knew it, and how many seeds were tried?",
    "mixed_with_reviewer": (
        "Does the reviewer confirm the salt as their own, given after the commitment and to nobody before?"
    ),
    "mixed_with_beacon": "Is the value of the beacon's round the one in the beacon's public record?",
}
_METRIC_QUESTIONS: Final = {
    "partial_credit_per_episode": "From which credit on does an episode count as a success, and who fixed that?",
    "subtask_count_per_episode": "How many subtasks make an episode a success, and who fixed that?",
    "score_per_episode": "From which score on does an episode count as a success, and who fixed that?",
}


def questions_of(profile: EvalProfile, seed: PlanSeed, probes: Sequence[PlannedProbe]) -> list[str]:
    """Questions that the evidence will have to answer, each once."""
    asked = [
        *_about_training(profile, probes),
        *_about_identity(profile),
        _SEED_QUESTIONS[seed.grade],
        *(question for probe in probes for question in _about_probe(probe)),
        *(
            question
            for probe in probes
            if probe.contract is not UNSET
            for question in _about_contract(probe.contract, profile)
        ),
    ]
    return [question[:_LONGEST] for question in dict.fromkeys(asked)]


def _about_training(profile: EvalProfile, probes: Sequence[PlannedProbe]) -> Iterator[str]:
    exposure = profile.training_exposure
    for family in exposure.possible_benchmark_families:
        touched = [probe.id for probe in probes if _same_family(family, probe)]
        reach = f"the score of {', '.join(touched)}" if touched else "the scores"
        yield (
            f"The policy may have been trained on data of {family}: on which tasks, scenes and demonstrations? "
            f"Until that is known, {reach} cannot tell generalisation from memory."
        )
    if not exposure.possible_benchmark_families:
        yield "What was the policy trained on, and what shows that no planned task was among it?"
    for caveat in exposure.caveats:
        yield f'The operator says: "{caveat}". What would settle it?'


def _same_family(family: str, probe: PlannedProbe) -> bool:
    """Whether a probe is of a family or a variant of it: libero-pro is one of libero."""
    wanted = normalised(family)
    return any(name == wanted or name.startswith(f"{wanted}_") for name in map(normalised, (probe.id, probe.family)))


def _about_identity(profile: EvalProfile) -> Iterator[str]:
    if profile.checkpoint_uri is UNSET:
        yield f"Which checkpoint of {profile.policy_id} is run (address and digest), and was it fixed before this plan?"
    else:
        yield f"What shows that {profile.checkpoint_uri} is the checkpoint that was run?"
    if profile.real_to_sim_calibration is UNSET:
        yield "There is no calibration between simulator and robot: what do simulated successes say about the robot?"
    else:
        yield f"What shows that the calibration {profile.real_to_sim_calibration} still fits the robot?"
    if profile.reset_policy in ("continuous", "none"):
        yield "Episodes are not reset: how far does the end of one decide the start of the next?"
    if profile.reset_policy == "manual_reset":
        yield "Scenes are set up by hand: by whom, by which marks, and did they know which policy came next?"
    if profile.metric_contract in _METRIC_QUESTIONS:
        yield _METRIC_QUESTIONS[profile.metric_contract]


def _about_probe(probe: PlannedProbe) -> Iterator[str]:
    power = probe.power
    if power is not None and power.at_claim < DESIRED_POWER:
        enough = f"{power.n_for_80:,} would do" if power.n_for_80 else "no number in reach would do"
        yield (
            f"{probe.id} plans {power.n:,} episodes, which show a true rate of {power.at:g} with a chance of "
            f"{power.at_claim:.2f}; {enough}. What is concluded where it stays undecided?"
        )


def _about_contract(contract: CustomEvalContract, profile: EvalProfile) -> Iterator[str]:
    if contract.consent.declared == "not_declared":
        yield f"{contract.probe_id}: no consent of the customer is declared. Who may see this evidence?"
    else:
        yield f"{contract.probe_id}: consent is recorded as declared and was not verified. Who can confirm it?"
    if normalised(contract.use_case) != normalised(profile.use_case):
        yield (
            f"{contract.probe_id} is written for {contract.use_case!r}, the profile for {profile.use_case!r}: "
            "does the one stand for the other?"
        )
    yield f"{contract.probe_id}: {contract.acceptance_question}"
