"""`worldflux claim bind`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase import files
from worldbase.console import quiet_option
from worldflux.claims import claim_pair


@click.command()
@click.argument("claim", type=click.Path(path_type=Path))
@click.argument("protocol", type=click.Path(path_type=Path))
@quiet_option
def bind(claim: Path, protocol: Path, quiet: bool) -> None:
    """Write the claim's hash into its protocol; nothing else in the file changes."""
    bound = claim_pair.bind(claim, protocol)
    files.write_atomic(protocol, bound)
    if not quiet:
        click.echo(f"{protocol} is bound to {claim}.")
