"""The canonical report of every benchmark, kept under `reports/` whether or not it has a workspace of its own."""

from __future__ import annotations

from pathlib import Path

from worldbase.files import write_atomic
from worldforge.benchmark.report import BenchmarkReport
from worldforge.runs.manifest import new_run_id

__all__ = ["keep_report", "new_run_id"]


def keep_report(root: Path, report: BenchmarkReport, run_id: str) -> Path:
    """Write `<root>/reports/benchmark-<run_id>.json` and return where it is.

    Raises:
        StorageError: `file.unwritable`.
    """
    path = root / "reports" / f"benchmark-{run_id}.json"
    write_atomic(path, report.to_json().encode())
    return path
