"""The cells of a plan in the order in which they are to be run.

The order is made of rounds: round e holds episode e of every task that has so many, shuffled. So every task comes up
early, a week that ends on Wednesday has tried all of them, and whatever drifts during the week meets all alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from worldflux.documents.plan import PlannedCell
from worldflux.portfolio.derivation import Stream
from worldflux.portfolio.probes.registry import TaskAxis


@dataclass(frozen=True, slots=True)
class Assignment:
    """What the cells of one probe are made of.

    Attributes:
        pairs: Tasks and axes; their order here does not matter, see `cells_of`.
        start_seed: Seed of episode 0 of each task; episode e has this plus e.
    """

    probe: str
    pairs: tuple[TaskAxis, ...]
    episodes: int
    start_seed: int


def cells_of(assignments: Iterable[Assignment], stream: Stream) -> Iterator[PlannedCell]:
    """All cells, in order. Memory grows with the tasks, not with the episodes.

    Each round is shuffled from the same start: probes in the order given, within a probe by axis and task in the order
    of their Unicode code points. The purpose of round e is `order/<e>`.
    """
    listed = [(own, pair) for own in assignments for pair in sorted(own.pairs, key=lambda pair: (pair.axis, pair.task))]
    for episode in range(max((own.episodes for own, _ in listed), default=0)):
        listed = [entry for entry in listed if episode < entry[0].episodes]
        for index in stream.sample(f"order/{episode}", len(listed), len(listed)):
            own, (task, axis) = listed[index]
            yield PlannedCell(
                probe=own.probe, task=task, axis=axis, episode_index=episode, seed=own.start_seed + episode
            )
