"""Mean scores, decided by Student's t although no score is normal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.simulation.rows import Budget, Known, Row, Scenario, outcome_rows
from tests.simulation.rule import Outcome, Setting, names, setting
from tests.worldflux.audit.cases import audit_input
from worldflux.audit.rules.v1.scores import decide_score
from worldflux.documents.audit_input import AuditInput, Cell, Moments, OutcomeCounts

Scores = NDArray[np.float64]

_MEANS: Final = np.linspace(0.5, 1.5, 10)


class _Plan(NamedTuple):
    """Tasks whose scores follow gamma distributions.

    Attributes:
        shape: Of the distribution; its skewness is 2 / sqrt(shape).
        upside_down: Whether the long tail points down.
    """

    name: str
    tasks: int
    each: int
    shape: float
    upside_down: bool
    known: Known


_WHY: Final = "Student's t with skewed scores; the rate of the plain formula in 400,000 replications"
_PLANS: Final = (
    _Plan("one task of 150, skewness 1", 1, 150, 4.0, False, Known(_WHY, refuted=0.0599, coverage=0.8983)),
    _Plan("one task of 50, skewness 2", 1, 50, 1.0, False, Known(_WHY, refuted=0.0864, coverage=0.8871)),
    _Plan("one task of 50, skewness -2", 1, 50, 1.0, True, Known(_WHY, supported=0.0867, coverage=0.8862)),
    _Plan(
        "ten tasks of 20 with different means, skewness 2",
        10,
        20,
        1.0,
        False,
        Known(_WHY, refuted=0.0692, coverage=0.8959),
    ),
)


def _rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, plan in enumerate(_PLANS):
        rule = setting(
            metrics=[{"name": "avg_sum_reward", "value": -1.0 if plan.upside_down else 1.0, "unit": "reward"}],
            rule={"margin": 0.0},
            episodes_per_task=plan.each,
        )
        drawn = draw(plan, budget.replications(2500), budget.generator(number, part))
        given = [_scored(scores) for scores in drawn]
        outcomes = [_decide(rule, each) for each in given]
        for each, outcome in list(zip(given, outcomes, strict=True))[:2]:
            rule.check_outcome(outcome, each)
        yield from outcome_rows(plan.name, outcomes, -1.0 if plan.upside_down else 1.0, plan.known)


def draw(plan: _Plan, replications: int, rng: Generator) -> Scores:
    """Scores with mean 1 (or -1), shape (replications, tasks, episodes)."""
    means = np.ones(1) if plan.tasks == 1 else _MEANS
    scores = rng.gamma(plan.shape, 1 / plan.shape, size=(replications, plan.tasks, plan.each)) * means[:, None]
    return -scores if plan.upside_down else scores


def _scored(scores: Scores) -> AuditInput:
    each = scores.shape[1]
    cells = [
        Cell(
            task=task,
            seed=0,
            counts=OutcomeCounts(success=each),
            planned=each,
            gaps=0,
            sums={"sum_reward": Moments(count=each, sum=float(row.sum()), sum_of_squares=float((row * row).sum()))},
        )
        for task, row in zip(names(len(scores)), scores, strict=True)
    ]
    return audit_input(names(len(scores)), cells)


def _decide(rule: Setting, given: AuditInput) -> Outcome:
    evidence = decide_score(rule.claim.document.expected_metrics[0], rule.given(given)).evidence
    lower, upper, verdict = evidence.interval.lower, evidence.interval.upper, evidence.verdict
    assert lower is not None
    assert upper is not None
    return Outcome(verdict if verdict in ("supported", "refuted") else None, lower, upper)


SCORES: Final = Scenario(
    13,
    "Mean scores",
    """\
The claim is about a mean return; episodes draw it from a gamma distribution of the stated skewness, and the true mean
is the claimed one. Student's t and its stratified form are asymptotic, and every such verdict carries the flag
`asymptotic`. A long tail makes the bound on its own side come too early.""",
    _rows,
)
