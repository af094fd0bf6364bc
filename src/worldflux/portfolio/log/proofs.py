"""Proofs that travel without the log: one entry, its path to the root, and the checkpoint over that root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from worldbase import digest, document, strictjson
from worldbase.errors import Where
from worldflux.documents.plan_log import ConsistencyProof, LogEntry, LogProof
from worldflux.documents.profile import VISIBILITY
from worldflux.errors import PlanError
from worldflux.portfolio.log import folder, merkle, notes
from worldflux.portfolio.log.folder import KeptCheckpoint, PlanLog
from worldflux.portfolio.log.notes import Checkpoint
from worldflux.signing import base64_text
from worldflux.signing.keys import PublicKey

MAX_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """An entry that a proof leads from.

    Attributes:
        checkpoint: A checkpoint that covers it, with its time stamp where the proof carries one.
        older: The older checkpoint that the log grew from, where the proof shows that.
    """

    index: int
    entry: LogEntry
    key: PublicKey
    checkpoint: KeptCheckpoint
    older: Checkpoint | None


def found(log: PlanLog, wanted: str) -> int:
    """Position of the entry that is meant.

    Args:
        log: The log.
        wanted: A position, or the digest of a plan or packet; the first entry with it is meant.

    Raises:
        PlanError: `plan_log.not_found`.
    """
    if wanted.isascii() and wanted.isdigit() and len(wanted) <= 7 and int(wanted) < len(log.entries):
        return int(wanted)
    if digest.is_digest(wanted):
        for index, entry in enumerate(log.entries):
            if wanted == (entry.content.plan if entry.content.packet is UNSET else entry.content.packet):
                return index
    raise PlanError(
        f"the log shown holds no entry {wanted[:80]!r}",
        code="plan_log.not_found",
        where=Where(folder.ENTRIES),
        hint="Give its number, or the digest of a plan or packet: `worldflux plan-log list --entries`.",
    )


def prove(log: PlanLog, index: int, *, older: bytes | None = None, file: str = "") -> LogProof:
    """The proof of one entry.

    It leads to the earliest checkpoint that carries a time stamp and covers the entry, or else to the newest.

    Args:
        log: The log.
        index: Position of the entry.
        older: A checkpoint that somebody kept; the proof then also shows that the log only grew since.
        file: Name of that checkpoint, for error messages.

    Raises:
        PlanError: What `notes.opened` and `require_grown` raise of the older checkpoint.
    """
    kept = _covering(log, index, stamped=older is None)
    leaves = log.leaves[: kept.checkpoint.size]
    return LogProof(
        schema_version="worldflux.plan_log_proof.v0_draft",
        visibility=VISIBILITY,
        origin=log.header.origin,
        key=log.header.key,
        entry=log.entries[index].line.decode(),
        index=index,
        hashes=list(map(base64_text.encoded, merkle.inclusion(leaves, index))),
        checkpoint=kept.note.decode(),
        time_stamp=UNSET if kept.stamp is None else base64_text.encoded(kept.stamp),
        consistency=UNSET if older is None else _consistency(log, leaves, older, file),
    )


def checked(proof: LogProof, *, file: str, key: PublicKey | None = None) -> ProvenEntry:
    """Verify a proof.

    Args:
        proof: The proof.
        file: Name for error messages.
        key: The key that the log has to have; without it, the one that the proof names.

    Raises:
        PlanError: `plan_log.proof` where it does not lead to the root; what `notes.opened` and `require_key` raise.
    """
    own = folder.key_of(proof.key, file)
    require_key(own, key, file)
    note = proof.checkpoint.encode()
    checkpoint = notes.opened(note, origin=proof.origin, key=own, file=file)
    line = proof.entry.encode()
    if not merkle.includes(
        merkle.leaf_hash(line), proof.index, checkpoint.size, _hashes(proof.hashes), checkpoint.root
    ):
        raise _broken("it does not lead from the entry to the checkpoint's root", file, "/hashes")
    value = strictjson.parse(line, file=f"{file} (entry)", max_bytes=folder.MAX_LINE)
    entry = document.convert(value, LogEntry, file=f"{file} (entry)")
    stamp = None if proof.time_stamp is UNSET else base64_text.decoded(proof.time_stamp)
    kept = KeptCheckpoint(checkpoint, note, stamp, file)
    return ProvenEntry(proof.index, entry, own, kept, _older(proof, own, checkpoint, file))


def require_key(own: PublicKey, wanted: PublicKey | None, file: str) -> None:
    """Refuse a log of another keeper than the one who is meant.

    Raises:
        PlanError: `plan_log.other_log`.
    """
    if wanted is not None and own != wanted:
        raise notes.other_log(f"the log's key is {own.keyid[:16]}, not {wanted.keyid[:16]}", file)


def require_grown(log: PlanLog, older: Checkpoint, file: str) -> None:
    """Refuse a log that does not continue an older checkpoint of it.

    Raises:
        PlanError: `plan_log.truncated`, `plan_log.forked`.
    """
    if older.size > len(log.entries):
        raise folder.truncated(len(log.entries), older.size, file)
    if merkle.root(log.leaves[: older.size]) != older.root:
        raise PlanError(
            f"the log's first {older.size:,} entries are not those of the older checkpoint",
            code="plan_log.forked",
            where=Where(file),
            hint="There are two histories under one name. Ask the keeper for the one that your checkpoint is of.",
        )


def _covering(log: PlanLog, index: int, *, stamped: bool) -> KeptCheckpoint:
    """The earliest stamped checkpoint that covers the entry, if one is wanted and there is one; or the newest."""
    covering = [kept for kept in log.checkpoints if kept.checkpoint.size > index]
    return next((kept for kept in covering if stamped and kept.stamp is not None), log.newest)


def _consistency(log: PlanLog, leaves: Sequence[bytes], older: bytes, file: str) -> ConsistencyProof:
    before = notes.opened(older, origin=log.header.origin, key=log.key, file=file)
    require_grown(log, before, file)
    hashes = merkle.consistency(leaves, before.size)
    return ConsistencyProof(checkpoint=older.decode(), hashes=list(map(base64_text.encoded, hashes)))


def _older(proof: LogProof, key: PublicKey, checkpoint: Checkpoint, file: str) -> Checkpoint | None:
    if proof.consistency is UNSET:
        return None
    before = notes.opened(proof.consistency.checkpoint.encode(), origin=proof.origin, key=key, file=file)
    sizes, ends = (before.size, checkpoint.size), (before.root, checkpoint.root)
    if not merkle.grew(sizes, ends, _hashes(proof.consistency.hashes)):
        raise _broken("it does not show that the log only grew", file, "/consistency/hashes")
    return before


def _hashes(texts: Sequence[str]) -> list[bytes]:
    """The hashes; one that is not spelled as an encoder writes it leads nowhere."""
    return [base64_text.decoded(text) or b"" for text in texts]


def _broken(what: str, file: str, pointer: str) -> PlanError:
    return PlanError(
        f"the proof is not good: {what}",
        code="plan_log.proof",
        where=Where(file, pointer),
        hint="It was changed, or is of another log. Ask for a new one: `worldflux plan-log prove`.",
    )
