"""Numbers over all operations of a run, before and after. Their means hide which operation changed: rows say that."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean
from typing import Final, NamedTuple

from worldbase.document import significant
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult
from worldforge.benchmark.verdicts import Status, overall
from worldforge.runs.comparison.compare import requests
from worldforge.runs.comparison.documents import MetricDelta
from worldforge.runs.comparison.facts import RunFacts
from worldforge.runs.comparison.judged import SCORE_EFFECT, OperationChange, is_attachable
from worldforge.runs.preserved import EvaluationReportView

_LATENCY: Final[dict[str, Callable[[OperationChange], Status]]] = {
    "average_latency_ms": lambda change: change.median.status,
    "p50_latency_ms": lambda change: change.median.status,
    "p95_latency_ms": lambda change: change.tail.status if change.tail else "cannot_decide",
    "throughput_per_second": lambda change: change.median.status,
}
_COUNTS: Final[dict[str, tuple[Callable[[BenchmarkResult], int], Callable[[OperationChange], Status]]]] = {
    "success_count": (lambda result: result.success_count, lambda change: change.failures.status),
    "error_count": (lambda result: result.error_count, lambda change: change.failures.status),
    "retry_count": (lambda result: result.retry_count, lambda change: change.retries.status),
    "request_count": (requests, lambda change: change.requests.status),
}


class _Sides(NamedTuple):
    """A number of the baseline and of the candidate."""

    before: float | None
    after: float | None


_SCORES: Final = ("average_score", "pass_rate")
_SCENARIOS: Final = {"passed_scenario_count": 1, "failed_scenario_count": -1}
"""Count -> whether more of it is better."""


def metric_deltas(baseline: RunFacts, candidate: RunFacts, changes: Sequence[OperationChange]) -> list[MetricDelta]:
    """The metrics of two runs of one kind."""
    before, after = baseline.run.report, candidate.run.report
    if isinstance(before, BenchmarkReport) and isinstance(after, BenchmarkReport):
        return list(_of_benchmarks(before, after, changes))
    if isinstance(before, EvaluationReportView) and isinstance(after, EvaluationReportView):
        return list(_of_evaluations(before, after))
    return list(_of_showcases(baseline, candidate))


def _of_benchmarks(
    before: BenchmarkReport, after: BenchmarkReport, changes: Sequence[OperationChange]
) -> Iterator[MetricDelta]:
    for name, status in _LATENCY.items():
        sides = _Sides(*(_mean(getattr(result, name) for result in report.results) for report in (before, after)))
        yield _delta(name, sides, overall(map(status, changes)))
    for name, (count, status) in _COUNTS.items():
        sides = _Sides(*(float(sum(map(count, report.results))) for report in (before, after)))
        yield _delta(name, sides, overall(map(status, changes)))


def _of_evaluations(before: EvaluationReportView, after: EvaluationReportView) -> Iterator[MetricDelta]:
    for name in _SCORES:
        means = (_mean(getattr(each, name) for each in report.provider_summaries) for report in (before, after))
        sides = _Sides(*means)
        yield _delta(name, sides, _moved(sides, at_least=SCORE_EFFECT if name == "average_score" else 0.0))
    for name, direction in _SCENARIOS.items():
        sums = [float(sum(getattr(each, name) for each in report.provider_summaries)) for report in (before, after)]
        yield _delta(name, _Sides(*sums), _moved(_Sides(direction * sums[0], direction * sums[1])))


def _of_showcases(baseline: RunFacts, candidate: RunFacts) -> Iterator[MetricDelta]:
    said = _Sides(*(None if (safe := is_attachable(each)) is None else float(safe) for each in (baseline, candidate)))
    yield _delta("safe_to_attach", said, _moved(said))
    events = _Sides(*(float(each.event_count) for each in (baseline, candidate)))
    yield _delta("event_count", events, "unchanged" if events.before == events.after else "cannot_decide")


def _moved(sides: _Sides, *, at_least: float = 0.0) -> Status:
    """What follows where more is better and nothing is noisy."""
    before, after = sides
    if before is None or after is None:
        return "unchanged" if before is after else "cannot_decide"
    if abs(after - before) <= at_least:
        return "unchanged"
    return "improved" if after > before else "regressed"


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    mean = fmean(known) if known else math.inf
    return significant(mean) if math.isfinite(mean) else None


def _delta(name: str, sides: _Sides, status: Status) -> MetricDelta:
    before, after = sides
    delta = None if before is None or after is None else significant(after - before)
    return MetricDelta(metric=name, baseline=before, candidate=after, delta=delta, status=status)
