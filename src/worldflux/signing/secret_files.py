"""Files that only their owner may read: keys and passwords."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Final

from worldbase.errors import StorageError, Where
from worldflux.errors import SigningError

_MAX_BYTES: Final = 64 * 1024
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def read_secret(path: Path) -> bytes:
    """Read a small file that nobody but this user may read or write.

    Raises:
        SigningError: `key.file` where there is none, or it cannot be read; `key.link`, `key.owner`,
            `key.permissions` where somebody else has a hand in it.
    """
    return _read(path, forbidden=_OTHERS, advice=f"chmod 600 {path.name}")


def read_own(path: Path) -> bytes:
    """Read a small file that others may read, but only this user may have written. Raises what `read_secret` does."""
    return _read(path, forbidden=_OTHERS_WRITE, advice=f"chmod go-w {path.name}")


def write_new_secret(path: Path, data: bytes) -> None:
    """Write a file that did not exist, readable by this user alone, and have it on the disk.

    Raises:
        StorageError: `file.unwritable`, also where a file of this name exists.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise unwritable(path, error) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(handle)
    except BaseException as error:
        # Half a key is no key, and nobody may take it for one.
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from None
        raise


def require_own_folder(folder: Path, state: os.stat_result) -> None:
    """Refuse a folder that others can put files into.

    Raises:
        SigningError: `key.owner`, `key.permissions`.
    """
    _require_own(folder, state, _OTHERS_WRITE, f"chmod 700 {folder.name}")


def unwritable(path: Path, error: OSError) -> StorageError:
    """The error for a file that cannot be written."""
    return StorageError(
        f"{path.name} cannot be written: {error.strerror or error}",
        code="file.unwritable",
        where=Where(path.name),
        hint="Check the folder's permissions and the free space.",
    )


def unreadable(path: Path, error: OSError | ValueError) -> SigningError:
    """The error for a file or folder that cannot be read."""
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return SigningError(
            f"{path.name} is a symbolic link",
            code="key.link",
            where=Where(path.name),
            hint="Give the file itself: whoever can change the link chooses the key.",
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return SigningError(
        f"{path.name} cannot be read: {reason}",
        code="key.file",
        where=Where(path.name),
        hint="Check the path. `worldflux key list` shows where your keys lie.",
    )


def _read(path: Path, *, forbidden: int, advice: str) -> bytes:
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        # A ValueError: a name that no file system takes, such as one with a NUL in it.
        raise unreadable(path, error) from None
    with os.fdopen(handle, "rb") as stream:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise _not_a_file(path)
        _require_own(path, state, forbidden, advice)
        data = stream.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise _not_a_file(path)
    return data


def _require_own(path: Path, state: os.stat_result, forbidden: int, advice: str) -> None:
    if state.st_uid != os.geteuid():
        raise SigningError(
            f"{path.name} belongs to another user",
            code="key.owner",
            where=Where(path.name),
            hint="Use a key that you made yourself.",
        )
    if state.st_mode & forbidden:
        raise SigningError(
            f"others may {'write' if forbidden == _OTHERS_WRITE else 'read'} {path.name} "
            f"(mode {stat.S_IMODE(state.st_mode):04o})",
            code="key.permissions",
            where=Where(path.name),
            hint=f"If nobody but you has had the chance to use it: {advice}",
        )


def _not_a_file(path: Path) -> SigningError:
    return SigningError(
        f"{path.name} is no file of at most {_MAX_BYTES:,} bytes",
        code="key.file",
        where=Where(path.name),
        hint="Check the path. `worldflux key list` shows where your keys lie.",
    )
