"""What is stated about a package: which bytes are signed, and what the signature says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET

from worldbase import __version__, clock, digest
from worldbase.document import Loaded
from worldflux.documents.evidence import Evidence
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.signature import (
    BOUNDARY,
    Decision,
    DigestSet,
    EvidencePredicate,
    EvidenceStatement,
    PublicViewPredicate,
    PublicViewStatement,
    ReviewPredicate,
    ReviewStatement,
    StatedClaim,
    StatedProtocol,
    StatedResult,
    StatedTool,
    Subject,
)
from worldflux.documents.verification import TrustLevel
from worldflux.package import layout
from worldflux.package.public_view import public_view_digest, public_view_of

PUBLIC_VIEW: Final = "public_view.json"
"""Name of the public view among the subjects; no file of that name exists."""

_NOT_OF_THE_RESULT: Final = frozenset(["id", "created_at"])


@dataclass(frozen=True, slots=True)
class Statable:
    """What a statement about a package is made from.

    Attributes:
        manifest: The manifest with its bytes.
        evidence: The evidence with its parsed value.
    """

    manifest: Loaded[ArtifactManifest]
    evidence: Loaded[Evidence]

    @property
    def manifest_digest(self) -> str:
        """`sha256:` of the manifest's bytes: the digest that stands for the whole package."""
        return digest.of_bytes(self.manifest.data)


def result_digest(evidence: dict[str, Any]) -> str:
    """Digest of a result: the RFC 8785 form of `evidence.json` without its id and time of making."""
    return digest.of_value({name: value for name, value in evidence.items() if name not in _NOT_OF_THE_RESULT})


def subjects_of(manifest: Loaded[ArtifactManifest]) -> list[Subject]:
    """The manifest first, then every file that it lists, in its order."""
    listed = [(entry.path, entry.sha256) for entry in manifest.document.files]
    return [_subject(name, sha256) for name, sha256 in ((layout.MANIFEST, digest.of_bytes(manifest.data)), *listed)]


def evidence_statement(package: Statable) -> EvidenceStatement:
    """What the author states. It names no address, path, host or person."""
    manifest, evidence = package.manifest.document, package.evidence.document
    return EvidenceStatement(
        subject=subjects_of(package.manifest),
        predicate=EvidencePredicate(
            evidence_id=evidence.id,
            sequence=manifest.sequence,
            supersedes=manifest.supersedes,
            claim=StatedClaim(id=evidence.claim.id, hash=evidence.claim.hash),
            protocol=StatedProtocol(id=evidence.protocol.id, hash=evidence.protocol.hash),
            result=StatedResult(verdict=evidence.verdict, digest=result_digest(package.evidence.value)),
            tool=_tool(),
            signed_at_claimed=clock.timestamp(),
            boundary=BOUNDARY,
        ),
    )


def public_view_statement(package: Statable) -> PublicViewStatement:
    """What the author states about what may be shown."""
    view = public_view_of(package.evidence.document, package.manifest.document, package.manifest_digest)
    return PublicViewStatement(
        subject=[
            _subject(PUBLIC_VIEW, public_view_digest(view)),
            _subject(layout.MANIFEST, package.manifest_digest),
        ],
        predicate=PublicViewPredicate(view=view, signed_at_claimed=clock.timestamp()),
    )


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer decided."""

    decision: Decision
    note: str
    reviewer: str | None = None
    limits: tuple[str, ...] = ()


def review_statement(
    review: Review, *, author_file: str, author_digest: str, manifest_digest: str, checked: list[str], trust: TrustLevel
) -> ReviewStatement:
    """What a reviewer states about the author's signature file and the package under it.

    Args:
        review: The decision.
        author_file: Name of the author's signature file, such as `signatures/author.dsse.json`.
        author_digest: `sha256:` of its bytes.
        manifest_digest: `sha256:` of the manifest's bytes.
        checked: Gates that passed when the reviewer verified.
        trust: How far the reviewer trusted the author.
    """
    return ReviewStatement(
        subject=[_subject(author_file, author_digest), _subject(layout.MANIFEST, manifest_digest)],
        predicate=ReviewPredicate(
            decision=review.decision,
            note=review.note,
            reviewer=review.reviewer or UNSET,
            limits=list(review.limits) or UNSET,
            checked=checked,
            trust=trust,
            tool=_tool(),
            signed_at_claimed=clock.timestamp(),
            boundary=BOUNDARY,
        ),
    )


def _subject(name: str, sha256: str) -> Subject:
    return Subject(name=name, digest=DigestSet(sha256=sha256.removeprefix("sha256:")))


def _tool() -> StatedTool:
    return StatedTool(name="worldflux", version=__version__)
