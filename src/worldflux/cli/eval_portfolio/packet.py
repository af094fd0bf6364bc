"""`worldflux eval-portfolio packet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, format_option, quiet_option

if TYPE_CHECKING:
    from worldflux.documents.plan import Plan
    from worldflux.documents.run_sheet import ArmKey
    from worldflux.portfolio.precedence import PlanProof

_FILE = click.Path(path_type=Path)


@click.command(
    epilog="""\b
Example:
  worldflux eval-portfolio packet --plan plan.json --audit-input libero-pro=audit_libero.json \\
      --audit-input libero-plus=audit_libero_plus.json --output packet.md --packet-json packet.json"""
)
@click.option("--plan", "plan_path", type=_FILE, required=True, help="plan.json")
@click.option(
    "--audit-input",
    metavar="PROBE=FILE",
    multiple=True,
    help="Evidence for a probe: an audit_input.json with its episodes beside it. Repeatable.",
)
@click.option("--output", type=_FILE, required=True, help="The page for reviewers, Markdown.")
@click.option("--packet-json", type=_FILE, required=True, help="The packet itself.")
@click.option("--plan-freeze", type=_FILE, help="What `eval-portfolio freeze` wrote, to show how old the plan is.")
@click.option("--plan-log", type=_FILE, help="Folder of a plan log, or the proof of an entry of it.")
@click.option("--trusted-signer-config", type=_FILE, help="Whose signatures and time stamps count.  [default: yours]")
@click.option("--arm-key", type=_FILE, help="Which policy is behind which label, where two were compared.")
@click.option("--run-sheet", type=_FILE, help="run_sheet.json, to check that the key is the one it was sealed with.")
@click.option("--contract", type=_FILE, multiple=True, help="A contract as it came with the evidence. Repeatable.")
@click.option(
    "--strict-missing-evidence",
    is_flag=True,
    help="Write nothing and exit with 1 where evidence is missing or underpowered.",
)
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output and --packet-json.")
@format_option
@quiet_option
def packet(
    plan_path: Path,
    audit_input: tuple[str, ...],
    output: Path,
    packet_json: Path,
    plan_freeze: Path | None,
    plan_log: Path | None,
    trusted_signer_config: Path | None,
    arm_key: Path | None,
    run_sheet: Path | None,
    contract: tuple[Path, ...],
    strict_missing_evidence: bool,
    overwrite: bool,
    output_format: str,
    quiet: bool,
) -> None:
    """Hold evidence against a plan, and say where every planned cell went.

    Each audit input is bound by its digest and counted again. A planned cell is matched or missing; an episode of no
    planned cell is out of protocol, a second one of a cell is a duplicate. Scores stand beside what they do not
    support. Nothing is decided.
    """
    from worldflux.cli.eval_portfolio import packet_text as shown
    from worldflux.cli.eval_portfolio.plan_options import tsa_roots
    from worldflux.portfolio import contracts
    from worldflux.portfolio.attached import attachment
    from worldflux.portfolio.packet import PacketRequest
    from worldflux.portfolio.packet_files import PacketPaths, write_packet
    from worldflux.portfolio.plan_files import load_plan
    from worldflux.sources.kept_inputs import refuse_output_over

    frozen = load_plan(plan_path)
    paths = PacketPaths(output, packet_json, overwrite)
    read = [plan_freeze, plan_log, trusted_signer_config, arm_key, run_sheet, *contract]
    refuse_output_over(filter(None, read), paths.page, paths.packet, paths.stream)
    request = PacketRequest(
        frozen=frozen,
        attachments=[attachment(text) for text in audit_input],
        proof=_proof(frozen.plan, plan_freeze, plan_log, trusted_signer_config),
        contracts=[contracts.load(path).document for path in contract],
        arm_key=_arm_key(arm_key, run_sheet, frozen.plan),
        is_key_sealed=run_sheet is not None,
        tsa_roots=tsa_roots(trusted_signer_config) if frozen.plan.seed.time_stamp else (),
        stream_name=paths.stream.name,
    )
    made = write_packet(request, paths, strict=strict_missing_evidence)
    if not quiet:
        echo_report(output_format, shown.as_json(made, paths), text=lambda: shown.text(made, paths))


def _proof(plan: Plan, freeze: Path | None, log: Path | None, trusted: Path | None) -> PlanProof | None:
    if freeze is None and log is None:
        return None
    from worldflux.portfolio.precedence import checked_proof
    from worldflux.portfolio.proof_trust import proof_trust

    return checked_proof(plan, proof_trust(trusted), freeze=freeze, log=log)


def _arm_key(path: Path | None, run_sheet: Path | None, plan: Plan) -> ArmKey | None:
    """The key of the arms; where the run sheet is there, only the one that it was sealed with."""
    if path is None:
        return None
    from msgspec import UNSET

    from worldbase import document
    from worldflux.documents.run_sheet import RunSheet
    from worldflux.portfolio import blinding

    key = blinding.read_key(path)
    sheet = document.load(run_sheet, RunSheet).document if run_sheet else None
    if sheet is not None:
        blinding.opened(None if sheet.arms is UNSET else sheet.arms, key, plan_digest=plan.digest)
    return key
