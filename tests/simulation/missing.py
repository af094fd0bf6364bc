"""Episodes that are missing because of how they went, and episodes that the infrastructure spoilt."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.simulation.fixed_tasks import TASK_RATES
from tests.simulation.rows import Budget, Known, Row, Scenario, decision_rows, outcome_rows, share
from tests.simulation.rule import ALPHA, P0, Outcome, Setting, metric_of, run_whole, setting, tried
from tests.worldflux.audit.cases import audit_input, cell
from worldflux.audit.rules.v1.ledger import Tally
from worldflux.documents.audit_input import AuditInput

_TRIALS = 150
_EACH = 50


def _lost_rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, (chance, of_failures) in enumerate([(0.25, True), (0.5, True), (1.0, True), (0.5, False), (1.0, False)]):
        yield from _hidden(budget.replications(4000), budget.generator(number, part), chance, of_failures=of_failures)
    yield from _dropped_tasks(budget.replications(2500), budget.generator(number, 9))


def _hidden(replications: int, rng: Generator, chance: float, *, of_failures: bool) -> Iterator[Row]:
    """One task; each failure (or each success) is reported as an infrastructure error with some chance."""
    rule = setting(episodes_per_task=_TRIALS)
    successes = rng.binomial(_TRIALS, P0, size=replications)
    lost = rng.binomial(_TRIALS - successes if of_failures else successes, chance)
    kept = successes if of_failures else successes - lost

    @functools.cache
    def decide(kept: int, lost: int) -> tuple[Outcome, Outcome]:
        tally = tried(kept, _TRIALS - lost, lost)
        return rule.whole([tally]), rule.whole([tally.without_lost()])

    both = [decide(*pair) for pair in zip(kept.tolist(), lost.tolist(), strict=True)]
    for index in range(3):
        _check_lost(rule, int(kept[index]), int(lost[index]), both[index])
    name = f"{chance:.0%} of the {'failures' if of_failures else 'successes'} lost, n = {_TRIALS}"
    yield from _errors(name, [outcome for outcome, _ in both])
    yield _left_out(name, [outcome for _, outcome in both], "supported" if of_failures else "refuted")


def _check_lost(rule: Setting, kept: int, lost: int, both: tuple[Outcome, Outcome]) -> None:
    given = audit_input(["t"], [cell("t", 0, _TRIALS, success=kept, failure=_TRIALS - kept - lost, infra_error=lost)])
    rule.check(both[0].found, given)
    readings = {reading.reading: reading for reading in metric_of(rule.evidence(given)).sensitivity}
    if "lost_left_out" in readings:
        assert (readings["lost_left_out"].verdict == both[1].found) == (both[1].found is not None)


def _errors(name: str, outcomes: list[Outcome]) -> list[Row]:
    supported, refuted = (share(one.found == side for one in outcomes) for side in ("supported", "refuted"))
    return decision_rows(name, supported, refuted)


def _left_out(name: str, outcomes: list[Outcome], side: str) -> Row:
    rate = share(outcome.found == side for outcome in outcomes)
    quantity = "false supported" if side == "supported" else "false refuted"
    return Row(f"{name}; lost ones left out", quantity, ALPHA, rate, kind="contrast")  # type: ignore[arg-type]


def _dropped_tasks(replications: int, rng: Generator) -> Iterator[Row]:
    """Ten unequal tasks, of which the three with the fewest successes are not handed over."""
    rule = setting(episodes_per_task=_EACH)
    counts = np.sort(rng.binomial(_EACH, TASK_RATES, size=(replications, len(TASK_RATES))), axis=1)
    outcomes = [rule.whole(_without_worst(row)) for row in counts.tolist()]
    rest = [rule.whole([tried(int(row[3:].sum()), 7 * _EACH)]) for row in counts]
    for row, outcome in zip(counts[:3], outcomes, strict=False):
        rule.check(outcome.found, _handed_over(row))
    name = "the worst three of ten tasks not handed over, n = 500"
    yield from _errors(name, outcomes)
    yield _left_out(name, rest, "supported")


def _without_worst(row: list[int]) -> list[Tally]:
    return [tried(0, 0, _EACH)] * 3 + [tried(k, _EACH) for k in row[3:]]


def _handed_over(row: NDArray[np.int64]) -> AuditInput:
    tasks = [f"task/{index}" for index in range(len(row))]
    return audit_input(
        tasks,
        [
            cell(task, 0, _EACH, success=int(k), failure=int(_EACH - k))
            for task, k in zip(tasks[3:], row[3:], strict=True)
        ],
    )


def _spoilt_rows(budget: Budget, number: int) -> Iterator[Row]:
    yield from _failures(budget.replications(4000), budget.generator(number))
    shares = np.linspace(0.4, 0.0, len(TASK_RATES))
    mostly = np.array([0.9] + [0.0] * 9)
    worst = np.array([0.5] + [(9.0 - 0.5) / 9] * 9)
    cases = [
        _Excluded("up to 40% of a task's episodes spoilt, ten unequal tasks", TASK_RATES, shares),
        _Excluded("90% of one task's episodes spoilt, ten equal tasks", np.full(10, P0), mostly, known=_FIVE_LEFT),
        _Excluded("90% of the hardest of ten tasks spoilt, mean rate 0.90", worst, mostly, 0.95, _HARDEST_SPOILT),
    ]
    for part, case in enumerate(cases, start=1):
        yield from _excluded(case, budget.replications(2500), budget.generator(number, part))


class _Excluded(NamedTuple):
    name: str
    rates: NDArray[np.float64]
    spoilt: NDArray[np.float64]
    claimed: float = 0.80
    known: Known = Known()


_FIVE_LEFT: Final = Known(
    "five episodes of a task are far from normal; the rate of the plain formula in a million replications",
    refuted=0.0559,
)
_HARDEST_SPOILT: Final = Known(
    "that variance is estimated from five episodes; the rate of the plain formula in a million replications",
    refuted=0.0925,
    coverage=0.8857,
)


def _failures(replications: int, rng: Generator) -> Iterator[Row]:
    """`infra_error: failure`: an error is a failure, so the rate at stake is that of an unspoilt success."""
    policy = {"infra_error": "failure"}
    rule = setting(episodes_per_task=_TRIALS, denominator_policy=policy)
    spoilt = rng.binomial(_TRIALS, 0.1, size=replications)
    successes = rng.binomial(_TRIALS - spoilt, P0 / 0.9)

    decide = functools.cache(lambda successes: rule.whole([tried(successes, _TRIALS)]))
    outcomes = [decide(k) for k in successes.tolist()]
    for k, s, outcome in list(zip(successes.tolist(), spoilt.tolist(), outcomes, strict=True))[:3]:
        given = audit_input(["t"], [cell("t", 0, _TRIALS, success=k, failure=_TRIALS - k - s, infra_error=s)])
        rule.check_outcome(outcome, given)
    yield from outcome_rows(f"10% of the episodes spoilt, declared failures, n = {_TRIALS}", outcomes)


def _excluded(case: _Excluded, replications: int, rng: Generator) -> Iterator[Row]:
    """`infra_error: excluded_predeclared`: errors fall on episodes whatever would have become of them."""
    rule = setting(
        metrics=[{"value": case.claimed}],
        episodes_per_task=_EACH,
        denominator_policy={"infra_error": "excluded_predeclared"},
    )
    trials = np.maximum(1, rng.binomial(_EACH, 1 - case.spoilt, size=(replications, len(case.rates))))
    counts = rng.binomial(trials, case.rates)
    outcomes = [
        rule.whole([tried(k, n) for k, n in zip(*row, strict=True)])
        for row in zip(counts.tolist(), trials.tolist(), strict=True)
    ]
    for k, n, outcome in list(zip(counts, trials, outcomes, strict=True))[:3]:
        if n.max() == _EACH:
            rule.check_outcome(outcome, run_whole(k, n))
    name = f"{case.name}, declared excluded"
    yield from outcome_rows(name, outcomes, float(case.rates.mean()), case.known)


LOST: Final = Scenario(
    3,
    "Lost episodes",
    """\
Failures, or successes, disappear because of what they are. Lost episodes count against support and against
refutation, so neither error grows, however many are lost. The contrast leaves them out, as most published numbers do;
an evidence package shows that reading as `lost_left_out` and never decides by it. No interval is claimed here: that
of the observed rate is of what was handed over.""",
    _lost_rows,
)

SPOILT: Final = Scenario(
    7,
    "Spoilt episodes",
    """\
Infrastructure errors that fall on episodes by chance, whatever would have become of them. Declared failures count as
such. Declared excluded, they leave tasks with unequal numbers of episodes; the mean over tasks is then decided with a
design effect. The last case is built to be hard: the task whose episodes vary most has the fewest left.""",
    _spoilt_rows,
)
