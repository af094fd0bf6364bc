"""What is tested, and which of the five verdicts counts of successes give.

A claim about a rate is one or two one-sided hypotheses: `>=` and `>` claim that the rate lies above a threshold, `<=`
and `<` below one, `==` both, of a lower and an upper one (two one-sided tests: Schuirmann 1987, J. Pharmacokin.
Biopharm. 15, 657-680). Each is decided by an integer: the one-sided bound of the declared method passes the threshold
exactly from a critical count on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from operator import index
from typing import Final, Literal, SupportsIndex, get_args

from worldbase.intervals import normal_quantile
from worldflux.errors import StatisticsError
from worldflux.stats.critical_counts import count_above, count_below, exact, score_bound
from worldflux.stats.exact_tests import at_least, at_most
from worldflux.stats.intervals import Method
from worldflux.stats.one_sided_rules import critical_count

Verdict = Literal["supported", "refuted", "inconclusive", "underpowered", "not_testable"]
Direction = Literal["above", "below"]
Operator = Literal[">=", ">", "<=", "<", "=="]

DESIRED_POWER: Final = 0.8
ADMISSIBLE: Final[tuple[Method, ...]] = ("wilson", "clopper_pearson", "jeffreys", "agresti_coull")
"""Methods whose disagreement makes a verdict not robust."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """That a rate lies `direction` of `threshold`.

    Attributes:
        target: The claimed value, as a ratio.
        threshold: The value less the margin (`below`: plus the margin).
        alpha: One-sided error of either decision.
        method: Interval method that decides.
    """

    direction: Direction
    target: Decimal
    threshold: Decimal
    margin: Decimal
    alpha: float
    method: Method = "wilson"

    def against(self, rate: Decimal) -> Hypothesis:
        """The same question about another rate."""
        return replace(self, threshold=rate)

    def by(self, method: Method) -> Hypothesis:
        """The same question by another method."""
        return replace(self, method=method)


@dataclass(frozen=True, slots=True)
class Sample:
    """What was observed, as a decision needs it.

    Attributes:
        trials: Number of trials, lost ones that have to be counted included.
        design_effect: By how much shared starts, differing tasks or unequal weights widen the variance.
        degrees_of_freedom: Of the variance's estimate, where it is one; Student's quantile then replaces the normal
            one.
    """

    trials: int
    design_effect: float = 1.0
    degrees_of_freedom: int | None = None

    @property
    def simple(self) -> bool:
        """Whether the trials are independent and weigh the same."""
        return self.design_effect == 1.0 and self.degrees_of_freedom is None

    def quantile(self, alpha: float) -> float:
        """Quantile that a one-sided bound of error alpha takes."""
        if self.degrees_of_freedom is None:
            return normal_quantile(1 - alpha)
        from scipy.special import stdtrit

        return float(stdtrit(self.degrees_of_freedom, 1 - alpha))


@dataclass(frozen=True, slots=True)
class Boundary:
    """The counts that decide a hypothesis.

    Attributes:
        supporting: Fewest successes (`below`: most) that support it.
        refuting: Most successes (`below`: fewest) that refute it.
        supporting_beyond: What successes, whole or not (where trials weigh unequally), have to pass to support it.
        refuting_beyond: What they have to pass to refute it.
    """

    direction: Direction
    supporting: int
    refuting: int
    supporting_beyond: Fraction
    refuting_beyond: Fraction

    def supports(self, successes: int | Fraction) -> bool:
        """Whether so many successes support the hypothesis."""
        beyond = self.supporting_beyond
        return successes > beyond if self.direction == "above" else successes < beyond

    def refutes(self, successes: int | Fraction) -> bool:
        """Whether so many successes refute it."""
        beyond = self.refuting_beyond
        return successes < beyond if self.direction == "above" else successes > beyond


def hypotheses_of(
    operator: Operator, target: Decimal, margin: Decimal, alpha: float, method: Method = "wilson"
) -> list[Hypothesis]:
    """The one-sided hypotheses of a claim: one, or for `==` two."""
    sides: list[Direction] = {">": ["above"], "<": ["below"], "=": ["above", "below"]}[operator[0]]  # type: ignore[assignment]
    return [
        Hypothesis(side, target, target - margin if side == "above" else target + margin, margin, alpha, method)
        for side in sides
    ]


def boundary(hypothesis: Hypothesis, sample: Sample) -> Boundary:
    """The counts at which a hypothesis is decided.

    With a design effect the score bound of n/d trials decides, whatever the declared method: no other method is
    defined for such data.
    """
    high, low = _simple_bounds(hypothesis, sample) if sample.simple else _score_bounds(hypothesis, sample)
    above, below = count_above(high), count_below(low)
    if hypothesis.direction == "above":
        return Boundary("above", above, below, Fraction(high), Fraction(low))
    return Boundary("below", below, above, Fraction(low), Fraction(high))


def _simple_bounds(hypothesis: Hypothesis, sample: Sample) -> tuple[Decimal, Decimal]:
    """Whole counts decide; the bounds stand half-way to the next one."""

    def critical(direction: Direction) -> int:
        return critical_count(
            sample.trials, hypothesis.threshold, hypothesis.alpha, method=hypothesis.method, direction=direction
        )

    half = Decimal("0.5")
    return critical("above") - half, critical("below") + half


def _score_bounds(hypothesis: Hypothesis, sample: Sample) -> tuple[Decimal, Decimal]:
    quantile = Decimal(sample.quantile(hypothesis.alpha))
    return (
        score_bound(sample.trials, hypothesis.threshold, quantile, sample.design_effect),
        score_bound(sample.trials, hypothesis.threshold, -quantile, sample.design_effect),
    )


def p_value(hypothesis: Hypothesis, successes: int, trials: int) -> float:
    """Exact binomial p-value against the opposite of what is claimed."""
    tail = at_least if hypothesis.direction == "above" else at_most
    return tail(successes, trials, float(hypothesis.threshold))


def decided(
    hypotheses: Sequence[Hypothesis], sample: Sample, least: int | Fraction, most: int | Fraction
) -> Literal["supported", "refuted"] | None:
    """Whether counts between `least` and `most` decide a claim either way.

    What is not known to have succeeded counts as a failure for support and as a success for refutation (for `below`:
    the other way round).

    Args:
        hypotheses: All have to hold.
        sample: What the counts are out of.
        least: Successes if every lost episode was a failure.
        most: Successes if every lost episode was a success.
    """
    bounds = [boundary(hypothesis, sample) for hypothesis in hypotheses]
    if all(bound.supports(least if bound.direction == "above" else most) for bound in bounds):
        return "supported"
    if any(bound.refutes(most if bound.direction == "above" else least) for bound in bounds):
        return "refuted"
    return None


@dataclass(frozen=True, slots=True)
class VerdictOfCounts:
    """A verdict on counts.

    Attributes:
        k_crit: Fewest successes (`<=`, `<`: most) that support the claim; for `==` the fewest.
        k_refute: Most successes (`<=`, `<`: fewest) that refute it.
        p_value: Exact binomial p-value; for `==` the larger of the two.
        attained_size: Exact chance of support when the true rate is just the threshold.
        power: Chance that the exact test supports when the claimed value is true, whatever method decides; None with
            margin 0.
        robust: Whether all admissible methods give this verdict.
    """

    verdict: Verdict
    threshold: float
    k_crit: int
    k_refute: int
    p_value: float
    attained_size: float
    power: float | None
    robust: bool


def verdict(
    successes: int,
    trials: int,
    value: float,
    *,
    margin: float = 0.0,
    operator: Operator = ">=",
    alpha: float = 0.05,
    method: Method = "wilson",
) -> VerdictOfCounts:
    """Decide a claim about a success rate from counts of a plan that was run whole.

    With p0 the claimed value less the margin: supported where the one-sided lower bound exceeds p0, refuted where the
    upper bound stays below it, else underpowered where the exact power at the claimed value is below 0.8, else
    inconclusive. For `<=` and `<` mirrored; `==` needs a margin and takes two one-sided tests.

    Args:
        successes: Number of successes.
        trials: Number of trials, at least 1.
        value: The claimed rate, as a ratio.
        margin: Non-inferiority margin, as a ratio.
        operator: Of the claim.
        alpha: One-sided error of either decision.
        method: Interval method that decides.

    Raises:
        StatisticsError: `stats.argument`: counts or rates that cannot be.

    >>> verdict(391, 500, 0.80, margin=0.05).verdict
    'supported'
    """
    successes, trials, value, margin = _whole(successes), _whole(trials), float(value), float(margin)
    _require(operator in get_args(Operator), "operator", f"it is one of {', '.join(get_args(Operator))}")
    _require(0 <= successes <= trials and trials > 0, "successes", "they lie between 0 and the number of trials")
    _require(0 <= value <= 1, "value", "a rate lies between 0 and 1")
    _require(0 <= margin < 1, "margin", "it is a ratio of 0 or more and below 1")
    hypotheses = hypotheses_of(operator, exact(value), exact(margin), alpha, method)
    _require(all(0 < one.threshold < 1 for one in hypotheses), "value", "with its margin it lies between 0 and 1")
    _require(operator != "==" or margin > 0, "margin", "equality can only be shown within a margin above 0")
    sample = Sample(trials)
    bounds = [boundary(hypothesis, sample) for hypothesis in hypotheses]
    exactly = [boundary(one.by("clopper_pearson"), sample) for one in hypotheses]
    power = support_probability(exactly, trials, value) if margin else None
    found = _full(decided(hypotheses, sample, successes, successes), power)
    others = {
        _full(decided([one.by(other) for one in hypotheses], sample, successes, successes), power)
        for other in ADMISSIBLE
    }
    return VerdictOfCounts(
        verdict=found,
        threshold=float(hypotheses[0].threshold),
        k_crit=bounds[0].supporting,
        k_refute=bounds[0].refuting,
        p_value=max(p_value(hypothesis, successes, trials) for hypothesis in hypotheses),
        attained_size=attained_size(hypotheses, sample),
        power=power,
        robust=others == {found},
    )


def _full(found: Literal["supported", "refuted"] | None, power: float | None) -> Verdict:
    if found:
        return found
    return "underpowered" if power is not None and power < DESIRED_POWER else "inconclusive"


def support_probability(bounds: Sequence[Boundary], trials: int, rate: float) -> float:
    """Exact chance that independent trials of this rate give a count that supports every hypothesis."""
    least, most = 0, trials
    for bound in bounds:
        if bound.direction == "above":
            least = max(least, bound.supporting)
        else:
            most = min(most, bound.supporting)
    return max(0.0, at_least(least, trials, rate) - at_least(most + 1, trials, rate))


def attained_size(hypotheses: Sequence[Hypothesis], sample: Sample) -> float:
    """Exact chance of support when the true rate is just a threshold; of two thresholds, the larger chance."""
    bounds = [boundary(hypothesis, sample) for hypothesis in hypotheses]
    return max(support_probability(bounds, sample.trials, float(one.threshold)) for one in hypotheses)


def _whole(count: SupportsIndex) -> int:
    try:
        return index(count)
    except TypeError:
        raise StatisticsError(
            f"{count!r} is no number of episodes", code="stats.argument", hint="Count whole episodes."
        ) from None


def _require(condition: bool, argument: str, rule: str) -> None:
    if not condition:
        raise StatisticsError(
            f"{argument}: {rule}", code="stats.argument", hint="See `worldflux explain stats.argument`."
        )
