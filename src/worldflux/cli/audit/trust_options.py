"""The options by which a command is told whose signatures count."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option(
        "--trusted-signer-config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Keys that are trusted (worldflux.trusted_signers.v0); your own file where not given.",
    ),
    click.option(
        "--sigstore-policy-config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Sigstore identities that are trusted (worldflux.sigstore_policy.v0).",
    ),
)


def trust_options(function: F) -> F:
    """Add `--trusted-signer-config` and `--sigstore-policy-config`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
