"""One result file, opened: what both layouts have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text
from worldflux.documents.run_info import RunInfo
from worldflux.episodes.window import EpisodeWindow
from worldflux.sources.builtin.lerobot.layouts import LayoutA, LayoutB
from worldflux.sources.contract import SourceInput
from worldflux.sources.mapped_json import MappedJson

NAME = "lerobot"
EPISODES_PER_WINDOW = 2_048


class Aggregates(NamedTuple):
    """A block of the evaluator's own aggregates, and the tasks that it summarises.

    Attributes:
        pointer: Where the block stands in the file.
        stored: The block, or None where the file lacks it.
        tasks: Keys of its tasks; none where the block summarises nothing that the file holds.
    """

    pointer: str
    stored: dict[str, Any] | None
    tasks: list[str]


class OpenedResult(ABC):
    """An `eval_info.json` whose layout is known and whose tasks are named.

    Attributes:
        id: Stable name of the input in the package.
        given: The input as it was given.
        file: The mapped file.
        pointer: Where in the file the result stands; empty but for wrappers.
        tasks: Task key of each list of episodes, safe to show.
        own_names: The same keys with what may not be shown.
        declared: Facts about the run; a start seed that the file records stands over one that was declared.
        run_seed: Seed of the run that the file belongs to; set once all files are open.
        episodes: Number of episodes that were streamed.
        seen: How often something odd was met while streaming, by name.
    """

    layout: ClassVar[type[LayoutA] | type[LayoutB]]

    def __init__(self, number: int, given: SourceInput, file: MappedJson, pointer: str) -> None:
        self.id = f"input-{number}"
        self.given = given
        self.file = file
        self.pointer = pointer
        self.own_names: list[str] = []
        self.tasks: list[str] = []
        self.declared: RunInfo = given.declared
        self.run_seed = 0
        self.episodes = 0
        self.seen: dict[str, int] = {}

    @property
    def name(self) -> str:
        """File name, safe to show."""
        return redact_text(self.given.path.name)

    @property
    @abstractmethod
    def format(self) -> str:
        """Name of the layout."""

    @property
    @abstractmethod
    def expected_episodes(self) -> int:
        """About how many episodes the file holds."""

    @property
    @abstractmethod
    def seeds_are(self) -> Literal["recorded", "derived", "unknown"]:
        """How the environment seeds of the episodes are known."""

    @property
    def first_index(self) -> int:
        """Index of the first episode of a list that counts by position."""
        first = self.declared.first_episode_index
        return 0 if first is UNSET else first

    @abstractmethod
    def extents(self) -> dict[str, tuple[int, int]]:
        """First and last episode index per task; tasks without an episode are left out."""

    @abstractmethod
    def windows(self) -> Iterator[EpisodeWindow]:
        """Yield the episodes."""

    @abstractmethod
    def expected_quotes(self) -> int:
        """Quotation marks of a file that holds the keys that were read, once each; known after `windows`.

        It must never be more than there are in such a file: a key that is absent would make room for one that
        comes twice.
        """

    @abstractmethod
    def aggregates(self) -> Iterator[Aggregates]:
        """Yield the blocks of aggregates that the file stores."""

    @abstractmethod
    def videos(self) -> list[tuple[list[str], Sequence[int]]]:
        """For each task, the videos that the file names and the episodes they show, in order; known after `windows`."""

    def count(self, fact: str, times: int = 1) -> None:
        """Remember that something odd was met, so many times."""
        if times:
            self.seen[fact] = self.seen.get(fact, 0) + times

    def flag(self, value: Any, pointer: str) -> bool:
        """LeRobot writes booleans; forks write 0, 1, 0.0 and 1.0. Nothing else is a success or a failure.

        Raises:
            SourceError: `source.lerobot.success_value`.
        """
        if isinstance(value, bool):
            return value
        if value not in (0, 1):
            raise self.file.error(
                "success_value",
                f"{str(value)[:40]} is neither success nor failure",
                hint="Partial credit is not a success rate; LeRobot writes true or false.",
                pointer=pointer,
            )
        self.count("success_as_number")
        return bool(value)


def quotes_in(value: Any) -> int:
    """Number of quotation marks that a JSON value takes, if no string in it needs an escape.

    Raw parts count as none; fields of a Struct count where the file has them.
    """
    if isinstance(value, str):
        return 2
    if isinstance(value, msgspec.Struct):
        fields = (getattr(value, name) for name in value.__struct_fields__)
        return sum(2 + quotes_in(field) for field in fields if field is not UNSET)
    if isinstance(value, dict):
        return sum(2 + quotes_in(child) for child in value.values())
    if isinstance(value, list):
        return sum(map(quotes_in, value))
    return 0
