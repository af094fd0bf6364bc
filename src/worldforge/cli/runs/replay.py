"""`worldforge runs replay`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from worldbase.console import echo_report, foreign_output, format_option, progress, quiet_option
from worldforge.cli.runs.options import workspace_option

_MANY_CALLS = 2000


@click.command(
    epilog="""\b
Example:
  worldforge runs replay 20260506T120000Z-0123abcd
  worldforge runs replay 20260506T120000Z-0123abcd --dry-run"""
)
@click.argument("run")
@workspace_option
@click.option("--dry-run", is_flag=True, help="Print the commands that do the same, and run nothing.")
@format_option
@quiet_option
def replay(run: str, workspace: Path, dry_run: bool, output_format: str, quiet: bool) -> None:
    """Run a benchmark again with the inputs, budgets and numbers that it was run with.

    RUN is an id in the workspace, or the path of a run's folder. The new run says whose replay it is. Exits with 1
    where something else happened than before (calls, errors, retries), or where a budget of the run does not hold now.
    Timings never agree exactly; how to compare them is printed.
    """
    from worldforge.forge.facade import WorldForge
    from worldforge.runs import replay as replaying
    from worldforge.runs.preserved import open_run
    from worldforge.runs.replay_plan import commands, plan_replay

    source = open_run(run, workspace=workspace)
    plan = plan_replay(source)
    if dry_run:
        click.echo("\n".join(commands(plan, workspace=workspace)))
        return
    argv = ["worldforge", *sys.argv[1:]]
    shown = progress("replay", plan.call_count, worth_showing=plan.call_count > _MANY_CALLS and not quiet)
    with foreign_output(), shown as bar:
        done = replaying.replay(plan, WorldForge(), workspace=workspace, argv=argv, on_call=lambda: bar.advance(1))
    if not quiet:
        echo_report(
            output_format,
            done,
            text=lambda: replaying.replay_text(done, workspace=workspace, source=source.path),
        )
    sys.exit(1 if done.outcome == "differs" or (done.gate is not None and not done.gate.passed) else 0)
