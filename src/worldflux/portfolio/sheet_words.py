"""What a run sheet tells an operator: before the first episode, at each one, and when something fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.documents.profile import EvalProfile, MetricContract, ResetPolicy
from worldflux.documents.protocol import InfraErrorPolicy
from worldflux.documents.run_sheet import ProbeNotes

BOUNDARY: Final = (
    "A run sheet says what is to be run and in which order. It holds no result, runs nothing and decides nothing. It "
    "is for internal use and for a private reviewer, not for publication."
)

_LONGEST: Final = 2_000  # of a text in the document
_KEYS_PER_LINE: Final = 8
_RESETS: Final[dict[ResetPolicy, str]] = {
    "episode_reset": "The scene is put back before every episode, in the same way each time.",
    "seeded": "The scene is reset from the seed of the row before every episode.",
    "manual_reset": "The scene is put back by hand before every episode: use marks or an overlay of the start image.",
    "continuous": "Episodes follow one another without a reset: note where the objects are when one begins.",
    "none": "Nothing is reset between episodes: note where the objects are when one begins.",
}
_METRICS: Final[dict[MetricContract, str]] = {
    "boolean_success_per_episode": "",
    "partial_credit_per_episode": " The partial credit goes into score; it never becomes success.",
    "subtask_count_per_episode": " The number of subtasks done goes into score; it never becomes success.",
    "score_per_episode": " The number goes into score; it never becomes success.",
}
_SPOILT: Final[dict[InfraErrorPolicy, str]] = {
    "lost": "The plan counts it as planned and not as run: it weighs against the claim.",
    "failure": "The plan counts it as a failure.",
    "excluded_predeclared": "The plan leaves it out of the rate, and shows how many there were.",
}


def before_the_first_episode(plan: Plan, *, blinded: bool) -> list[str]:
    """What to check before anything runs."""
    return list(_checks(plan, blinded=blinded))


def record_per_episode(plan: Plan) -> list[str]:
    """What to write down at every episode."""
    return list(_records(plan))


def when_something_fails(plan: Plan) -> list[str]:
    """What to do when the robot, the simulator or a machine fails."""
    return list(_failures(plan.denominator_policy.infra_error))


def notes_of(plan: Plan) -> list[ProbeNotes]:
    """What to mind with each probe; nothing for one that has nothing."""
    noted = (ProbeNotes(probe=probe.id, notes=[note[:_LONGEST] for note in _notes(probe)]) for probe in plan.probes)
    return [entry for entry in noted if entry.notes]


def _checks(plan: Plan, *, blinded: bool) -> Iterator[str]:
    profile = plan.profile.document
    yield (
        f"The plan is {plan.digest}, and it was frozen before this day: worldflux eval-portfolio freeze, or an "
        "entry in a plan log. After the first episode it is too late to show that."
    )
    yield _checkpoint(profile, blinded=blinded)
    yield f"The robot is {profile.robot_model}."
    yield f"The simulator is {profile.simulator_family}, the environment {profile.environment_version}."
    yield f"The adapter is {profile.adapter_version}."
    yield f"The cameras are {profile.camera_topology.replace('_', ' ')}, set up as {profile.camera_config_id}."
    yield f"Control runs at {profile.control_frequency_hz:g} Hz."
    if profile.real_to_sim_calibration is not UNSET:
        yield f"The calibration is {profile.real_to_sim_calibration}."
    yield _RESETS[profile.reset_policy]
    yield "The clocks of all machines agree, and you know how to write a time in UTC."
    yield "The disk holds the output of every episode, and no run writes over the output of another."
    yield "Try the set-up on tasks that are not in this sheet. An episode of a planned cell counts from the first one."
    yield "Nobody counts successes before the last row, and nobody changes the order because of a result."


def _checkpoint(profile: EvalProfile, *, blinded: bool) -> str:
    if blinded:
        return (
            "Somebody who runs no episode keeps the key, has both policies served as A and B, and tells nobody which "
            "is which. Names of files, windows and servers do not tell it either."
        )
    if profile.checkpoint_uri is not UNSET:
        return f"The policy is {profile.policy_id}, loaded from {profile.checkpoint_uri}. Note its digest."
    return (
        f"The policy is {profile.policy_id}. The plan names no checkpoint: note which one you load and its digest, and "
        "load no other."
    )


def _records(plan: Plan) -> Iterator[str]:
    metric = _METRICS[plan.profile.document.metric_contract]
    yield f"outcome: one of success, failure, infra_error, skipped.{metric}"
    yield (
        "seed_used: the seed that the environment was given, from the harness or the log, not copied from the plan. "
        "Empty where nothing takes a seed or nobody knows it."
    )
    yield "ended_at: date and time in UTC, such as 2026-11-21T14:05Z. The first one shows that the plan was earlier."
    yield "operator: a label for whoever ran or judged the episode; a number does better than a name."
    yield "failure_reason: a short class, such as dropped, missed, timeout, stopped. notes: a sentence."
    yield "steps, wall_time_s, init_state: where the harness says them."
    yield "video: the name of the recording, if there is one."
    yield "At the moment, not from memory in the evening."
    for probe in plan.probes:
        keys = [] if probe.contract is UNSET else probe.contract.replay_keys
        for first in range(0, len(keys), _KEYS_PER_LINE):
            yield f"For {probe.id} also: {', '.join(keys[first : first + _KEYS_PER_LINE])}."


def _failures(policy: InfraErrorPolicy) -> Iterator[str]:
    yield (
        "What broke and is not the policy (robot fault, crashed simulator, dead server, full disk, power): write "
        f"infra_error and what broke, and go on with the next row. {_SPOILT[policy]}"
    )
    yield (
        "Never run a row again, whatever became of it. If it was run again all the same, record both: the second is "
        "shown as a duplicate and neither replaces the other."
    )
    yield (
        "An episode that you stop because of what the policy does is a failure (reason: stopped) and no infra_error, "
        "unless a rule under What to mind says otherwise."
    )
    yield (
        "A row that will not be run is skipped, with the reason. A row left empty counts as missing, against the claim."
    )
    yield (
        "If a fault comes back, stop. Note the row, the time and what you saw, repair it, note what you changed, and "
        "go on with the next row. Do not go back."
    )
    yield (
        "If anything in the list of checks has to change (checkpoint, environment, adapter, camera, calibration): stop "
        "and have the plan amended with worldflux eval-portfolio amend. Rows that were run keep their results."
    )


def _notes(probe: PlannedProbe) -> Iterator[str]:
    yield from probe.cautions
    yield from probe.traps
    if probe.contract is UNSET:
        return
    contract = probe.contract
    yield f"The tasks are those of {contract.task_manifest.ref}, {contract.task_manifest.digest}."
    yield f"Episodes are scored by {contract.metric_schema.ref}, {contract.metric_schema.digest}."
    for rule in contract.inclusion_rules:
        yield f"Counts: {rule}"
    for rule in contract.exclusion_rules:
        yield f"Does not count, as decided before: {rule}"
    yield "Record an episode that does not count all the same, and say so in its notes."
    yield f"Questions about a task go to its owner: {contract.task_owner}."
