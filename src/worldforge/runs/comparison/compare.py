"""Runs side by side: a row for each provider and operation of each run, with its distance from the first run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from worldbase.document import significant
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult
from worldforge.runs.comparison.context import open_runs, shared_context
from worldforge.runs.comparison.documents import ComparedRow, Comparison
from worldforge.runs.comparison.facts import RunFacts, clean, compared_run
from worldforge.runs.preserved import EvaluationReportView, ProviderSummary

_MEASURED: Final = ("average_latency_ms", "p50_latency_ms", "p95_latency_ms", "throughput_per_second")
_COUNTED: Final = ("iterations", "success_count", "error_count", "retry_count")


def compare_runs(paths: Sequence[Path | str], *, workspace: Path | None = None) -> Comparison:
    """Put runs side by side.

    Args:
        paths: Folders, manifests, reports, or ids in the workspace; at least two, the first is the baseline.
        workspace: Where ids are looked for.

    Raises:
        ComparisonRefusedError: The runs do not measure the same; see `open_runs`.
        WorldForgeError: A run cannot be opened.
    """
    facts = open_runs(paths, workspace=workspace)
    return Comparison(
        kind=facts[0].kind,
        baseline_run_id=facts[0].run_id,
        run_count=len(facts),
        claim_boundary=facts[0].claim_boundary,
        comparison_context=shared_context(facts),
        runs=[compared_run(each) for each in facts],
        rows=list(_rows(facts)),
    )


def _rows(facts: Sequence[RunFacts]) -> Iterator[ComparedRow]:
    rows_of = {"benchmark": _benchmark_rows, "eval": _evaluation_rows, "demo_showcase": _showcase_rows}[facts[0].kind]
    return rows_of(facts)


def _benchmark_rows(facts: Sequence[RunFacts]) -> Iterator[ComparedRow]:
    first = facts[0].run.report
    counterpart = counterparts(first.results if isinstance(first, BenchmarkReport) else [])
    for each in facts:
        report = each.run.report
        for result in report.results if isinstance(report, BenchmarkReport) else []:
            before = counterpart(result.provider, result.operation)
            yield ComparedRow(
                **_common(each, result.provider, result.operation, requests(result)),
                capability=clean(result.operation),
                **_measured(result, before),
            )


def _evaluation_rows(facts: Sequence[RunFacts]) -> Iterator[ComparedRow]:
    first = _summaries(facts[0])
    for each in facts:
        for summary in _summaries(each).values():
            before = first.get(summary.provider) or (next(iter(first.values())) if len(first) == 1 else None)
            suite = each.operations[0]
            yield ComparedRow(
                **_common(each, summary.provider, suite, each.event_count),
                suite_id=suite,
                average_score=summary.average_score,
                delta_average_score=delta_of(summary, before, "average_score"),
                scenario_count=summary.scenario_count,
                passed_scenario_count=summary.passed_scenario_count,
                failed_scenario_count=summary.failed_scenario_count,
                pass_rate=summary.pass_rate,
                delta_pass_rate=delta_of(summary, before, "pass_rate"),
            )


def _showcase_rows(facts: Sequence[RunFacts]) -> Iterator[ComparedRow]:
    for each in facts:
        said = each.run.report if isinstance(each.run.report, dict) else {}
        safe = said.get("safe_to_attach")
        yield ComparedRow(
            **_common(each, ",".join(each.providers), ",".join(each.operations), each.event_count),
            status=each.run.state,
            safe_to_attach=safe if isinstance(safe, bool) else None,
            summary=clean(str(said.get("summary") or "")),
        )


def counterparts(baseline: Sequence[BenchmarkResult]) -> Callable[[str, str], BenchmarkResult | None]:
    """Who of the baseline a result is held against: the same provider's, or the only one with that operation."""
    exact = {(result.provider, result.operation): result for result in baseline}
    of_operation: dict[str, list[BenchmarkResult]] = {}
    for result in baseline:
        of_operation.setdefault(result.operation, []).append(result)

    def found(provider: str, operation: str) -> BenchmarkResult | None:
        same = of_operation.get(operation, [])
        return exact.get((provider, operation)) or (same[0] if len(same) == 1 else None)

    return found


def requests(result: BenchmarkResult) -> int:
    """Events that were emitted while an operation was measured."""
    return sum(row.request_count for row in result.operation_metrics.events)


def _measured(result: BenchmarkResult, before: BenchmarkResult | None) -> dict[str, Any]:
    values = {name: getattr(result, name) for name in (*_COUNTED, *_MEASURED)}
    return values | {f"delta_{name}": delta_of(result, before, name) for name in _MEASURED}


def _summaries(facts: RunFacts) -> dict[str, ProviderSummary]:
    report = facts.run.report
    return (
        {summary.provider: summary for summary in report.provider_summaries}
        if isinstance(report, EvaluationReportView)
        else {}
    )


def _common(facts: RunFacts, provider: str, operation: str, event_count: int) -> dict[str, Any]:
    return {
        "run_id": facts.run_id,
        "provider": clean(provider),
        "operation": clean(operation),
        "fixture_digest": facts.fixture_digest,
        "suite_version": facts.suite_version,
        "budget_ref": facts.budget_ref,
        "budget_passed": facts.budget_passed,
        "event_count": event_count,
    }


def delta_of(after: object, before: object | None, name: str) -> float | None:
    """How far a number is from the same of another object; None where one of them has none."""
    first, second = getattr(before, name, None), getattr(after, name)
    return None if first is None or second is None else significant(second - first)
