"""`worldflux evidence inspect`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldflux.documents.evidence import Evidence
from worldflux.package.inspect import text_summary
from worldflux.package.read import read_evidence


@click.command()
@click.argument("package", type=click.Path(path_type=Path))
@format_option
def inspect(package: Path, output_format: str) -> None:
    """Show what a package says: headline, numbers, where the episodes went, what is missing.

    PACKAGE is the folder that `audit run` wrote, or its evidence.json. What it says is shown, not checked.
    """
    evidence = read_evidence(package)
    echo_report(output_format, evidence, text=lambda: text_summary(evidence), markdown=lambda: _markdown(evidence))


def _markdown(evidence: Evidence) -> str:
    from worldflux.package.render import v1

    return v1.markdown(evidence)
