"""The clock that times, and what it costs to read it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeAlias

from worldbase.document import significant
from worldforge.benchmark.report import Clock

NanosecondClock: TypeAlias = Callable[[], int]
"""A monotonic clock in nanoseconds, such as `time.perf_counter_ns`."""

_READINGS: Final = 1001
_NS_PER_MS: Final = 1e6


def measure_clock(read: NanosecondClock = time.perf_counter_ns) -> Clock:
    """Read a clock many times in a row, which takes about 0.1 ms.

    Returns:
        Its overhead, the median of what two readings in a row differ by, which every latency contains; and its
        resolution, the smallest step that was seen (0 where it never moved).
    """
    readings = [read() for _ in range(_READINGS)]
    steps = sorted(after - before for before, after in pairwise(readings))
    moved = [step for step in steps if step > 0]
    name = getattr(read, "__name__", type(read).__name__)
    return Clock(name=name, resolution_ns=moved[0] if moved else 0, overhead_ns=float(steps[len(steps) // 2]))


def milliseconds(nanoseconds: float) -> float:
    """Nanoseconds as the milliseconds that documents carry, to 12 significant digits."""
    return significant(nanoseconds / _NS_PER_MS)
