"""`worldforge schema`."""

from __future__ import annotations

import difflib
import json

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError


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

    rows = [[name, (kind.__doc__ or "").split("\n")[0]] for name, kind in PUBLISHED.items()]

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

    full = next((known for known in published.PUBLISHED if name in (known, known.split(".")[1])), None)
    if full is None:
        short = [known.split(".")[1] for known in published.PUBLISHED]
        nearest = difflib.get_close_matches(name, [*short, *published.PUBLISHED], n=1, cutoff=0.5)
        raise UsageError(
            f"no schema is called {name!r}",
            code="schema.unknown",
            hint=f"Did you mean {nearest[0]!r}? " if nearest else "See `worldforge schema list`.",
        )
    click.echo(json.dumps(published.schema(full), indent=2))
