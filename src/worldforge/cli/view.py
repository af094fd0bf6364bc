"""`worldforge view`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import click

from worldbase.errors import EnvironmentMissingError, UsageError
from worldforge.cli.runs.options import workspace_option


@click.command(
    epilog="""\b
Examples:
  worldforge view
  worldforge view 20260506T120000Z-0123abcd
  cd "$(worldforge view)"      then o on a run, to go into its folder"""
)
@click.argument("run", required=False)
@workspace_option
def view(run: str | None, workspace: Path) -> None:
    """Look at runs in the terminal: results, latencies, failures, comparisons.

    RUN is what to open at once: an id in the workspace, or the path of a run's folder or of a report. All is done with
    keys; ? lists them. Nothing is changed.

    It draws on stderr, so that stdout holds nothing but the path that was asked for with o.
    """
    _require_terminal()
    _require_textual()
    from worldbase.tables import visible
    from worldforge.runs.preserved import find_run
    from worldforge.view.app import Viewer

    if run is not None:
        find_run(run, workspace=workspace)
    viewer = Viewer(workspace, run)
    for path in viewer.run(size=_size()) or []:
        click.echo(visible(path))
    if viewer.return_code:
        sys.exit(viewer.return_code)


def _require_terminal() -> None:
    if sys.stdin.isatty() and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return
    raise UsageError(
        "there is no terminal to draw on",
        code="view.no_terminal",
        hint="Use `worldforge runs list` and `worldforge runs show RUN`, which print.",
    )


def _require_textual() -> None:
    if find_spec("textual") is not None:
        return
    raise EnvironmentMissingError(
        "the Textual library is not installed",
        code="view.no_textual",
        hint="Install the extra `tui`: uv sync --extra tui, or pip install 'worldflux[tui]'.",
    )


def _size() -> tuple[int, int] | None:
    """The size of the terminal where stdout leads elsewhere: otherwise nobody would ask the one that is drawn on."""
    if sys.stdout.isatty():
        return None
    columns, rows = os.get_terminal_size(sys.stderr.fileno())
    return columns, rows
