"""`worldflux trust init`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldflux.cli.trust import shown
from worldflux.cli.trust.times import METAVAR, utc_time
from worldflux.signing import trust_files, trust_reading
from worldflux.signing.keystore import Keystore


@click.command(
    epilog="""\b
Examples:
  worldflux trust init
  worldflux trust init --output trusted.json --expires 2027-12-31
  worldflux audit verify evidence_pkg/ --trusted-signer-config trusted.json"""
)
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to write.  [default: your own trust file]"
)
@click.option("--expires", metavar=METAVAR, help="Nothing is trusted by the file after this day.")
@click.option("--overwrite", is_flag=True, help="Replace the file; its version still goes up.")
@format_option
def init(output: Path | None, expires: str | None, overwrite: bool, output_format: str) -> None:
    """Begin a trust file that trusts your own keys, as author and as reviewer.

    Give such a file to those who verify your packages, over a channel that they trust. Without --output it becomes your
    own one, which `audit verify` reads where no other is named. A first key is made where you have none.
    """
    path = output or trust_reading.default_signers()
    store = Keystore.of_user()
    if not store.own_keyids():
        store.default(create=True)
    own = [(key.label, key.public) for key in store.public_keys() if key.revoked is None]
    trust_files.start(path, own, expires=utc_time(expires, "--expires", ends=True), overwrite=overwrite)
    known = shown.overview_now(path)
    echo_report(
        output_format, known, text=lambda: shown.changed("written", known), markdown=lambda: shown.markdown(known)
    )
