"""Episodes that belong to no planned cell, counted in groups."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

from msgspec import UNSET

from worldflux.documents.packet import StrayGroup, StrayReason

MOST_GROUPS: Final = 1000


class _Key(NamedTuple):
    probe: str
    reason: StrayReason
    task: str | None
    axis: str | None


class Strays:
    """Groups by probe, reason, task and axis; once there are too many, by probe and reason alone."""

    def __init__(self) -> None:
        self._spans: dict[_Key, tuple[int, int, int]] = {}
        self.by_probe: Counter[str] = Counter()

    def add(self, probe: str, reason: StrayReason, task: str | None, axis: str | None, episode_index: int) -> None:
        """Count one episode."""
        self.by_probe[probe] += 1
        key = _Key(probe, reason, task, axis)
        if key not in self._spans and len(self._spans) >= MOST_GROUPS:
            key = _Key(probe, reason, None, None)
        count, first, last = self._spans.get(key, (0, episode_index, episode_index))
        self._spans[key] = (count + 1, min(first, episode_index), max(last, episode_index))

    def groups(self) -> list[StrayGroup]:
        """What was counted, the largest groups of each probe first."""
        order = sorted(
            self._spans.items(), key=lambda item: (item[0].probe, -item[1][0], item[0].reason, item[0].task or "")
        )
        return [
            StrayGroup(
                probe=key.probe,
                reason=key.reason,
                task=UNSET if key.task is None else key.task,
                axis=UNSET if key.axis is None else key.axis,
                episodes=count,
                first=first,
                last=last,
            )
            for key, (count, first, last) in order
        ]
