"""`worldflux audit verify`."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import Progress, echo_report, format_option, progress, quiet_option
from worldbase.tables import visible
from worldflux.cli.audit.trust_options import trust_options
from worldflux.cli.audit.verification_text import markdown, text

if TYPE_CHECKING:
    from worldflux.documents.verification import VerificationReport

_LONG_WORK_BYTES = 100_000_000


@click.command(
    epilog="""\b
Examples:
  worldflux audit verify evidence_pkg/
  worldflux audit verify evidence_pkg.tar.gz --trusted-signer-config trusted.json --require-trust policy
  worldflux audit verify share/ --profile share --trusted-signer-config trusted.json
  worldflux audit verify evidence_pkg/ --expect claim=sha256:... --format json
\b
Exit codes: 0 verified; 10 unsafe tree; 11 JSON; 12 schema; 13 files differ from the manifest; 14 unsigned;
15 bad signature; 16 signature over other bytes; 17 members of different audits; 18 a number does not follow;
19 older than before, or not what was expected; 20 signer refused; 21 all good, but the signer is unknown.""",
)
@click.argument("package", type=click.Path(path_type=Path))
@trust_options
@click.option(
    "--require-trust",
    type=click.Choice(["policy"]),
    help="Accept only signers that a trust file names, not a key of your own.",
)
@click.option(
    "--profile",
    type=click.Choice(["local", "share"]),
    default="local",
    show_default=True,
    help="share: the members that a share withholds may be absent; a signed public view is needed.",
)
@click.option(
    "--expect",
    multiple=True,
    metavar="NAME=VALUE",
    help="What it has to be: claim=HASH, protocol=HASH, package=DIGEST or evidence=ID. Repeat for several.",
)
@click.option("--allow-older", is_flag=True, help="Accept a package that is older than one verified before.")
@click.option("--no-state", is_flag=True, help="Neither remember this package nor compare it with earlier ones.")
@format_option
@quiet_option
def verify(
    package: Path,
    trusted_signer_config: Path | None,
    sigstore_policy_config: Path | None,
    require_trust: str | None,
    profile: str,
    expect: tuple[str, ...],
    allow_older: bool,
    no_state: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Check a package: its bytes, its signer, and every number in it.

    PACKAGE is a folder, or a file that `audit pack` wrote. Eleven gates in a fixed order, offline: safe tree, strict
    JSON, schemas, manifest, signature, subjects, binding; then every cell is counted again from the episodes, every
    number of the evidence is computed again from the cells, and the report is rendered again; then the signer and the
    sequence. Nothing in the package decides whom you trust.
    """
    from worldflux.verify.rollback import RollbackState, expectations_of
    from worldflux.verify.run import VerifyRequest
    from worldflux.verify.run import verify as run_verify
    from worldflux.verify.trusted import trustees_of

    request = VerifyRequest(
        path=package,
        trustees=trustees_of(
            trusted_signer_config,
            sigstore_policy_config,
            require_policy=require_trust == "policy",
            remember=not no_state,
        ),
        profile="share" if profile == "share" else "local",
        expectations=expectations_of(expect),
        allow_older=allow_older,
        state=None if no_state else RollbackState.of_user(),
    )

    def show(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
        return progress(label, total, worth_showing=size > _LONG_WORK_BYTES and not quiet)

    report = run_verify(request, show).report
    _print(report, package, output_format, quiet=quiet)
    sys.exit(report.exit_code)


def _print(report: VerificationReport, package: Path, output_format: str, *, quiet: bool) -> None:
    if quiet:
        if report.exit_code:
            click.echo(visible(f"{package.name}: {report.conclusion}"), err=True)
        return
    echo_report(output_format, report, text=lambda: text(report), markdown=lambda: markdown(report))
