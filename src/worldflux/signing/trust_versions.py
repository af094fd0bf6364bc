"""Trust files do not go back: an old copy could trust a key that was revoked since.

The highest version of each trust file that was used here is kept in the user's state folder, by the file's place and
schema. The idea is that of The Update Framework (section 5.3 of its specification): a lower version is refused, and so
is other content under the same version.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from worldbase import clock
from worldbase.errors import Where
from worldflux.documents.seen import SeenTrustFile
from worldflux.errors import TrustError
from worldflux.signing.home import state_home
from worldflux.signing.remembered import Memory, damaged

FOLDER: Final = "trust"


@dataclass(frozen=True, slots=True)
class TrustVersion:
    """One version of one trust file.

    Attributes:
        schema: Name of its schema.
        content: Digest of the RFC 8785 form of the file.
    """

    path: Path
    schema: str
    version: int
    content: str


def memory() -> Memory[SeenTrustFile]:
    """Where the versions are kept."""
    return Memory(state_home() / FOLDER, SeenTrustFile)


def last_seen(path: Path, schema: str) -> SeenTrustFile | None:
    """The highest version of this file that was used here, or None.

    Raises:
        TrustError: `state.damaged`.
    """
    where, known = memory(), _key(path, schema)
    seen = where.recall(known)
    if seen is not None and (seen.path, seen.trust_schema) != (_place(path), schema):
        raise damaged(where.path(known), f"it is about {seen.path}")
    return seen


def refuse_older(used: TrustVersion) -> None:
    """Compare a trust file with what was seen of it before.

    Raises:
        TrustError: `trust.older`, `trust.same_version`, `state.damaged`.
    """
    seen = last_seen(used.path, used.schema)
    if seen is None:
        return
    name = used.path.name
    if used.version < seen.version:
        raise TrustError(
            f"{name} has version {used.version}; version {seen.version} of it was used here before",
            code="trust.older",
            where=Where(str(used.path), "/version"),
            hint="Get the newest copy of the file. `--no-state` verifies without looking at what was seen before.",
        )
    if used.version == seen.version and used.content != seen.content:
        raise TrustError(
            f"{name} has changed, and its version is still {seen.version}",
            code="trust.same_version",
            where=Where(str(used.path), "/version"),
            hint=f"If you changed it, set its version to {seen.version + 1}; if you did not, find out who did.",
        )


def remember(used: TrustVersion) -> None:
    """Refuse a version that goes back, and keep one that is new.

    Raises:
        TrustError: What `refuse_older` raises.
        StorageError: `state.unwritable`, `state.locked`.
    """
    seen = last_seen(used.path, used.schema)
    if seen is not None and (seen.version, seen.content) == (used.version, used.content):
        return  # nothing to write: the usual case works in a home that is read-only
    with memory().held():
        keep(used)


def keep(used: TrustVersion) -> None:
    """What `remember` does, for a caller who holds the memory."""
    refuse_older(used)
    memory().keep(
        _key(used.path, used.schema),
        SeenTrustFile(
            schema_version="worldflux.seen_trust_file.v0_draft",
            path=_place(used.path),
            trust_schema=used.schema,
            version=used.version,
            content=used.content,
            seen_at=clock.timestamp(),
        ),
    )


def real_path(path: Path) -> Path:
    """Where a path leads, links resolved; unlike `Path.resolve`, links in a circle raise nothing."""
    return Path(os.path.realpath(path))


def _key(path: Path, schema: str) -> str:
    return hashlib.sha256(f"{schema}\0{_place(path)}".encode()).hexdigest()


def _place(path: Path) -> str:
    """Where a file lies, links resolved; a name that is not UTF-8 keeps its bytes as escapes."""
    return os.fsencode(real_path(path)).decode("utf-8", "backslashreplace")
