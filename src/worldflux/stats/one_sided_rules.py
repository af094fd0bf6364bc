"""One-sided decision rules: from which count on a rate is shown to lie above or below a value."""

from __future__ import annotations

from collections.abc import Callable
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from math import comb
from typing import Final, Literal

from worldflux.stats import intervals
from worldflux.stats.critical_counts import exact, fewest_above
from worldflux.stats.exact_tests import at_least

Direction = Literal["above", "below"]
Method = intervals.Method | Literal["exact"]
"""An interval method; `exact` is another name of `clopper_pearson`."""

# Relative error that a tail probability in doubles may have; nearer to alpha than this, decimals decide.
_TAIL_ERROR: Final = 1e-11
# Above so many trials the decimals would take seconds, and a tail that meets alpha to eleven digits is no tie.
_DECIMAL_TRIALS: Final = 20_000


def critical_count(trials: int, value: Decimal, alpha: float, *, method: Method, direction: Direction) -> int:
    """The count from which on a rate is shown to lie above (or below) a value, by a one-sided test at level alpha.

    `clopper_pearson` (`exact`): fewest k with P(X >= k | n, value) <= alpha (Clopper and Pearson 1934, Biometrika 26,
    404-413). `wilson`: fewest k whose score statistic exceeds z (Wilson 1927, JASA 22, 209-212). Other methods:
    fewest k whose one-sided (1-alpha) lower bound exceeds the value. "Below" counts failures instead of successes.

    Args:
        trials: Number of trials, n.
        value: Rate to lie above or below, 0 to 1, as the decimal number that was stated.
        alpha: One-sided error, below 0.5.
        method: Interval method whose one-sided bound decides.
        direction: "above": fewest successes that do; "below": most successes that do.

    Returns:
        The count; above: more than `trials` where even n of n would not do; below: negative where not even none would.

    Raises:
        StatisticsError: A value outside 0 to 1, an alpha outside 0 to 0.5, a negative number of trials.
    """
    require_rule(trials, value, alpha)
    if direction == "below":
        return trials - fewest_supporting(trials, 1 - value, alpha, method)
    return fewest_supporting(trials, value, alpha, method)


def require_rule(trials: int, value: Decimal, alpha: float) -> None:
    """Raise where no rule is defined for these numbers."""
    if trials < 0:
        raise intervals.argument_error(f"trials is {trials}", "Give a number of episodes of 0 or more.")
    if not 0 <= value <= 1:
        raise intervals.argument_error(f"the tested rate is {value}", "Give a rate between 0 and 1.")
    if not 0 < alpha < 0.5:
        raise intervals.argument_error(f"alpha is {alpha}", "Give a one-sided error below 0.5, for example 0.05.")


def fewest_supporting(trials: int, value: Decimal, alpha: float, method: Method) -> int:
    """`critical_count` for "above", of arguments that were checked before."""
    if method == "wilson":
        return fewest_above(trials, value, alpha)
    declared = canonical(method)
    if declared == "clopper_pearson":
        return _first(lambda successes: _tail_within(successes, trials, value, alpha), trials, value, alpha)
    return _first(_bound_exceeds(trials, value, alpha, declared), trials, value, alpha)


def canonical(method: Method) -> intervals.Method:
    """The method under its own name."""
    return "clopper_pearson" if method == "exact" else method


def _bound_exceeds(trials: int, value: Decimal, alpha: float, method: intervals.Method) -> Callable[[int], bool]:
    confidence, rate = float(1 - exact(alpha)), float(value)

    def exceeds(successes: int) -> bool:
        return intervals.interval(successes, trials, method=method, confidence=confidence, sided="lower").lower > rate

    return exceeds


def _first(holds: Callable[[int], bool], trials: int, value: Decimal, alpha: float) -> int:
    """First count from 0 to `trials` for which `holds`, which stays true once it is; `trials` + 1 where none does."""
    guess = min(fewest_above(trials, value, alpha), trials)
    step = 1
    if holds(guess):
        high = low = guess
        while low >= 0 and holds(low):
            high, low, step = low, low - step, 2 * step
        low = max(low, -1)
    else:
        low = high = guess
        while high <= trials and not holds(high):
            low, high, step = high, high + step, 2 * step
        high = min(high, trials + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _tail_within(successes: int, trials: int, value: Decimal, alpha: float) -> bool:
    """Whether P(X >= successes | value) <= alpha, also where the two are equal as decimal numbers."""
    tail = at_least(successes, trials, float(value))
    if abs(tail - alpha) > _TAIL_ERROR * alpha or trials > _DECIMAL_TRIALS:
        return tail <= alpha
    return _decimal_tail(successes, trials, value) <= exact(alpha)


def _decimal_tail(successes: int, trials: int, value: Decimal) -> Decimal:
    """P(X >= successes) summed in 60 digits, in which small sums that meet alpha exactly are exact."""
    with localcontext() as context:
        context.prec, context.Emax, context.Emin = 60, MAX_EMAX, MIN_EMIN
        terms = (comb(trials, k) * value**k * (1 - value) ** (trials - k) for k in range(successes, trials + 1))
        return sum(terms, Decimal(0))
