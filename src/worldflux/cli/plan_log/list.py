"""`worldflux plan-log list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, format_option
from worldflux.cli.plan_log.options import log_option, trust_option

if TYPE_CHECKING:
    from worldflux.portfolio.log.folder import PlanLog

_COUNTS = ("policy", "probe", "plans", "attempts")
_ENTRIES = ("entry", "kind", "plan", "packet", "policy", "logged (claimed)")


@click.command(
    "list",
    epilog="""\b
Example:
  worldflux plan-log list --entries --format json""",
)
@log_option
@trust_option
@click.option("--entries", is_flag=True, help="List every entry too.")
@format_option
def list_log(log: Path, trusted_signer_config: Path | None, entries: bool, output_format: str) -> None:
    """Count plans and attempts per policy and probe.

    A count says that there were at least so many: what nobody logged, no log shows. An attempt that was logged when it
    began and again by its packet is counted once.
    """
    from worldbase.tables import markdown_cell, markdown_table, text_table
    from worldflux.portfolio.log.verifying import verify
    from worldflux.portfolio.proof_trust import proof_trust

    found = verify(log, proof_trust(trusted_signer_config), state=False)
    value = _value(found.log, found.witnessed.witness, entries=entries)
    counts, listed = _count_rows(value), _entry_rows(value)
    mark = value["visibility"]

    def text() -> str:
        tables = text_table(_COUNTS, counts) + (f"\n{text_table(_ENTRIES, listed)}" if entries else "")
        return f"{mark}\n\n{tables}\n{value['reading']}\n\n{mark}\n"

    def markdown() -> str:
        tables = markdown_table(_COUNTS, [[*map(markdown_cell, row)] for row in counts])
        more = markdown_table(_ENTRIES, [[*map(markdown_cell, row)] for row in listed]) if entries else ""
        return f"{mark}\n\n{tables}\n{more}\n{value['reading']}\n\n{mark}\n"

    echo_report(output_format, value, text=text, markdown=markdown)


def _value(log: PlanLog, witness: str, *, entries: bool) -> dict[str, Any]:
    from worldflux.documents.profile import VISIBILITY
    from worldflux.portfolio.log.counts import by_policy_and_probe

    counted = by_policy_and_probe([entry.content for entry in log.entries])
    value: dict[str, Any] = {
        "visibility": VISIBILITY,
        "log": log.header.origin,
        "entries": len(log.entries),
        "witness": witness,
        "reading": f"Counts are at least so many in the log shown; witness: {witness}.",
        "counts": [
            {
                "policy_id": count.policy_id,
                "probe": count.probe,
                "plans_at_least": count.plans,
                "attempts_at_least": count.attempts,
            }
            for count in counted
        ],
    }
    if entries:
        value["listed"] = [entry.content for entry in log.entries]
    return value


def _count_rows(value: dict[str, Any]) -> list[list[str]]:
    return [
        [
            count["policy_id"],
            count["probe"],
            f"at least {count['plans_at_least']:,}",
            f"at least {count['attempts_at_least']:,}",
        ]
        for count in value["counts"]
    ]


def _entry_rows(value: dict[str, Any]) -> list[list[str]]:
    return [
        [
            str(index),
            entry.kind,
            entry.plan[:23],
            (entry.packet or "")[:23],
            entry.policy_id,
            entry.claimed_at,
        ]
        for index, entry in enumerate(value.get("listed", []))
    ]
