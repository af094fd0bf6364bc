"""Two sides measured in turns on the same machine, so that whatever the machine does meets both.

A round is a batch of calls of either side, one right after the other, and the order changes from round to round
(ABBA...), so that what drifts meets both alike. The median of one batch over that of the other is the round's ratio.
Rounds are spread over pairs of new processes: where things lie in memory differs from process to process, makes a
difference of some percent, and stays for the life of a process, so that more rounds of one pair would only repeat it.
The answer is an interval for the median over the pairs, each of which is the median of its rounds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Final

from worldbase.document import significant
from worldforge.benchmark.change import noise
from worldforge.benchmark.change.count_change import failures_changed
from worldforge.benchmark.in_turns.worker_process import Side, Worker
from worldforge.benchmark.in_turns.worker_protocol import Batch
from worldforge.benchmark.verdicts import AgainstOperation, Status

ROUNDS: Final = 96
PROCESS_PAIRS: Final = 12
MIN_EFFECT: Final = 0.03
BATCH_NANOSECONDS: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class Round:
    """Two batches of one operation, in the same round of the same pair of processes."""

    pair: int
    baseline: Batch
    candidate: Batch

    @property
    def ratio(self) -> float | None:
        """The candidate's median over that of the baseline; None where a side has none."""
        if not self.baseline.median_ns or not self.candidate.median_ns:
            return None
        return self.candidate.median_ns / self.baseline.median_ns


def measure_in_turns(
    baseline: Side,
    candidate: Side,
    operations: Sequence[str],
    *,
    rounds: int = ROUNDS,
    timeout: float,
    on_round: Callable[[], None] = lambda: None,
) -> dict[str, list[Round]]:
    """Measure both sides in turns.

    Args:
        baseline: The earlier side.
        candidate: The side that is judged.
        operations: Operations that both have.
        rounds: Rounds of each operation.
        timeout: Seconds that a worker may take to start, and for a batch.
        on_round: Called after each round of each operation.

    Returns:
        Operation -> its rounds, in order.

    Raises:
        EnvironmentMissingError: `against.worker_failed` or `against.worker_silent`.
    """
    measured: dict[str, list[Round]] = {operation: [] for operation in operations}
    for pair in range(min(PROCESS_PAIRS, rounds)):
        with ExitStack() as workers:
            both = [workers.enter_context(Worker(side, timeout=timeout)) for side in (baseline, candidate)]
            for worker in both:
                worker.prepare(list(operations))
            for worker in both:
                worker.await_ready()
            for operation in operations:
                for taken in _rounds(both, pair, operation, rounds):
                    measured[operation].append(taken)
                    on_round()
    return measured


def verdict(
    rounds: Sequence[Round], *, operation: str, provider: str, baseline_provider: str, min_effect: float = MIN_EFFECT
) -> AgainstOperation:
    """What the rounds of one operation say.

    Args:
        rounds: All of them.
        operation: Name of the operation.
        provider: Name of the candidate's provider.
        baseline_provider: Name of the baseline's provider.
        min_effect: The smallest change that counts: 0.03 is 3%.
    """
    pairs = _pair_ratios(rounds)
    bounds = noise.median_of_ratios(pairs)
    status, reason = _decided(rounds, pairs, bounds, min_effect)
    return AgainstOperation(
        provider=provider,
        baseline_provider=baseline_provider,
        operation=operation,
        ratio_p50=significant(median(pairs)) if pairs else None,
        interval=None if bounds is None else [significant(bounds.low), significant(bounds.high)],
        status=status,
        reason=reason,
        rounds=len(rounds),
        process_pairs=len({taken.pair for taken in rounds}),
    )


def _rounds(both: Sequence[Worker], pair: int, operation: str, rounds: int) -> Iterator[Round]:
    for worker in both:
        worker.measure(operation, BATCH_NANOSECONDS)  # to warm up
    for number in range(pair, rounds, PROCESS_PAIRS):
        turned = (pair + number // PROCESS_PAIRS) % 2 == 1
        first, second = (worker.measure(operation, BATCH_NANOSECONDS) for worker in (both[::-1] if turned else both))
        yield Round(pair, second, first) if turned else Round(pair, first, second)


def _pair_ratios(rounds: Sequence[Round]) -> list[float]:
    ratios: dict[int, list[float]] = {}
    for taken in rounds:
        if (ratio := taken.ratio) is not None:
            ratios.setdefault(taken.pair, []).append(ratio)
    return [median(of_pair) for of_pair in ratios.values()]


def _decided(
    rounds: Sequence[Round], pairs: Sequence[float], bounds: noise.Bounds | None, min_effect: float
) -> tuple[Status, str | None]:
    before, calls_before = _failures([taken.baseline for taken in rounds])
    after, calls_after = _failures([taken.candidate for taken in rounds])
    if before or after:
        failed = f"calls failed: {before:,} of {calls_before:,} before, {after:,} of {calls_after:,} now"
        change = failures_changed(before, calls_before, after, calls_after)
        return ("regressed" if change.status == "regressed" else "cannot_decide"), failed
    if bounds is None:
        return "cannot_decide", f"{len(pairs)} process pairs are too few: give --rounds {noise.FEWEST} or more"
    status = noise.status_of(bounds, min_effect)
    return status, _noisy(bounds, min_effect) if status == "cannot_decide" else None


def _failures(batches: Sequence[Batch]) -> tuple[int, int]:
    """Calls that failed, and all calls."""
    return sum(batch.failures for batch in batches), sum(batch.calls for batch in batches)


def _noisy(bounds: noise.Bounds, min_effect: float) -> str:
    return (
        f"noisy: the ratio may be anything from {bounds.low:.3f} to {bounds.high:.3f}, and {min_effect:.0%} counts; "
        "more rounds or a quieter machine narrow it"
    )
