"""`worldflux claim check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldbase import document
from worldbase.console import echo_report, format_option
from worldbase.errors import InputError
from worldflux.claims import claim_pair
from worldflux.documents.claim import Claim


@click.command(
    epilog="""\b
Example:
  worldflux claim check claim_pkg/claim.json claim_pkg/protocol.json"""
)
@click.argument("claim", type=click.Path(path_type=Path))
@click.argument("protocol", type=click.Path(path_type=Path), required=False)
@format_option
def check(claim: Path, protocol: Path | None, output_format: str) -> None:
    """Find every problem of a claim and its protocol, and do the plan's arithmetic.

    Exits with 3 where a document is not valid or the two do not belong together.
    """
    report = _claim_alone(claim) if protocol is None else _pair(claim, protocol)
    echo_report(output_format, report, text=lambda: _text(report))


def _claim_alone(path: Path) -> dict[str, Any]:
    loaded = document.load(path, Claim, file=path.name)
    problems = list(claim_pair.private_content(loaded.value, path.name))
    if problems:
        raise InputError(
            problems[0].message, code=problems[0].code, where=problems[0].where, problems=problems,
            hint=claim_pair.HINTS[problems[0].code],
        )  # fmt: skip
    return {"ok": True, "claim": {"id": loaded.document.id, "hash": loaded.digest}, "warnings": []}


def _pair(claim: Path, protocol: Path) -> dict[str, Any]:
    pair = claim_pair.load(claim, protocol)
    warnings = [warning] if (warning := claim_pair.overlapping_seeds(pair.protocol.document)) else []
    if pair.binding == "placeholder":
        warnings.append("the protocol holds a placeholder for the claim's hash; bind it with `worldflux claim bind`")
    warnings += [
        f"the benchmark registry does not know {entry!r}; it counts as one task" for entry in pair.grid.unknown_entries
    ]
    return {
        "ok": True,
        "claim": {"id": pair.claim.document.id, "hash": pair.claim.digest},
        "protocol": {"id": pair.protocol.document.id, "hash": pair.protocol.digest, "binding": pair.binding},
        "plan": {
            "tasks": len(pair.grid.tasks),
            "seeds": len(pair.grid.run_seeds),
            "episodes_per_task": pair.grid.episodes_per_task,
            "planned": pair.grid.planned,
            "sentence": pair.grid.sentence(),
        },
        "warnings": warnings,
    }


def _text(report: dict[str, Any]) -> str:
    from worldbase.tables import visible

    lines = [click.style("ok", fg="green", bold=True)]
    known = [name for name in ("claim", "protocol") if name in report]
    lines.extend(f"  {name:9} {'  '.join(report[name].values())}" for name in known)
    if plan := report.get("plan"):
        lines.append(f"  plan      {plan['sentence']}")
    lines.extend(f"  {click.style('warning', fg='yellow')}: {visible(warning)}" for warning in report["warnings"])
    return "\n".join(lines) + "\n"
