"""A plan log as it lies in a folder, read whole and checked against every checkpoint in it.

    plan_log.json             which log it is, and the key of its keeper
    entries.jsonl             one entry a line, in order
    checkpoints/0000012.note  how the log stood with twelve entries, signed
    checkpoints/0000012.tsr   what a time-stamping authority said about the bytes of that note

A line that no checkpoint covers was never part of the log: its writer was interrupted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldbase import document, safepath, strictjson
from worldbase.errors import InputError, Where
from worldflux.documents.plan_log import LogEntry, LogHeader, LogKey
from worldflux.errors import PlanError
from worldflux.portfolio.log import merkle, notes
from worldflux.portfolio.log.notes import Checkpoint
from worldflux.signing.keys import PublicKey, public_key_from_pem

HEADER: Final = "plan_log.json"
ENTRIES: Final = "entries.jsonl"
CHECKPOINTS: Final = "checkpoints"
MAX_BYTES: Final = 256 * 1024 * 1024
MAX_LINE: Final = 64 * 1024
_NOTE: Final = re.compile(r"[0-9]{7}\.note")
_MAX_STAMP: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, and the line that it was read from.

    Attributes:
        line: Bytes of the line without its line break: the leaf.
    """

    line: bytes
    content: LogEntry


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint that the log's folder keeps.

    Attributes:
        note: Bytes of the signed note.
        stamp: The time-stamping authority's reply over them, or None. Whether it counts is another question.
        name: File name of the note.
    """

    checkpoint: Checkpoint
    note: bytes
    stamp: bytes | None
    name: str


@dataclass(frozen=True, slots=True)
class PlanLog:
    """A log whose entries are those of all of its checkpoints.

    Attributes:
        key: The keeper's, as the log's own header says; whose it is, trust decides.
        entries: Those that the newest checkpoint covers.
        checkpoints: By falling age; empty only in a log that is being begun.
        unsigned: Lines after the last entry.
    """

    header: LogHeader
    key: PublicKey
    entries: tuple[Entry, ...]
    checkpoints: tuple[KeptCheckpoint, ...]
    unsigned: int

    @property
    def leaves(self) -> list[bytes]:
        """Hashes of the leaves, 32 bytes each."""
        return [merkle.leaf_hash(entry.line) for entry in self.entries]

    @property
    def newest(self) -> KeptCheckpoint:
        """The newest checkpoint.

        Raises:
            PlanError: `plan_log.empty`.
        """
        if not self.checkpoints:
            raise PlanError(
                "the log has no entry yet",
                code="plan_log.empty",
                where=Where(CHECKPOINTS),
                hint="Add a plan: `worldflux plan-log append plan.json`.",
            )
        return self.checkpoints[-1]


def is_log(folder: Path) -> bool:
    """Whether a log lies in this folder."""
    return os.path.lexists(folder / HEADER)


def read_log(folder: Path) -> PlanLog:
    """Read a log and check it against each of its checkpoints.

    Raises:
        InputError: `file.*`, `json.*`, `document.*`.
        PlanError: `plan_log.missing`, `plan_log.key`, `plan_log.checkpoint`, `plan_log.signature`,
            `plan_log.other_log`, `plan_log.truncated`, `plan_log.altered`.
    """
    if not is_log(folder):
        raise PlanError(
            f"there is no plan log in {folder.name or folder}",
            code="plan_log.missing",
            where=Where(f"{folder}/{HEADER}"),
            hint="Name its folder with --log; `worldflux plan-log append plan.json` begins one.",
        )
    header = document.parse(_read(folder / HEADER), LogHeader, file=HEADER).document
    key = key_of(header.key, HEADER)
    checkpoints = tuple(_checkpoints(folder, header.origin, key))
    lines = _lines(folder)
    size = checkpoints[-1].checkpoint.size if checkpoints else 0
    if len(lines) < size:
        raise truncated(len(lines), size, ENTRIES)
    _require_fit([merkle.leaf_hash(line) for line in lines[:size]], checkpoints)
    entries = tuple(_entry(line, number) for number, line in enumerate(lines[:size], start=1))
    return PlanLog(header, key, entries, checkpoints, len(lines) - size)


def key_of(named: LogKey, file: str) -> PublicKey:
    """The key that signs a log's checkpoints.

    Raises:
        SigningError: What `public_key_from_pem` raises.
        PlanError: `plan_log.key`.
    """
    key = public_key_from_pem(named.public_key_pem, file=file)
    if key.algorithm != named.algorithm or key.keyid != named.keyid:
        raise PlanError(
            "the log's key is not the one that its id names",
            code="plan_log.key",
            where=Where(file, "/key"),
            hint="It was edited. Get the log from its keeper again.",
        )
    return key


def note_name(size: int) -> str:
    """Name of the checkpoint of so many entries, below the log's folder."""
    return f"{CHECKPOINTS}/{size:07d}.note"


