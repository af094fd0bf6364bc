"""When the episodes of an audit began: needed where somebody says that a plan is older."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import UNSET

from worldflux.documents.audit_input import InputFile, Requested
from worldflux.documents.episode import DetailedEpisode
from worldflux.episodes.first_episode import FirstEpisode, shown
from worldflux.episodes.window import EpisodeWindow


class EpisodeTimes:
    """Watches episodes go by, and keeps the earliest time of each input file."""

    def __init__(self) -> None:
        self._by_input: dict[str, FirstEpisode] = defaultdict(FirstEpisode)

    def watched(self, windows: Iterable[EpisodeWindow]) -> Iterator[EpisodeWindow]:
        """Hand the windows on as they are."""
        for window in windows:
            first = self._by_input[window.input]
            for record in window.records:
                if isinstance(record, DetailedEpisode):
                    first.add(record.recorded_at, lasted_s=record.wall_time_s)
                else:
                    first.add(UNSET)
            yield window

    def known(self, requested: Requested, inputs: Sequence[InputFile]) -> Requested:
        """Put the beginning of the first episode beside what a freeze showed, where all of them have a time.

        A run whose beginning was recorded needs no time of each episode: none of them began earlier.
        """
        age = requested.plan_age
        if age is UNSET:
            return requested
        begun = {entry.id: entry.declared.get("started_at", UNSET) for entry in inputs}
        times = [first.of_run(begun.get(name, UNSET)) for name, first in self._by_input.items()]
        timed = [time for time in times if time is not None]
        at = shown(min(timed)) if timed and len(timed) == len(times) else UNSET
        return msgspec.structs.replace(requested, plan_age=msgspec.structs.replace(age, first_episode_at=at))
