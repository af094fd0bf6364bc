"""What comparing runs gives, as documents. Nothing in them leads out of a run or names a machine."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from worldforge.benchmark.verdicts import Interval, Status

COMPARISON_VERSION: Final = 2
REGRESSION_VERSION: Final = 1

Kind = Literal["benchmark", "eval", "demo_showcase"]
Missing = Literal["capability", "fixture_digest", "suite_version", "budget_status"]


class ComparisonContext(msgspec.Struct, frozen=True, kw_only=True):
    """What all compared runs share; a value that no run has is null, and named in `missing_evidence`.

    Attributes:
        kind: What was run.
        providers: Of all runs, sorted; they may differ.
        capabilities: The same for all runs.
        operations: The same for all runs; of evaluations the suite, of showcases the workflow.
        fixture_digest: `sha256:` digest of the inputs.
        suite_version: Version of the suite's contract.
        budget_refs: Name and digest of the budgets, `budget.json#sha256:...`.
        missing_evidence: What at least one run does not say.
    """

    kind: Kind
    providers: list[str]
    capabilities: list[str]
    operations: list[str]
    fixture_digest: str | None
    suite_version: str | None
    budget_refs: list[str]
    missing_evidence: list[Missing]


class ProvenanceRefs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By what a run's inputs, budgets and results can be found again; digests are `sha256:<hex>`."""

    input_file: str | None = None
    input_digest: str | None = None
    budget_file: str | None = None
    result_digest: str | None = None
    timing_digest: str | None = None
    worldforge_version: str | None = None
    machine_class: str | None = None


class ComparedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        run_id: Its id.
        created_at: UTC; empty where it is not known.
        status: As `runs list` shows it.
        command: The command line, without secrets and host paths.
        provider: Providers, joined by commas.
        operation: Operations or suite, joined by commas.
        path: Name of its folder.
        report_path: Its report, relative to the folder.
        artifact_refs: Label -> `<folder>/<file>`, of files that are safe to name.
        safe_artifacts: Label -> file relative to the folder, of the same.
        excluded_unsafe_artifact_count: References that are not rendered: absolute or climbing paths, other endings
            than those of text.
        provenance_refs: Digests and versions.
        budget_passed: What the gate said; null where there was none.
        event_count: Events that were emitted.
        skip_reason: Why nothing was measured; null where something was.
        missing_evidence: What the run does not say.
        replay_of: Run that it repeats; null where it repeats none.
    """

    run_id: str
    created_at: str
    status: str
    command: str
    provider: str
    operation: str
    path: str
    report_path: str
    artifact_refs: dict[str, str]
    safe_artifacts: dict[str, str]
    excluded_unsafe_artifact_count: int
    provenance_refs: ProvenanceRefs
    budget_passed: bool | None
    event_count: int
    skip_reason: str | None
    missing_evidence: list[Missing]
    replay_of: str | None


class ComparedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One provider and operation, suite or workflow of one run.

    Fields of other kinds of runs are absent. A delta is against the row of the same provider in the first run, or of
    the only one that has the operation; null where there is none.
    """

    run_id: str
    provider: str
    operation: str
    fixture_digest: str | None
    suite_version: str | None
    budget_ref: str | None
    budget_passed: bool | None
    event_count: int
    capability: str | UnsetType | None = UNSET
    iterations: int | UnsetType = UNSET
    success_count: int | UnsetType = UNSET
    error_count: int | UnsetType = UNSET
    retry_count: int | UnsetType = UNSET
    average_latency_ms: float | UnsetType | None = UNSET
    delta_average_latency_ms: float | UnsetType | None = UNSET
    p50_latency_ms: float | UnsetType | None = UNSET
    delta_p50_latency_ms: float | UnsetType | None = UNSET
    p95_latency_ms: float | UnsetType | None = UNSET
    delta_p95_latency_ms: float | UnsetType | None = UNSET
    throughput_per_second: float | UnsetType | None = UNSET
    delta_throughput_per_second: float | UnsetType | None = UNSET
    suite_id: str | UnsetType = UNSET
    average_score: float | UnsetType | None = UNSET
    delta_average_score: float | UnsetType | None = UNSET
    scenario_count: int | UnsetType = UNSET
    passed_scenario_count: int | UnsetType = UNSET
    failed_scenario_count: int | UnsetType = UNSET
    pass_rate: float | UnsetType | None = UNSET
    delta_pass_rate: float | UnsetType | None = UNSET
    status: str | UnsetType = UNSET
    safe_to_attach: bool | UnsetType | None = UNSET
    summary: str | UnsetType = UNSET


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Runs side by side; `baseline_run_id` is the first one."""

    schema_version: int = COMPARISON_VERSION
    mode: Literal["comparison"] = "comparison"
    kind: Kind
    baseline_run_id: str
    run_count: int
    claim_boundary: str
    comparison_context: ComparisonContext
    runs: list[ComparedRun]
    rows: list[ComparedRow]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many judged rows have which status."""

    regressed: int
    improved: int
    unchanged: int
    cannot_decide: int


class RegressionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The answer.

    Attributes:
        status: `regressed` if any judged row is, else `cannot_decide` if any is, else `improved` if any is.
        counts: Over the judged rows.
        min_effect: The smallest change of a median latency that counts: 0.25 is 25%.
        confidence: Of the intervals.
    """

    status: Status
    counts: Counts
    min_effect: float
    confidence: float


class MetricDelta(msgspec.Struct, frozen=True, kw_only=True):
    """One number over all operations: latencies, throughput, scores and rates as means, counts as sums."""

    metric: str
    baseline: float | None
    candidate: float | None
    delta: float | None
    status: Status


class BudgetStatusChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What the gates said; `changed` where only one of the runs had one."""

    status: Literal["budget-violation", "improved", "unchanged", "changed"]
    baseline: bool | None
    candidate: bool | None


class FailureChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Failures by their fingerprints: kind of error or scenario, without what differs from call to call."""

    status: Literal["changed", "unchanged"]
    new_failures: list[str]
    removed_failures: list[str]
    lasting_failures: list[str]


class ArtifactChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Files of the runs by label, compared by digest.

    Attributes:
        status: Whether anything was added, removed or changed.
        added: Labels of the candidate alone.
        removed: Labels of the baseline alone.
        changed: Labels whose digests differ.
        expected: Those of `changed` that hold timings or times, and so differ between any two runs.
        excluded_unsafe_count: References of both runs that are not rendered.
    """

    status: Literal["changed", "unchanged"]
    added: list[str]
    removed: list[str]
    changed: list[str]
    expected: list[str]
    excluded_unsafe_count: int


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the provenance that differs; null where a run does not have it."""

    field: str
    baseline: str | None
    candidate: str | None


class ProvenanceChanges(msgspec.Struct, frozen=True, kw_only=True):
    """How the runs came about otherwise."""

    status: Literal["changed", "unchanged"]
    differences: list[Difference]


class RegressionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was compared.

    Attributes:
        category: `operation`, `suite`, `showcase` and `budget` are judged; `metric`, `failure`, `artifact` and
            `provenance` are for reading.
        name: Which one.
        status: What follows; of what is only for reading `cannot_decide` where it differs.
        baseline: Value of the baseline.
        candidate: Value of the candidate.
        delta: Candidate less baseline, of numbers.
        detail: In words: why, and how sure.
        judged: Whether it counts for the summary.
        ratio: Of medians, candidate over baseline.
        interval: 95% bounds of the ratio at one pace of the machine.
    """

    category: Literal["operation", "suite", "showcase", "budget", "metric", "failure", "artifact", "provenance"]
    name: str
    status: Status
    baseline: float | str | None
    candidate: float | str | None
    delta: float | None
    detail: str
    judged: bool
    ratio: float | None = None
    interval: Interval | None = None


class Regression(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from a baseline to a candidate."""

    schema_version: int = REGRESSION_VERSION
    mode: Literal["regression"] = "regression"
    kind: Kind
    baseline_run_id: str
    candidate_run_id: str
    claim_boundary: str
    comparison_context: ComparisonContext
    runs: list[ComparedRun]
    regression_summary: RegressionSummary
    metric_deltas: list[MetricDelta]
    budget_status_changes: BudgetStatusChanges
    failure_changes: FailureChanges
    artifact_changes: ArtifactChanges
    provenance_changes: ProvenanceChanges
    rows: list[RegressionRow]
