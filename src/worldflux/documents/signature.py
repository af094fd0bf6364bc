"""What a signature says: in-toto Statements (v1), and the three things this project states with them.

A Statement names the signed bytes by digest (its subject) and says something about them (its predicate). The bytes of
the Statement are what is signed, inside a DSSE envelope or a Sigstore bundle. Format: in-toto Attestation Framework,
Statement v1.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.claim import ClaimId, ProtocolId, UtcTime
from worldflux.documents.evidence import Verdict
from worldflux.documents.protocol import DigestText
from worldflux.documents.public_view import PublicView

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
EVIDENCE_PREDICATE: Final = "urn:worldflux:predicate:robot-policy-evidence:v0.1"
PUBLIC_PREDICATE: Final = "urn:worldflux:predicate:public-view:v0.1"
REVIEW_PREDICATE: Final = "urn:worldflux:predicate:review:v0.1"

BOUNDARY: Final = (
    "This orders evidence about recorded episodes: no certification, no ranking, no statement about deployment."
)

HexSha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
Decision = Literal["accept", "accept_with_limits", "reject"]
MAX_NOTE: Final = 4000
MAX_NAME: Final = 200
Note = Annotated[str, Meta(min_length=1, max_length=MAX_NOTE)]


class DigestSet(Part, frozen=True, kw_only=True):
    """Digests of one subject; this project names SHA-256 and no other."""

    sha256: HexSha256


class Subject(Part, frozen=True, kw_only=True):
    """One signed file: its name in the package and its digest."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    digest: DigestSet


class StatedClaim(Part, frozen=True, kw_only=True):
    """The claim, by id and hash."""

    id: ClaimId
    hash: DigestText


class StatedProtocol(Part, frozen=True, kw_only=True):
    """The protocol, by id and hash."""

    id: ProtocolId
    hash: DigestText


class StatedResult(Part, frozen=True, kw_only=True):
    """The verdict, and the digest of the whole result.

    Attributes:
        digest: Of the RFC 8785 form of `evidence.json` without `id` and `created_at`: two audits of the same input
            have the same result.
    """

    verdict: Verdict
    digest: DigestText


class StatedTool(Part, frozen=True, kw_only=True):
    """The program that signed."""

    name: str
    version: str


class EvidencePredicate(Part, frozen=True, kw_only=True):
    """What the author of a package states. It repeats what a policy engine needs, and no address or path.

    Attributes:
        sequence: 1 for a first package of this claim and checkpoint, one more for each that supersedes another.
        supersedes: Digest of the manifest of the package that this one replaces.
        signed_at_claimed: The signer's own clock. Nothing is decided by it.
    """

    evidence_id: str
    sequence: Annotated[int, Meta(ge=1)]
    supersedes: DigestText | UnsetType = UNSET
    claim: StatedClaim
    protocol: StatedProtocol
    result: StatedResult
    tool: StatedTool
    signed_at_claimed: UtcTime
    boundary: str


class PublicViewPredicate(Part, frozen=True, kw_only=True):
    """What may ever be shown of a package to everybody, whole: the subject binds its digest and the manifest's."""

    view: PublicView
    signed_at_claimed: UtcTime


class ReviewPredicate(Part, frozen=True, kw_only=True):
    """What a reviewer states about the author's signature file and the package under it.

    Attributes:
        reviewer: How the reviewer wants to be called; who it is, the key or the identity says.
        limits: Within which bounds the evidence is accepted.
        checked: Gates of `audit verify` that had passed when the reviewer signed.
        trust: How far the reviewer trusted the author's key.
    """

    decision: Decision
    note: Note
    reviewer: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | UnsetType = UNSET
    limits: list[Note] | UnsetType = UNSET
    checked: list[str]
    trust: Literal["self", "policy", "unknown"]
    tool: StatedTool
    signed_at_claimed: UtcTime
    boundary: str


class Statement(Document, frozen=True, kw_only=True, rename={"type_": "_type", "predicate_type": "predicateType"}):
    """An in-toto Statement whose predicate is not looked at yet."""

    schema_name: ClassVar[str] = STATEMENT_TYPE

    type_: Literal["https://in-toto.io/Statement/v1"] = STATEMENT_TYPE
    subject: Annotated[list[Subject], Meta(min_length=1, max_length=10_000)]
    predicate_type: str
    predicate: dict[str, object]


class EvidenceStatement(
    Document, frozen=True, kw_only=True, rename={"type_": "_type", "predicate_type": "predicateType"}
):
    """The author's statement: subject is `artifact_manifest.json` first, then every file that it lists."""

    schema_name: ClassVar[str] = "worldflux.evidence_statement.v0_draft"

    type_: Literal["https://in-toto.io/Statement/v1"] = STATEMENT_TYPE
    subject: Annotated[list[Subject], Meta(min_length=1, max_length=10_000)]
    predicate_type: Literal["urn:worldflux:predicate:robot-policy-evidence:v0.1"] = EVIDENCE_PREDICATE
    predicate: EvidencePredicate


class PublicViewStatement(
    Document, frozen=True, kw_only=True, rename={"type_": "_type", "predicate_type": "predicateType"}
):
    """The author's second statement: subject is `public_view.json` (its RFC 8785 form), then the manifest."""

    schema_name: ClassVar[str] = "worldflux.public_view_statement.v0_draft"

    type_: Literal["https://in-toto.io/Statement/v1"] = STATEMENT_TYPE
    subject: Annotated[list[Subject], Meta(min_length=2, max_length=2)]
    predicate_type: Literal["urn:worldflux:predicate:public-view:v0.1"] = PUBLIC_PREDICATE
    predicate: PublicViewPredicate


class ReviewStatement(
    Document, frozen=True, kw_only=True, rename={"type_": "_type", "predicate_type": "predicateType"}
):
    """A reviewer's statement: subject is the author's signature file, then the manifest."""

    schema_name: ClassVar[str] = "worldflux.review_statement.v0_draft"

    type_: Literal["https://in-toto.io/Statement/v1"] = STATEMENT_TYPE
    subject: Annotated[list[Subject], Meta(min_length=2, max_length=2)]
    predicate_type: Literal["urn:worldflux:predicate:review:v0.1"] = REVIEW_PREDICATE
    predicate: ReviewPredicate


def statement_bytes(statement: msgspec.Struct) -> bytes:
    """The bytes that are signed: compact UTF-8 JSON, fields in declared order.

    They are stored as they are signed and never written again, so their form needs no canonical rules.
    """
    return msgspec.json.encode(statement)
