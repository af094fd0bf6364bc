"""`worldflux trust show`."""

from __future__ import annotations

from typing import Any

import click

from worldbase.console import echo_report, format_option
from worldbase.tables import visible
from worldflux.cli.trust import shown
from worldflux.signing import trust_reading
from worldflux.signing.keystore import Keystore, OwnKey


@click.command(
    epilog="""\b
Example:
  worldflux trust show --format json"""
)
@format_option
def show(output_format: str) -> None:
    """Show whom you trust where a verification names no trust file: your own files, and your own keys."""
    places = (trust_reading.default_signers(), trust_reading.default_sigstore())
    files = [shown.overview_now(path) for path in places if trust_reading.is_there(path)]
    own = [key for key in Keystore.of_user().public_keys() if key.revoked is None]
    report: dict[str, Any] = {
        "files": files,
        "own_keys": [{"label": key.label, "keyid": key.keyid} for key in own],
    }
    echo_report(
        output_format,
        report,
        text=lambda: "\n".join([*map(shown.text, files), _own(own, none=not files)]),
        markdown=lambda: "\n".join([*map(shown.markdown, files), _own(own, none=not files)]),
    )


def _own(keys: list[OwnKey], *, none: bool) -> str:
    lines = ["You have no trust file; `worldflux trust init` begins one."] if none else []
    if keys:
        lines.append("Packages that you signed yourself verify as your own, unless a file above says otherwise:")
        lines += [f"  {visible(key.label)}  {key.keyid}" for key in keys]
    return "\n".join([*lines, ""])
