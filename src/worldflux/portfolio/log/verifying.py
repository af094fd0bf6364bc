"""Verifying a log against itself, against a checkpoint that somebody kept, and against what was seen here before."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from worldbase import clock, strictjson
from worldbase.errors import Where
from worldflux.documents.packet import Witness
from worldflux.documents.plan_log import SeenCheckpoint
from worldflux.errors import PlanError
from worldflux.portfolio.log import folder, notes
from worldflux.portfolio.log.folder import KeptCheckpoint, PlanLog, read_log
from worldflux.portfolio.log.notes import Checkpoint
from worldflux.portfolio.log.proofs import require_grown, require_key
from worldflux.portfolio.proof_trust import ProofTrust
from worldflux.signing.home import state_home
from worldflux.signing.keys import PublicKey
from worldflux.signing.remembered import Memory

FOLDER: Final = "plan_logs"
SEEN: Final = "what was seen here before"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What somebody else's clock says about a log.

    Attributes:
        witness: `tsa` where a trusted authority stamped the newest checkpoint, else `none`.
        size: Entries of the newest checkpoint that a trusted authority stamped; 0 where none did.
        at: When.
    """

    witness: Witness
    size: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class VerifiedLog:
    """A log that holds.

    Attributes:
        compared: Older checkpoints that it was found to continue: where they came from, and their entries.
    """

    log: PlanLog
    witnessed: Witnessed
    compared: tuple[tuple[str, int], ...]


def verify(
    place: Path, trust: ProofTrust, *, older: Path | None = None, key: PublicKey | None = None, state: bool = True
) -> VerifiedLog:
    """Verify a log.

    Args:
        place: Folder of the log.
        trust: What the reader brings.
        older: A checkpoint that the reader kept.
        key: The key that the log has to have.
        state: Whether to compare it with what was seen of it here, and to remember it.

    Raises:
        InputError: What `read_log` raises.
        PlanError: `plan_log.empty`, `plan_log.unsigned`, `plan_log.other_log`, `plan_log.truncated`,
            `plan_log.forked`.
        SignatureError: A time stamp is over something else than its checkpoint.
        TrustError: `state.damaged`.
    """
    log = read_log(place)
    require_key(log.key, key, folder.HEADER)
    _require_signed(log)
    compared = list(_compared(log, older))
    if state:
        compared += _remembered(log)
    return VerifiedLog(log, witnessed(log, trust), tuple(compared))


def witnessed(log: PlanLog, trust: ProofTrust) -> Witnessed:
    """Which part of a log somebody else's clock confirms.

    Raises:
        SignatureError: A time stamp, of any checkpoint, is over something else.
    """
    times = [(kept, time_of(kept, trust)) for kept in log.checkpoints]
    for kept, at in reversed(times):
        if at is not None:
            return Witnessed("tsa" if kept is log.newest else "none", kept.checkpoint.size, at)
    return Witnessed("none", 0, None)


def first_witness(log: PlanLog, index: int, trust: ProofTrust) -> datetime | None:
    """When a trusted authority first saw a checkpoint that covers an entry; None where none did."""
    covering = (kept for kept in log.checkpoints if kept.checkpoint.size > index)
    return next((time for kept in covering if (time := time_of(kept, trust)) is not None), None)


def time_of(kept: KeptCheckpoint, trust: ProofTrust) -> datetime | None:
    """When a trusted authority saw a checkpoint."""
    return trust.time_of(kept.stamp, kept.note, f"the time stamp of {kept.name}")


def memory() -> Memory[SeenCheckpoint]:
    """Where the largest checkpoint of each log is kept."""
    return Memory(state_home() / FOLDER, SeenCheckpoint)


def _remembered(log: PlanLog) -> list[tuple[str, int]]:
    """Compare a log with what was seen of it here, and remember it where it has grown."""
    place, known = memory(), _key_of(log)
    with place.held():
        seen = place.recall(known)
        before = _opened(log, seen.checkpoint.encode(), SEEN) if seen else None
        if before is not None:
            require_grown(log, before, SEEN)
        newest = log.newest
        if before is None or before.size < newest.checkpoint.size:
            place.keep(known, _seen(log, newest))
    return [] if before is None else [(SEEN, before.size)]


def _compared(log: PlanLog, older: Path | None) -> Iterator[tuple[str, int]]:
    if older is None:
        return
    data = strictjson.read_bytes(older, file=older.name, max_bytes=notes.MAX_BYTES)
    before = _opened(log, data, older.name)
    require_grown(log, before, older.name)
    yield older.name, before.size


def _opened(log: PlanLog, note: bytes, file: str) -> Checkpoint:
    return notes.opened(note, origin=log.header.origin, key=log.key, file=file)


def _seen(log: PlanLog, newest: KeptCheckpoint) -> SeenCheckpoint:
    return SeenCheckpoint(
        schema_version="worldflux.seen_plan_log.v0_draft",
        origin=log.header.origin,
        keyid=log.key.keyid,
        checkpoint=newest.note.decode(),
        seen_at=clock.timestamp(),
    )


def _key_of(log: PlanLog) -> str:
    """A log is known by its name: under the same name with another key it is not the same log, and that shows."""
    return hashlib.sha256(log.header.origin.encode()).hexdigest()


def _require_signed(log: PlanLog) -> None:
    """Refuse a log none of whose entries is covered, or more than an interrupted writer leaves."""
    size = log.newest.checkpoint.size
    if log.unsigned > 1:
        raise PlanError(
            f"no checkpoint covers the {log.unsigned:,} lines after entry {size:,}",
            code="plan_log.unsigned",
            where=Where(folder.ENTRIES, line=size + 1),
            hint="Checkpoints are gone, or somebody added lines without the key. Ask the keeper for the whole log.",
        )
