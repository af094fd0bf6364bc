"""Options of the `plan-log` commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

LOG: Final = "plan-log"

log_option: Final = click.option(
    "--log",
    type=click.Path(path_type=Path),
    default=LOG,
    show_default=True,
    help="Folder of the log.",
)
trust_option: Final = click.option(
    "--trusted-signer-config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Whose time stamps count (`tsa_roots` of a worldflux.trusted_signers.v0 file); your own file if not given.",
)
