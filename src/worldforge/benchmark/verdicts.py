"""Whether something became slower: the four answers, and what stands in a report of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec

Status = Literal["regressed", "improved", "unchanged", "cannot_decide"]
STATUSES: Final[tuple[Status, ...]] = ("regressed", "improved", "unchanged", "cannot_decide")

Interval = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]


class AgainstOperation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation, measured in turns with that of an earlier run.

    Attributes:
        provider: Of this run.
        baseline_provider: Of the earlier run.
        operation: Which operation.
        ratio_p50: Median latency of this run's over that of the earlier run's; null where nothing was measured.
        interval: Its 95% bounds, over process pairs; null where they cannot be told.
        status: What follows.
        reason: Why it cannot be decided, or which calls failed; null where there is nothing to add.
        rounds: Rounds that were measured, each with one batch of calls of either side.
        process_pairs: How many pairs of processes they are spread over.
    """

    provider: str
    baseline_provider: str
    operation: str
    ratio_p50: float | None
    interval: Interval | None
    status: Status
    reason: str | None
    rounds: int
    process_pairs: int


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark, measured in turns with an earlier run on this machine.

    Attributes:
        run_id: The earlier run.
        status: Over all operations; see `overall`.
        min_effect: A smaller change counts as none: 0.03 is 3%.
        operations: One by one.
    """

    run_id: str
    status: Status
    min_effect: float
    operations: list[AgainstOperation]


def overall(statuses: Iterable[Status]) -> Status:
    """One answer for several: regressed if any is, else undecided if any is, else improved if any is.

    An operation that became slower is not made up for by another that became faster, and what cannot be decided is not
    taken for well.
    """
    found = set(statuses)
    for status in ("regressed", "cannot_decide", "improved"):
        if status in found:
            return status
    return "unchanged" if found else "cannot_decide"
