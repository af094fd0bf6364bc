"""How far a benchmark is, shown without disturbing what is measured.

A bar that a thread redraws takes the interpreter lock from the calls that are being timed. This one is drawn by the
loop itself, between two calls and at most twice a second, and only once a run has taken a second.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from worldbase.console import Progress, progress
from worldforge.benchmark.measuring.recorder import BenchmarkSample

_SHOWN_AFTER: Final = 1.0
_REDRAWN_AFTER: Final = 0.5


class Meter:
    """A progress bar over all calls of a run; a context manager.

    Args:
        total: Calls of the run.
        label: What is being done.
        clock: Seconds, monotonic.
    """

    def __init__(self, total: int, *, label: str = "Measuring", clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._label = label
        self._clock = clock
        self._stack = ExitStack()
        self._bar: Progress | None = None
        self._waiting = 0
        self._next = clock() + _SHOWN_AFTER

    def take(self, sample: BenchmarkSample | None = None) -> None:
        """Count a call, and draw where it is time to."""
        self._waiting += 1
        now = self._clock()
        if now < self._next:
            return
        if self._bar is None:
            shown = progress(self._label, self._total, worth_showing=True, in_background=False)
            self._bar = self._stack.enter_context(shown)
        self._bar.advance(self._waiting)
        self._waiting = 0
        self._next = self._clock() + _REDRAWN_AFTER

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def is_watched(*, quiet: bool) -> bool:
    """Whether there is anybody to show a bar to."""
    return not quiet and sys.stderr.isatty()
