"""`worldflux schema ...`."""

from __future__ import annotations

import json

import click

from worldbase.console import echo_report, format_option
from worldbase.schemas import abouts, full_name


@click.group()
def schema() -> None:
    """Show the JSON Schemas (draft 2020-12) of all documents."""


@schema.command("list")
@format_option
def list_schemas(output_format: str) -> None:
    """List the published schemas."""
    from worldflux.documents.published import PUBLISHED

    rows = abouts(PUBLISHED)

    def text() -> str:
        from worldbase.tables import text_table

        return text_table(["schema", "document"], rows)

    echo_report(output_format, [{"name": name, "document": about} for name, about in rows], text=text)


@schema.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Print one schema. NAME may be short: `claim` is `worldflux.claim.v0_draft`."""
    from worldflux.documents import published

    full = full_name(name, published.PUBLISHED, "worldflux")
    click.echo(json.dumps(published.schema(full), indent=2))
