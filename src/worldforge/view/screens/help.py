"""The help: keys, and what the signs stand for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from worldforge.benchmark.verdicts import STATUSES
from worldforge.view.ink import BLANK, Line, Span, heading, line, wrapped
from worldforge.view.widgets.paper import Paper
from worldforge.view.words import answer_span, state_span

_KEYS: Final = (
    (
        "Everywhere",
        (("j k ↑ ↓", "move, or scroll a text"), ("g G", "first and last"), ("?", "this help"), ("q", "quit")),
    ),
    (
        "In the list",
        (
            ("enter", "open the run"),
            ("/", "only runs that hold all the words; escape drops it"),
            ("c", "mark a baseline, and on another run: compare with it"),
            ("o", "leave, and print the path of the run"),
            ("r", "look again which runs there are"),
        ),
    ),
    (
        "On a page",
        (
            ("← → h l 1-9", "other tabs"),
            ("space b", "scroll what is said of the row under the cursor"),
            ("tab", "from the table to the text below it, and back"),
            ("o", "leave, and print the path"),
            ("escape", "back"),
        ),
    ),
)
_STATES: Final = ("completed", "failed", "running", "interrupted", "skipped", "unreadable")
_NAMES: Final = 13


class HelpScreen(ModalScreen[None]):
    """Lies upon another screen until a key is pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "Close", show=False)]

    def compose(self) -> ComposeResult:
        """A sheet in the middle."""
        yield Paper(id="help")

    def on_mount(self) -> None:
        """Write it."""
        sheet = self.query_one(Paper)
        sheet.border_title = "Help"
        sheet.border_subtitle = "escape closes"
        sheet.write(_lines)
        sheet.focus()


def _lines(width: int) -> Iterator[Line]:
    for title, keys in _KEYS:
        yield heading(title)
        for key, told in keys:
            first, *rest = wrapped(told, width, indent=" " * (_NAMES + 2))
            yield line(Span(f"  {key:{_NAMES}}", "strong"), *first[1:])
            yield from rest
        yield BLANK
    yield heading("Signs")
    for signs in (map(state_span, _STATES), map(answer_span, STATUSES)):
        yield line("  ", *(part for sign in signs for part in (sign, Span("  "))))
