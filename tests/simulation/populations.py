"""Tasks as a sample of more tasks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.simulation.rows import Budget, Known, Row, Scenario, outcome_rows, share
from tests.simulation.rule import ALPHA, COVERAGE, P0, run_whole, setting, tried


class _Plan(NamedTuple):
    tasks: int
    each: int
    correlation: float
    known: Known


_WHY: Final = "the design effect is estimated; the rate of the plain formula in a million replications"
_PLANS: Final = (
    _Plan(5, 50, 0.05, Known()),
    _Plan(5, 50, 0.2, Known(_WHY, supported=0.0705, coverage=0.8958)),
    _Plan(10, 50, 0.05, Known(_WHY, supported=0.0537)),
    _Plan(10, 50, 0.2, Known(_WHY, supported=0.0620, coverage=0.8982)),
    _Plan(40, 10, 0.05, Known()),
    _Plan(40, 10, 0.2, Known(_WHY, supported=0.0516)),
)


def _rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, plan in enumerate(_PLANS):
        name = f"{plan.tasks} tasks of {plan.each}, correlation {plan.correlation}"
        counts = successes_of(plan, budget.replications(2500), budget.generator(number, part))
        rule = setting(episodes_per_task=plan.each, estimand="task_population")
        naive = setting(episodes_per_task=plan.each, estimand="fixed_tasks")
        outcomes = [rule.whole([tried(k, plan.each) for k in row]) for row in counts.tolist()]
        pooled = [naive.whole([tried(int(total), plan.tasks * plan.each)]) for total in counts.sum(axis=1)]
        for row, outcome, other in zip(counts[:3], outcomes, pooled, strict=False):
            rule.check_outcome(outcome, run_whole(row, [plan.each] * plan.tasks))
            naive.check_outcome(other, run_whole(row, [plan.each] * plan.tasks))
        yield from outcome_rows(name, outcomes, known=plan.known)
        wrong = f"{name}; read as fixed tasks"
        supported, covered = share(one.found == "supported" for one in pooled), share(one.covers(P0) for one in pooled)
        yield Row(wrong, "false supported", ALPHA, supported, kind="contrast")
        yield Row(wrong, "coverage", COVERAGE, covered, kind="contrast")


def successes_of(plan: _Plan, replications: int, rng: Generator) -> NDArray[np.int64]:
    """Beta-binomial successes, shape (replications, tasks): each task's rate is drawn anew."""
    weight = 1 / plan.correlation - 1
    rates = rng.beta(P0 * weight, (1 - P0) * weight, size=(replications, plan.tasks))
    return rng.binomial(plan.each, rates)


POPULATIONS: Final = Scenario(
    2,
    "Tasks as a sample of tasks",
    """\
The claim is about a population of tasks with a mean rate of 0.75; the rate of each listed task is drawn from it
(beta-binomial, with the stated correlation of two episodes of one task). `estimand: task_population` uses the design
effect with Student's t. The contrast reads the same episodes as if the claim were about the listed tasks alone: this
is what goes wrong when a number for a benchmark is taken for a number about tasks like those.""",
    _rows,
)
