"""Pictures of latencies as inline SVG, 380 units wide so that they are readable on a phone without being scaled.

Latency has a logarithmic axis: a tail twice as slow looks the same distance away wherever the median lies. Colours and
dashes both tell the lines apart, and the style sheet of the page sets them.
"""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final, TypeGuard

from msgspec import UNSET

from worldbase.tables import visible
from worldforge.benchmark import figures
from worldforge.benchmark.report import BenchmarkResult, Block, Histogram

_WIDTH: Final = 380
_HEIGHT: Final = 236
_LEFT: Final = 52
_RIGHT: Final = 366
_TOP: Final = 16
_BOTTOM: Final = 190
_LABELS: Final = 338  # where lines end that have their names behind them
_FEWEST_TICKS: Final = 3
_MOST_TICKS: Final = 6
_SHORT: Final = 6.0
_APART_ACROSS: Final = 52
_APART_UPWARDS: Final = 22
_DIGITS: Final = ((1,), (1, 3), (1, 2, 5))
_NS_PER_MS: Final = 1e6
_DRAWN: Final = 0.995
_LEAST_DRAWN: Final = 1e-9
_MOST_DRAWN: Final = 1e15
_FAR: Final = 3.0

_Bucket = tuple[float, float, int]


@dataclass(frozen=True, slots=True)
class _LogAxis:
    """Milliseconds, from `low` to `high`, drawn from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> _LogAxis:
        """An axis with room beside the values, and never narrower than by a factor of 1.5."""
        low, high = min(values), max(values)
        room = max(1.04, math.sqrt(1.5 * low / high))
        return cls(low / room, high * room, start, end)

    def at(self, value: float) -> float:
        """Where a value is drawn."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, *, apart: float) -> list[float]:
        """Round values, evenly spaced where the axis is short, else by their digits; `apart` is the least distance."""
        if self.high < _SHORT * self.low:
            return self._thinned(list(self._even_values()), apart)
        found: list[float] = []
        for digits in _DIGITS:
            found = [value for value in self._with_digits(digits) if self.low <= value <= self.high]
            if len(found) >= _FEWEST_TICKS:
                break
        return self._thinned(found, apart)

    def _thinned(self, values: Sequence[float], apart: float) -> list[float]:
        kept = list(values[:1])
        for value in values[1:]:
            if abs(self.at(value) - self.at(kept[-1])) >= apart:
                kept.append(value)
        return kept

    def _even_values(self) -> Iterator[float]:
        rough = (self.high - self.low) / _MOST_TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        yield from (index * step for index in range(first, last + 1))

    def _with_digits(self, digits: Sequence[int]) -> Iterator[float]:
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            yield from (digit * 10.0**power for digit in digits)


def _is_drawn(milliseconds: Any) -> TypeGuard[float]:
    """Whether a latency is one: a report from elsewhere may state what no call takes, such as -1 or 1e308."""
    return isinstance(milliseconds, int | float) and _LEAST_DRAWN <= milliseconds <= _MOST_DRAWN


def _is_sound(histogram: Histogram) -> bool:
    """Whether there are buckets, in order and with calls in them, as this harness writes them."""
    starts = [start for start, _ in histogram.buckets]
    is_ordered = starts == sorted(set(starts)) and _is_drawn(max(starts, default=0) + 1)
    return is_ordered and bool(starts) and starts[0] >= 0 and all(count > 0 for _, count in histogram.buckets)


def distribution_chart(result: BenchmarkResult) -> str:
    """How many calls took how long (bars), and the share of calls that took no longer (line).

    Dots mark p50, p95 and p99 on the line, with their 95% intervals. Nothing where there is no histogram.
    """
    if result.histogram is UNSET or not _is_sound(result.histogram):
        return ""
    edges, beyond = _without_far_tail(_edges(result.histogram))
    axis = _LogAxis.around([edges[0][0], edges[-1][1]], _LEFT, _RIGHT)
    return _svg(
        f"Distribution of the latencies of {result.provider} {result.operation}: {_in_words(result)}",
        [
            *_latency_axis_below(axis),
            *_shares(),
            *_bars(edges, axis),
            _polyline(list(_cumulative(edges, axis, beyond)), "line first"),
            *_marks(result, axis),
            *_told_beyond(result, beyond),
        ],
    )


