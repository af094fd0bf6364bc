"""From a promised number to what is tested, or to the reason why it cannot be."""

from __future__ import annotations

from decimal import Decimal

from msgspec import UNSET

from worldflux.documents.claim import SCORES, SUCCESS_RATE, UNIT_SCALES, DecisionRule, ExpectedMetric
from worldflux.documents.evidence import Reason
from worldflux.stats.critical_counts import exact
from worldflux.stats.intervals import Method
from worldflux.stats.verdicts import Hypothesis, hypotheses_of


def rate_hypotheses(metric: ExpectedMetric, rule: DecisionRule) -> list[Hypothesis] | Reason:
    """The hypotheses of a promised success rate; a baseline given as a value makes the stricter of two thresholds."""
    if metric.name != SUCCESS_RATE:
        known = ", ".join([SUCCESS_RATE, *SCORES])
        message = f"{metric.name} is not a metric that these rules decide; they know {known}."
        return Reason(code="metric.unknown", message=message)
    if metric.operator == "==" and not rule.margin:
        return Reason(code="operator.margin_needed", message="Equality can only be shown within a margin above 0.")
    scale = UNIT_SCALES[metric.unit]
    target, margin = exact(metric.value) / scale, exact(rule.margin) / scale
    found = [
        one.against(_strictest(one, _baseline(rule, scale), margin))
        for one in hypotheses_of(metric.operator, target, margin, rule.alpha, counting_method(rule))
    ]
    outside = [one.threshold for one in found if not 0 < one.threshold < 1]
    if outside:
        message = f"The value and the margin leave the threshold {outside[0]}, which no number of episodes can test."
        return Reason(code="threshold.outside", message=message)
    return found


def counting_method(rule: DecisionRule) -> Method:
    """The interval method that decides counts; where simulation was to help, the one for the real episodes alone."""
    if rule.interval_method == "exact":
        return "clopper_pearson"
    return "wilson" if rule.interval_method == "ppi" else rule.interval_method


def _baseline(rule: DecisionRule, scale: int) -> list[Decimal]:
    if rule.baseline is UNSET or rule.baseline.value is UNSET:
        return []
    return [exact(rule.baseline.value) / scale]


def _strictest(one: Hypothesis, baseline: list[Decimal], margin: Decimal) -> Decimal:
    """The claimed value and a baseline must both be passed."""
    if one.direction == "above":
        return max([one.threshold, *(value - margin for value in baseline)])
    return min([one.threshold, *(value + margin for value in baseline)])
