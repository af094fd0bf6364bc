"""`worldforge schema`."""

from __future__ import annotations

import json

import click

from worldbase.console import echo_report, format_option
from worldbase.schemas import abouts, full_name


@click.group()
def schema() -> None:
    """Show the JSON Schemas (draft 2020-12) of all documents."""


@schema.command(
    "list",
    epilog="""\b
Example:
  worldforge schema list""",
)
@format_option
def list_schemas(output_format: str) -> None:
    """List the published schemas."""
    from worldforge.workflows.published import PUBLISHED

    rows = abouts(PUBLISHED)

    def text() -> str:
        from worldbase.tables import text_table

        return text_table(["schema", "document"], rows)

    echo_report(output_format, [{"name": name, "document": about} for name, about in rows], text=text)


@schema.command(
    "show",
    epilog="""\b
Example:
  worldforge schema show run_manifest""",
)
@click.argument("name")
def show(name: str) -> None:
    """Print one schema. NAME may be short: `budgets` is `worldforge.budgets.v1`."""
    from worldforge.workflows import published

    full = full_name(name, published.PUBLISHED, "worldforge")
    click.echo(json.dumps(published.schema(full), indent=2))
