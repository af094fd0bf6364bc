"""A plan that was run whole: the declared interval's bound against the threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import msgspec
from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1 import baseline, predicted, sensitivity
from worldflux.audit.rules.v1.decided import Decided, verdict_of
from worldflux.audit.rules.v1.described import described
from worldflux.audit.rules.v1.design import Design, design_of
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.plan_power import power_of
from worldflux.audit.rules.v1.reasons import explained, what_widens
from worldflux.documents.claim import ExpectedMetric
from worldflux.documents.evidence import MetricEvidence, Power, PValue, Reason, Target, Verdict
from worldflux.stats.verdicts import Hypothesis, Sample, attained_size, boundary, decided, p_value


def decide(metric: ExpectedMetric, hypotheses: list[Hypothesis], design: Design, given: Given) -> Decided:
    """Decide by counts; then let simulation, a baseline and the other readings have their say."""
    power = power_of(metric, hypotheses, given, design.sample.design_effect)
    found = decided(hypotheses, design.sample, design.least, design.most)
    verdict, reasons = explained(found, hypotheses, design, power)
    if widened := what_widens(design, given):
        reasons.append(widened)
    evidence = msgspec.structs.replace(_tested(metric, hypotheses, design, given, power), verdict=verdict)
    observed = _without_lost(metric, hypotheses, given, power)
    item = Decided(metric, evidence, hypotheses, reasons, observed, _flags(design, given))
    item = _disagreements(baseline.compare(predicted.help_out(item, given), given), given)
    return sensitivity.read(item, design, given)


def _tested(
    metric: ExpectedMetric, hypotheses: list[Hypothesis], design: Design, given: Given, power: Power | None
) -> MetricEvidence:
    bounds = [boundary(one, design.sample) for one in hypotheses]
    return msgspec.structs.replace(
        described(metric, hypotheses, given, design),
        target=Target(value=metric.value, status=_target_status(hypotheses, design)),
        k_crit=bounds[0].supporting,
        k_crit_upper=bounds[1].supporting if len(bounds) > 1 else UNSET,
        k_refute=bounds[0].refuting,
        p_value=_p_value(hypotheses, design),
        attained_size=_size(hypotheses, given.total(metric).planned) if design.sample.simple else None,
        power=power,
    )


def _without_lost(metric: ExpectedMetric, hypotheses: list[Hypothesis], given: Given, power: Power | None) -> Verdict:
    """The verdict had the lost episodes been left out."""
    tallies = [tally.without_lost() for tally in given.tallies(metric)]
    design = design_of(tallies, given.estimand, given.repeated(metric))
    if isinstance(design, Reason):
        return "not_testable"
    found = decided(hypotheses, design.sample, design.least, design.most)
    return verdict_of(found, power.at_claim if power else None)


def _p_value(hypotheses: list[Hypothesis], design: Design) -> PValue:
    """The largest p-value of the hypotheses, lost episodes standing against each."""
    values = []
    for one in hypotheses:
        successes = design.least if one.direction == "above" else design.most
        if design.sample.simple:
            values.append(p_value(one, int(successes), design.sample.trials))
        else:
            values.append(_score_p_value(one, float(successes), design.sample))
    method = "exact_binomial" if design.sample.simple else "design_effect_score"
    return PValue(method=method, value=significant(min(1.0, max(values))))


def _score_p_value(one: Hypothesis, successes: float, sample: Sample) -> float:
    from scipy.special import ndtr, stdtr

    rate = float(one.threshold)
    spread = (sample.trials * sample.design_effect * rate * (1 - rate)) ** 0.5
    statistic = (successes - sample.trials * rate) / spread
    towards = -statistic if one.direction == "above" else statistic
    if sample.degrees_of_freedom is None:
        return float(ndtr(towards))
    return float(stdtr(sample.degrees_of_freedom, towards))


def _size(hypotheses: list[Hypothesis], planned: int) -> float:
    return significant(attained_size(hypotheses, Sample(planned)))


def _target_status(hypotheses: list[Hypothesis], design: Design) -> Literal["shown", "not_shown", "contradicted"]:
    """Whether the claimed value itself, without the margin, is passed or contradicted."""
    if len(hypotheses) > 1:
        return "not_shown"
    at_target = [one.against(one.target) for one in hypotheses]
    if any(not 0 < one.threshold < 1 for one in at_target):
        return "not_shown"
    found = decided(at_target, design.sample, design.least, design.most)
    return {"supported": "shown", "refuted": "contradicted", None: "not_shown"}[found]  # type: ignore[return-value]


def _flags(design: Design, given: Given) -> list[str]:
    flags = []
    if not design.sample.simple:
        flags.append("asymptotic")
    if given.method == "wald":
        flags.append("wald_declared")
    if given.rule.baseline is not UNSET and given.rule.baseline.value is not UNSET:
        flags.append("baseline_uncertainty_ignored")
    return flags


def _disagreements(item: Decided, given: Given) -> Decided:
    """Say where the exact test and the declared method differ."""
    evidence, rule = item.evidence, given.rule
    if evidence.p_value is None or evidence.p_value.method != "exact_binomial" or evidence.method == "ppi":
        return item
    supports = evidence.verdict == "supported"
    if (evidence.p_value.value <= rule.alpha) == supports or (not supports and evidence.baseline):
        return item
    message = (
        f"The exact binomial test (p = {evidence.p_value.value:.4g}) and the declared {given.method} method differ."
    )
    return replace(
        item,
        reasons=[*item.reasons, Reason(code="exact_test.disagrees", message=message)],
        flags=[*item.flags, "exact_test_disagrees"],
    )
