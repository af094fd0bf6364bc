"""Whether an operation became slower from one kept report to another.

Two runs are two processes at two times, so their difference holds more than the noise within either: memory lies
elsewhere, other work runs on the machine. Three things keep that from being called a regression. Blocks of consecutive
calls are resampled, not calls. A change counts from a quarter of the latency on. And the machine's own pace beside the
calls (`yardstick`) is taken into account without being trusted: where the machine became slower by a factor, the call
did by some power of it, from 0 (it waits for something else) to 1 (it slows down as the interpreter does), and an
answer has to hold for all of them. Where the processor worked for as long as the calls took, the power is at least a
third. Where nobody took the pace, either run may have been half as slow again: so much does a neighbour cost who works
on the same core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple, TypeGuard

from msgspec import UNSET

from worldbase.document import significant
from worldforge.benchmark.change import noise
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, Block
from worldforge.benchmark.verdicts import Status
from worldforge.provenance import Machine

MIN_EFFECT: Final = 0.25
TAIL_EFFECTS: Final = 2
"""The 95th percentile has to change by so many times the smallest effect: the scheduler lives in the tail."""

_FEWEST_OF_BLOCK: Final = 20
"""With fewer calls, the 95th percentile of a block is its slowest call, which says more of the scheduler."""

_MOST_BLOCKS: Final = 100
_FAR: Final = 2
_BUSY: Final = 0.8
_BUSY_POWER: Final = 1 / 3
_UNKNOWN_PACE: Final = 1.5
_FULL_LOAD: Final = 1.0
_CALM: Final = 0.5


class LatencyChange(NamedTuple):
    """What became of one quantile of an operation's latency.

    Attributes:
        metric: `p50_latency_ms` or `p95_latency_ms`.
        baseline: Milliseconds of the baseline; None where it has none.
        candidate: Milliseconds of the candidate; None where it has none.
        ratio: Candidate over baseline; None where one of them is missing.
        bounds: 95% bounds of what the ratio would be at one pace of the machine; None where there are none.
        pace: The machine's pace during the candidate over that during the baseline, above 1 where it was slower; None
            where it was not taken.
        status: What follows.
        reason: Why nothing does; None where something does.
    """

    metric: str
    baseline: float | None
    candidate: float | None
    ratio: float | None
    bounds: noise.Bounds | None
    pace: float | None
    status: Status
    reason: str | None


class Measured(NamedTuple):
    """A result with the report that it stands in."""

    report: BenchmarkReport
    result: BenchmarkResult


def median_change(baseline: Measured, candidate: Measured, min_effect: float = MIN_EFFECT) -> LatencyChange:
    """Compare the medians of two results."""
    return _change("p50_latency_ms", baseline, candidate, min_effect, _median_of)


def tail_change(baseline: Measured, candidate: Measured, min_effect: float = MIN_EFFECT) -> LatencyChange | None:
    """Compare the 95th percentiles of two results; None where they have too few calls for one."""
    if min(_smallest_block(each.result) for each in (baseline, candidate)) < _FEWEST_OF_BLOCK:
        return None
    effect = TAIL_EFFECTS * min_effect
    return _change("p95_latency_ms", baseline, candidate, effect, lambda block: block.p95_ms)


def _change(
    metric: str, baseline: Measured, candidate: Measured, min_effect: float, of_block: Callable[[Block], float | None]
) -> LatencyChange:
    before: float | None = getattr(baseline.result, metric)
    after: float | None = getattr(candidate.result, metric)
    ratio = significant(after / before) if _is_time(before) and _is_time(after) else None
    obstacle = next(_obstacles(baseline, candidate), None) or _contradiction(
        (before, _series(baseline.result, of_block)), (after, _series(candidate.result, of_block))
    )
    bounds = None if obstacle else _bounds(baseline, candidate, of_block)
    status: Status = "cannot_decide" if bounds is None else noise.status_of(bounds, min_effect)
    reason = obstacle or (_undecided(bounds, min_effect) if status == "cannot_decide" else None)
    pace = _pace_ratio(baseline, candidate)
    return LatencyChange(metric, before, after, ratio, bounds, pace, status, reason)


def _bounds(baseline: Measured, candidate: Measured, of_block: Callable[[Block], float | None]) -> noise.Bounds | None:
    """Bounds that hold however much of the machine's pace met the calls."""
    before, after = _series(baseline.result, of_block), _series(candidate.result, of_block)
    if not _share_a_pace(baseline, candidate):
        found = noise.ratio_of_medians(_at(0.0, before), _at(0.0, after))
        return found and noise.Bounds(found.low / _UNKNOWN_PACE, found.high * _UNKNOWN_PACE)
    least = _BUSY_POWER if _is_busy(baseline.result) and _is_busy(candidate.result) else 0.0
    low, high = (noise.ratio_of_medians(_at(power, before), _at(power, after)) for power in (least, 1.0))
    return None if low is None or high is None else low.joined(high)


def _share_a_pace(baseline: Measured, candidate: Measured) -> bool:
    """Whether the machine's pace was taken in both, by the same work."""
    names = [each.report.run_metadata.yardstick for each in (baseline, candidate)]
    blocks = [*_blocks(baseline.result), *_blocks(candidate.result)]
    return names[0] == names[1] and all(block.pace_ms is not UNSET and _is_time(block.pace_ms) for block in blocks)


def _at(power: float, series: Sequence[tuple[float, float]]) -> list[float]:
    """Latencies as they would be at a pace of one, if they followed the pace with that power."""
    return [value / pace**power for value, pace in series]


