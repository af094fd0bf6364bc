"""Pairs of reports of which one became slower, for tests that compare them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from tests.worldforge.benchmark.reports import sample_machine, sample_metadata, sample_provenance, sample_report
from tests.worldforge.benchmark.reports import sample_result as result_of_reports
from worldforge.benchmark.change.latency_change import Measured
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, Block

STEADY = tuple(0.1 * (1 + 0.002 * (index % 5)) for index in range(20))
"""Medians of twenty blocks, in milliseconds: about 0.1."""
PACE = 0.02


def result(
    medians: Sequence[float] = STEADY, *, pace: float | None = PACE, tail: float = 1.5, calls: int = 10, **changes: Any
) -> BenchmarkResult:
    """A result with these medians of its blocks; the 95th percentile of a block is `tail` times as long."""
    blocks = [block(median, pace=pace, tail=tail, calls=calls) for median in medians]
    middle = sorted(medians)[len(medians) // 2] if medians else None
    fields = {
        "blocks": blocks,
        "iterations": calls * len(blocks),
        "success_count": calls * len(blocks),
        "p50_latency_ms": middle,
        "p95_latency_ms": middle and middle * tail,
        "cpu_ms_per_iteration": middle or 0.0,
    }
    return result_of_reports(**{**fields, **changes})


def block(median: float, *, pace: float | None = PACE, tail: float = 1.5, calls: int = 10) -> Block:
    """One block."""
    known = {} if pace is None else {"pace_ms": pace}
    return Block(count=calls, mean_ms=median, p50_ms=median, p95_ms=median * tail, **known)


def report(*results: BenchmarkResult, machine: dict[str, Any] | None = None, **asked: Any) -> BenchmarkReport:
    """A report of results that were measured on the sample machine, with changes to it and to what was asked."""
    return sample_report(
        results=list(results),
        run_metadata=sample_metadata(**{"yardstick": "interpreter-1", **asked}),
        provenance=sample_provenance(machine=sample_machine(**(machine or {}))),
    )


def measured(found: BenchmarkResult | None = None, **changes: Any) -> Measured:
    """A result in a report of its own."""
    found = found or result()
    return Measured(report(found, **changes), found)


def slower(factor: float, **changes: Any) -> BenchmarkResult:
    """The steady result with every latency longer by a factor."""
    return result([factor * median for median in STEADY], **changes)


def without(found: BenchmarkResult, *names: str) -> BenchmarkResult:
    """A result as a harness leaves it that does not know these fields."""
    return msgspec.structs.replace(found, **dict.fromkeys(names, msgspec.UNSET))
