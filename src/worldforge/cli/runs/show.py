"""`worldforge runs show`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldforge.cli.runs.options import workspace_option


@click.command(
    epilog="""\b
Example:
  worldforge runs show 20260506T120000Z-0123abcd
  worldforge runs show .worldforge/reports/benchmark-20260506T120000Z-0123abcd.json --format json"""
)
@click.argument("run")
@workspace_option
@format_option
def show(run: str, workspace: Path, output_format: str) -> None:
    """Show one run: what it was, its results, its gate, its files.

    RUN is an id in the workspace, or the path of a run's folder, of its run_manifest.json, or of a report.
    """
    from worldforge.runs.preserved import open_run
    from worldforge.runs.shown import shown, shown_text

    view = shown(open_run(run, workspace=workspace))
    echo_report(output_format, view, text=lambda: shown_text(view))
