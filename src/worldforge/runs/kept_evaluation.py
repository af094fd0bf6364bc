"""The canonical report of every evaluation, kept under `reports/` whether or not it has a workspace of its own."""

from __future__ import annotations

from pathlib import Path

from worldbase.files import write_atomic
from worldforge.evaluation.report import EvaluationReport


def keep_evaluation_report(root: Path, report: EvaluationReport, run_id: str) -> Path:
    """Write `<root>/reports/evaluation-<run_id>.json` and return where it is.

    Raises:
        StorageError: `file.unwritable`.
    """
    path = root / "reports" / f"evaluation-{run_id}.json"
    write_atomic(path, report.to_json().encode())
    return path
