"""From recorded calls to the result of one operation, as a report carries it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import UNSET

from worldforge.benchmark.measuring.bootstrap import BlockSums, is_enclosed, mean_bounds, quantile_bounds
from worldforge.benchmark.measuring.clock import milliseconds
from worldforge.benchmark.measuring.event_tally import EventTally
from worldforge.benchmark.measuring.histogram import Distribution, Latencies
from worldforge.benchmark.measuring.operations import Operation
from worldforge.benchmark.measuring.recorder import Recorder
from worldforge.benchmark.measuring.symptoms import Observations, symptoms
from worldforge.benchmark.report import BenchmarkResult, Block, Clock, EventMetrics, Load, OperationMetrics
from worldforge.provenance import Machine

_NS_PER_SECOND: Final = 1e9
_PERCENTILES: Final = {
    "p50_latency_ms": 0.50,
    "p90_latency_ms": 0.90,
    "p95_latency_ms": 0.95,
    "p99_latency_ms": 0.99,
}


class Measured(NamedTuple):
    """One measured operation.

    Attributes:
        operation: What was called.
        recorder: What became of the calls.
        tally: What was emitted meanwhile.
        wall: Nanoseconds of the whole loop.
        cpu: Nanoseconds of processor time of the process meanwhile.
        paces: Nanoseconds of the yardstick beside each block; empty where it was not taken.
        concurrency: Calls at once, at most.
        rate: Calls due each second, or None.
        warmup: Calls before, which are not counted, and how many of them failed.
        is_input_changed: Whether the provider changed its inputs.
        is_interrupted: Whether somebody ended the loop.
    """

    operation: Operation
    recorder: Recorder
    tally: EventTally
    wall: int
    cpu: int
    paces: list[float]
    concurrency: int
    rate: float | None
    warmup: tuple[int, int]
    is_input_changed: bool
    is_interrupted: bool


def result_of(measured: Measured, clock: Clock, machine: Machine) -> BenchmarkResult:
    """Sum a measured operation up."""
    recorder, operation = measured.recorder, measured.operation
    frozen = [block.freeze() for block in recorder.blocks]
    merged = Distribution.together(frozen)
    made = merged.count + recorder.error_count
    events = measured.tally.metrics(operation.provider, operation.name, recorder.call_totals())
    return BenchmarkResult(
        provider=operation.provider,
        operation=operation.name,
        iterations=made,
        concurrency=measured.concurrency,
        success_count=merged.count,
        error_count=recorder.error_count,
        retry_count=sum(row.retry_count for row in events),
        total_time_ms=milliseconds(measured.wall),
        average_latency_ms=_ms(_mean(recorder.blocks, merged.count)),
        min_latency_ms=_ms(min((block.least for block in recorder.blocks if block.least is not None), default=None)),
        max_latency_ms=_ms(_most(recorder.blocks)),
        p50_latency_ms=_ms(merged.quantile(0.50)),
        p90_latency_ms=_ms(merged.quantile(0.90)),
        p95_latency_ms=_ms(merged.quantile(0.95)),
        p99_latency_ms=_ms(merged.quantile(0.99)),
        stddev_latency_ms=_ms(_deviation(recorder.blocks, merged.count)),
        throughput_per_second=merged.count / (measured.wall / _NS_PER_SECOND) if measured.wall else 0.0,
        cpu_ms_per_iteration=milliseconds(measured.cpu / made) if made else 0.0,
        intervals=_intervals(recorder.blocks, frozen),
        warmup_count=measured.warmup[0],
        warmup_error_count=measured.warmup[1],
        load=_load(measured, made),
        flags=symptoms(_observations(measured, merged, frozen, clock, machine)),
        operation_metrics=_operation_metrics(operation, events),
        errors=recorder.messages,
        errors_omitted=recorder.error_count - len(recorder.messages),
        error_kinds=dict(sorted(recorder.error_kinds.items())),
        blocks=_blocks(recorder.blocks, frozen, measured.paces),
        histogram=merged.reported(),
    )


def _operation_metrics(operation: Operation, events: list[EventMetrics]) -> OperationMetrics:
    return OperationMetrics(provider=operation.provider, operation=operation.name, events=events)


def _mean(blocks: Sequence[Latencies], count: int) -> float | None:
    return sum(block.total for block in blocks) / count if count else None


def _most(blocks: Sequence[Latencies]) -> int | None:
    return max((block.most for block in blocks if block.most is not None), default=None)


def _deviation(blocks: Sequence[Latencies], count: int) -> float | None:
    """Sample standard deviation (n - 1), from exact sums; None with fewer than two values."""
    if count < 2:
        return None
    total, squares = sum(block.total for block in blocks), sum(block.squares for block in blocks)
    return math.sqrt((count * squares - total * total) / (count * (count - 1)))


def _intervals(blocks: Sequence[Latencies], frozen: Sequence[Distribution]) -> dict[str, list[float]]:
    """95% bounds; none where there are fewer than two blocks to draw from, or too few calls for a percentile."""
    sums = [BlockSums(block.total, each) for block, each in zip(blocks, frozen, strict=True) if each.count]
    if len(sums) < 2:
        return {}
    bounds = {"average_latency_ms": mean_bounds(sums)}
    count = sum(each.count for each in frozen)
    shares = {name: share for name, share in _PERCENTILES.items() if is_enclosed(share, count)}
    bounds.update(zip(shares, quantile_bounds(sums, list(shares.values())), strict=True))
    return {name: [milliseconds(low), milliseconds(high)] for name, (low, high) in bounds.items()}


def _load(measured: Measured, made: int) -> Load:
    service = measured.recorder.service
    if measured.rate is None or service is None:
        return Load()
    times = service.freeze()
    return Load(
        mode="open",
        rate_per_second=measured.rate,
        achieved_rate_per_second=made / (measured.wall / _NS_PER_SECOND) if measured.wall else 0.0,
        late_starts=measured.recorder.late_starts,
        service_p50_ms=_ms(times.quantile(0.50)),
        service_p95_ms=_ms(times.quantile(0.95)),
    )


def _observations(
    measured: Measured, merged: Distribution, frozen: Sequence[Distribution], clock: Clock, machine: Machine
) -> Observations:
    medians = [each.quantile(0.50) for each in frozen]
    return Observations(
        successes=merged.count,
        p50=merged.quantile(0.50),
        most=_most(measured.recorder.blocks),
        block_medians=[median for median in medians if median is not None],
        clock_overhead=clock.overhead_ns,
        concurrency=measured.concurrency,
        cores_used=measured.cpu / measured.wall if measured.wall else None,
        machine=machine,
        is_input_changed=measured.is_input_changed,
        is_interrupted=measured.is_interrupted,
        late_share=measured.recorder.late_starts / merged.count if merged.count else 0.0,
    )


def _blocks(blocks: Sequence[Latencies], frozen: Sequence[Distribution], paces: Sequence[float]) -> list[Block]:
    known: Sequence[float | None] = paces or [None] * len(blocks)
    return [_block(*each) for each in zip(blocks, frozen, known, strict=True)]


def _block(block: Latencies, latencies: Distribution, pace: float | None) -> Block:
    return Block(
        count=latencies.count,
        mean_ms=_ms(_mean([block], latencies.count)),
        p50_ms=_ms(latencies.quantile(0.50)),
        p95_ms=_ms(latencies.quantile(0.95)),
        pace_ms=UNSET if pace is None else milliseconds(pace),
    )


def _ms(nanoseconds: float | None) -> float | None:
    return None if nanoseconds is None else milliseconds(nanoseconds)
