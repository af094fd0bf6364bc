"""`worldforge provider health`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, foreign_output, format_option
from worldbase.errors import UsageError
from worldbase.redact import redact_text
from worldbase.tables import text_table
from worldforge.cli.provider.known import capability_option

if TYPE_CHECKING:
    from worldforge.providers.contract import ProviderHealth


@click.command(
    epilog="""\b
Example:
  worldforge provider health
  worldforge provider health mock mujoco --format json"""
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@capability_option
@format_option
def health(names: tuple[str, ...], capability: str | None, output_format: str) -> None:
    """Say whether providers can work now: those named, or all that can be asked.

    Exits with 1 where one of them cannot. A check changes nothing and costs nothing.
    """
    if names and capability:
        raise UsageError(
            "names and --capability were both given",
            code="provider.names_and_capability",
            hint="Name the providers, or choose them by --capability.",
        )
    found = _asked(names, capability)
    echo_report(
        output_format,
        {"healthy": all(each.healthy for each in found.values()), "providers": _as_json(found)},
        text=lambda: _text(found),
    )
    if not all(each.healthy for each in found.values()):
        raise SystemExit(1)


@foreign_output()
def _asked(names: tuple[str, ...], capability: str | None) -> dict[str, ProviderHealth]:
    from worldforge.forge.facade import WorldForge

    forge = WorldForge()
    if not names:
        return forge.provider_healths(capability)
    return {name: forge.provider_health(name) for name in dict.fromkeys(names)}


def _as_json(found: dict[str, ProviderHealth]) -> list[dict[str, object]]:
    return [
        {"name": name, "healthy": each.healthy, "detail": redact_text(each.detail), "latency_ms": each.latency_ms}
        for name, each in found.items()
    ]


def _text(found: dict[str, ProviderHealth]) -> str:
    if not found:
        return "No provider.\n"
    rows = [
        ["ok" if each.healthy else "UNHEALTHY", name, _took(each.latency_ms), redact_text(each.detail)]
        for name, each in found.items()
    ]
    return text_table(["", "provider", "took", ""], rows, right=(2,))


def _took(milliseconds: float | None) -> str:
    return "" if milliseconds is None else f"{milliseconds:.3g} ms"
