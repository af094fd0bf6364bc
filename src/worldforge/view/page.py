"""A page: a title and tabs, each with a table, with something to say of the row under the cursor, or with text alone.

Pages are made in the background and drawn later at whatever width the terminal has, so what is long is a function of
the width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from worldbase.errors import WorldError
from worldforge.view.ink import Line, Span, inert, line, width_of, wrapped

GAP: Final = 2
"""Columns of the terminal between two cells."""

_LEAST: Final = 8

Writer: TypeAlias = Callable[[int], Iterable[Line]]
"""Writes lines for a width in columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        right: Whether its cells stand at the right, as numbers do.
        width: Columns of the terminal that it takes; None for as many as its cells need.
        flexible: Whether it is the one to shrink where the terminal is narrow.
    """

    title: str
    right: bool = False
    width: int | None = None
    flexible: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row.

    Attributes:
        cells: One for each column.
        detail: What is said of it when the cursor is on it.
        is_marked: Whether a dot stands before it.
    """

    cells: Sequence[Line]
    detail: Writer | None = None
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a page: a table, a text, or both.

    Attributes:
        title: Its name.
        columns: Of the table; none where there is only text.
        rows: Of the table.
        text: What stands there without a table, or where the table is empty.
    """

    title: str
    columns: Sequence[Column] = ()
    rows: Sequence[Row] = ()
    text: Writer | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Attributes:
        title: What it is about.
        tabs: At least one.
        paths: Folders of the runs that it is about.
    """

    title: Line
    tabs: Sequence[Tab]
    paths: Sequence[Path]


def widths(columns: Sequence[Column], rows: Iterable[Row], room: int) -> list[int]:
    """How wide each column is drawn: as its cells need, the flexible ones less where there is no room.

    Args:
        columns: The columns.
        rows: Rows whose cells count for columns without a width of their own.
        room: Columns of the terminal.

    Returns:
        Widths of the columns that have room, from the first on.
    """
    found = [max(column.width or 0, len(column.title)) for column in columns]
    measured = [index for index, column in enumerate(columns) if column.width is None]
    for row in rows if measured else ():
        for index in measured:
            found[index] = max(found[index], min(width_of(row.cells[index]), room))
    count = len(columns)
    while count and _total(list(map(_least, columns[:count], found))) > room:
        count -= 1
    return _shrunk(columns[:count], found[:count], room)


def _shrunk(columns: Sequence[Column], found: list[int], room: int) -> list[int]:
    """Take from the widest of the flexible columns, one by one, until all of them fit."""
    while _total(found) > room:
        shrinking = [index for index, column in enumerate(columns) if found[index] > _least(column, found[index])]
        found[max(shrinking, key=found.__getitem__)] -= 1
    return found


def _least(column: Column, width: int) -> int:
    return max(_LEAST, len(column.title)) if column.flexible else width


def _total(found: Sequence[int]) -> int:
    return sum(found) + GAP * (len(found) - 1)


def fault_page(fault: WorldError, title: str, paths: Sequence[Path], *, what: str = "cannot be read") -> Page:
    """The page of something that cannot be shown: what is wrong, where, and what to do."""

    def told(width: int) -> Iterable[Line]:
        yield from wrapped(inert(fault.message), width, ink="bad")
        yield line(Span(f"[{fault.code}]", "quiet"))
        if fault.where and str(fault.where):
            yield from wrapped(f"in: {inert(str(fault.where))}", width, ink="quiet")
        if fault.hint:
            yield ()
            yield from wrapped(inert(fault.hint), width)

    return Page(line(Span(title, "strong"), Span(f"  {what}", "bad")), [Tab("Problem", text=told)], paths)
