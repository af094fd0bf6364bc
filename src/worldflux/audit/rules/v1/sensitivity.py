"""What the verdict would have been under other admissible readings. They inform; the declared reading decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1 import intervals
from worldflux.audit.rules.v1.baseline import with_baseline
from worldflux.audit.rules.v1.decided import Decided, verdict_of
from worldflux.audit.rules.v1.design import Design, design_of
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.ledger import Tally
from worldflux.documents.audit_input import RepeatedStarts
from worldflux.documents.evidence import Estimand, Reason, SensitivityReading, Verdict
from worldflux.stats.critical_counts import exact
from worldflux.stats.verdicts import ADMISSIBLE, Hypothesis, Sample, decided

_AVERAGE: Final = "micro_average"


def read(item: Decided, design: Design | None, given: Given) -> Decided:
    """Add the readings to a decided rate, and the flags that follow from them.

    Args:
        item: The decided metric.
        design: What decided it; None where e-values did.
        given: All that the rules may look at.
    """
    readings = [*item.evidence.sensitivity, *_readings(item, design, given)]
    flags, verdict = list(item.flags), item.evidence.verdict
    methods = [reading for reading in readings if reading.reading.startswith("method:")]
    if any(reading.verdict != verdict for reading in readings if reading.reading == _AVERAGE):
        flags.append("aggregation_sensitive")
    robust = given.audit_input.run.benchmark.starts_verified and all(each.verdict == verdict for each in methods)
    evidence = msgspec.structs.replace(item.evidence, sensitivity=readings, robust=robust)
    return replace(item, evidence=evidence, flags=[*flags, "robust" if robust else "not_robust"])


def _readings(item: Decided, design: Design | None, given: Given) -> Iterator[SensitivityReading]:
    tallies = given.tallies(item.metric)
    if design is None:
        yield from _as_if_planned(item, tallies, given)
    else:
        yield from _methods(item, design, given)
        yield from _without_lost(item, tallies, given)
        yield from _independent_starts(item, tallies, given)
        yield from _other_average(item, design, tallies, given)
        yield from _best_of_several(item, design, given)
    yield from _one_start_per_task(item, tallies, given)
    yield from _population(item, tallies, given)


def _methods(item: Decided, design: Design, given: Given) -> Iterator[SensitivityReading]:
    """Every admissible interval method; with a design effect only the score bound is defined."""
    if not design.sample.simple:
        return
    for method in ADMISSIBLE:
        if method != given.method or item.evidence.method == "ppi":
            yield _reading(
                item,
                f"method:{method}",
                [one.by(method) for one in item.hypotheses],
                design,
                given,
                "Another admissible interval method.",
            )


def _without_lost(item: Decided, tallies: list[Tally], given: Given) -> Iterator[SensitivityReading]:
    if not given.total(item.metric).ambiguous:
        return
    observed = design_of([tally.without_lost() for tally in tallies], given.estimand, given.repeated(item.metric))
    if not isinstance(observed, Reason):
        note = "Lost episodes left out, as if they had nothing to do with how they went."
        yield _reading(item, "lost_left_out", item.hypotheses, observed, given, note)


def _independent_starts(item: Decided, tallies: list[Tally], given: Given) -> Iterator[SensitivityReading]:
    if any(given.repeated(item.metric)) and given.estimand == "fixed_tasks":
        note = "Episodes that share an initial state taken as independent, which they are not."
        yield from _with_design(item, "independent_episodes", tallies, "fixed_tasks", given, note)


def _one_start_per_task(item: Decided, tallies: list[Tally], given: Given) -> Iterator[SensitivityReading]:
    """The worst that unknown starts can hide: a harness that plays every episode of a task from one state."""
    if given.audit_input.run.benchmark.starts_verified or given.estimand != "fixed_tasks":
        return
    note = "It is not known from which states the episodes started; here all of a task from a single one."
    shares = [_one_start(task, tally) for task, tally in zip(given.tasks(item.metric), tallies, strict=True)]
    yield from _with_design(item, "one_start_per_task", tallies, "fixed_tasks", given, note, shares)


def _one_start(task: str, tally: Tally) -> RepeatedStarts | None:
    if not tally.trials:
        return None
    share = tally.successes / tally.trials
    return RepeatedStarts(task=task, starts=1, trials=tally.trials, sum=share, sum_of_squares=share**2)


def _other_average(item: Decided, design: Design, tallies: list[Tally], given: Given) -> Iterator[SensitivityReading]:
    """The average that did not decide, where tasks have unequal numbers of episodes."""
    if len({tally.decision_trials for tally in tallies}) == 1 or design.clustered:
        return
    whole = given.total(item.metric)
    pooled = Design(
        Sample(whole.decision_trials), whole.successes, whole.successes + whole.ambiguous, whole.successes, whole.trials
    )
    yield _reading(item, _AVERAGE, item.hypotheses, pooled, given, "Every episode weighs the same, not every task.")


def _best_of_several(item: Decided, design: Design, given: Given) -> Iterator[SensitivityReading]:
    """The best of N candidates looks better than it is; the error is corrected by Sidak's bound (1967, JASA 62)."""
    selection = given.claim.selection
    if selection is UNSET or selection.candidates_scored < 2:
        return
    candidates = selection.candidates_scored
    alpha = significant(1 - (1 - given.rule.alpha) ** (1 / candidates))
    hypotheses = [replace(one, alpha=alpha) for one in item.hypotheses]
    note = f"Corrected for the best of {candidates:,} candidates scored on these tasks; conservative."
    yield _reading(item, "best_of_n", hypotheses, design, given, note, alpha=alpha)


