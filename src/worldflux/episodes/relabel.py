"""`seed_semantics: episode_seed`: the protocol's seeds are the environment seeds of single episodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import UNSET

from worldbase.errors import Where
from worldflux.documents.episode import EpisodeRecord
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import SourceError


def by_episode_seed(windows: Iterable[EpisodeWindow]) -> Iterator[EpisodeWindow]:
    """Give each episode its own seed as run seed, and count its index anew per task and seed.

    Raises:
        SourceError: `source.seed_needed` for an episode whose seed nobody knows.
    """
    next_index: dict[tuple[str, int], int] = {}
    for window in windows:
        grouped: dict[int, list[EpisodeRecord]] = {}
        for record in window.records:
            seed = _seed_of(record, window)
            index = next_index.get((window.task, seed), 0)
            next_index[window.task, seed] = index + 1
            relabelled = msgspec.structs.replace(record, run_seed=seed, episode_index=index)
            grouped.setdefault(seed, []).append(relabelled)
        for seed, records in grouped.items():
            yield EpisodeWindow(window.task, seed, window.input, records, window.first_pointer, window.label)


def _seed_of(record: EpisodeRecord, window: EpisodeWindow) -> int:
    if record.seed is UNSET:
        raise SourceError(
            f"the protocol counts by episode seeds, and episode {record.episode_index} of {window.task!r} has none",
            code="source.seed_needed",
            where=Where(window.label or window.input, window.first_pointer or None),
            hint="Declare the start seed: --run-info N:start_seed=...",
        )
    return record.seed
