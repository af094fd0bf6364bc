"""Episodes counted into cells: one per task and run, in one pass.

Each cell keeps one byte per episode index: 0 for "not seen", else the outcome class. That byte string is all that is
needed to refuse an episode that comes twice, to tell which episodes the plan covers, and to count blocks, and a window
of consecutive episodes is entered by one slice assignment.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple

from msgspec import UNSET

from worldbase import digest
from worldbase.document import significant
from worldbase.errors import Where
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import Blocks, Cell, Moments, OutcomeCounts
from worldflux.documents.episode import OUTCOMES, EpisodeRecord
from worldflux.episodes.exact_sums import exact_sums
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import SourceError

MAX_EPISODE_INDEX: Final = 50_000_000
SCORES: Final = ("sum_reward", "max_reward")

_CODE: Final = {outcome: code for code, outcome in enumerate(OUTCOMES, start=1)}
SUCCESS_CODE: Final = _CODE["success"]
_FAILURE: Final = _CODE["failure"]
_NUMBERS_PER_PIECE: Final = 65_536


class ScoreSums:
    """Exactly rounded count, sum and sum of squares of one score, window by window."""

    def __init__(self) -> None:
        self.count = 0
        self.largest = -math.inf
        self._sums: list[float] = []
        self._squares: list[float] = []

    def add(self, values: list[float]) -> None:
        """Add the values of one window.

        Raises:
            OverflowError: They are too large for a double to hold the sum of their squares.
        """
        window = exact_sums(values)
        self.count += len(values)
        self.largest = max(self.largest, window.largest)
        self._sums += window.sum
        self._squares += window.squares

    def merge(self, other: ScoreSums) -> None:
        """Add what another one has summed."""
        self.count += other.count
        self.largest = max(self.largest, other.largest)
        self._sums += other._sums
        self._squares += other._squares

    @property
    def sum(self) -> float:
        """Sum of all values."""
        return math.fsum(self._sums)

    def moments(self) -> Moments:
        """The three numbers, as documents carry them."""
        return Moments(
            count=self.count, sum=significant(self.sum), sum_of_squares=significant(math.fsum(self._squares))
        )


class InputTally:
    """What one input file holds for one task: for recounting the file's own aggregates."""

    def __init__(self) -> None:
        self.episodes = 0
        self.successes = 0
        self.scores = {name: ScoreSums() for name in SCORES}


class _CellState:
    """Everything observed for one task in one run."""

    def __init__(self) -> None:
        self.outcomes = bytearray()
        self.scores = {name: ScoreSums() for name in SCORES}

    def enter(self, window: EpisodeWindow) -> bytes:
        """Enter a window's outcomes and return their codes.

        Raises:
            SourceError: `source.duplicate_episode` or `source.episode_index`.
        """
        indices = [record.episode_index for record in window.records]
        codes = bytes([_CODE[record.outcome] for record in window.records])
        first, last = indices[0], indices[-1]
        consecutive = indices == list(range(first, first + len(indices)))
        if not consecutive:
            first, last = min(indices), max(indices)
        if first < 0 or last > MAX_EPISODE_INDEX:
            raise _bad_index(window, first if first < 0 else last)
        if last >= len(self.outcomes):
            self.outcomes.extend(bytes(last + 1 - len(self.outcomes)))
        if consecutive:
            if self.outcomes.count(0, first, last + 1) != len(indices):
                raise _twice(window, next(index for index in indices if self.outcomes[index]))
            self.outcomes[first : last + 1] = codes
        else:
            self._enter_scattered(window, indices, codes)
        return codes

    def _enter_scattered(self, window: EpisodeWindow, indices: list[int], codes: bytes) -> None:
        for index, code in zip(indices, codes, strict=True):
            if self.outcomes[index]:
                raise _twice(window, index)
            self.outcomes[index] = code

    def observed(self) -> bytes:
        """Outcome codes in order of episode index, without the gaps."""
        return bytes(self.outcomes).replace(b"\0", b"")


class OutcomeSequence(NamedTuple):
    """The outcomes of one cell, in order, as a digest.

    Attributes:
        mixed: Whether there are successes and failures among them; an unmixed sequence is no fingerprint.
    """

    task: str
    seed: int
    digest: str
    mixed: bool


