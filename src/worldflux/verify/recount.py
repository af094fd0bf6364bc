"""The episodes of a package, counted again, and the lines of its failures, written again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO

import msgspec
from msgspec import UNSET

from worldbase.console import Progress
from worldbase.errors import Where
from worldflux.audit.failures import failure_lines
from worldflux.documents.audit_input import InputFile
from worldflux.documents.episode import DetailedEpisode, EpisodeRecord
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import GateError, SourceError
from worldflux.package import layout
from worldflux.verify.episode_lines import EpisodeLines, LineWindow


@dataclass(frozen=True, slots=True)
class Recount:
    """What the episode lines give.

    Attributes:
        counter: All episodes, counted.
        count: Number of lines.
        sha256: Digest of their bytes.
        failures: Digest of the failure index that they give.
        replays: Digest of the replay lines that they give.
    """

    counter: CellCounter
    count: int
    sha256: str
    failures: str
    replays: str


def recounted(stream: BinaryIO, inputs: Sequence[InputFile], progress: Progress) -> Recount:
    """Count all episodes once.

    Args:
        stream: The episode lines, at their start.
        inputs: The raw files that they came from, in order, with the number of episodes of each.
        progress: Told of every window.

    Raises:
        GateError: `json` or `schema` for a line that is none; `recomputation.episodes` for one that comes twice.
    """
    counter, lines = CellCounter(), EpisodeLines(stream)
    failures, replays, owners = _LinesDigest(), _LinesDigest(), _Owners(inputs)
    for window in lines.windows():
        for part in _parts(window, owners):
            outcomes = _counted(counter, part)
            index, hints = failure_lines(part.window, outcomes, part.line)
            failures.add(index)
            replays.add(hints)
        progress.advance(len(window.records))
    return Recount(counter, lines.count, lines.sha256, failures.sha256, replays.sha256)


@dataclass(frozen=True, slots=True)
class _Part:
    """Consecutive lines of one task in one run, from one raw file."""

    window: EpisodeWindow
    line: int


class _Owners:
    """Which raw file each episode came from: they were written down file by file."""

    def __init__(self, inputs: Sequence[InputFile]) -> None:
        self._files = [(file.id, file.episodes) for file in inputs if file.episodes] or [("unknown", 0)]
        self._number, self._left = 0, self._files[0][1]

    def take(self, episodes: int) -> Iterator[tuple[str, int]]:
        """Ids of the files of the next episodes, each with how many of these."""
        while episodes:
            last = self._number == len(self._files) - 1
            taken = episodes if last else min(episodes, self._left)
            if taken:
                yield self._files[self._number][0], taken
            episodes -= taken
            self._left -= taken
            if not self._left and not last:
                self._number += 1
                self._left = self._files[self._number][1]


def _parts(window: LineWindow, owners: _Owners) -> Iterator[_Part]:
    line, position = window.first_line, 0
    for owner, length in owners.take(len(window.records)):
        records = window.records[position : position + length]
        position += length
        for task, seed, source, group in _uniform(records, owner):
            yield _Part(EpisodeWindow(task, seed, source, group, label=layout.EPISODES), line)
            line += len(group)


def _uniform(records: list[EpisodeRecord], owner: str) -> Iterator[tuple[str, int, str, list[EpisodeRecord]]]:
    """Cut where task, run or raw file changes; most windows need no cut at all."""
    detailed = isinstance(records[0], DetailedEpisode)
    if not detailed and len({record.task for record in records}) == len({record.run_seed for record in records}) == 1:
        yield records[0].task, records[0].run_seed, owner, records
        return

    def place(record: EpisodeRecord) -> tuple[str, int, str]:
        named = record.input if isinstance(record, DetailedEpisode) else UNSET
        return record.task, record.run_seed, owner if named is UNSET else named

    for (task, seed, source), group in groupby(records, key=place):
        yield task, seed, source, list(group)


def _counted(counter: CellCounter, part: _Part) -> bytes:
    try:
        return counter.add(part.window)
    except SourceError as error:
        raise GateError(
            error.message,
            gate="recomputation",
            code="recomputation.episodes",
            where=Where(layout.EPISODES, line=part.line),
            hint="The lines were changed after the audit; audit the source again.",
        ) from None


class _LinesDigest:
    """Digest of the lines that an audit would write."""

    def __init__(self) -> None:
        self._state = hashlib.sha256()
        self._encoder = msgspec.json.Encoder()

    def add(self, records: Sequence[msgspec.Struct]) -> None:
        if records:
            self._state.update(self._encoder.encode_lines(records))

    @property
    def sha256(self) -> str:
        return f"sha256:{self._state.hexdigest()}"
