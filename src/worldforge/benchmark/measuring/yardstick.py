"""How fast the machine is just now: a fixed piece of work, timed beside what is measured.

Two runs of the same program differ by up to half on a shared machine, because a neighbour on the same core, a frequency
or another guest slows everything down for seconds. A call cannot tell that from a slower program. Work that never
changes can: where it became slower too, the machine was slower.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Final

YARDSTICK: Final = "interpreter-1"
"""Name of the work below. Whoever changes the work changes the name: paces of different work are not comparable."""

_READINGS: Final = 5
_STEPS: Final = 120


class PaceMeter:
    """Readings of the pace around a loop of calls, and between its blocks where calls are made one after the other.

    Attributes:
        spent: Nanoseconds that readings took within the loop; its wall and processor time contain them.
    """

    def __init__(self) -> None:
        self.spent = 0
        self._readings: list[float] = []

    def read(self) -> None:
        """Take a reading before or after the loop."""
        self._readings.append(pace_ns())

    def read_within(self) -> None:
        """Take a reading between two blocks."""
        begun = time.perf_counter_ns()
        self.read()
        self.spent += time.perf_counter_ns() - begun

    def of_blocks(self, count: int) -> list[float]:
        """Pace beside each of `count` blocks in nanoseconds.

        The mean of the readings before and after it; of all readings, where none was taken between blocks.
        """
        readings = self._readings
        if len(readings) != count + 1:
            return [sum(readings) / len(readings)] * count if readings else []
        return [(before + after) / 2 for before, after in pairwise(readings)]


def pace_ns() -> int:
    """Time of the fixed work in nanoseconds: median of five readings, about 0.1 ms in all.

    It takes the system's clock, not an injected one: a machine has one pace.
    """
    readings = []
    for _ in range(_READINGS):
        begun = time.perf_counter_ns()
        _work()
        readings.append(time.perf_counter_ns() - begun)
    return sorted(readings)[_READINGS // 2]


def _work() -> int:
    """What an interpreter does all day: arithmetic, look-ups, small objects."""
    table: dict[int, str] = {}
    for step in range(_STEPS):
        table[step * step % 61] = str(step)
    return len(table)
