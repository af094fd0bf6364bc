"""`worldflux eval-profile ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "create": ("Write a profile from flags, a file or an editor.", "worldflux.cli.eval_profile.create:create"),
    "show": ("Show a profile, and its digest.", "worldflux.cli.eval_profile.show:show"),
    "check": ("Find every problem, and what will weaken a packet.", "worldflux.cli.eval_profile.check:check"),
}


@click.group("eval-profile", cls=LazyGroup, table=_COMMANDS)
def eval_profile() -> None:
    """Describe the robot and the policy that are to be evaluated, before any score."""
