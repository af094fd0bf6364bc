"""`worldflux eval-profile check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, format_option

if TYPE_CHECKING:
    from worldbase.document import Loaded
    from worldflux.documents.profile import EvalProfile
    from worldflux.portfolio.profile_weaknesses import Weakness


@click.command(
    epilog="""\b
Example:
  worldflux eval-profile check profile.json"""
)
@click.argument("profile", type=click.Path(path_type=Path))
@format_option
def check(profile: Path, output_format: str) -> None:
    """Find every problem of a profile, and say what will weaken a packet that is made with it.

    Exits with 3 where it is no valid profile. What it leaves open is no error: it will stand in the packet.
    """
    from worldflux.portfolio import profile_drafting
    from worldflux.portfolio.profile_weaknesses import weaknesses

    loaded = profile_drafting.load(profile)
    found = weaknesses(loaded.document)
    report = {
        "ok": True,
        "visibility": loaded.document.visibility,
        "profile": {"id": loaded.document.id, "digest": loaded.digest},
        "left_open": [weakness._asdict() for weakness in found],
    }
    echo_report(output_format, report, text=lambda: _text(loaded, found))


def _text(loaded: Loaded[EvalProfile], found: list[Weakness]) -> str:
    from worldbase.tables import visible

    profile = loaded.document
    lines = [
        f"{click.style('valid', fg='green', bold=True)}  {visible(profile.id)}  {loaded.digest}  ({profile.visibility})"
    ]
    for weakness in found:
        lines += [
            f"  {click.style('left open', fg='yellow')}: {visible(weakness.says)} [{weakness.field}]",
            f"    {visible(weakness.mend)}",
        ]
    lines += [] if found else ["  Nothing is left open that a profile can say."]
    return "\n".join(lines) + "\n"
