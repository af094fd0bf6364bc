"""Listed tasks, every planned episode run: nothing to simulate, for all counts can be enumerated."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from tests.simulation.rows import Budget, Known, Rate, Row, Scenario, decision_rows
from tests.simulation.rule import ALPHA, COVERAGE, P0, Outcome, Setting, run_whole, setting, tried

Method = Literal["wilson", "clopper_pearson"]

TASK_RATES: Final = np.linspace(0.55, 0.95, 10)
"""Ten tasks of unequal difficulty whose mean is the boundary."""

_METHODS: Final[tuple[Method, ...]] = ("wilson", "clopper_pearson")


def _rows(budget: Budget, number: int) -> Iterator[Row]:
    for method in _METHODS:
        for trials in (50, 150, 500):
            rule = setting(rule={"interval_method": method}, episodes_per_task=trials)
            chances = stats.binom.pmf(np.arange(trials + 1), trials, P0)
            known = _exactly(method, trials)
            yield from _enumerated(f"{method}, one task, n = {trials}", rule, chances, known)
            tasks = setting(rule={"interval_method": method}, episodes_per_task=trials // 10)
            sums = _sum_chances(np.repeat(TASK_RATES, trials // 10))
            _check_order(tasks, trials // 10, budget.generator(number, trials))
            yield from _enumerated(f"{method}, ten unequal tasks, n = {trials}", tasks, sums, known)


def _enumerated(name: str, rule: Setting, chances: NDArray[np.float64], known: Known) -> Iterator[Row]:
    outcomes = of_every_count(rule, len(chances) - 1)
    yield from decision_rows(
        name,
        total(chances, [outcome.found == "supported" for outcome in outcomes]),
        total(chances, [outcome.found == "refuted" for outcome in outcomes]),
        total(chances, [outcome.covers(P0) for outcome in outcomes]),
        known,
    )


def of_every_count(rule: Setting, trials: int) -> list[Outcome]:
    """What the rule says of 0, 1, ... trials successes of one task."""
    return [rule.whole([tried(successes, trials)]) for successes in range(trials + 1)]


def total(chances: NDArray[np.float64], which: list[bool]) -> Rate:
    """The chance of the counts that are marked."""
    return Rate(float(chances[np.array(which)].sum()))


def _sum_chances(rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chances of 0, 1, ... successes of trials with these rates."""
    return functools.reduce(np.convolve, [np.array([1 - rate, rate]) for rate in rates], np.array([1.0]))


def _check_order(rule: Setting, each: int, rng: np.random.Generator) -> None:
    """The whole rule sees only the sum of equally large tasks, so that enumerating sums is enough."""
    for _ in range(2):
        counts = rng.binomial(each, TASK_RATES)
        trials = each * len(counts)
        rule.check_outcome(rule.whole([tried(int(counts.sum()), trials)]), run_whole(counts, [each] * len(counts)))


def _exactly(method: Method, trials: int) -> Known:
    chances = stats.binom.pmf(np.arange(trials + 1), trials, P0)
    lower, upper = textbook(method, trials)
    return exactly(chances, lower > P0, upper < P0, (lower <= P0) & (upper >= P0))


def exactly(
    chances: NDArray[np.float64], supports: NDArray[np.bool_], refutes: NDArray[np.bool_], covers: NDArray[np.bool_]
) -> Known:
    """The exact rates of a method, where they are worse than nominal."""
    supported, refuted, coverage = (float(chances[which].sum()) for which in (supports, refutes, covers))
    return Known(
        "the exact rate of the method at this n, enumerated from its textbook formula",
        supported=supported if supported > ALPHA else None,
        refuted=refuted if refuted > ALPHA else None,
        coverage=coverage if coverage < COVERAGE else None,
    )


def textbook(method: Method, trials: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of every count by the textbook formula, in plain floating point with quantiles from scipy."""
    counts = np.arange(trials + 1)
    return _wilson(counts, trials) if method == "wilson" else _clopper_pearson(counts, trials)


def _wilson(counts: NDArray[np.int64], trials: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z, rate = stats.norm.ppf(1 - ALPHA), counts / trials
    centre = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    reach = z / (1 + z**2 / trials) * np.sqrt(rate * (1 - rate) / trials + z**2 / (4 * trials**2))
    return centre - reach, centre + reach


def _clopper_pearson(counts: NDArray[np.int64], trials: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lower = np.where(counts == 0, 0.0, stats.beta.ppf(ALPHA, np.maximum(counts, 1), trials - counts + 1))
    upper = np.where(counts == trials, 1.0, stats.beta.ppf(1 - ALPHA, counts + 1, np.maximum(trials - counts, 1)))
    return lower, upper


FIXED_TASKS: Final = Scenario(
    1,
    "Listed tasks, whole plan",
    """\
Every planned episode was run, each task as often as the others. Enumerated, not simulated: the chances of all counts
are added up, for one task and for ten with rates from 0.55 to 0.95. Wilson's method is approximate; its error at one
n may lie a little above alpha, and that is the figure that `attained_size` prints with every verdict. Clopper and
Pearson's never does. Unequal tasks make both smaller (Hoeffding 1956).""",
    _rows,
)
