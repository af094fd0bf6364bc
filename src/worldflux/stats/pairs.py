"""Two policies on the same starts: tests and intervals for matched pairs.

A pair succeeds in both, in the first only (b), in the second only (c), or in neither. A difference is the first rate
minus the second, and an alternative speaks of that difference.
"""

from __future__ import annotations

import math

from worldflux.stats.exact_tests import Alternative, TestResult, at_least, at_most, check_alternative
from worldflux.stats.intervals import Bounds, check_count, error_level, interval
from worldflux.stats.two_sample import lowest_accepted, standardised


def mcnemar(b: int, c: int, *, alternative: Alternative = "two-sided", mid_p: bool = False) -> TestResult:
    """McNemar's test that two rates on the same starts are equal, from the discordant pairs.

    Given b + c, b is Binomial(b + c, 1/2) under the hypothesis. Exact: binomial tails, two-sided by doubling the
    smaller (McNemar 1947, Psychometrika 12, 153-157). Mid-p: the observed outcome counts half; closer to alpha, at the
    cost of a guarantee (Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13, 91).

    Args:
        b: Pairs in which only the first succeeded.
        c: Pairs in which only the second succeeded; without any discordant pair the p-value is 1.
        alternative: About the first rate minus the second.
        mid_p: Take the mid-p variant.

    Returns:
        `mcnemar` or `mcnemar_mid_p`, no statistic, and the p-value.

    Raises:
        StatisticsError: For counts or an alternative that make no sense.
    """
    check_count("b", b)
    check_count("c", c)
    check_alternative(alternative)
    if mid_p:
        return TestResult("mcnemar_mid_p", None, _mid_p(b, c, alternative) if b + c else 1.0)
    more, fewer = at_least(b, b + c, 0.5), at_most(b, b + c, 0.5)
    p_value = {"greater": more, "less": fewer, "two-sided": min(1.0, 2 * min(more, fewer))}[alternative]
    return TestResult("mcnemar", None, p_value)


def paired_difference(both: int, first_only: int, second_only: int, neither: int, confidence: float = 0.95) -> Bounds:
    """Interval for the difference of two rates on the same starts, from the two Wilson intervals.

    With Wilson limits l and u of each rate, the limits are d - sqrt((p1-l1)² - 2φ(p1-l1)(u2-p2) + (u2-p2)²) and
    d + sqrt((u1-p1)² - 2φ(u1-p1)(p2-l2) + (p2-l2)²), where φ is the correlation of the two outcomes, made smaller by a
    continuity correction where it is positive (Newcombe 1998, Statistics in Medicine 17, 2635-2650, method 10).

    Args:
        both: Pairs in which both succeeded.
        first_only: Pairs in which only the first succeeded.
        second_only: Pairs in which only the second succeeded.
        neither: Pairs in which neither succeeded; without any pair the interval is [-1, 1].
        confidence: Two-sided, for example 0.95.

    Returns:
        Limits of the first rate minus the second, -1 to 1.

    Raises:
        StatisticsError: For counts or a confidence that make no sense.
    """
    pairs = _check_pairs(both, first_only, second_only, neither)
    error_level(confidence)
    if pairs == 0:
        return Bounds(-1.0, 1.0)
    k1, k2 = both + first_only, both + second_only
    p1, p2, difference = k1 / pairs, k2 / pairs, (first_only - second_only) / pairs
    (l1, u1), (l2, u2) = interval(k1, pairs, confidence=confidence), interval(k2, pairs, confidence=confidence)
    correlation = _correlation(both, first_only, second_only, neither)
    return Bounds(
        max(-1.0, difference - _joined(p1 - l1, u2 - p2, correlation)),
        min(1.0, difference + _joined(u1 - p1, p2 - l2, correlation)),
    )


