"""A promised mean of a score (a return, a highest reward), decided from the moments of each task.

For the listed tasks the mean of the task means has the variance of a stratified sample (Cochran 1977, Sampling
Techniques, ch. 5) with Satterthwaite's degrees of freedom; for a population of tasks the task means are the sample:
bias-corrected bootstrap (Efron 1987, JASA 82, 171-185) from 20 tasks on, Student's t below.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from math import isfinite, sqrt
from typing import Literal

import msgspec
from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1 import bounded, intervals
from worldflux.audit.rules.v1.decided import DESCRIPTIVE_CONFIDENCE, Decided
from worldflux.audit.rules.v1.design import FEWEST_CLUSTERS
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.audit_input import Cell
from worldflux.documents.claim import SCORES, ExpectedMetric
from worldflux.documents.evidence import Interval, MetricEvidence, Reason, Target, Verdict
from worldflux.stats.critical_counts import exact


@dataclass(frozen=True, slots=True)
class Moments:
    """Number of episodes of a task, sum of their scores, sum of the squares."""

    count: int
    sum: float
    squares: float

    def filled(self, missing: int, value: float) -> Moments:
        """The same with episodes of an unknown score set to a value."""
        return Moments(self.count + missing, self.sum + missing * value, self.squares + missing * value**2)

    @property
    def mean(self) -> float:
        """Mean score."""
        return self.sum / self.count

    @property
    def variance_of_mean(self) -> float:
        """Estimated variance of the mean."""
        spread = max(0.0, self.squares - self.sum**2 / self.count)
        return spread / (self.count - 1) / self.count


@dataclass(frozen=True, slots=True)
class Found:
    """A mean of scores with its bounds."""

    method: str
    mean: float
    lower: float
    upper: float


def decide_score(metric: ExpectedMetric, given: Given) -> Decided:
    """Decide a promised mean score; episodes that lack one stand against the claim, where their bounds are known."""
    moments = [_moments(task, SCORES[metric.name], given) for task in given.tasks(metric)]
    tallies = given.tallies(metric)
    missing = [max(0, tally.decision_trials - each.count) for tally, each in zip(tallies, moments, strict=True)]
    if obstacle := _obstacle(metric, given, moments, missing):
        reason, verdict = obstacle
        return Decided(metric, _evidence(metric, given, moments, None, verdict), [], [reason], verdict)
    low, high = metric.bounds if metric.bounds is not UNSET else (0.0, 0.0)
    confidence = float(1 - 2 * exact(given.rule.alpha))
    observed = _mean(moments, given, confidence)
    if observed.lower == observed.upper:
        return Decided(
            metric, _evidence(metric, given, moments, None, "inconclusive"), [], [_NO_SPREAD], "inconclusive"
        )
    worst = _mean([each.filled(gap, low) for each, gap in zip(moments, missing, strict=True)], given, confidence)
    best = _mean([each.filled(gap, high) for each, gap in zip(moments, missing, strict=True)], given, confidence)
    verdict, reason = _verdict(metric, given, worst, best)
    without_lost, _ = _verdict(metric, given, observed, observed)
    target = Target(value=metric.value, status=_target(metric, worst.lower, best.upper))
    evidence = msgspec.structs.replace(
        _evidence(metric, given, moments, observed, verdict),
        target=target,
        sensitivity=bounded.reading(metric, given, partial(_of_bounds, metric, given)),
    )
    flags = ["asymptotic", *(["baseline_uncertainty_ignored"] if _baseline(given) else [])]
    return Decided(metric, evidence, [], [reason], without_lost, flags)


_NO_SPREAD = Reason(
    code="scores.no_spread",
    message="All scores are the same, so nothing is known about how far a mean of so many may lie from the true one.",
)


def _moments(task: str, score: str, given: Given) -> Moments:
    cells = [cell for cell in given.audit_input.cells if cell.task == task and cell.planned and score in cell.sums]
    sums = [cell.sums[score] for cell in cells]
    return Moments(
        sum(each.count for each in sums), sum(each.sum for each in sums), sum(each.sum_of_squares for each in sums)
    )


def _obstacle(
    metric: ExpectedMetric, given: Given, moments: list[Moments], missing: list[int]
) -> tuple[Reason, Verdict] | None:
    if not moments or any(each.count < 2 for each in moments):
        message = f"Not every planned task has two episodes that carry a {SCORES[metric.name]}."
        return Reason(code="scores.too_few", message=message), "not_testable"
    if any(cell.planned and cell.out_of_protocol for cell in _cells(metric, given)):
        message = "Sums of scores include episodes beyond the plan and cannot be taken apart."
        return Reason(code="scores.beyond_plan", message=message), "not_testable"
    if metric.operator == "==" and not given.rule.margin:
        message = "Equality can only be shown within a margin above 0."
        return Reason(code="operator.margin_needed", message=message), "not_testable"
    if given.estimand == "task_population" and len(moments) < FEWEST_CLUSTERS:
        message = f"{len(moments)} task(s) say nothing about a population of tasks; it takes {FEWEST_CLUSTERS}."
        return Reason(code="estimand.few_clusters", message=message), "not_testable"
    if given.by_e_process:
        message = "The run ended before its plan, or may; a mean score is decided for whole plans only."
        return Reason(code="short_of_plan", message=message), "inconclusive"
    if any(given.repeated(metric)):
        message = "Episodes share initial states; a mean score is decided for distinct ones only."
        return Reason(code="starts.repeated", message=message), "inconclusive"
    if any(missing) and metric.bounds is UNSET:
        message = f"{sum(missing):,} planned episodes have no score, and the claim states no bounds for one."
        return Reason(code="scores.missing", message=message), "inconclusive"
    return None


def _cells(metric: ExpectedMetric, given: Given) -> list[Cell]:
    tasks = set(given.tasks(metric))
    return [cell for cell in given.audit_input.cells if cell.task in tasks]


def _mean(moments: list[Moments], given: Given, confidence: float) -> Found:
    if given.estimand == "task_population":
        from worldflux.stats.resampling import clustered_mean_interval

        means = [each.mean for each in moments]
        method, (lower, upper) = clustered_mean_interval(means, confidence=confidence, seed=given.seed)
        return Found(method, sum(means) / len(means), lower, upper)
    return _stratified(moments, confidence)


def _stratified(moments: list[Moments], confidence: float) -> Found:
    from scipy.special import stdtrit

    tasks = len(moments)
    mean = sum(each.mean for each in moments) / tasks
    parts = [each.variance_of_mean / tasks**2 for each in moments]
    variance = sum(parts)
    if variance == 0:
        return Found("stratified_t", mean, mean, mean)
    degrees = variance**2 / sum(part**2 / (each.count - 1) for part, each in zip(parts, moments, strict=True))
    reach = float(stdtrit(degrees, (1 + confidence) / 2)) * sqrt(variance)
    return Found("stratified_t", mean, mean - reach, mean + reach)


def _thresholds(metric: ExpectedMetric, given: Given) -> tuple[float | None, float | None]:
    """What the mean has to exceed, and what it has to stay below; a baseline's value has to be passed as well."""
    values, margin = [exact(metric.value), *_baseline(given)], exact(given.rule.margin)
    above = float(max(values) - margin) if metric.operator in (">=", ">", "==") else None
    below = float(min(values) + margin) if metric.operator in ("<=", "<", "==") else None
    return above, below


