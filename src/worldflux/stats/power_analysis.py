"""What a number of episodes can show: critical counts, exact size and power of a decision rule, episodes needed.

A decision rule says from which count on a claim is supported. Its size (chance of supporting what is just not true)
and its power (chance of supporting what is true) are binomial tail probabilities; nothing here is approximated by a
normal distribution. Power against the number of episodes is a saw-tooth, because counts are whole numbers; so the
number of episodes that is named is the one after which power never falls short again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import ceil, log, sqrt
from typing import Final, Literal, NamedTuple

from worldflux.stats.critical_counts import exact
from worldflux.stats.exact_tests import at_least
from worldflux.stats.intervals import argument_error
from worldflux.stats.one_sided_rules import Method, canonical, fewest_supporting, require_rule

Operator = Literal[">=", ">", "<=", "<", "=="]

DESIRED_POWER: Final = 0.8
MAX_EPISODES: Final = 10_000_000
"""A plan that needs more is not looked for."""

_HALF: Final = Decimal("0.5")
_SMALLEST_DISTANCE: Final = Decimal("0.000001")


class _Side(NamedTuple):
    """A one-sided test, told as "above": claims of at most something count failures."""

    threshold: Decimal
    at: Decimal


@dataclass(frozen=True, slots=True)
class Design:
    """A decision rule, and the true rate at which its power is wanted.

    Attributes:
        operator: What is claimed of the rate. `==` is decided by two one-sided tests (Schuirmann 1987, Journal of
            Pharmacokinetics and Biopharmaceutics 15, 657-680), against `threshold` and `threshold_upper`.
        threshold: The rate that is tested against, strictly between 0 and 1.
        at: True rate at which power is wanted, usually the claimed value.
        alpha: One-sided error, below 0.5.
        method: Interval method whose one-sided bound decides; see `critical_count`.
    """

    operator: Operator
    threshold: Decimal
    at: Decimal
    alpha: float = 0.05
    method: Method = "clopper_pearson"
    threshold_upper: Decimal | None = None

    def __post_init__(self) -> None:
        require_rule(0, self.at, self.alpha)
        if (self.operator == "==") != (self.threshold_upper is not None):
            raise argument_error("== needs two thresholds, and no other operator has them", "Give both.")
        for side in self.sides():
            if not 0 < side.threshold < 1:
                raise argument_error(
                    f"the tested rate is {side.threshold.normalize():f}, which no number of episodes can test",
                    "Value and margin have to leave a threshold above 0 and below 1.",
                )

    def sides(self) -> list[_Side]:
        """The one-sided tests that all have to succeed."""
        upward, downward = _Side(self.threshold, self.at), _Side(1 - self.threshold, 1 - self.at)
        if self.threshold_upper is not None:
            return [upward, _Side(1 - self.threshold_upper, 1 - self.at)]
        return [upward if self.operator in (">=", ">") else downward]

    def is_true(self) -> bool:
        """Whether the claim, as it is tested, holds at the rate `at`."""
        return all(side.at > side.threshold for side in self.sides())


@dataclass(frozen=True, slots=True)
class PowerAnalysis:
    """What a number of episodes can show. Rates are ratios.

    Attributes:
        at: True rate at which power is wanted: the claimed value where nothing else was asked for.
        n: Number of episodes; None where none was given, and then `at_claim`, `mde`, `k_crit`, `attained_size` are.
        k_crit: Fewest successes (for `<=` and `<`: most) that support the claim; above n (or below 0) where none do.
        k_crit_upper: For `==`: most successes that support it.
        attained_size: Exact chance of support when the true rate is just the threshold.
        at_claim: Exact chance of support when the true rate is `at`.
        n_for_80: Fewest episodes from which on that chance never falls below `desired`; None: see `note`.
        mde: The true rate nearest to the threshold that n episodes support with a chance of `desired`; None for `==`.
        desired: The chance that is wanted, 0.8 where nothing else was asked for.
        note: Why there is no `n_for_80`.
    """

    operator: Operator
    at: float
    threshold: float
    threshold_upper: float | None
    margin: float
    alpha: float
    method: Method
    desired: float
    n: int | None
    k_crit: int | None
    k_crit_upper: int | None
    attained_size: float | None
    at_claim: float | None
    n_for_80: int | None
    mde: float | None
    note: str | None


def power(
    value: float,
    margin: float,
    *,
    n: int | None = None,
    alpha: float = 0.05,
    method: Method = "clopper_pearson",
    operator: Operator = ">=",
    at: float | None = None,
    desired: float = DESIRED_POWER,
) -> PowerAnalysis:
    """Exact power of deciding "the rate is at least `value`, give or take `margin`" from n episodes.

    Args:
        value: Claimed rate, as a ratio.
        margin: How far the tested rate lies on the lenient side of the value (for `==`: on either side).
        n: Number of episodes, where one is planned.
        alpha: One-sided error of the decision, below 0.5.
        method: Interval method whose one-sided bound decides; the exact test where nothing else is declared.
        operator: What is claimed.
        at: True rate at which power is wanted; the value itself where not given.
        desired: The power that is wanted, above alpha and below 1.

    Raises:
        StatisticsError: Arguments outside their range, or margin 0 without `at`: at its own threshold a test has no
            power beyond its size.
    """
    design = design_of(value, margin, alpha=alpha, method=method, operator=operator, at=at)
    if design.at in (design.threshold, design.threshold_upper):
        raise argument_error(
            f"at a true rate of {design.at}, the tested rate itself, the power is not defined",
            "State the true rate at which power is wanted (--at), or a margin above 0 (--margin).",
        )
    return analyse(design, margin=margin, n=n, desired=desired)


def design_of(
    value: float,
    margin: float,
    *,
    alpha: float = 0.05,
    method: Method = "clopper_pearson",
    operator: Operator = ">=",
    at: float | None = None,
) -> Design:
    """The decision rule of a claimed value and a margin; arguments as in `power`.

    Raises:
        StatisticsError: Arguments outside their range.
    """
    for name, number in (("the claimed value", value), ("the true rate", value if at is None else at)):
        if not 0 <= number <= 1:
            raise argument_error(f"{name} is {number:g}", "Give a ratio between 0 and 1: 80 percent is 0.8.")
    if not 0 <= margin < 1:
        raise argument_error(f"the margin is {margin:g}", "Give a ratio of 0 or more and below 1: 5 points are 0.05.")
    stated, distance = exact(value), exact(margin)
    return Design(
        operator=operator,
        threshold=stated + distance if operator in ("<=", "<") else stated - distance,
        at=stated if at is None else exact(at),
        alpha=alpha,
        method=method,
        threshold_upper=stated + distance if operator == "==" else None,
    )


def analyse(design: Design, *, margin: float, n: int | None, desired: float = DESIRED_POWER) -> PowerAnalysis:
    """Power of a design; what `power` does for a value and a margin.

    Raises:
        StatisticsError: A negative n, or a desired power that is not above alpha and below 1.
    """
    if n is not None and not 0 <= n <= MAX_EPISODES * 10:
        raise argument_error(f"n is {n}", f"Give a number of episodes from 0 to {MAX_EPISODES * 10:,}.")
    if not design.alpha < desired < 1:
        raise argument_error(f"the desired power is {desired}", "Give a chance above alpha and below 1.")
    needed, note = _episodes_needed(design, desired)
    counts = (None, None) if n is None else supporting_counts(design, n)
    return PowerAnalysis(
        operator=design.operator,
        at=float(design.at),
        threshold=float(design.threshold),
        threshold_upper=None if design.threshold_upper is None else float(design.threshold_upper),
        margin=margin,
        alpha=design.alpha,
        method=canonical(design.method),
        desired=desired,
        n=n,
        k_crit=counts[0],
        k_crit_upper=counts[1],
        attained_size=None if n is None else _size(design, n),
        at_claim=None if n is None else power_of(design, n),
        n_for_80=needed,
        mde=None if n is None else detectable(design, n, desired),
        note=note,
    )


def power_of(design: Design, n: int) -> float:
    """Exact chance that n episodes support the claim when the true rate is `design.at`."""
    return _at_least_power(design, n, n)


def _at_least_power(design: Design, fewest: int, most: int) -> float:
    """A power that no n from `fewest` to `most` falls below; the power itself where the two are one.

    Two one-sided tests that share their episodes cannot both fail unless no count passes both.
    """
    sides = design.sides()
    return max(0.0, sum(_at_least_support(design, side, fewest, most) for side in sides) - (len(sides) - 1))


def _at_least_support(design: Design, side: _Side, fewest: int, most: int) -> float:
    """The same for one test, from what a trial more can do to the critical count k(n) and to the successes X(n).

    A failure more lowers the bound of the same successes, so k(n) does not fall as n grows; nor does X(n). Hence
    X(fewest) >= k(most) implies X(n) >= k(n) in between. A success more raises the bound of the same failures (for
    Wilson, Wald and Agresti-Coull: where the rate is above 1/2 and k(n) <= n), so the failures allowed, n - k(n), do
    not fall either; nor do the failures met. Hence the test passes in between if the failures of `most` trials are
    within those allowed of `fewest`. The second loses less where failures are the rarer.
    """

    def critical(trials: int) -> int:
        return fewest_supporting(trials, side.threshold, design.alpha, design.method)

    if side.threshold > _HALF:
        return at_least(critical(fewest) + most - fewest, most, float(side.at))
    return at_least(critical(most), fewest, float(side.at))


def supporting_counts(design: Design, n: int) -> tuple[int, int | None]:
    """Fewest successes that support the claim (for `<=` and `<`: most), and for `==` also the most."""
    counts = [fewest_supporting(n, side.threshold, design.alpha, design.method) for side in design.sides()]
    if len(counts) == 2:
        return counts[0], n - counts[1]
    return (counts[0] if design.operator in (">=", ">") else n - counts[0]), None


def _size(design: Design, n: int) -> float:
    edges = [design.threshold] if design.threshold_upper is None else [design.threshold, design.threshold_upper]
    rule = (design.alpha, design.method, design.threshold_upper)
    return max(power_of(Design(design.operator, design.threshold, edge, *rule), n) for edge in edges)


def detectable(design: Design, n: int, desired: float) -> float | None:
    """The true rate nearest to the threshold that n episodes support with a chance of `desired`; None where none is.

    P(X >= k | rate), as a function of the rate, is the distribution function of Beta(k, n - k + 1): its quantile is the
    rate.
    """
    from scipy.special import betaincinv

    if design.operator == "==":
        return None
    (side,) = design.sides()
    fewest = fewest_supporting(n, side.threshold, design.alpha, design.method)
    if fewest > n:
        return None
    rate = float(betaincinv(fewest, n - fewest + 1, desired)) if fewest > 0 else 0.0
    rate = max(rate, float(side.threshold))
    return rate if design.operator in (">=", ">") else 1 - rate


def _episodes_needed(design: Design, desired: float) -> tuple[int | None, str | None]:
    if not design.is_true():
        return (
            None,
            f"A true rate of {float(design.at):g} is not what is claimed; more episodes do not help to show it.",
        )
    too_many = f"More than {MAX_EPISODES:,} episodes would be needed."
    too_near = min(side.at - side.threshold for side in design.sides()) < _SMALLEST_DISTANCE
    if too_near or power_of(design, MAX_EPISODES) < desired:
        return None, too_many
    needed = _last_falling_short(design, desired, _surely_enough(design, desired)) + 1
    return (needed, None) if needed <= MAX_EPISODES else (None, too_many)


def _surely_enough(design: Design, desired: float) -> int:
    """A number of episodes from which on the power is proved to be `desired` or more, though fewer will do.

    With c^2 = log(1/alpha)/2, each method has k(n) <= n*threshold + c*sqrt(n) + 4c^2 + 1. For the exact test this is
    Hoeffding's inequality (1963, JASA 58, 13-30); the Jeffreys bound lies above the exact one; Wilson, Wald and
    Agresti-Coull have z*sqrt(n)/2 + z^2 instead, and z <= 2c. By the same inequality P(X(n) < k(n)) is below
    (1 - desired)/sides once n*distance - c*sqrt(n) - 4c^2 - 1 >= b*sqrt(n), with b^2 = log(sides/(1 - desired))/2: a
    quadratic inequality in sqrt(n) that stays true.
    """
    sides = design.sides()
    distance = float(min(side.at - side.threshold for side in sides))
    c, b = sqrt(log(1 / design.alpha) / 2), sqrt(log(len(sides) / (1 - desired)) / 2)
    root = ((c + b) + sqrt((c + b) ** 2 + 4 * distance * (4 * c * c + 1))) / (2 * distance)
    return ceil(root * root)


def _last_falling_short(design: Design, desired: float, most: int) -> int:
    """Largest n up to `most` whose power is below `desired`: ranges that are proved to have none are left out whole.

    Without an episode nothing is shown, whatever a method makes of it; so the search begins at one.
    """
    ranges = [(1, most)]
    while ranges:
        fewest, most = ranges.pop()
        if _at_least_power(design, fewest, most) >= desired:
            continue
        if fewest == most:
            return fewest
        middle = (fewest + most) // 2
        ranges += [(fewest, middle), (middle + 1, most)]
    return 0
