"""LeRobot's own aggregates, recounted from its own lists."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

from worldflux.documents.audit_input import Finding
from worldflux.episodes.cells import InputTally

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
    successes = sum(tally.successes for tally in tallies)
    yield from _success_findings(stored.get("pc_success"), successes, episodes, where)
    if "n_episodes" in stored and stored["n_episodes"] != episodes:
        yield _mismatch("n_episodes", stored["n_episodes"], episodes, where)
    for key, score in (("avg_sum_reward", "sum_reward"), ("avg_max_reward", "max_reward")):
        known = sum(tally.scores[score].count for tally in tallies)
        if key in stored and known:
            mean = math.fsum(tally.scores[score].sum for tally in tallies) / known
            if not _close(stored[key], mean):
                yield _mismatch(key, stored[key], mean, where)


def _success_findings(stored: Any, successes: int, episodes: int, where: str) -> Iterator[Finding]:
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
    else:
        yield _mismatch("pc_success", stored, 100 * rate, where)


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