def blocks_chart(result: BenchmarkResult) -> str:
    """Median and 95th percentile of every block of calls, in order: what drifts, rises or falls here.

    Nothing where fewer than two blocks hold a successful call.
    """
    blocks = [] if result.blocks is UNSET else result.blocks
    medians = [block.p50_ms for block in blocks if _is_drawn(block.p50_ms)]
    if len(medians) < 2:
        return ""
    tails = [block.p95_ms for block in blocks if _is_drawn(block.p95_ms)]
    axis = _LogAxis.around([*medians, *tails], _BOTTOM, _TOP)
    return _svg(
        f"Latency of {result.provider} {result.operation} in the order of the calls, "
        f"from {figures.duration(medians[0])} in the first block to {figures.duration(medians[-1])} in the last",
        [
            *_latency_axis_left(axis, _LABELS),
            *_order(len(blocks)),
            _curve(blocks, lambda block: block.p95_ms, axis, "second"),
            _curve(blocks, lambda block: block.p50_ms, axis, "first"),
            _text(_LABELS + 4, axis.at(tails[-1]) + 4, "p95", "start", "label"),
            _text(_LABELS + 4, max(axis.at(medians[-1]), axis.at(tails[-1]) + 13) + 4, "p50", "start", "label"),
        ],
    )


def _edges(histogram: Histogram) -> list[_Bucket]:
    """Buckets as lower end, upper end (both in milliseconds) and count; one never reaches into the next."""
    starts = [max(start, 1) / _NS_PER_MS for start, _ in histogram.buckets]
    ends = [start * (1 + histogram.relative_width) for start in starts]
    ends = [min(end, following) for end, following in zip(ends, [*starts[1:], math.inf], strict=True)]
    counts = [count for _, count in histogram.buckets]
    return [(start, max(end, start * 1.0001), count) for start, end, count in zip(starts, ends, counts, strict=True)]


def _without_far_tail(edges: Sequence[_Bucket]) -> tuple[Sequence[_Bucket], int]:
    """Leave out the slowest calls where they are so few and so slow that all others would be pressed into a corner.

    Returns:
        The buckets that are drawn, and how many calls are not.
    """
    total = sum(count for _, _, count in edges)
    reached = list(accumulate(count for _, _, count in edges))
    last = next(index for index, calls in enumerate(reached) if calls >= _DRAWN * total)
    if edges[-1][1] < _FAR * edges[last][1]:
        return edges, 0
    return edges[: last + 1], total - reached[last]


def _told_beyond(result: BenchmarkResult, beyond: int) -> Iterator[str]:
    if beyond and _is_drawn(result.max_latency_ms):
        said = f"{beyond:,} slower, up to {figures.duration(result.max_latency_ms)}"
        yield _text(_RIGHT, _BOTTOM - 8, said, "end", "label")


def _bars(edges: Sequence[_Bucket], axis: _LogAxis) -> Iterator[str]:
    """Area is number of calls, so that narrow buckets do not look emptier than wide ones."""
    densities = [count / math.log(end / start) for start, end, count in edges]
    highest = max(densities)
    for (start, end, _), density in zip(edges, densities, strict=True):
        left, right = axis.at(start), axis.at(end)
        height = (_BOTTOM - _TOP) * 0.92 * density / highest
        yield (
            f'<rect class="bar" x="{left:.1f}" y="{_BOTTOM - height:.1f}" width="{max(right - left, 1):.1f}" '
            f'height="{height:.1f}"/>\n'
        )


def _cumulative(edges: Sequence[_Bucket], axis: _LogAxis, beyond: int) -> Iterator[tuple[float, float]]:
    total = sum(count for _, _, count in edges) + beyond
    yield axis.at(edges[0][0]), _share_at(0.0)
    below = 0
    for (start, end, _), reached in zip(edges, accumulate(count for _, _, count in edges), strict=True):
        yield axis.at(start), _share_at(below / total)
        yield axis.at(end), _share_at(reached / total)
        below = reached


