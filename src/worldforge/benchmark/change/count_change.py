"""Whether failures or retries became more frequent, by exact tests.

Failures are tested by Fisher's exact test: given how many calls failed in both runs together, the number in one of them
is hypergeometric where nothing changed. Retries and requests have no upper end; given their sum, the number in one run
is binomial where nothing changed (Przyborowski and Wilenski 1940, Biometrika 31, 313-323).

All calls of a benchmark get the same inputs, so a deterministic provider fails at each of them or at none. Where none
failed before and all fail now, or the other way round, it changed, however few they were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from worldforge.benchmark.verdicts import Status

ALPHA: Final = 0.025
"""Error of each of the two one-sided tests."""
_EXACT_UP_TO: Final = 10_000
"""More failures or events are taken for normal: what is left out is far below what would matter."""


class CountChange(NamedTuple):
    """What follows from two counts, and why nothing does."""

    status: Status
    reason: str | None = None


def failures_changed(before: int, calls_before: int, after: int, calls_after: int) -> CountChange:
    """Compare failures of two runs.

    Args:
        before: Calls of the baseline that failed, 0 to `calls_before`.
        calls_before: All calls of the baseline.
        after: Calls of the candidate that failed, 0 to `calls_after`.
        calls_after: All calls of the candidate.
    """
    if not (0 <= before <= calls_before and 0 <= after <= calls_after and calls_before and calls_after):
        return CountChange("cannot_decide", "calls and failures that were counted say nothing")
    if before * calls_after == after * calls_before:
        return CountChange("unchanged")
    worse = after * calls_before > before * calls_after
    flipped = {before / calls_before, after / calls_after} == {0.0, 1.0}
    if flipped or _hypergeometric_tail(before, calls_before, after, calls_after, worse) <= ALPHA:
        return CountChange("regressed" if worse else "improved")
    return CountChange(
        "cannot_decide",
        f"{before:,} of {calls_before:,} calls failed, then {after:,} of {calls_after:,}: too few to tell from chance",
    )


def events_changed(before: int, calls_before: int, after: int, calls_after: int) -> CountChange:
    """Compare how often something happened in so many calls, any number of times in each: retries, requests."""
    if min(before, after) < 0 or min(calls_before, calls_after) < 1:
        return CountChange("cannot_decide", "calls and events that were counted say nothing")
    if before * calls_after == after * calls_before:
        return CountChange("unchanged")
    worse = after * calls_before > before * calls_after
    most, calls, others = (after, calls_after, calls_before) if worse else (before, calls_before, calls_after)
    tail = _binomial_tail(most, before + after, calls / (calls + others), others / (calls + others))
    if tail <= ALPHA:
        return CountChange("regressed" if worse else "improved")
    return CountChange("cannot_decide", f"{before:,}, then {after:,}: too few to tell from chance")


def _hypergeometric_tail(before: int, calls_before: int, after: int, calls_after: int, worse: bool) -> float:
    """Chance that the side with more failures had as many or more, were they dealt to the calls at random."""
    most, calls, others = (after, calls_after, calls_before) if worse else (before, calls_before, calls_after)
    failures, every = before + after, calls + others
    if failures > _EXACT_UP_TO:
        spread = failures * (calls / every) * (others / every) * ((every - failures) / (every - 1))
        return _normal_tail(most - failures * (calls / every), spread)
    total = _log_choose(every, failures)
    return _log_sum(
        _log_choose(calls, hits) + _log_choose(others, failures - hits) - total
        for hits in range(most, min(failures, calls) + 1)
    )


def _binomial_tail(hits: int, trials: int, share: float, rest: float) -> float:
    """Chance of `hits` or more of `trials`, each a hit with chance `share`, or else a miss with chance `rest`."""
    if trials > _EXACT_UP_TO:
        return _normal_tail(hits - trials * share, trials * share * rest)
    hit, miss = math.log(share), math.log(rest)
    return _log_sum(_log_choose(trials, more) + more * hit + (trials - more) * miss for more in range(hits, trials + 1))


def _normal_tail(excess: float, variance: float) -> float:
    return math.erfc(excess / math.sqrt(2 * variance)) / 2 if variance > 0 else 0.0


def _log_choose(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)


def _log_sum(terms: Iterable[float]) -> float:
    """Sum of exponentials, relative to the largest, so that nothing is lost where all are small."""
    logarithms = list(terms)
    largest = max(logarithms)
    return min(1.0, math.exp(largest) * math.fsum(math.exp(each - largest) for each in logarithms))
