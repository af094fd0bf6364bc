"""What a benchmark leaves behind, as documents.

The keys are those of the public report format; what this harness adds to it is `UNSET` in a report that another one
wrote. Times are milliseconds, with the resolution of the clock; a latency without a successful call is null.
"""

from __future__ import annotations

import importlib
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from worldbase.document import dump
from worldforge.benchmark.verdicts import Against
from worldforge.provenance import Provenance

CLAIM_BOUNDARY: Final = (
    "Synthetic adapter benchmark. It measures operation latency, retries and throughput of the selected provider "
    "path on one machine; it does not measure media quality, physical fidelity, safety, robot performance or "
    "production load capacity."
)
METRIC_SEMANTICS: Final = (
    "Latencies are those of successful calls, from the call (in an open loop, from when it was due) to its return, "
    "without set-up and checks, by a monotonic clock whose own cost is reported and not subtracted. Percentiles "
    "interpolate linearly between order statistics. "
    "Throughput is successful calls per second of the measured loop."
)
SUITE_ID: Final = "benchmark"
SUITE_VERSION: Final = "benchmark:1"

Bounds = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive iterations, summed up; at most 20 to a result, of equal size but for the last.

    Attributes:
        count: Successful calls among them.
        mean_ms: Mean latency; null without a success, like all of these.
        p50_ms: Median.
        p95_ms: 95th percentile.
        pace_ms: What a fixed piece of the harness's own work took beside the block, where calls were made one after
            the other, or else around the whole run: how fast the machine was just then.
    """

    count: int
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    pace_ms: float | UnsetType = UNSET


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """Latencies counted in buckets that are narrow in proportion to their value.

    Attributes:
        unit: `ns`.
        relative_width: Width of a bucket over its lower end, at most.
        buckets: Lower end in ns and count, ascending, empty ones left out.
    """

    unit: Literal["ns"] = "ns"
    relative_width: float
    buckets: list[tuple[int, int]]


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How calls were issued.

    Attributes:
        mode: `closed`: a worker calls again when its call returned. `open`: calls are due at fixed times, and latency
            counts from when a call was due, so that waiting behind a slow one is not left out.
        rate_per_second: Of an open loop, what was asked for.
        achieved_rate_per_second: Of an open loop, what was reached.
        late_starts: Of an open loop, calls that began more than a millisecond after they were due.
        service_p50_ms: Of an open loop, median from a call's own start.
        service_p95_ms: Of an open loop, 95th percentile from a call's own start.
    """

    mode: Literal["closed", "open"] = "closed"
    rate_per_second: float | None = None
    achieved_rate_per_second: float | None = None
    late_starts: int | None = None
    service_p50_ms: float | None = None
    service_p95_ms: float | None = None


class EventLatency(msgspec.Struct, frozen=True, kw_only=True):
    """Durations that events carried, in milliseconds."""

    sample_count: int
    total_ms: float
    average_ms: float | None
    min_ms: float | None
    max_ms: float | None


class EventMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one provider and operation.

    Attributes:
        provider: As the events name it.
        operation: As the events name it.
        request_count: All events, retries included (the format's own word).
        error_count: Events of phase `failure`.
        retry_count: Events of phase `retry`.
        latency: Of the events that carry a duration.
        call_count: Calls, which is successes and failures.
    """

    provider: str
    operation: str
    request_count: int
    error_count: int
    retry_count: int
    latency: EventLatency
    call_count: int | UnsetType = UNSET


class OperationMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Events that were emitted while one operation was measured."""

    provider: str
    operation: str
    events: list[EventMetrics]


class BenchmarkResult(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of one provider.

    `success_count + error_count == iterations`. `errors` holds the first hundred messages, `errors_omitted` counts the
    rest, and `error_kinds` counts all by their kind. `intervals` are 95% bounds by a bootstrap over blocks. `flags`
    say what to mind when reading the numbers.
    """

    provider: str
    operation: str
    iterations: int
    concurrency: int
    success_count: int
    error_count: int
    retry_count: int
    total_time_ms: float
    average_latency_ms: float | None
    min_latency_ms: float | None
    max_latency_ms: float | None
    p50_latency_ms: float | None
    p90_latency_ms: float | UnsetType | None = UNSET
    p95_latency_ms: float | None
    p99_latency_ms: float | UnsetType | None = UNSET
    stddev_latency_ms: float | UnsetType | None = UNSET
    throughput_per_second: float
    cpu_ms_per_iteration: float | UnsetType = UNSET
    intervals: dict[str, Bounds] | UnsetType = UNSET
    warmup_count: int | UnsetType = UNSET
    warmup_error_count: int | UnsetType = UNSET
    load: Load | UnsetType = UNSET
    flags: list[str] | UnsetType = UNSET
    operation_metrics: OperationMetrics
    errors: list[str] = []
    errors_omitted: int | UnsetType = UNSET
    error_kinds: dict[str, int] | UnsetType = UNSET
    blocks: list[Block] | UnsetType = UNSET
    histogram: Histogram | UnsetType = UNSET


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The clock that timed.

    Attributes:
        name: Of Python's function.
        resolution_ns: Smallest step that was seen.
        overhead_ns: Median of what two readings in a row differ by: contained in every latency.
    """

    name: str
    resolution_ns: int
    overhead_ns: float


class InputFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of inputs or budgets: its name without folders, the raw hex SHA-256 of its bytes, its metadata."""

    path: str
    sha256: str
    metadata: dict[str, Any] = {}


class RunMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for."""

    providers: list[str]
    requested_operations: list[str] | None
    selected_operations: dict[str, list[str]]
    iterations: int
    concurrency: int
    inputs: dict[str, Any]
    warmup: int | UnsetType = UNSET
    rate_per_second: float | UnsetType | None = UNSET
    timeout_seconds: float | UnsetType | None = UNSET
    clock: Clock | UnsetType = UNSET
    yardstick: str | UnsetType = UNSET
    """Name of the work that `Block.pace_ms` timed; paces of different names are not comparable."""
    input_file: InputFile | UnsetType = UNSET
    budget_file: InputFile | UnsetType = UNSET
    preset: str | UnsetType = UNSET
    skipped_operations: dict[str, list[str]] | UnsetType = UNSET
    """Provider -> operations that were asked for and that it does not have, where that was allowed."""


class BenchmarkReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report of `ProviderBenchmarkHarness.run`."""

    claim_boundary: str = CLAIM_BOUNDARY
    metric_semantics: str = METRIC_SEMANTICS
    run_metadata: RunMetadata
    results: list[BenchmarkResult]
    provenance: Provenance | UnsetType = UNSET
    against: Against | UnsetType = UNSET

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    def to_json(self) -> str:
        """The report as JSON, indented by two."""
        return dump(self).decode()

    def to_markdown(self) -> str:
        """The report for people: boundary, provenance, one row per operation."""
        return _shown("render", "report_markdown", self)

    def to_csv(self) -> str:
        """One row per provider and operation (RFC 4180)."""
        return _shown("render", "report_csv", self)

    def to_html(self) -> str:
        """One self-contained page, with a picture of the latencies."""
        return _shown("page", "report_html", self)

    def artifacts(self) -> dict[str, str]:
        """The report in every format, by name of the format."""
        return {
            "json": self.to_json(),
            "markdown": self.to_markdown(),
            "csv": self.to_csv(),
            "html": self.to_html(),
        }


def _shown(module: str, function: str, report: BenchmarkReport) -> str:
    """The report as a module shows it that knows reports, and of which the report knows no more than the name."""
    shown: str = getattr(importlib.import_module(f"worldforge.benchmark.{module}"), function)(report)
    return shown


class BudgetViolation(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold that was not met.

    Attributes:
        provider: Whose result, or the selector's where no result matched.
        operation: Which operation.
        metric: Such as `p95_latency_ms`; `matching_results` where no result matched.
        observed: What was measured; null where there was nothing to measure.
        threshold: What was allowed.
        condition: `<=` or `>=`, which does not hold.
        budget_selector: Such as `mock/*`.
    """

    provider: str
    operation: str
    metric: str
    observed: float | None
    threshold: float
    condition: Literal["<=", ">="]
    budget_selector: str


class Budget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Thresholds for the results that a selector matches; a selector that is left out matches everything."""

    provider: str | None = None
    operation: str | None = None
    min_success_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    max_error_count: Annotated[int, msgspec.Meta(ge=0)] | None = None
    max_retry_count: Annotated[int, msgspec.Meta(ge=0)] | None = None
    max_average_latency_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    max_p95_latency_ms: Annotated[float, msgspec.Meta(ge=0)] | None = None
    min_throughput_per_second: Annotated[float, msgspec.Meta(ge=0)] | None = None


class GateReport(msgspec.Struct, frozen=True, kw_only=True):
    """What budgets say of a report."""

    passed: bool
    budget_count: int
    checked_result_count: int
    violation_count: int
    budgets: list[Budget]
    violations: list[BudgetViolation]
