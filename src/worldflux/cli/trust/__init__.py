"""`worldflux trust ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "init": ("Begin a trust file with your own keys.", "worldflux.cli.trust.init:init"),
    "add": ("Trust a key, or a Sigstore identity.", "worldflux.cli.trust.add:add"),
    "revoke": ("Trust a signer no more.", "worldflux.cli.trust.revoke:revoke"),
    "check": ("Find every problem of a trust file.", "worldflux.cli.trust.check:check"),
    "show": ("Show whom you trust by default.", "worldflux.cli.trust.show:show"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def trust() -> None:
    """Say whose signatures count.

    A package never says whom to trust; your trust files do. `worldflux audit verify` reads your own files where none is
    named.
    """
