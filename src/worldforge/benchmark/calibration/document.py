"""`budget-calibration.json`: a draft of budgets, what it was drafted from, and how it differs from what is in force."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from worldforge.benchmark.report import Budget
from worldforge.provenance import Machine

SCHEMA_VERSION: Final = 1
COMBINATION: Final = (
    "Each threshold is one that every report keeps: of latencies the highest upper bound of the reports' 95% intervals "
    "(the point where there is none) times one plus the headroom, of errors and retries the highest count, of success "
    "rates the lowest, of throughputs the lowest divided by one plus the headroom."
)
CLAIM_BOUNDARY: Final = (
    "Drafts of regression guards for one class of machine. They are no statement about other machines, and they do not "
    "replace a budget that is in force."
)

Change = Literal["looser", "tighter", "unchanged", "new", "dropped", "not_measured"]


class SourceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was calibrated from: what a reviewer compares.

    Attributes:
        path: Name of the file.
        sha256: `sha256:` digest of its bytes.
        created_at: When it was measured; null where the report does not say.
        command: What was run.
        iterations: Calls per operation.
        input_digest: `sha256:` digest of the inputs; null where the report does not say.
        machine: Where it was measured, as the report says; null where it does not.
    """

    path: str
    sha256: str
    created_at: str | None
    command: list[str]
    iterations: int
    input_digest: str | None
    machine: Machine | None


class BaselineContext(msgspec.Struct, frozen=True, kw_only=True):
    """Where the baseline was measured, by the reports; and what the caller calls that machine.

    Attributes:
        machine_class: As measured; `unknown` where no report says.
        machine_classes: All of them, where several were allowed.
        declared_machine_class: What the caller declared; null where nothing.
        python: Of the measured runs.
        worldforge_versions: Of the measured runs.
        sample_count: Calls of all reports.
    """

    machine_class: str
    machine_classes: list[str]
    declared_machine_class: str | None
    python: list[str]
    worldforge_versions: list[str]
    sample_count: int


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold of the draft against the one in force.

    Attributes:
        provider: Whose; `*` for any.
        operation: Which; `*` for any.
        metric: Key of the threshold.
        old_threshold: In force; the strictest where several budgets apply; null where none did.
        candidate_threshold: Of the draft; null where it has none.
        observed_baseline: What the reports show, combined; null where nothing was measured.
        change: How the draft differs from what is in force.
        review_required: Whether something that was guarded is guarded less.
        rationale: Why.
    """

    provider: str
    operation: str
    metric: str
    old_threshold: float | None
    candidate_threshold: float | None
    observed_baseline: float | None
    change: Change
    review_required: bool
    rationale: str


class CurrentBudget(msgspec.Struct, frozen=True, kw_only=True):
    """The budgets in force: the name of their file and its `sha256:` digest."""

    path: str
    sha256: str


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """`budget-calibration.json`.

    Attributes:
        schema_version: 1.
        generated_at: UTC.
        source_reports: What was calibrated from.
        baseline_context: Where that was measured.
        headroom_ratio: What was added to latencies and taken from throughputs.
        combination: How several reports were combined.
        current_budget: What is in force; null where nothing was given.
        candidate_budgets: The draft.
        diffs: The draft against what is in force.
        review_required: Whether any row asks for a review.
        rationale: Why this was done.
        claim_boundary: What it does not show.
    """

    schema_version: int = SCHEMA_VERSION
    generated_at: str
    source_reports: list[SourceEntry]
    baseline_context: BaselineContext
    headroom_ratio: float
    combination: str = COMBINATION
    current_budget: CurrentBudget | None
    candidate_budgets: list[Budget]
    diffs: list[Diff]
    review_required: bool
    rationale: str
    claim_boundary: str = CLAIM_BOUNDARY
