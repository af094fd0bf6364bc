"""`worldflux trust check`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import AnswerIsNoError, Where
from worldflux.cli.trust import shown


@click.command(
    epilog="""\b
Example:
  worldflux trust check trusted.json"""
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
def check(file: Path, output_format: str) -> None:
    """Find every problem of a trust file, and say who is trusted for what, until when.

    FILE is of either kind: trusted keys, or Sigstore identities. Exits with 3 where it cannot be used, with 1 where it
    has expired. What expires within 30 days is named.
    """
    known = shown.overview_now(file)
    echo_report(output_format, known, text=lambda: shown.text(known), markdown=lambda: shown.markdown(known))
    if known.expired:
        raise AnswerIsNoError(
            f"{file.name} has expired",
            code="trust.expired",
            where=Where(str(file), "/expires"),
            hint="Get a newer one; in one of your own, set `expires` later and raise `version`.",
        )
