"""A packet: evidence beside its frozen plan, every planned cell accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, BinaryIO, Final

import msgspec
from msgspec import UNSET

from worldbase import clock, digest, identifier
from worldbase.errors import AnswerIsNoError, Problem, UsageError
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.packet import (
    ArmAccount,
    AttachedEvidence,
    Packet,
    PacketCell,
    PacketCells,
    PacketPlan,
    PinnedContract,
)
from worldflux.documents.plan import MOST_INLINE, Plan, PlannedCell
from worldflux.documents.profile import VISIBILITY
from worldflux.documents.run_sheet import ArmKey
from worldflux.portfolio import caveats, cell_book, cell_groups, signals
from worldflux.portfolio.attached import Attached, Attachment, attach
from worldflux.portfolio.cell_book import CellBook
from worldflux.portfolio.conformance import Account, Conformer
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.portfolio.precedence import PlanProof, precedence_of
from worldflux.portfolio.rederivation import assignments_of, frame_of
from worldflux.portfolio.seed_files import regraded

BOUNDARY: Final = (
    "Observations beside a plan, for internal review and for a private reviewer. It is not for publication, it is no "
    "certificate, and it does not say whether a robot may be used. Scores are signals; the cells that are missing "
    "belong to them."
)
_WINDOW: Final = 4096


@dataclass(frozen=True, slots=True)
class PacketRequest:
    """What a packet is made from.

    Attributes:
        proof: What was found about the age of the plan; None where nothing was shown.
        contracts: Contracts that came with the evidence.
        arm_key: Which policy is behind which label, where two were compared.
        is_key_sealed: Whether the key was shown to be the one that a run sheet was sealed with.
        tsa_roots: Root certificates of the time-stamping authorities that are believed about the seed, PEM.
        stream_name: Where the cells stand, beside the packet, if they are too many for it.
    """

    frozen: FrozenPlan
    attachments: Sequence[Attachment]
    proof: PlanProof | None = None
    contracts: Sequence[CustomEvalContract] = ()
    arm_key: ArmKey | None = None
    is_key_sealed: bool = False
    tsa_roots: Sequence[str] = ()
    stream_name: str = "packet.cells.jsonl"


def packet_of(request: PacketRequest, sink: BinaryIO | None = None) -> Packet:
    """Hold evidence against a plan.

    Args:
        request: What the packet is made from.
        sink: Where the cells are written, one JSON line each, if they are too many for the packet.

    Raises:
        PlanError: The plan's cells are not those that were frozen; the key of the arms is another plan's.
        InputError: An audit input cannot be read.
        SourceError: It is not what its episodes give.
        SignatureError: The time stamp that the plan has for its seed is none, or over something else.
        UsageError: `packet.contract_unplanned`, `packet.arms_sealed`, `packet.arm_key`.
    """
    plan = request.frozen.plan
    conformer = Conformer(
        plan,
        assignments_of(plan, request.frozen.cells()),
        contracts=_by_probe(request.contracts, plan),
        arms=_arms(request.arm_key, plan),
    )
    attached = attach(request.attachments, plan)
    evidence = [_evidence(one, conformer.take(one)) for one in attached]
    content = _content(request, conformer, attached, evidence)
    return _sealed({**content, **_held(request, conformer.account.book, sink)})


def require_whole(packet: Packet) -> None:
    """Refuse a packet whose evidence is missing or too little.

    Raises:
        AnswerIsNoError: `packet.missing_evidence`, with one problem per gap.
    """
    if not packet.missing_evidence:
        return
    raise AnswerIsNoError(
        f"evidence is missing or underpowered: {len(packet.missing_evidence)} gap(s)",
        code="packet.missing_evidence",
        hint="Run the missing cells; say what the evidence does not (--run-info, when it is imported); or leave out "
        "--strict-missing-evidence and let the reviewer see the gaps.",
        problems=[Problem("packet.missing_evidence", sentence) for sentence in packet.missing_evidence],
    )


def digest_of_value(value: Mapping[str, Any]) -> str:
    """Digest of a packet as it was read: over the RFC 8785 form of everything in it but its digest."""
    return digest.of_value({name: entry for name, entry in value.items() if name != "digest"})


def _content(
    request: PacketRequest, conformer: Conformer, attached: Sequence[Attached], evidence: list[AttachedEvidence]
) -> dict[str, Any]:
    """All fields but the id, the time and the digest."""
    plan, tallies = request.frozen.plan, signals.Tallies(conformer.account)
    names = dict.fromkeys([*(probe.id for probe in plan.probes), *(one.probe for one in evidence)])
    by_probe = {name: signals.conformance(tallies, name) for name in names}
    packet_plan = _packet_plan(request, conformer)
    found, is_unsealed = signals.signals(plan, tallies), request.arm_key is not None and not request.is_key_sealed
    known = caveats.Evidence(plan, packet_plan, attached, tallies, by_probe, found, is_unsealed)
    profile = plan.profile.document
    return {
        "schema_version": "worldflux.eval_packet.v0_draft",
        "visibility": VISIBILITY,
        "policy_id": profile.policy_id,
        "use_case": profile.use_case,
        "claim_intent": profile.claim_intent,
        "plan": packet_plan,
        "conformance": signals.added(by_probe.values()),
        "by_probe": by_probe,
        "evidence": evidence,
        **_groups(conformer.account),
        "mismatches": signals.mismatches(tallies),
        "signals": list(known.signals),
        "unsupported_claims": caveats.unsupported_claims(known),
        "caveats": caveats.caveats(known),
        "missing_evidence": caveats.missing_evidence(known),
        "questions": caveats.questions(known),
        "next_falsification_axes": caveats.next_axes(known),
        "reviewer_next_actions": profile.reviewer_next_actions,
        "contracts": _contracts(plan),
        "boundary": BOUNDARY,
        **_other_arms(request, conformer),
    }


def _groups(account: Account) -> dict[str, Any]:
    return {
        "missing": cell_groups.groups(account.book, cell_book.is_missing),
        "unresolved": cell_groups.groups(account.book, cell_book.is_unresolved),
        "repeated": cell_groups.groups(account.book, cell_book.is_repeated),
        "strays": account.strays.groups(),
    }


def _packet_plan(request: PacketRequest, conformer: Conformer) -> PacketPlan:
    plan, proof = request.frozen.plan, request.proof
    judged = precedence_of(proof, conformer.first_episode.at)
    return PacketPlan(
        id=plan.id,
        digest=plan.digest,
        precedence=judged.precedence,
        precedence_note=judged.note[:2000],
        seed_source=plan.seed.source,
        seed_grade=regraded(plan.seed, frame_of(plan), request.tsa_roots),
        witness="none" if proof is None else proof.witness,
        attempts_in_log=UNSET if proof is None or proof.attempts is None else proof.attempts,
        plans_in_log=UNSET if proof is None or proof.plans is None else proof.plans,
        amendment=plan.amendment,
    )


def _evidence(attached: Attached, episodes: int) -> AttachedEvidence:
    source = attached.document.source
    return AttachedEvidence(
        probe=attached.probe,
        planned=attached.planned,
        name=attached.name,
        sha256=attached.sha256,
        source=f"{source.name}:{source.format}",
        episodes=episodes,
    )


def _held(request: PacketRequest, book: CellBook, sink: BinaryIO | None) -> dict[str, Any]:
    """The field that holds the cells, or names the stream that does."""
    plan = request.frozen.plan
    if plan.planned <= MOST_INLINE:
        return {"cells": list(_cells(request.frozen.cells(), book))}
    sha256 = digest.of_pieces(_written(_lines(_cells(request.frozen.cells(), book)), sink))
    return {"cell_stream": PacketCells(path=request.stream_name, sha256=sha256, count=plan.planned)}


def _cells(planned: Iterator[PlannedCell], book: CellBook) -> Iterator[PacketCell]:
    for cell in planned:
        yield PacketCell(
            probe=cell.probe,
            task=cell.task,
            axis=cell.axis,
            episode_index=cell.episode_index,
            seed=cell.seed,
            **_found(book.word(cell)),
        )


@lru_cache(maxsize=4096)
def _found(word: int) -> dict[str, Any]:
    """What a cell's number says; few numbers differ, and cells are many."""
    missing = cell_book.is_missing(word)
    return {
        "state": "missing" if missing else "matched",
        "outcome": UNSET if missing else cell_book.outcome_of(word),
        "mismatches": cell_book.mismatches_of(word) or UNSET,
        "repeated": True if cell_book.is_repeated(word) else UNSET,
    }


