"""Lines as the terminal gets them: each ink in the colour that the style sheet gives it."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip

from worldforge.view.ink import INKS, Line, inert


class Inked(ScrollView):
    """A widget that draws lines itself, one for each line of the terminal, and only those that are seen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"ink--{ink}" for ink in INKS}

    def strip(self, spans: Line, width: int, base: Style | None = None) -> Strip:
        """A line in so many columns.

        Args:
            spans: What to draw; the last guard against anything that moves the cursor is here.
            width: Columns.
            base: Colours of the ground; those of the widget where it is not given.
        """
        ground = self.rich_style if base is None else base
        segments = [
            Segment(inert(span.text), ground + self.get_component_rich_style(f"ink--{span.ink}", partial=True))
            for span in spans
            if span.text
        ]
        return Strip(segments).adjust_cell_length(width, ground)
