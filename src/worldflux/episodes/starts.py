"""Initial states as numbers: which episodes started from a state that another one had already started from.

The states of a run are consecutive numbers: environment seeds from its start seed on, or the indices of stored states.
So ranges are enough; nothing is kept per episode.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from worldflux.documents.audit_input import StartKey

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class StartNumbers:
    """Numbers the initial states of each task.

    Attributes:
        key: What tells the state of an episode.
        modulo: After how many indices the states come again; 0 where they do not.
        first: Environment seed of the first episode of each run, where seeds tell the state.
        one_per_run: Whether every episode of a run has that one seed (`seed_semantics: episode_seed`).
    """

    key: StartKey
    modulo: int
    first: Mapping[int, int]
    one_per_run: bool = False

    def of_run(self, run_seed: int, episodes: int) -> range | None:
        """Numbers of the distinct states of a run's first episodes, in order; None where they are not known."""
        if self.key == "unknown":
            return None
        if self.key == "environment_seed":
            first = self.first.get(run_seed)
            if first is None:
                return None
            return range(first, first + min(episodes, 1) if self.one_per_run else first + episodes)
        return range(min(episodes, self.modulo) if self.modulo else episodes)

    def of_episodes(self, run_seed: int, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Number of the state that each of these episodes of a run started from; the starts have to be known."""
        if self.key == "environment_seed":
            return self.first[run_seed] + (indices * 0 if self.one_per_run else indices)
        return indices % self.modulo if self.modulo else indices


UNKNOWN_STARTS: Final = StartNumbers("unknown", 0, {})


class FreshRanges:
    """Tells of each range which of its numbers did not come before."""

    def __init__(self) -> None:
        self._seen: list[range] = []  # sorted, none touching another

    def add(self, numbers: range) -> list[range]:
        """Positions within `numbers`, as ranges, of those that are in no range added before."""
        if not numbers:
            return []
        first = bisect_left(self._seen, numbers.start, key=lambda known: known.stop)
        last = bisect_right(self._seen, numbers.stop, key=lambda known: known.start)
        met = self._seen[first:last]
        edges = [numbers.start, *(edge for known in met for edge in (known.start, known.stop)), numbers.stop]
        gaps = [range(max(start, numbers.start), stop) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
        self._seen[first:last] = [range(min(edges), max(edges))]
        return [range(gap.start - numbers.start, gap.stop - numbers.start) for gap in gaps if gap]
