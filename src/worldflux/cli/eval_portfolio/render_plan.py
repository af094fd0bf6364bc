"""`worldflux eval-portfolio render-plan`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import quiet_option


@click.command(
    epilog="""\b
Example:
  worldflux eval-portfolio render-plan --plan plan.json --output plan.md"""
)
@click.option("--plan", "plan_path", type=click.Path(path_type=Path), required=True, help="plan.json")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The page, Markdown.")
@click.option(
    "--trusted-signer-config",
    type=click.Path(path_type=Path),
    help="Whose time stamps count; your own trust file where not given.",
)
@quiet_option
def render_plan(plan_path: Path, output: Path, trusted_signer_config: Path | None, quiet: bool) -> None:
    """Write a plan as a page: what is to be run, what is left out, who could have chosen the seed, what it can show.

    The plan is checked first: its digest, and whether its seeds, tasks and order follow from its seed.
    """
    from worldbase.files import write_atomic
    from worldbase.tables import visible
    from worldflux.cli.eval_portfolio.plan_options import tsa_roots
    from worldflux.portfolio.plan_files import kept_with, load_plan
    from worldflux.portfolio.rederivation import assignments_of, frame_of
    from worldflux.portfolio.render.plan import markdown
    from worldflux.portfolio.seed_files import regraded
    from worldflux.sources.kept_inputs import refuse_output_over

    frozen = load_plan(plan_path)
    plan = frozen.plan
    stream = [plan_path.with_name(plan.cell_stream.path)] if plan.cell_stream else []
    refuse_output_over([*kept_with(plan_path), *stream], output)
    roots = tsa_roots(trusted_signer_config) if plan.seed.time_stamp else ()
    grade = regraded(plan.seed, frame_of(plan), roots)
    page = markdown(plan, assignments_of(plan, frozen.cells()), grade)
    write_atomic(output, page.encode())
    if not quiet:
        click.echo(f"Wrote {visible(str(output))}.")
