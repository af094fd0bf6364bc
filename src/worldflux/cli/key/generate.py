"""`worldflux key generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from worldbase.console import echo_report, format_option
from worldbase.tables import visible
from worldflux.cli.key import shown
from worldflux.cli.passwords import new_password, password_options
from worldflux.documents.trust import Algorithm
from worldflux.signing.keystore import Keystore, OwnKey

_ALGORITHMS: Final[dict[str, Algorithm]] = {"ed25519": "ed25519", "p256": "ecdsa-p256-sha256"}


@click.command(
    epilog="""\b
Example:
  worldflux key generate --label lab --password-prompt
  worldflux key export lab --output lab.pem"""
)
@click.option("--label", metavar="NAME", help="What you call it.  [default: my-key]")
@click.option(
    "--algorithm",
    type=click.Choice([*_ALGORITHMS]),
    default="ed25519",
    show_default=True,
    help="p256 is for verifiers that know no Ed25519.",
)
@password_options
@click.option("--default", "make_default", is_flag=True, help="Sign with it where no key is named.")
@format_option
def generate(
    label: str | None,
    algorithm: str,
    password_env: str | None,
    password_file: Path | None,
    password_prompt: bool,
    make_default: bool,
    output_format: str,
) -> None:
    """Make a key to sign with.

    The private half lies in a file that only you can read; with a password it is encrypted too. Keep a copy of it
    where you keep such things: nobody can make it again. The public half is for everybody.
    """
    password = new_password(password_env, password_file, prompt=password_prompt)
    store = Keystore.of_user()
    made = store.generate(label, _ALGORITHMS[algorithm], password=password, make_default=make_default)
    default = store.default_keyid()
    encrypted = password is not None
    echo_report(
        output_format,
        {**shown.as_json(made, default), "encrypted": encrypted},
        text=lambda: _text(made, default, encrypted),
    )


def _text(made: OwnKey, default: str | None, encrypted: bool) -> str:
    kept = "encrypted" if encrypted else "not encrypted: whoever can read it signs in your name"
    return (
        f"{click.style('made', fg='green', bold=True)}  {shown.title(made)}\n"
        f"  key id   {made.keyid}\n"
        f"  use      {shown.state(made, default)}\n"
        f"  private  {visible(str(made.private_file))}\n"
        f"           {kept}\n"
        f"  next     worldflux key export {made.keyid[:16]} --output my-key.pem\n"
    )
