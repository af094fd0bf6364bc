"""What is printed of a plan that was just written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldbase.tables import text_table, visible
from worldflux.documents.plan import Plan
from worldflux.portfolio.render.plan import seed_sentence


def as_json(plan: Plan, output: Path) -> dict[str, Any]:
    """A plan in few fields."""
    return {
        "visibility": plan.visibility,
        "plan": str(output),
        "id": plan.id,
        "digest": plan.digest,
        "planned": plan.planned,
        "probes": {probe.id: probe.cells for probe in plan.probes},
        "excluded": {probe.id: probe.reasons for probe in plan.excluded},
        "seed_grade": plan.seed.grade,
        "amends": plan.amendment.amends if plan.amendment else None,
    }


def text(plan: Plan, output: Path) -> str:
    """A plan in few lines, and what to do next."""
    rows = [
        [
            probe.id,
            ", ".join(probe.axes),
            f"{len(probe.tasks):,}",
            f"{probe.cells:,}",
            "-" if probe.power is None else f"{probe.power.at_claim:.2f}",
        ]
        for probe in plan.probes
    ]
    table = text_table(["probe", "axes", "tasks", "episodes", "power"], rows, right=(2, 3, 4))
    amends = f"  amends   {plan.amendment.amends}\n" if plan.amendment else ""
    return (
        f"{click.style('frozen', fg='green', bold=True)}  {plan.planned:,} episodes for "
        f"{visible(plan.profile.document.policy_id)}  ({plan.visibility})\n\n{table}\n"
        f"  plan     {visible(str(output))}\n"
        f"  digest   {plan.digest}\n{amends}"
        f"  seed     {visible(seed_sentence(plan.seed))}\n"
        f"  left out {len(plan.excluded)} probe(s), with reasons; {len(plan.missing_evidence_questions)} question(s)\n"
        f"  next     worldflux eval-portfolio freeze {visible(str(output))}\n"
    )
