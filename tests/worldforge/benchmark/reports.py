"""A benchmark report with fixed numbers, for tests that show, keep or compare reports."""

from __future__ import annotations

import math
from typing import Any

from worldforge.benchmark.report import (
    SUITE_VERSION,
    BenchmarkReport,
    BenchmarkResult,
    Block,
    Clock,
    EventLatency,
    EventMetrics,
    Histogram,
    InputFile,
    Load,
    OperationMetrics,
    RunMetadata,
)
from worldforge.benchmark.verdicts import Against, AgainstOperation
from worldforge.provenance import Machine, Provenance

ITERATIONS = 200


def sample_result(**changes: Any) -> BenchmarkResult:
    """One operation of the provider `mock`: 200 calls of about 31 microseconds."""
    fields: dict[str, Any] = {
        "provider": "mock",
        "operation": "embed",
        "iterations": ITERATIONS,
        "concurrency": 1,
        "success_count": ITERATIONS,
        "error_count": 0,
        "retry_count": 0,
        "total_time_ms": 6.412345,
        "average_latency_ms": 0.03123456,
        "min_latency_ms": 0.0281,
        "max_latency_ms": 0.1202,
        "p50_latency_ms": 0.0302,
        "p90_latency_ms": 0.0341,
        "p95_latency_ms": 0.0405,
        "p99_latency_ms": 0.0512,
        "stddev_latency_ms": 0.0091,
        "throughput_per_second": 31189.84,
        "cpu_ms_per_iteration": 0.0319,
        "intervals": {
            "average_latency_ms": [0.0304, 0.0321],
            "p50_latency_ms": [0.0299, 0.0306],
            "p95_latency_ms": [0.0381, 0.0433],
            "p99_latency_ms": [0.0462, 0.1102],
        },
        "warmup_count": 1,
        "warmup_error_count": 0,
        "load": Load(),
        "flags": [],
        "operation_metrics": sample_metrics("embed"),
        "errors": [],
        "errors_omitted": 0,
        "error_kinds": {},
        "blocks": sample_blocks(0.0302),
        "histogram": sample_histogram(30_200),
    }
    return BenchmarkResult(**{**fields, **changes})


def sample_blocks(p50: float) -> list[Block]:
    """Twenty blocks of ten calls around a median, in milliseconds."""
    steps = [p50 * (1 + 0.02 * math.sin(index)) for index in range(20)]
    return [Block(count=10, mean_ms=step * 1.03, p50_ms=step, p95_ms=step * 1.2) for step in steps]


def sample_histogram(p50_ns: int) -> Histogram:
    """Two hundred calls, half of them below a median in nanoseconds, with a tail to the right."""
    counts = (4, 32, 64, 44, 26, 14, 7, 4, 2, 1, 1, *(0,) * 14, 1)
    start = p50_ns / (1 + 1 / 16) ** 3
    buckets = [(round(start * (1 + 1 / 16) ** index), count) for index, count in enumerate(counts) if count]
    return Histogram(relative_width=1 / 16, buckets=buckets)


def sample_metrics(operation: str, *, errors: int = 0, retries: int = 0) -> OperationMetrics:
    """Events of as many calls as the sample has."""
    latency = EventLatency(sample_count=ITERATIONS, total_ms=6.2, average_ms=0.031, min_ms=0.0281, max_ms=0.1202)
    events = EventMetrics(
        provider="mock",
        operation=operation,
        request_count=ITERATIONS + retries,
        error_count=errors,
        retry_count=retries,
        latency=latency,
        call_count=ITERATIONS,
    )
    return OperationMetrics(provider="mock", operation=operation, events=[events])


def sample_machine(**changes: Any) -> Machine:
    """Where the sample was measured."""
    fields: dict[str, Any] = {
        "machine_class": "linux-x86_64-example-cpu-2cpu-cpython3.11",
        "system": "Linux 6.1",
        "architecture": "x86_64",
        "cpu_model": "Example CPU 3.0 GHz",
        "logical_cpus": 4,
        "usable_cpus": 2,
        "governor": "performance",
        "load_average": 0.12,
        "python": "CPython 3.11.7",
        "versions": {"worldflux": "0.1.0"},
    }
    return Machine(**{**fields, **changes})


def sample_provenance(**changes: Any) -> Provenance:
    """The envelope of the sample."""
    fields: dict[str, Any] = {
        "kind": "benchmark",
        "suite_id": "benchmark",
        "suite_version": SUITE_VERSION,
        "worldforge_version": "0.1.0",
        "created_at": "2026-05-06T00:00:00Z",
        "command": ["worldforge", "benchmark", "--provider", "mock", "--iterations", "200"],
        "providers": ["mock"],
        "capabilities": ["predict", "embed"],
        "runtime_manifests": {"mock": "mock:schema-1"},
        "input_digest": f"sha256:{'a1' * 32}",
        "result_digest": f"sha256:{'b2' * 32}",
        "timing_digest": f"sha256:{'c3' * 32}",
        "event_count": 2 * ITERATIONS,
        "claim_boundary": "What it does not show.",
        "metric_semantics": "What the numbers mean.",
        "machine": sample_machine(),
    }
    return Provenance(**{**fields, **changes})


