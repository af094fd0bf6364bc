"""What changed from a baseline to a candidate, and whether it became worse.

Judged is what can be judged: latencies by a noise model, failures by exact tests, scenarios, budgets. Files and
provenance are listed beside it: they explain a change and are none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from worldbase.errors import UsageError
from worldforge.benchmark.change.latency_change import MIN_EFFECT
from worldforge.benchmark.change.noise import CONFIDENCE
from worldforge.benchmark.verdicts import STATUSES, Status, overall
from worldforge.errors import ComparisonRefusedError
from worldforge.runs.comparison.context import open_runs, shared_context
from worldforge.runs.comparison.documents import (
    ArtifactChanges,
    BudgetStatusChanges,
    Counts,
    FailureChanges,
    ProvenanceChanges,
    Regression,
    RegressionRow,
    RegressionSummary,
)
from worldforge.runs.comparison.drift import artifact_changes, failure_changes, provenance_changes
from worldforge.runs.comparison.facts import RunFacts, compared_run
from worldforge.runs.comparison.judged import (
    OperationChange,
    operation_changes,
    operation_rows,
    showcase_row,
    suite_rows,
    unmatched_rows,
)
from worldforge.runs.comparison.metrics import metric_deltas

_BUDGET_STATUS: dict[str, Status] = {
    "budget-violation": "regressed",
    "improved": "improved",
    "unchanged": "unchanged",
    "changed": "cannot_decide",
}


def compare_regression(
    paths: Sequence[Path | str], *, workspace: Path | None = None, min_effect: float = MIN_EFFECT
) -> Regression:
    """Compare a candidate with a baseline.

    Args:
        paths: The baseline and the candidate: folders, manifests, reports, or ids in the workspace.
        workspace: Where ids are looked for.
        min_effect: The smallest change of a median latency that counts: 0.25 is 25%.

    Raises:
        ComparisonRefusedError: `compare.not_two`, or the runs do not measure the same; see `open_runs`.
        UsageError: `compare.min_effect`.
        WorldForgeError: A run cannot be opened.
    """
    if not (math.isfinite(min_effect) and 0 < min_effect <= 10):
        raise UsageError(
            f"a smallest effect of {min_effect:g} is not above 0 and at most 10",
            code="compare.min_effect",
            hint="0.25 stands for 25%.",
        )
    if len(paths) > 2:
        raise ComparisonRefusedError(
            f"a regression is between two runs, and {len(paths)} are named",
            code="compare.not_two",
            hint="Name the baseline and then the candidate; `--mode comparison` takes more.",
        )
    baseline, candidate = facts = open_runs(paths, workspace=workspace)
    changes = operation_changes(baseline, candidate, min_effect)
    judged = list(_judged(baseline, candidate, changes))
    metrics = metric_deltas(baseline, candidate, changes)
    failures = failure_changes(baseline, candidate)
    artifacts = artifact_changes(baseline, candidate)
    provenance = provenance_changes(baseline, candidate)
    return Regression(
        kind=baseline.kind,
        baseline_run_id=baseline.run_id,
        candidate_run_id=candidate.run_id,
        claim_boundary=baseline.claim_boundary,
        comparison_context=shared_context(facts),
        runs=[compared_run(each) for each in facts],
        regression_summary=_summary(judged, min_effect),
        metric_deltas=metrics,
        budget_status_changes=_budgets(baseline, candidate),
        failure_changes=failures,
        artifact_changes=artifacts,
        provenance_changes=provenance,
        rows=[
            *judged,
            *(_row("metric", each.metric, each.status, each.baseline, each.candidate, each.delta) for each in metrics),
            *_failure_rows(failures, certain=baseline.kind != "benchmark"),
            *_artifact_rows(artifacts),
            *_provenance_rows(provenance),
        ],
    )


def _judged(baseline: RunFacts, candidate: RunFacts, changes: Sequence[OperationChange]) -> Iterator[RegressionRow]:
    yield from operation_rows(changes)
    yield from unmatched_rows(baseline, candidate)
    yield from suite_rows(baseline, candidate)
    if baseline.kind == "demo_showcase":
        yield showcase_row(baseline, candidate)
    if baseline.budget_passed is not None or candidate.budget_passed is not None:
        budgets = _budgets(baseline, candidate)
        yield RegressionRow(
            category="budget",
            name=candidate.budget_ref or baseline.budget_ref or "budget",
            status=_BUDGET_STATUS[budgets.status],
            baseline=_gate(budgets.baseline),
            candidate=_gate(budgets.candidate),
            delta=None,
            detail="only one of the runs had a gate" if budgets.status == "changed" else "",
            judged=True,
        )


def _summary(judged: Sequence[RegressionRow], min_effect: float) -> RegressionSummary:
    statuses = [row.status for row in judged]
    counts = Counts(**{status: statuses.count(status) for status in STATUSES})
    return RegressionSummary(status=overall(statuses), counts=counts, min_effect=min_effect, confidence=CONFIDENCE)


def _budgets(baseline: RunFacts, candidate: RunFacts) -> BudgetStatusChanges:
    before, after = baseline.budget_passed, candidate.budget_passed
    status: Literal["budget-violation", "improved", "unchanged", "changed"] = "unchanged"
    if before is None or after is None:
        status = "unchanged" if before is after else "changed"
    elif before != after:
        status = "improved" if after else "budget-violation"
    return BudgetStatusChanges(status=status, baseline=before, candidate=after)


def _gate(passed: bool | None) -> str | None:
    return None if passed is None else "passed" if passed else "failed"


def _failure_rows(failures: FailureChanges, *, certain: bool) -> Iterator[RegressionRow]:
    """A scenario that fails is a fact; a kind of error in one of many calls may be chance, which operations judge."""
    for name in failures.new_failures:
        yield _row("failure", name, "regressed" if certain else "cannot_decide", None, "fails", detail="new")
    for name in failures.removed_failures:
        yield _row("failure", name, "improved" if certain else "cannot_decide", "fails", None, detail="gone")


def _artifact_rows(artifacts: ArtifactChanges) -> Iterator[RegressionRow]:
    for label in artifacts.added:
        yield _row("artifact", label, "cannot_decide", None, "there", detail="added")
    for label in artifacts.removed:
        yield _row("artifact", label, "cannot_decide", "there", None, detail="removed")
    for label in artifacts.changed:
        detail = "holds timings, so it differs between any two runs" if label in artifacts.expected else "changed"
        yield _row("artifact", label, "cannot_decide", "there", "there", detail=detail)


def _provenance_rows(provenance: ProvenanceChanges) -> Iterator[RegressionRow]:
    for difference in provenance.differences:
        yield _row("provenance", difference.field, "cannot_decide", difference.baseline, difference.candidate)


def _row(
    category: Literal["metric", "failure", "artifact", "provenance"],
    name: str,
    status: Status,
    baseline: float | str | None,
    candidate: float | str | None,
    delta: float | None = None,
    *,
    detail: str = "",
) -> RegressionRow:
    return RegressionRow(
        category=category,
        name=name,
        status=status,
        baseline=baseline,
        candidate=candidate,
        delta=delta,
        detail=detail,
        judged=False,
    )
