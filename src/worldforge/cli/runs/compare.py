"""`worldforge runs compare`."""

from __future__ import annotations

from pathlib import Path

import click

from worldforge.cli.runs.options import workspace_option


@click.command(
    epilog="""\b
Examples:
  worldforge runs compare .worldforge/runs/BASELINE .worldforge/runs/CANDIDATE --format markdown
  worldforge runs compare BASELINE CANDIDATE --mode regression --fail-on regressed
  worldforge runs compare .worldforge/runs/* --format csv --output runs.csv"""
)
@click.argument("paths", nargs=-1, metavar="RUN RUN [RUN]...")
@click.option(
    "--mode",
    type=click.Choice(["comparison", "regression"]),
    default="comparison",
    show_default=True,
    help="Rows side by side, or a verdict on what changed from the first run to the second.",
)
@click.option(
    "--min-effect",
    type=float,
    default=0.25,
    show_default=True,
    help="Of a regression: a smaller change of a median latency counts as none.",
)
@click.option("--fail-on", type=click.Choice(["regressed"]), help="Of a regression: exit with 1 on this answer.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["markdown", "json", "csv", "html"]),
    default="markdown",
    show_default=True,
    help="How to print the report.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write instead of stdout.")
@workspace_option
def compare(
    paths: tuple[str, ...],
    mode: str,
    min_effect: float,
    fail_on: str | None,
    output_format: str,
    output: Path | None,
    workspace: Path,
) -> None:
    """Compare runs that measured the same.

    A RUN is a folder, a `run_manifest.json`, a `reports/report.json` or an id in the workspace; the first one is the
    baseline. Runs of other kinds, operations, capabilities, inputs, suite versions or budgets are refused.
    """
    from worldforge.runs.comparison import render

    if mode == "comparison":
        from worldforge.runs.comparison.compare import compare_runs

        if fail_on is not None:
            _refuse_fail_on()
        _print(render.comparison_text(compare_runs(paths, workspace=workspace), output_format), output)
        return
    from worldforge.runs.comparison.regression import compare_regression

    found = compare_regression(paths, workspace=workspace, min_effect=min_effect)
    _print(render.regression_text(found, output_format), output)
    if found.regression_summary.status == fail_on:
        _fail(found.candidate_run_id, found.baseline_run_id)


def _print(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    from worldbase.files import write_atomic
    from worldbase.tables import visible

    write_atomic(output, text.encode())
    click.echo(f"written: {visible(str(output))}", err=True)


def _refuse_fail_on() -> None:
    from worldbase.errors import UsageError

    raise UsageError(
        "--fail-on needs a verdict, and rows side by side have none",
        code="compare.fail_on",
        hint="Add --mode regression.",
    )


def _fail(candidate: str, baseline: str) -> None:
    from worldbase.errors import AnswerIsNoError

    raise AnswerIsNoError(
        f"{candidate} regressed against {baseline}",
        code="compare.regressed",
        hint="The verdicts above say what and by how much.",
    )
