"""Copying many runs: by one process, or where there are many of them by one for each processor.

Runs have nothing to do with each other, so that each process takes a stretch of them and the results are put together
in order: the bundle is the same, byte for byte.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from worldforge.errors import WorldForgeError
from worldforge.runs.bundling.evidence_manifest import BundledFile, RunEntry
from worldforge.runs.bundling.run_facts import fixture_digest, run_entry
from worldforge.runs.bundling.staging import CopiedRun, Staging
from worldforge.runs.workspace import RUNS

WORTH_SHARING: Final = 200
_MOST_PROCESSES: Final = 8
_NOTHING: Final = CopiedRun({}, is_complete=False)


@dataclass(frozen=True, slots=True)
class Copied:
    """What came of copying some runs.

    Attributes:
        files: Every file of theirs.
        runs: What each of them was.
        fixtures: Digests of what they were run with.
        is_safe: Whether what was needed was copied, and everything could be made clean.
    """

    files: list[BundledFile]
    runs: list[RunEntry]
    fixtures: set[str]
    is_safe: bool


def copy_runs(root: Path, runs: Sequence[Path]) -> Copied:
    """Copy runs into the folder of a bundle, in their order.

    Raises:
        OSError: The bundle cannot be written.
    """
    processes = _processes(len(runs))
    if processes < 2:
        return _copy(root, runs)
    # Not at the top: a bundle of one run has no use for it.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    share = -(-len(runs) // processes)
    shares = [runs[start : start + share] for start in range(0, len(runs), share)]
    with ProcessPoolExecutor(processes, get_context("fork"), _leave_interrupts_to_the_parent) as pool:
        return _together(list(pool.map(partial(_copy, root), shares)))


def _processes(runs: int) -> int:
    # A process with threads is not forked: one of them might hold a lock for ever in the copy.
    if runs < WORTH_SHARING or sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _copy(root: Path, runs: Sequence[Path]) -> Copied:
    staging = Staging(root)
    entries: list[RunEntry] = []
    fixtures: set[str] = set()
    complete = True
    for run in runs:
        source = f"{RUNS}/{run.name}"
        copied, fault = _copied(staging, run, source)
        complete &= copied.is_complete
        entries.append(run_entry(run, source, copied.copies, fault=fault))
        if digest := fixture_digest(copied.copies):
            fixtures.add(digest)
    return Copied(staging.files, entries, fixtures, is_safe=complete and staging.is_clean)


def _copied(staging: Staging, run: Path, source: str) -> tuple[CopiedRun, str]:
    """The copies of a run, and why there are none: one that cannot be listed stops no other."""
    if run.is_symlink():
        return _NOTHING, "the run's folder is a link"
    try:
        return staging.copy_run(run, source), ""
    except WorldForgeError as error:
        return _NOTHING, error.message


def _together(parts: Sequence[Copied]) -> Copied:
    return Copied(
        files=[file for part in parts for file in part.files],
        runs=[run for part in parts for run in part.runs],
        fixtures=set().union(*(part.fixtures for part in parts)),
        is_safe=all(part.is_safe for part in parts),
    )
