"""`worldflux plan-log ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_COMMANDS = {
    "append": ("Log a plan, an attempt at it, or its packet.", "worldflux.cli.plan_log.append:append"),
    "list": ("Count plans and attempts per policy and probe.", "worldflux.cli.plan_log.list:list_log"),
    "prove": ("Write a proof that an entry stands in the log.", "worldflux.cli.plan_log.prove:prove"),
    "verify": ("Check a log, or a proof, for entries changed or lost.", "worldflux.cli.plan_log.verify:verify"),
}


@click.group("plan-log", cls=LazyGroup, table=_COMMANDS)
def plan_log() -> None:
    """Keep an append-only log of plans, attempts and packets.

    The log is a folder (it may be a git repository). A plan that was tried three times shows three attempts, whichever
    packet is handed over; a log that lost or changed an entry no longer fits the checkpoints that others kept.
    """
