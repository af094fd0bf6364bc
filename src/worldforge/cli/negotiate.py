"""`worldforge negotiate`."""

from __future__ import annotations

from typing import Any

import click

from worldbase.console import echo_report, foreign_output, format_option
from worldbase.errors import UsageError
from worldbase.tables import text_table, visible
from worldforge.capabilities import requirements
from worldforge.capabilities.requirements import WORKFLOWS, Negotiation, Offer, Workflow

_REASONS = {
    "capability_missing": "capability",
    "unknown": "not registered",
    "not_configured": "not configured",
    "unhealthy": "unhealthy",
    "broken": "broken",
    "not_shipped": "no adapter",
    "left_out": "left out",
}


@click.command(
    epilog="""\b
Example:
  worldforge negotiate --list
  worldforge negotiate --workflow planning
  worldforge negotiate --workflow closed-loop --provider mock --provider lerobot"""
)
@click.option("--workflow", metavar="NAME", help="What is to be done; --list shows the names.")
@click.option("--provider", "names", multiple=True, metavar="NAME", help="Consider only this one. Repeatable.")
@click.option("--list", "is_list", is_flag=True, help="List the workflows and what each requires.")
@format_option
def negotiate(workflow: str | None, names: tuple[str, ...], is_list: bool, output_format: str) -> None:
    """Say which providers a workflow can use, and why the others cannot be used.

    A workflow that needs several capabilities may take each from another provider. Exits with 1 where nobody, and no
    combination, can carry it.
    """
    if is_list == bool(workflow):
        raise UsageError(
            "give either --workflow or --list",
            code="negotiate.usage",
            hint="`worldforge negotiate --list` shows the workflows.",
        )
    if workflow is None:
        echo_report(output_format, {"workflows": [_workflow(each) for each in WORKFLOWS]}, text=_list_text)
        return
    found = requirements.negotiate(requirements.workflow(workflow), _offers(), asked=names)
    echo_report(output_format, _as_json(found), text=lambda: _text(found))
    if not found.satisfied:
        raise SystemExit(1)


@foreign_output()
def _offers() -> list[Offer]:
    from worldforge.workflows.known_providers import known_providers

    return [
        Offer(each.name, each.status, tuple(each.capabilities), each.detail) for each in known_providers().providers
    ]


def _workflow(each: Workflow) -> dict[str, Any]:
    needs = each.requirements
    return {
        "workflow": each.name,
        "summary": each.summary,
        "all_of": list(needs.all_of),
        "any_of": list(needs.any_of),
    }


def _as_json(found: Negotiation) -> dict[str, Any]:
    return {
        **_workflow(found.workflow),
        "satisfied": found.satisfied,
        "alone": list(found.alone),
        "choices": {capability: list(providers) for capability, providers in found.choices},
        "combinations": [dict(combination) for combination in found.combinations],
        "combination_count": found.combination_count,
        "rejections": [
            {"provider": each.provider, "reason": each.reason, "detail": each.detail} for each in found.rejections
        ],
    }


def _list_text() -> str:
    rows = [[each.name, each.requirements.describe(), each.summary] for each in WORKFLOWS]
    return text_table(["workflow", "requires", ""], rows)


def _text(found: Negotiation) -> str:
    verdict = "can be carried" if found.satisfied else "CANNOT BE CARRIED"
    lines = [
        f"{click.style(found.workflow.name, bold=True)}  {verdict}",
        f"  requires  {found.workflow.requirements.describe()}",
        f"  alone     {_named(found.alone)}",
        *(f"  {capability:9} {_named(providers)}" for capability, providers in found.choices),
    ]
    text = "\n".join(lines) + "\n"
    if found.rejections:
        rows = [[each.provider, _REASONS[each.reason], each.detail] for each in found.rejections]
        text += "\n" + text_table(["not by itself", "why", ""], rows)
    return text


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(map(visible, names)) or "nobody"
