"""The list of runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Final, overload

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Footer, Input

from worldbase.errors import WorldError
from worldforge.view.ink import BLANK, Line, Span, inert, line, shown
from worldforge.view.page import Column, Page, Row, fault_page
from worldforge.view.pages.comparison import comparison_page
from worldforge.view.pages.run import run_page
from worldforge.view.screens.help import HelpScreen
from worldforge.view.screens.page import PageScreen
from worldforge.view.shelf import Shelf
from worldforge.view.widgets.bar import Bar
from worldforge.view.widgets.paper import Paper
from worldforge.view.widgets.table import Table
from worldforge.view.words import gate_span, state_span

_WIDE: Final = 112
_BATCH: Final = 100
_ID: Final = 25
_SHORT_ID: Final = 8
_REST: Final = 53  # what the other columns take, roughly
_FEWEST_NAMES, _MOST_NAMES = 9, 24


class FilterField(Input):
    """Where the words are typed; its keys are named in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Keep"),
        Binding("down", "submit", "Keep", show=False),
        Binding("escape", "screen.drop", "Drop"),
    ]


class RunRows(Sequence[Row]):
    """Runs as rows, each read when it is asked for.

    Args:
        shelf: Where they stand.
        ids: Which.
        wide: Whether there is room for whole ids.
        marked: The run that is marked as baseline.
    """

    def __init__(self, shelf: Shelf, ids: Sequence[str], *, wide: bool, marked: str | None) -> None:
        self._shelf, self.ids, self._wide, self._marked = shelf, ids, wide, marked

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        run_id = self.ids[index]
        run = self._shelf.run(run_id)
        name = run_id if self._wide else run_id[-_SHORT_ID:]
        errors = "–" if run.error_count is None else f"{run.error_count:,}"
        cells = (
            line(name),
            line(Span(self._shelf.age(run_id), "quiet")),
            line(shown(run.kind) or "–"),
            line(state_span(run.state)),
            line(shown(run.provider) or "–"),
            line(shown(run.operation) or "–"),
            line(gate_span(run.budget_passed)),
            line(Span(errors, "bad" if run.error_count else "quiet")),
        )
        return Row(cells, is_marked=run_id == self._marked)


