"""Runs on disk, for tests that read them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from tests.worldforge.benchmark.reports import sample_report
from worldbase import digest
from worldforge.benchmark.envelope import result_digest, timing_digest
from worldforge.benchmark.report import BenchmarkReport
from worldforge.provenance import Provenance
from worldforge.runs.manifest import MANIFEST
from worldforge.runs.workspace import RunWorkspace

DAY = 24 * 3600.0


def started(root: Path, **changes: Any) -> RunWorkspace:
    """A run of the provider `mock` that has begun."""
    fields: dict[str, Any] = {
        "kind": "benchmark",
        "argv": ["worldforge", "benchmark", "--provider", "mock"],
        "provider": "mock",
        "operation": "predict,embed",
        "input_summary": {"iterations": 200},
    }
    return RunWorkspace.create(root, **{**fields, **changes})


def honest_report(**changes: Any) -> BenchmarkReport:
    """The sample report with the digests that its numbers have."""
    report = sample_report(**changes)
    assert isinstance(report.provenance, Provenance)
    true = {
        "input_digest": digest.of_value(report.run_metadata.inputs),
        "result_digest": result_digest(report.results),
        "timing_digest": timing_digest(report.results),
    }
    return msgspec.structs.replace(report, provenance=msgspec.structs.replace(report.provenance, **true))


def kept(root: Path, report: BenchmarkReport | None = None, **changes: Any) -> Path:
    """The folder of a run that has ended, with a report."""
    with started(root, **changes) as run:
        run.write("json", "reports/report.json", (report or honest_report()).to_json())
        run.write("markdown", "reports/report.md", "# Report\n")
        run.finish("completed", result_summary={"result_count": 2, "error_count": 0, "retry_count": 0}, event_count=4)
    return run.path


def aged(run: Path, seconds: float) -> Path:
    """A run as if it had been made so long before 2026-11-21T00:00:00Z: its id, its manifest and its times."""
    import time

    moment = 1795219200.0 - seconds
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))
    moved = run.with_name(f"{stamp}-{run.name.rpartition('-')[2]}")
    edit(run, run_id=moved.name)
    os.utime(run / MANIFEST, (moment, moment))
    return run.rename(moved)


def edit(run: Path, **changes: Any) -> None:
    """Change fields of a manifest as an editor would."""
    path = run / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
