"""What the flags of a result mean, and which results carry which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import UNSET

from worldforge.benchmark.report import BenchmarkResult

MEANINGS: Final = {
    "near_clock_resolution": "the median is less than 20 times what it takes to read the clock, so the numbers say "
    "much about the clock and little about the call",
    "drift": "latency rose or fell in the course of the run, so one number does not describe it: look at the blocks",
    "outliers": "the slowest call took more than 10 times the median",
    "load_high": "the machine was busy when the run began: its load average was above its usable processors",
    "input_mutated": "the provider changed its inputs, so later calls did not measure what the first did",
    "one_core": "the workers shared about one core, as under Python's interpreter lock, so latencies hold waiting",
    "late_starts": "most calls began later than they were due, since no worker was free: latencies are mostly waiting, "
    "and --concurrency was too low for the rate, or the rate too high for the provider",
    "p95_undersampled": "fewer than 20 calls succeeded, too few for a 95th percentile: read it as the slowest call",
    "p99_undersampled": "fewer than 100 calls succeeded, too few for a 99th percentile: read it as the slowest call",
    "interrupted": "the run was interrupted, so these are the calls that had been made by then",
}


def flagged(results: Sequence[BenchmarkResult]) -> list[tuple[str, str, list[str]]]:
    """Flags in the order of `MEANINGS`, unknown ones last: the flag, its meaning, and the results that carry it.

    A result is named `provider/operation`; an unknown flag has no meaning.
    """
    carriers: dict[str, list[str]] = {}
    for result in results:
        for flag in [] if result.flags is UNSET else result.flags:
            carriers.setdefault(flag, []).append(f"{result.provider}/{result.operation}")
    known = [flag for flag in MEANINGS if flag in carriers]
    return [(flag, MEANINGS.get(flag, ""), carriers[flag]) for flag in [*known, *sorted(set(carriers) - set(known))]]
