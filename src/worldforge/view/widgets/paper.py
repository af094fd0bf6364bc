"""Text that scrolls."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.strip import Strip

from worldforge.view.ink import BLANK, Line
from worldforge.view.page import Writer
from worldforge.view.widgets.drawing import Inked

_MARGIN = 1


class Paper(Inked, can_focus=True):
    """Lines that a writer writes for the width there is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_down", "Down", show=False),
        Binding("k,up", "scroll_up", "Up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("g,home", "scroll_home", "Top", show=False),
        Binding("G,end", "scroll_end", "Bottom", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._writer: Writer | None = None
        self._lines: list[Line] = []

    def write(self, writer: Writer | None) -> None:
        """Show what a writer writes, from its beginning."""
        self._writer = writer
        self._lay_out()
        self.scroll_home(animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Write anew for another width."""
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        """Draw a line."""
        index = self.scroll_offset.y + y
        spans = self._lines[index] if index < len(self._lines) else BLANK
        return self.strip(spans, self.size.width)

    def _lay_out(self) -> None:
        room = self.scrollable_content_region.width
        # Without a width it is not on the screen yet, and comes here again when it is.
        self._lines = list(self._writer(room)) if self._writer is not None and room > 0 else []
        self.virtual_size = Size(room, len(self._lines))
        self.refresh()
