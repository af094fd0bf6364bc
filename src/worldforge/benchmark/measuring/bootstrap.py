"""Confidence intervals by resampling blocks of consecutive calls (Künsch 1989, Annals of Statistics 17, 1217-1241).

Calls that follow each other are not independent: a busy neighbour or a collection of garbage meets several. Blocks of
them nearly are, so blocks are drawn, with replacement and by a fixed seed, and percentiles of the resampled statistic
are its bounds. With twenty blocks or fewer, the usual percentiles would cover too little: they are moved outwards to
where Student's t distribution would have them (Hesterberg 2015, The American Statistician 69, 371-386, section 5.3).

No resample reaches beyond the slowest call, so a quantile has no bounds before there are so many calls that the least
and the largest of them enclose it with 95% probability: 1 - q**n - (1 - q)**n >= 0.95.

It is written without numpy: loading that would take longer than most runs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from operator import mul
from typing import Final, NamedTuple

from worldbase.resampling import words
from worldforge.benchmark.measuring.histogram import Distribution

RESAMPLES: Final = 400
CONFIDENCE: Final = 0.95

_SEED: Final = 20_260_603
_FINEST: Final = 1024

# Four draws of each word: with at most 20 blocks, 16 bits are uneven by less than 0.04%, and words cost time.
_LANE_BITS: Final = 16
_LANE: Final = (1 << _LANE_BITS) - 1
_LANES: Final = (0, 16, 32, 48)

# Of 2 to 20 blocks, the share of resamples outside of each bound: Phi(-sqrt(n / (n - 1)) * t), where t is Student's
# 97.5% quantile with n - 1 degrees of freedom.
_OUTSIDE: Final = (
    *(0.0, 0.0, 0.00012, 0.00095, 0.00243, 0.00411, 0.00574, 0.00722, 0.00855, 0.00972),
    *(0.01076, 0.01167, 0.01248, 0.01321, 0.01386, 0.01444, 0.01497, 0.01544, 0.01588),
)

Weights = tuple[int, ...]


class BlockSums(NamedTuple):
    """A block of calls: the sum of its latencies in nanoseconds, and how they are distributed."""

    total: int
    latencies: Distribution


@lru_cache(maxsize=64)
def resample_weights(blocks: int, resamples: int = RESAMPLES, seed: int = _SEED) -> tuple[Weights, ...]:
    """How often each block is drawn in each resample: `resamples` tuples of `blocks` numbers that sum to `blocks`."""
    lanes = (word >> shift & _LANE for word in words(seed) for shift in _LANES)
    drawn = (lane * blocks >> _LANE_BITS for lane in lanes)
    rows = (list(islice(drawn, blocks)) for _ in range(resamples))
    return tuple(tuple(map(row.count, range(blocks))) for row in rows)


def mean_bounds(blocks: Sequence[BlockSums]) -> tuple[float, float]:
    """Bounds of the mean, in nanoseconds, over at least two blocks that are not empty."""
    totals = [block.total for block in blocks]
    counts = [block.latencies.count for block in blocks]
    means = [
        sum(map(mul, weights, totals)) / sum(map(mul, weights, counts)) for weights in resample_weights(len(blocks))
    ]
    return _bounds(means, len(blocks))


def quantile_bounds(blocks: Sequence[BlockSums], shares: Sequence[float]) -> list[tuple[float, float]]:
    """Bounds of several quantiles, in nanoseconds, over at least two blocks that are not empty.

    Args:
        blocks: The blocks.
        shares: Which quantiles, ascending, each in [0, 1].
    """
    values = _grid(Distribution.together(block.latencies for block in blocks))
    columns = [tuple(block.latencies.upto(value) for block in blocks) for value in values]
    resamples = resample_weights(len(blocks))
    # Few blocks give the same resample many times.
    quantiles = {weights: _quantiles(values, columns, weights, shares) for weights in set(resamples)}
    drawn = [quantiles[weights] for weights in resamples]
    return [_bounds([each[place] for each in drawn], len(blocks)) for place in range(len(shares))]


def is_enclosed(share: float, count: int) -> bool:
    """Whether the least and the largest of so many independent values enclose a quantile with 95% probability."""
    return 1 - share**count - (1 - share) ** count >= CONFIDENCE


def _quantiles(
    values: Sequence[int], columns: Sequence[Weights], weights: Weights, shares: Sequence[float]
) -> list[float]:
    """Quantiles of weighted blocks, by bisection over how many values each block has up to a value."""

    def upto(place: int) -> int:
        return sum(map(mul, weights, columns[place]))

    last = upto(len(values) - 1) - 1
    places, found, low = range(len(values)), [], 0
    for share in shares:
        rank = int(share * last)
        low = bisect_left(places, rank + 1, lo=low, key=upto)
        is_one_value = share * last == rank or upto(low) > rank + 1
        high = low if is_one_value else bisect_left(places, rank + 2, lo=low + 1, key=upto)
        found.append(values[low] + (values[high] - values[low]) * (share * last - rank))
    return found


def _grid(merged: Distribution) -> Sequence[int]:
    """The values to bisect over: all of them, or so many that each holds less than a thousandth of the calls."""
    if len(merged.values) <= _FINEST:
        return merged.values
    steps = (step * merged.count // _FINEST for step in range(1, _FINEST + 1))
    return [merged.values[place] for place in dict.fromkeys(bisect_left(merged.cumulative, step) for step in steps)]


def _bounds(taken: list[float], blocks: int) -> tuple[float, float]:
    taken.sort()
    outside = int(len(taken) * _OUTSIDE[min(blocks - 2, len(_OUTSIDE) - 1)])
    return taken[outside], taken[-1 - outside]
