"""The folder of a run, read without trust: no link is followed out of it, nothing is read that is no regular file."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from worldbase import safepath
from worldbase.errors import Where
from worldforge.errors import WorldForgeError

MAX_MANIFEST_BYTES: Final = 4 * 1024 * 1024
MAX_REPORT_BYTES: Final = 64 * 1024 * 1024


def read(run: Path, relative: str, *, max_bytes: int = MAX_REPORT_BYTES) -> bytes | None:
    """Bytes of a file of a run; None where there is none.

    Args:
        run: Folder of the run.
        relative: Path in it, from a manifest or ours; it may be hostile.
        max_bytes: Larger files are refused.

    Raises:
        WorldForgeError: `run.unsafe_path` where the path or a link leads out, `run.unreadable`, `run.file_size`.
    """
    where = Where(f"{run.name or '.'}/{relative[:200]}")
    if fault := fault_of(run, relative):
        raise WorldForgeError(
            f"a file of the run is not read: {fault}",
            code="run.unsafe_path",
            where=where,
            hint="Was the run changed? Nothing that leads out of its folder is followed.",
        )
    return read_plain(run / relative, where, max_bytes=max_bytes)


def read_plain(path: Path, where: Where, *, max_bytes: int = MAX_REPORT_BYTES) -> bytes | None:
    """Bytes of a regular file, which is no link; None where there is none.

    Raises:
        WorldForgeError: `run.unreadable`, `run.file_size`.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for somebody to write into it.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(error, where) from None
    try:
        return _read_bounded(handle, where, max_bytes)
    finally:
        os.close(handle)


def _read_bounded(handle: int, where: Where, max_bytes: int) -> bytes:
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise WorldForgeError(
            "a file of the run is no regular file",
            code="run.unreadable",
            where=where,
            hint="Was the run changed? A run holds plain files only.",
        )
    data = b"" if status.st_size > max_bytes else _read_all(handle, max_bytes + 1, where)
    if status.st_size > max_bytes or len(data) > max_bytes:
        raise WorldForgeError(
            f"a file of the run is larger than {max_bytes:,} bytes",
            code="run.file_size",
            where=where,
            hint="A manifest or a report is some kilobytes; is this a run?",
        )
    return data


def _read_all(handle: int, limit: int, where: Where) -> bytes:
    pieces: list[bytes] = []
    try:
        while limit > 0 and (piece := os.read(handle, min(limit, 1 << 20))):
            pieces.append(piece)
            limit -= len(piece)
    except OSError as error:
        raise _unreadable(error, where) from None
    return b"".join(pieces)


def fault_of(run: Path, relative: str) -> str | None:
    """Why a path of a run must not be followed, or None where it stays in the run's folder."""
    if fault := safepath.fault_of(relative):
        return fault
    parts = relative.split("/")
    for end in range(1, len(parts) + 1):
        if os.path.islink(os.path.join(run, *parts[:end])):  # noqa: PTH114, PTH118 - called for thousands of runs
            return "a link stands in the way"
    return None


class Found(NamedTuple):
    """Something in a run that is no folder.

    Attributes:
        path: Relative to the run.
        size: In bytes.
        is_plain: Whether it is a regular file, and neither a link nor something special.
    """

    path: str
    size: int
    is_plain: bool


def walk(run: Path) -> Iterator[Found]:
    """Everything in a run that is no folder, links and special files too, in order.

    Raises:
        WorldForgeError: `run.unreadable`.
    """
    try:
        yield from _walk(run, "")
    except OSError as error:
        raise _unreadable(error, Where(run.name)) from None


def _walk(folder: Path, prefix: str) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), f"{prefix}{entry.name}/")
        else:
            status = entry.stat(follow_symlinks=False)
            yield Found(prefix + entry.name, status.st_size, stat.S_ISREG(status.st_mode))


def is_held(run: Path) -> bool:
    """Whether the process that writes the run still lives: it locks the folder for as long as it does."""
    try:
        handle = os.open(run, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _unreadable(error: OSError, where: Where) -> WorldForgeError:
    return WorldForgeError(
        f"a file of the run cannot be read: {error.strerror}",
        code="run.unreadable",
        where=where,
        hint="Check the permissions of the run's folder.",
    )
