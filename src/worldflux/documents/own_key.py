"""What is remembered of a key of the user's own, beside its two halves."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.claim import UtcTime
from worldflux.documents.trust import Algorithm, KeyId, Label, RevocationReason

OWN_KEY: Final = "worldflux.own_key.v0"


class OwnRevocation(Part, frozen=True, kw_only=True):
    """That a key signs no more, since when and why."""

    at: UtcTime
    reason: RevocationReason
    note: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET


class OwnKeyRecord(Document, frozen=True, kw_only=True):
    """`worldflux.own_key.v0`: a key in the user's keystore."""

    schema_name: ClassVar[str] = OWN_KEY

    schema_version: Literal["worldflux.own_key.v0"]
    label: Label
    algorithm: Algorithm
    keyid: KeyId
    created_at: UtcTime
    revoked: OwnRevocation | UnsetType = UNSET
