"""What a report has to reach for a command to end well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from worldforge.evaluation.documents import ReportDocument

FILE: Final = "reports/evaluation_gate.json"
"""Where a run keeps it."""


class GateMiss(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was not reached.

    Attributes:
        provider: Whose.
        scenario: Which scenario; null for what concerns all of a provider's.
        metric: `pass_rate` of a scenario's trials, or `average_score` over a provider's scenarios.
        observed: What was reached.
        threshold: What was demanded.
    """

    provider: str
    scenario: str | None
    metric: str
    observed: float
    threshold: float


class EvaluationGate(msgspec.Struct, frozen=True, kw_only=True):
    """What was demanded of a report, and where it falls short.

    Attributes:
        passed: Whether it has everything that was demanded.
        require_pass: Whether every scenario had to pass.
        min_score: Average score that every provider had to reach; null for none.
        misses: What was not reached.
    """

    passed: bool
    require_pass: bool
    min_score: float | None
    misses: list[GateMiss]


def check_gate(report: ReportDocument, *, require_pass: bool = False, min_score: float | None = None) -> EvaluationGate:
    """Hold a report against demands.

    Args:
        report: The report.
        require_pass: Every scenario has to pass with every provider.
        min_score: Every provider's average score has to reach this, in [0, 1].
    """
    misses = [*(_failed(report) if require_pass else ()), *_too_low(report, min_score)]
    return EvaluationGate(passed=not misses, require_pass=require_pass, min_score=min_score, misses=misses)


def _failed(report: ReportDocument) -> Iterator[GateMiss]:
    for result in report.results:
        if not result.passed:
            rate = _pass_rate(result.passed_trial_count, result.trial_count)
            yield GateMiss(
                provider=result.provider, scenario=result.scenario, metric="pass_rate", observed=rate, threshold=1.0
            )


def _pass_rate(passed: object, trials: object) -> float:
    return passed / trials if isinstance(passed, int) and isinstance(trials, int) and trials else 0.0


def _too_low(report: ReportDocument, min_score: float | None) -> Iterator[GateMiss]:
    for summary in report.provider_summaries:
        # Rounding of a mean must not turn 0.8 into less than 0.8.
        if min_score is not None and summary.average_score < min_score - 1e-12:
            yield GateMiss(
                provider=summary.provider,
                scenario=None,
                metric="average_score",
                observed=summary.average_score,
                threshold=min_score,
            )
