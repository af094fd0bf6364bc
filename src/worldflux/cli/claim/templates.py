"""`worldflux claim templates`."""

from __future__ import annotations

import click

from worldbase.console import echo_report, format_option
from worldbase.tables import markdown_table, text_table
from worldflux.claims.drafting import template_titles


@click.command()
@format_option
def templates(output_format: str) -> None:
    """List the templates that `claim create` knows."""
    titles = template_titles()
    rows = [[name, title] for name, title in titles.items()]
    echo_report(
        output_format,
        [{"name": name, "title": title} for name, title in titles.items()],
        text=lambda: text_table(["template", "what it plans"], rows),
        markdown=lambda: markdown_table(["template", "what it plans"], rows),
    )
