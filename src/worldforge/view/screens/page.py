"""A page on the screen: its title, its tabs, and of one of them the table and what is said of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer

from worldforge.view.ink import BLANK, Line, Span, line
from worldforge.view.page import Page, Tab
from worldforge.view.screens.help import HelpScreen
from worldforge.view.widgets.bar import Bar
from worldforge.view.widgets.paper import Paper
from worldforge.view.widgets.table import Table

_LEAST_ROWS = 4


class PageScreen(Screen[None]):
    """Shows a page that is made in the background, since a report can be large.

    Args:
        load: Makes the page; what is wrong with a run is a page too.
        title: What stands there meanwhile.
        leave: Leaves the program with the paths to print.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "tab(1)", "Tab", key_display="← →"),
        Binding("left,h", "tab(-1)", "Tab before", show=False),
        *(Binding(str(number), f"tab_at({number - 1})", show=False) for number in range(1, 10)),
        Binding("space", "scroll_text(1)", "Scroll"),
        Binding("b", "scroll_text(-1)", "Scroll back", show=False),
        Binding("o", "print_path", "Path"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("escape", "back", "Back"),
    ]

    def __init__(self, load: Callable[[], Page], title: Line, leave: Callable[[Iterable[str]], None]) -> None:
        super().__init__()
        self._load, self._heading, self._leave = load, title, leave
        self._page: Page | None = None
        self._tab = 0
        self._cursors: dict[int, int] = {}

    def compose(self) -> ComposeResult:
        """Title, tabs, table, text, keys."""
        yield Bar(self._heading, id="title")
        yield Bar(line(Span("reading …", "quiet")), id="tabs")
        yield Table()
        yield Paper()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to read."""
        self.query_one(Table).display = False
        self.run_worker(self._read, thread=True)

    def _read(self) -> None:
        page = self._load()
        self.app.call_from_thread(self._show, page)

    def _show(self, page: Page) -> None:
        self._page = page
        self.query_one("#title", Bar).tell(page.title)
        self._show_tab()

    def action_tab(self, by: int) -> None:
        """Go to a tab beside this one, round the end."""
        if self._page is not None:
            self.action_tab_at((self._tab + by) % len(self._page.tabs))

    def action_tab_at(self, index: int) -> None:
        """Go to a tab."""
        if self._page is not None and index < len(self._page.tabs) and index != self._tab:
            self._cursors[self._tab] = self.query_one(Table).cursor
            self._tab = index
            self._show_tab()

    def action_scroll_text(self, direction: int) -> None:
        """Scroll the text by its height."""
        paper = self.query_one(Paper)
        paper.scroll_relative(y=direction * max(paper.size.height - 1, 1), animate=False)

    def action_print_path(self) -> None:
        """Leave, and print where the runs of this page are."""
        if self._page is not None:
            self._leave(str(path) for path in self._page.paths)

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen())

    def action_back(self) -> None:
        """Return to the list."""
        self.dismiss()

    def on_table_moved(self, message: Table.Moved) -> None:
        """Say what there is to say of the row under the cursor."""
        if self._page is None or message.index is None:
            return
        rows = self._page.tabs[self._tab].rows
        if message.index < len(rows):  # else a message of the tab before
            self.query_one(Paper).write(rows[message.index].detail)

    def on_table_opened(self, message: Table.Opened) -> None:
        """Go from a row to its text."""
        self.query_one(Paper).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Share the height anew."""
        if self._page is not None:
            self._share_height(self._page.tabs[self._tab])

    def _show_tab(self) -> None:
        assert self._page is not None  # noqa: S101 - tabs are shown once there is a page
        tab = self._page.tabs[self._tab]
        self.query_one("#tabs", Bar).tell(self._tab_names(self._page))
        table, paper = self.query_one(Table), self.query_one(Paper)
        self._share_height(tab)
        paper.write(None if tab.rows else tab.text)
        table.fill(tab.columns, tab.rows, cursor=self._cursors.get(self._tab, 0))
        (table if tab.rows else paper).focus()

    def _share_height(self, tab: Tab) -> None:
        """A table with texts takes what it needs, and at most two fifths of the height."""
        table, paper = self.query_one(Table), self.query_one(Paper)
        has_texts = any(row.detail for row in tab.rows)
        table.display = bool(tab.rows)
        paper.display = has_texts or not tab.rows
        most = max((self.size.height - 3) * 2 // 5, _LEAST_ROWS)
        table.styles.height = min(len(tab.rows) + 1, most) if has_texts else "1fr"

    def _tab_names(self, page: Page) -> Line:
        spans: list[Span] = []
        for index, tab in enumerate(page.tabs):
            number = Span(f"{index + 1} ", "quiet")
            name = Span(f"[{tab.title}]", "accent") if index == self._tab else Span(f" {tab.title} ", "quiet")
            spans += [number, name, Span(" ")]
        return tuple(spans) or BLANK
