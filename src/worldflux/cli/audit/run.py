"""`worldflux audit run SOURCE`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import click

from worldbase.console import Progress, echo_report, format_option, progress, quiet_option
from worldflux.audit.run import AuditRequest
from worldflux.audit.run import audit as run_audit
from worldflux.documents.audit_input import PlanAge
from worldflux.documents.evidence import VERDICTS, Evidence
from worldflux.errors import VerdictNotMetError

# Below this size an audit takes less than a second.
_LONG_WORK_BYTES = 100_000_000


@click.command(
    epilog="""\b
Example:
  worldflux audit run lerobot --from outputs/eval/eval_info.json \\
      --claim claim_pkg/claim.json --protocol claim_pkg/protocol.json --output evidence_pkg/
Three start seeds are three --from; what the file lacks is added by --run-info:
  worldflux audit run lerobot --from s1000/ --from s2000/ --from s3000/ \\
      --run-info 1:start_seed=1000 --run-info 2:start_seed=2000 --run-info 3:start_seed=3000 \\
      --run-info evaluator_version=0.4.4 --claim ... --protocol ... --output evidence_pkg/""",
)
@click.argument("source")
@click.option(
    "--from",
    "inputs",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Result file, or a folder to search. Repeat for several runs, or for the parts of one.",
)
@click.option("--claim", type=click.Path(path_type=Path), required=True, help="claim.json")
@click.option("--protocol", type=click.Path(path_type=Path), required=True, help="protocol.json")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder of the evidence package.")
@click.option(
    "--run-info",
    multiple=True,
    metavar="[N:]FILE|[N:]KEY=VALUE",
    help="What the output lacks: a run_info.json, or one fact; after N: for the N-th --from alone.",
)
@click.option(
    "--savi",
    is_flag=True,
    help="Also write stopping.json: the path of the e-values over complete blocks, valid whenever somebody stopped.",
)
@click.option(
    "--ppi",
    type=click.Path(path_type=Path),
    help="Real episodes beside simulated ones (worldflux.ppi_input); writes ppi.json.",
)
@click.option(
    "--plan-proof",
    type=click.Path(path_type=Path),
    metavar="FREEZE",
    help="plan.freeze.json, made with --protocol of this protocol: shows whether it is older than the first episode.",
)
@click.option(
    "--supersedes",
    type=click.Path(path_type=Path),
    help="The package of the same claim and checkpoint that this one replaces; it counts on from its sequence.",
)
@click.option("--overwrite", is_flag=True, help="Replace a package that stands at --output.")
@click.option("--overwrite-signed", is_flag=True, help="With --overwrite: replace it even if it is signed.")
@click.option(
    "--require",
    type=click.Choice(VERDICTS),
    help="Exit with 1 unless this is the verdict. The package is written all the same.",
)
@format_option
@quiet_option
def run(
    source: str,
    inputs: tuple[Path, ...],
    claim: Path,
    protocol: Path,
    output: Path,
    run_info: tuple[str, ...],
    savi: bool,
    ppi: Path | None,
    plan_proof: Path | None,
    supersedes: Path | None,
    overwrite: bool,
    overwrite_signed: bool,
    require: str | None,
    output_format: str,
    quiet: bool,
) -> None:
    """Audit a finished evaluation against a claim.

    SOURCE names what wrote the output, such as `lerobot`. Nothing is run again and nothing raw is copied: the
    episodes are recounted, the claim is decided by its own rule, and the package is written to --output.
    """
    request = AuditRequest(
        source,
        inputs,
        claim,
        protocol,
        output,
        run_info,
        overwrite,
        savi,
        ppi,
        supersedes,
        overwrite_signed,
        _age(plan_proof) if plan_proof else None,
    )

    def show(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
        return progress(label, total, worth_showing=size > _LONG_WORK_BYTES and not quiet)

    evidence = run_audit(request, show)
    if not quiet:
        echo_report(
            output_format,
            evidence,
            text=lambda: _summary(evidence, output, has_proof=plan_proof is not None),
            markdown=lambda: _markdown(evidence),
        )
    if require and evidence.verdict != require:
        raise VerdictNotMetError(
            f"the verdict is {evidence.verdict}, not {require}",
            code="verdict.not_met",
            hint=f"Read {output}/evidence.md.",
        )


def _age(freeze: Path) -> PlanAge:
    """What a freeze shows, by the time-stamping authorities that the user's own trust file names."""
    from worldflux.portfolio.precedence import age_of
    from worldflux.portfolio.proof_trust import proof_trust

    return age_of(freeze, proof_trust())


def _summary(evidence: Evidence, output: Path, *, has_proof: bool) -> str:
    from worldbase.tables import visible

    precedence = evidence.protocol.precedence.replace("_", " ")
    older = f"  plan     older than the run: {precedence}\n" if has_proof else ""

    denominator = evidence.denominator
    warnings = sum(finding.severity != "info" for finding in evidence.findings)
    outside = f"{denominator.out_of_protocol:,} outside the plan"
    return (
        f"{click.style(evidence.verdict.replace('_', ' ').upper(), bold=True)}  {visible(evidence.headline)}\n\n"
        f"  {denominator.planned:,} planned: {denominator.success:,} succeeded, {denominator.failure:,} failed, "
        f"{denominator.lost:,} lost, {denominator.not_run:,} not run; {outside}\n"
        f"  {warnings} finding(s) to read, {len(evidence.missing_evidence)} missing fact(s)\n\n"
        f"{older}"
        f"  package  {output}\n"
        f"  read     {output}/evidence.md\n"
        f"  next     worldflux audit sign {output}\n"
    )


def _markdown(evidence: Evidence) -> str:
    from worldflux.package.render import v1

    return v1.markdown(evidence)
