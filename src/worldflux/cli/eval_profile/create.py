"""`worldflux eval-profile create`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import quiet_option
from worldbase.errors import UsageError
from worldflux.cli.eval_profile.flags import given, profile_flags

if TYPE_CHECKING:
    from worldflux.documents.profile import EvalProfile
    from worldflux.portfolio.profile_drafting import Given


@click.command(
    epilog="""\b
Examples:
  worldflux eval-profile create --edit --output profile.json
  worldflux eval-profile create --from profile.json --output profile_v4.json \\
      --profile-id customer-vla-v4-tabletop --policy-id customer_vla_v4"""
)
@profile_flags
@click.option(
    "--from",
    "base",
    type=click.Path(path_type=Path),
    help="Begin with this profile, or part of one (.json or .toml); flags go before what it says.",
)
@click.option("--edit", is_flag=True, help="Open your editor ($VISUAL, $EDITOR) on what is known so far.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
@quiet_option
def create(base: Path | None, edit: bool, output: Path, overwrite: bool, quiet: bool, **flags: Any) -> None:
    """Describe a robot and a policy before they are evaluated.

    A plan freezes the profile and chooses probes by it; later, evidence is compared with it. Everything but what may be
    left out is needed, and whatever is wrong is reported at once. The profile is LOCAL_PRIVATE: for internal review,
    and for a reviewer in private.
    """
    if output.exists() and not overwrite:
        raise UsageError(
            f"{output} exists", code="output.exists", hint="Choose another file, or pass --overwrite to replace it."
        )
    from worldbase import document, files
    from worldflux.portfolio import profile_drafting, profile_text

    known = profile_text.read(base) if base else profile_drafting.Given({})
    known = profile_drafting.with_flags(known, given(flags))
    profile = _edited(known, output) if edit else profile_drafting.drafted(known)
    files.write_atomic(output, document.dump(profile))
    if not quiet:
        _say_what_is_next(profile, output)


def _edited(known: Given, output: Path) -> EvalProfile:
    from worldflux.cli.eval_profile.editing import edited

    return edited(known, output)


def _say_what_is_next(profile: EvalProfile, output: Path) -> None:
    from worldflux.portfolio.profile_weaknesses import weaknesses

    found = len(weaknesses(profile))
    points = "1 point" if found == 1 else f"{found} points"
    left_open = f"It leaves {points} open: `worldflux eval-profile check {output}` lists them.\n" if found else ""
    click.echo(
        f"Wrote {output}. It is {profile.visibility}.\n{left_open}"
        f"Then:\n  worldflux eval-portfolio plan --profile {output} --seed 1234 "
        "--seed-source operator_supplied --output plan.json"
    )
