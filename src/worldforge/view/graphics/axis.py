"""A logarithmic axis across some columns of a terminal, its ticks, and intervals drawn along it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeGuard

from rich.cells import cell_len

from worldforge.view.ink import Line, Span, line

_LEAST_FACTOR: Final = 1.5
_SHORT: Final = 6.0
_STEPS: Final = (1, 2, 2.5, 5, 10)
_DIGITS: Final = ((1,), (1, 3), (1, 2, 5))
_FEWEST_TICKS: Final = 3
_MOST_TICKS: Final = 5


def is_drawable(value: object) -> TypeGuard[float]:
    """Whether a number of a document can be a time in milliseconds or a ratio; whoever wrote it may have erred."""
    return isinstance(value, float | int) and 1e-9 <= value <= 1e12


@dataclass(frozen=True, slots=True)
class LogAxis:
    """Positive values from `low` to `high` over `width` columns, at least one."""

    low: float
    high: float
    width: int

    @classmethod
    def around(cls, values: Sequence[float], width: int) -> LogAxis:
        """An axis with a little room beside the values, and never narrower than by a factor of 1.5."""
        low, high = min(values), max(values)
        room = max(1.02, math.sqrt(_LEAST_FACTOR * low / high))
        return cls(low / room, high * room, width)

    def place(self, value: float) -> float:
        """Where a value lies: 0 at the left edge, `width` at the right one, and beyond for values beyond."""
        return math.log(value / self.low) / math.log(self.high / self.low) * self.width

    def column(self, value: float) -> int:
        """The column of a value; of a value beyond the axis the last one on its side."""
        if value <= self.low:
            return 0
        return self.width - 1 if value >= self.high else min(int(self.place(value)), self.width - 1)

    def ticks(self) -> list[float]:
        """Round values on the axis: evenly spaced where it is short, else by their first digits."""
        if self.high < _SHORT * self.low:
            return list(self._even())
        found: list[float] = []
        for digits in _DIGITS:
            found = [value for value in self._with(digits) if self.low <= value <= self.high]
            if len(found) >= _FEWEST_TICKS:
                break
        return found

    def _even(self) -> Iterator[float]:
        rough = (self.high - self.low) / _MOST_TICKS
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(factor * unit for factor in _STEPS if factor * unit >= rough)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        yield from (index * step for index in range(first, last + 1))

    def _with(self, digits: Sequence[int]) -> Iterator[float]:
        for power in range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1):
            yield from (digit * 10.0**power for digit in digits)


def axis_lines(axis: LogAxis, name: Callable[[float], str], *, ticks: Sequence[float] | None = None) -> Iterator[Line]:
    """The axis with its ticks, and below it the names of those that have room."""
    rule, names = ["─"] * axis.width, ""
    for tick in axis.ticks() if ticks is None else ticks:
        column, text = axis.column(tick), name(tick)
        start = max(column - cell_len(text) // 2, 0)
        if start + cell_len(text) > axis.width or (names and start < cell_len(names) + 2):
            continue
        names += " " * (start - cell_len(names)) + text
        rule[column] = "┴"
    yield line(Span("".join(rule), "quiet"))
    yield line(Span(names, "quiet"))


def whisker(axis: LogAxis, middle: float, bounds: Sequence[float] | None) -> str:
    """A value as a dot and its interval as a line with ends; an arrow where the interval leaves the axis."""
    cells = [" "] * axis.width
    if bounds is not None:
        low, high = (axis.column(max(bound, axis.low)) for bound in bounds)
        cells[low : high + 1] = "─" * (high - low + 1)
        cells[low] = "├" if bounds[0] >= axis.low else "◂"
        cells[high] = "┤" if bounds[1] <= axis.high else "▸"
    cells[axis.column(middle)] = "●"
    return "".join(cells)
