"""`worldflux key trust`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast, get_args

import click

from worldbase import strictjson
from worldbase.console import echo_report, format_option
from worldbase.tables import visible
from worldflux.documents.trust import Role
from worldflux.signing import trust_files, trust_reading
from worldflux.signing.keys import public_key_from_pem
from worldflux.signing.trust_files import Grant

_MAX_BYTES = 10_000


@click.command(
    epilog="""\b
Example:
  worldflux key trust lab.pem --label "Robot lab" --role author"""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--label", required=True, metavar="NAME", help="Whose key it is; reports show it.")
@click.option(
    "--role",
    "roles",
    type=click.Choice(get_args(Role)),
    multiple=True,
    help="What the key may sign. Repeatable.  [default: both]",
)
@format_option
def trust(file: Path, label: str, roles: tuple[str, ...], output_format: str) -> None:
    """Trust somebody else's public key: packages that it signed verify from now on.

    FILE is PEM, as `worldflux key export` writes it. Compare the key id that is printed with what its owner tells you
    by another way than the one that the file came by. Windows, claims and identities: `worldflux trust add`.
    """
    pem = strictjson.read_bytes(file, max_bytes=_MAX_BYTES).decode("ascii", "replace")
    key = public_key_from_pem(pem, file=file.name)
    grant = Grant(label, cast(tuple[Role, ...], roles) or trust_files.ROLES)
    path = trust_reading.default_signers()
    changed = trust_files.add_signer(path, key, grant)
    report: dict[str, Any] = {
        "keyid": key.keyid,
        "algorithm": key.algorithm,
        "label": label,
        "roles": list(grant.roles),
        "file": str(path),
        "version": changed.version,
    }
    echo_report(output_format, report, text=lambda: _text(report))


def _text(report: dict[str, Any]) -> str:
    trusted, roles = click.style("trusted", fg="green", bold=True), " and ".join(report["roles"])
    return (
        f"{trusted}  {visible(report['label'])} as {roles}\n"
        f"  key id  {report['keyid']}\n"
        f"  file    {visible(report['file'])}, version {report['version']}\n"
        "  next    compare the key id with what its owner tells you\n"
    )
