"""Trials that share an initial state, averaged: they are one observation of that state, however often it was tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from worldbase.document import significant
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.benchmarks.starts import Starts
from worldflux.documents.audit_input import RepeatedStarts, SourceFacts
from worldflux.documents.protocol import Protocol
from worldflux.episodes.cells import FAILURE_CODE, SUCCESS_CODE, CellCounter
from worldflux.episodes.starts import FreshRanges, StartNumbers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def start_numbers(starts: Starts, protocol: Protocol, facts: SourceFacts) -> StartNumbers:
    """Number the initial states of an audit's runs by what is known about them."""
    if protocol.execution.seed_semantics == "episode_seed":
        return StartNumbers(starts.key, starts.modulo, {seed: seed for seed in protocol.execution.seeds}, True)
    first = {run.run_seed: run.start_seed for run in facts.runs if isinstance(run.start_seed, int)}
    return StartNumbers(starts.key, starts.modulo, first)


def repeated_starts(counter: CellCounter, grid: PlannedGrid, starts: StartNumbers) -> list[RepeatedStarts]:
    """Shares of successes per initial state, for each task whose trials share states; none where no state repeats.

    Args:
        counter: All episodes, counted.
        grid: The plan; episodes beyond it are left out.
        starts: Numbers the states.
    """
    possible = [task for task in grid.tasks if _repeats(task, counter, grid, starts)]
    averaged = (_averaged(task, counter, grid, starts) for task in possible)
    return [entry for entry in averaged if entry.starts < entry.trials]


def _repeats(task: str, counter: CellCounter, grid: PlannedGrid, starts: StartNumbers) -> bool:
    """Whether two episodes can have one state, told from ranges alone."""
    before, episodes, fresh = FreshRanges(), 0, 0
    for seed in grid.run_seeds:
        length = counter.span(task, seed)
        numbers = starts.of_run(seed, length)
        if numbers is None:
            if length:
                return False
            continue
        episodes += length
        fresh += sum(map(len, before.add(numbers)))
    return fresh < episodes


def _averaged(task: str, counter: CellCounter, grid: PlannedGrid, starts: StartNumbers) -> RepeatedStarts:
    import numpy as np

    runs = [_trials(counter.outcomes(task, seed), seed, grid.episodes_per_task, starts) for seed in grid.run_seeds]
    states = np.concatenate([numbers for numbers, _ in runs])
    successes = np.concatenate([outcomes for _, outcomes in runs])
    _, place = np.unique(states, return_inverse=True)
    shares = np.bincount(place, weights=successes) / np.bincount(place)
    return RepeatedStarts(
        task=task,
        starts=len(shares),
        trials=len(states),
        sum=significant(math.fsum(shares)),
        sum_of_squares=significant(math.fsum(shares * shares)),
    )


def _trials(
    outcomes: bytes, run_seed: int, planned: int, starts: StartNumbers
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """State and success of each planned trial of a task in one run."""
    import numpy as np

    codes = np.frombuffer(outcomes, dtype=np.uint8)
    indices = np.flatnonzero(codes)[:planned]
    indices = indices[np.isin(codes[indices], (SUCCESS_CODE, FAILURE_CODE))]
    if not len(indices):
        return indices, np.zeros(0, dtype=bool)
    return starts.of_episodes(run_seed, indices), codes[indices] == SUCCESS_CODE
