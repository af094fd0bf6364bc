"""What a comparison says, as `--format json` prints it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from worldbase.document import significant
from worldflux.documents.audit_input import Finding
from worldflux.documents.evidence import Reason
from worldflux.stats.comparison import Comparison, Verdict

DiffVerdict = Literal["improved", "regressed", "no_difference_shown", "not_comparable"]
DIFF_VERDICTS: tuple[DiffVerdict, ...] = ("improved", "regressed", "no_difference_shown", "not_comparable")
Aggregation = Literal["pooled", "equal_task_weights", "task_population", "pairs"]
Standing = Literal["same", "differs", "unknown"]
KnownFrom = Literal["runs", "plans", "nothing"]


class Change(msgspec.Struct, frozen=True):
    """One thing that both sides state."""

    name: str
    left: Any
    right: Any
    changed: bool


class Condition(msgspec.Struct, frozen=True):
    """One circumstance of the two runs that can move a success rate.

    Attributes:
        status: `same` only where both runs are known; `differs` also where only the plans are, and differ.
        known_from: What the two values are taken from: the runs, the plans, or nothing.
    """

    name: str
    left: Any
    right: Any
    status: Standing
    known_from: KnownFrom


class Effect(msgspec.Struct, frozen=True):
    """A difference of two success rates, right minus left as a ratio, tested.

    Attributes:
        aggregation: What the difference is taken over: all episodes together, the tasks weighing the same, the tasks as
            a sample of a population, or pairs of episodes with the same initial state.
        smallest_visible: Smallest true difference that these sizes show with a chance of 0.8.
        interval_agrees: Whether the interval excludes 0 exactly where the test shows a difference.
    """

    verdict: Verdict
    aggregation: Aggregation
    difference: float
    lower: float
    upper: float
    confidence: float
    p_value: float
    method: str
    interval_method: str
    smallest_visible: float | None
    interval_agrees: bool


class Pairing(msgspec.Struct, frozen=True):
    """Whether episodes of the two sides were compared in pairs, and why, or why not.

    Attributes:
        ground: On what ground: `recorded` by the evaluator, or `declared` by a person.
        key: What an initial state is known by.
        left_unmatched: Trials of the left side without a partner; they take no part.
        right_unmatched: The same of the right side.
    """

    paired: bool
    why: str
    ground: Literal["recorded", "declared"] | None = None
    key: str | None = None
    both: int = 0
    left_only: int = 0
    right_only: int = 0
    neither: int = 0
    left_unmatched: int = 0
    right_unmatched: int = 0


class TaskChange(msgspec.Struct, frozen=True):
    """One task on both sides; None where a side does not have it, or where nothing may be compared.

    Attributes:
        left: Successes and trials.
        right: Successes and trials.
        rate_change: Right minus left, as a ratio.
        p_value: Two-sided: McNemar's exact test where episodes are paired, else Fisher's.
        p_adjusted: The same after Holm's correction over all tasks that were tested.
    """

    task: str
    left: tuple[int, int] | None
    right: tuple[int, int] | None
    rate_change: float | None
    p_value: float | None = None
    p_adjusted: float | None = None


class Inputs(msgspec.Struct, frozen=True):
    """What the two sides were counted from.

    Attributes:
        known: Whether both sides name their files; an evidence.json alone does not.
        shared: Digests of files that both sides were counted from.
        shared_seeds: Environment seeds per task that both sides ran; None where start seeds are not known,
            or no task is on both sides.
    """

    known: bool
    shared: list[str]
    shared_seeds: int | None


class Replication(msgspec.Struct, frozen=True):
    """The right side read as a reproduction of the left one.

    Attributes:
        gate: What has to be the same before anything can be called reproduced.
        within_points: The two differ by at most so many points, at the confidence of the effect.
        asked_points: What `--within` asked for.
        is_within: Whether the difference is shown to be smaller than that, each side at an error of 0.05.
    """

    gate: list[Condition]
    within_points: float | None
    asked_points: float | None
    is_within: bool | None


class Difference(msgspec.Struct, frozen=True):
    """Everything that two evidences state, compared.

    Attributes:
        same_claim: Whether both decide the same claim, by hash.
        same_protocol: Whether both follow the same protocol, by hash.
        not_comparable: Why there is no comparison; empty where there is one.
        on_common_tasks: Where the task sets differ: the tasks that both have, for information.
    """

    verdict: DiffVerdict
    headline: str
    same_claim: bool
    same_protocol: bool
    identity: list[Change]
    inputs: Inputs
    conditions: list[Condition]
    not_comparable: list[Reason]
    effect: Effect | None
    on_common_tasks: Effect | None
    pairing: Pairing
    replication: Replication | None
    findings: list[Finding]
    counts: list[Change]
    result: list[Change]
    tasks: list[TaskChange]


def effect_of(comparison: Comparison, aggregation: Aggregation) -> Effect:
    """A comparison in the digits that documents carry."""
    visible = comparison.smallest_visible
    return Effect(
        verdict=comparison.verdict,
        aggregation=aggregation,
        difference=significant(comparison.difference),
        lower=significant(comparison.lower),
        upper=significant(comparison.upper),
        confidence=comparison.confidence,
        p_value=significant(comparison.p_value),
        method=comparison.method,
        interval_method=comparison.interval_method,
        smallest_visible=None if visible is None else significant(visible),
        interval_agrees=comparison.interval_agrees,
    )
