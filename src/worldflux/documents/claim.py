"""`claim.json`: what somebody says a policy can do, and how it is to be decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, get_args

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldbase.identifier import pattern
from worldflux.documents.episode import ScoreKind

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
ShortText = Annotated[str, Meta(min_length=1, max_length=400)]
OptionalText = Annotated[str, Meta(max_length=4000)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*(?!\n)$", max_length=120)]
UtcTime = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z(?!\n)$")]
ClaimId = Annotated[str, Meta(pattern=pattern("clm"))]
ProtocolId = Annotated[str, Meta(pattern=pattern("prt"))]
Operator = Literal[">=", ">", "<=", "<", "=="]

IntervalMethod = Literal[
    "wilson", "clopper_pearson", "exact", "jeffreys", "jeffreys_bcd", "agresti_coull", "wald", "ppi"
]

SUCCESS_RATE = "success_rate"
UNIT_SCALES = {"ratio": 1, "percent": 100}
SCORES = {
    f"{average}_{score}": score
    for score in ("sum_reward", "max_reward", *get_args(ScoreKind))
    for average in ("avg", "mean")
}
"""Metrics that are the mean of a score of the episodes, and the score."""


class Subject(Part, frozen=True, kw_only=True):
    """The policy that the claim is about."""

    type: ShortText
    id: ShortText
    checkpoint_uri: ShortText


class Applicability(Part, frozen=True, kw_only=True):
    """Where the claim is meant to hold."""

    benchmark: ShortText
    benchmark_version: ShortText
    robot_embodiment: ShortText
    simulator: ShortText
    camera_distribution: ShortText
    language_template: ShortText
    license_assumptions: list[ShortText]


class ExpectedMetric(Part, frozen=True, kw_only=True):
    """One number that the claim promises.

    Attributes:
        task: Key of the one task that it is about; absent: all tasks of the protocol.
        role: An `exploratory` metric is shown with a corrected p-value and takes no part in the claim's verdict.
        bounds: Lowest and highest value that a single episode's score can have, where that is known.
    """

    name: ShortText
    operator: Operator
    value: float
    unit: ShortText
    task: ShortText | UnsetType = UNSET
    role: Literal["primary", "exploratory"] = "primary"
    bounds: tuple[float, float] | UnsetType = UNSET

    @property
    def label(self) -> str:
        """The metric's name, with the task that it is about."""
        return self.name if self.task is UNSET else f"{self.name} of {self.task}"


class Baseline(Part, frozen=True, kw_only=True):
    """A second number that has to be passed as well; it never replaces the claimed value.

    Attributes:
        value: The number, in the unit of the metric, taken as if it were known exactly.
        successes: Or what was measured: successes among `trials`; its own uncertainty then enters the comparison.
    """

    source: OptionalText
    value: float | UnsetType = UNSET
    successes: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    trials: Annotated[int, Meta(ge=1)] | UnsetType = UNSET


class DecisionRule(Part, frozen=True, kw_only=True):
    """How the claim is decided; part of what the claim's hash binds.

    Attributes:
        baseline: A second number to pass: a value, or the counts of a measured baseline.
        power_at: The true value at which power is wanted, where it is not the claimed one.
        combine: Whether `all` metrics have to hold (an intersection-union test), or `any` (Holm's correction).
    """

    null_hypothesis: Text
    margin: Annotated[float, Meta(ge=0)]
    alpha: Annotated[float, Meta(gt=0, lt=0.5)]
    interval_method: IntervalMethod
    baseline: Baseline | UnsetType = UNSET
    power_at: float | UnsetType = UNSET
    combine: Literal["all", "any"] = "all"


class ClaimSource(Part, frozen=True, kw_only=True):
    """Where the claim was made."""

    type: ShortText
    title: ShortText
    url: OptionalText
    section: OptionalText


class Curator(Part, frozen=True, kw_only=True):
    """Who wrote the claim down, and when."""

    agent: ShortText
    created_at: UtcTime


class Selection(Part, frozen=True, kw_only=True):
    """How the claimed checkpoint came to be the one that is reported."""

    candidates_scored: Annotated[int, Meta(ge=1)]
    method: Text


class Claim(Document, frozen=True, kw_only=True):
    """A claim, exactly as its author states it."""

    schema_name: ClassVar[str] = "worldflux.claim.v0_draft"

    schema_version: Literal["worldflux.claim.v0_draft"]
    id: ClaimId
    slug: Slug
    claim_text: Text
    subject: Subject
    capability: ShortText
    applicability: Applicability
    expected_metrics: Annotated[list[ExpectedMetric], Meta(min_length=1, max_length=32)]
    decision_rule: DecisionRule
    source: ClaimSource
    curator: Curator
    status: ShortText
    selection: Selection | UnsetType = UNSET

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield values that no rate can have, metrics that are promised twice, and a baseline that is not one."""
        for index, metric in enumerate(self.expected_metrics):
            where = Where(file, f"/expected_metrics/{index}")
            if any(other.label == metric.label for other in self.expected_metrics[:index]):
                yield Problem("claim.metric_twice", f"the metric {metric.label!r} is promised twice", where)
            if metric.bounds is not UNSET and not metric.bounds[0] < metric.bounds[1]:
                yield Problem("claim.bounds", "the lower bound has to lie below the upper one", where)
            yield from self._rate_problems(metric, where)
        yield from self._baseline_problems(file)

    def _baseline_problems(self, file: str) -> Iterator[Problem]:
        baseline = self.decision_rule.baseline
        if baseline is UNSET:
            return
        where = Where(file, "/decision_rule/baseline")
        counted = baseline.successes is not UNSET and baseline.trials is not UNSET
        half = (baseline.successes is UNSET) != (baseline.trials is UNSET)
        if half or counted == (baseline.value is not UNSET):
            yield Problem("claim.baseline", "a baseline is either a value, or successes and trials", where)
        elif counted and not any(metric.name == SUCCESS_RATE for metric in self.expected_metrics):
            yield Problem("claim.baseline", "counts of a baseline need a success rate to be compared with", where)
        elif counted and baseline.successes > baseline.trials:  # type: ignore[operator]
            yield Problem("claim.baseline", "a baseline cannot have more successes than trials", where)

    def _rate_problems(self, metric: ExpectedMetric, where: Where) -> Iterator[Problem]:
        if metric.name != SUCCESS_RATE:
            return
        if metric.unit not in UNIT_SCALES:
            known = " or ".join(UNIT_SCALES)
            yield Problem("claim.unit", f"a success rate is given as {known}, not {metric.unit!r}", where)
            return
        scale = UNIT_SCALES[metric.unit]
        if not 0 <= metric.value <= scale:
            yield Problem(
                "claim.value",
                f"a success rate of {metric.value} {metric.unit} is outside 0 to {scale}",
                where,
            )
        elif self.decision_rule.margin >= scale:
            rule = Where(where.file, "/decision_rule/margin")
            yield Problem("claim.margin", f"a margin of {self.decision_rule.margin} leaves nothing to show", rule)