class CellCounter:
    """Counts a stream of episode windows."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, int], _CellState] = {}
        self._inputs: dict[tuple[str, str], InputTally] = {}

    def add(self, window: EpisodeWindow) -> bytes:
        """Count the episodes of one window.

        Returns:
            The outcome of each as one byte: 1 for a success, something else for anything else.

        Raises:
            SourceError: `source.duplicate_episode` where an episode of the same task and run came before;
                `source.episode_index` or `source.score_range` for numbers that nobody could have meant.
        """
        if not window.records:
            return b""
        cell = self._cells.setdefault((window.task, window.run_seed), _CellState())
        codes = cell.enter(window)
        tally = self._inputs.setdefault((window.input, window.task), InputTally())
        tally.episodes += len(codes)
        tally.successes += codes.count(SUCCESS_CODE)
        for name in SCORES:
            try:
                sums = _summed(_known_scores(window.records, name))
            except OverflowError:
                raise _too_large(window, name) from None
            cell.scores[name].merge(sums)
            tally.scores[name].merge(sums)
        return codes

    def tally(self, input_id: str, task: str) -> InputTally:
        """What one input file held for one task."""
        return self._inputs.get((input_id, task), InputTally())

    def cells(self, grid: PlannedGrid) -> list[Cell]:
        """Cells of everything observed, planned tasks and seeds first, in the order of the plan."""
        tasks = {task: position for position, task in enumerate(grid.tasks)}
        seeds = {seed: position for position, seed in enumerate(grid.run_seeds)}

        def place(key: tuple[str, int]) -> tuple[int, int, str, int]:
            task, seed = key
            return seeds.get(seed, len(seeds)), tasks.get(task, len(tasks)), task, seed

        return [self._cell(key, grid) for key in sorted(self._cells, key=place)]

    def blocks(self, grid: PlannedGrid) -> list[Blocks]:
        """Complete blocks of each planned run; what was observed beyond the plan is in none."""
        per_task = grid.episodes_per_task
        return [_blocks([self._codes(task, seed)[:per_task] for task in grid.tasks], seed) for seed in grid.run_seeds]

    def outcome_sequences(self) -> Iterator[OutcomeSequence]:
        """Digest of each cell's outcomes in order."""
        for (task, seed), cell in self._cells.items():
            observed = cell.observed()
            mixed = SUCCESS_CODE in observed and _FAILURE in observed
            yield OutcomeSequence(task, seed, digest.of_bytes(observed), mixed)

    def _codes(self, task: str, seed: int) -> bytes:
        cell = self._cells.get((task, seed))
        return cell.observed() if cell else b""

    def _cell(self, key: tuple[str, int], grid: PlannedGrid) -> Cell:
        task, seed = key
        state = self._cells[key]
        observed = state.observed()
        planned = grid.episodes_per_task if task in grid.task_set and seed in grid.run_seeds else 0
        covered = observed[:planned]
        return Cell(
            task=task,
            seed=seed,
            counts=_counts(observed),
            planned=planned,
            in_plan=_counts(covered) if planned and len(covered) != len(observed) else UNSET,
            gaps=len(state.outcomes) - len(observed),
            sums={name: sums.moments() for name, sums in state.scores.items() if sums.count},
        )


def _known_scores(records: list[EpisodeRecord], name: str) -> list[float]:
    if name == "sum_reward":
        return [value for record in records if (value := record.sum_reward) is not UNSET]
    return [value for record in records if (value := record.max_reward) is not UNSET]


def _summed(values: list[float]) -> ScoreSums:
    sums = ScoreSums()
    if values:
        sums.add(values)
    return sums


def _counts(codes: bytes) -> OutcomeCounts:
    return OutcomeCounts(**{outcome: codes.count(code) for outcome, code in _CODE.items()})


def _blocks(sequences: list[bytes], seed: int) -> Blocks:
    complete = min(_leading_trials(codes) for codes in sequences)
    successes = _column_sums(sequences, complete)
    return Blocks(seed=seed, tasks=len(sequences), complete=complete, successes=_spaced(successes, len(sequences)))


def _spaced(numbers: Iterable[int], largest: int) -> str:
    """Numbers as one text, made piece by piece: a list of millions of them would take more memory than the text."""
    texts = [str(number) for number in range(largest + 1)]  # `str` a million times takes as long as decoding
    rest, pieces = iter(numbers), []
    while piece := " ".join([texts[number] for number in islice(rest, _NUMBERS_PER_PIECE)]):
        pieces.append(piece)
    return " ".join(pieces)


def _leading_trials(codes: bytes) -> int:
    """Number of leading episodes that are a success or a failure."""
    return len(codes) - len(codes.lstrip(bytes([SUCCESS_CODE, _FAILURE])))


def _column_sums(sequences: Iterable[bytes], length: int) -> Iterable[int]:
    is_success = bytes(1 if code == SUCCESS_CODE else 0 for code in range(256))
    columns = [codes[:length].translate(is_success) for codes in sequences]
    # A single task may have a million episodes, and there is nothing to add up.
    return columns[0] if len(columns) == 1 else map(sum, zip(*columns, strict=True))


def _place(window: EpisodeWindow) -> Where:
    return Where(window.label or window.input, window.first_pointer or None)


def _too_large(window: EpisodeWindow, score: str) -> SourceError:
    return SourceError(
        f"a {score} of task {window.task!r} is too large to be added up",
        code="source.score_range",
        where=_place(window),
        hint="No environment gives such a reward; use the file that the evaluator wrote.",
    )


def _twice(window: EpisodeWindow, index: int) -> SourceError:
    return SourceError(
        f"episode {index} of task {window.task!r} in the run with seed {window.run_seed} comes twice",
        code="source.duplicate_episode",
        where=_place(window),
        hint="Give each result file once; name the run of each file with --run-info N:run_seed=...",
    )


def _bad_index(window: EpisodeWindow, index: int) -> SourceError:
    return SourceError(
        f"{index} cannot be an episode's index",
        code="source.episode_index",
        where=_place(window),
        hint=f"Episode indices run from 0 to at most {MAX_EPISODE_INDEX:,}.",
    )
