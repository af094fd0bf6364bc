"""Intervals for the ratio of two latencies, and what follows from one.

A median of few values has an exact bootstrap distribution: the chance that the k-th smallest value is the median of a
resample is a binomial sum (Maritz and Jarrett 1978, JASA 73, 194-196). So nothing is drawn here, the same runs always
get the same answer, and swapping them turns it around exactly. The tails are widened for small numbers of values, as
Hesterberg 2015 (The American Statistician 69, 371-386, section 5.3) advises: a plain percentile interval is too short.

An answer needs the whole interval: a latency `regressed` when all of the interval of its ratio lies above one plus the
smallest effect that counts, `improved` when all of it lies below the reciprocal, and is `unchanged` when all of it lies
between the two. Else nothing is decided.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from worldforge.benchmark.verdicts import Status

CONFIDENCE: Final = 0.95
FEWEST: Final = 5
"""With fewer values, not even an interval from the smallest to the largest would hold the median often enough."""


class Bounds(NamedTuple):
    """An interval of ratios, both ends included."""

    low: float
    high: float

    def joined(self, other: Bounds) -> Bounds:
        """The smallest interval that holds both."""
        return Bounds(min(self.low, other.low), max(self.high, other.high))


def ratio_of_medians(baseline: Sequence[float], candidate: Sequence[float]) -> Bounds | None:
    """Interval for the candidate's median over that of the baseline.

    Args:
        baseline: Positive values, such as medians of blocks, in any unit.
        candidate: The same of the other run.

    Returns:
        95% bounds, or None with fewer than `FEWEST` values on either side.
    """
    count = min(len(baseline), len(candidate))
    if count < FEWEST:
        return None
    below, above = sorted(baseline), sorted(candidate)
    atoms = [
        (value / divisor, chance * other)
        for divisor, chance in zip(below, median_chances(len(below)), strict=True)
        for value, other in zip(above, median_chances(len(above)), strict=True)
    ]
    return _bounds(sorted(atoms), tail_chance(count, len(baseline) + len(candidate) - 2))


def median_of_ratios(ratios: Sequence[float]) -> Bounds | None:
    """Interval for the median of ratios that were each measured within a pair.

    Returns:
        95% bounds, or None with fewer than `FEWEST` pairs.
    """
    if len(ratios) < FEWEST:
        return None
    atoms = zip(sorted(ratios), median_chances(len(ratios)), strict=True)
    return _bounds(list(atoms), tail_chance(len(ratios), len(ratios) - 1))


def status_of(bounds: Bounds, min_effect: float) -> Status:
    """What an interval of a ratio says.

    Args:
        bounds: Of candidate over baseline; above one is slower.
        min_effect: The smallest change that counts: 0.25 is 25%.
    """
    limit = 1 + min_effect
    if bounds.low > limit:
        return "regressed"
    if bounds.high * limit < 1:
        return "improved"
    return "unchanged" if bounds.low * limit >= 1 and bounds.high <= limit else "cannot_decide"


@lru_cache(maxsize=64)
def median_chances(count: int) -> tuple[float, ...]:
    """Chance of each of `count` ordered values to be the median of a resample of as many.

    Of an even number there are two medians, the lower and the upper; either is taken as often, so that the order
    can be turned around.
    """
    lower, upper = _rank_chances(count, (count + 1) // 2), _rank_chances(count, count // 2 + 1)
    return tuple((low + high) / 2 for low, high in zip(lower, upper, strict=True))


def _rank_chances(count: int, rank: int) -> list[float]:
    """Chance of each ordered value to be the `rank`-th smallest of a resample with replacement."""
    # At most k-th smallest: at least `rank` of the draws fall on the k smallest values.
    ways = [math.comb(count, hits) for hits in range(count + 1)]
    total = count**count
    at_most = [
        sum(ways[hits] * share**hits * (count - share) ** (count - hits) for hits in range(rank, count + 1))
        for share in range(count + 1)
    ]
    return [(high - low) / total for low, high in pairwise(at_most)]


@lru_cache(maxsize=64)
def tail_chance(count: int, freedom: int) -> float:
    """Chance to cut off at either end, widened so that an interval of a mean would be that of Student's t.

    Args:
        count: Values on the smaller side.
        freedom: Degrees of freedom that a mean would have: all values less one for each side.
    """
    widened = math.sqrt(count / (count - 1)) * student_quantile((1 + CONFIDENCE) / 2, freedom)
    return math.erfc(widened / math.sqrt(2)) / 2


@lru_cache(maxsize=64)
def student_quantile(probability: float, freedom: int) -> float:
    """Quantile of Student's t at a probability above one half, for whole degrees of freedom, to 12 digits."""
    low, high = 0.0, 2.0
    while _student_cdf(high, freedom) < probability:
        high *= 2
    while (middle := (low + high) / 2) not in (low, high) and high - low > 1e-13 * high:
        low, high = (middle, high) if _student_cdf(middle, freedom) < probability else (low, middle)
    return high


def _student_cdf(value: float, freedom: int) -> float:
    """Abramowitz and Stegun 26.7.3 and 26.7.4, the finite series of whole degrees of freedom."""
    angle = math.atan(value / math.sqrt(freedom))
    sine, squared = math.sin(angle), math.cos(angle) ** 2
    first = math.cos(angle) if freedom % 2 else 1.0
    factors = ((step - 1) / step * squared for step in range(3 if freedom % 2 else 2, freedom - 1, 2))
    series = sum(accumulate(factors, lambda term, factor: term * factor, initial=first)) if freedom > 1 else 0.0
    central = (angle + sine * series) * 2 / math.pi if freedom % 2 else sine * series
    return (1 + central) / 2


def _bounds(atoms: Sequence[tuple[float, float]], tail: float) -> Bounds:
    return Bounds(_reached(atoms, tail), _reached(atoms[::-1], tail))


def _reached(atoms: Sequence[tuple[float, float]], tail: float) -> float:
    """The first value at which the chances that were passed exceed the tail."""
    passed = 0.0
    for value, chance in atoms:
        passed += chance
        if passed > tail:
            return value
    return atoms[-1][0]