def tango(both: int, first_only: int, second_only: int, neither: int, confidence: float = 0.95) -> Bounds:
    """Score interval for the difference of two rates on the same starts.

    The differences D at which |b - c - nD| / sqrt(n(2q + D(1-D))) <= z, where q is the chance of "only the second" that
    is likeliest given D (Tango 1998, Statistics in Medicine 17, 891-908). Its test at D = 0 is McNemar's chi-square.

    Args:
        both: Pairs in which both succeeded.
        first_only: Pairs in which only the first succeeded.
        second_only: Pairs in which only the second succeeded.
        neither: Pairs in which neither succeeded; without any pair the interval is [-1, 1].
        confidence: Two-sided, for example 0.95.

    Returns:
        Limits of the first rate minus the second, -1 to 1.

    Raises:
        StatisticsError: For counts or a confidence that make no sense.
    """
    pairs = _check_pairs(both, first_only, second_only, neither)
    critical = error_level(confidence).z
    if pairs == 0:
        return Bounds(-1.0, 1.0)
    b, c, best = first_only, second_only, (first_only - second_only) / pairs
    lower = lowest_accepted(lambda gap: _tango_score(b, c, pairs, gap), best, critical)
    upper = -lowest_accepted(lambda gap: _tango_score(c, b, pairs, gap), -best, critical)
    return Bounds(lower, upper)


def restricted_second_only(b: int, c: int, pairs: int, difference: float) -> float:
    """The chance of "only the second" that makes the counts likeliest among all with the given difference.

    Larger root of 2n q² + B q - c D(1-D) = 0 with B = (2n - b + c) D - b - c (Tango 1998).

    Args:
        b: Pairs in which only the first succeeded.
        c: Pairs in which only the second succeeded.
        pairs: All pairs, n.
        difference: First rate minus second, D, -1 to 1.

    Returns:
        q, between max(0, -D) and (1 - D) / 2.
    """
    linear = (2 * pairs - b + c) * difference - b - c
    root = math.sqrt(max(linear * linear + 8 * pairs * c * difference * (1 - difference), 0.0))
    return min(max((root - linear) / (4 * pairs), 0.0, -difference), (1 - difference) / 2)


def _mid_p(b: int, c: int, alternative: Alternative) -> float:
    if alternative == "two-sided" and b == c:
        # Fagerland's definition takes the point probability from the exact p-value, which is 1 here.
        return 2 * at_most(b - 1, b + c, 0.5)
    more = (at_least(b, b + c, 0.5) + at_least(b + 1, b + c, 0.5)) / 2
    fewer = (at_most(b, b + c, 0.5) + at_most(b - 1, b + c, 0.5)) / 2
    return {"greater": more, "less": fewer, "two-sided": 2 * min(more, fewer)}[alternative]


def _tango_score(b: int, c: int, pairs: int, difference: float) -> float:
    chance = restricted_second_only(b, c, pairs, difference)
    return standardised((b - c) / pairs - difference, max(2 * chance + difference * (1 - difference), 0.0) / pairs)


def _correlation(both: int, first_only: int, second_only: int, neither: int) -> float:
    """Correlation of the two outcomes, 0 where one of them never varies; corrected towards 0 where positive."""
    first, second = both + first_only, both + second_only
    pairs = first + second_only + neither
    spread = math.sqrt(first * (pairs - first)) * math.sqrt(second * (pairs - second))
    excess: float = both * neither - first_only * second_only
    if excess > 0:
        excess = max(excess - pairs / 2, 0.0)
    return excess / spread if spread else 0.0


def _joined(one: float, other: float, correlation: float) -> float:
    """Length of two error terms together; never below 0 where rounding would have it so."""
    return math.sqrt(max(one * one - 2 * correlation * one * other + other * other, 0.0))


def _check_pairs(both: int, first_only: int, second_only: int, neither: int) -> int:
    """All pairs together, once each number is found to be one."""
    counts = {"both": both, "first_only": first_only, "second_only": second_only, "neither": neither}
    return sum(check_count(name, count) for name, count in counts.items())
