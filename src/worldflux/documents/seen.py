"""What this machine has seen before: kept in the user's state folder, so that nothing goes back unnoticed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document
from worldflux.documents.claim import ClaimId, UtcTime
from worldflux.documents.protocol import DigestText

Count = Annotated[int, Meta(ge=1)]


class SeenTrustFile(Document, frozen=True, kw_only=True):
    """The highest version of one trust file that was used here.

    Attributes:
        path: Where the file lay; with its schema it names the file.
        content: Digest of the RFC 8785 form of that version.
    """

    schema_name: ClassVar[str] = "worldflux.seen_trust_file.v0_draft"

    schema_version: Literal["worldflux.seen_trust_file.v0_draft"]
    path: str
    trust_schema: str
    version: Count
    content: DigestText
    seen_at: UtcTime


class SeenPackage(Document, frozen=True, kw_only=True):
    """The latest package of one signer, claim and checkpoint that passed every gate here.

    Attributes:
        signer: Key id, or the identity that `issuer` vouches for.
        checkpoint: SHA-256 of the claim's `checkpoint_uri`.
        manifest: Digest of the package's manifest.
    """

    schema_name: ClassVar[str] = "worldflux.seen_package.v0_draft"

    schema_version: Literal["worldflux.seen_package.v0_draft"]
    signer: str
    issuer: str | UnsetType = UNSET
    claim_id: ClaimId
    checkpoint: DigestText
    sequence: Count
    manifest: DigestText
    seen_at: UtcTime
