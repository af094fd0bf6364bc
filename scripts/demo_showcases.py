"""Play a showcase: a short walk that leaves real runs to look at, with the provider `mock` and no network.

Run as ``uv run python scripts/demo_showcases.py run custom-evaluation-suite``; ``list`` names the others.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from worldbase.console import echo_report, run
from worldbase.tables import text_table, visible
from worldforge.workflows.showcases.catalogue import SHOWCASES, showcase
from worldforge.workflows.showcases.playing import play
from worldforge.workflows.showcases.walkthrough import walkthrough_markdown, walkthrough_text


@click.group()
def main() -> None:
    """Play a showcase, or list them."""


@main.command("list")
def list_showcases() -> None:
    """List the showcases."""
    rows = [[each.name, each.title, each.teaser] for each in SHOWCASES]
    click.echo(text_table(("showcase", "what it shows", "what it leaves"), rows), nl=False)


@main.command("run")
@click.argument("name", metavar="NAME")
@click.option(
    "--workspace-dir",
    "workspace",
    type=click.Path(file_okay=False, path_type=Path),
    default=".worldforge/demo-showcases",
    show_default=True,
    help="Where it plays, in a folder with its name.",
)
@click.option("--overwrite", is_flag=True, help="Remove first what earlier plays of it left; else a run is added.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("text", "markdown", "json")),
    default="text",
    show_default=True,
    help="How to print what happened.",
)
def run_showcase(name: str, workspace: Path, overwrite: bool, output_format: str) -> None:
    """Play the showcase NAME and say what happened, and where to look."""
    played = play(showcase(name), workspace, overwrite=overwrite, argv=("demo_showcases.py", *sys.argv[1:]))
    if output_format == "markdown":
        click.echo(walkthrough_markdown(played.summary), nl=False)
    else:
        folder = visible(str(played.folder))
        echo_report(output_format, played.summary, text=lambda: walkthrough_text(played.summary, folder))


if __name__ == "__main__":
    run(main, "demo_showcases.py")
