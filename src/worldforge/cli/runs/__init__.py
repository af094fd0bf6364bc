"""`worldforge runs`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "list": ("List the runs of a workspace.", "worldforge.cli.runs.list:list_runs"),
    "show": ("Show one run.", "worldforge.cli.runs.show:show"),
    "verify": ("Check every file of a run against its digest.", "worldforge.cli.runs.verify:verify"),
    "replay": ("Run a benchmark again with the inputs that it was run with.", "worldforge.cli.runs.replay:replay"),
    "compare": ("Compare runs of the same benchmark.", "worldforge.cli.runs.compare:compare"),
    "bundle": ("Make a copy of one run that is safe to attach.", "worldforge.cli.runs.bundle:bundle"),
    "index": ("Search runs by provider, capability, status or time.", "worldforge.cli.runs.index:index"),
    "prune": ("Remove old runs; shows what it would do unless told to.", "worldforge.cli.runs.prune:prune"),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def runs() -> None:
    """List, check, compare and share runs that were kept.

    A run is a folder under `.worldforge/runs/`; `worldforge benchmark --run-workspace .worldforge` makes one.
    """
