"""What became of each operation, suite and showcase: the rows of a regression report that are judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from worldbase.document import significant
from worldforge.benchmark.change.count_change import CountChange, events_changed, failures_changed
from worldforge.benchmark.change.latency_change import LatencyChange, Measured, median_change, tail_change
from worldforge.benchmark.figures import plain
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult
from worldforge.benchmark.verdicts import Status, overall
from worldforge.runs.comparison.compare import requests
from worldforge.runs.comparison.documents import RegressionRow
from worldforge.runs.comparison.facts import RunFacts, clean
from worldforge.runs.preserved import EvaluationReportView, ProviderSummary

SCORE_EFFECT: Final = 0.01
"""A smaller change of a mean score counts as none."""

_PACE_WORTH_TELLING: Final = 1.1
_BAD_STATES: Final = frozenset({"failed", "cancelled", "interrupted"})


class OperationChange(NamedTuple):
    """Everything that was found out about one operation of one provider.

    Attributes:
        name: `provider/operation`.
        median: What became of its median.
        tail: What became of its 95th percentile; None where there are too few calls for one.
        failures: What became of its failures.
        retries: What became of its retries.
        requests: What became of the events that it emitted.
    """

    name: str
    median: LatencyChange
    tail: LatencyChange | None
    failures: CountChange
    retries: CountChange
    requests: CountChange

    @property
    def status(self) -> Status:
        """Regressed where anything is; else as the median, unless the failures leave it open.

        The tail and the retries can make an operation worse or better, but what they leave open is left open for them
        alone: they are too noisy for it to count.
        """
        decided = [change.status for change in (self.tail, self.retries) if change is not None]
        decided = [status for status in decided if status in ("regressed", "improved")]
        return overall([self.median.status, self.failures.status, *decided])

    @property
    def detail(self) -> str:
        """Why, in words."""
        told = [_told(self.median), _told(self.tail) if self.tail else ""]
        counts = {"failures": self.failures, "retries": self.retries}
        told += [
            f"{name} {change.status.replace('_', ' ')}{f': {change.reason}' if change.reason else ''}"
            for name, change in counts.items()
            if change.status != "unchanged"
        ]
        return "; ".join(text for text in told if text)


class Matches(NamedTuple):
    """Results of two runs, put together.

    Attributes:
        pairs: A result of the baseline and the one that stands for it in the candidate: of the same provider, or of
            another where either run has one left over for an operation.
        gone: Results of the baseline alone.
        new: Results of the candidate alone.
    """

    pairs: list[tuple[BenchmarkResult, BenchmarkResult]]
    gone: list[BenchmarkResult]
    new: list[BenchmarkResult]


def matches(baseline: Sequence[BenchmarkResult], candidate: Sequence[BenchmarkResult]) -> Matches:
    """Put results together, by provider and operation."""
    before = {(result.provider, result.operation): result for result in baseline}
    after = {(result.provider, result.operation): result for result in candidate}
    lost = _by_operation(result for key, result in before.items() if key not in after)
    found = _by_operation(result for key, result in after.items() if key not in before)
    exchanged = {name: left[0] for name, left in lost.items() if len(left) == len(found.get(name, ())) == 1}
    standing = {key: before.get(key) or exchanged.get(result.operation) for key, result in after.items()}
    return Matches(
        [(earlier, after[key]) for key, earlier in standing.items() if earlier is not None],
        [result for name, left in lost.items() if name not in exchanged for result in left],
        [after[key] for key, earlier in standing.items() if earlier is None],
    )


def _by_operation(results: Iterable[BenchmarkResult]) -> dict[str, list[BenchmarkResult]]:
    found: dict[str, list[BenchmarkResult]] = {}
    for result in results:
        found.setdefault(result.operation, []).append(result)
    return found


def operation_changes(baseline: RunFacts, candidate: RunFacts, min_effect: float) -> list[OperationChange]:
    """Compare every operation that both runs have."""
    before, after = baseline.run.report, candidate.run.report
    if not isinstance(before, BenchmarkReport) or not isinstance(after, BenchmarkReport):
        return []
    return [
        _operation_change(Measured(before, earlier), Measured(after, result), min_effect)
        for earlier, result in matches(before.results, after.results).pairs
    ]


def _operation_change(before: Measured, after: Measured, min_effect: float) -> OperationChange:
    first, second = before.result, after.result
    calls, calls_now = _calls(first), _calls(second)
    return OperationChange(
        name=f"{clean(second.provider)}/{clean(second.operation)}",
        median=median_change(before, after, min_effect),
        tail=tail_change(before, after, min_effect),
        failures=failures_changed(first.error_count, calls, second.error_count, calls_now),
        retries=events_changed(first.retry_count, calls, second.retry_count, calls_now),
        requests=events_changed(requests(first), calls, requests(second), calls_now),
    )


def operation_rows(changes: Iterable[OperationChange]) -> Iterator[RegressionRow]:
    """A row for each operation."""
    for change in changes:
        found = change.median
        yield RegressionRow(
            category="operation",
            name=change.name,
            status=change.status,
            baseline=found.baseline,
            candidate=found.candidate,
            delta=_less(found.candidate, found.baseline),
            detail=change.detail,
            judged=True,
            ratio=found.ratio,
            interval=None if found.bounds is None else [significant(bound) for bound in found.bounds],
        )


def unmatched_rows(baseline: RunFacts, candidate: RunFacts) -> Iterator[RegressionRow]:
    """A row for each operation of a provider that the other run does not have and that nothing stands for."""
    before, after = baseline.run.report, candidate.run.report
    if not isinstance(before, BenchmarkReport) or not isinstance(after, BenchmarkReport):
        return
    found = matches(before.results, after.results)
    yield from (_alone(result, "measured in the baseline alone") for result in found.gone)
    yield from (_alone(result, "measured in the candidate alone") for result in found.new)


def suite_rows(baseline: RunFacts, candidate: RunFacts) -> Iterator[RegressionRow]:
    """A row for each provider of an evaluation: passes first, then the mean score.

    Each scenario is run once, so nothing tells how scores vary. Suites that are deterministic do not need it; for
    others, evaluate more often and compare by `worldflux compare`.
    """
    before, after = baseline.run.report, candidate.run.report
    if not isinstance(before, EvaluationReportView) or not isinstance(after, EvaluationReportView):
        return
    earlier = {summary.provider: summary for summary in before.provider_summaries}
    for summary in after.provider_summaries:
        other = earlier.get(summary.provider) or (next(iter(earlier.values())) if len(earlier) == 1 else None)
        if other is not None:
            yield _suite_row(other, summary, _newly_failing(before, after, other.provider, summary.provider))


def showcase_row(baseline: RunFacts, candidate: RunFacts) -> RegressionRow:
    """The row of a showcase: whether it went well, and whether what it left may be attached."""
    before, after = _went_well(baseline), _went_well(candidate)
    safe, safe_now = is_attachable(baseline), is_attachable(candidate)
    status: Status = "unchanged"
    if after < before or (safe and safe_now is False):
        status = "regressed"
    elif after > before or (safe is False and safe_now):
        status = "improved"
    return RegressionRow(
        category="showcase",
        name=",".join(candidate.operations),
        status=status,
        baseline=baseline.run.state,
        candidate=candidate.run.state,
        delta=None,
        detail=f"safe to attach: {_said(safe)}, then {_said(safe_now)}",
        judged=True,
    )


def is_attachable(facts: RunFacts) -> bool | None:
    """Whether a showcase says that it may be attached."""
    said = facts.run.report.get("safe_to_attach") if isinstance(facts.run.report, dict) else None
    return said if isinstance(said, bool) else None


def _suite_row(before: ProviderSummary, after: ProviderSummary, newly_failing: int) -> RegressionRow:
    moved = _less(after.average_score, before.average_score)
    # A scenario that fails now is not made up for by another that passes, nor by a higher score.
    step = -newly_failing or _pass_rate(after) - _pass_rate(before)
    step = step or (moved if moved is not None and abs(moved) > SCORE_EFFECT else 0.0)
    return RegressionRow(
        category="suite",
        name=clean(after.provider),
        status="regressed" if step < 0 else "improved" if step > 0 else "unchanged",
        baseline=before.average_score,
        candidate=after.average_score,
        delta=moved,
        detail=f"passed {before.passed_scenario_count} of {before.scenario_count}, "
        f"then {after.passed_scenario_count} of {after.scenario_count}; mean score {plain(before.average_score)}, "
        f"then {plain(after.average_score)}",
        judged=True,
    )


def _newly_failing(
    baseline: EvaluationReportView, candidate: EvaluationReportView, provider: str, provider_now: str
) -> int:
    """How many scenarios fail that passed before."""
    passed = {result.scenario for result in baseline.results if result.provider == provider and result.passed}
    return sum(
        result.provider == provider_now and not result.passed and result.scenario in passed
        for result in candidate.results
    )


def _pass_rate(summary: ProviderSummary) -> float:
    return summary.passed_scenario_count / summary.scenario_count if summary.scenario_count > 0 else 0.0


def _alone(result: BenchmarkResult, detail: str) -> RegressionRow:
    return RegressionRow(
        category="operation",
        name=f"{clean(result.provider)}/{clean(result.operation)}",
        status="cannot_decide",
        baseline=None,
        candidate=None,
        delta=None,
        detail=detail,
        judged=True,
    )


def _calls(result: BenchmarkResult) -> int:
    return result.success_count + result.error_count


def _told(change: LatencyChange) -> str:
    name = change.metric.partition("_")[0]
    if change.reason is not None:
        return f"{name} cannot be decided: {change.reason}"
    numbers = f"{name} {plain(change.baseline)} to {plain(change.candidate)} ms"
    if change.bounds is not None:
        numbers += f", ratio {change.ratio:.2f}, 95% {change.bounds.low:.2f} to {change.bounds.high:.2f}"
    return f"{numbers}{_pace(change.pace)}"


def _pace(ratio: float | None) -> str:
    if ratio is None or 1 / _PACE_WORTH_TELLING < ratio < _PACE_WORTH_TELLING:
        return ""
    return f" (taking into account that the machine itself took {ratio:.2f} times as long)"


def _went_well(facts: RunFacts) -> bool:
    return facts.run.state not in _BAD_STATES


def _said(flag: bool | None) -> str:
    return "not said" if flag is None else "yes" if flag else "no"


def _less(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else significant(after - before)
