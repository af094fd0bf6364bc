"""A single line: titles, tabs, what is under the cursor."""

from __future__ import annotations

from textual.strip import Strip

from worldforge.view.ink import BLANK, Line, Span, fitted, width_of
from worldforge.view.widgets.drawing import Inked


class Bar(Inked, can_focus=False):
    """One line of the screen, with something at its left and something at its right."""

    def __init__(self, left: Line = BLANK, right: Line = BLANK, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._left, self._right = left, right

    def tell(self, left: Line, right: Line = BLANK) -> None:
        """Show something else."""
        self._left, self._right = left, right
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line; what stands at the left gives way."""
        width = self.size.width
        right = (Span(" "), *self._right, Span(" ")) if self._right else BLANK
        room = max(width - width_of(right), 0)
        return self.strip((*fitted((Span(" "), *self._left), room), *right), width)
