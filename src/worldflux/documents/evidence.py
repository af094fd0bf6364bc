"""`evidence.json`: what was decided, and from which numbers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.identifier import pattern
from worldflux.documents.audit_input import Finding, Natural
from worldflux.documents.claim import ClaimId, Operator, ProtocolId, UtcTime
from worldflux.documents.protocol import DigestText

Verdict = Literal["supported", "refuted", "inconclusive", "underpowered", "not_testable"]
VERDICTS: tuple[Verdict, ...] = ("supported", "refuted", "inconclusive", "underpowered", "not_testable")
Recommendation = Literal[
    "cite_within_scope", "do_not_cite", "collect_more_episodes", "enlarge_the_plan", "repair_the_input"
]
DeploymentSummary = Literal["simulation_only_not_assessed", "environment_unknown_not_assessed"]
Ratio = Annotated[float, Meta(ge=0, le=1)]


class ClaimRef(Part, frozen=True, kw_only=True):
    """The claim, by id, hash and words."""

    id: ClaimId
    hash: DigestText
    text: str


class ProtocolRef(Part, frozen=True, kw_only=True):
    """The protocol, how firmly it is bound to the claim, and whether it is known to be older than the run."""

    id: ProtocolId
    hash: DigestText
    binding: Literal["bound", "placeholder"]
    precedence: Literal["proven", "declared", "not_shown"]


class SourceRef(Part, frozen=True, kw_only=True):
    """Where the episodes came from."""

    name: str
    format: str


class Reason(Part, frozen=True, kw_only=True):
    """One step of the way to the verdict."""

    code: str
    message: str


class Target(Part, frozen=True, kw_only=True):
    """The claimed value itself, without the margin."""

    value: float
    status: Literal["shown", "not_shown", "contradicted"]


class Interval(Part, frozen=True, kw_only=True):
    """A confidence interval of a rate, as ratios."""

    method: str
    confidence: Ratio
    lower: Ratio
    upper: Ratio


class PValue(Part, frozen=True, kw_only=True):
    """An exact p-value against the tested hypothesis, and how it was computed."""

    method: str
    value: Ratio


class Power(Part, frozen=True, kw_only=True):
    """Chance that the plan, run whole, supports a claim whose true value is `at`."""

    at: float
    n: Natural
    value: Ratio


class MetricEvidence(Part, frozen=True, kw_only=True):
    """One promised number and what the episodes say about it.

    Attributes:
        value: The claimed value, in the claim's unit.
        threshold: The value that was tested against, as a ratio: the claimed value less (or plus) the margin.
        estimate: Observed rate as a ratio, or None without a trial.
        successes: Successes among `trials`.
        trials: Successes and failures within the plan.
        k_crit: Fewest successes (for `<=` and `<`: most) among `decision_trials` that support the claim.
        k_refute: Most successes (for `<=` and `<`: fewest) among `decision_trials` that refute it.
        decision_trials: Trials and lost episodes together: what the decision divides by.
        interval: Decision interval, confidence 1 - 2 alpha: its ends are the two one-sided bounds.
        interval_descriptive: The usual 95% interval.
    """

    name: str
    unit: str
    operator: Operator
    value: float
    threshold: float | None
    target: Target
    estimate: Ratio | None
    successes: Natural
    trials: Natural
    decision_trials: Natural
    k_crit: int | None
    k_refute: int | None
    interval: Interval
    interval_descriptive: Interval
    p_value: PValue | None
    power: Power | None
    verdict: Verdict
    flags: list[str]


class Slice(Part, frozen=True, kw_only=True):
    """Counts of one task or of one run."""

    key: str
    successes: Natural
    trials: Natural
    estimate: Ratio | None
    interval: Interval


class Slices(Part, frozen=True, kw_only=True):
    """The same trials, cut by task and by run seed."""

    by_task: list[Slice]
    by_seed: list[Slice]


class Denominator(Part, frozen=True, kw_only=True):
    """Where every planned episode went.

    planned = success + failure + infra_error + pending + skipped + unknown + missing, and what was planned and is
    neither success nor failure is either `not_run` or `lost`. `out_of_protocol` and `duplicate` stand outside.
    `observed` is all that was planned and is not `missing`. `worst` and `best` bound the rate over everything planned.
    """

    planned: Natural
    observed: Natural
    success: Natural
    failure: Natural
    infra_error: Natural
    pending: Natural
    skipped: Natural
    unknown: Natural
    missing: Natural
    not_run: Natural
    lost: Natural
    out_of_protocol: Natural
    duplicate: Natural
    worst: Ratio | None
    best: Ratio | None


class Scope(Part, frozen=True, kw_only=True):
    """What the numbers are about, and nothing beyond it."""

    benchmark: str
    benchmark_version: str
    tasks: Natural
    run_seeds: list[int]
    episodes_per_task: Natural
    evaluator: str
    estimand: Literal["fixed_tasks", "task_population"]
    estimand_declared: bool


class Evidence(Document, frozen=True, kw_only=True):
    """The result of an audit: a function of claim, protocol and audit input alone."""

    schema_name: ClassVar[str] = "worldflux.evidence.v0_draft"

    schema_version: Literal["worldflux.evidence.v0_draft"]
    id: Annotated[str, Meta(pattern=pattern("evd"))]
    created_at: UtcTime
    claim: ClaimRef
    protocol: ProtocolRef
    source: SourceRef
    headline: str
    verdict: Verdict
    observed_verdict: Verdict | UnsetType = UNSET
    reasons: list[Reason]
    metrics: list[MetricEvidence]
    slices: Slices
    denominator: Denominator
    findings: list[Finding]
    missing_evidence: list[str]
    unsupported_claims: list[str]
    next_falsification_axes: list[str]
    claim_boundary: str
    scope: Scope
    recommendation: Recommendation
    deployment_summary: DeploymentSummary
    rules: str
    render: str
