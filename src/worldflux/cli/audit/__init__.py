"""`worldflux audit ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup


@click.group(cls=LazyGroup, table={"run": ("Audit a finished evaluation.", "worldflux.cli.audit.run:run")})
def audit() -> None:
    """Turn evaluation output into an evidence package."""