def _is_busy(result: BenchmarkResult) -> bool:
    """Whether the processor worked for about as long as calls took."""
    latency, spent = result.p50_latency_ms, result.cpu_ms_per_iteration
    return spent is not UNSET and _is_time(latency) and spent > _BUSY * latency


def _pace_ratio(baseline: Measured, candidate: Measured) -> float | None:
    if not _share_a_pace(baseline, candidate):
        return None
    before, after = ([pace for _, pace in _series(each.result, _median_of)] for each in (baseline, candidate))
    return significant(median(after) / median(before)) if before and after else None


def _median_of(block: Block) -> float | None:
    return block.p50_ms


def _series(result: BenchmarkResult, of_block: Callable[[Block], float | None]) -> list[tuple[float, float]]:
    """A quantile of each block that has one, with the machine's pace beside it, or 1 where nobody took it."""
    values = [(of_block(block), block.pace_ms) for block in _blocks(result)]
    return [(value, 1.0 if pace is UNSET else pace) for value, pace in values if _is_time(value)]


def _is_time(milliseconds: float | None) -> TypeGuard[float]:
    """Whether a document's number can be a latency: between a picosecond and thirty years."""
    return milliseconds is not None and 1e-9 <= milliseconds <= 1e12


def _blocks(result: BenchmarkResult) -> Sequence[Block]:
    return [] if result.blocks is UNSET else result.blocks


def _smallest_block(result: BenchmarkResult) -> int:
    """Calls of the smallest block but for the last, which is as large as is left."""
    return min((block.count for block in _blocks(result)[:-1]), default=0)


def _obstacles(baseline: Measured, candidate: Measured) -> Iterator[str]:
    """Why latencies of two runs cannot be compared at all, the plainest reason first."""
    yield from _of_the_results(baseline.result, candidate.result)
    yield from _of_the_load(baseline, candidate)
    yield from _of_the_machines(baseline.report, candidate.report)


def _contradiction(*sides: tuple[float | None, Sequence[tuple[float, float]]]) -> str | None:
    """Why a quantile cannot be that of its blocks: it lies far from all of theirs. Somebody changed one of them."""
    for stated, series in sides:
        values = [value for value, _ in series]
        if not values or not _is_time(stated) or not min(values) / _FAR <= stated <= max(values) * _FAR:
            return "what a report states is not what its blocks state; check it with `worldforge runs verify`"
    return None


def _of_the_results(baseline: BenchmarkResult, candidate: BenchmarkResult) -> Iterator[str]:
    for name, result in (("baseline", baseline), ("candidate", candidate)):
        if not result.success_count:
            yield f"no call of the {name} succeeded"
        elif not 0 < len(_blocks(result)) <= _MOST_BLOCKS:
            yield f"the {name} does not say how its latencies varied: it has no blocks"
        elif result.flags is not UNSET and "input_mutated" in result.flags:
            yield f"the provider changed its inputs during the {name}"
        elif len(_series(result, _median_of)) < noise.FEWEST:
            yield f"the {name} has too few calls: measure {noise.FEWEST} or more"


def _of_the_load(baseline: Measured, candidate: Measured) -> Iterator[str]:
    before, after = _loads(baseline.result), _loads(candidate.result)
    if before != after:
        yield f"calls were issued otherwise: {before}, then {after}"


def _loads(result: BenchmarkResult) -> str:
    if result.load is UNSET or result.load.mode == "closed":
        return f"{result.concurrency} at once"
    return f"{result.load.rate_per_second or 0:g} a second, {result.concurrency} at once"


def _of_the_machines(baseline: BenchmarkReport, candidate: BenchmarkReport) -> Iterator[str]:
    before, after = _machine(baseline), _machine(candidate)
    if before is None or after is None:
        yield "a report does not say on which machine it was measured"
        return
    if before.machine_class != after.machine_class:
        yield f"other machine class: {before.machine_class}, then {after.machine_class}"
    if before.python != after.python:
        yield f"other Python: {before.python}, then {after.python}"
    clocks = [_clock(report) for report in (baseline, candidate)]
    if clocks[0] != clocks[1]:
        yield f"other clock: {clocks[0]}, then {clocks[1]}"
    if before.governor != after.governor:
        yield f"other frequency governor: {before.governor}, then {after.governor}"
    if _is_loaded_once(before, after):
        yield f"the load differs: {before.load_average} of {before.usable_cpus}, then {after.load_average}"


def _machine(report: BenchmarkReport) -> Machine | None:
    origin = report.provenance
    return None if origin is UNSET or origin.machine is UNSET else origin.machine


def _clock(report: BenchmarkReport) -> str:
    clock = report.run_metadata.clock
    return "unknown" if clock is UNSET else clock.name


def _is_loaded_once(before: Machine, after: Machine) -> bool:
    """Whether all processors had work during one run, and less than half of that was going on during the other."""
    if before.load_average is None or after.load_average is None:
        return False
    loads = sorted([before.load_average / max(before.usable_cpus, 1), after.load_average / max(after.usable_cpus, 1)])
    return loads[1] >= _FULL_LOAD and loads[0] < _CALM * loads[1]


def _undecided(bounds: noise.Bounds | None, min_effect: float) -> str | None:
    if bounds is None:
        return f"too few calls: measure {noise.FEWEST} or more"
    return (
        f"noisy: the ratio may be anything from {bounds.low:.2f} to {bounds.high:.2f}, and {min_effect:.0%} counts; "
        "measure more calls, or in turns with --against"
    )
