"""A package folder, opened once: every later step reads the bytes that were there when it was opened.

The folder is walked through descriptors, no link is followed, and only regular files are opened. From then on a file is
read by its descriptor, never by its path, so that nobody can put another file in its place between two gates. What
cannot be kept open (files far beyond what a package has) is opened again and must still be the same, unchanged file.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from worldbase import digest, files
from worldbase.errors import UsageError, Where
from worldflux.errors import GateError, PackageError
from worldflux.package import positioned, tree

MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
_KEPT_OPEN: Final = 128  # of all members and signatures; some systems give a process no more than 256 descriptors
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Advance = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class _File:
    """A regular file of the package."""

    folder: int  # descriptor
    name: str  # in that folder
    state: positioned.State
    links: int
    kept: int  # descriptor, or -1 where it is opened when it is read


def _silent(_amount: int) -> None:
    pass


class OpenedPackage:
    """The files of a package, safe to read. Use as a context manager, made by `open`.

    Attributes:
        folder: The name of the folder, for messages.
        names: Paths of all files relative to the folder, sorted: members, signatures, `share_url.txt`.
        notes: What is odd about the tree without making it unsafe, one sentence each.
    """

    names: tuple[str, ...]
    notes: tuple[str, ...]

    def __init__(self, folder: Path) -> None:
        self.folder = folder.name
        self._descriptors: list[int] = []
        self._files: dict[str, _File] = {}
        self._digests: dict[str, str] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Walk a folder and open its files.

        Args:
            folder: May itself be reached through a link; nothing inside may be one.

        Raises:
            PackageError: `package.missing`, or `package.unreadable`.
            UsageError: `package.not_a_folder`.
            GateError: `tree....`: something in the folder is not safe to read.
        """
        folder = folder.absolute()
        files.recover(folder)
        package = cls(folder)
        with ExitStack() as unless_open:
            unless_open.callback(package.close)
            package._walk(package._opened_folder(folder))
            unless_open.pop_all()
        return package

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every descriptor. Streams that are still open stay readable."""
        while self._descriptors:
            with suppress(OSError):
                os.close(self._descriptors.pop())

    def size(self, name: str) -> int:
        """Bytes of a file.

        Raises:
            PackageError: `package.incomplete`: there is no such file.
        """
        return self._file(name).state.size

    def read(self, name: str, *, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
        """Return all bytes of a file, the same ones at every call.

        Raises:
            PackageError: `package.incomplete`: there is no such file.
            GateError: `json.size` for more than `limit` bytes; `tree.changed`.
        """
        if self.size(name) > limit:
            raise GateError(
                f"{name} has more than {limit:,} bytes",
                gate="json",
                code="json.size",
                where=Where(name),
                hint="A document of a package is a few kilobytes; ask the author for the package again.",
            )
        data = b"".join(self._blocks(name))
        self._agree(name, digest.of_bytes(data))
        return data

    def digests(self, names: Iterable[str], advance: Advance = _silent) -> dict[str, str]:
        """Digests (`sha256:<hex>`) of files, by name; large ones side by side, as hashing releases the interpreter.

        Args:
            names: Files of the package.
            advance: Called with numbers of bytes that are done, from several threads.

        Raises:
            PackageError: `package.incomplete`: there is no such file.
            GateError: `tree.changed`.
        """
        largest_first = sorted(names, key=self.size, reverse=True)
        workers = min(os.cpu_count() or 1, len(largest_first))
        if workers < 2 or self.size(largest_first[0]) < positioned.BLOCK_BYTES:
            return {name: self._digest(name, advance) for name in largest_first}
        shares = [largest_first[start::workers] for start in range(workers)]
        with ThreadPoolExecutor(workers) as pool:
            done = pool.map(lambda share: [(name, self._digest(name, advance)) for name in share], shares)
            return dict(pair for share in done for pair in share)

    def stream(self, name: str) -> BinaryIO:
        """Return a buffered reader of a file from its start, with a position of its own.

        It ends after the bytes that the file had when the package was opened.

        Raises:
            PackageError: `package.incomplete`: there is no such file.
            GateError: `tree.changed`, now or while it is read.
        """
        file = self._file(name)
        with self._descriptor(name) as descriptor:
            return positioned.stream(descriptor, file.state, name)

    def _opened_folder(self, folder: Path) -> int:
        try:
            descriptor = os.open(folder, _FOLDER)
        except FileNotFoundError:
            raise PackageError(
                f"{folder.name} does not exist",
                code="package.missing",
                where=Where(folder.name),
                hint="Make one with `worldflux audit run`, or see `worldflux demo`.",
            ) from None
        except NotADirectoryError:
            raise UsageError(
                f"{folder.name} is not a folder",
                code="package.not_a_folder",
                where=Where(folder.name),
                hint="Give the folder of a package, or an archive that `worldflux audit pack` made.",
            ) from None
        except OSError as error:
            raise positioned.unreadable(folder.name, error) from None
        self._descriptors.append(descriptor)
        return descriptor

    def _walk(self, root: int) -> None:
        found = self._listed(root, "")
        tree.check_names(sorted(found))
        tree.refuse_too_large(sum(status.st_size for status, _ in found.values()))
        _refuse_second_names(found)
        for name in sorted(found):
            status, folder = found[name]
            self._files[name] = self._opened_file(name, status, folder)
        self.names = tuple(self._files)
        self.notes = tuple(_linked(name, file.links) for name, file in self._files.items() if file.links > 1)

    def _listed(self, folder: int, prefix: str) -> dict[str, tuple[os.stat_result, int]]:
        """Status and folder of every file, by path; the folder must not change meanwhile."""
        before = positioned.state_of(os.fstat(folder))
        found: dict[str, tuple[os.stat_result, int]] = {}
        with positioned.reading(prefix or self.folder), os.scandir(folder) as entries:
            for entry in entries:
                name, status = prefix + entry.name, entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    tree.refuse_folder(name)
                    found |= self._listed(self._opened_subfolder(folder, entry.name), f"{name}/")
                else:
                    _refuse_irregular(name, status)
                    found[name] = (status, folder)
                tree.refuse_too_many(len(found))
        if positioned.state_of(os.fstat(folder)) != before:
            raise positioned.changed(prefix or self.folder)
        return found

    def _opened_subfolder(self, folder: int, name: str) -> int:
        descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
        self._descriptors.append(descriptor)
        return descriptor

    def _opened_file(self, path: str, status: os.stat_result, folder: int) -> _File:
        file = _File(folder, path.rpartition("/")[2], positioned.state_of(status), status.st_nlink, kept=-1)
        if len(self._files) >= _KEPT_OPEN:
            return file
        descriptor = _opened(file, path)
        self._descriptors.append(descriptor)
        return _File(folder, file.name, file.state, file.links, descriptor)

    def _file(self, name: str) -> _File:
        try:
            return self._files[name]
        except KeyError:
            raise PackageError(
                f"{self.folder} holds no {name}",
                code="package.incomplete",
                where=Where(self.folder),
                hint="Give the --output folder of `worldflux audit run`.",
            ) from None

    @contextmanager
    def _descriptor(self, name: str) -> Iterator[int]:
        file = self._file(name)
        if file.kept >= 0:
            yield file.kept
            return
        descriptor = _opened(file, name)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _blocks(self, name: str) -> Iterator[bytes]:
        with self._descriptor(name) as descriptor:
            yield from positioned.blocks(descriptor, self._file(name).state, name)

    def _digest(self, name: str, advance: Advance) -> str:
        hashed = hashlib.sha256()
        for block in self._blocks(name):
            hashed.update(block)
            advance(len(block))
        return self._agree(name, f"sha256:{hashed.hexdigest()}")

    def _agree(self, name: str, found: str) -> str:
        """What is judged must be what was hashed: two readings of a file that differ are refused."""
        if self._digests.setdefault(name, found) != found:
            raise positioned.changed(name)
        return found


def _opened(file: _File, path: str) -> int:
    """Open a file that was seen before, and refuse whatever has taken its place."""
    with positioned.reading(path):
        descriptor = os.open(file.name, _FILE, dir_fd=file.folder)
    with ExitStack() as unless_same:
        unless_same.callback(os.close, descriptor)
        positioned.refuse_changed(descriptor, file.state, path)
        unless_same.pop_all()
    return descriptor


def _refuse_irregular(name: str, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise tree.refused(
            f"{name[:80]!r} is a symbolic link; a package holds its files themselves",
            code="tree.symlink",
            name=name,
            hint="Ask the author for the package again, or put the file itself there if you know it.",
        )
    if not stat.S_ISREG(status.st_mode):
        raise tree.refused(
            f"{name[:80]!r} is no regular file but a pipe, a socket or a device",
            code="tree.special_file",
            name=name,
            hint="Remove it; nothing like it belongs to a package.",
        )


def _refuse_second_names(found: dict[str, tuple[os.stat_result, int]]) -> None:
    """Two names in the package for one file: what is written to one changes the other."""
    known: dict[tuple[int, int], str] = {}
    for name, (status, _) in found.items():
        other = known.setdefault((status.st_dev, status.st_ino), name)
        if other is not name:
            raise tree.refused(
                f"{other[:80]!r} and {name[:80]!r} are one file with two names (a hard link)",
                code="tree.hard_link",
                name=name,
                hint="Copy the package, which makes two files of it: `cp -r`.",
            )


def _linked(name: str, links: int) -> str:
    return f"{name} has {links:,} names (hard links): a change under another name would change it here"
