"""`worldflux power`."""

from __future__ import annotations

from typing import Any, cast

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError
from worldbase.tables import markdown_table, text_table
from worldflux.audit import planning
from worldflux.errors import StatisticsError
from worldflux.stats.power_analysis import MAX_EPISODES, Operator, PowerAnalysis, design_of
from worldflux.stats.power_analysis import power as power_of_claim

_HEADER = ("episodes", "successes that support", "power", "shows a true rate of", "")


@click.command(
    epilog="""\b
Examples:
  worldflux power --value 0.8 --margin 0.05              how many episodes?
  worldflux power --value 0.8 --margin 0.05 --n 150      are 150 enough?
  worldflux power --value 0.8 --at 0.85 --n 300          to show 0.8 itself, when the policy reaches 0.85
  worldflux power --operator "<=" --value 0.1 --margin 0.05     for a rate of collisions"""
)
@click.option("--value", type=float, required=True, help="Claimed success rate, as a ratio: 0.8 for 80 percent.")
@click.option(
    "--margin",
    type=float,
    default=0.0,
    show_default=True,
    help="How far below the value (for <= above it) the tested rate lies.",
)
@click.option("--n", type=click.IntRange(1, 10 * MAX_EPISODES), help="Planned number of episodes.")
@click.option(
    "--alpha",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Accepted chance of supporting a claim that is just not true.",
)
@click.option("--at", type=float, help="True rate at which power is wanted.  [default: the value]")
@click.option(
    "--method",
    type=click.Choice(planning.METHODS),
    default="exact",
    show_default=True,
    help="What decides: the exact binomial test, or the one-sided bound of an interval.",
)
@click.option(
    "--operator",
    type=click.Choice([">=", ">", "<=", "<", "=="]),
    default=">=",
    show_default=True,
    help="What is claimed of the rate. == is tested on both sides.",
)
@format_option
def power(
    value: float,
    margin: float,
    n: int | None,
    alpha: float,
    at: float | None,
    method: str,
    operator: str,
    output_format: str,
) -> None:
    """How many episodes does a claim need, and what can a number of episodes show?

    A rate is shown when so many episodes succeed that a policy at the tested rate (the value less the margin) would
    do so with a chance of at most alpha. Power is the chance that this happens when the claim is true. It is computed
    from the binomial distribution, without approximation. As counts are whole numbers it goes up and down a little
    from one number of episodes to the next: the number advised is the one after which it stays at 0.8 or more.
    """
    rule: dict[str, Any] = {"alpha": alpha, "method": method, "operator": cast(Operator, operator), "at": at}
    try:
        analysis = power_of_claim(value, margin, n=n, **rule)
        rows = planning.rows(design_of(value, margin, **rule), analysis)
    except StatisticsError as error:
        raise UsageError(error.message, code=error.code, hint=error.hint) from None
    warning = planning.weakness(analysis)
    report = {
        **planning.fields(analysis),
        "value": value,
        "curve": [row._asdict() for row in rows],
        "warnings": [warning] if warning else [],
    }
    echo_report(
        output_format,
        report,
        text=lambda: _text(analysis, value, rows, warning),
        markdown=lambda: _markdown(analysis, value, rows, warning),
    )


def _text(analysis: PowerAnalysis, value: float, rows: list[planning.Row], warning: str | None) -> str:
    table = text_table(_HEADER, _cells(analysis, rows), right=(0,)) if rows else ""
    alarm = f"{click.style('warning', fg='yellow')}: {warning}\n" if warning else ""
    parts = [f"{planning.rule_text(analysis, value)}\n", table, f"{alarm}{planning.advice(analysis)}\n"]
    return "\n".join(part for part in parts if part)


def _markdown(analysis: PowerAnalysis, value: float, rows: list[planning.Row], warning: str | None) -> str:
    table = markdown_table(_HEADER[:-1], [row[:-1] for row in _cells(analysis, rows)], right=(0, 2)) if rows else ""
    alarm = f"**Warning:** {warning}\n" if warning else ""
    parts = [f"{planning.rule_text(analysis, value)}\n", table, alarm, f"{planning.advice(analysis)}\n"]
    return "\n".join(part for part in parts if part)


def _cells(analysis: PowerAnalysis, rows: list[planning.Row]) -> list[list[str]]:
    marks = planning.bars([row.power for row in rows])
    return [
        [
            f"{row.n:,}",
            planning.counts_text(row, analysis.operator),
            planning.chance_text(row.power),
            "-" if row.mde is None else planning.detected_text(row.mde, analysis.operator),
            mark + (" planned" if row.n == analysis.n else "") + (" enough" if row.n == analysis.n_for_80 else ""),
        ]
        for row, mark in zip(rows, marks, strict=True)
    ]
