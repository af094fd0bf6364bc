"""Whole processes, timed and watched from outside.

Wall time is taken around the process, CPU time is what the kernel accounts to it, and anonymous memory is sampled from
`/proc/<pid>/status`: a file that is mapped and read is no memory that somebody else could not have.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

K = TypeVar("K")

SAMPLE_SECONDS: Final = 0.005
MIB: Final = 1024 * 1024
# A console script stands beside the interpreter that it was installed for.
WORLDFLUX: Final = str(Path(sys.executable).with_name("worldflux"))
WORLDFORGE: Final = str(Path(sys.executable).with_name("worldforge"))

_FIELD: Final = re.compile(rb"^(RssAnon|VmHWM):\s*(\d+) kB", re.MULTILINE)


class Measurement(NamedTuple):
    """What one process took.

    Attributes:
        wall: Seconds from start to end.
        cpu: Seconds of user and system time, of all threads.
        anonymous: Highest sampled RssAnon in bytes; 0 where memory was not sampled.
        resident: Highest VmHWM in bytes, mapped files included; 0 where memory was not sampled.
    """

    wall: float
    cpu: float
    anonymous: int = 0
    resident: int = 0


def run(command: Sequence[str | Path], bytecode: Path, *, sample_memory: bool = False) -> Measurement:
    """Run a command to its end and measure it.

    Args:
        command: Program and arguments; its stdout is thrown away.
        bytecode: Folder in which Python keeps compiled modules: whatever the caller's settings and whoever installed
            the packages, only the first run compiles.
        sample_memory: Whether to look at the process every few milliseconds; this costs it about 1 % of its time.

    Raises:
        CalledProcessError: It failed.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(bytecode)
    arguments = [str(part) for part in command]
    started = time.perf_counter()
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL)
    watcher = _MemoryWatcher(process.pid) if sample_memory else None
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    anonymous, resident = watcher.stop() if watcher else (0, 0)
    return Measurement(wall, usage.ru_utime + usage.ru_stime, anonymous, resident)


class _MemoryWatcher:
    """Samples a process from a thread until told to stop."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._peaks = {b"RssAnon": 0, b"VmHWM": 0}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> tuple[int, int]:
        self._stop.set()
        self._thread.join()
        return self._peaks[b"RssAnon"], self._peaks[b"VmHWM"]

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            try:
                fields = _FIELD.findall(self._status.read_bytes())
            except OSError:
                return  # it has ended
            for name, kibibytes in fields:
                self._peaks[name] = max(self._peaks[name], int(kibibytes) * 1024)


def interleaved(variants: Mapping[K, Callable[[], Measurement]], repeats: int) -> dict[K, list[Measurement]]:
    """Measure variants in turns (A B C A B C ...), so that a change of the machine's load meets them all.

    A first turn warms caches up and is not counted.
    """
    for measure in variants.values():
        measure()
    taken: dict[K, list[Measurement]] = {name: [] for name in variants}
    for _ in range(repeats):
        for name, measure in variants.items():
            taken[name].append(measure())
    return taken


def median_of(measurements: Sequence[Measurement]) -> Measurement:
    """Median of each number; of memory, the highest."""
    return Measurement(
        wall=statistics.median(taken.wall for taken in measurements),
        cpu=statistics.median(taken.cpu for taken in measurements),
        anonymous=max(taken.anonymous for taken in measurements),
        resident=max(taken.resident for taken in measurements),
    )


def verdict(holds: bool) -> str:
    """What stands behind a target."""
    return "met" if holds else "NOT MET"
