"""Reading one file by its descriptor and a position, and noticing when it is no longer the file that was opened."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from worldbase.errors import Where
from worldflux.errors import GateError, PackageError
from worldflux.package import tree

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK_BYTES: Final = 1024 * 1024
_REPLACED: Final = frozenset([errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO, errno.ESTALE])


class State(NamedTuple):
    """Which file it is, and whether its bytes may have changed."""

    device: int
    inode: int
    size: int
    modified: int


def state_of(status: os.stat_result) -> State:
    """The state that a status shows."""
    # Not the time of the inode's change: that moves when somebody takes a name away, and the bytes stay.
    return State(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def refuse_changed(descriptor: int, state: State, name: str) -> None:
    """Refuse a file that is another one, or has been written to, since its state was taken.

    Raises:
        GateError: `tree.changed`.
    """
    if state_of(os.fstat(descriptor)) != state:
        raise changed(name)


def blocks(descriptor: int, state: State, name: str) -> Iterator[bytes]:
    """Yield the bytes of a file from its start, as many as its state says.

    Raises:
        GateError: `tree.changed`.
        PackageError: `package.unreadable`.
    """
    offset = 0
    while offset < state.size:
        block = _block(descriptor, min(BLOCK_BYTES, state.size - offset), offset, name)
        offset += len(block)
        yield block
    refuse_changed(descriptor, state, name)


def stream(descriptor: int, state: State, name: str) -> BinaryIO:
    """Return a buffered reader of a file from its start; it owns a duplicate of the descriptor."""
    return io.BufferedReader(_PositionedReader(os.dup(descriptor), state, name), BLOCK_BYTES)


class _PositionedReader(io.RawIOBase):
    """Reads by position, so that no other reader of the same descriptor moves it."""

    def __init__(self, descriptor: int, state: State, name: str) -> None:
        self._descriptor = descriptor
        self._state = state
        self._name = name
        self._offset = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._state.size - self._offset)
        if not wanted:
            refuse_changed(self._descriptor, self._state, self._name)
            return 0
        block = _block(self._descriptor, wanted, self._offset, self._name)
        view[: len(block)] = block
        self._offset += len(block)
        return len(block)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn what the system says into the error of a file that was replaced, or of one that cannot be read.

    Raises:
        GateError: `tree.changed`.
        PackageError: `package.unreadable`.
    """
    try:
        yield
    except OSError as error:
        raise changed(name) if error.errno in _REPLACED else unreadable(name, error) from None


def changed(name: str) -> GateError:
    """Make the error of a file or folder that did not stay what it was."""
    return tree.refused(
        f"{name[:80]!r} changed while it was read",
        code="tree.changed",
        name=name,
        hint="Make a copy of the package that nothing writes to, and read that.",
    )


def unreadable(name: str, error: OSError) -> PackageError:
    """Make the error of a file or folder that the system does not let us read."""
    return PackageError(
        f"{name[:80]!r} cannot be read: {error.strerror}",
        code="package.unreadable",
        where=Where(name),
        hint="Check the permissions of the folder and of every file in it.",
    )


def _block(descriptor: int, wanted: int, offset: int, name: str) -> bytes:
    with reading(name):
        block = os.pread(descriptor, wanted, offset)
    if not block:
        raise changed(name)
    return block
