"""What the commands say of the providers that are known: one line for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import click

from worldforge.capabilities import CAPABILITIES

if TYPE_CHECKING:
    from worldforge.workflows.known_providers import KnownProvider

_STATUSES: Final = {
    "ready": "ready",
    "not_configured": "not configured",
    "unhealthy": "UNHEALTHY",
    "broken": "BROKEN",
    "not_shipped": "no adapter",
    "left_out": "left out",
}
_ORIGINS: Final = {
    "builtin": "worldforge",
    "entry_point": "a package",
    "program": "this program",
    "manifest": "its manifest",
}

capability_option = click.option(
    "--capability", type=click.Choice(CAPABILITIES), help="Only providers that have this capability."
)
registered_only_option = click.option("--registered-only", is_flag=True, help="Only providers that can be asked now.")


def table_of(providers: Sequence[KnownProvider]) -> str:
    """The providers as an aligned table; a sentence where there is none."""
    if not providers:
        return "No provider.\n"
    from worldbase.tables import text_table

    rows = [
        [
            each.name,
            _STATUSES[each.status],
            ", ".join(each.capabilities) or "nothing",
            _ORIGINS[each.origin],
            each.detail,
        ]
        for each in providers
    ]
    return text_table(["provider", "status", "can", "from", ""], rows)
