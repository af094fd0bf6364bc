"""`worldflux audit review sign`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import click

from worldbase.console import LazyGroup, echo_report, format_option, quiet_option
from worldflux.cli.audit.signing_options import SigningChoice, signer_of, signing_options, tell_publication
from worldflux.cli.audit.trust_options import trust_options
from worldflux.documents.signature import Decision

_COMMANDS = {"sign": ("Counter-sign a package that you have verified.", "worldflux.cli.audit.review:sign")}


@click.group(cls=LazyGroup, table=_COMMANDS)
def review() -> None:
    """Counter-sign a package as its reviewer."""


@click.command(
    epilog="""\b
Example:
  worldflux audit review sign evidence_pkg/ --decision accept_with_limits \\
      --note "Recounted; the claim holds for the ten tasks, not beyond." --limit "libero_spatial only"
The author, or anybody else, sees it with `worldflux audit verify evidence_pkg/`.""",
)
@click.argument("package", type=click.Path(path_type=Path, file_okay=False))
@click.option("--decision", type=click.Choice(get_args(Decision)), required=True, help="What you decided.")
@click.option("--note", required=True, help="Why, in your words; it becomes part of the package.")
@click.option("--limit", "limits", multiple=True, help="Within which bounds you accept it. Repeat for several.")
@click.option("--reviewer", help="How you want to be called; who you are, your key says.")
@trust_options
@signing_options
@format_option
@quiet_option
def sign(
    package: Path,
    decision: Decision,
    note: str,
    limits: tuple[str, ...],
    reviewer: str | None,
    trusted_signer_config: Path | None,
    sigstore_policy_config: Path | None,
    output_format: str,
    quiet: bool,
    **choice: Any,
) -> None:
    """Counter-sign a package that you have verified.

    The package is verified first; one that a gate refuses can only be rejected. Your statement is about the author's
    signature file and the manifest under it, so it falls with them. It names the gates that passed for you and how far
    you trusted the author's key.
    """
    from worldflux.package.statements import Review
    from worldflux.verify.review import counter_sign, verified_for_review
    from worldflux.verify.trusted import trustees_of

    chosen = SigningChoice(**choice)
    decided = Review(decision, note, reviewer, limits)
    trustees = trustees_of(trusted_signer_config, sigstore_policy_config, require_policy=False, remember=False)
    reviewed = verified_for_review(package, decided, trustees)
    signer = signer_of(chosen)
    tell_publication(signer, reviewed.statement)
    signed = counter_sign(reviewed, signer)
    if not quiet:
        value = {"signer": signed.signer, "manifest": signed.manifest, "files": list(signed.files)}
        echo_report(output_format, value, text=lambda: f"{decision}: wrote {package / signed.files[0]}\n")
