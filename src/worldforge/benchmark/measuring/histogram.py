"""Latencies in memory that does not grow with their number.

Up to 512 values are kept as they are. Beyond that, a value is counted in the bucket of its first ten binary digits, as
HdrHistogram does it, so that a bucket is never wider than 1/512 of its lower end, and empty buckets cost nothing. Sums
are exact integers.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from typing import Final

from worldforge.benchmark.report import Histogram

DIGITS: Final = 10
"""Binary digits of a value that its bucket keeps: the relative width is 2**-(DIGITS - 1)."""

_KEPT: Final = 512
_REPORTED_DIGITS: Final = 5
REPORTED_WIDTH: Final = 2.0 ** -(_REPORTED_DIGITS - 1)


def lower_end(value: int, digits: int = DIGITS) -> int:
    """Lower end of a value's bucket: the value without all but its first binary digits."""
    shift = value.bit_length() - digits
    return value >> shift << shift if shift > 0 else value


class Latencies:
    """Latencies in nanoseconds as they come in."""

    __slots__ = ("_buckets", "_frozen", "_recent", "least", "most", "squares", "total")

    def __init__(self) -> None:
        self.total = 0
        self.squares = 0
        self.least: int | None = None
        self.most: int | None = None
        self._recent: list[int] = []
        self._buckets: Counter[int] = Counter()
        self._frozen: Distribution | None = None

    def add(self, nanoseconds: int) -> None:
        """Count one latency."""
        recent = self._recent
        recent.append(nanoseconds)
        if len(recent) > _KEPT:
            self._fold()

    def freeze(self) -> Distribution:
        """What was counted; nothing can be added afterwards."""
        if self._frozen is None:
            counted = self._counted()
            self._frozen = Distribution.of(counted)
            self._recent, self._buckets = [], Counter()
        return self._frozen

    def _counted(self) -> Counter[int]:
        if not self._buckets:
            self._sum_up(self._recent)
            return Counter(self._recent)
        self._fold()
        return Counter({self._middle(lower): count for lower, count in self._buckets.items()})

    def _middle(self, lower: int) -> int:
        assert self.least is not None  # noqa: S101 - there is a bucket, so there was a value
        assert self.most is not None  # noqa: S101
        shift = max(lower.bit_length() - DIGITS, 0)
        return min(max(lower + (1 << shift >> 1), self.least), self.most)

    def _fold(self) -> None:
        # Taken out first: an interrupt in between may lose these few, and never counts them twice.
        recent, self._recent = self._recent, []
        self._sum_up(recent)
        self._buckets.update(map(lower_end, recent))

    def _sum_up(self, recent: Sequence[int]) -> None:
        if not recent:
            return
        self.total += sum(recent)
        self.squares += sum(map(mul, recent, recent))
        self.least = min(recent) if self.least is None else min(self.least, *recent)
        self.most = max(recent) if self.most is None else max(self.most, *recent)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Values in ascending order and how many there are up to each.

    Attributes:
        values: Distinct values in nanoseconds, ascending.
        cumulative: Number of values up to and including each.
    """

    values: Sequence[int]
    cumulative: Sequence[int]

    @classmethod
    def of(cls, counted: Counter[int]) -> Distribution:
        """The distribution of counted values."""
        ordered = sorted(counted.items())
        return cls(array("q", (value for value, _ in ordered)), array("q", accumulate(count for _, count in ordered)))

    @classmethod
    def together(cls, several: Iterable[Distribution]) -> Distribution:
        """The distribution of all values of several."""
        counted: Counter[int] = Counter()
        for each in several:
            counted.update(each.counts())
        return cls.of(counted)

    @property
    def count(self) -> int:
        """Number of values."""
        return self.cumulative[-1] if self.cumulative else 0

    def counts(self) -> dict[int, int]:
        """Value -> how often it is there."""
        before = (0, *self.cumulative)
        return {value: upto - below for value, upto, below in zip(self.values, self.cumulative, before, strict=False)}

    def upto(self, value: int) -> int:
        """How many values are not above one."""
        place = bisect_right(self.values, value)
        return self.cumulative[place - 1] if place else 0

    def quantile(self, share: float) -> float | None:
        """The value at `share * (count - 1)` in ascending order, interpolated linearly between its neighbours.

        This is definition 7 of Hyndman and Fan (1996, The American Statistician 50, 361-365), which numpy and R take
        by default. None without values.
        """
        if not self.count:
            return None
        place = share * (self.count - 1)
        low = math.floor(place)
        first = self.values[bisect_right(self.cumulative, low)]
        if low == place:
            return float(first)
        second = self.values[bisect_right(self.cumulative, low + 1)]
        return first + (second - first) * (place - low)

    def reported(self) -> Histogram:
        """The histogram as a report carries it, in buckets of at most 1/16 of their lower end."""
        coarse: Counter[int] = Counter()
        for value, count in self.counts().items():
            coarse[lower_end(value, _REPORTED_DIGITS)] += count
        return Histogram(relative_width=REPORTED_WIDTH, buckets=sorted(coarse.items()))
