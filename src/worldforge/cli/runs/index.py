"""`worldforge runs index`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report
from worldforge.cli.runs.options import tell_missing, workspace_option

_STATES = ("completed", "failed", "passed", "skipped", "cancelled", "running", "interrupted", "unreadable")


@click.command(
    epilog="""\b
Example:
  worldforge runs index --provider mock --status completed --format csv --output runs.csv
  worldforge runs index --created-from 2026-05-06 --capability embed"""
)
@click.option("--provider", metavar="NAME", help="Runs of this provider.")
@click.option("--capability", metavar="NAME", help="Runs that measured or needed it: predict, embed, score, policy.")
@click.option("--status", metavar="STATE", type=click.Choice(_STATES), help=f"One of: {', '.join(_STATES)}.")
@click.option("--kind", metavar="KIND", help="benchmark, eval or demo_showcase.")
@click.option("--created-from", metavar="WHEN", help="Day or moment in UTC: 2026-05-06 or 2026-05-06T12:00:00Z.")
@click.option("--created-to", metavar="WHEN", help="The same; a day counts whole.")
@click.option("--artifact-type", metavar="TYPE", help="Runs with a file of this label or ending, such as html.")
@workspace_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "markdown", "csv"]),
    default="text",
    show_default=True,
    help="How to print the index.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of stdout.")
def index(workspace: Path, output_format: str, output: Path | None, **asked: str | None) -> None:
    """Search the runs of a workspace by provider, capability, status, kind, time or file."""
    from worldforge.runs.index import Filters
    from worldforge.runs.index import index as search
    from worldforge.runs.index_render import as_text, index_csv, index_markdown, index_text

    tell_missing(workspace)
    found = search(workspace, Filters(**asked))
    if output is not None:
        _write(output, as_text(found, output_format))
    elif output_format == "csv":
        click.echo(index_csv(found), nl=False)
    else:
        echo_report(output_format, found, text=lambda: index_text(found), markdown=lambda: index_markdown(found))


def _write(output: Path, text: str) -> None:
    from worldbase.files import write_atomic
    from worldbase.tables import visible

    write_atomic(output, text.encode())
    click.echo(f"written: {visible(str(output))}", err=True)
