"""Two success rates from separate trials: tests of their difference, and intervals for it.

A difference is always the first rate minus the second, and an alternative speaks of that difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from worldflux.stats.exact_tests import TIE, Alternative, TestResult, check_alternative, normal_p_value
from worldflux.stats.intervals import Bounds, argument_error, check_counts, error_level, interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Above this many trials in an arm the exact search takes long and the score test is as good.
EXACT_TRIALS = 500

# Halvings that bring an interval of width 2 below the spacing of doubles near 1.
_HALVINGS = 60


def newcombe(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Bounds:
    """Interval for the difference of two rates, from the two Wilson intervals.

    With Wilson limits l and u of each rate, the limits are d - sqrt((p1-l1)² + (u2-p2)²) and
    d + sqrt((u1-p1)² + (p2-l2)²) (Newcombe 1998, Statistics in Medicine 17, 873-890, method 10).

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm; with none in either, the interval is [-1, 1].
        confidence: Two-sided, for example 0.95.

    Returns:
        Limits of the first rate minus the second, -1 to 1.

    Raises:
        StatisticsError: For counts or a confidence that make no sense.
    """
    _check_arms(k1, n1, k2, n2)
    error_level(confidence)
    if not (n1 and n2):
        return Bounds(-1.0, 1.0)
    p1, p2 = k1 / n1, k2 / n2
    (l1, u1), (l2, u2) = interval(k1, n1, confidence=confidence), interval(k2, n2, confidence=confidence)
    return Bounds(p1 - p2 - math.hypot(p1 - l1, u2 - p2), p1 - p2 + math.hypot(u1 - p1, p2 - l2))


def miettinen_nurminen(k1: int, n1: int, k2: int, n2: int, confidence: float = 0.95) -> Bounds:
    """Score interval for the difference of two rates.

    The differences D at which |d - D| / sqrt(V(D) * N/(N-1)) <= z, where V is the variance of d at the rates that are
    likeliest given D, and N = n1 + n2 (Miettinen and Nurminen 1985, Statistics in Medicine 4, 213-226).

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm; with none in either, the interval is [-1, 1].
        confidence: Two-sided, for example 0.95.

    Returns:
        Limits of the first rate minus the second, -1 to 1.

    Raises:
        StatisticsError: For counts or a confidence that make no sense.
    """
    _check_arms(k1, n1, k2, n2)
    quantile = error_level(confidence).z
    if not (n1 and n2):
        return Bounds(-1.0, 1.0)
    critical = quantile * math.sqrt((n1 + n2) / (n1 + n2 - 1))
    lower = lowest_accepted(lambda gap: _score(k1, n1, k2, n2, gap), k1 / n1 - k2 / n2, critical)
    upper = -lowest_accepted(lambda gap: _score(k2, n2, k1, n1, gap), k2 / n2 - k1 / n1, critical)
    return Bounds(lower, upper)


def non_inferiority(k1: int, n1: int, k2: int, n2: int, *, margin: float) -> TestResult:
    """Test that the first rate is at most `margin` below the second, both measured.

    z = (d + margin) / sqrt(V), where V is the variance of d at the rates that are likeliest given the difference
    -margin (Farrington and Manning 1990, Statistics in Medicine 9, 1447-1454). Rejects where z is large.

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm; with none in either, the p-value is 1.
        k2: Successes in the second arm (the baseline), 0 to n2.
        n2: Trials in the second arm.
        margin: How much worse still passes, as a ratio from 0 to below 1; with 0 it is the score test of superiority.

    Returns:
        z and the one-sided p-value against "the first rate is `margin` or more below the second".

    Raises:
        StatisticsError: For counts or a margin that make no sense.
    """
    _check_arms(k1, n1, k2, n2)
    if not 0 <= margin < 1:
        raise argument_error(f"margin is {margin!r}, not from 0 to below 1", "Write 5 points as 0.05.")
    if not (n1 and n2):
        return TestResult("farrington_manning", None, 1.0)
    z = _score(k1, n1, k2, n2, -margin)
    return TestResult("farrington_manning", z, normal_p_value(z, "greater"))


def score_difference(k1: int, n1: int, k2: int, n2: int, alternative: Alternative = "two-sided") -> TestResult:
    """Score test that two rates are equal; for large arms.

    z = d / sqrt(p(1-p)(1/n1 + 1/n2)) with p the pooled rate; its square is Pearson's chi-square without correction
    (Pearson 1900, Philosophical Magazine 50, 157-175).

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm; with none in either, the p-value is 1.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm.
        alternative: About the first rate minus the second.

    Returns:
        z (0 where neither arm has both outcomes) and the p-value.

    Raises:
        StatisticsError: For counts or an alternative that make no sense.
    """
    _check_arms(k1, n1, k2, n2)
    check_alternative(alternative)
    if not (n1 and n2):
        return TestResult("score_difference", None, 1.0)
    pooled = (k1 + k2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    z = (k1 / n1 - k2 / n2) / math.sqrt(variance) if variance else 0.0
    return TestResult("score_difference", z, normal_p_value(z, alternative))


def boschloo(k1: int, n1: int, k2: int, n2: int, alternative: Alternative = "two-sided") -> TestResult:
    """Boschloo's exact test that two rates are equal.

    Orders tables by Fisher's p-value and takes the largest tail probability over the common rate; never rejects less
    than Fisher's test, and never more often than alpha (Boschloo 1970, Statistica Neerlandica 24).

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm; with none in either, the p-value is 1.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm.
        alternative: About the first rate minus the second; two-sided doubles the smaller one-sided p-value.

    Returns:
        Fisher's p-value as the statistic, and the p-value.

    Raises:
        StatisticsError: For counts or an alternative that make no sense.
    """
    return _unconditional("boschloo", k1, n1, k2, n2, alternative)


def barnard(k1: int, n1: int, k2: int, n2: int, alternative: Alternative = "two-sided") -> TestResult:
    """Barnard's exact test that two rates are equal, on the pooled score statistic.

    Takes the largest tail probability of z over the common rate (Barnard 1947, Biometrika 34, 123-138; Suissa and
    Shuster 1985, JRSS A 148, 317-327).

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm; with none in either, the p-value is 1.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm.
        alternative: About the first rate minus the second.

    Returns:
        z and the p-value.

    Raises:
        StatisticsError: For counts or an alternative that make no sense.
    """
    return _unconditional("barnard", k1, n1, k2, n2, alternative)


def fisher(k1: int, n1: int, k2: int, n2: int, alternative: Alternative = "two-sided") -> TestResult:
    """Fisher's exact test that two rates are equal, given all successes together.

    Hypergeometric tails; two-sided, all tables no likelier than the observed one (Fisher 1935, JRSS 98, 39-82). Holds
    alpha, and rejects less than it could.

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm; with none in either, the p-value is 1.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm.
        alternative: About the first rate minus the second.

    Returns:
        No statistic, and the p-value.

    Raises:
        StatisticsError: For counts or an alternative that make no sense.
    """
    _check_arms(k1, n1, k2, n2)
    check_alternative(alternative)
    fewest = max(0, k1 + k2 - n2)
    chances = _hypergeometric(k1 + k2, n1, n2)
    seen = k1 - fewest
    p_value = {
        "greater": chances[seen:].sum(),
        "less": chances[: seen + 1].sum(),
        "two-sided": chances[chances <= chances[seen] * (1 + TIE)].sum(),
    }[alternative]
    return TestResult("fisher", None, min(1.0, float(p_value)))


def superiority(k1: int, n1: int, k2: int, n2: int, alternative: Alternative = "two-sided") -> TestResult:
    """Test that two rates differ: Boschloo's test up to 500 trials an arm, the score test above.

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm; with none in either, the p-value is 1.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm.
        alternative: About the first rate minus the second.

    Returns:
        The result of the test that was taken, which `method` names.

    Raises:
        StatisticsError: For counts or an alternative that make no sense.
    """
    test = boschloo if max(n1, n2) <= EXACT_TRIALS else score_difference
    return test(k1, n1, k2, n2, alternative)


def restricted_rates(k1: int, n1: int, k2: int, n2: int, difference: float) -> tuple[float, float]:
    """The two rates that make the counts likeliest among all that differ by `difference`.

    The likelihood equation is a cubic in the second rate; its middle root is the estimate, taken in closed form
    (Miettinen and Nurminen 1985, appendix 1; Farrington and Manning 1990).

    Args:
        k1: Successes in the first arm, 0 to n1.
        n1: Trials in the first arm, at least 1.
        k2: Successes in the second arm, 0 to n2.
        n2: Trials in the second arm, at least 1.
        difference: First rate minus second, -1 to 1.

    Returns:
        First and second rate.
    """
    total = n1 + n2
    square = ((n1 + 2 * n2) * difference - total - k1 - k2) / (3 * total)
    linear = ((n2 * difference - total - 2 * k2) * difference + k1 + k2) / (3 * total)
    constant = k2 * difference * (1 - difference) / total
    twist = square**3 - 1.5 * square * linear + constant / 2
    radius = math.copysign(math.sqrt(max(square * square - linear, 0.0)), twist)
    cosine = min(1.0, max(-1.0, twist / radius**3)) if radius else 0.0
    second = 2 * radius * math.cos((math.pi + math.acos(cosine)) / 3) - square
    # Rounding may leave the possible rates by a hair.
    second = min(max(second, 0.0, -difference), 1.0, 1.0 - difference)
    return min(max(second + difference, 0.0), 1.0), second


def lowest_accepted(score: Callable[[float], float], best: float, critical: float) -> float:
    """The lowest difference, from -1 to the observed one, whose score is not above the critical value.

    By bisection, which needs no derivative and no finite score: the score falls from infinity to 0 as the difference
    rises to the observed one.
    """
    refused, accepted = -1.0, best
    for _ in range(_HALVINGS):
        middle = (refused + accepted) / 2
        if score(middle) > critical:
            refused = middle
        else:
            accepted = middle
    return accepted


def _score(k1: int, n1: int, k2: int, n2: int, difference: float) -> float:
    """(observed - hypothetical difference) in standard errors at the restricted rates."""
    r1, r2 = restricted_rates(k1, n1, k2, n2, difference)
    return standardised(k1 / n1 - k2 / n2 - difference, r1 * (1 - r1) / n1 + r2 * (1 - r2) / n2)


def standardised(gap: float, variance: float) -> float:
    """A gap in standard errors; where nothing can vary, any gap is infinitely many and none is 0."""
    if variance > 0:
        return gap / math.sqrt(variance)
    return math.copysign(math.inf, gap) if gap else 0.0


def _hypergeometric(successes: int, n1: int, n2: int) -> NDArray[np.float64]:
    """Chances of each number of successes in the first arm, from the fewest possible, given all of both arms."""
    import numpy as np
    from scipy.special import gammaln

    first = np.arange(max(0, successes - n2), min(successes, n1) + 1, dtype=np.float64)
    second = successes - first
    logs = -sum(gammaln(1 + count) for count in (first, n1 - first, second, n2 - second))
    chances: NDArray[np.float64] = np.exp(logs - logs.max())
    chances /= chances.sum()
    return chances


def _unconditional(test: str, k1: int, n1: int, k2: int, n2: int, alternative: Alternative) -> TestResult:
    _check_arms(k1, n1, k2, n2)
    check_alternative(alternative)
    if k1 + k2 in (0, n1 + n2) or not (n1 and n2):
        # One outcome only, or nothing to compare: the table says nothing about a difference.
        return TestResult(test, None, 1.0)
    return _searched(test, int(k1), int(n1), int(k2), int(n2), alternative)


@lru_cache(maxsize=4096)
def _searched(test: str, k1: int, n1: int, k2: int, n2: int, alternative: Alternative) -> TestResult:
    from scipy.stats import barnard_exact, boschloo_exact

    search = barnard_exact if test == "barnard" else boschloo_exact
    found = search([[k1, k2], [n1 - k1, n2 - k2]], alternative=alternative)
    return TestResult(test, float(found.statistic), min(1.0, float(found.pvalue)))


def _check_arms(k1: int, n1: int, k2: int, n2: int) -> None:
    check_counts(k1, n1, " of the first arm")
    check_counts(k2, n2, " of the second arm")
