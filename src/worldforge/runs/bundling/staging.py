"""The folder of a bundle while it is made: it appears whole, and everything in it went through the sanitiser."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from worldbase import safepath
from worldbase.errors import Where
from worldbase.redact import is_clean
from worldbase.tables import visible
from worldforge.errors import WorldForgeError
from worldforge.runs import folder
from worldforge.runs.bundling.evidence_manifest import BundledFile, FileKind
from worldforge.runs.bundling.safe_copy import (
    MAX_BYTES,
    NOT_CLEAN,
    TEXT_SUFFIXES,
    SafeCopy,
    Sanitiser,
    fault_of_name,
    fault_of_size,
)
from worldforge.runs.manifest import MANIFEST
from worldforge.runs.preserved import REPORT

_KIND_OF_FOLDER: Final[dict[str, FileKind]] = {
    "reports": "report",
    "results": "result",
    "inputs": "input",
    "logs": "log",
}
_RENAMED: Final = "renamed/"
_LINK: Final = "it is a link or no regular file"
REWRITTEN: Final = "secrets or what points to a machine or a person were replaced"


class _Place(NamedTuple):
    """Where a file of a run goes.

    Attributes:
        name: Its path in the run; another one, where that may not be shown.
        kind: What it is.
        fault: Why it cannot be copied, whatever is in it.
    """

    name: str
    kind: FileKind
    fault: str | None


class CopiedRun(NamedTuple):
    """The copies of one run.

    Attributes:
        copies: Path in the run -> bytes of the copy.
        is_complete: Whether the manifest, and the report where the run has one, are among them.
    """

    copies: dict[str, bytes]
    is_complete: bool


class Staging:
    """Copies files of runs into the folder of a bundle, which is staged beside its place.

    Attributes:
        files: What was copied or left out, in order.
        is_clean: Whether everything could be made clean so far. What could not is not in the folder, but it should
            never happen, so that somebody has to look.
    """

    def __init__(self, root: Path) -> None:
        self._root = os.fspath(root)
        self._sanitiser = Sanitiser()
        self._folders = {""}
        self._places: dict[str, _Place] = {}
        self._renamed = 0
        self.files: list[BundledFile] = []
        self.is_clean = True

    def copy_run(self, run: Path, source: str) -> CopiedRun:
        """Copy every file of a run.

        Args:
            run: Its folder.
            source: What it is called in the bundle and in the workspace, such as `runs/<run-id>`; a safe path.

        Raises:
            WorldForgeError: `run.unreadable` where the folder cannot be listed.
        """
        needed, copies = {MANIFEST}, {}
        for found in folder.walk(run):
            copy = self._copy(run, source, found)
            if copy is not None:
                copies[found.path] = copy
            if found.path == REPORT:
                needed.add(REPORT)
        return CopiedRun(copies, is_complete=needed <= copies.keys())

    def write_page(self, name: str, text: str) -> str:
        """Write a page of the bundle itself, and return it as it was written; nothing where it cannot be made clean."""
        made = self._sanitiser.copy(name, text.encode("utf-8", "backslashreplace"))
        if isinstance(made, str):
            self.is_clean = False
            return ""
        self._write(name, made.data)
        return made.data.decode()

    def _copy(self, run: Path, source: str, found: folder.Found) -> bytes | None:
        place = self._place(found.path, source)
        made, data = self._made(run, found, place)
        shown = f"{source}/{place.name}"
        if isinstance(made, str):
            self.is_clean &= made != NOT_CLEAN
            self.files.append(_left_out(visible(shown), place.kind, found.size, data, made))
            return None
        self._write(shown, made.data)
        self.files.append(_copied(shown, place.kind, made, data))
        return made.data

    def _made(self, run: Path, found: folder.Found, place: _Place) -> tuple[SafeCopy | str, bytes]:
        """The copy of a file, or why there is none; and the bytes that were read."""
        fault = _LINK if not found.is_plain else place.fault or fault_of_size(found.size)
        if fault:
            return fault, b""
        try:
            data = folder.read_plain(run / found.path, Where(place.name), max_bytes=MAX_BYTES)
        except WorldForgeError as error:
            return error.message, b""
        return ("it is gone", b"") if data is None else (self._sanitiser.copy(found.path, data), data)

    def _place(self, path: str, source: str) -> _Place:
        """Where a file of a run goes; runs are alike, so that this is asked a thousand times for the same path."""
        if path not in self._places:
            may_be_shown = is_clean(f"{source}/{path}") and not path.startswith(_RENAMED)
            name = path if may_be_shown else self._other_name(path)
            self._places[path] = _Place(name, kind_of(path), _fault_of_path(name) or fault_of_name(path))
        return self._places[path]

    def _other_name(self, path: str) -> str:
        """A name for a file whose own name may not be shown: nothing of it but the suffix."""
        self._renamed += 1
        suffix = PurePosixPath(path).suffix
        return f"{_RENAMED}{self._renamed}{suffix if suffix in TEXT_SUFFIXES else ''}"

    def _write(self, relative: str, data: bytes) -> None:
        above = relative.rpartition("/")[0]
        if above not in self._folders:
            os.makedirs(f"{self._root}/{above}", exist_ok=True)  # noqa: PTH103 - called for thousands of files
            self._folders.add(above)
        with open(f"{self._root}/{relative}", "xb", buffering=0) as stream:  # noqa: PTH123 - the same
            stream.write(data)


def kind_of(path: str) -> FileKind:
    """What a file of a run is, by where it lies."""
    if path == MANIFEST:
        return "run_manifest"
    above, _, name = path.partition("/")
    if above == "reports" and name.startswith("gate."):
        return "gate"
    if above == "inputs" and name.startswith("budget"):
        return "budget"
    return _KIND_OF_FOLDER.get(above, "artifact")


def _fault_of_path(name: str) -> str | None:
    if fault := safepath.fault_of(name):
        return f"its name is not safe: {fault}"
    if any(part.startswith(".") for part in name.split("/")):
        return "it is hidden, or still being written"
    return None


def _copied(path: str, kind: FileKind, made: SafeCopy, data: bytes) -> BundledFile:
    source = _digest(data)
    return BundledFile(
        path=path,
        source=path,
        kind=kind,
        included=True,
        safe_to_attach=True,
        local_only=False,
        reason=REWRITTEN if made.rewritten else None,
        sha256=_digest(made.data) if made.rewritten else source,
        size_bytes=len(made.data),
        rewritten=made.rewritten,
        source_sha256=source,
    )


def _left_out(source: str, kind: FileKind, size: int, data: bytes, reason: str) -> BundledFile:
    return BundledFile(
        path=None,
        source=source,
        kind=kind,
        included=False,
        safe_to_attach=False,
        local_only=True,
        reason=reason,
        size_bytes=size,
        source_sha256=_digest(data) if data else None,
    )


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
