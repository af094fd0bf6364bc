"""Runs of every kind that can be compared, on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from tests.worldforge.benchmark.changes import report, result
from tests.worldforge.runs.kept import started
from worldforge.benchmark.report import BenchmarkReport
from worldforge.provenance import BudgetFile
from worldforge.runs.workspace import RunWorkspace

BUDGET = f"sha256:{'e5' * 32}"


def benchmark(root: Path, found: BenchmarkReport | None = None, **changes: Any) -> Path:
    """The folder of a benchmark; `changes` go into the summary of the manifest."""
    with started(root, operation="embed") as run:
        keep(run, found or report(result()))
        run.finish(changes.pop("status", "completed"), result_summary={"result_count": 1, **changes}, event_count=7)
    return run.path


def keep(run: RunWorkspace, found: BenchmarkReport) -> None:
    """Write a report as a benchmark does."""
    run.write("json", "reports/report.json", found.to_json())
    run.write("inputs", "inputs/inputs.json", "{}")


def enveloped(found: BenchmarkReport, **changes: Any) -> BenchmarkReport:
    """A report whose envelope says something else."""
    assert found.provenance is not msgspec.UNSET
    return msgspec.structs.replace(found, provenance=msgspec.structs.replace(found.provenance, **changes))


def asked(found: BenchmarkReport, **changes: Any) -> BenchmarkReport:
    """A report of which something else was asked."""
    return msgspec.structs.replace(found, run_metadata=msgspec.structs.replace(found.run_metadata, **changes))


def budgeted(found: BenchmarkReport, *, name: str = "budget.json", sha256: str = BUDGET) -> BenchmarkReport:
    """A report that was held against budgets."""
    return enveloped(found, budget_file=BudgetFile(path=name, sha256=sha256))


def evaluation(root: Path, *, scores: dict[str, float] | None = None, provider: str = "mock", **changes: Any) -> Path:
    """The folder of an evaluation: scenario -> score; from a half on it passed."""
    results = [
        {"scenario": name, "provider": provider, "score": score, "passed": score >= 0.5}
        for name, score in (scores or {"push": 0.9, "stack": 0.4}).items()
    ]
    passed = sum(bool(each["passed"]) for each in results)
    summary = {
        "provider": provider,
        "average_score": sum(float(str(each["score"])) for each in results) / len(results),
        "scenario_count": len(results),
        "passed_scenario_count": passed,
        "failed_scenario_count": len(results) - passed,
        "pass_rate": passed / len(results),
    }
    said = {"suite_id": "planning", "claim_boundary": "Contract checks.", "provider_summaries": [summary]}
    with started(root, kind="eval", operation="planning", provider=provider) as run:
        run.write("json", "reports/report.json", json.dumps({**said, "results": results, **changes}))
        run.finish("completed", result_summary={"passed_count": passed})
    return run.path


def showcase(root: Path, *, status: Any = "passed", safe: bool | None = True, reason: str = "") -> Path:
    """The folder of a demo showcase."""
    with started(root, kind="demo_showcase", operation="first-run", provider="fixture") as run:
        said = {"summary": "It ran.", "safe_to_attach": safe}
        run.write("summary_json", "results/summary.json", json.dumps(said))
        run.finish(status, result_summary={"failure_reason": reason})
    return run.path
