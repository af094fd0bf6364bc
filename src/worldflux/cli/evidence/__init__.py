"""`worldflux evidence ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "inspect": ("Show a package at a glance.", "worldflux.cli.evidence.inspect:inspect"),
    "diff": ("Compare two packages.", "worldflux.cli.evidence.diff:diff"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def evidence() -> None:
    """Read and compare evidence packages."""
