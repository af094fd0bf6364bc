"""Writing so that an interruption leaves either the old state or the new one.

A single file is written beside its place and renamed over it. A folder is staged beside its place and renamed; to
replace an existing folder takes two renames, so a small marker is written first, and whoever touches the folder next
(`recover`) finishes what a killed process began. A staged folder is locked by its writer, so that a later run can
tell what a dead process left behind from what a live one is still writing.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from worldbase.errors import StorageError, UsageError, Where
from worldbase.safepath import is_regular

_STAGING: Final = "staging"
_REPLACED: Final = "replaced"
_NAME_BYTES: Final = 100  # of a file's name in the names beside it, which may have 255 bytes in all


def write_atomic(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that readers see the old bytes or the new ones, never a part.

    Raises:
        StorageError: `file.unwritable`.
    """
    write_pieces(path, (data,), mode=mode)


def write_pieces(path: Path, pieces: Iterable[bytes], *, mode: int = 0o644) -> None:
    """Write a file as `write_atomic` does, from bytes that come one after the other and are never held together.

    Raises:
        StorageError: `file.unwritable`.
    """
    with staged_file(path, mode=mode) as stream:
        stream.writelines(pieces)


@contextmanager
def staged_file(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file to write into and read back; it comes to stand in its place when the block ends well, else not at all.

    Raises:
        StorageError: `file.unwritable`.
    """
    try:
        _refuse_special(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.parent / f".{_stem(path)}.{os.urandom(8).hex()}"
        # The user's umask takes from `mode` what nobody else may do.
        handle = os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            with os.fdopen(handle, "w+b") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            staged.replace(path)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from None


def _refuse_special(path: Path) -> None:
    """A rename would put a plain file in the place of `/dev/null`, of a named pipe, or of the link `/dev/stdout`."""
    try:
        kind = path.stat().st_mode
    except OSError:
        return  # nothing there, or nothing that can be looked at: writing says which
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise StorageError(
            f"{path.name} is not written: it is a device or a pipe, and no plain file",
            code="file.unwritable",
            where=Where(path.name),
            hint="Give the name of a file, or leave it out where that prints to stdout.",
        )


def recover(target: Path) -> None:
    """Finish or undo the replacement of a folder that a killed process left half done.

    Does nothing where no marker stands. With a marker, the staged folder was complete: if the target is gone it
    is moved in, and the replaced folder is removed; if the target still stands, the replacement had not begun
    or was done, and only leftovers go. A marker may come with somebody's archive, so it can name nothing but folders
    that a replacement of this target makes.

    Raises:
        StorageError: `file.unwritable`, also for a marker that no replacement wrote.
    """
    marker = _marker(target)
    try:
        named = _named_in(marker, target)
        if named is None or _is_locked(named[0]):
            return
        for folder in named:
            if not os.path.lexists(target) and _is_folder(folder):
                folder.rename(target)
    except (OSError, ValueError) as error:
        raise _unwritable(target, error) from None
    # What cannot be removed now is tried again next time; a whole folder can be read all the same.
    with suppress(OSError):
        for leftover in filter(_is_folder, named):
            _remove(leftover)
        marker.unlink()


class StagedFolder:
    """A folder that appears at its place whole, or not at all.

    Use as a context manager: write into `path`, then call `commit()`. Leaving the block without a commit removes
    everything that was staged.

    Args:
        target: Where it is to appear.
        overwrite: Whether a folder that stands there is replaced.
        holds: Name of a file that every folder of the kind holds. A folder without it is somebody's own, and is not
            replaced whatever `overwrite` says.

    Example:
        >>> import tempfile
        >>> target = Path(tempfile.mkdtemp()) / "package"
        >>> with StagedFolder(target) as staged:
        ...     _ = (staged.path / "a.txt").write_text("whole")
        ...     staged.commit()
        >>> (target / "a.txt").read_text()
        'whole'
    """

    def __init__(self, target: Path, *, overwrite: bool = False, holds: str = "") -> None:
        self.target = target.absolute()
        self._holds = holds
        self.path = self.target  # replaced on entry
        self._overwrite = overwrite
        self._lock = -1
        self._committed = False

    def __enter__(self) -> Self:
        recover(self.target)
        self._refuse_occupied()
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(self.target)
            self.path = self.target.parent / f"{_prefix(self.target, _STAGING)}{os.urandom(8).hex()}"
            self.path.mkdir(mode=0o700)
            self._lock = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _unwritable(self.target, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._committed:
            _remove(self.path, ignore_errors=True)
        os.close(self._lock)
        if isinstance(error, OSError):
            # Whatever could not be written into the staged folder: a full disk, most of the time.
            raise _unwritable(self.target, error) from None

    def commit(self) -> None:
        """Put the staged folder in its place.

        Raises:
            StorageError: `file.unwritable`; the old folder, if there was one, still stands.
            UsageError: Something else took the place meanwhile.
        """
        self._refuse_occupied()
        try:
            self.path.chmod(self._mode())
            if _is_occupied(self.target):
                self._replace()
            else:
                self.path.rename(self.target)
        except OSError as error:
            raise _unwritable(self.target, error) from None
        self._committed = True

    def _mode(self) -> int:
        """That of the folder that is replaced: one that nobody else may read stays so."""
        if not _is_occupied(self.target):
            return 0o777 & ~_umask()
        return stat.S_IMODE(self.target.stat().st_mode) | stat.S_IRWXU

    def _replace(self) -> None:
        # The old folder is about to go, so the new one has to be on the disk, not only in the page cache.
        for path in self.path.rglob("*"):
            _sync(path)
        _sync(self.path)
        suffix = self.path.name.removeprefix(_prefix(self.target, _STAGING))
        replaced = self.target.with_name(_prefix(self.target, _REPLACED) + suffix)
        self._mark(replaced)
        self.target.rename(replaced)
        try:
            self.path.rename(self.target)
        except OSError:
            replaced.rename(self.target)
            raise
        # The new folder is in its place: no cleaning may fail the commit. The marker goes last; while it stands,
        # `recover` goes on with the cleaning.
        with suppress(OSError):
            _sync(self.target.parent)
            _remove(replaced)
            _marker(self.target).unlink()

    def _mark(self, replaced: Path) -> None:
        # Written inside the staged folder: a process killed here leaves nothing that the next writer does not remove.
        marker = _marker(self.target)
        draft = self.path / marker.name
        draft.write_bytes(json.dumps({_STAGING: self.path.name, _REPLACED: replaced.name}).encode())
        _sync(draft)
        draft.replace(marker)

    def _refuse_occupied(self) -> None:
        if not os.path.lexists(self.target):
            return
        if self.target.is_symlink() or not self.target.is_dir():
            raise UsageError(
                f"{self.target.name} exists and is not a folder",
                code="output.not_a_folder",
                where=Where(self.target.name),
                hint="Choose another --output.",
            )
        if _is_occupied(self.target) and not self._overwrite:
            raise UsageError(
                f"{self.target.name} is not empty",
                code="output.exists",
                where=Where(self.target.name),
                hint="Choose another --output, or pass --overwrite to replace it.",
            )
        if _is_occupied(self.target) and self._holds and not is_regular(self.target / self._holds):
            raise UsageError(
                f"{self.target.name} holds no {self._holds}, so it is something else and is not replaced",
                code="output.of_another",
                where=Where(self.target.name),
                hint="Choose another --output.",
            )


def _is_occupied(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _remove_abandoned(target: Path) -> None:
    """Remove staged folders of the same target whose writer is dead (its lock went with it)."""
    prefix = _prefix(target, _STAGING)
    for folder in list(target.parent.iterdir()):
        if folder.name.startswith(prefix) and _is_folder(folder) and not _is_locked(folder):
            _remove(folder)


def _named_in(marker: Path, target: Path) -> tuple[Path, Path] | None:
    """The staged and the replaced folder that a marker names, or None where there is no marker."""
    try:
        record = json.loads(marker.read_bytes())
    except FileNotFoundError:
        return None
    folders = []
    for kind in (_STAGING, _REPLACED):
        name = record.get(kind) if isinstance(record, dict) else None
        if not isinstance(name, str) or "/" in name or not name.startswith(_prefix(target, kind)):
            raise ValueError(f"{marker.name} beside it was not written by a replacement")
        folders.append(target.with_name(name))
    return folders[0], folders[1]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_locked(folder: Path) -> bool:
    """Whether a live process is writing this staged folder."""
    if not _is_folder(folder):
        return False
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(handle)


def _prefix(target: Path, kind: str) -> str:
    return f".{_stem(target)}.{kind}-"


def _marker(target: Path) -> Path:
    return target.parent / f".{_stem(target)}.replacing.json"


def _stem(path: Path) -> str:
    """The name for the names beside it; a long one is cut and told from its like by a digest."""
    name = os.fsencode(path.name)
    if len(name) <= _NAME_BYTES:
        return path.name
    return f"{name[:64].decode('utf-8', 'ignore')}-{hashlib.sha256(name).hexdigest()[:32]}"


def _remove(folder: Path, *, ignore_errors: bool = False) -> None:
    # Not at the top: it brings every kind of compression along, and most commands remove no folder.
    import shutil

    shutil.rmtree(folder, ignore_errors=ignore_errors)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: Exception) -> StorageError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StorageError(
        f"{path.name} cannot be written: {reason}",
        code="file.unwritable",
        where=Where(path.name),
        hint="Check the folder's permissions and the free space.",
    )
