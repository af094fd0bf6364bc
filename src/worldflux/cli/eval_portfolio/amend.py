"""`worldflux eval-portfolio amend`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldflux.cli.eval_portfolio.plan_options import PlanOptions, load_profile, plan_options


@click.command(
    epilog="""\b
Example:
  worldflux eval-portfolio amend --plan plan.json --reason "gripper replaced; 20 episodes instead of 10" \\
      --episodes 20 --output plan2.json"""
)
@click.option("--plan", "plan_path", type=click.Path(path_type=Path), required=True, help="The plan to amend.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; reviewers read it.")
@click.option("--profile", type=click.Path(path_type=Path), help="Another profile.json.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The new plan.")
@plan_options
@format_option
@quiet_option
def amend(
    plan_path: Path,
    reason: str,
    profile: Path | None,
    output: Path,
    output_format: str,
    quiet: bool,
    **choice: Any,
) -> None:
    """Write a new plan that names the one it amends, and why.

    Nothing is edited: the old plan stays, and both are shown. Options that are not given stay as they were in the old
    plan; --custom-eval-contract and --probe replace all that were named there.
    """
    from worldbase.errors import UsageError
    from worldflux.cli.eval_portfolio import plan_text as shown
    from worldflux.portfolio.amendments import Changes, amended
    from worldflux.portfolio.plan_files import load_plan, write_plan
    from worldflux.portfolio.seed_files import read_seed

    if not 0 < len(reason.strip()) <= 2000:
        raise UsageError(
            "the reason of an amendment has 1 to 2,000 characters",
            code="plan.reason",
            hint="Say in a sentence what was found and what is otherwise now.",
        )
    options, old = PlanOptions(**choice), load_plan(plan_path).plan
    changes = Changes(
        profile=load_profile(profile) if profile else None,
        seed=read_seed(options.seed_files()) if options.names_a_seed else None,
        contracts=options.contracts() or None,
        choices=options.choices(old.choices),
        rate=options.rate(old.planned_rate),
        infra_error=options.policy(),
    )
    made = write_plan(amended(old, changes, reason.strip()), output)
    if not quiet:
        echo_report(output_format, shown.as_json(made, output), text=lambda: shown.text(made, output))
