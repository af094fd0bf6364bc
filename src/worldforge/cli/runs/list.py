"""`worldforge runs list`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldforge.cli.runs.options import tell_missing, workspace_option


@click.command(
    epilog="""\b
Example:
  worldforge benchmark --provider mock --run-workspace .worldforge
  worldforge runs list"""
)
@workspace_option
@format_option
def list_runs(workspace: Path, output_format: str) -> None:
    """List the runs of a workspace, oldest first.

    A run that says `running` and whose process is gone is `interrupted`. One whose manifest cannot be read is listed
    with the reason. `runs index` searches.
    """
    from worldforge.runs.index import index
    from worldforge.runs.index_render import index_markdown, index_text

    tell_missing(workspace)
    found = index(workspace)
    echo_report(output_format, found, text=lambda: index_text(found), markdown=lambda: index_markdown(found))
