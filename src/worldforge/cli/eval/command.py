"""`worldforge eval`: the options. What they ask for is done by the modules beside this one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from worldbase.console import quiet_option
from worldforge.cli.eval.options import FORMATS, Options


class _Number(click.FloatRange):
    """A number in a range; NaN is in none, though click lets it pass."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


@click.command(
    epilog="""\b
Examples:
  worldforge eval --suite physics --provider mock
  worldforge eval --suite planning --provider mock --trials 20
  worldforge eval --suite planning --provider mock --run-workspace .worldforge --require-pass
  worldforge eval --suite examples/custom_evaluation_suite.py --provider mock"""
)
@click.option(
    "--suite",
    metavar="NAME|FILE",
    help="planning, physics, the name of an installed suite, or path/to/suite.py[:name]. A file is run as a program: "
    "use only files that you trust.",
)
@click.option("--list-suites", is_flag=True, help="List the suites that have a name.")
@click.option("--provider", "providers", multiple=True, metavar="NAME", help="Whom to evaluate. Repeatable.")
@click.option(
    "--trials", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="Trials of each scenario."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**53 - 1_000_001),
    default=0,
    show_default=True,
    help="Of the first trial; the next have the next numbers, for every provider.",
)
@click.option(
    "--timeout",
    type=_Number(0.001, 86_400),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="What a trial may take; one that takes longer has failed.",
)
@click.option(
    "--dataset-manifest",
    "dataset_manifests",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Cite a dataset by its manifest, after checking it; see `worldforge dataset-manifest`. Repeatable.",
)
@click.option("--require-pass", is_flag=True, help="Exit with 1 where a scenario failed.")
@click.option(
    "--min-score",
    type=_Number(0, 1),
    metavar="SCORE",
    help="Exit with 1 where a provider's average score is below this.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="markdown",
    show_default=True,
    help="How to print the report.",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead of to stdout.")
@click.option(
    "--run-workspace",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep reports, failure gallery and manifest under FOLDER/runs/.",
)
@click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    default=".worldforge/worlds",
    show_default=True,
    metavar="FOLDER",
    help="Where worlds are kept.",
)
@quiet_option
def evaluate(**values: Any) -> None:
    """Check what providers do against the contract of a suite.

    A suite is a list of scenarios; each is tried with every provider, passes or fails, and has a score from 0 to 1. The
    report is printed, and kept as JSON under `.worldforge/reports/`. A failed scenario is a result: the exit code stays
    0 unless --require-pass or --min-score asks for more.
    """
    options = Options(**values)
    from worldforge.cli.eval import evaluating

    if options.list_suites:
        evaluating.list_suites()
    else:
        evaluating.evaluate(options)
