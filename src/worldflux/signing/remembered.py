"""A folder of small documents, one per key, that several processes may read and write at once.

Writers take turns by a lock on the folder; a document is replaced whole. A document that cannot be read is never
thrown away silently: what it knew would be forgotten, and somebody may have damaged it for just that.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, TypeVar

from worldbase import document
from worldbase.document import Document
from worldbase.errors import InputError, StorageError, Where
from worldbase.files import write_atomic
from worldflux.errors import TrustError

D = TypeVar("D", bound=Document)

LOCK: Final = ".lock"
PATIENCE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.05


class Memory(Generic[D]):
    """Documents of one kind in one folder.

    Args:
        folder: Made on the first write, for this user alone.
        kind: What each document is.
        patience: Seconds to wait for another process that is writing.
    """

    def __init__(self, folder: Path, kind: type[D], *, patience: float = PATIENCE_SECONDS) -> None:
        self.folder = folder
        self._kind = kind
        self._patience = patience

    def path(self, key: str) -> Path:
        """File of a key, which is a digest in hex."""
        return self.folder / f"{key}.json"

    def recall(self, key: str) -> D | None:
        """What is known under this key, or None.

        Raises:
            TrustError: `state.damaged`.
        """
        path = self.path(key)
        if not os.path.lexists(path):
            return None
        try:
            return document.load(path, self._kind).document
        except InputError as error:
            raise damaged(path, error.message) from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from writing for the length of the block.

        Raises:
            StorageError: `state.unwritable`, or `state.locked` where another process holds it for too long.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise self._unwritable(error.strerror or str(error)) from None
        try:
            self._wait_for(handle)
            yield
        finally:
            os.close(handle)  # which also gives the lock back

    def keep(self, key: str, known: D) -> None:
        """Write what is known under this key; only inside `held`.

        Raises:
            StorageError: `state.unwritable`.
        """
        try:
            write_atomic(self.path(key), document.dump(known), mode=0o600)
        except StorageError as error:
            raise self._unwritable(error.message) from None

    def _wait_for(self, handle: int) -> None:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise self._locked() from None
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def _locked(self) -> StorageError:
        return StorageError(
            f"another process has held {self.folder.name} for {self._patience:g} seconds",
            code="state.locked",
            where=Where(str(self.folder / LOCK)),
            hint="Wait for the other worldflux process, or end it; `--no-state` verifies without this folder.",
        )

    def _unwritable(self, reason: str) -> StorageError:
        return StorageError(
            f"what was seen cannot be remembered: {reason}",
            code="state.unwritable",
            where=Where(str(self.folder)),
            hint="Make the folder writable, set WORLDFLUX_HOME to another one, or verify with `--no-state`.",
        )


def damaged(path: Path, reason: str) -> TrustError:
    """The error for a document that is there and cannot be what was written."""
    return TrustError(
        f"the record of what was seen before is damaged: {reason}",
        code="state.damaged",
        where=Where(str(path)),
        hint="Find out who changed it. To forget what it knew, remove this one file and run the command again.",
    )
