"""One promised number, decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

import msgspec
from msgspec import UNSET

from worldbase.document import significant
from worldbase.intervals import wilson
from worldflux.audit.rules.v1.ledger import Ledger
from worldflux.documents.claim import SUCCESS_RATE, UNIT_SCALES, DecisionRule, ExpectedMetric
from worldflux.documents.evidence import Interval, MetricEvidence, Power, PValue, Reason, Target, Verdict
from worldflux.documents.protocol import Protocol
from worldflux.stats import exact_tests
from worldflux.stats.critical_counts import exact, fewest_above, most_below

DESIRED_POWER: Final = 0.8
DESCRIPTIVE_CONFIDENCE: Final = 0.95
Direction = Literal["above", "below"]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What is tested: that the rate lies `direction` of `threshold`.

    Attributes:
        target: The claimed value as a ratio.
        threshold: The value less the margin (for `<=` and `<`: plus the margin).
    """

    direction: Direction
    target: Decimal
    threshold: Decimal
    margin: Decimal
    alpha: float

    def supporting_count(self, trials: int, rate: Decimal | None = None) -> int:
        """k_crit: the fewest (or most) successes that support the claim."""
        rate = self.threshold if rate is None else rate
        side = fewest_above if self.direction == "above" else most_below
        return side(trials, rate, self.alpha)

    def refuting_count(self, trials: int, rate: Decimal | None = None) -> int:
        """The most (or fewest) successes that refute it."""
        rate = self.threshold if rate is None else rate
        side = most_below if self.direction == "above" else fewest_above
        return side(trials, rate, self.alpha)

    def supports(self, successes: int, trials: int, rate: Decimal | None = None) -> bool:
        """Whether that many successes support the claim."""
        critical = self.supporting_count(trials, rate)
        return successes >= critical if self.direction == "above" else successes <= critical

    def refutes(self, successes: int, trials: int, rate: Decimal | None = None) -> bool:
        """Whether that many successes refute it."""
        critical = self.refuting_count(trials, rate)
        return successes <= critical if self.direction == "above" else successes >= critical

    def p_value(self, successes: int, trials: int) -> float:
        """Exact binomial p-value against the opposite of what is claimed."""
        tail = exact_tests.at_least if self.direction == "above" else exact_tests.at_most
        return tail(successes, trials, float(self.threshold))


@dataclass(frozen=True, slots=True)
class Decided:
    """A metric's evidence with the reasons for its verdict; `observed_verdict` ignores lost episodes."""

    evidence: MetricEvidence
    hypothesis: Hypothesis | None
    reasons: list[Reason]
    observed_verdict: Verdict


def hypothesis_of(metric: ExpectedMetric, rule: DecisionRule) -> Hypothesis | Reason:
    """Turn a promise into a testable hypothesis, or say why it cannot be one."""
    if metric.name != SUCCESS_RATE:
        return Reason(code="metric.unknown", message=f"These rules decide success rates; {metric.name} is not one.")
    if metric.operator == "==":
        return Reason(code="operator.equality", message="These rules do not decide equality of rates.")
    scale = UNIT_SCALES[metric.unit]
    target, margin = exact(metric.value) / scale, exact(rule.margin) / scale
    above = metric.operator in (">=", ">")
    threshold = _strictest([target, *_baseline(rule, scale)], margin, above)
    if not 0 < threshold < 1:
        return Reason(
            code="threshold.outside",
            message=f"The value and the margin leave the threshold {threshold}, which no number of episodes can test.",
        )
    return Hypothesis("above" if above else "below", target, threshold, margin, rule.alpha)


def _baseline(rule: DecisionRule, scale: int) -> list[Decimal]:
    return [] if rule.baseline is UNSET else [exact(rule.baseline.value) / scale]


def _strictest(values: list[Decimal], margin: Decimal, above: bool) -> Decimal:
    """The claimed value and a baseline must both be passed: the stricter of the two decides."""
    return max(values) - margin if above else min(values) + margin