def _lines(cells: Iterator[PacketCell]) -> Iterator[bytes]:
    encoder = msgspec.json.Encoder()
    while window := list(islice(cells, _WINDOW)):
        yield encoder.encode_lines(window)


def _written(pieces: Iterator[bytes], sink: BinaryIO | None) -> Iterator[bytes]:
    for piece in pieces:
        if sink is not None:
            sink.write(piece)
        yield piece


def _other_arms(request: PacketRequest, conformer: Conformer) -> dict[str, Any]:
    if request.arm_key is None:
        return {}
    plan = request.frozen.plan
    accounts = []
    for label, policy in request.arm_key.arms.items():
        if policy == plan.profile.document.policy_id:
            continue
        tallies = signals.Tallies(conformer.accounts[policy])
        counts = signals.added(signals.conformance(tallies, probe.id) for probe in plan.probes)
        found = signals.signals(plan, tallies)
        missing = cell_groups.groups(tallies.account.book, cell_book.is_missing)
        accounts.append(ArmAccount(arm=label, policy_id=policy, conformance=counts, missing=missing, signals=found))
    return {"arms": dict(request.arm_key.arms), "other_arms": accounts}


def _contracts(plan: Plan) -> list[PinnedContract]:
    return [
        PinnedContract(
            probe=probe.id,
            digest=probe.contract_digest,
            consent=probe.contract.consent,
            acceptance_question=probe.contract.acceptance_question,
            workflow_claim=probe.contract.workflow_claim,
            task_owner=probe.contract.task_owner,
            task_source=probe.contract.task_source,
        )
        for probe in plan.probes
        if probe.contract is not UNSET and probe.contract_digest is not UNSET
    ]


