"""Small pictures within a line: shares, intervals of shares and of ratios, trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from worldforge.view.graphics.axis import LogAxis, axis_lines, is_drawable, whisker
from worldforge.view.ink import Ink, Line, Span, line

_EIGHTHS: Final = "▏▎▍▌▋▊▉"
_NARROWEST: Final = 8
_BESIDE: Final = 2.2
"""Power of the limit to which the axis of a ratio reaches at least, so that there is something beside the band."""


def bar(share: float, width: int, ink: Ink) -> Line:
    """A share as a bar on a dotted ground; out of [0, 1] it is drawn as the nearest of both."""
    filled = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(filled, 8)
    drawn = "█" * full + (_EIGHTHS[rest - 1] if rest else "")
    return line(Span(drawn, ink), Span("·" * (width - len(drawn)), "quiet"))


def share_lines(share: float, bounds: Sequence[float], width: int, ink: Ink) -> Iterator[Line]:
    """A share with its interval, from 0 to 1."""
    width = max(width, _NARROWEST)
    cells = [" "] * (width + 1)
    low, middle, high = (round(min(max(value, 0.0), 1.0) * width) for value in (bounds[0], share, bounds[1]))
    cells[low : high + 1] = "─" * (high - low + 1)
    cells[low], cells[high], cells[middle] = "├", "┤", "●"
    yield line("  ", Span("".join(cells), ink))
    rule = ["─"] * (width + 1)
    rule[0] = rule[width // 2] = rule[width] = "┴"
    yield line("  ", Span("".join(rule), "quiet"))
    yield line(Span(f"  {'0':<{width // 2 - 1}}{'0.5':<{width - width // 2 + 1}}1", "quiet"))


def ratio_lines(ratio: float, bounds: Sequence[float] | None, limit: float, width: int, ink: Ink) -> Iterator[Line]:
    """A ratio with its interval, beside 1 and beside the changes that are too small to count.

    Nothing for a number that is no ratio of times.

    Args:
        ratio: What was measured.
        bounds: Its interval.
        limit: The smallest ratio above one that counts; its reciprocal is the largest below one.
        width: Columns of the picture.
        ink: Of the interval.
    """
    if not is_drawable(ratio):
        return
    width = max(width, _NARROWEST)
    values = [value for value in (ratio, *(bounds or ())) if is_drawable(value)]
    most = 1.02 * max([limit**_BESIDE, *values, *(1 / value for value in values)])
    axis = LogAxis(1 / most, most, width)
    yield line("  ", Span(whisker(axis, ratio, bounds), ink))
    band = [" "] * width
    first, last = axis.column(1 / limit), axis.column(limit)
    band[first : last + 1] = "░" * (last - first + 1)
    band[axis.column(1.0)] = "│"
    yield line("  ", Span("".join(band), "quiet"))
    ticks = [value for value in (1 / limit, 1.0, limit) if axis.low < value < axis.high]
    for drawn in axis_lines(axis, lambda value: f"{value:.3g}", ticks=ticks):
        yield (Span("  "), *drawn)
    yield line(Span("  ░ changes that are too small to count", "quiet"))


def trial_lines(marks: Sequence[bool | None], width: int) -> Iterator[Line]:
    """Trials in order: passed, failed, or None for those without an outcome; as many as fit into three lines."""
    width = max(width, _NARROWEST)
    signs: dict[bool | None, Span] = {True: Span("●", "good"), False: Span("○", "bad"), None: Span("✗", "bad")}
    for start in range(0, min(len(marks), 3 * width), width):
        yield line(*(signs[mark] for mark in marks[start : start + width]))
    if len(marks) > 3 * width:
        yield line(Span(f"and {len(marks) - 3 * width:,} more", "quiet"))
