"""`worldforge runs prune`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldforge.cli.runs.options import tell_missing, workspace_option


@click.command(
    epilog="""\b
Example:
  worldforge runs prune --max-age-days 30 --keep-latest 10
  worldforge runs prune --max-age-days 30 --keep-latest 10 --apply"""
)
@click.option("--max-age-days", type=float, default=30, show_default=True, help="Runs older than this go.")
@click.option("--keep-latest", type=int, default=10, show_default=True, help="So many stay, however old they are.")
@click.option("--kind", metavar="KIND", help="Count and remove only runs of this kind, such as benchmark.")
@click.option("--apply", is_flag=True, help="Remove them; without it nothing is removed.")
@workspace_option
@format_option
def prune(
    max_age_days: float, keep_latest: int, kind: str | None, apply: bool, workspace: Path, output_format: str
) -> None:
    """Remove old runs; shows what it would do unless told to.

    Whatever is asked, these stay: what was made or written in the last 24 hours, a run whose process still runs, a run
    that cannot be read, and everything that a link leads to.
    """
    from worldforge.runs.prune import judge, prune_text, remove

    tell_missing(workspace)
    now = time.time()  # and not SOURCE_DATE_EPOCH: a run's age is what it is
    report = judge(workspace, now=now, max_age_days=max_age_days, keep_latest=keep_latest, kind=kind)
    if apply:
        report = remove(workspace, report, now=now)
    echo_report(output_format, report, text=lambda: prune_text(report))
