"""A table with a cursor; only the rows that are seen are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from worldforge.view.ink import BLANK, Line, Span, fitted
from worldforge.view.page import GAP, Column, Row, widths
from worldforge.view.widgets.drawing import Inked

_MARKS: Final = 2  # columns before the first cell
_MARGIN: Final = 1  # and behind the last one


class Table(Inked, can_focus=True):
    """Rows under a heading, one of them under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"table--heading", "table--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("pagedown", "move_page(1)", "Page down", show=False),
        Binding("pageup", "move_page(-1)", "Page up", show=False),
        Binding("g,home", "move_to(0)", "First", show=False),
        Binding("G,end", "move_to(-1)", "Last", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row, or on none."""

        def __init__(self, index: int | None) -> None:
            super().__init__()
            self.index = index

    class Opened(Message):
        """A row was clicked twice."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._columns: Sequence[Column] = ()
        self._rows: Sequence[Row] = ()
        self._widths: list[int] = []
        self.cursor = 0

    @property
    def rows(self) -> Sequence[Row]:
        """The rows."""
        return self._rows

    def fill(self, columns: Sequence[Column], rows: Sequence[Row], *, cursor: int = 0) -> None:
        """Show other rows.

        Args:
            columns: Headings. With rows that are read when they are looked at, each has a width of its own.
            rows: The rows; `len` and single ones are asked for.
            cursor: Where the cursor stands.
        """
        self._columns, self._rows = columns, rows
        self.cursor = max(min(cursor, len(rows) - 1), 0)
        self._lay_out()
        self._follow_cursor()
        self.post_message(self.Moved(self.cursor if rows else None))

    def action_move(self, by: int) -> None:
        """Move the cursor by some rows."""
        self._move_to(self.cursor + by)

    def action_move_page(self, direction: int) -> None:
        """Move the cursor by as many rows as are seen."""
        self._move_to(self.cursor + direction * max(self.size.height - 2, 1))

    def action_move_to(self, index: int) -> None:
        """Move the cursor to a row; -1 is the last one."""
        self._move_to(index if index >= 0 else len(self._rows) - 1)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the row that was clicked; open it with the second click."""
        index = self.scroll_offset.y + event.y - 1
        if event.y > 0 and 0 <= index < len(self._rows):
            if event.chain > 1:
                self.post_message(self.Opened(index))
            self._move_to(index)

    def on_resize(self, event: events.Resize) -> None:
        """Lay the columns out anew for another width."""
        self._lay_out()
        self._follow_cursor()

    def render_line(self, y: int) -> Strip:
        """Draw the heading, which stays where it is, or a row."""
        width = self.size.width
        if y == 0:
            cells = [(Span(column.title),) for column in self._columns]
            return self.strip(self._line(cells, ""), width, self.get_component_rich_style("table--heading"))
        index = self.scroll_offset.y + y - 1
        if index >= len(self._rows):
            return self.strip(BLANK, width)
        row, under_cursor = self._rows[index], index == self.cursor
        mark = ("▌" if under_cursor else " ") + ("●" if row.is_marked else " ")
        base = self.get_component_rich_style("table--cursor") if under_cursor else None
        return self.strip(self._line(row.cells, mark), width, base)

    def _line(self, cells: Sequence[Line], mark: str) -> Line:
        spans: list[Span] = [Span(f"{mark:{_MARKS}}", "accent")]
        for column, cell, width in zip(self._columns, cells, self._widths, strict=False):
            spans += [*fitted(cell, width, right=column.right), Span(" " * GAP)]
        return tuple(spans[:-1])

    def _move_to(self, index: int) -> None:
        index = max(min(index, len(self._rows) - 1), 0)
        if index != self.cursor and self._rows:
            self.cursor = index
            self._follow_cursor()
            self.refresh()
            self.post_message(self.Moved(index))

    def _follow_cursor(self) -> None:
        # The heading takes the first line, so that the last row needs one line more.
        region = Region(0, self.cursor, 1, 2)
        self.scroll_to_region(region, animate=False, force=True, immediate=True)

    def _lay_out(self) -> None:
        room = max(self.scrollable_content_region.width - _MARKS - _MARGIN, 1)
        self._widths = widths(self._columns, self._rows, room)
        self.virtual_size = Size(room, len(self._rows) + 1)
        self.refresh()
