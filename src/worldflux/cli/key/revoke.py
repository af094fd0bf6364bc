"""`worldflux key revoke`."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import click

from worldbase.console import echo_report, format_option
from worldbase.tables import visible
from worldflux.cli.key import shown
from worldflux.documents.trust import RevocationReason, TrustedSigners
from worldflux.signing import trust_files, trust_reading
from worldflux.signing.keystore import Keystore, OwnKey
from worldflux.signing.trust_files import Withdrawal


@click.command(
    epilog="""\b
Example:
  worldflux key revoke lab --reason compromised --note "Laptop stolen"
Tell those who trust the key; in their trust files it stands until they run:
  worldflux trust revoke KEYID --reason compromised"""
)
@click.argument("key")
@click.option(
    "--reason",
    type=click.Choice(get_args(RevocationReason)),
    required=True,
    help="compromised: no signature without an earlier trusted time counts. superseded, ceased: it just signs no more.",
)
@click.option("--note", metavar="TEXT", help="What happened; kept beside the reason.")
@format_option
def revoke(key: str, reason: str, note: str | None, output_format: str) -> None:
    """Say that a key of yours signs no more. There is no way back.

    KEY is a label, or a key id of which eight digits do. The key stays in its place, but signs nothing, and its
    signatures no longer count as your own. Where you have a default trust file, the key is revoked there too.
    """
    store = Keystore.of_user()
    path = trust_reading.default_signers()
    # A trust file that cannot be read is found before the key is marked.
    listed = trust_reading.read_signers(path).document if path.exists() else None
    why = cast(RevocationReason, reason)
    revoked = store.revoke(key, why, note)
    if listed is not None:
        _revoke_in(path, listed, revoked, Withdrawal(why, note, revoked.revoked.at if revoked.revoked else None))
    echo_report(
        output_format,
        {**shown.as_json(revoked, store.default_keyid()), "trust_file": str(path) if listed else None},
        text=lambda: _text(revoked, path if listed else None),
    )


def _revoke_in(path: Path, listed: TrustedSigners, key: OwnKey, why: Withdrawal) -> None:
    known = {entry.keyid: entry.reason for entry in listed.revoked}
    if known.get(key.keyid) != why.reason:
        trust_files.revoke(path, key.keyid, why)


def _text(key: OwnKey, path: Path | None) -> str:
    entered = f"  file    {visible(str(path))} says so too\n" if path else ""
    return (
        f"{click.style('revoked', fg='yellow', bold=True)}  {shown.title(key)}\n"
        f"  key id  {key.keyid}\n{entered}"
        f"  next    tell those who trust it: worldflux trust revoke {key.keyid[:16]} --reason "
        f"{key.revoked.reason if key.revoked else 'ceased'}\n"
    )
