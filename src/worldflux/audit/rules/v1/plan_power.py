"""What the plan could have shown, before anybody ran it."""

from __future__ import annotations

from decimal import Decimal

from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1.given import Given
from worldflux.documents.claim import UNIT_SCALES, DecisionRule, ExpectedMetric
from worldflux.documents.evidence import Power
from worldflux.stats.critical_counts import exact
from worldflux.stats.one_sided_rules import Method
from worldflux.stats.power_analysis import Design, analyse
from worldflux.stats.verdicts import Hypothesis


def wanted_rate(metric: ExpectedMetric, hypotheses: list[Hypothesis], rule: DecisionRule) -> Decimal:
    """The true rate at which power is wanted: the claimed value, unless the claim states another."""
    return hypotheses[0].target if rule.power_at is UNSET else exact(rule.power_at) / UNIT_SCALES[metric.unit]


def power_design(
    metric: ExpectedMetric, hypotheses: list[Hypothesis], rule: DecisionRule, method: Method = "clopper_pearson"
) -> Design:
    """What a power analysis needs to know of a promised rate.

    Raises:
        StatisticsError: The rate at which power is wanted is not one.
    """
    return Design(
        operator=metric.operator,
        threshold=hypotheses[0].threshold,
        at=wanted_rate(metric, hypotheses, rule),
        alpha=rule.alpha,
        method=method,
        threshold_upper=hypotheses[1].threshold if len(hypotheses) > 1 else None,
    )


def power_of(
    metric: ExpectedMetric, hypotheses: list[Hypothesis], given: Given, design_effect: float = 1.0
) -> Power | None:
    """Power of the exact test at the claimed value; None where the value is what is tested against (margin 0).

    Args:
        metric: The promised rate.
        hypotheses: What is tested.
        given: All that the rules may look at.
        design_effect: By how much the episodes are worth less than independent ones.
    """
    at = wanted_rate(metric, hypotheses, given.rule)
    if not 0 <= at <= 1 or any(at == one.threshold for one in hypotheses):
        return None
    planned = given.total(metric).planned
    worth = int(planned / design_effect)
    analysis = analyse(power_design(metric, hypotheses, given.rule), margin=given.rule.margin, n=worth)
    return Power(
        method=analysis.method,
        at=float(at),
        n=planned,
        effective_n=UNSET if worth == planned else worth,
        at_claim=significant(analysis.at_claim or 0.0),
        n_for_80=analysis.n_for_80,
        mde=None if analysis.mde is None else significant(analysis.mde),
    )
