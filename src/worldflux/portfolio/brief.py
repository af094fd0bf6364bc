"""A reviewer brief: what a private reviewer reads first, with everything that is not settled in sight.

It is bound to one packet and to its page by their digests. It is never ready for public sharing, whatever stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import UNSET

from worldbase import clock, redact
from worldbase.errors import Problem
from worldflux.claims.claim_pair import private_content
from worldflux.documents.brief import ReviewerBrief
from worldflux.documents.packet import Packet, PinnedContract
from worldflux.documents.profile import VISIBILITY
from worldflux.portfolio.contracts import consent_sentence
from worldflux.portfolio.packet_files import OpenedPacket

BOUNDARY: Final = (
    "For one private reviewer and for internal use. It is not ready for public sharing: that takes a review of its "
    "own, redaction, the customer's consent, signing and verification. It decides nothing about a robot."
)
_LONGEST: Final = 2000
_MOST_PLACES: Final = 20
_NAMES_TOLD: Final = (
    "The packet names policy, use case, probes and tasks, and the plan beside it names robot, cameras and versions. "
    "None of it was taken out: redact a copy before anybody else sees it."
)
_DIGESTS_TOLD: Final = (
    "Digests in the packet identify files: whoever has a file can tell that it was used. Audit inputs are named as "
    "their files are called."
)
_DEFAULT_ACTIONS: Final = ("Check the missing cells first, then what differs between plan and evidence.",)


def brief_of(opened: OpenedPacket, page_ref: str) -> ReviewerBrief:
    """Make a brief of a packet.

    Args:
        opened: The packet with its page, from `load_packet`.
        page_ref: What the reviewer knows the page by.
    """
    packet = opened.packet
    return ReviewerBrief(
        schema_version="worldflux.reviewer_brief.v0_draft",
        visibility=VISIBILITY,
        public_share_ready=False,
        created_at=clock.timestamp(),
        packet_id=packet.id,
        packet_sha256=opened.sha256,
        packet_markdown_ref=page_ref[:_LONGEST],
        packet_markdown_sha256=opened.page_sha256,
        policy_id=packet.policy_id,
        plan=packet.plan,
        conformance=packet.conformance,
        signals=packet.signals,
        redaction_warnings=_kept(_redactions(packet)),
        consent_warnings=_kept(_consents(packet)),
        unsupported_claims=packet.unsupported_claims,
        missing_evidence=packet.missing_evidence,
        reviewer_questions=_kept(_questions(packet)),
        next_actions=packet.reviewer_next_actions or list(_DEFAULT_ACTIONS),
        boundary=BOUNDARY,
    )


def _kept(sentences: Iterator[str]) -> list[str]:
    return [sentence[:_LONGEST] for sentence in dict.fromkeys(sentences)]


def _redactions(packet: Packet) -> Iterator[str]:
    yield _NAMES_TOLD
    yield _DIGESTS_TOLD
    found = list(_private_places(packet))
    for place in found[:_MOST_PLACES]:
        pointer = place.where.pointer or "the top level"
        yield f"{pointer} seems to name a path, a host, a person or a secret; {redact.redact_text(place.message)}."
    if len(found) > _MOST_PLACES:
        yield f"So do {len(found) - _MOST_PLACES:,} more places."


def _private_places(packet: Packet) -> Iterator[Problem]:
    """Texts of the packet but for its cells, whose names are those of the plan's tasks."""
    value = msgspec.to_builtins(msgspec.structs.replace(packet, cells=UNSET))
    return private_content(value, "packet.json")


def _consents(packet: Packet) -> Iterator[str]:
    yield "Consent is recorded as it was declared. Nobody verified that it is valid, or what it covers."
    for contract in packet.contracts:
        yield f"{contract.probe}: {consent_sentence(contract.consent)}"
        if contract.consent.declared == "not_declared":
            yield f"{contract.probe}: do not show its results to anybody before the customer agreed."
        if contract.consent.reference is UNSET:
            yield f"{contract.probe}: no agreement is named that could be looked up."
    if not packet.contracts:
        yield "No contract of a customer is part of the plan; whether tasks or scenes are a customer's is not known."


def _questions(packet: Packet) -> Iterator[str]:
    yield from _about_counts(packet)
    yield from _about_plan(packet)
    for contract in packet.contracts:
        yield from _about_contract(contract)
    for mismatch in packet.mismatches:
        yield (
            f"{mismatch.probe}: {mismatch.field} was planned as {mismatch.planned} and is {mismatch.found} in "
            f"{mismatch.cells:,} cells. Which is right, and does it matter for the scores?"
        )
    yield from (each.question for each in packet.questions if each.state == "open")


def _about_counts(packet: Packet) -> Iterator[str]:
    for name, counts in packet.by_probe.items():
        if counts.missing:
            yield f"{name}: were the {counts.missing:,} missing cells tried, and who decided not to keep them?"
        if counts.duplicate:
            yield f"{name}: why was a cell run again, {counts.duplicate:,} time(s), and after which outcome?"
        if counts.out_of_protocol:
            yield f"{name}: what are the {counts.out_of_protocol:,} episodes that nobody planned?"
        if counts.infrastructure_failure:
            yield (
                f"{name}: what broke in {counts.infrastructure_failure:,} cells, and would it also break with a "
                "policy that does well?"
            )


def _about_plan(packet: Packet) -> Iterator[str]:
    if packet.plan.precedence != "proven":
        yield "What shows that the plan was there before the first episode?"
    if packet.plan.amendment is not UNSET:
        yield "What was known of the scores when the plan was amended?"
    if packet.plan.attempts_in_log is not UNSET and packet.plan.attempts_in_log > 1:
        yield f"The log shows at least {packet.plan.attempts_in_log:,} attempts at this plan: where are the others?"
    if packet.plan.attempts_in_log is UNSET:
        yield "How many times was this plan tried? No log was shown that would count attempts."


def _about_contract(contract: PinnedContract) -> Iterator[str]:
    yield f"{contract.probe}: {contract.acceptance_question}"
    yield f"{contract.probe}: do the tasks come from where the contract says ({contract.task_source})?"
