"""Removing old runs, carefully: what is young, running, unreadable or a link stays.

A run is renamed first and deleted then, so that an interruption leaves no half a run; what such a one leaves behind is
removed with the next runs.
"""

from __future__ import annotations

import calendar
import fcntl
import os
import re
import shutil
import time
from pathlib import Path
from typing import Final, Literal

import msgspec

from worldbase.errors import StorageError, UsageError, Where
from worldbase.tables import text_table
from worldforge.runs import folder
from worldforge.runs.manifest import MANIFEST, RUN_ID
from worldforge.runs.preserved import ListedRun, list_runs
from worldforge.runs.workspace import RUNS

SAFE_SECONDS: Final = 24 * 3600
_DAY_SECONDS: Final = 24 * 3600
_LEFTOVER: Final = re.compile(r"\.(?P<id>[^.]+)\.(?P<kind>staging|removing)\Z")


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A run, whether it goes, and why."""

    run_id: str
    action: Literal["keep", "remove"]
    reason: str
    size_bytes: int = 0


class PruneReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was removed, or would be.

    Attributes:
        applied: Whether it was done; else it was only said.
        removed_count: Runs that go.
        kept_count: Runs that stay.
        freed_bytes: Size of the files of those that go.
        leftover_count: Remains of runs that were killed while they were made or removed, which go too.
        runs: Every run, oldest first.
    """

    applied: bool
    removed_count: int
    kept_count: int
    freed_bytes: int
    leftover_count: int
    runs: list[Judged]


def judge(
    workspace: Path, *, now: float, max_age_days: float = 30, keep_latest: int = 10, kind: str | None = None
) -> PruneReport:
    """Say which runs would go; nothing is removed.

    Args:
        workspace: Such as `.worldforge`.
        now: Seconds since 1970.
        max_age_days: Older runs go. Whatever it is, nothing that was written in the last 24 hours does.
        keep_latest: So many of the newest stay, however old they are.
        kind: Only runs of this kind are counted and go.

    Raises:
        UsageError: `run.retention`.
        WorldForgeError: `run.unreadable`.
    """
    if not max_age_days >= 0 or keep_latest < 0:
        raise UsageError(
            "an age and a number of runs to keep are not negative",
            code="run.retention",
            hint="For example --max-age-days 30 --keep-latest 10.",
        )
    runs = [run for run in list_runs(workspace) if kind is None or (run.manifest and run.manifest.kind == kind)]
    oldest = now - max(max_age_days * _DAY_SECONDS, SAFE_SECONDS)
    newest = {run.run_id for run in runs[len(runs) - min(keep_latest, len(runs)) :]}
    judged = [_judged(run, is_newest=run.run_id in newest, oldest=oldest) for run in runs]
    return _report(judged, applied=False, leftovers=len(_leftovers(workspace, now)))


def remove(workspace: Path, judged: PruneReport, *, now: float) -> PruneReport:
    """Remove what a judgement says; a run that somebody has begun to write to since stays.

    Raises:
        StorageError: `run.not_removed`.
    """
    after = [_removed(workspace / RUNS, run) if run.action == "remove" else run for run in judged.runs]
    leftovers = _leftovers(workspace, now)
    for leftover in leftovers:
        _delete(leftover)
    return _report(after, applied=True, leftovers=len(leftovers))


def prune_text(report: PruneReport) -> str:
    """One line per run, and what was done."""
    rows = [[run.run_id, run.action, run.reason] for run in report.runs]
    done = "Removed" if report.applied else "Would remove"
    leftovers = f", and {report.leftover_count} leftover(s) of killed processes" if report.leftover_count else ""
    hint = "" if report.applied or not (report.removed_count or leftovers) else "Do it with --apply.\n"
    return (
        text_table(("run", "", "why"), rows) + "\n" if rows else ""
    ) + f"{done} {report.removed_count} of {len(rows)} run(s), {report.freed_bytes:,} bytes{leftovers}.\n{hint}"


def _judged(run: ListedRun, *, is_newest: bool, oldest: float) -> Judged:
    reason = _reason_to_keep(run, is_newest=is_newest, oldest=oldest)
    if reason is not None:
        return Judged(run_id=run.run_id, action="keep", reason=reason)
    size = sum(file.size for file in folder.walk(run.path))
    return Judged(run_id=run.run_id, action="remove", reason="old", size_bytes=size)


def _reason_to_keep(run: ListedRun, *, is_newest: bool, oldest: float) -> str | None:
    if run.manifest is None:
        return "its manifest cannot be read"
    if folder.is_held(run.path):
        return "its process still runs"
    if is_newest:
        return "among the latest"
    if _last_written(run) > oldest:
        return "young"
    return None


def _last_written(run: ListedRun) -> float:
    """When the run was made or last written, whichever is later: a copy of an old run is young."""
    try:
        made = calendar.timegm(time.strptime(run.run_id[:16], "%Y%m%dT%H%M%SZ"))
        return max(made, (run.path / MANIFEST).lstat().st_mtime)
    except (OSError, ValueError):  # no such file any more, or no such day in any calendar
        return float("inf")


def _removed(runs: Path, run: Judged) -> Judged:
    path = runs / run.run_id
    aside = path.with_name(f".{run.run_id}.removing")
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return msgspec.structs.replace(run, action="keep", reason="it is gone", size_bytes=0)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.rename(aside)
    except BlockingIOError:
        return msgspec.structs.replace(run, action="keep", reason="its process still runs", size_bytes=0)
    except OSError as error:
        raise _not_removed(path, error) from None
    finally:
        os.close(lock)
    _delete(aside)
    return run


def _leftovers(workspace: Path, now: float) -> list[Path]:
    """What killed processes left: folders beside the runs that nobody locks."""
    runs = workspace / RUNS
    found = sorted(runs.iterdir()) if runs.is_dir() else []
    return [path for path in found if _is_leftover(path, now)]


def _is_leftover(path: Path, now: float) -> bool:
    named = _LEFTOVER.match(path.name)
    if not named or not RUN_ID.match(named["id"]) or path.is_symlink() or not path.is_dir():
        return False
    # Somebody may be making this one, and not have locked it yet.
    is_old = named["kind"] == "removing" or path.lstat().st_mtime < now - SAFE_SECONDS
    return is_old and not folder.is_held(path)


def _delete(path: Path) -> None:
    try:
        shutil.rmtree(path)  # refuses links, and follows none on its way
    except OSError as error:
        raise _not_removed(path, error) from None


def _not_removed(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"the run cannot be removed: {error.strerror}",
        code="run.not_removed",
        where=Where(path.name),
        hint="Check the permissions of the workspace; then prune again.",
    )


def _report(judged: list[Judged], *, applied: bool, leftovers: int) -> PruneReport:
    going = [run for run in judged if run.action == "remove"]
    return PruneReport(
        applied=applied,
        removed_count=len(going),
        kept_count=len(judged) - len(going),
        freed_bytes=sum(run.size_bytes for run in going),
        leftover_count=leftovers,
        runs=judged,
    )