def _columns(width: int) -> Sequence[Column]:
    wide = width >= _WIDE
    names = max(min((width - _REST) // 3, _MOST_NAMES), _FEWEST_NAMES)
    return (
        Column("run", width=_ID if wide else _SHORT_ID),
        Column("age", right=True, width=6),
        Column("kind", width=9),
        Column("state", width=13),
        Column("provider", width=names, flexible=True),
        Column("operation", width=2 * names, flexible=True),
        Column("gate", width=6),
        Column("errors", right=True, width=6),
    )


class RunsScreen(Screen[None]):
    """The runs of a workspace, newest first.

    Args:
        shelf: The runs.
        leave: Leaves the program with the paths to print.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("c", "mark", "Compare"),
        Binding("o", "print_path", "Path"),
        Binding("r", "reload", "Reload"),
        Binding("question_mark", "help", "Help", key_display="?"),
        Binding("q", "app.quit", "Quit"),
        Binding("escape", "drop", "Drop", show=False),
    ]

    def __init__(self, shelf: Shelf, leave: Callable[[Iterable[str]], None]) -> None:
        super().__init__()
        self._shelf, self._leave = shelf, leave
        self._ids: Sequence[str] = shelf.ids
        self._marked: str | None = None

    def compose(self) -> ComposeResult:
        """Title, table, what is known of the run under the cursor, keys."""
        yield Bar(id="title")
        yield Table()
        yield Paper(id="nothing")
        with Horizontal(id="filter"):
            yield Bar(line(Span("/", "accent")))
            yield FilterField(placeholder="words to look for, such as: mock failed", compact=True)
        yield Bar(id="which")
        yield Bar(id="command")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show all runs."""
        self.query_one("#filter").display = False
        self._fill()
        self.query_one(Table).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While words are typed, the footer does not offer to type them."""
        return not (action == "filter" and isinstance(self.focused, FilterField))

    def on_resize(self, event: events.Resize) -> None:
        """Whole ids where there is room, short ones where there is none."""
        self._fill()

    def action_open(self) -> None:
        """Open the run under the cursor."""
        if run_id := self._current():
            path = self._shelf.path(run_id)
            self._push(lambda: run_page(path), line(Span(run_id, "strong")))

    def action_mark(self) -> None:
        """Mark the run as the baseline, or compare it with the one that is marked."""
        run_id = self._current()
        if run_id is None:
            return
        if self._marked in (None, run_id):
            self._marked = None if self._marked else run_id
            self._fill()
            return
        baseline, candidate = (self._shelf.path(each) for each in (self._marked or run_id, run_id))
        paths = [baseline, candidate]
        title = line(Span(baseline.name, "strong"), " → ", Span(candidate.name, "strong"))

        def load() -> Page:
            try:
                return comparison_page(baseline, candidate)
            except WorldError as refused:
                return fault_page(refused, f"{baseline.name} → {candidate.name}", paths, what="cannot be compared")

        self._push(load, title)

    def action_filter(self) -> None:
        """Ask for words to look for."""
        self.query_one("#filter").display = True
        self.query_one(FilterField).focus()

    def action_drop(self) -> None:
        """Drop the filter where there is one, or else the mark."""
        field = self.query_one("#filter")
        if field.display:
            self.query_one(FilterField).value = ""
            field.display = False
            self.query_one(Table).focus()
        elif self._marked:
            self._marked = None
            self._fill()

    def action_print_path(self) -> None:
        """Leave, and print where the run is."""
        if run_id := self._current():
            self._leave([str(self._shelf.path(run_id))])

    async def action_reload(self) -> None:
        """Look again which runs there are."""
        self._shelf.reload()
        await self._search()

    def action_help(self) -> None:
        """Show the keys."""
        self.app.push_screen(HelpScreen())

    async def on_input_changed(self, message: Input.Changed) -> None:
        """Look for what is typed, while it is typed."""
        await self._search()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Keep the filter, and go to the runs."""
        self.query_one("#filter").display = bool(message.value.strip())
        self.query_one(Table).focus()

    def on_table_opened(self, message: Table.Opened) -> None:
        """Open a run that was clicked."""
        self.action_open()

    def on_table_moved(self, message: Table.Moved) -> None:
        """Say what the run under the cursor is."""
        which, command = self.query_one("#which", Bar), self.query_one("#command", Bar)
        run_id = self._current()
        if run_id is None:
            which.tell(BLANK)
            command.tell(BLANK)
            return
        run = self._shelf.run(run_id)
        replayed = f"  repeats {shown(run.replay_of)}" if run.replay_of else ""
        which.tell(line(Span(run_id, "strong"), Span(replayed, "quiet")), self._hint(run_id))
        command.tell(line(Span(inert(run.fault), "bad") if run.fault else Span(shown(run.command), "quiet")))

    def _hint(self, run_id: str) -> Line:
        if self._marked is None:
            return BLANK
        told = "baseline" if run_id == self._marked else f"c: compare with {self._marked[-_SHORT_ID:]}"
        return line(Span(told, "accent"))

    def _current(self) -> str | None:
        cursor = self.query_one(Table).cursor
        return self._ids[cursor] if cursor < len(self._ids) else None

    def _push(self, load: Callable[[], Page], title: Line) -> None:
        self.app.push_screen(PageScreen(load, title, self._leave))

    async def _search(self) -> None:
        """Show the runs that hold the words; given up when other words have been typed meanwhile."""
        field, found = self.query_one(FilterField), list[str]()
        words = field.value
        for index, run_id in enumerate(self._shelf.ids):
            if field.value != words:
                return
            if self._shelf.holds(run_id, words):
                found.append(run_id)
            if index % _BATCH == 0:
                await asyncio.sleep(0)  # keys come first
        self._ids = found
        self._fill()

    def _fill(self) -> None:
        """Show the runs that were found, with the cursor on the run where it was, if that is among them."""
        table, width = self.query_one(Table), self.size.width
        rows = RunRows(self._shelf, self._ids, wide=width >= _WIDE, marked=self._marked)
        before = table.rows.ids if isinstance(table.rows, RunRows) else []
        current = before[table.cursor] if table.cursor < len(before) else None
        cursor = self._ids.index(current) if current in self._ids else 0
        table.fill(_columns(width), rows, cursor=cursor)
        self._tell_title()
        self._tell_nothing()

    def _tell_title(self) -> None:
        found, every = len(self._ids), len(self._shelf.ids)
        count = f"{every:,} run{'' if every == 1 else 's'}"
        told = count if found == every else f"{found:,} of {count}"
        title = line(Span("worldforge view", "accent"), f"  {inert(str(self._shelf.workspace))}")
        self.query_one("#title", Bar).tell(title, line(told))

    def _tell_nothing(self) -> None:
        """Say what to do where there is nothing to show."""
        nothing, table = self.query_one("#nothing", Paper), self.query_one(Table)
        table.display, nothing.display = bool(self._ids), not self._ids
        if self._ids:
            return
        lines = _NOTHING_FOUND if self._shelf.ids else _NO_RUNS
        nothing.write(lambda width: lines)


_NOTHING_FOUND: Final = [line("No run holds all of these words."), line(Span("escape shows all of them.", "quiet"))]
_NO_RUNS: Final = [
    line("There are no runs in this workspace."),
    BLANK,
    line(Span("Keep one with:", "quiet")),
    line("  worldforge benchmark --provider mock --run-workspace .worldforge"),
    line(Span("Look elsewhere with:", "quiet")),
    line("  worldforge view --workspace-dir FOLDER"),
]