def _population(item: Decided, tallies: list[Tally], given: Given) -> Iterator[SensitivityReading]:
    """What the same counts say about more tasks than these, where the protocol does not say what is meant."""
    if given.protocol.execution.estimand is UNSET and item.metric.task is UNSET and len(tallies) > 1:
        note = "The tasks taken as a sample of more tasks of their kind."
        yield from _with_design(item, "task_population", tallies, "task_population", given, note)


def _with_design(
    item: Decided,
    name: str,
    tallies: list[Tally],
    estimand: Estimand,
    given: Given,
    note: str,
    shares: Sequence[RepeatedStarts | None] | None = None,
) -> Iterator[SensitivityReading]:
    design = design_of(tallies, estimand, shares or [None] * len(tallies))
    if isinstance(design, Reason):
        empty = intervals.unknown(given)
        yield SensitivityReading(
            reading=name, estimate=None, interval=empty, verdict="not_testable", note=design.message
        )
    elif design.sample.trials:
        yield _reading(item, name, item.hypotheses, design, given, note)


def _as_if_planned(item: Decided, tallies: list[Tally], given: Given) -> Iterator[SensitivityReading]:
    if given.stops_by_rule:
        return
    note = "As if the run had been planned to end where it did; wrong if anybody looked before ending it."
    yield from _with_design(item, "as_if_planned", tallies, "fixed_tasks", given, note)


def _reading(
    item: Decided,
    name: str,
    hypotheses: list[Hypothesis],
    design: Design,
    given: Given,
    note: str,
    *,
    alpha: float | None = None,
) -> SensitivityReading:
    confidence = float(1 - 2 * exact(given.rule.alpha if alpha is None else alpha))
    return SensitivityReading(
        reading=name,
        estimate=None if design.estimate is None else significant(design.estimate),
        interval=intervals.of_design(design, hypotheses[0].method, confidence),
        verdict=_verdict(item, hypotheses, design, given),
        note=note,
    )


def _verdict(item: Decided, hypotheses: list[Hypothesis], design: Design, given: Given) -> Verdict:
    power = item.evidence.power.at_claim if item.evidence.power else None
    own = verdict_of(decided(hypotheses, design.sample, design.least, design.most), power)
    return with_baseline(own, item, given)
