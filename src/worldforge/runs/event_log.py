"""`logs/events.jsonl`: what providers said while a run went on, one event a line.

A flood must fill neither the disk nor the memory, so only the first lines are kept and the rest is counted in the last
one. Writing must not show in the latencies either: events of quick calls are written together, some twenty times a
second; those of slow calls at once, so that what a provider said before it hung is on the disk.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from worldbase.errors import StorageError, Where
from worldforge.values.events import ProviderEvent

MAX_LINES: Final = 10_000
_PAUSE_SECONDS: Final = 0.05


class EventLog:
    """Appends events to a file, in whole lines: whoever is killed leaves no half one.

    Args:
        path: File to make with the first event; its folder stands.
        clock: Seconds, for deciding when to write.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        # Opened with the first event, when foreign code may have changed the working directory.
        self._path = path.absolute()
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[ProviderEvent] = []
        self._kept = 0
        self._omitted = 0
        self._last_write = -_PAUSE_SECONDS
        self._file = -1
        self._failure: OSError | None = None

    def add(self, event: ProviderEvent) -> None:
        """Take an event, from any thread. A full disk is told by `close`: it is no failure of the provider."""
        with self._lock:
            if self._kept == MAX_LINES:
                self._omitted += 1
                return
            self._kept += 1
            self._waiting.append(event)
            if self._clock() - self._last_write >= _PAUSE_SECONDS:
                self._write_waiting()

    def close(self) -> bool:
        """Write what is left, and how many events were not kept; say whether there were any. Closes once only.

        Raises:
            StorageError: `file.unwritable`, also for a line that could not be written before.
        """
        with self._lock:
            self._write_waiting()
            if self._omitted:
                self._write(msgspec.json.encode({"omitted_event_count": self._omitted}) + b"\n")
                self._omitted = 0
            self._close_file()
        if self._failure is not None:
            raise StorageError(
                f"the events cannot be written: {self._failure.strerror}",
                code="file.unwritable",
                where=Where("logs/events.jsonl"),
                hint="Check the folder's permissions and the free space.",
            )
        return self._kept > 0

    def _write_waiting(self) -> None:
        if self._waiting:
            self._write(b"".join(msgspec.json.encode(event.to_dict()) + b"\n" for event in self._waiting))
            self._waiting.clear()
            self._last_write = self._clock()

    def _write(self, lines: bytes) -> None:
        try:
            if self._file == -1 and self._failure is None:
                self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
            while lines and self._failure is None:
                lines = lines[os.write(self._file, lines) :]
        except OSError as error:
            self._failure = error

    def _close_file(self) -> None:
        if self._file != -1:
            os.close(self._file)
            self._file = -1
