"""`worldflux eval-portfolio plan`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldbase.console import echo_report, format_option, quiet_option
from worldflux.cli.eval_portfolio.plan_options import PlanOptions, load_profile, plan_options


@click.command(
    epilog="""\b
Example:
  worldflux eval-portfolio plan --profile profile.json --seed 1234 --seed-source operator_supplied \\
      --custom-eval-contract contract.json --output plan.json
A seed that nobody could choose: commit first, then let a reviewer or a beacon add to it:
  worldflux eval-portfolio commit-seed --profile profile.json --output seed_commitment.json
  worldflux eval-portfolio plan --profile profile.json --seed-source commit_reveal \\
      --commitment seed_commitment.json --reviewer-salt-file reviewer.salt --output plan.json"""
)
@click.option("--profile", type=click.Path(path_type=Path), required=True, help="profile.json")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="plan.json")
@plan_options
@click.option("--overwrite", is_flag=True, help="Replace a plan that stands at --output.")
@format_option
@quiet_option
def plan(profile: Path, output: Path, overwrite: bool, output_format: str, quiet: bool, **choice: Any) -> None:
    """Freeze what is to be run, before anybody has seen a score.

    Takes the probes that fit the profile, draws their tasks, seeds and order from the seed, and writes down what counts
    and what a reviewer will ask. The same profile, probes and seed give the same plan. The plan bears its digest and is
    refused once it was edited.
    """
    from worldflux.cli.eval_portfolio import plan_text as shown
    from worldflux.portfolio import frozen
    from worldflux.portfolio.plan_files import write_plan
    from worldflux.portfolio.planning import DEFAULT_RATE, PlanRequest
    from worldflux.portfolio.probes.registry import registry_digest
    from worldflux.portfolio.seed_files import read_seed
    from worldflux.portfolio.seed_sources import Frame, seed_of

    options = PlanOptions(**choice)
    document, contracts = load_profile(profile), options.contracts()
    frame = Frame(frozen.digest_of(document), registry_digest(), tuple(map(frozen.digest_of, contracts)))
    request = PlanRequest(
        profile=document,
        seed=seed_of(read_seed(options.seed_files()), frame),
        contracts=contracts,
        choices=options.choices(),
        rate=options.rate(DEFAULT_RATE),
        infra_error=options.policy() or "lost",
    )
    made = write_plan(request, output, overwrite=overwrite)
    if not quiet:
        echo_report(output_format, shown.as_json(made, output), text=lambda: shown.text(made, output))
