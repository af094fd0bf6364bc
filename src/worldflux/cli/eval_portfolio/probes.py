"""`worldflux eval-portfolio probes`."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError

if TYPE_CHECKING:
    from worldflux.documents.profile import EvalProfile
    from worldflux.portfolio.probes.model import Probe


@click.command(
    epilog="""\b
Example:
  worldflux eval-portfolio probes
  worldflux eval-portfolio probes --profile profile.json
  worldflux eval-portfolio probes libero-plus --format json"""
)
@click.argument("probe", required=False)
@click.option(
    "--profile",
    "profile_path",
    type=click.Path(path_type=Path),
    help="Say which probes fit this profile, and why the others do not.",
)
@format_option
def probes(probe: str | None, profile_path: Path | None, output_format: str) -> None:
    """List what a policy can be probed with, or show one PROBE in full.

    A probe is a set of tasks and of changes to them. The list says how many tasks there are and what they are changed
    in; with --profile, which probes a plan would take. In full: what a result can show and what it cannot, traps,
    licence, and the commands that run it.
    """
    from worldflux.cli.eval_portfolio import probes_text as shown
    from worldflux.portfolio.probes.registry import probes as known

    profile = _profile(profile_path)
    if probe is None:
        listing = shown.Listing(known(), profile)
        echo_report(output_format, listing.as_json(), text=listing.text, markdown=listing.markdown)
        return
    sheet = shown.Sheet(_named(probe), profile)
    echo_report(output_format, sheet.as_json(), text=sheet.text, markdown=sheet.markdown)


def _profile(path: Path | None) -> EvalProfile | None:
    if path is None:
        return None
    from worldbase import document
    from worldflux.documents.profile import EvalProfile

    return document.load(path, EvalProfile, file=path.name).document


def _named(name: str) -> Probe:
    from worldflux.portfolio.probes.registry import find_probe, probes

    if (found := find_probe(name)) is not None:
        return found
    nearest = difflib.get_close_matches(name.lower(), [probe.id for probe in probes()], n=1, cutoff=0.5)
    hint = f"Did you mean {nearest[0]!r}?" if nearest else "See `worldflux eval-portfolio probes`."
    raise UsageError(f"no probe is called {name!r}", code="probe.unknown", hint=hint)
