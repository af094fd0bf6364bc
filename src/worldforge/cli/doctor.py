"""`worldforge doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, foreign_output, format_option
from worldforge.cli.provider.known import capability_option, registered_only_option, table_of

if TYPE_CHECKING:
    from worldforge.workflows.checkup import Checkup

_SIGNS = {"ok": "ok", "note": "note", "missing": "MISSING"}


@click.command(
    epilog="""\b
Example:
  worldforge doctor
  worldforge doctor --registered-only --capability score --format json"""
)
@registered_only_option
@capability_option
@click.option(
    "--workspace-dir",
    type=click.Path(path_type=Path),
    default=Path(".worldforge"),
    show_default=True,
    help="Where runs are to be kept.",
)
@format_option
def doctor(registered_only: bool, capability: str | None, workspace_dir: Path, output_format: str) -> None:
    """Say what is installed, configured and missing, and how well this machine can measure.

    Exits with 4 where something needed is missing: a library, a place to write, or a provider that is broken or
    unhealthy. What is merely not configured is listed and does no harm.
    """
    from worldforge.workflows.checkup import check_up

    with foreign_output():
        found = check_up(workspace=workspace_dir, registered_only=registered_only, capability=capability)
    echo_report(output_format, found, text=lambda: _text(found))
    if not found.ok:
        raise SystemExit(4)


def _text(found: Checkup) -> str:
    from worldbase.tables import text_table

    checks = text_table(["", "check", ""], [[_SIGNS[each.status], each.check, each.detail] for each in found.checks])
    return f"worldforge {found.worldforge_version}\n\n{checks}\n{table_of(found.providers)}"
