"""What was found for each planned cell: one number a cell, so that a million of them fit into a few megabytes.

Entering episodes in another order, or from other files first, gives the same book: where two episodes of one cell do
not agree, neither of them counts.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from worldflux.documents.episode import OUTCOMES, Outcome
from worldflux.documents.packet import Mismatch
from worldflux.documents.plan import PlannedCell, PlannedProbe
from worldflux.portfolio.cells import Assignment
from worldflux.portfolio.probes.registry import TaskAxis

# A cell's number: the outcome in the lowest three bits, then marks, then one bit per field that differs.
_OUTCOME_BITS: Final = 0b111
_DISAGREED: Final = 0b111
REPEATED: Final = 1 << 3
SPOILT: Final = 1 << 4
_FIRST_FIELD: Final = 5
_CODES: Final = {outcome: code for code, outcome in enumerate(OUTCOMES, start=1)}

DIGEST_FIELDS: Final = ("plan_digest", "contract_digest", "task_manifest_digest", "metric_schema_digest")
METADATA_FIELDS: Final = (
    "seed",
    "policy_id",
    "robot_model",
    "simulator_family",
    "environment_version",
    "adapter_version",
    "reset_policy",
    "checkpoint_uri",
)
FIELDS: Final = DIGEST_FIELDS + METADATA_FIELDS
BIT: Final = {field: 1 << (_FIRST_FIELD + place) for place, field in enumerate(FIELDS)}
DIGEST_DIFFERS: Final = sum(BIT[field] for field in DIGEST_FIELDS)
METADATA_DIFFERS: Final = sum(BIT[field] for field in METADATA_FIELDS)

Chosen = Callable[[int], bool]


class CellKey(NamedTuple):
    """Where a cell stands in a book, and the seed that is planned for it."""

    position: int
    seed: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive cells: the tasks of one probe along one axis, each with all its episodes.

    Attributes:
        first: Position of the first of them.
    """

    probe: str
    axis: str
    tasks: tuple[str, ...]
    episodes: int
    start_seed: int
    first: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.tasks) * self.episodes


class CellBook:
    """One account of all planned cells.

    Attributes:
        stretches: By probe and axis, in the order of the plan.
    """

    def __init__(self, probes: Sequence[PlannedProbe], assignments: Mapping[str, Assignment]) -> None:
        self.stretches = tuple(_stretches(probes, assignments))
        self._words = array("I", bytes(4 * sum(stretch.cells for stretch in self.stretches)))
        self._places: dict[str, dict[TaskAxis, int]] = {probe.id: {} for probe in probes}
        self._shape = {probe.id: (probe.episodes_per_task, probe.start_seed) for probe in probes}
        for stretch in self.stretches:
            places = self._places[stretch.probe]
            for index, task in enumerate(stretch.tasks):
                places[TaskAxis(task, stretch.axis)] = stretch.first + index * stretch.episodes

    def pairs(self, probe: str) -> Mapping[TaskAxis, int]:
        """Planned tasks of a probe, each with the position of its first cell."""
        return self._places[probe]

    def key(self, probe: str, first: int, episode_index: int) -> CellKey | None:
        """The cell of an episode of the task whose cells begin at `first`; None where so many are not planned."""
        episodes, start_seed = self._shape[probe]
        return CellKey(first + episode_index, start_seed + episode_index) if episode_index < episodes else None

    def enter(self, position: int, outcome: Outcome, differences: int) -> bool:
        """Enter an episode, and say whether its cell had one already."""
        code = _CODES[outcome]
        marks = differences | (SPOILT if outcome == "infra_error" else 0)
        found = self._words[position]
        if found == 0:
            self._words[position] = code | marks
            return False
        agreed = code if found & _OUTCOME_BITS == code else _DISAGREED
        self._words[position] = (found & ~_OUTCOME_BITS) | agreed | REPEATED | marks
        return True

    def word(self, cell: PlannedCell) -> int:
        """The number of a planned cell."""
        return self._words[self._places[cell.probe][TaskAxis(cell.task, cell.axis)] + cell.episode_index]

    def tally(self, stretch: Stretch) -> Counter[int]:
        """How many cells of a stretch have each number."""
        return Counter(self._words[stretch.first : stretch.first + stretch.cells])

    def episodes_where(self, stretch: Stretch, chosen: Chosen) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the tasks of a stretch that have chosen cells, with the episode indexes of these."""
        for index, task in enumerate(stretch.tasks):
            first = stretch.first + index * stretch.episodes
            words = self._words[first : first + stretch.episodes]
            if found := tuple(episode for episode, word in enumerate(words) if chosen(word)):
                yield task, found


def is_missing(word: int) -> bool:
    """Whether no episode was found."""
    return word == 0


def is_repeated(word: int) -> bool:
    """Whether several episodes were found."""
    return bool(word & REPEATED)


def is_unresolved(word: int) -> bool:
    """Whether what was found tells neither success nor failure."""
    return word != 0 and outcome_of(word) not in ("success", "failure")


def outcome_of(word: int) -> Outcome:
    """What became of a cell for which there is an episode."""
    code = word & _OUTCOME_BITS
    return "unknown" if code == _DISAGREED else OUTCOMES[code - 1]


def mismatches_of(word: int) -> list[Mismatch]:
    """In what a cell's episode does not agree with the plan."""
    kinds: tuple[tuple[Mismatch, int], ...] = (
        ("digest", DIGEST_DIFFERS),
        ("metadata", METADATA_DIFFERS),
        ("infrastructure_failure", SPOILT),
    )
    return [kind for kind, mask in kinds if word & mask]


def _stretches(probes: Sequence[PlannedProbe], assignments: Mapping[str, Assignment]) -> Iterator[Stretch]:
    first = 0
    for probe in probes:
        tasks: dict[str, list[str]] = {axis: [] for axis in probe.axes}
        for pair in assignments[probe.id].pairs:
            tasks[pair.axis].append(pair.task)
        for axis, named in tasks.items():
            stretch = Stretch(probe.id, axis, tuple(sorted(named)), probe.episodes_per_task, probe.start_seed, first)
            yield stretch
            first += stretch.cells