def _by_probe(contracts: Sequence[CustomEvalContract], plan: Plan) -> dict[str, CustomEvalContract]:
    planned = {probe.id for probe in plan.probes if probe.contract is not UNSET}
    for contract in contracts:
        if contract.probe_id not in planned:
            raise UsageError(
                f"the plan has no contract for the probe {contract.probe_id!r}",
                code="packet.contract_unplanned",
                hint=f"Contracts of the plan: {', '.join(sorted(planned)) or 'none'}.",
            )
    return {contract.probe_id: contract for contract in contracts}


def _arms(key: ArmKey | None, plan: Plan) -> Mapping[str, str]:
    if key is None:
        return {}
    if key.plan != plan.digest or plan.profile.document.policy_id not in key.arms.values():
        raise UsageError(
            "the key of the arms belongs to another plan",
            code="packet.arm_key",
            hint="Pass the key that was written with this plan's run sheet.",
        )
    return key.arms


def _sealed(content: dict[str, Any]) -> Packet:
    draft = Packet(id="", digest="", created_at="", **content)
    named = msgspec.to_builtins(draft)
    fingerprint = digest.of_value({name: value for name, value in named.items() if value != ""})
    packet = msgspec.structs.replace(
        draft, id=identifier.new("pkt", content=(fingerprint,)), created_at=clock.timestamp()
    )
    return msgspec.structs.replace(packet, digest=digest_of_value(msgspec.to_builtins(packet)))