def decide(metric: ExpectedMetric, rule: DecisionRule, protocol: Protocol, ledger: Ledger) -> Decided:
    """Decide one metric from the ledger."""
    hypothesis = hypothesis_of(metric, rule)
    if isinstance(hypothesis, Reason):
        return _untestable(metric, None, ledger, rule, hypothesis)
    if protocol.execution.estimand == "task_population":
        reason = Reason(
            code="estimand.task_population",
            message="These rules decide about the listed tasks; a claim about a population of tasks is not decided.",
        )
        return _untestable(metric, hypothesis, ledger, rule, reason)
    if ledger.trials == 0:
        reason = Reason(code="episodes.none", message="No planned episode ended in success or failure.")
        return _untestable(metric, hypothesis, ledger, rule, reason)
    return _tested(metric, hypothesis, ledger, rule)


def _tested(metric: ExpectedMetric, hypothesis: Hypothesis, ledger: Ledger, rule: DecisionRule) -> Decided:
    successes, trials = ledger.denominator.success, ledger.decision_trials
    least, most = successes, successes + ledger.ambiguous
    power = _power(metric, hypothesis, ledger.denominator.planned, rule)
    verdict, reasons = _verdict(hypothesis, least, most, trials, ledger, power)
    observed, _ = _verdict(hypothesis, successes, successes, trials - ledger.ambiguous, ledger, power)
    evidence = msgspec.structs.replace(
        _described(metric, hypothesis, ledger, rule),
        target=Target(value=metric.value, status=_target_status(hypothesis, least, most, ledger)),
        k_crit=hypothesis.supporting_count(trials),
        k_refute=hypothesis.refuting_count(trials),
        power=power,
        verdict=verdict,
    )
    if ledger.denominator.not_run:
        # A p-value of a fixed plan says nothing about one that somebody stopped.
        return Decided(evidence, hypothesis, reasons, observed)
    against = least if hypothesis.direction == "above" else most
    return _with_exact_test(Decided(evidence, hypothesis, reasons, observed), hypothesis, against, rule)


def _with_exact_test(decided: Decided, hypothesis: Hypothesis, successes: int, rule: DecisionRule) -> Decided:
    """Put the exact p-value beside the decision, and say where the two disagree."""
    trials = decided.evidence.decision_trials
    p_value = hypothesis.p_value(successes, trials)
    reasons, flags = list(decided.reasons), list(decided.evidence.flags)
    if (p_value <= rule.alpha) != hypothesis.supports(successes, trials):
        flags.append("exact_test_disagrees")
        message = f"The exact binomial test (p = {p_value:.4g}) and the declared {rule.interval_method} method differ."
        reasons.append(Reason(code="exact_test.disagrees", message=message))
    evidence = msgspec.structs.replace(
        decided.evidence, p_value=PValue(method="exact_binomial", value=significant(p_value)), flags=flags
    )
    return replace(decided, evidence=evidence, reasons=reasons)


def _verdict(
    hypothesis: Hypothesis, least: int, most: int, trials: int, ledger: Ledger, power: Power | None
) -> tuple[Verdict, list[Reason]]:
    """Apply the rules in their order; lost episodes stand against whichever side would gain from leaving them out."""
    if ledger.denominator.not_run:
        return "inconclusive", [_short_of_plan(ledger)]
    upward = hypothesis.direction == "above"
    against, in_favour = (least, most) if upward else (most, least)
    supporting, refuting = hypothesis.supporting_count(trials), hypothesis.refuting_count(trials)
    if hypothesis.supports(against, trials):
        return "supported", [
            _reached("decision.supported", against, trials, supporting, "more" if upward else "fewer", "support")
        ]
    if hypothesis.refutes(in_favour, trials):
        return "refuted", [
            _reached("decision.refuted", in_favour, trials, refuting, "fewer" if upward else "more", "refute")
        ]
    undecided = Reason(
        code="decision.between",
        message=f"{against} of {trials} supports nothing and {in_favour} of {trials} refutes nothing: "
        f"{supporting} would support, {refuting} would refute.",
    )
    if power is None:
        return "inconclusive", [undecided, _POWER_UNDEFINED]
    if power.value < DESIRED_POWER:
        return "underpowered", [undecided, _low_power(power)]
    return "inconclusive", [undecided]


