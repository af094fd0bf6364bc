"""`worldflux trust revoke`."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import click

from worldbase.console import echo_report, format_option
from worldflux.cli.trust import shown
from worldflux.cli.trust.times import METAVAR, utc_time
from worldflux.documents.trust import RevocationReason
from worldflux.signing import trust_files, trust_reading
from worldflux.signing.trust_files import Withdrawal


@click.command(
    epilog="""\b
Examples:
  worldflux trust revoke "Robot lab" --reason superseded
  worldflux trust revoke 3f9a0c51 --reason compromised --since 2027-01-31 --file trusted.json"""
)
@click.argument("signer")
@click.option(
    "--reason",
    type=click.Choice(get_args(RevocationReason)),
    required=True,
    help="compromised: nothing counts that has no trusted time before it. superseded, ceased: nothing counts after it.",
)
@click.option("--since", metavar=METAVAR, help="When trust ended.  [default: now]")
@click.option("--note", metavar="TEXT", help="What happened; kept beside the reason.")
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="FILE", help="Trust file to change.  [default: your own]"
)
@format_option
def revoke(
    signer: str, reason: str, since: str | None, note: str | None, file: Path | None, output_format: str
) -> None:
    """Trust a signer no more. There is no way back.

    SIGNER is a label, a Sigstore identity, or a key id, of which eight digits do. A whole key id may be one that the
    file does not name. A signature with a trusted time before the revocation still counts.
    """
    path = file or trust_reading.default_signers()
    why = Withdrawal(cast(RevocationReason, reason), note, utc_time(since, "--since"))
    trust_files.revoke(path, signer, why)
    known = shown.overview_now(path)
    echo_report(
        output_format, known, text=lambda: shown.changed("revoked", known), markdown=lambda: shown.markdown(known)
    )
