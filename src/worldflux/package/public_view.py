"""The public view of a package, as a function of its evidence and its manifest."""

from __future__ import annotations

from collections import Counter
from typing import Final, Literal

import msgspec

from worldbase import digest
from worldflux.documents.evidence import Evidence, MetricEvidence
from worldflux.documents.manifests import ArtifactManifest, ManifestFile
from worldflux.documents.public_view import (
    PublicView,
    ShownArtifact,
    ShownClaim,
    ShownFinding,
    ShownMetric,
    ShownProtocol,
    ShownResult,
    SizeBucket,
)
from worldflux.package import layout

_SHOWN_OF_A_METRIC: Final = frozenset(ShownMetric.__struct_fields__)
_BUCKETS: Final[tuple[tuple[int, SizeBucket], ...]] = (
    (1_000, "under 1 KB"),
    (100_000, "1 KB to 100 KB"),
    (10_000_000, "100 KB to 10 MB"),
    (1_000_000_000, "10 MB to 1 GB"),
)


def public_view_of(evidence: Evidence, manifest: ArtifactManifest, manifest_digest: str) -> PublicView:
    """All that a share may ever show of a package.

    It is an allow list: a field that is not named here is not shown, whatever a later version adds to the evidence.

    Args:
        evidence: What was decided.
        manifest: The members.
        manifest_digest: `sha256:` of the manifest's bytes.
    """
    return PublicView(
        schema_version="worldflux.public_view.v0_draft",
        display_id=f"wf-{manifest_digest.removeprefix('sha256:')[:12]}",
        manifest=manifest_digest,
        claim=ShownClaim(text=evidence.claim.text, hash=evidence.claim.hash),
        protocol=ShownProtocol(
            hash=evidence.protocol.hash,
            binding=evidence.protocol.binding,
            precedence=evidence.protocol.precedence,
        ),
        result=ShownResult(
            verdict=evidence.verdict,
            headline=evidence.headline,
            reasons=evidence.reasons,
            metrics=[_shown_metric(metric) for metric in evidence.metrics],
            denominator=evidence.denominator,
        ),
        scope=evidence.scope,
        recommendation=evidence.recommendation,
        deployment_summary=evidence.deployment_summary,
        findings=_shown_findings(evidence),
        missing_evidence=evidence.missing_evidence,
        unsupported_claims=evidence.unsupported_claims,
        next_falsification_axes=evidence.next_falsification_axes,
        claim_boundary=evidence.claim_boundary,
        artifacts=[_shown_artifact(entry) for entry in manifest.files],
    )


def public_view_digest(view: PublicView) -> str:
    """`sha256:` of the view's RFC 8785 form."""
    return digest.of_value(msgspec.json.decode(msgspec.json.encode(view)))


def _shown_metric(metric: MetricEvidence) -> ShownMetric:
    return ShownMetric(**{name: getattr(metric, name) for name in _SHOWN_OF_A_METRIC})


def _shown_findings(evidence: Evidence) -> list[ShownFinding]:
    counted = Counter((finding.code, finding.severity) for finding in evidence.findings)
    return [ShownFinding(code=code, severity=severity, count=count) for (code, severity), count in counted.items()]


def _shown_artifact(entry: ManifestFile) -> ShownArtifact:
    member = layout.KNOWN[entry.path]
    state: Literal["hosted", "withheld"] = "hosted" if member.share_class == "hosted" else "withheld"
    return ShownArtifact(name=entry.path, kind=member.role, size=_bucket(entry.size), state=state)


def _bucket(size: int) -> SizeBucket:
    return next((name for limit, name in _BUCKETS if size < limit), "over 1 GB")
