"""What to mind when reading the numbers of a result: each flag is a question to the measured data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from worldforge.provenance import Machine

_CLOCK_READINGS: Final = 20
_OUTLIER: Final = 10
_MOST: Final = 0.5
_DRIFT: Final = 0.10
_DRIFT_Z: Final = 2.576  # two-sided 1%
_FEWEST_FOR: Final = {"p95_undersampled": 20, "p99_undersampled": 100}
_ABOUT_ONE_CORE: Final = (0.9, 1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """What the flags are judged by.

    Attributes:
        successes: Number of calls that succeeded.
        p50: Median in nanoseconds; None without a success.
        most: Longest in nanoseconds; None without a success.
        block_medians: Medians of the blocks that have one, in order, in nanoseconds.
        clock_overhead: Nanoseconds.
        concurrency: Calls at once.
        cores_used: Processor time over wall time of the loop; None where no time passed.
        machine: Where it ran.
        is_input_changed: Whether the provider changed its inputs.
        is_interrupted: Whether somebody ended the run.
        late_share: Share of the successful calls of an open loop that began late; 0 in a closed loop.
    """

    successes: int
    p50: float | None
    most: int | None
    block_medians: Sequence[float]
    clock_overhead: float
    concurrency: int
    cores_used: float | None
    machine: Machine
    is_input_changed: bool = False
    is_interrupted: bool = False
    late_share: float = 0.0


def symptoms(seen: Observations) -> list[str]:
    """The flags of a result."""
    return [*_of_the_run(seen), *_of_the_latencies(seen)]


def _of_the_run(seen: Observations) -> Iterator[str]:
    if seen.is_interrupted:
        yield "interrupted"
    if seen.is_input_changed:
        yield "input_mutated"
    load, usable = seen.machine.load_average, seen.machine.usable_cpus
    if load is not None and load > usable:
        yield "load_high"
    low, high = _ABOUT_ONE_CORE
    if seen.concurrency > 1 and usable > 1 and seen.cores_used is not None and low <= seen.cores_used <= high:
        yield "one_core"
    if seen.late_share > _MOST:
        yield "late_starts"


def _of_the_latencies(seen: Observations) -> Iterator[str]:
    if seen.p50 is None or seen.most is None:
        return
    if seen.p50 < _CLOCK_READINGS * seen.clock_overhead:
        yield "near_clock_resolution"
    if seen.most > _OUTLIER * seen.p50:
        yield "outliers"
    if has_drift(seen.block_medians):
        yield "drift"
    yield from (flag for flag, fewest in _FEWEST_FOR.items() if seen.successes < fewest)


def has_drift(medians: Sequence[float]) -> bool:
    """Whether medians of consecutive blocks rise or fall, by more than chance and by more than 10%.

    Chance: Spearman's rank correlation of medians and time, times sqrt(n - 1), against the normal quantile of 1%
    (two-sided); with fewer than eight blocks it cannot be exceeded. Size: the last third's mean over the first's.
    """
    if len(medians) < 3:
        return False
    third = len(medians) // 3
    before, after = sum(medians[:third]) / third, sum(medians[-third:]) / third
    if max(before, after) <= (1 + _DRIFT) * min(before, after):
        return False
    return abs(_rank_correlation(medians)) * math.sqrt(len(medians) - 1) > _DRIFT_Z


def _rank_correlation(values: Sequence[float]) -> float:
    """Spearman's correlation of values and their places; values that are equal share their mean rank."""
    ordered = sorted(values)
    ranks = [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]
    middle = (len(values) - 1) / 2
    products = sum((place - middle) * (rank - middle) for place, rank in enumerate(ranks))
    spread = sum((rank - middle) ** 2 for rank in ranks)
    of_places = sum((place - middle) ** 2 for place in range(len(values)))
    return products / math.sqrt(spread * of_places) if spread else 0.0
