"""Whether a plan is known to be older than the first episode that was recorded.

`proven` takes a clock that is not the operator's, and a recorded time of every episode. What it can never show is that
the recorded times are true: they are the operator's own, and the note says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import UNSET

from worldbase import document
from worldbase.errors import Where
from worldflux.documents.audit_input import PlanAge
from worldflux.documents.packet import Precedence, Witness
from worldflux.documents.plan import Plan
from worldflux.documents.plan_log import LogEntry, LogProof
from worldflux.episodes.first_episode import FirstEpisode as FirstEpisode
from worldflux.episodes.first_episode import shown
from worldflux.errors import PlanError
from worldflux.portfolio.freezing import OpenedFreeze, load_freeze, require_same_plan
from worldflux.portfolio.log import proofs, verifying
from worldflux.portfolio.log.counts import attempts_at, plans_like
from worldflux.portfolio.log.folder import PlanLog, read_log
from worldflux.portfolio.proof_trust import ProofTrust

NOTHING_SHOWN: Final = "Nothing shows when the plan was made: no freeze and no log was given."


@dataclass(frozen=True, slots=True)
class PlanProof:
    """What was found about the age of a plan.

    Attributes:
        at: When it existed at the latest, by somebody else's clock; None where no such clock says so.
        witness: Whose clock.
        note: What shows it, in sentences.
        attempts: Attempts at this plan in the log shown, at least; None without a log.
        plans: Plans of this policy that share a probe with it, in the log shown; None without a log.
        is_named: Whether anything that was shown is about this plan.
    """

    at: datetime | None
    witness: Witness
    note: str
    attempts: int | None = None
    plans: int | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the plan came first, and why that is said."""

    precedence: Precedence
    note: str


def checked_proof(
    plan: Plan, trust: ProofTrust, *, freeze: Path | None = None, log: Path | None = None
) -> PlanProof | None:
    """Check what is said about the age of a plan; None where nothing is.

    Args:
        plan: A plan as `load_plan` read it.
        trust: What the reader brings.
        freeze: The freeze file; the time stamp lies beside it.
        log: Folder of a plan log, or the proof of one entry of it.

    Raises:
        InputError: A file cannot be read, or is not what it must be.
        PlanError: `plan_freeze.*`: the plan is not the one that was frozen; `plan_log.*`: the log does not hold.
        SignatureError: A signature or a time stamp is not good.
    """
    found = []
    if freeze is not None:
        opened = load_freeze(freeze, trust)
        require_same_plan(opened, plan, file=freeze.name)
        found.append(proof_of_freeze(opened, trust))
    if log is not None:
        found.append(_of_log(plan, read_log(log), trust) if log.is_dir() else _of_proof_file(plan, log, trust))
    return _joined(found) if found else None


def proof_of_freeze(opened: OpenedFreeze, trust: ProofTrust) -> PlanProof:
    """What a freeze shows about the age of what it freezes."""
    signers = " and ".join(trust.name_of(signed_by) for signed_by in opened.signed_by)
    note = f"The plan was frozen by {signers}"
    if opened.at is not None:
        clock = "a public log (Rekor)" if opened.witness == "rekor" else "a time-stamping authority"
        return PlanProof(opened.at, opened.witness, f"{note}; {clock} saw that at {shown(opened.at)}.")
    reason = (
        "its time stamp is of no authority that is trusted here" if opened.unknown_stamp else "without a time stamp"
    )
    return PlanProof(None, "none", f"{note}, {reason}; the time it claims is its signer's own.")


def age_of(freeze: Path, trust: ProofTrust) -> PlanAge:
    """What a freeze shows to an audit, which holds it against its own protocol.

    Raises:
        InputError: The file cannot be read, or is not what it must be.
        PlanError: `plan_freeze.statement`.
        SignatureError: A signature or the time stamp is not good.
    """
    opened = load_freeze(freeze, trust)
    # A time stamp is exact to the microsecond, a document to the second: what is not whole counts as later.
    late = opened.at and opened.at.replace(microsecond=0) + timedelta(seconds=bool(opened.at.microsecond))
    return PlanAge(
        freeze=opened.sha256,
        plan=opened.statement.predicate.plan,
        protocols=list(opened.protocols),
        witness=opened.witness,
        frozen_at=shown(late) if late else UNSET,
    )


def precedence_of(proof: PlanProof | None, first_episode_at: datetime | None) -> Judgement:
    """Say whether the plan came first.

    Args:
        proof: What `checked_proof` gave.
        first_episode_at: When the first episode began, from `FirstEpisode.at`.
    """
    if proof is None:
        return Judgement("not_shown", NOTHING_SHOWN)
    if not proof.is_named:
        return Judgement("not_shown", proof.note)
    if proof.at is None:
        return Judgement("declared", f"{proof.note} Nothing but the operator's word says that it came first.")
    if first_episode_at is None:
        why = "Not every episode has a recorded time, so nothing says which came first."
        return Judgement("declared", f"{proof.note} {why}")
    begun = f"the first episode began at {shown(first_episode_at)}, as its record says"
    if proof.at < first_episode_at:
        return Judgement("proven", f"{proof.note} It came first: {begun}.")
    return Judgement("not_shown", f"{proof.note} That was not before the episodes: {begun}.")


def _of_log(plan: Plan, log: PlanLog, trust: ProofTrust) -> PlanProof:
    entries = [entry.content for entry in log.entries]
    index = next((place for place, entry in enumerate(entries) if entry.plan == plan.digest), None)
    own = [probe.id for probe in plan.probes]
    attempts = attempts_at(entries).get(plan.digest, 0)
    plans = plans_like(entries, plan.profile.document.policy_id, own)
    if index is None:
        return PlanProof(None, "none", "The log shown does not hold the plan.", 0, plans, is_named=False)
    at = verifying.first_witness(log, index, trust)
    return PlanProof(at, _witness(at), _note_of_entry(index, entries[index], at), attempts, plans)


def _of_proof_file(plan: Plan, path: Path, trust: ProofTrust) -> PlanProof:
    loaded = document.load(path, LogProof, file=path.name).document
    proven = proofs.checked(loaded, file=path.name)
    if proven.entry.plan != plan.digest:
        raise PlanError(
            f"the proof is of the plan {proven.entry.plan[:23]}, not of this one ({plan.digest[:23]})",
            code="plan_log.other_plan",
            where=Where(path.name, "/entry"),
            hint="Ask for a proof of this plan: `worldflux plan-log prove DIGEST`.",
        )
    at = verifying.time_of(proven.checkpoint, trust)
    return PlanProof(at, _witness(at), _note_of_entry(proven.index, proven.entry, at))


def _note_of_entry(index: int, entry: LogEntry, at: datetime | None) -> str:
    stands = f"The plan stands in the log shown, first as entry {index} ({entry.kind})"
    if at is None:
        return f"{stands}; no clock but its keeper's says since when."
    return f"{stands}; a time-stamping authority saw the log with it at {shown(at)}."


def _witness(at: datetime | None) -> Witness:
    return "none" if at is None else "tsa"


def _joined(found: Sequence[PlanProof]) -> PlanProof:
    """Several proofs as one: the earliest time counts, and each is told of."""
    timed = [(proof.at, proof.witness) for proof in found if proof.at is not None]
    at, witness = min(timed, default=(None, found[0].witness))
    counted = next((proof for proof in found if proof.plans is not None), found[0])
    return PlanProof(
        at,
        witness,
        " ".join(proof.note for proof in found),
        counted.attempts,
        counted.plans,
        any(proof.is_named for proof in found),
    )
