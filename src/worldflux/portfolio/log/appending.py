"""Adding to a plan log: whoever adds holds the folder's lock, and the signed checkpoint comes last."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldbase import clock, document, identifier
from worldbase.errors import StorageError, Where
from worldbase.files import write_atomic
from worldflux.documents.plan_log import LogEntry, LogHeader, LogKey
from worldflux.documents.profile import VISIBILITY
from worldflux.errors import PlanError
from worldflux.portfolio.log import merkle, notes
from worldflux.portfolio.log.entries import is_same, line_of
from worldflux.portfolio.log.folder import ENTRIES, HEADER, PlanLog, is_log, note_name, read_log
from worldflux.portfolio.log.notes import Checkpoint
from worldflux.signing.keys import PrivateKey

LoadKey = Callable[[str | None], PrivateKey]
"""Opens the key of this id; for None, the one that a new log is to have."""
Stamp = Callable[[bytes], bytes]
"""Asks a time-stamping authority about some bytes."""
_ORIGIN: Final = "worldflux-plan-log"


@dataclass(frozen=True, slots=True)
class Appended:
    """What adding an entry did.

    Attributes:
        index: 0-based position of the entry.
        is_new: Whether it was added now; the same plan or packet is logged once.
        checkpoint: The checkpoint that covers it.
        stamped: Whether a time-stamping authority saw that checkpoint.
    """

    index: int
    is_new: bool
    checkpoint: Checkpoint
    stamped: bool


def append(folder: Path, entry: LogEntry, load_key: LoadKey, *, stamp: Stamp | None = None) -> Appended:
    """Add an entry to the log in a folder; where there is none, begin one.

    An interruption leaves the log as it was: a line without a checkpoint is no entry, and the next writer removes it.

    Args:
        folder: Of the log.
        entry: What to add.
        load_key: See `LoadKey`.
        stamp: Asked before anything is written, so that its failure changes nothing.

    Raises:
        InputError: What `read_log` raises.
        PlanError: `plan_log.other_key`, `plan_log.key`, `plan_log.unsigned`, `plan_log.full`.
        SigningError: The key cannot be opened.
        StorageError: `file.unwritable`.
    """
    with _locked(folder):
        if not is_log(folder):
            _begin(folder, load_key(None))
        log = read_log(folder)
        _require_at_most_one_unsigned(log)
        for index, known in enumerate(log.entries):
            if is_same(entry, known.content):
                kept = next(kept for kept in log.checkpoints if kept.checkpoint.size > index)
                return Appended(index, False, kept.checkpoint, kept.stamp is not None)
        return _added(folder, log, entry, load_key(log.key.keyid), stamp)


def _added(folder: Path, log: PlanLog, entry: LogEntry, key: PrivateKey, stamp: Stamp | None) -> Appended:
    if key.public != log.key:
        raise PlanError(
            f"the log's checkpoints are signed by the key {log.key.keyid[:16]}, not by {key.public.keyid[:16]}",
            code="plan_log.other_key",
            where=Where(HEADER, "/key"),
            hint="Sign with the log's own key, or begin a log of your own in another folder.",
        )
    lines = [*(known.line for known in log.entries), line_of(entry)]
    if len(lines) > notes.MAX_SIZE:
        raise PlanError(
            f"a log holds {notes.MAX_SIZE:,} entries",
            code="plan_log.full",
            where=Where(ENTRIES),
            hint="Begin another one, and keep this.",
        )
    checkpoint = Checkpoint(log.header.origin, len(lines), merkle.root(list(map(merkle.leaf_hash, lines))))
    note = notes.signed(checkpoint, key)
    reply = stamp(note) if stamp else None
    _write(folder, lines, note, reply)
    return Appended(len(lines) - 1, True, checkpoint, reply is not None)


def _write(folder: Path, lines: Sequence[bytes], note: bytes, reply: bytes | None) -> None:
    """The checkpoint comes last: until it stands, the line is no entry and the time stamp is nobody's."""
    name = folder / note_name(len(lines))
    write_atomic(folder / ENTRIES, b"".join(line + b"\n" for line in lines))
    if reply is None:
        name.with_suffix(".tsr").unlink(missing_ok=True)  # of a writer that was interrupted
    else:
        write_atomic(name.with_suffix(".tsr"), reply)
    write_atomic(name, note)


def _begin(folder: Path, key: PrivateKey) -> None:
    public = key.public
    if public.algorithm != "ed25519":
        raise PlanError(
            f"the checkpoints of a log are signed with Ed25519; this key is for {public.algorithm}",
            code="plan_log.key",
            hint="Make one with `worldflux key generate --label plan-log` and name it with --key.",
        )
    if os.path.lexists(folder / ENTRIES):
        raise _damaged(f"there is {ENTRIES}, and no {HEADER} that says which log it is of", HEADER)
    header = LogHeader(
        schema_version="worldflux.plan_log.v0_draft",
        visibility=VISIBILITY,
        origin=f"{_ORIGIN}/{identifier.new('log', content=(public.keyid,))}",
        key=LogKey(algorithm="ed25519", keyid=public.keyid, public_key_pem=public.pem),
        created_at=clock.timestamp(),
    )
    write_atomic(folder / HEADER, document.dump(header))


def _require_at_most_one_unsigned(log: PlanLog) -> None:
    """An interrupted writer leaves one line; more of them were once covered by checkpoints that are gone."""
    if log.unsigned > 1:
        raise _damaged(f"no checkpoint covers the last {log.unsigned:,} entries", ENTRIES)


def _damaged(message: str, file: str) -> PlanError:
    return PlanError(
        message,
        code="plan_log.unsigned",
        where=Where(file),
        hint="Files of the log are gone. Restore them from a copy; adding now would lose the entries.",
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make the folder where there is none, and keep other writers out of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(
            f"{folder.name} cannot be written: {error.strerror or error}",
            code="file.unwritable",
            where=Where(str(folder)),
            hint="Check the folder's permissions and the free space.",
        ) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)