_POWER_UNDEFINED: Final = Reason(
    code="power_undefined",
    message="With margin 0 the power at the claimed value is not defined; state decision_rule.power_at.",
)


def _short_of_plan(ledger: Ledger) -> Reason:
    denominator = ledger.denominator
    return Reason(
        code="short_of_plan",
        message=f"{denominator.not_run:,} of {denominator.planned:,} planned episodes were never run; "
        "stopping before the plan's end is not decided by these rules.",
    )


def _reached(code: str, successes: int, trials: int, critical: int, bound: str, verb: str) -> Reason:
    return Reason(
        code=code, message=f"{successes:,} of {trials:,} succeeded; {critical:,} or {bound} {verb} the claim."
    )


def _low_power(power: Power) -> Reason:
    return Reason(
        code="power.low",
        message=f"The plan of {power.n:,} episodes would support a true rate of {power.at:g} "
        f"with probability {power.value:.3f}, below {DESIRED_POWER}.",
    )


def _power(metric: ExpectedMetric, hypothesis: Hypothesis, planned: int, rule: DecisionRule) -> Power | None:
    """Chance that the whole plan supports a claim that is true as stated."""
    at = hypothesis.target if rule.power_at is UNSET else exact(rule.power_at) / UNIT_SCALES[metric.unit]
    if at == hypothesis.threshold:
        return None
    tail = exact_tests.at_least if hypothesis.direction == "above" else exact_tests.at_most
    value = tail(hypothesis.supporting_count(planned), planned, float(at))
    return Power(at=float(at), n=planned, value=significant(value))


def _target_status(
    hypothesis: Hypothesis, least: int, most: int, ledger: Ledger
) -> Literal["shown", "not_shown", "contradicted"]:
    """Whether the claimed value itself is shown; bounds of a fixed plan say nothing about one that was cut short."""
    if ledger.denominator.not_run:
        return "not_shown"
    trials = ledger.decision_trials
    against, in_favour = (least, most) if hypothesis.direction == "above" else (most, least)
    if hypothesis.supports(against, trials, hypothesis.target):
        return "shown"
    return "contradicted" if hypothesis.refutes(in_favour, trials, hypothesis.target) else "not_shown"


def interval(successes: int, trials: int, confidence: float) -> Interval:
    """Wilson interval as documents carry it."""
    lower, upper = wilson(successes, trials, confidence)
    return Interval(
        method="wilson",
        confidence=significant(confidence),
        lower=max(0.0, significant(lower)),
        upper=min(1.0, significant(upper)),
    )


def _described(
    metric: ExpectedMetric, hypothesis: Hypothesis | None, ledger: Ledger, rule: DecisionRule
) -> MetricEvidence:
    """The counts and intervals of a metric, before anything is decided."""
    successes, trials = ledger.denominator.success, ledger.trials
    return MetricEvidence(
        name=metric.name,
        unit=metric.unit,
        operator=metric.operator,
        value=metric.value,
        threshold=float(hypothesis.threshold) if hypothesis else None,
        target=Target(value=metric.value, status="not_shown"),
        estimate=significant(successes / trials) if trials else None,
        successes=successes,
        trials=trials,
        decision_trials=ledger.decision_trials,
        k_crit=None,
        k_refute=None,
        interval=interval(successes, trials, float(1 - 2 * exact(rule.alpha))),
        interval_descriptive=interval(successes, trials, DESCRIPTIVE_CONFIDENCE),
        p_value=None,
        power=None,
        verdict="not_testable",
        flags=[],
    )


def _untestable(
    metric: ExpectedMetric, hypothesis: Hypothesis | None, ledger: Ledger, rule: DecisionRule, reason: Reason
) -> Decided:
    return Decided(_described(metric, hypothesis, ledger, rule), hypothesis, [reason], "not_testable")
