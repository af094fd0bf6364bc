"""What an archive holds: looked at whole before anything is written, then written file by file.

The archive is read twice through one descriptor. The first reading checks every header, every name and the very end,
and hashes the archive; the second writes, and goes on only while it meets what the first one saw.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from worldbase import safepath
from worldbase.console import Progress
from worldbase.errors import Where
from worldbase.inflate import GZIP_MAGIC
from worldflux.errors import GateError, PackageError
from worldflux.package import positioned, tree, ustar
from worldflux.package.inflated import inflated

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAX_BYTES: Final = 16 * 1024**3
_OPENED: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC

ShowProgress = Callable[[str, int, int], AbstractContextManager[Progress]]


def silent(_label: str, _total: int, _size: int) -> AbstractContextManager[Progress]:
    """Show no progress."""
    return nullcontext(Progress())


@dataclass(frozen=True, slots=True)
class Content:
    """What an archive was found to hold.

    Attributes:
        sizes: Bytes of each file by its path in the package, in the archive's order.
        digest: Of the archive.
        size: Bytes of the archive.
    """

    sizes: dict[str, int]
    digest: str
    size: int


@contextmanager
def opened(archive: Path) -> Iterator[int]:
    """Open the file of an archive and give its descriptor.

    Raises:
        PackageError: `package.missing`, `package.unreadable` or `archive.not_a_file`.
    """
    try:
        descriptor = os.open(archive, _OPENED)
    except FileNotFoundError:
        raise PackageError(
            f"{archive.name} does not exist",
            code="package.missing",
            where=Where(archive.name),
            hint="Make an archive with `worldflux audit pack`.",
        ) from None
    except OSError as error:
        raise positioned.unreadable(archive.name, error) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PackageError(
                f"{archive.name} is not a file",
                code="archive.not_a_file",
                where=Where(archive.name),
                hint="Give the file that `worldflux audit pack` wrote; a folder needs no unpacking.",
            )
        yield descriptor
    finally:
        os.close(descriptor)


def checked(descriptor: int, name: str, show_progress: ShowProgress) -> Content:
    """Read an archive to its end and refuse it unless all of it is safe.

    Raises:
        GateError: `tree....`
    """
    size = os.fstat(descriptor).st_size
    found: list[tuple[str, int]] = []
    with show_progress("checking", size, size) as progress, _of_the_archive(name):
        source = _Source(descriptor, name, progress.advance)
        top, total = None, 0
        for number, (member, _) in enumerate(ustar.members(_tar_in(source)), start=1):
            tree.refuse_too_many(number)
            top, path = _parted(member, top)
            total += member.size
            tree.refuse_too_large(total, MAX_BYTES)
            if not member.is_folder:
                found.append((path, member.size))
        tree.check_names(path for path, _ in found)
    return Content(dict(found), source.digest, source.size)


def extract(descriptor: int, name: str, content: Content, target: Path, show_progress: ShowProgress) -> None:
    """Write the files of a checked archive into a new folder that nobody else writes to.

    Raises:
        GateError: `tree.changed`: the archive is not what it was when it was checked.
        OSError: A file cannot be written.
    """
    total = sum(content.sizes.values())
    with show_progress("unpacking", total, total) as progress, _of_the_archive(name):
        source = _Source(descriptor, name, lambda _: None)
        for member, pieces in ustar.members(_tar_in(source)):
            if member.is_folder:
                continue
            path = member.path.partition("/")[2]
            if content.sizes.get(path) != member.size:
                raise positioned.changed(name)
            _write(target / path, pieces, progress.advance)
    if source.digest != content.digest:
        raise positioned.changed(name)


@contextmanager
def _of_the_archive(name: str) -> Iterator[None]:
    """Name the archive in an error that is about no member of it."""
    try:
        yield
    except GateError as error:
        if error.where is None or not error.where.file:
            error.where = Where(name)
        raise


def _tar_in(source: _Source) -> BinaryIO:
    buffered = io.BufferedReader(source, positioned.BLOCK_BYTES)
    return inflated(buffered) if buffered.peek(2).startswith(GZIP_MAGIC) else buffered


def _parted(member: ustar.Member, top: str | None) -> tuple[str, str]:
    """The folder at the top of an archive, which all members share, and the path below it."""
    if fault := safepath.fault_of(member.path):
        raise tree.unsafe_name(member.path, fault)
    first, _, path = member.path.partition("/")
    if (top is not None and first != top) or not (path or member.is_folder):
        raise tree.refused(
            f"{member.path[:80]!r} does not lie in the one folder that the archive is of",
            code="tree.archive_layout",
            name=member.path,
            hint="Ask for an archive that `worldflux audit pack` made.",
        )
    if member.is_folder and path:
        tree.refuse_folder(path)
    return first, path


def _write(path: Path, pieces: Iterator[bytes], advance: Callable[[int], None]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("xb") as stream:
        for piece in pieces:
            stream.write(piece)
            advance(len(piece))


class _Source(io.RawIOBase):
    """The archive's own bytes from its start, hashed as they are read."""

    def __init__(self, descriptor: int, name: str, advance: Callable[[int], None]) -> None:
        self._descriptor = descriptor
        self._name = name
        self._advance = advance
        self._state = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._state.hexdigest()}"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        with positioned.reading(self._name):
            data = os.pread(self._descriptor, len(view), self.size)
        view[: len(data)] = data
        self._state.update(data)
        self.size += len(data)
        self._advance(len(data))
        return len(data)