def sample_metadata(**changes: Any) -> RunMetadata:
    """What was asked for."""
    fields: dict[str, Any] = {
        "providers": ["mock"],
        "requested_operations": ["predict", "embed"],
        "selected_operations": {"mock": ["predict", "embed"]},
        "iterations": ITERATIONS,
        "concurrency": 1,
        "inputs": {"embedding_text": "benchmark cube state"},
        "warmup": 1,
        "rate_per_second": None,
        "timeout_seconds": 300.0,
        "clock": Clock(name="time.perf_counter_ns", resolution_ns=41, overhead_ns=52.0),
        "input_file": InputFile(path="inputs.json", sha256="d4" * 32, metadata={"run": "release-smoke"}),
    }
    return RunMetadata(**{**fields, **changes})


def sample_results() -> list[BenchmarkResult]:
    """`predict`, a third of a millisecond with a drift and errors, and `embed`."""
    blocks = [
        Block(count=10, mean_ms=block.mean_ms * factor, p50_ms=block.p50_ms * factor, p95_ms=block.p95_ms * factor)
        for index, block in enumerate(sample_blocks(0.31))
        for factor in [1 + index * 0.012]
        if block.mean_ms and block.p50_ms and block.p95_ms
    ]
    predict = sample_result(
        operation="predict",
        success_count=ITERATIONS - 3,
        error_count=3,
        retry_count=2,
        total_time_ms=66.9,
        average_latency_ms=0.3301,
        min_latency_ms=0.2911,
        max_latency_ms=1.2127,
        p50_latency_ms=0.3127,
        p90_latency_ms=0.3501,
        p95_latency_ms=0.4222,
        p99_latency_ms=0.5304,
        stddev_latency_ms=0.2791,
        throughput_per_second=2944.7,
        cpu_ms_per_iteration=0.3122,
        intervals={
            "average_latency_ms": [0.3144, 0.3612],
            "p50_latency_ms": [0.3088, 0.3170],
            "p95_latency_ms": [0.4011, 0.4533],
            "p99_latency_ms": [0.4907, 1.2051],
        },
        flags=["drift"],
        operation_metrics=sample_metrics("predict", errors=3, retries=2),
        errors=["ProviderError: the scene is empty", "TimeoutError", "ProviderError: the scene is empty"],
        error_kinds={"ProviderError": 2, "TimeoutError": 1},
        blocks=blocks,
        histogram=sample_histogram(312_700),
    )
    return [predict, sample_result()]


def sample_report(**changes: Any) -> BenchmarkReport:
    """The whole report; `changes` replace its fields."""
    fields: dict[str, Any] = {
        "run_metadata": sample_metadata(),
        "results": sample_results(),
        "provenance": sample_provenance(),
    }
    return BenchmarkReport(**{**fields, **changes})


def older_report() -> BenchmarkReport:
    """A report with none of the fields that this harness adds to the format."""
    result = BenchmarkResult(
        provider="mock",
        operation="embed",
        iterations=5,
        concurrency=1,
        success_count=5,
        error_count=0,
        retry_count=0,
        total_time_ms=0.5,
        average_latency_ms=0.1,
        min_latency_ms=0.1,
        max_latency_ms=0.1,
        p50_latency_ms=0.1,
        p95_latency_ms=0.1,
        throughput_per_second=33000.0,
        operation_metrics=OperationMetrics(provider="mock", operation="embed", events=[]),
    )
    asked = RunMetadata(
        providers=["mock"],
        requested_operations=None,
        selected_operations={"mock": ["embed"]},
        iterations=5,
        concurrency=1,
        inputs={},
    )
    return BenchmarkReport(claim_boundary="Older boundary.", metric_semantics="", run_metadata=asked, results=[result])


def sample_against(**changes: Any) -> Against:
    """An earlier run: `predict` became slower, and of `embed` it cannot be told."""
    operations = [
        AgainstOperation(
            provider="mock",
            baseline_provider="mock",
            operation="predict",
            ratio_p50=1.1034,
            interval=[1.0891, 1.1177],
            status="regressed",
            reason=None,
            rounds=96,
            process_pairs=4,
        ),
        AgainstOperation(
            provider="mock",
            baseline_provider="mock",
            operation="embed",
            ratio_p50=1.021,
            interval=[0.971, 1.0742],
            status="cannot_decide",
            reason="the interval holds both a change and none",
            rounds=96,
            process_pairs=4,
        ),
    ]
    fields: dict[str, Any] = {
        "run_id": "20260506T000000Z-0123abcd",
        "status": "regressed",
        "min_effect": 0.03,
        "operations": operations,
    }
    return Against(**{**fields, **changes})
