"""LeRobot's own aggregates, recounted from its own lists."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeGuard

from worldflux.documents.audit_input import Finding
from worldflux.episodes.cells import MAX_EPISODE_INDEX, InputTally
from worldflux.stats.forensics import Count, average_kind, reported_rate_possible

RELATIVE_TOLERANCE: Final = 1e-9


def recount(stored: dict[str, Any], tallies: Iterable[InputTally], *, where: str) -> Iterator[Finding]:
    """Compare one block of aggregates with the lists it summarises.

    LeRobot's averages are `np.nanmean`: episodes whose reward was not a number are left out of the mean and
    still counted in `n_episodes`. `pc_success` is a percentage with float noise (28.000000000000004).

    Args:
        stored: The block: `overall`, one of `per_group`, or `aggregated`.
        tallies: What the lists of the block's tasks hold.
        where: Place of the block, for the findings.
    """
    tallies = list(tallies)
    episodes = sum(tally.episodes for tally in tallies)
    yield from _success_findings(stored, [Count(tally.successes, tally.episodes) for tally in tallies], where)
    if "n_episodes" in stored and stored["n_episodes"] != episodes:
        yield _mismatch("n_episodes", stored["n_episodes"], episodes, where)
    for key, score in (("avg_sum_reward", "sum_reward"), ("avg_max_reward", "max_reward")):
        known = sum(tally.scores[score].count for tally in tallies)
        if key in stored and known:
            mean = math.fsum(tally.scores[score].sum for tally in tallies) / known
            if not _close(stored[key], mean):
                yield _mismatch(key, stored[key], mean, where)


def _success_findings(block: dict[str, Any], tasks: list[Count], where: str) -> Iterator[Finding]:
    stored = block.get("pc_success")
    successes, episodes = sum(task.successes for task in tasks), sum(task.trials for task in tasks)
    if stored is None or not episodes:
        return
    rate = successes / episodes
    if _close(stored, 100 * rate):
        return
    if _close(stored, rate):
        yield Finding(
            code="source.lerobot.pc_success_is_ratio",
            severity="warning",
            message=f"pc_success is {stored!r}, a ratio; LeRobot writes a percentage. "
            f"The recount is {successes} of {episodes}.",
            where=where,
        )
        return
    yield _mismatch("pc_success", stored, 100 * rate, where)
    if _is_number(stored):
        yield from _average_findings(stored, tasks, where)
        yield from _granularity_findings(stored, block.get("n_episodes"), episodes, where)


def _average_findings(stored: float, tasks: list[Count], where: str) -> Iterator[Finding]:
    """Say which average it is that LeRobot, which pools the episodes, would not have written."""
    found = average_kind(stored, tasks)
    macro = f"the mean of the {len(tasks)} tasks' rates, {found.macro:.12g},"
    if found.kind == "macro":
        message = f"pc_success is {macro} and not the pooled rate, {found.micro:.12g}."
    elif len(tasks) > 1 and not _close(found.micro, found.macro):
        message = f"pc_success is neither the pooled rate, {found.micro:.12g}, nor {macro} but {stored:.12g}."
    else:
        return
    yield Finding(code="forensics.average", severity="warning", message=message, where=where)


def _granularity_findings(stored: float, own_count: Any, episodes: int, where: str) -> Iterator[Finding]:
    """Say so where no number of successes among the block's own number of episodes gives its percentage."""
    trials = own_count if isinstance(own_count, int) and 0 < own_count <= MAX_EPISODE_INDEX else episodes
    found = reported_rate_possible(repr(stored), trials)
    if not found.possible:
        nearest = [count for count in (found.below, found.above) if count is not None]
        rates = " and ".join(f"{count:,} ({100 * count / trials:.12g})" for count in dict.fromkeys(nearest))
        yield Finding(
            code="forensics.granularity",
            severity="error",
            message=f"No number of successes among {trials:,} episodes gives a pc_success of {stored:.12g}; "
            f"the nearest: {rates}.",
            where=where,
        )


def _is_number(stored: Any) -> TypeGuard[float]:
    return isinstance(stored, (int, float)) and not isinstance(stored, bool) and abs(stored) <= sys.float_info.max


def _close(stored: Any, recounted: float) -> bool:
    # An integer in a file may be too large for a double; such a one is close to nothing.
    if not isinstance(stored, (int, float)) or abs(stored) > sys.float_info.max:
        return False
    return math.isclose(stored, recounted, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)


def _mismatch(key: str, stored: Any, recounted: float, where: str) -> Finding:
    return Finding(
        code="source.lerobot.aggregate_mismatch",
        severity="error",
        message=f"{key} is stored as {str(stored)[:40]}; the episodes give {recounted:.12g}.",
        where=where,
    )
