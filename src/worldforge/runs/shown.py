"""One run, for reading: what it was, what came out, what the budgets said, which files it left."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text, redact_value
from worldbase.tables import text_table, visible
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, GateReport
from worldforge.runs import folder
from worldforge.runs.manifest import MANIFEST, RunManifest
from worldforge.runs.preserved import EvaluationReportView, PreservedRun, ScenarioResult, read_gate

S = TypeVar("S", bound=msgspec.Struct)

_MOST_FILES: Final = 100
_TOLD: Final = ("error", "message", "reason")
"""What a summary says of a run that failed or was skipped."""


class ResultLine(msgspec.Struct, frozen=True, kw_only=True):
    """One result: of a benchmark an operation, of an evaluation a scenario."""

    provider: str
    name: str
    outcome: str
    p50_ms: float | None = None
    p95_ms: float | None = None
    throughput_per_second: float | None = None
    score: float | None = None


class FileLine(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a run.

    Attributes:
        path: Relative to the run.
        label: What the manifest calls it, or empty.
        size_bytes: Its size now.
        recorded: Whether the manifest holds its digest.
    """

    path: str
    label: str
    size_bytes: int
    recorded: bool


class ShownRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run, redacted.

    Attributes:
        run_id: Its id.
        kind: What was run.
        state: The manifest's status, or `interrupted`.
        manifest: The manifest; null for a report outside a run.
        results: One line per result.
        gate: What the budgets said; null where the run kept none.
        files: What lies in its folder, the first hundred of it.
        file_count: How many files there are.
    """

    run_id: str
    kind: str
    state: str
    manifest: RunManifest | None
    results: list[ResultLine]
    gate: GateReport | None
    files: list[FileLine]
    file_count: int


def shown(run: PreservedRun) -> ShownRun:
    """Sum up an opened run.

    Raises:
        WorldForgeError: `run.report_invalid` for a gate that cannot be read, `run.unreadable`.
    """
    files = _files(run) if run.manifest else []
    gate = read_gate(run)
    return ShownRun(
        run_id=redact_text(run.run_id),
        kind=redact_text(run.kind),
        state=run.state,
        manifest=None if run.manifest is None else _redacted(run.manifest),
        results=_results(run),
        gate=None if gate is None else _redacted(gate),
        files=files[:_MOST_FILES],
        file_count=len(files),
    )


def shown_text(run: ShownRun) -> str:
    """The run for people."""
    parts = [_head(run), _result_table(run), _gate_line(run.gate), _file_table(run)]
    return "\n".join(part for part in parts if part)


def _redacted(document: S) -> S:
    return msgspec.convert(redact_value(msgspec.to_builtins(document)), type(document))


def _results(run: PreservedRun) -> list[ResultLine]:
    match run.report:
        case BenchmarkReport(results=measured):
            return [_measured(result) for result in measured]
        case EvaluationReportView(results=scored):
            return [_scored(result) for result in scored]
    return []


def _measured(result: BenchmarkResult) -> ResultLine:
    return ResultLine(
        provider=redact_text(result.provider),
        name=redact_text(result.operation),
        outcome=f"{result.success_count}/{result.iterations} ok",
        p50_ms=result.p50_latency_ms,
        p95_ms=result.p95_latency_ms,
        throughput_per_second=result.throughput_per_second,
    )


def _scored(result: ScenarioResult) -> ResultLine:
    return ResultLine(
        provider=redact_text(result.provider),
        name=redact_text(result.scenario),
        outcome="passed" if result.passed else "failed",
        score=result.score,
    )


def _files(run: PreservedRun) -> list[FileLine]:
    assert run.manifest is not None  # noqa: S101 - the caller asked
    labels = {path: label for label, path in run.manifest.artifact_paths.items()}
    recorded = {} if run.manifest.files is UNSET else run.manifest.files
    return [
        FileLine(
            path=redact_text(file.path),
            label=redact_text(labels.get(file.path, "")),
            size_bytes=file.size,
            recorded=file.path in recorded,
        )
        for file in folder.walk(run.path)
        if file.path != MANIFEST
    ]


def _head(run: ShownRun) -> str:
    manifest = run.manifest
    facts = [("run", run.run_id), ("kind", run.kind), ("state", run.state)]
    if manifest is not None:
        told = [(name, str(manifest.result_summary[name])) for name in _TOLD if name in manifest.result_summary]
        facts += [
            ("created", manifest.created_at),
            ("command", manifest.command),
            ("provider", manifest.provider),
            ("operation", manifest.operation),
            ("events", f"{manifest.event_count:,}"),
            ("repeats", manifest.replay_of or ""),
            *told,
        ]
    return "".join(f"{name:10} {visible(text)}\n" for name, text in facts if text)


def _result_table(run: ShownRun) -> str:
    if not run.results:
        return "No report.\n" if run.manifest else ""
    if run.kind == "eval":
        rows = [[line.provider, line.name, line.outcome, _number(line.score)] for line in run.results]
        return text_table(("provider", "scenario", "outcome", "score"), rows, right=[3])
    rows = [
        [line.provider, line.name, line.outcome, *map(_number, (line.p50_ms, line.p95_ms, line.throughput_per_second))]
        for line in run.results
    ]
    return text_table(("provider", "operation", "calls", "p50 ms", "p95 ms", "per second"), rows, right=[3, 4, 5])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _gate_line(gate: GateReport | None) -> str:
    if gate is None:
        return ""
    count = f"{gate.violation_count} violation{'' if gate.violation_count == 1 else 's'}"
    return f"gate       {'passed' if gate.passed else f'failed, {count}'} ({gate.budget_count} budgets)\n"


def _file_table(run: ShownRun) -> str:
    if not run.files:
        return ""
    rows = [
        [line.path, line.label or "-", f"{line.size_bytes:,}", "yes" if line.recorded else "no"] for line in run.files
    ]
    more = run.file_count - len(run.files)
    told = f"and {more:,} more\n" if more else ""
    return text_table(("file", "label", "bytes", "digest"), rows, right=[2]) + told
