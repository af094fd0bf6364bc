"""`worldflux trust add`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, cast, get_args

import click

from worldbase import strictjson
from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError
from worldflux.cli.trust import shown
from worldflux.cli.trust.times import METAVAR, utc_time
from worldflux.documents.trust import Role
from worldflux.signing import trust_files, trust_reading
from worldflux.signing.keys import public_key_from_pem
from worldflux.signing.trust_files import Grant, Identity

_MAX_PEM_BYTES: Final = 10_000
_CLAIM_PATTERN: Final = re.compile(r"clm_[0-9A-Z]*\*?", re.ASCII)


@click.command(
    epilog="""\b
Examples:
  worldflux trust add lab.pem --label "Robot lab" --role author
  worldflux trust add lab.pem --not-after 2027-12-31 --file trusted.json
  worldflux trust add --sigstore-identity ci@example.org --sigstore-issuer https://accounts.example.org \\
    --trusted-root trusted_root.json --file sigstore_policy.json"""
)
@click.argument("pem", type=click.Path(path_type=Path), metavar="[KEY.pem]", required=False)
@click.option("--sigstore-identity", metavar="ID", help="Identity in the certificate, whole: an address or a URL.")
@click.option("--sigstore-issuer", metavar="URL", help="Who vouches for the identity. Needed with it.")
@click.option("--label", metavar="NAME", help="What you call the signer.  [default: the file's name, or the identity]")
@click.option(
    "--role",
    "roles",
    type=click.Choice(get_args(Role)),
    multiple=True,
    help="What the signer may sign as. Repeatable.  [default: both]",
)
@click.option("--not-before", metavar=METAVAR, help="Earlier signatures do not count.")
@click.option("--not-after", metavar=METAVAR, help="Later signatures do not count; a day is meant to its end.")
@click.option(
    "--claim",
    "claims",
    metavar="PATTERN",
    multiple=True,
    help="Id of a claim, or a beginning with *. Repeatable.  [default: every claim]",
)
@click.option(
    "--trusted-root",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Sigstore trusted root to pin; needed for the first identity of a file.",
)
@click.option(
    "--file", type=click.Path(path_type=Path), metavar="FILE", help="Trust file to change.  [default: your own]"
)
@format_option
def add(
    pem: Path | None,
    sigstore_identity: str | None,
    sigstore_issuer: str | None,
    label: str | None,
    roles: tuple[str, ...],
    not_before: str | None,
    not_after: str | None,
    claims: tuple[str, ...],
    trusted_root: Path | None,
    file: Path | None,
    output_format: str,
) -> None:
    """Trust a key, or an identity that Sigstore vouches for.

    KEY.pem is a public key, as `worldflux key export` writes it. Compare the key id that is printed with what its owner
    tells you, by another way than the one that the file came by.
    """
    who = _who(pem, sigstore_identity, sigstore_issuer)
    grant = Grant(
        label=label or (pem.stem if pem else str(sigstore_identity)),
        roles=cast(tuple[Role, ...], tuple(dict.fromkeys(roles))) or trust_files.ROLES,
        not_before=utc_time(not_before, "--not-before"),
        not_after=utc_time(not_after, "--not-after", ends=True),
        projects=_patterns(claims),
    )
    path = _add(who, grant, trusted_root, file)
    known = shown.overview_now(path)
    echo_report(
        output_format, known, text=lambda: shown.changed("added", known), markdown=lambda: shown.markdown(known)
    )


def _add(who: Path | Identity, grant: Grant, trusted_root: Path | None, file: Path | None) -> Path:
    if isinstance(who, Identity):
        path = file or trust_reading.default_sigstore()
        trust_files.add_identity(path, who, grant, trusted_root=trusted_root)
        return path
    if trusted_root:
        raise UsageError(
            "--trusted-root is for Sigstore identities, and a key was given",
            code="trust.option_root",
            hint="Leave it out, or name an identity with --sigstore-identity and --sigstore-issuer.",
        )
    path = file or trust_reading.default_signers()
    text = strictjson.read_bytes(who, max_bytes=_MAX_PEM_BYTES).decode("ascii", "replace")
    trust_files.add_signer(path, public_key_from_pem(text, file=who.name), grant)
    return path


def _who(pem: Path | None, identity: str | None, issuer: str | None) -> Path | Identity:
    if pem and not identity and not issuer:
        return pem
    if identity and issuer and not pem:
        return Identity(identity, issuer)
    raise UsageError(
        "it is not clear whom to trust",
        code="trust.option_who",
        hint="Give KEY.pem, or both of --sigstore-identity and --sigstore-issuer.",
    )


def _patterns(claims: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in claims:
        if not _CLAIM_PATTERN.fullmatch(pattern):
            raise UsageError(
                f"--claim {pattern[:80]!r} is no id of a claim and no beginning of one",
                code="trust.option_claim",
                hint="Write the whole id, clm_..., or its beginning with a star: 'clm_01*'.",
            )
    return claims
