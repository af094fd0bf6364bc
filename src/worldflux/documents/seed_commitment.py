"""`seed_commitment.json`: the public half of a secret salt, made before anybody knows a seed or a score."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.claim import UtcTime
from worldflux.documents.episode import Natural
from worldflux.documents.profile import Visibility, Words
from worldflux.documents.protocol import DigestText

Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]


class NamedRound(Part, frozen=True, kw_only=True):
    """A round of public randomness that has not taken place yet."""

    name: Words
    round: Natural


class SeedCommitment(Document, frozen=True, kw_only=True):
    """What somebody is bound to before a seed is known.

    Whoever may still change the profile after a seed is known may try profiles until the seeds please. So a seed counts
    as not chosen only where the commitment also binds the profile, the probes to choose from and the contracts.

    Attributes:
        commitment: SHA-256 of the RFC 8785 form of `salt` with `profile`, `registry`, `contracts` and `beacon`, as far
            as they stand here.
        created_at: As the clock of this machine said; it shows nothing by itself.
        profile: Digest of the profile that the plan is to be for.
        registry: Digest of the probes that there are to choose from.
        contracts: Digests of custom eval contracts, in order.
        beacon: The round that will be mixed in.
    """

    schema_name: ClassVar[str] = "worldflux.seed_commitment.v0_draft"

    schema_version: Literal["worldflux.seed_commitment.v0_draft"]
    visibility: Visibility
    commitment: DigestText
    created_at: UtcTime
    profile: DigestText | UnsetType = UNSET
    registry: DigestText | UnsetType = UNSET
    contracts: list[DigestText] | UnsetType = UNSET
    beacon: NamedRound | UnsetType = UNSET
