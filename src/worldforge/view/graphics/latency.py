"""The latencies of one operation: how they are distributed, with the quantiles below on the same axis, and their order.

The axis is logarithmic, as in the HTML reports: a tail twice as slow looks the same distance away wherever the median
lies.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from typing import Final, NamedTuple

from msgspec import UNSET

from worldforge.benchmark import figures
from worldforge.benchmark.report import BenchmarkResult, Block, Histogram
from worldforge.view.graphics.axis import LogAxis, axis_lines, is_drawable, whisker
from worldforge.view.ink import Line, Span, line

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_HEIGHT: Final = 5
_ORDER_HEIGHT: Final = 5
_NAMES: Final = 8  # columns for what stands left of a picture
_NUMBERS: Final = 34  # and right of it
_WIDEST: Final = 96
_NARROWEST: Final = 16
_WIDEST_STEP: Final = 4
_NS_PER_MS: Final = 1e6
_NARROWEST_BUCKET, _WIDEST_BUCKET = 1e-4, 1.0  # relative to its lower end
_DRAWN: Final = 0.995
_FAR: Final = 3.0
_QUANTILES: Final = (("p50", "p50"), ("mean", "average"), ("p90", "p90"), ("p95", "p95"), ("p99", "p99"))


class _Bar(NamedTuple):
    """A bucket: its ends in milliseconds, and how many calls fell into it."""

    start: float
    end: float
    calls: int


def distribution(result: BenchmarkResult, width: int) -> Iterator[Line]:
    """How many calls took how long, and below it the quantiles with their 95% intervals.

    Without a histogram only the quantiles; nothing where no call succeeded.
    """
    values = {label: value for label, name in _QUANTILES if (value := _positive(result, name))}
    if not values:
        return
    bars, beyond = _without_far_tail(_bars(result.histogram)) if result.histogram is not UNSET else ([], 0)
    edges = [bars[0].start, bars[-1].end] if bars else list(values.values())
    axis = LogAxis.around([*edges, values.get("p50", edges[0])], _picture_width(width))
    before = " " * _NAMES
    for row in _columns(bars, axis):
        yield line(before, *_filled(row))
    for drawn in axis_lines(axis, figures.duration):
        yield (Span(before), *drawn)
    unit = figures.unit_for(list(values.values()))
    for label, name in _QUANTILES:
        if label in values:
            yield _quantile_line(label, values[label], _bounds(result, name), axis, unit)
    if beyond and result.max_latency_ms:
        slowest = figures.duration(result.max_latency_ms)
        yield line(before, Span(f"{figures.count(beyond, 'slower call')} not drawn, up to {slowest}", "quiet"))


def order(result: BenchmarkResult, width: int) -> Iterator[Line]:
    """Median and 95th percentile of every block of calls, in order; nothing with fewer than two blocks to draw."""
    blocks = [] if result.blocks is UNSET else [block for block in result.blocks if all(map(is_drawable, _both(block)))]
    if len(blocks) < 2:
        return
    axis = LogAxis.around([value for block in blocks for value in _both(block)], _ORDER_HEIGHT)
    step = max(min(_picture_width(width) // len(blocks), _WIDEST_STEP), 1)
    top, bottom = figures.duration(axis.high), figures.duration(axis.low)
    labels = {0: top, _ORDER_HEIGHT - 1: bottom}
    for row, spans in enumerate(_points(blocks, axis, step)):
        yield (Span(f"{labels.get(row, ''):>{_NAMES - 1}}", "quiet"), Span("│", "quiet"), *spans)
    medians = [figures.duration(_both(block)[0]) for block in (blocks[0], blocks[-1])]
    yield line(
        " " * _NAMES,
        Span("●", "accent"),
        Span(f" p50, {medians[0]} in the first block, {medians[1]} in the last   ", "quiet"),
        "○",
        Span(" p95", "quiet"),
    )


def _quantile_line(label: str, value: float, bounds: Sequence[float] | None, axis: LogAxis, unit: figures.Unit) -> Line:
    scaled = None if bounds is None else [bound / unit.in_ms for bound in bounds]
    told = f"{figures.plain(value / unit.in_ms)} {unit.sign}"
    between = "" if scaled is None else f"  {figures.between(scaled, near=value / unit.in_ms)}"
    return line(
        Span(f"{label:>{_NAMES - 2}}  ", "quiet"),
        Span(whisker(axis, value, bounds), "accent"),
        Span(f"  {told:>10}", "strong"),
        Span(between, "quiet"),
    )


def _columns(bars: Sequence[_Bar], axis: LogAxis) -> Iterator[str]:
    """The histogram as rows of characters; the area is the number of calls, and a single call is still seen."""
    mass = [0.0] * axis.width
    for bar in bars:
        start, end = axis.place(bar.start), axis.place(bar.end)
        for column in range(max(int(start), 0), min(int(end), axis.width - 1) + 1):
            covered = min(end, column + 1) - max(start, column)
            mass[column] += bar.calls * covered / (end - start)
    highest = max(mass, default=0.0)
    if not highest:
        return
    heights = [max(round(part / highest * _HEIGHT * 8), 1) if part else 0 for part in mass]
    for row in range(_HEIGHT - 1, -1, -1):
        yield "".join(_EIGHTHS[min(max(height - 8 * row, 0), 8)] for height in heights)


def _filled(row: str) -> Iterator[Span]:
    """Full blocks with their ground filled too, since many terminals leave a gap between the lines."""
    for is_full, cells in groupby(row, key=_EIGHTHS[-1].__eq__):
        yield Span("".join(cells), "solid" if is_full else "accent")


def _points(blocks: Sequence[Block], axis: LogAxis, step: int) -> Iterator[Line]:
    rows = [[Span(" " * step)] * len(blocks) for _ in range(_ORDER_HEIGHT)]
    for index, block in enumerate(blocks):
        median, tail = (_ORDER_HEIGHT - 1 - axis.column(value) for value in _both(block))
        rows[tail][index] = Span(f"{'○':^{step}}")
        rows[median][index] = Span(f"{'●':^{step}}", "accent")
    yield from map(tuple, rows)


def _both(block: Block) -> tuple[float, float]:
    """Median and 95th percentile; a block without a success has no time that can be drawn."""
    return block.p50_ms or 0.0, block.p95_ms or 0.0


def _bars(histogram: Histogram) -> list[_Bar]:
    """Buckets with their ends; one never reaches into the next."""
    counted = sorted((max(start, 1) / _NS_PER_MS, count) for start, count in histogram.buckets if count > 0)
    counted = [bucket for bucket in counted if is_drawable(bucket[0])]
    width = min(max(histogram.relative_width, _NARROWEST_BUCKET), _WIDEST_BUCKET)
    nexts = [*(start for start, _ in counted), math.inf][1:]
    return [
        _Bar(start, max(min(start * (1 + width), following), start * (1 + _NARROWEST_BUCKET)), count)
        for (start, count), following in zip(counted, nexts, strict=True)
    ]


def _without_far_tail(bars: Sequence[_Bar]) -> tuple[Sequence[_Bar], int]:
    """Leave out the slowest calls where they are so few and so slow that they press the others into a corner."""
    if not bars:
        return bars, 0
    total = sum(bar.calls for bar in bars)
    reached = list(accumulate(bar.calls for bar in bars))
    last = next(index for index, calls in enumerate(reached) if calls >= _DRAWN * total)
    if bars[-1].end < _FAR * bars[last].end:
        return bars, 0
    return bars[: last + 1], total - reached[last]


def _picture_width(width: int) -> int:
    return max(min(width - _NAMES - _NUMBERS, _WIDEST), _NARROWEST)


def _positive(result: BenchmarkResult, name: str) -> float | None:
    value = getattr(result, f"{name}_latency_ms")
    return value if is_drawable(value) else None


def _bounds(result: BenchmarkResult, name: str) -> list[float] | None:
    bounds = None if result.intervals is UNSET else result.intervals.get(f"{name}_latency_ms")
    return bounds if bounds and 0 <= bounds[0] <= bounds[1] else None
