"""The program: the list of runs, and pages upon it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.theme import Theme

from worldforge.view.ink import Span, line
from worldforge.view.pages.run import run_page
from worldforge.view.screens.page import PageScreen
from worldforge.view.screens.runs import RunsScreen
from worldforge.view.shelf import Shelf

_THEME: Final = Theme(
    name="worldforge",
    dark=True,
    primary="#6cb6ff",
    secondary="#8b98a5",
    accent="#6cb6ff",
    foreground="#d8dee6",
    background="#12161c",
    surface="#12161c",
    panel="#1b222b",
    success="#7ccf8f",
    warning="#e6b450",
    error="#f0837b",
)


class Viewer(App[list[str]]):
    """Shows the runs of a workspace, and changes none of them.

    What it returns is what to print afterwards: the paths that were asked for.

    Args:
        workspace: Folder that holds `runs/`.
        run: Id or path of a run to open at once.
        clock: Seconds since 1970, to tell how old runs are.

    Raises:
        WorldForgeError: `run.unreadable` where the workspace cannot be listed.
    """

    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "quit", "Quit", show=False, priority=True),
        Binding("q", "quit", "Quit", show=False),
    ]

    def __init__(self, workspace: Path, run: str | None = None, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._shelf = Shelf(workspace, clock=clock)
        self._shelf.reload()
        self._run = run
        self.animation_level = "none"
        self.register_theme(_THEME)
        self.theme = _THEME.name

    def on_mount(self) -> None:
        """Show the list, and upon it the run that was asked for."""
        self.push_screen(RunsScreen(self._shelf, self.leave))
        if self._run is not None:
            name, workspace = self._run, self._shelf.workspace
            title = line(Span("reading …", "quiet"))
            self.push_screen(PageScreen(lambda: run_page(name, workspace=workspace), title, self.leave))

    def leave(self, paths: Iterable[str]) -> None:
        """Leave, with paths to print."""
        self.exit(list(paths))
