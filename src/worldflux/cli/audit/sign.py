"""`worldflux audit sign`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import Progress, echo_report, format_option, progress, quiet_option
from worldbase.errors import UsageError
from worldflux.cli.audit.signing_options import (
    SigningChoice,
    signer_of,
    signing_options,
    stamp_of,
    tell_publication,
    tsa_option,
)

if TYPE_CHECKING:
    from worldflux.verify.sign import Signed

_LONG_WORK_BYTES = 100_000_000


@click.command(
    epilog="""\b
Examples:
  worldflux audit sign evidence_pkg/
  worldflux audit sign evidence_pkg/ --key lab --password-env LAB_KEY_PASSWORD
  worldflux audit sign evidence_pkg/ --backend sigstore --confirm-public-log
Then:
  worldflux audit verify evidence_pkg/
  worldflux key export --output my-key.pem     # what a stranger needs to know that it was you""",
)
@click.argument("package", type=click.Path(path_type=Path, file_okay=False))
@signing_options
@tsa_option
@click.option(
    "--add", is_flag=True, help="Sign beside whoever signed already: a trust file may ask for several signers."
)
@click.option("--replace", is_flag=True, help="Sign again; reviewers' counter-signatures go with the old signature.")
@format_option
@quiet_option
def sign(
    package: Path,
    tsa_url: str | None,
    add: bool,
    replace: bool,
    output_format: str,
    quiet: bool,
    **choice: Any,
) -> None:
    """Sign an evidence package, after checking that it holds.

    Everything but the signature is verified first: a package whose numbers do not follow from its episodes is not
    signed. Then the manifest and every file it lists are signed, and beside them the public view: all that a share of
    this package may ever show. Your key is made on first use; with a key of your own nothing leaves this machine.
    """
    from worldflux.verify.contents import check
    from worldflux.verify.sign import add_signature, require_outside, require_unsigned, statements_of
    from worldflux.verify.sign import sign as sign_package

    chosen = SigningChoice(**choice)
    if add and (replace or tsa_url):
        raise UsageError(
            "--add leaves the first signature as it is, so it goes with neither --replace nor --tsa-url",
            code="sign.add_alone",
            hint="Leave --add out to sign anew.",
        )
    require_outside(package)
    if not (add or replace):
        require_unsigned(package)

    def show(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
        return progress(label, total, worth_showing=size > _LONG_WORK_BYTES and not quiet)

    checked = check(package, show)
    statements = statements_of(checked)
    signer = signer_of(chosen)
    tell_publication(signer, *statements)
    if add:
        signed = add_signature(checked, signer)
    else:
        signed = sign_package(checked, signer, statements=statements, stamp=stamp_of(tsa_url))
    if not quiet:
        echo_report(output_format, _value(signed), text=lambda: _text(signed, package))


def _value(signed: Signed) -> dict[str, Any]:
    return {"signer": signed.signer, "manifest": signed.manifest, "files": list(signed.files)}


def _text(signed: Signed, package: Path) -> str:
    files = "".join(f"  wrote    {package / name}\n" for name in signed.files)
    return (
        f"{click.style('SIGNED', fg='green', bold=True)}  {package.name}\n\n"
        f"  package  {signed.manifest}\n"
        f"  signer   {signed.signer}\n"
        f"{files}"
        f"  next     worldflux audit verify {package}\n"
    )
