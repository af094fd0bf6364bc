"""Where a run leaves everything that it was and said, so that it can be read after any end, a kill included.

A run is made beside its place and renamed, so that whoever sees it sees its manifest too, with status `running`. Every
file in it is written beside its place and renamed. The process locks the folder for as long as it lives: a run that
says `running` and that nobody locks was interrupted. The digests of all files come into the manifest when it ends.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from msgspec import UNSET

from worldbase import digest
from worldbase.document import dump
from worldbase.errors import StorageError, Where, WorldError
from worldbase.files import write_atomic
from worldbase.redact import redact_text, redact_value
from worldforge.errors import WorldForgeError
from worldforge.runs import folder
from worldforge.runs.event_log import EventLog
from worldforge.runs.manifest import FOLDERS, MANIFEST, FileEntry, RunManifest, Status, created_at, new_run_id
from worldforge.values.command_line import recorded
from worldforge.values.events import ProviderEvent

RUNS: Final = "runs"
_EVENTS: Final = "logs/events.jsonl"
_ATTEMPTS: Final = 20
_TAKEN: Final = frozenset([errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR])
_MESSAGE_CHARACTERS: Final = 300


class RunWorkspace:
    """The folder of a run while the run goes on; a context manager.

    Leaving the block by an exception marks the run as failed, by Ctrl-C as cancelled. One that is left without
    `finish` has failed as well.

    Attributes:
        path: The folder.
        run_id: Its name.

    Example:
        >>> import tempfile
        >>> root = Path(tempfile.mkdtemp())
        >>> with RunWorkspace.create(
        ...     root, kind="benchmark", argv=["worldforge"], provider="mock", operation="embed", input_summary={}
        ... ) as run:
        ...     run.write("markdown", "reports/report.md", "# Report")
        ...     run.finish("completed", result_summary={}, event_count=0)
        >>> (root / "runs" / run.run_id / "reports" / "report.md").read_text()
        '# Report'
    """

    def __init__(self, path: Path, manifest: RunManifest, lock: int) -> None:
        self.path = path
        self.run_id = manifest.run_id
        self._manifest = manifest
        self._lock = lock
        self._labels: dict[str, str] = {}
        self._events = EventLog(path / _EVENTS)

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        kind: str,
        argv: Sequence[str],
        provider: str,
        operation: str,
        input_summary: dict[str, Any],
        replay_of: str | None = None,
    ) -> Self:
        """Make `<root>/runs/<a new id>/` with its manifest, locked.

        Args:
            root: The workspace, such as `.worldforge`; made where it does not stand.
            kind: `benchmark`, `eval` or `demo_showcase`.
            argv: The command, as it was typed; kept without secrets and host paths.
            provider: Providers, joined by commas.
            operation: Operations or suite, joined by commas.
            input_summary: What was asked for, as JSON.
            replay_of: Run that this one repeats.

        Raises:
            StorageError: `file.unwritable`.
        """
        command = recorded(argv)
        draft = RunManifest(
            run_id="",
            created_at="",
            kind=kind,
            command=shlex.join(command),
            argv=command,
            status="running",
            provider=provider,
            operation=operation,
            input_summary=redact_value(input_summary),
            replay_of=UNSET if replay_of is None else replay_of,
        )
        try:
            return cls(*_new_folder(root / RUNS, draft))
        except OSError as error:
            raise StorageError(
                f"a run cannot be made: {error.strerror}",
                code="file.unwritable",
                where=Where(f"{root}/{RUNS}"),
                hint="Check the folder's permissions and the free space.",
            ) from None

    def write(self, label: str, relative: str, data: bytes | str) -> None:
        """Write a file of the run.

        Args:
            label: What the manifest calls it.
            relative: Where in the run, such as `reports/report.json`.
            data: Bytes, or text that is written as UTF-8.

        Raises:
            WorldForgeError: `run.unsafe_path` for a path that leads out or that names the manifest, `run.finished`.
            StorageError: `file.unwritable`.
        """
        self._require_running()
        if fault := "it is the manifest" if relative == MANIFEST else folder.fault_of(self.path, relative):
            raise WorldForgeError(
                f"the path {relative[:80]!r} is not allowed in a run: {fault}",
                code="run.unsafe_path",
                where=Where(self.run_id),
                hint="Use a plain relative path, such as reports/report.json.",
            )
        write_atomic(self.path / relative, data.encode() if isinstance(data, str) else data)
        self._labels[label] = relative

    def event(self, event: ProviderEvent) -> None:
        """Keep an event in `logs/events.jsonl`; from any thread.

        Raises:
            WorldForgeError: `run.finished`.
        """
        self._require_running()
        self._events.add(event)

    def finish(
        self,
        status: Status,
        *,
        result_summary: dict[str, Any],
        event_count: int = 0,
        input_digest: str | None = None,
    ) -> None:
        """End the run: the manifest gets its result and the digest of every file.

        Raises:
            WorldForgeError: `run.finished` the second time.
            StorageError: `file.unwritable`.
        """
        self._require_running()
        if self._events.close():
            self._labels["events"] = _EVENTS
        finished = msgspec.structs.replace(
            self._manifest,
            status=status,
            result_summary=redact_value(result_summary),
            artifact_paths=dict(sorted(self._labels.items())),
            event_count=event_count,
            input_digest=UNSET if input_digest is None else input_digest,
            files=_files(self.path),
        )
        write_atomic(self.path / MANIFEST, dump(finished))
        self._manifest = finished

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._manifest.status == "running":
                self._end_by(error)
        finally:
            os.close(self._lock)

    def _end_by(self, error: BaseException | None) -> None:
        status: Status = "cancelled" if isinstance(error, KeyboardInterrupt) else "failed"
        # What stopped the run is what the caller has to hear of, not that the disk refused this too.
        try:
            self.finish(status, result_summary=_reason(error))
        except StorageError:
            if error is None:
                raise

    def _require_running(self) -> None:
        if self._manifest.status != "running":
            raise WorldForgeError(
                "the run has ended; nothing is added to it",
                code="run.finished",
                where=Where(self.run_id),
                hint="Write everything before `finish`.",
            )


def _new_folder(runs: Path, draft: RunManifest) -> tuple[Path, RunManifest, int]:
    runs.mkdir(parents=True, exist_ok=True)
    for _ in range(_ATTEMPTS):
        run_id = new_run_id()
        manifest = msgspec.structs.replace(draft, run_id=run_id, created_at=created_at(run_id))
        try:
            return runs / run_id, manifest, _locked_folder(runs / run_id, manifest)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise
    raise FileExistsError(errno.EEXIST, "every id that was tried is taken")


def _locked_folder(path: Path, manifest: RunManifest) -> int:
    """Make the folder beside its place, lock it and move it there; a folder that holds anything is not replaced."""
    staged = staged_name(path)
    staged.mkdir()
    lock = -1
    try:
        lock = os.open(staged, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in FOLDERS:
            (staged / name).mkdir()
        write_atomic(staged / MANIFEST, dump(manifest))
        staged.rename(path)
    except BaseException:  # whatever ends it, an interrupt too, no half of a run stays
        shutil.rmtree(staged, ignore_errors=True)
        if lock != -1:
            os.close(lock)
        raise
    return lock


def staged_name(path: Path) -> Path:
    """Where a run is while it is made; what is found there without a lock was left by a killed process."""
    return path.with_name(f".{path.name}.staging")


def _files(path: Path) -> dict[str, FileEntry]:
    found = [file for file in folder.walk(path) if file.is_plain and file.path != MANIFEST]
    try:
        digests = digest.of_files([path / file.path for file in found])
    except OSError as error:
        raise StorageError(
            f"a file of the run cannot be read back: {error.strerror}",
            code="run.unreadable_back",
            where=Where(path.name),
            hint="Leave the run's folder alone while it is written.",
        ) from None
    return {
        file.path: FileEntry(sha256=sha256, size_bytes=file.size) for file, sha256 in zip(found, digests, strict=True)
    }


def _reason(error: BaseException | None) -> dict[str, Any]:
    if error is None:
        return {"error": "the run was left without a result"}
    name = error.code if isinstance(error, WorldError) else type(error).__name__
    return {"error": name, "message": redact_text(str(error))[:_MESSAGE_CHARACTERS]}
