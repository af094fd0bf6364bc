"""`worldflux eval-portfolio ...`."""

from __future__ import annotations

import click

from worldbase.console import LazyGroup

_ROOM = "worldflux.cli.eval_portfolio"
_COMMANDS = {
    "probes": ("List what a policy can be probed with.", f"{_ROOM}.probes:probes"),
    "contract-template": (
        "Write a contract for a probe of your own to fill in.",
        f"{_ROOM}.contract_template:contract_template",
    ),
    "commit-seed": ("Commit to a seed before anybody knows it.", f"{_ROOM}.commit_seed:commit_seed"),
    "plan": ("Freeze what is to be run, before any score.", f"{_ROOM}.plan:plan"),
    "render-plan": ("Write a plan as a page for people.", f"{_ROOM}.render_plan:render_plan"),
    "freeze": ("Sign a plan, and have the time shown.", f"{_ROOM}.freeze:freeze"),
    "amend": ("Write a new plan that amends another.", f"{_ROOM}.amend:amend"),
    "render-run-sheet": ("Write what an operator works from.", f"{_ROOM}.render_run_sheet:render_run_sheet"),
    "packet": ("Hold evidence against a plan, cell by cell.", f"{_ROOM}.packet:packet"),
    "reviewer-brief": ("Write what a private reviewer reads first.", f"{_ROOM}.reviewer_brief:reviewer_brief"),
}


@click.group(name="eval-portfolio", cls=LazyGroup, table=_COMMANDS)
def eval_portfolio() -> None:
    """Plan an evaluation before its scores, and account for every planned episode.

    A plan freezes profile, probes, tasks, seeds and what counts; a packet says what became of each planned cell. All
    of it is local and private: it is for internal review and for a private reviewer.
    """
