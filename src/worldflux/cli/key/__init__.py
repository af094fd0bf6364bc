"""`worldflux key ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "generate": ("Make a key to sign with.", "worldflux.cli.key.generate:generate"),
    "list": ("List your keys, and where they lie.", "worldflux.cli.key.list:list_keys"),
    "export": ("Write the public half of a key, for others.", "worldflux.cli.key.export:export"),
    "trust": ("Trust somebody else's public key.", "worldflux.cli.key.trust:trust"),
    "revoke": ("Say that a key of yours signs no more.", "worldflux.cli.key.revoke:revoke"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def key() -> None:
    """Make and keep the keys that you sign with.

    `worldflux audit sign` makes a first key by itself.
    """
