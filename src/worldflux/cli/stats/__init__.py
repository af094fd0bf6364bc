"""`worldflux stats ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "vectors": ("Compare our statistics with a file of values.", "worldflux.cli.stats.vectors:vectors"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def stats() -> None:
    """Check our statistics against reference values."""
