"""The public view of a package: all that a share may ever show, and nothing that has to be hidden."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.evidence import (
    Denominator,
    DeploymentSummary,
    Interval,
    Power,
    PValue,
    Reason,
    Recommendation,
    Scope,
    Target,
    Verdict,
)
from worldflux.documents.protocol import DigestText

SizeBucket = Literal["under 1 KB", "1 KB to 100 KB", "100 KB to 10 MB", "10 MB to 1 GB", "over 1 GB"]


class ShownClaim(Part, frozen=True, kw_only=True):
    """The claim in its author's words, and its hash."""

    text: str
    hash: DigestText


class ShownProtocol(Part, frozen=True, kw_only=True):
    """The protocol's hash, and what is known about when it was written."""

    hash: DigestText
    binding: Literal["bound", "placeholder"]
    precedence: Literal["proven", "declared", "not_shown"]


class ShownMetric(Part, frozen=True, kw_only=True):
    """One promised number and what was shown of it; the fields are those of the evidence."""

    name: str
    unit: str
    operator: str
    role: Literal["primary", "exploratory"]
    value: float
    threshold: float | None
    target: Target
    verdict: Verdict
    estimate: float | None
    successes: int | None
    trials: int
    decision_trials: int
    method: str
    interval: Interval
    robust: bool
    flags: list[str]
    k_crit: int | None
    p_value: PValue | None
    power: Power | None
    task: str | UnsetType = UNSET


class ShownResult(Part, frozen=True, kw_only=True):
    """The verdict with its numbers."""

    verdict: Verdict
    headline: str
    reasons: list[Reason]
    metrics: list[ShownMetric]
    denominator: Denominator


class ShownFinding(Part, frozen=True, kw_only=True):
    """A finding by its code; its words may quote the run, so they stay in the package."""

    code: str
    severity: Literal["info", "warning", "error"]
    count: int


class ShownArtifact(Part, frozen=True, kw_only=True):
    """A member of the package by what it is, never by its bytes.

    Attributes:
        name: Name of a member that every package can have.
        state: `hosted`: a share holds it; `withheld`: it stays with the author.
    """

    name: str
    kind: str
    size: SizeBucket
    state: Literal["hosted", "withheld"]


class PublicView(Document, frozen=True, kw_only=True):
    """What everybody may see of a package. Expiry, reviewer and verification status belong to a share, not to this.

    Attributes:
        display_id: Short name of the package for people; the manifest's digest is the real one.
    """

    schema_name: ClassVar[str] = "worldflux.public_view.v0_draft"

    schema_version: Literal["worldflux.public_view.v0_draft"]
    display_id: str
    manifest: DigestText
    claim: ShownClaim
    protocol: ShownProtocol
    result: ShownResult
    scope: Scope
    recommendation: Recommendation
    deployment_summary: DeploymentSummary
    findings: list[ShownFinding]
    missing_evidence: list[str]
    unsupported_claims: list[str]
    next_falsification_axes: list[str]
    claim_boundary: str
    artifacts: list[ShownArtifact]
