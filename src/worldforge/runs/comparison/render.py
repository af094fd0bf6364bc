"""Comparisons in every format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from msgspec import UNSET

from worldbase.document import dump
from worldbase.tables import csv_table
from worldforge.benchmark.figures import exact
from worldforge.runs.comparison.documents import ComparedRow, ComparedRun, Comparison, Regression, RegressionRow
from worldforge.runs.comparison.pieces import as_html, as_markdown, comparison_pieces, regression_pieces

FORMATS: Final = ("json", "markdown", "csv", "html")

_OF_ROW: Final = ComparedRow.__struct_fields__
_OF_RUN: Final = ("status", "report_path", "skip_reason")
_OF_REGRESSION: Final = RegressionRow.__struct_fields__


def comparison_text(found: Comparison, output_format: str) -> str:
    """A comparison as `json`, `markdown`, `csv` or `html`."""
    if output_format == "csv":
        return _comparison_csv(found)
    return _text("WorldForge Run Comparison", found, comparison_pieces, output_format)


def regression_text(found: Regression, output_format: str) -> str:
    """A regression report as `json`, `markdown`, `csv` or `html`."""
    if output_format == "csv":
        return csv_table(_OF_REGRESSION, [[_cell(getattr(row, name)) for name in _OF_REGRESSION] for row in found.rows])
    return _text("WorldForge Regression Comparison", found, regression_pieces, output_format)


def _text(title: str, found: Any, pieces: Any, output_format: str) -> str:
    if output_format == "json":
        return dump(found).decode()
    write = as_markdown if output_format == "markdown" else as_html
    return write(title, found.claim_boundary, pieces(found))


def _comparison_csv(found: Comparison) -> str:
    """One row for each result, with what is known of its run; a run that was skipped has a row without numbers."""
    runs = {run.run_id: run for run in found.runs}
    known = [name for name in _OF_ROW if not found.rows or getattr(found.rows[0], name) is not UNSET]
    own = [name for name in (*_OF_RUN, "missing_evidence", "artifacts") if name not in known]
    measured = {row.run_id for row in found.rows}
    rows = [[*(_cell(getattr(row, name)) for name in known), *_of_run(runs[row.run_id], own)] for row in found.rows]
    rows += [
        [*(run.run_id if name == "run_id" else "" for name in known), *_of_run(run, own)]
        for run in found.runs
        if run.run_id not in measured
    ]
    return csv_table([*known, *own], rows)


def _of_run(run: ComparedRun, names: Sequence[str]) -> list[str]:
    cells = {name: _cell(getattr(run, name)) for name in _OF_RUN}
    cells["missing_evidence"] = " ".join(run.missing_evidence)
    cells["artifacts"] = " ".join(run.safe_artifacts.values())
    return [cells[name] for name in names]


def _cell(value: object) -> str:
    if value is None or value is UNSET:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return exact(value)
    return json.dumps(value) if isinstance(value, list) else str(value)
