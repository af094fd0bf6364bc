"""`worldforge benchmark`: the options. What they ask for is done by the modules beside this one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from worldbase.console import quiet_option
from worldforge.cli.benchmark.options import FORMATS, SET_BY_A_PRESET, Options


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
  worldforge benchmark --provider mock --iterations 100
  worldforge benchmark --provider mock --operation predict --format json
  worldforge benchmark --preset release-evidence --run-workspace .worldforge
  worldforge benchmark --provider mock --budget-file budget.json
  worldforge benchmark --against .worldforge/runs/RUN --fail-on regressed"""
)
@click.option("--provider", "providers", multiple=True, metavar="NAME", help="Whom to measure. Repeatable.")
@click.option(
    "--operation",
    "operations",
    multiple=True,
    metavar="NAME",
    help="What to measure: predict, embed, score, policy. Repeatable.  [default: all that a provider has]",
)
@click.option(
    "--iterations", type=click.IntRange(1), default=5, show_default=True, help="Measured calls of each operation."
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1024), default=1, show_default=True, help="Workers that call at once."
)
@click.option(
    "--warmup", type=click.IntRange(0), default=1, show_default=True, help="Calls before them that are not counted."
)
@click.option(
    "--rate",
    type=_Number(1e-3, 1e6),
    metavar="PER_SECOND",
    help="Issue calls at this rate (open loop); latency then counts from when a call was due.",
)
@click.option(
    "--timeout",
    type=_Number(1e-6, 86_400),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="What a single call may take.",
)
@click.option(
    "--input-file", type=click.Path(path_type=Path), metavar="FILE", help="Inputs, as JSON.  [default: built-in ones]"
)
@click.option(
    "--budget-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Thresholds, as JSON. One that is not kept makes the exit code 1.",
)
@click.option("--preset", metavar="NAME", help="Run a named benchmark with its own inputs and budgets.")
@click.option("--preset-file", type=click.Path(path_type=Path), metavar="FILE", help="Run a preset of your own.")
@click.option("--list-presets", is_flag=True, help="List the presets, and which of them can run here.")
@click.option("--show-preset", metavar="NAME", help="Show one preset.")
@click.option(
    "--against",
    metavar="RUN",
    help="Measure in turns with what an earlier run measured, and say whether this is slower.",
)
@click.option("--against-python", metavar="PYTHON", help="Interpreter of the earlier side.  [default: this one]")
@click.option("--against-env", multiple=True, metavar="NAME=VALUE", help="Environment of the earlier side. Repeatable.")
@click.option("--rounds", type=click.IntRange(1), default=96, show_default=True, help="Rounds of --against.")
@click.option(
    "--min-effect",
    type=_Number(0, 10, min_open=True),
    default=0.03,
    show_default=True,
    help="Of --against: a smaller change counts as none.",
)
@click.option("--fail-on", type=click.Choice(["regressed"]), help="Of --against: exit with 1 on this answer.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    default="markdown",
    show_default=True,
    help="How to print the report. With budgets, csv holds the violations alone.",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write there instead of to stdout.")
@click.option(
    "--rerun",
    type=click.Path(path_type=Path),
    metavar="FILE.rrd",
    help="Write the report as a recording for the Rerun viewer too (extra `rerun`).",
)
@click.option(
    "--run-workspace",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Keep inputs, reports, gate and manifest under FOLDER/runs/.",
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
@click.pass_context
def benchmark(context: click.Context, /, **values: Any) -> None:
    """Measure how long providers take, and hold it against budgets.

    The times are of one machine, from the call of a provider to its return. The report is printed, and kept as JSON
    under `.worldforge/reports/`. A preset overrides --provider, --operation, --iterations, --concurrency, --input-file
    and --budget-file.
    """
    options = Options(**values, given=_given(context))
    if options.list_presets or options.show_preset is not None:
        from worldforge.cli.benchmark import preset_report

        preset_report.echo(options)
        return
    from worldforge.cli.benchmark import measuring

    measuring.measure(options)


def _given(context: click.Context) -> frozenset[str]:
    named = (*SET_BY_A_PRESET, *(parameter.name for parameter in context.command.params))
    return frozenset(
        name for name in named if name and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    )
