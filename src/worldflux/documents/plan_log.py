"""The documents of a plan log: its header, one line per entry, a proof that travels alone, and what was seen here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldflux.documents.claim import UtcTime
from worldflux.documents.episode import Natural
from worldflux.documents.profile import Name, Visibility
from worldflux.documents.protocol import DigestText
from worldflux.documents.signature import HexSha256

EntryKind = Literal["plan", "packet", "attempt"]
Origin = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,199}(?!\n)$")]
NoteText = Annotated[str, Meta(min_length=1, max_length=10_000)]
HashText = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=(?!\n)$")]
"""A SHA-256 value in base64."""
TimeStampText = Annotated[str, Meta(min_length=4, max_length=88_000)]
"""A time-stamping authority's reply (RFC 3161, DER) in base64."""


class LogKey(Part, frozen=True, kw_only=True):
    """The key that signs a log's checkpoints."""

    algorithm: Literal["ed25519"]
    keyid: HexSha256
    public_key_pem: Annotated[str, Meta(min_length=1, max_length=1000)]


class LogHeader(Document, frozen=True, kw_only=True):
    """`plan_log.json`: which log this is, and whose.

    Attributes:
        origin: Name of the log, the first line of each of its checkpoints; no two logs have the same.
        created_at: As the clock of the machine said.
    """

    schema_name: ClassVar[str] = "worldflux.plan_log.v0_draft"

    schema_version: Literal["worldflux.plan_log.v0_draft"]
    visibility: Visibility
    origin: Origin
    key: LogKey
    created_at: UtcTime


class LogEntry(Document, frozen=True, kw_only=True):
    """One line of `entries.jsonl`; its bytes, without the line break, are a leaf of the tree.

    Attributes:
        kind: `plan`: a plan was frozen; `attempt`: somebody began to run it; `packet`: evidence was held against it.
        plan: Digest of the plan.
        packet: Digest of the packet, the one that stands in it.
        amends: Digest of the plan that this one amends.
        claimed_at: As the clock of the machine said. Nothing is decided by it.
    """

    schema_name: ClassVar[str] = "worldflux.plan_log_entry.v0_draft"

    schema_version: Literal["worldflux.plan_log_entry.v0_draft"]
    kind: EntryKind
    plan: DigestText
    packet: DigestText | UnsetType = UNSET
    amends: DigestText | UnsetType = UNSET
    policy_id: Name
    probes: Annotated[list[Name], Meta(min_length=1, max_length=1000)]
    claimed_at: UtcTime

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield a packet's entry without the packet, or another one with it."""
        if (self.kind == "packet") != (self.packet is not UNSET):
            yield Problem("plan_log.entry_packet", "a packet stands in the entry of a packet", Where(file, "/packet"))


class ConsistencyProof(Part, frozen=True, kw_only=True):
    """That a log only grew since an older checkpoint.

    Attributes:
        checkpoint: The older checkpoint, a signed note.
        hashes: PROOF(m, D[n]) of RFC 6962, section 2.1.2.
    """

    checkpoint: NoteText
    hashes: list[HashText]


class LogProof(Document, frozen=True, kw_only=True):
    """That one entry stands in a log, for somebody who does not see the log.

    Attributes:
        entry: The line of the entry, byte by byte.
        index: 0-based position of the entry.
        hashes: PATH(m, D[n]) of RFC 6962, section 2.1.1.
        checkpoint: A signed note (C2SP signed-note and tlog-checkpoint) of a tree that holds the entry.
        time_stamp: What a time-stamping authority said about the bytes of that note.
    """

    schema_name: ClassVar[str] = "worldflux.plan_log_proof.v0_draft"

    schema_version: Literal["worldflux.plan_log_proof.v0_draft"]
    visibility: Visibility
    origin: Origin
    key: LogKey
    entry: Annotated[str, Meta(min_length=2, max_length=65_536)]
    index: Natural
    hashes: list[HashText]
    checkpoint: NoteText
    time_stamp: TimeStampText | UnsetType = UNSET
    consistency: ConsistencyProof | UnsetType = UNSET


class SeenCheckpoint(Document, frozen=True, kw_only=True):
    """The largest checkpoint of one log that was verified here."""

    schema_name: ClassVar[str] = "worldflux.seen_plan_log.v0_draft"

    schema_version: Literal["worldflux.seen_plan_log.v0_draft"]
    origin: Origin
    keyid: HexSha256
    checkpoint: NoteText
    seen_at: UtcTime
