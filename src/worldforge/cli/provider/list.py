"""`worldforge provider list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, foreign_output, format_option
from worldbase.tables import visible
from worldforge.cli.provider.known import capability_option, registered_only_option, table_of

if TYPE_CHECKING:
    from worldforge.workflows.known_providers import KnownProviders


@click.command(
    "list",
    epilog="""\b
Example:
  worldforge provider list --capability score
  worldforge provider list --registered-only --format json""",
)
@capability_option
@registered_only_option
@format_option
def list_providers(capability: str | None, registered_only: bool, output_format: str) -> None:
    """List providers: those that can be asked, those that lack something, and plugins that are broken.

    Of other packages those are known that register under the entry point group `worldforge.providers`. Set
    WORLDFORGE_DISABLE_ENTRY_POINTS=1 to leave them out.
    """
    from worldforge.workflows.known_providers import known_providers

    with foreign_output():
        found = known_providers(registered_only=registered_only, capability=capability)
    echo_report(output_format, found, text=lambda: _text(found))


def _text(found: KnownProviders) -> str:
    ignored = [f"ignored: {each.name} of {each.origin}, since {each.reason}" for each in found.ignored]
    return table_of(found.providers) + "".join(f"\n{visible(line)}\n" for line in ignored)
