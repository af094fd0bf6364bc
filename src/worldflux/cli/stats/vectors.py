"""`worldflux stats vectors`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from worldbase import strictjson
from worldbase.console import echo_report, format_option
from worldbase.errors import AnswerIsNoError
from worldbase.tables import markdown, markdown_cell, markdown_table, text_table, visible
from worldflux.stats.vectors import FunctionReport, read_vectors, run_vectors

_HEADER = ("function", "matched", "of", "failing")


class VectorsMismatchError(AnswerIsNoError):
    """Our statistics were computed, and some are not the expected ones."""


@click.command(
    epilog="""\b
A file holds an object with a list `vectors`; one of them:
  {"id": "w1", "function": "wilson", "input": {"k": 45, "n": 50, "alpha": 0.05, "sided": 2},
   "expected": [0.7863976856, 0.9565242351], "tol": 1e-9}
Example:
  worldflux stats vectors vectors.json"""
)
@click.argument("file", type=click.Path(path_type=Path))
@format_option
def vectors(file: Path, output_format: str) -> None:
    """Compare our statistics with the expected values of a vectors file, function by function.

    Numbers match where they differ by at most the vector's tolerance. A function that we do not have fails;
    `step_*` and `savi_two_sample` are left out on purpose and reported as not shipped. Exits with 1 if any fails.
    """
    reports = run_vectors(read_vectors(strictjson.load(file, file=file.name), file=file.name))
    failing = [vector for report in reports for vector in report.failing]
    echo_report(
        output_format,
        _as_json(reports, failing),
        text=lambda: _text(reports),
        markdown=lambda: _markdown(reports),
    )
    if failing:
        raise VectorsMismatchError(
            f"{len(failing)} of {sum(report.of for report in reports)} vectors do not match",
            code="vectors.mismatch",
            hint="The table names them; a function that is not known here fails with all of its vectors.",
        )


def _as_json(reports: list[FunctionReport], failing: list[str]) -> dict[str, Any]:
    shipped = [report for report in reports if report.status != "not_shipped"]
    return {
        "ok": not failing,
        "matched": sum(report.matched for report in shipped),
        "of": sum(report.of for report in shipped),
        "not_shipped": sum(report.of for report in reports if report.status == "not_shipped"),
        "failing": failing,
        "functions": reports,
    }


def _text(reports: list[FunctionReport]) -> str:
    # The table would shorten a long list of ids, so they stand below it, all of them.
    named = "".join(f"  {visible(report.function)}: {visible(ids)}\n" for report in reports if (ids := _ids(report)))
    failing = f"\nFailing vectors\n{named}" if named else ""
    return f"{text_table(_HEADER, _rows(reports), right=(1, 2))}{failing}\n{_sum(reports)}\n"


def _markdown(reports: list[FunctionReport]) -> str:
    rows = [[*map(markdown_cell, row)] for row in _rows(reports)]
    named = "".join(f"- {markdown(report.function)}: {markdown(ids)}\n" for report in reports if (ids := _ids(report)))
    failing = f"\nFailing vectors:\n\n{named}" if named else ""
    return f"{markdown_table(_HEADER, rows, right=(1, 2))}{failing}\n{_sum(reports)}\n"


def _ids(report: FunctionReport) -> str:
    return ", ".join(report.failing)


def _sum(reports: list[FunctionReport]) -> str:
    shipped = [report for report in reports if report.status != "not_shipped"]
    left_out = sum(report.of for report in reports) - sum(report.of for report in shipped)
    matched = f"{sum(report.matched for report in shipped)} of {sum(report.of for report in shipped)} vectors match"
    return f"{matched}; {left_out} of functions that are not shipped." if left_out else f"{matched}."


def _rows(reports: list[FunctionReport]) -> list[list[str]]:
    return [
        [
            report.function,
            "-" if report.status == "not_shipped" else str(report.matched),
            str(report.of),
            "not shipped" if report.status == "not_shipped" else str(len(report.failing)),
        ]
        for report in reports
    ]
