"""The counts and intervals of a success rate, before anything is decided."""

from __future__ import annotations

from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1 import intervals
from worldflux.audit.rules.v1.decided import DESCRIPTIVE_CONFIDENCE
from worldflux.audit.rules.v1.design import Design
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.ledger import Tally
from worldflux.documents.claim import ExpectedMetric
from worldflux.documents.evidence import Averages, Interval, MetricEvidence, Target
from worldflux.stats.critical_counts import exact
from worldflux.stats.verdicts import Hypothesis


def described(
    metric: ExpectedMetric, hypotheses: list[Hypothesis], given: Given, design: Design | None
) -> MetricEvidence:
    """The counts and intervals of a metric, before anything is decided."""
    whole = given.total(metric)
    estimate = design.estimate if design else (whole.successes / whole.trials if whole.trials else None)
    return MetricEvidence(
        name=metric.name,
        task=metric.task,
        unit=metric.unit,
        operator=metric.operator,
        role=metric.role,
        value=metric.value,
        threshold=float(hypotheses[0].threshold) if hypotheses else None,
        threshold_upper=float(hypotheses[1].threshold) if len(hypotheses) > 1 else UNSET,
        target=Target(value=metric.value, status="not_shown"),
        estimand=given.estimand,
        estimate=None if estimate is None else significant(estimate),
        averages=_averages(metric, given),
        successes=whole.successes,
        trials=whole.trials,
        method=intervals.method_label(design, given.method) if design else given.method,
        decision_trials=whole.decision_trials,
        design_effect=design.sample.design_effect if design else 1.0,
        interval=_interval(design, whole, given, float(1 - 2 * exact(given.rule.alpha))),
        interval_descriptive=_interval(design, whole, given, DESCRIPTIVE_CONFIDENCE),
        verdict="not_testable",
        robust=False,
        flags=[],
        sensitivity=[],
    )


def _interval(design: Design | None, whole: Tally, given: Given, confidence: float) -> Interval:
    if design is None:
        return intervals.of_counts(whole.successes, whole.trials, given.method, confidence)
    return intervals.of_design(design, given.method, confidence)


def _averages(metric: ExpectedMetric, given: Given) -> Averages | None:
    tried = [tally for tally in given.tallies(metric) if tally.trials]
    if not tried:
        return None
    whole = given.total(metric)
    macro = sum(tally.successes / tally.trials for tally in tried) / len(tried)
    return Averages(micro=significant(whole.successes / whole.trials), macro=significant(macro))
