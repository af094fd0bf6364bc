"""`reviewer_brief.json`: what a private reviewer gets to read, with everything that is not settled in sight."""

from __future__ import annotations

from typing import ClassVar, Literal

from worldbase.document import Document
from worldflux.documents.claim import UtcTime
from worldflux.documents.packet import Conformance, PacketPlan, Signal
from worldflux.documents.profile import Name, Visibility, Words
from worldflux.documents.protocol import DigestText


class ReviewerBrief(Document, frozen=True, kw_only=True):
    """A private brief about a packet. It is not ready for public sharing, and publishing refuses it."""

    schema_name: ClassVar[str] = "worldflux.reviewer_brief.v0_draft"

    schema_version: Literal["worldflux.reviewer_brief.v0_draft"]
    visibility: Visibility
    public_share_ready: Literal[False]
    created_at: UtcTime
    packet_id: str
    packet_sha256: DigestText
    packet_markdown_ref: Words
    packet_markdown_sha256: DigestText
    policy_id: Name
    plan: PacketPlan
    conformance: Conformance
    signals: list[Signal]
    redaction_warnings: list[Words]
    consent_warnings: list[Words]
    unsupported_claims: list[Words]
    missing_evidence: list[Words]
    reviewer_questions: list[Words]
    next_actions: list[Words]
    boundary: str
