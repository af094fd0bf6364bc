"""`worldflux evidence diff`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldflux.audit.compare import compare, markdown_report, text_report
from worldflux.package.read import read_evidence


@click.command()
@click.argument("left", type=click.Path(path_type=Path))
@click.argument("right", type=click.Path(path_type=Path))
@format_option
def diff(left: Path, right: Path, output_format: str) -> None:
    """Compare two packages (folders, or their evidence.json): what was claimed, planned, counted and decided."""
    difference = compare(read_evidence(left), read_evidence(right))
    echo_report(
        output_format,
        difference,
        text=lambda: text_report(difference),
        markdown=lambda: markdown_report(difference),
    )
