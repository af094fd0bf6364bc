"""Episodes that started from the same initial state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.simulation.fixed_tasks import TASK_RATES
from tests.simulation.rows import Budget, Known, Row, Scenario, outcome_rows, share
from tests.simulation.rule import ALPHA, COVERAGE, P0, Outcome, Setting, names, setting, tried
from tests.worldflux.audit.cases import audit_input, cell
from worldbase.document import significant
from worldflux.audit.repeated_starts import repeated_starts
from worldflux.audit.rules.v1.ledger import Tally
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import RepeatedStarts
from worldflux.documents.episode import EpisodeRecord
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.starts import StartNumbers
from worldflux.episodes.window import EpisodeWindow

Outcomes = NDArray[np.bool_]


class _Plan(NamedTuple):
    """Runs of consecutive environment seeds.

    Attributes:
        firsts: First environment seed of each run.
        episodes: Episodes of a task in each run.
        states: Number of initial states after which they come again; 0 for as many as there are seeds.
        agreement: Correlation of two episodes from one state; 1 for a deterministic policy and simulator.
    """

    name: str
    tasks: int
    firsts: tuple[int, ...]
    episodes: int
    states: int
    agreement: float
    replications: int = 2000
    known: Known = Known()

    @property
    def rates(self) -> NDArray[np.float64]:
        return np.array([P0]) if self.tasks == 1 else TASK_RATES

    @property
    def numbers(self) -> NDArray[np.int64]:
        """State of each episode of a task, shape (runs, episodes)."""
        numbers = np.array(self.firsts)[:, None] + np.arange(self.episodes)
        return numbers % self.states if self.states else numbers

    def draw(self, rng: Generator) -> Outcomes:
        """Outcomes, shape (tasks, runs, episodes)."""
        numbers, shape = self.numbers, (self.tasks, int(self.numbers.max()) + 1)
        if self.agreement == 1:
            chances = (rng.random(shape) < self.rates[:, None]).astype(float)
        else:
            weight = 1 / self.agreement - 1
            chances = rng.beta(self.rates[:, None] * weight, (1 - self.rates[:, None]) * weight, size=shape)
        return np.asarray(rng.random((self.tasks, *numbers.shape)) < chances[:, numbers])


_WHOLE: Final = (1000, 1000, 1000)
_HALF: Final = (1000, 1025, 1050)
_AS_FIFTY: Final = Known(
    "the plain formula for 50 observations with Student's t, enumerated over all counts",
    refuted=0.0551,
    coverage=0.8996,
)
_PLANS: Final = (
    _Plan("one task, 3 runs of 50 from the same 50 seeds, deterministic", 1, _WHOLE, 50, 0, 1.0, 2000, _AS_FIFTY),
    _Plan("one task, 3 runs of 50, seeds overlap by half, deterministic", 1, _HALF, 50, 0, 1.0),
    _Plan("one task, 3 runs of 50, seeds overlap by half, correlation 0.6", 1, _HALF, 50, 0, 0.6),
    _Plan("one task, 10 runs of 50, nine from the same seeds, deterministic", 1, (1000,) * 9 + (2000,), 50, 0, 1.0),
    _Plan("ten unequal tasks, 3 runs of 20 from the same seeds, deterministic", 10, _WHOLE, 20, 0, 1.0, 1500),
    _Plan("ten unequal tasks of 50, all from one state (batch size 1), deterministic", 10, (0,), 50, 1, 1.0),
    _Plan("ten unequal tasks of 50, five states each (batch size 5), deterministic", 10, (0,), 50, 5, 1.0),
)


def _rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, plan in enumerate(_PLANS):
        rng = budget.generator(number, part)
        plans = setting(seeds=list(range(len(plan.firsts))), episodes_per_task=plan.episodes)
        drawn = [plan.draw(rng) for _ in range(budget.replications(plan.replications))]
        outcomes = [plans.whole(_tallies(each), _averaged(plan, each)) for each in drawn]
        for each, outcome in list(zip(drawn, outcomes, strict=True))[:2]:
            _check(plan, plans, each, outcome)
        yield from outcome_rows(plan.name, outcomes, known=plan.known)
        naive = [plans.whole(_tallies(each)) for each in drawn]
        wrong = f"{plan.name}; read as independent"
        supported = share(one.found == "supported" for one in naive)
        yield Row(wrong, "false supported", ALPHA, supported, kind="contrast")
        yield Row(wrong, "coverage", COVERAGE, share(one.covers(P0) for one in naive), kind="contrast")


def _tallies(outcomes: Outcomes) -> list[Tally]:
    trials = int(outcomes[0].size)
    return [tried(int(task.sum()), trials) for task in outcomes]


def _averaged(plan: _Plan, outcomes: Outcomes) -> list[RepeatedStarts]:
    """The sums of `audit.repeated_starts`, in one step for all tasks."""
    _, place = np.unique(plan.numbers, return_inverse=True)
    place = place.ravel()
    often = np.bincount(place)
    shares = [np.bincount(place, weights=task.ravel()) / often for task in outcomes]
    return [
        RepeatedStarts(
            task=task,
            starts=len(often),
            trials=len(place),
            sum=significant(float(each.sum())),
            sum_of_squares=significant(float((each * each).sum())),
        )
        for task, each in zip(names(plan.tasks), shares, strict=True)
    ]


def _check(plan: _Plan, rule: Setting, outcomes: Outcomes, outcome: Outcome) -> None:
    """Counting the episodes as an audit does gives these sums, and the whole rule this outcome."""
    counter, seeds = CellCounter(), range(len(plan.firsts))
    for task, runs in zip(names(plan.tasks), outcomes, strict=True):
        for seed, run in enumerate(runs):
            records = [
                EpisodeRecord(index, task, seed, "success" if success else "failure")
                for index, success in enumerate(run.tolist())
            ]
            counter.add(EpisodeWindow(task=task, run_seed=seed, input="input-1", records=records))
    grid = PlannedGrid(tuple(names(plan.tasks)), tuple(seeds), plan.episodes, (), "")
    stored = StartNumbers("index_modulo_batch", plan.states, {})
    seeded = StartNumbers("environment_seed", 0, dict(zip(seeds, plan.firsts, strict=True)))
    counted = repeated_starts(counter, grid, stored if plan.states else seeded)
    for found, made in zip(counted, _averaged(plan, outcomes), strict=True):
        assert (found.task, found.starts, found.trials) == (made.task, made.starts, made.trials)
        np.testing.assert_allclose(
            (found.sum, found.sum_of_squares), (made.sum, made.sum_of_squares), rtol=1e-9, atol=1e-12
        )
    cells = [
        cell(task, seed, plan.episodes, success=int(run.sum()), failure=int(len(run) - run.sum()))
        for task, runs in zip(names(plan.tasks), outcomes, strict=True)
        for seed, run in enumerate(runs)
    ]
    rule.check_outcome(outcome, audit_input(names(plan.tasks), cells, repeated_starts=counted))


SHARED_STARTS: Final = Scenario(
    6,
    "Runs that share initial states",
    """\
Two episodes of one task from one initial state are not two observations of it. Each state succeeds with the task's
rate; a deterministic policy then does the same from it every time, otherwise episodes from one state are correlated.
The overlap comes from start seeds that lie too close together, or from an evaluator that deals out the same states to
every batch. The rule averages over each state; the contrast takes all episodes for independent.""",
    _rows,
)