def _baseline(given: Given) -> list[Decimal]:
    baseline = given.rule.baseline
    return [] if baseline is UNSET or baseline.value is UNSET else [exact(baseline.value)]


def _verdict(metric: ExpectedMetric, given: Given, worst: Found, best: Found) -> tuple[Verdict, Reason]:
    """Support has to hold with every unknown score at its worst, refutation with every one at its best."""
    above, below = _thresholds(metric, given)
    verdict = _of_bounds(metric, given, worst.lower, best.upper)
    bounds = f"between {worst.lower:.6g} and {best.upper:.6g}"
    tested = " and ".join(text for text in (_limit("above", above), _limit("below", below)) if text)
    message = f"The mean lies {bounds}; the claim is a mean {tested}."
    if verdict == "supported":
        return "supported", Reason(code="decision.score_supported", message=message)
    if verdict == "refuted":
        return "refuted", Reason(code="decision.score_refuted", message=message)
    return "inconclusive", Reason(code="decision.score_between", message=message)


def _of_bounds(metric: ExpectedMetric, given: Given, lower: float, upper: float) -> Verdict:
    """What a lower and an upper bound of the mean decide."""
    above, below = _thresholds(metric, given)
    if (above is None or lower > above) and (below is None or upper < below):
        return "supported"
    if (above is not None and upper < above) or (below is not None and lower > below):
        return "refuted"
    return "inconclusive"


def _limit(direction: str, threshold: float | None) -> str:
    return "" if threshold is None else f"{direction} {threshold:g}"


def _evidence(
    metric: ExpectedMetric, given: Given, moments: list[Moments], found: Found | None, verdict: Verdict
) -> MetricEvidence:
    above, below = _thresholds(metric, given)
    known = [each for each in moments if each.count]
    tested = above if above is not None else below
    evidence = MetricEvidence(
        name=metric.name,
        task=metric.task,
        unit=metric.unit,
        operator=metric.operator,
        role=metric.role,
        value=metric.value,
        threshold=tested,
        threshold_upper=below if metric.operator == "==" and below is not None else UNSET,
        target=Target(value=metric.value, status="not_shown"),
        estimand=given.estimand,
        estimate=significant(sum(each.mean for each in known) / len(known)) if known else None,
        successes=None,
        trials=sum(each.count for each in moments),
        method=found.method if found else "none",
        decision_trials=given.total(metric).decision_trials if moments else 0,
        design_effect=1.0,
        interval=intervals.unknown(given),
        interval_descriptive=intervals.unknown(given),
        verdict=verdict,
        robust=False,
        flags=[],
        sensitivity=[],
    )
    if found is None:
        return evidence
    return msgspec.structs.replace(
        evidence,
        interval=_interval(found, float(1 - 2 * exact(given.rule.alpha))),
        interval_descriptive=_interval(_mean(moments, given, DESCRIPTIVE_CONFIDENCE), DESCRIPTIVE_CONFIDENCE),
    )


def _interval(found: Found, confidence: float) -> Interval:
    return Interval(
        method=found.method,
        confidence=significant(confidence),
        lower=significant(found.lower) if isfinite(found.lower) else None,
        upper=significant(found.upper) if isfinite(found.upper) else None,
    )


def _target(metric: ExpectedMetric, lower: float, upper: float) -> Literal["shown", "not_shown", "contradicted"]:
    """Whether the claimed value itself is passed or contradicted, every unknown score standing against either."""
    if metric.operator == "==":
        return "not_shown"
    upward = metric.operator in (">=", ">")
    if (lower > metric.value) if upward else (upper < metric.value):
        return "shown"
    return "contradicted" if ((upper < metric.value) if upward else (lower > metric.value)) else "not_shown"
