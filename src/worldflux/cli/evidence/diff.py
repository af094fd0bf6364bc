"""`worldflux evidence diff`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError
from worldflux.audit.comparing.compare import compare
from worldflux.audit.comparing.reports import markdown_report, text_report
from worldflux.audit.comparing.shapes import DIFF_VERDICTS, Difference
from worldflux.audit.comparing.sides import read_side
from worldflux.errors import VerdictNotMetError


@click.command(
    epilog="""\b
Examples:
  worldflux evidence diff before/ after/
  worldflux evidence diff before/ after/ --require no_difference_shown
  worldflux evidence diff theirs/ ours/ --replicate --within 5"""
)
@click.argument("left", type=click.Path(path_type=Path))
@click.argument("right", type=click.Path(path_type=Path))
@click.option("--replicate", is_flag=True, help="Read RIGHT as a reproduction of LEFT: same conditions first.")
@click.option(
    "--within",
    type=click.FloatRange(0, 100, min_open=True),
    metavar="POINTS",
    help="With --replicate: exit with 1 unless the two are shown to differ by less.",
)
@click.option("--require", type=click.Choice(DIFF_VERDICTS), help="Exit with 1 unless this is the verdict.")
@format_option
def diff(
    left: Path, right: Path, replicate: bool, within: float | None, require: str | None, output_format: str
) -> None:
    """Compare two packages (folders, or their evidence.json): did anything change, and what would have shown?

    Says first what differs in claims, protocols, inputs and seeds. Episodes are compared in pairs where their initial
    states are known to match, else as independent samples. The verdict is improved, regressed, no_difference_shown or
    not_comparable; RIGHT is measured against LEFT.
    """
    if within is not None and not replicate:
        raise UsageError("--within is asked of a reproduction", code="replicate.within_alone", hint="Add --replicate.")
    difference = compare(read_side(left), read_side(right), replicate=replicate, within=within)
    echo_report(
        output_format,
        difference,
        text=lambda: text_report(difference),
        markdown=lambda: markdown_report(difference),
    )
    _answer(difference, require)


def _answer(difference: Difference, require: str | None) -> None:
    if require and difference.verdict != require:
        raise VerdictNotMetError(
            f"the verdict is {difference.verdict}, not {require}",
            code="verdict.not_met",
            hint="Read the report: the effect, its interval, and the smallest difference that would have shown.",
        )
    reproduced = difference.replication
    if reproduced and reproduced.is_within is False:
        shown = "they are not comparable" if reproduced.within_points is None else "this is not shown"
        raise VerdictNotMetError(
            f"the two are not shown to lie within {reproduced.asked_points:g} points: {shown}",
            code="replicate.not_within",
            hint="More episodes narrow the interval; a known difference in conditions has to be mended first.",
        )