def truncated(entries: int, size: int, file: str) -> PlanError:
    """The error for a log that has fewer entries than it had."""
    return PlanError(
        f"the log has {entries:,} entries; a checkpoint of it covers {size:,}",
        code="plan_log.truncated",
        where=Where(file),
        hint="Entries are gone, or this copy is old. Ask the keeper of the log for all of it.",
    )


def _checkpoints(folder: Path, origin: str, key: PublicKey) -> Iterator[KeptCheckpoint]:
    for path in _notes(folder / CHECKPOINTS):
        note = _read(path, notes.MAX_BYTES)
        checkpoint = notes.opened(note, origin=origin, key=key, file=f"{CHECKPOINTS}/{path.name}")
        if note_name(checkpoint.size) != f"{CHECKPOINTS}/{path.name}":
            raise PlanError(
                f"the checkpoint of {checkpoint.size:,} entries lies under another name",
                code="plan_log.checkpoint",
                where=Where(f"{CHECKPOINTS}/{path.name}"),
                hint=f"It is called {note_name(checkpoint.size)}. Who renamed it?",
            )
        stamp = path.with_suffix(".tsr")
        reply = _read(stamp, _MAX_STAMP) if os.path.lexists(stamp) else None
        yield KeptCheckpoint(checkpoint, note, reply, path.name)


def _notes(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if _NOTE.fullmatch(path.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(
            f"{CHECKPOINTS} cannot be read: {error.strerror or error}",
            code="file.unreadable",
            where=Where(CHECKPOINTS),
            hint="Give the path of a log that you may read.",
        ) from None


def _lines(folder: Path) -> list[bytes]:
    """All whole lines; what stands behind the last line break was never written to its end."""
    if not os.path.lexists(folder / ENTRIES):
        return []
    return _read(folder / ENTRIES).split(b"\n")[:-1]


def _entry(line: bytes, number: int) -> Entry:
    file = f"{ENTRIES} line {number}"
    value = strictjson.parse(line, file=file, max_bytes=MAX_LINE)
    return Entry(line, document.convert(value, LogEntry, file=file))


def _require_fit(leaves: Sequence[bytes], checkpoints: Sequence[KeptCheckpoint]) -> None:
    expected = {kept.checkpoint.size: kept.checkpoint.root for kept in checkpoints}
    for size, root in enumerate(merkle.roots(leaves), start=1):
        if expected.get(size, root) != root:
            raise PlanError(
                f"the first {size:,} entries are not those that the log's checkpoint covers",
                code="plan_log.altered",
                where=Where(ENTRIES, line=size),
                hint="An entry was changed, moved or removed. Ask the keeper for the log as it was.",
            )


def _read(path: Path, limit: int = MAX_BYTES) -> bytes:
    # What is no regular file is not opened: a FIFO would wait for ever, and a link leads out of the log.
    if os.path.lexists(path) and not safepath.is_regular(path):
        raise InputError(
            f"{path.name} is not a regular file",
            code="file.unreadable",
            where=Where(path.name),
            hint="A plan log consists of plain files. Get it from its keeper again.",
        )
    return strictjson.read_bytes(path, file=path.name, max_bytes=limit)
