"""A workspace whose runs never change: what the tests and the pictures of the documentation look at."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec

from tests.worldforge.benchmark.reports import (
    sample_histogram,
    sample_metadata,
    sample_provenance,
    sample_report,
    sample_result,
    sample_results,
)
from worldbase import digest
from worldbase.document import dump
from worldforge.benchmark.report import (
    BenchmarkReport,
    BenchmarkResult,
    Block,
    Budget,
    BudgetViolation,
    GateReport,
    InputFile,
)
from worldforge.evaluation.documents import EvaluationResult, ProviderSummary, Timing, Trial, TrialError
from worldforge.evaluation.gallery import gallery_of
from worldforge.evaluation.report import EvaluationReport
from worldforge.provenance import Provenance
from worldforge.runs.manifest import MANIFEST, FileEntry, RunManifest, created_at

NOW = 1778076000.0
"""2026-05-06T14:00:00Z."""

BASELINE = "20260505T160200Z-51f0a2c4"
CANDIDATE = "20260506T132500Z-9d3e07b1"
EVALUATION = "20260506T125800Z-2ab94c3f"
INTERRUPTED = "20260506T110000Z-e07c11d8"
SHOWCASE = "20260505T093000Z-77aa01fe"
SKIPPED = "20260504T080000Z-0c4d5e6f"
UNREADABLE = "20260501T120000Z-bad0bad0"
EVERY = [CANDIDATE, EVALUATION, INTERRUPTED, BASELINE, SHOWCASE, SKIPPED, UNREADABLE]
"""Newest first."""


def write_run(root: Path, run_id: str, files: dict[str, bytes] | None = None, **changes: Any) -> Path:
    """A run with the given manifest and files, as if a process had left it."""
    files = files or {}
    fields: dict[str, Any] = {
        "run_id": run_id,
        "created_at": created_at(run_id),
        "kind": "benchmark",
        "command": "worldforge benchmark --provider mock --run-workspace .worldforge",
        "status": "completed",
        "provider": "mock",
        "operation": "predict, embed",
        "artifact_paths": {
            Path(name).suffix.lstrip(".") + ("" if "report." in name else f" {name}"): name for name in files
        },
        "files": {name: FileEntry(sha256=digest.of_bytes(data), size_bytes=len(data)) for name, data in files.items()},
    }
    path = root / "runs" / run_id
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    path.mkdir(parents=True, exist_ok=True)
    (path / MANIFEST).write_bytes(dump(RunManifest(**{**fields, **changes})))
    return path


def sample_workspace(root: Path) -> Path:
    """Seven runs: benchmarks, an evaluation, and what can become of runs otherwise."""
    write_run(
        root,
        BASELINE,
        {"reports/report.json": _report(1.0).to_json().encode(), "reports/report.md": b"# Report\n"},
        result_summary={"result_count": 2, "error_count": 0, "retry_count": 0, "budget_passed": True},
        event_count=400,
    )
    write_run(
        root,
        CANDIDATE,
        {
            "reports/report.json": _report(1.44).to_json().encode(),
            "reports/report.md": b"# Report\n",
            "reports/gate.json": dump(sample_gate()),
        },
        result_summary={"result_count": 2, "error_count": 3, "retry_count": 2, "budget_passed": False},
        input_summary={"iterations": 200, "concurrency": 1, "operations": ["predict", "embed"]},
        event_count=405,
    )
    write_run(
        root,
        EVALUATION,
        {"reports/report.json": sample_evaluation().to_json().encode(), "reports/report.md": b"# Planning\n"},
        kind="eval",
        command="worldforge eval --suite tabletop --provider mock --provider mujoco --trials 20",
        provider="mock, mujoco",
        operation="tabletop",
        result_summary={"result_count": 8},
        event_count=640,
    )
    write_run(
        root,
        INTERRUPTED,
        status="running",
        provider="mujoco",
        operation="score",
        command="worldforge benchmark --provider mujoco",
    )
    write_run(
        root,
        SHOWCASE,
        {"results/summary.json": b'{"summary": "one provider against another", "safe_to_attach": true}'},
        kind="demo_showcase",
        status="passed",
        command="python scripts/demo_showcases.py run provider-comparison",
        operation="provider-comparison",
    )
    write_run(
        root,
        SKIPPED,
        status="skipped",
        provider="leworldmodel",
        operation="score",
        command="worldforge benchmark --preset leworldmodel-prepared-host",
        result_summary={"skip_reason": "nothing that the preset needs is configured"},
    )
    (root / "runs" / UNREADABLE).mkdir(parents=True)
    (root / "runs" / UNREADABLE / MANIFEST).write_bytes(b'{"schema_version": 7}')
    return root


def _report(slower: float) -> BenchmarkReport:
    """A report whose `predict` takes so many times as long; `embed` is the same in all."""
    predict, embed = sample_results()
    return sample_report(
        run_metadata=sample_metadata(
            yardstick="sample", budget_file=InputFile(path="budgets.json", sha256="e5" * 32, metadata={})
        ),
        results=[_predict(predict, slower), _paced(embed)],
        provenance=sample_provenance(),
    )


def _predict(result: BenchmarkResult, slower: float) -> BenchmarkResult:
    """Calm at first; slower, with the errors and the drift of the sample."""
    assert isinstance(result.intervals, dict)
    medians = [0.3127 * slower * (1 + 0.02 * math.sin(index)) for index in range(20)]
    if slower > 1:
        medians = [median * (0.9 + 0.01 * index) for index, median in enumerate(medians)]
    names = ("average", "min", "max", "p50", "p90", "p95", "p99")
    changes: dict[str, Any] = {
        **{f"{name}_latency_ms": round(getattr(result, f"{name}_latency_ms") * slower, 7) for name in names},
        "intervals": {
            name: [round(bound * slower, 6) for bound in bounds] for name, bounds in result.intervals.items()
        },
        "histogram": sample_histogram(round(312_700 * slower)),
        "blocks": [Block(count=10, mean_ms=each * 1.03, p50_ms=each, p95_ms=each * 1.2) for each in medians],
        "throughput_per_second": round(result.throughput_per_second / slower, 2),
    }
    if slower == 1:
        clean = {"error_count": 0, "retry_count": 0, "errors": [], "error_kinds": {}, "flags": []}
        changes |= {**clean, "success_count": result.iterations}
    return _paced(msgspec.structs.replace(result, **changes))


def _paced(result: BenchmarkResult) -> BenchmarkResult:
    assert isinstance(result.blocks, list)
    return msgspec.structs.replace(
        result, blocks=[msgspec.structs.replace(block, pace_ms=0.05) for block in result.blocks]
    )


def sample_gate() -> GateReport:
    """A gate that one of three thresholds fails."""
    return GateReport(
        passed=False,
        budget_count=2,
        checked_result_count=2,
        violation_count=1,
        budgets=[
            Budget(provider="mock", operation="predict", max_p95_latency_ms=0.5),
            Budget(provider="mock", min_success_rate=0.95),
        ],
        violations=[
            BudgetViolation(
                provider="mock",
                operation="predict",
                metric="p95_latency_ms",
                observed=0.607968,
                threshold=0.5,
                condition="<=",
                budget_selector="mock/predict",
            )
        ],
    )


_SCENARIOS = {
    "object-relocation": (20, 20),
    "neighbour-placement": (17, 19),
    "swap": (6, 18),
    "spawn": (13, 20),
}
_NOTES = {
    "object-relocation": "The block rests within 0.02 m of its target, and nothing else was moved.",
    "neighbour-placement": "The block rests beside its neighbour, at most 0.05 m away, and does not touch it.",
    "swap": "Both blocks rest within 0.02 m of where the other one was. At no time did they touch.",
    "spawn": "The new block rests on the table within 0.02 m of its target.",
}
_TRIALS = 20


def sample_evaluation(**changes: Any) -> EvaluationReport:
    """Four scenarios with two providers, twenty trials each; the first provider fails two, once with an exception."""
    results = [
        _scenario(scenario, provider, passed[index])
        for index, provider in enumerate(("mock", "mujoco"))
        for scenario, passed in _SCENARIOS.items()
    ]
    fields: dict[str, Any] = {
        "suite_id": "tabletop",
        "suite": "Tabletop rearrangement",
        "provider_summaries": [_summary(provider, results) for provider in ("mock", "mujoco")],
        "results": results,
        "provenance": _evaluation_provenance(),
        "timings": [
            Timing(
                provider=each.provider,
                scenario=each.scenario,
                total_ms=412.5,
                provider_ms=96.25,
                parts_ms={"solver": 301.0},
            )
            for each in results
        ],
    }
    report = EvaluationReport(**{**fields, **changes})
    return msgspec.structs.replace(report, failure_gallery=gallery_of(report, _NOTES))


def _scenario(scenario: str, provider: str, passed: int) -> EvaluationResult:
    share = passed / _TRIALS
    # Spread over the trials, so that the picture is not a bar.
    marks = [(index * 7) % _TRIALS < passed for index in range(_TRIALS)]
    raised = scenario == "swap" and provider == "mock"
    trials = [
        Trial(
            trial=index,
            seed=1000 + index,
            score=0.0,
            passed=False,
            error=TrialError(kind="ProviderError", message="no plan within 64 candidates"),
        )
        if raised and index in (5, 11)
        else Trial(
            trial=index,
            seed=1000 + index,
            score=1.0 if mark else 0.35,
            passed=mark,
            metrics={"distance_m": 0.012 if mark else 0.141},
        )
        for index, mark in enumerate(marks)
    ]
    won = sum(trial.passed for trial in trials)
    half = 1.96 * math.sqrt(share * (1 - share) / _TRIALS + 0.0024)
    return EvaluationResult(
        suite_id="tabletop",
        suite="Tabletop rearrangement",
        scenario=scenario,
        provider=provider,
        score=round(sum(trial.score for trial in trials) / _TRIALS, 6),
        passed=won >= 0.8 * _TRIALS,
        metrics={
            "distance_m": round(0.012 + 0.1 * (1 - share), 6),
            "distance_m_allowed": 0.02,
            "touched": round(0.5 * (1 - share), 6),
            "plan_length": 12,
            "target": {"x": 0.25, "y": 0.5, "z": 0.0},
        },
        trial_count=_TRIALS,
        passed_trial_count=won,
        error_count=2 if raised else 0,
        pass_interval=[round(max(share - half, 0.0), 4), round(min(share + half, 1.0), 4)],
        trials=trials,
    )


def _summary(provider: str, results: list[EvaluationResult]) -> ProviderSummary:
    own = [result for result in results if result.provider == provider]
    passed = sum(result.passed for result in own)
    return ProviderSummary(
        provider=provider,
        average_score=round(sum(result.score for result in own) / len(own), 6),
        scenario_count=len(own),
        passed_scenario_count=passed,
        failed_scenario_count=len(own) - passed,
        pass_rate=passed / len(own),
    )


def _evaluation_provenance() -> Provenance:
    return sample_provenance(
        kind="evaluation",
        suite_id="tabletop",
        suite_version="tabletop:3",
        created_at="2026-05-06T12:58:00Z",
        command=[
            "worldforge",
            "eval",
            "--suite",
            "tabletop",
            "--provider",
            "mock",
            "--provider",
            "mujoco",
            "--trials",
            "20",
        ],
        providers=["mock", "mujoco"],
        capabilities=["predict", "score"],
        event_count=640,
    )


def sample_one(**changes: Any) -> BenchmarkReport:
    """A report of one result with changes."""
    return sample_report(results=[sample_result(**changes)])
