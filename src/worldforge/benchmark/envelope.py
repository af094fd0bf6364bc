"""The provenance of a benchmark report: who, what, where, and digests of inputs, outcomes and timings.

A digest is that of a value's RFC 8785 form. Outcomes and timings are digested apart: two runs of a deterministic
provider have the same `result_digest`, and no two runs have the same `timing_digest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase import __version__, clock, digest
from worldbase.redact import redact_text
from worldforge.benchmark.report import (
    CLAIM_BOUNDARY,
    METRIC_SEMANTICS,
    SUITE_ID,
    SUITE_VERSION,
    BenchmarkResult,
    InputFile,
    RunMetadata,
)
from worldforge.provenance import BudgetFile, Machine, Provenance
from worldforge.values.command_line import recorded

OUTCOMES: Final = (
    "provider",
    "operation",
    "iterations",
    "concurrency",
    "success_count",
    "error_count",
    "retry_count",
    "warmup_count",
    "warmup_error_count",
    "error_kinds",
)
"""Fields of a result that say what happened."""

TIMINGS: Final = (
    "provider",
    "operation",
    "total_time_ms",
    "average_latency_ms",
    "min_latency_ms",
    "max_latency_ms",
    "p50_latency_ms",
    "p90_latency_ms",
    "p95_latency_ms",
    "p99_latency_ms",
    "stddev_latency_ms",
    "throughput_per_second",
    "cpu_ms_per_iteration",
    "intervals",
    "load",
    "blocks",
    "histogram",
)
"""Fields of a result that say how long it took, after the two that say of what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """What a report says of its origin and the harness cannot know.

    Attributes:
        command: The whole argv, where a command makes the report.
        input_file: File that the inputs came from.
        budget_file: File that the budgets of a gate came from.
        preset: Name of the preset that was run.
        notes: Free text.
    """

    command: tuple[str, ...] = ()
    input_file: InputFile | None = None
    budget_file: InputFile | None = None
    preset: str | None = None
    notes: str | None = None


def envelope(
    asked: RunMetadata,
    results: Sequence[BenchmarkResult],
    *,
    runtime_manifests: dict[str, str],
    machine: Machine,
    context: ReportContext,
) -> Provenance:
    """Put the provenance of a report together. `SOURCE_DATE_EPOCH` fixes its time."""
    return Provenance(
        kind="benchmark",
        suite_id=SUITE_ID,
        suite_version=SUITE_VERSION,
        worldforge_version=__version__,
        created_at=clock.timestamp(),
        command=recorded(context.command),
        providers=asked.providers,
        capabilities=list(dict.fromkeys(name for names in asked.selected_operations.values() for name in names)),
        runtime_manifests=runtime_manifests,
        input_digest=digest.of_value(asked.inputs),
        result_digest=result_digest(results),
        timing_digest=timing_digest(results),
        budget_file=_budget_file(context.budget_file),
        event_count=sum(row.request_count for result in results for row in result.operation_metrics.events),
        claim_boundary=CLAIM_BOUNDARY,
        metric_semantics=METRIC_SEMANTICS,
        machine=machine,
        notes=None if context.notes is None else redact_text(context.notes),
    )


def result_digest(results: Sequence[BenchmarkResult]) -> str:
    """Digest of what happened, without anything that differs between runs that went alike."""
    return digest.of_value([_fields(result, OUTCOMES) for result in results])


def timing_digest(results: Sequence[BenchmarkResult]) -> str:
    """Digest of how long everything took."""
    return digest.of_value([_fields(result, TIMINGS) for result in results])


def _fields(result: BenchmarkResult, names: Sequence[str]) -> dict[str, Any]:
    given = {name: getattr(result, name) for name in names}
    value: dict[str, Any] = msgspec.to_builtins({name: each for name, each in given.items() if each is not UNSET})
    return value


def _budget_file(file: InputFile | None) -> BudgetFile | None:
    if file is None:
        return None
    return BudgetFile(path=file.path, sha256=f"sha256:{file.sha256}", metadata=file.metadata)
