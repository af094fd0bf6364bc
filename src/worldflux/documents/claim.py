"""`claim.json`: what somebody says a policy can do, and how it is to be decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldbase.identifier import pattern

Text = Annotated[str, Meta(min_length=1, max_length=4000)]
ShortText = Annotated[str, Meta(min_length=1, max_length=400)]
OptionalText = Annotated[str, Meta(max_length=4000)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]*(?!\n)$", max_length=120)]
UtcTime = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z(?!\n)$")]
ClaimId = Annotated[str, Meta(pattern=pattern("clm"))]
ProtocolId = Annotated[str, Meta(pattern=pattern("prt"))]
Operator = Literal[">=", ">", "<=", "<", "=="]

SUCCESS_RATE = "success_rate"
UNIT_SCALES = {"ratio": 1, "percent": 100}


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
    """One number that the claim promises."""

    name: ShortText
    operator: Operator
    value: float
    unit: ShortText


class Baseline(Part, frozen=True, kw_only=True):
    """A second number that has to be passed as well, in the unit of the metric; it never replaces the claimed value."""

    value: float
    source: OptionalText


class DecisionRule(Part, frozen=True, kw_only=True):
    """How the claim is decided; part of what the claim's hash binds."""

    null_hypothesis: Text
    margin: Annotated[float, Meta(ge=0)]
    alpha: Annotated[float, Meta(gt=0, lt=0.5)]
    interval_method: Literal["wilson"]
    baseline: Baseline | UnsetType = UNSET
    power_at: float | UnsetType = UNSET


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
        """Yield values that no rate can have, and metrics that are promised twice."""
        for index, metric in enumerate(self.expected_metrics):
            where = Where(file, f"/expected_metrics/{index}")
            if any(other.name == metric.name for other in self.expected_metrics[:index]):
                yield Problem("claim.metric_twice", f"the metric {metric.name!r} is promised twice", where)
            yield from self._rate_problems(metric, where)

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
