"""`worldforge runs verify`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldforge.cli.runs.options import workspace_option


@click.command(
    epilog="""\b
Example:
  worldforge runs verify 20260506T120000Z-0123abcd"""
)
@click.argument("run")
@workspace_option
@format_option
@quiet_option
def verify(run: str, workspace: Path, output_format: str, quiet: bool) -> None:
    """Check every file of a run against its digest, and the report's own digests against its numbers.

    RUN is an id in the workspace, or the path of a run's folder. Exits with 1 unless everything is as it was left: also
    for a run that holds no digests, because another harness made it or because it has not ended.

    Whoever can write the run can rewrite its manifest too. Quote the manifest's digest where that matters.
    """
    from worldforge.runs.preserved import folder_of
    from worldforge.runs.verify import verification_text, verify_run

    found = verify_run(folder_of(run, workspace=workspace))
    if not quiet:
        echo_report(output_format, found, text=lambda: verification_text(found))
    sys.exit(0 if found.conclusion == "intact" else 1)
