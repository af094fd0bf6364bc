"""`worldflux claim check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast, get_args

import click

from worldbase import document
from worldbase.console import echo_report, format_option
from worldbase.errors import InputError
from worldflux.audit import claim_plan
from worldflux.audit.claim_plan import ChosenMethod, MetricPlan
from worldflux.claims import claim_pair
from worldflux.documents.claim import Claim


@click.command(
    epilog="""\b
Example:
  worldflux claim check claim_pkg/claim.json claim_pkg/protocol.json"""
)
@click.argument("claim", type=click.Path(path_type=Path))
@click.argument("protocol", type=click.Path(path_type=Path), required=False)
@click.option(
    "--method",
    type=click.Choice(get_args(ChosenMethod)),
    default="exact",
    show_default=True,
    help="What the power is computed for; `declared` is the claim's own interval_method.",
)
@format_option
def check(claim: Path, protocol: Path | None, method: str, output_format: str) -> None:
    """Find every problem of a claim and its protocol, and do the plan's arithmetic.

    With a protocol it says for each success rate what the plan can show: the chance that it supports a claim that is
    true as stated, the number of episodes that would do, and the smallest rate that it is likely to show. With the
    claim alone it says how many episodes to plan. `worldflux power` tries other numbers.

    Exits with 3 where a document is not valid or the two do not belong together.
    """
    chosen = cast(ChosenMethod, method)
    report, plans = _claim_alone(claim, chosen) if protocol is None else _pair(claim, protocol, chosen)
    echo_report(output_format, report, text=lambda: _text(report, plans))


def _claim_alone(path: Path, method: ChosenMethod) -> tuple[dict[str, Any], list[MetricPlan]]:
    loaded = document.load(path, Claim, file=path.name)
    problems = list(claim_pair.private_content(loaded.value, path.name))
    if problems:
        raise InputError(
            problems[0].message, code=problems[0].code, where=problems[0].where, problems=problems,
            hint=claim_pair.HINTS[problems[0].code],
        )  # fmt: skip
    plans = claim_plan.plan_of(loaded.document, None, method)
    report = {
        "ok": True,
        "claim": {"id": loaded.document.id, "hash": loaded.digest},
        "metrics": [plan.as_json() for plan in plans],
        "warnings": claim_plan.warnings(loaded.document, plans),
    }
    return report, plans


def _pair(claim: Path, protocol: Path, method: ChosenMethod) -> tuple[dict[str, Any], list[MetricPlan]]:
    pair = claim_pair.load(claim, protocol)
    plans = claim_plan.plan_of(pair.claim.document, pair.grid, method)
    report = {
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
        "metrics": [plan.as_json() for plan in plans],
        "warnings": list(_warnings(pair, plans)),
    }
    return report, plans


def _warnings(pair: claim_pair.ClaimPair, plans: list[MetricPlan]) -> Iterator[str]:
    if overlap := claim_pair.overlapping_seeds(pair.protocol.document):
        yield overlap
    if pair.binding == "placeholder":
        yield "the protocol holds a placeholder for the claim's hash; bind it with `worldflux claim bind`"
    for entry in pair.grid.unknown_entries:
        yield f"the benchmark registry does not know {entry!r}; it counts as one task"
    yield from claim_plan.warnings(pair.claim.document, plans, pair.protocol.document)


def _text(report: dict[str, Any], plans: list[MetricPlan]) -> str:
    from worldbase.tables import visible

    lines = [click.style("ok", fg="green", bold=True)]
    known = [name for name in ("claim", "protocol") if name in report]
    lines.extend(f"  {name:9} {'  '.join(report[name].values())}" for name in known)
    if plan := report.get("plan"):
        lines.append(f"  plan      {plan['sentence']}")
    lines.extend(f"  power     {visible(line)}" for line in claim_plan.named(plans, [plan.line() for plan in plans]))
    lines.extend(f"  {click.style('warning', fg='yellow')}: {visible(warning)}" for warning in report["warnings"])
    return "\n".join(lines) + "\n"
