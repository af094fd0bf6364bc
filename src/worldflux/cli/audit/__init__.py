"""`worldflux audit ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "run": ("Audit a finished evaluation.", "worldflux.cli.audit.run:run"),
    "quick": ("Draft a claim from what is there, and audit it.", "worldflux.cli.audit.quick:quick"),
    "scan": ("Say what in a folder could be audited.", "worldflux.cli.audit.scan:scan"),
    "import": ("Sort out a messy folder before an audit.", "worldflux.cli.audit.importing:importing"),
    "sign": ("Sign an evidence package.", "worldflux.cli.audit.sign:sign"),
    "verify": ("Check a package: bytes, signer, and every number.", "worldflux.cli.audit.verify:verify"),
    "review": ("Counter-sign a package as its reviewer.", "worldflux.cli.audit.review:review"),
    "pack": ("Put a package into one file.", "worldflux.cli.audit.pack:pack"),
    "unpack": ("Take a package out of its file, safely.", "worldflux.cli.audit.unpack:unpack"),
    "verifier": ("Write the verifier for Node and browsers.", "worldflux.cli.audit.verifier:verifier"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def audit() -> None:
    """Turn evaluation output into an evidence package."""
