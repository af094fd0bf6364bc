"""`worldforge provider`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "list": ("List the providers that are registered.", "worldforge.cli.provider.list:list_providers"),
    "info": ("Say what a provider is and what it needs.", "worldforge.cli.provider.info:info"),
    "health": ("Say whether providers can work now.", "worldforge.cli.provider.health:health"),
    "contract": ("Check that a provider keeps its contract.", "worldforge.cli.provider.contract:contract"),
    "scaffold": ("Start a provider of your own.", "worldforge.cli.provider.scaffold:scaffold"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def provider() -> None:
    """List, inspect, check and start providers."""