def _marks(result: BenchmarkResult, axis: _LogAxis) -> Iterator[str]:
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        value = getattr(result, f"{name}_latency_ms")
        if not _is_drawn(value):
            continue
        x, y = _inside(axis.at(value)), _share_at(share)
        bounds = None if result.intervals is UNSET else result.intervals.get(f"{name}_latency_ms")
        if bounds:
            ends = [_inside(axis.at(max(bound, axis.low))) for bound in bounds]
            yield f'<line class="line second bound" x1="{ends[0]:.1f}" y1="{y:.1f}" x2="{ends[1]:.1f}" y2="{y:.1f}"/>\n'
        yield f'<circle class="dot second" cx="{x:.1f}" cy="{y:.1f}" r="4"/>\n'
        if name != "p99":  # so near to p95 that two labels would cover each other
            yield _text(*_beside(x, y), f"{name} {figures.duration(value)}", "start", "label")


def _beside(x: float, y: float) -> tuple[float, float]:
    """Where a label does not run out of the picture."""
    return min(x + 8, _RIGHT - 84), y + (18 if x + 8 > _RIGHT - 84 else 15)


def _in_words(result: BenchmarkResult) -> str:
    said = [
        f"{name} {figures.duration(value)}"
        for name in ("p50", "p95")
        if _is_drawn(value := getattr(result, f"{name}_latency_ms"))
    ]
    return ", ".join(said)


def _shares() -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = _share_at(share)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_RIGHT}" y2="{y:.1f}"/>\n'
        yield _text(_LEFT - 8, y + 4, f"{share:.0%}", "end")


def _latency_axis_below(axis: _LogAxis) -> Iterator[str]:
    for tick in axis.ticks(apart=_APART_ACROSS):
        x = axis.at(tick)
        yield f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_BOTTOM}"/>\n'
        yield _text(min(x, _WIDTH - 24), _BOTTOM + 18, figures.duration(tick), "middle")
    yield f'<line class="axis" x1="{_LEFT}" y1="{_BOTTOM}" x2="{_RIGHT}" y2="{_BOTTOM}"/>\n'
    yield _text((_LEFT + _RIGHT) / 2, _BOTTOM + 38, "latency (logarithmic)", "middle")


def _latency_axis_left(axis: _LogAxis, right: float) -> Iterator[str]:
    for tick in axis.ticks(apart=_APART_UPWARDS):
        y = axis.at(tick)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right:.0f}" y2="{y:.1f}"/>\n'
        yield _text(_LEFT - 6, y + 4, figures.duration(tick), "end")
    yield f'<line class="axis" x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{_BOTTOM}"/>\n'


def _order(blocks: int) -> Iterator[str]:
    yield f'<line class="axis" x1="{_LEFT}" y1="{_BOTTOM}" x2="{_LABELS}" y2="{_BOTTOM}"/>\n'
    yield _text(_LEFT, _BOTTOM + 18, "first call", "start")
    yield _text(_LABELS, _BOTTOM + 18, "last call", "end")
    yield _text((_LEFT + _LABELS) / 2, _BOTTOM + 38, f"{blocks} blocks of calls, in order", "middle")


def _curve(blocks: Sequence[Block], value: Callable[[Block], float | None], axis: _LogAxis, kind: str) -> str:
    step = (_LABELS - _LEFT) / len(blocks)
    places = [
        (_LEFT + (index + 0.5) * step, found) for index, block in enumerate(blocks) if _is_drawn(found := value(block))
    ]
    line = [(x, axis.at(found)) for x, found in places]
    dots = "".join(f'<circle class="dot {kind}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>\n' for x, y in line)
    return _polyline(line, f"line {kind}") + dots


def _polyline(places: Sequence[tuple[float, float]], kind: str) -> str:
    distinct = [places[0], *(place for before, place in pairwise(places) if place != before)]
    return f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in distinct)}"/>\n'


def _share_at(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)


def _inside(x: float) -> float:
    return min(max(x, _LEFT), _RIGHT)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    marked = f' class="{kind}"' if kind else ""
    return f'<text{marked} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>\n'


def _svg(label: str, inside: Sequence[str]) -> str:
    opened = f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{html.escape(visible(label))}">'
    return f"{opened}\n{''.join(inside)}</svg>\n"
