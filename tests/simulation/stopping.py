"""Runs that ended before their plan: because somebody looked, or because the plan allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tests.simulation.fixed_tasks import TASK_RATES
from tests.simulation.rows import Budget, Quantity, Row, Scenario, decision_rows, share
from tests.simulation.rule import ALPHA, COVERAGE, P0, Found, Setting, blocks_of, metric_of, run_early, setting, tried
from tests.worldflux.audit.cases import audit_input, cell
from worldflux.documents.audit_input import AuditInput
from worldflux.stats.critical_counts import fewest_above
from worldflux.stats.one_sided_rules import Direction, critical_count
from worldflux.stats.sequential import block_log_e, confidence_sequence, e_process

Blocks = NDArray[np.int64]
Look = Callable[[Blocks], int | None]
"""From the blocks of a whole plan to the number of them after which somebody stops; None: never."""

_LOG_NEEDED: Final = -float(np.log(ALPHA))


@dataclass(frozen=True)
class _Plan:
    """A plan of one task or of ten unequal ones, in runs.

    Attributes:
        blocks: Planned blocks of each run.
        looks: Numbers of blocks at which somebody looks.
    """

    name: str
    tasks: int
    runs: int
    blocks: int
    looks: range
    replications: int

    @property
    def rates(self) -> NDArray[np.float64]:
        return np.array([P0]) if self.tasks == 1 else TASK_RATES

    def draw(self, replications: int, rng: Generator) -> Blocks:
        """Successes of each block, shape (replications, all blocks)."""
        blocks = np.zeros((replications, self.runs * self.blocks), dtype=np.int64)
        for rate in self.rates:
            blocks += rng.random(blocks.shape) < rate
        return blocks

    def runs_of(self, blocks: Blocks) -> list[list[int]]:
        """The blocks, run by run; a run that was not begun holds none."""
        return [
            blocks[start : start + self.blocks].tolist() for start in range(0, self.runs * self.blocks, self.blocks)
        ]


_PLANS: Final = (
    _Plan("one task, 500 planned", 1, 1, 500, range(10, 500), 1500),
    _Plan("ten unequal tasks, 500 planned", 10, 1, 50, range(2, 50), 700),
    _Plan("one task, ten runs of 50, looked at after each run", 1, 10, 50, range(50, 500, 50), 1500),
)


def _peeking_rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, plan in enumerate(_PLANS):
        replications = budget.replications(plan.replications)
        blocks = plan.draw(replications, budget.generator(number, part))
        rule = setting(seeds=list(range(plan.runs)), episodes_per_task=plan.blocks)
        yield from _peeked(plan, rule, blocks, "supported")
        yield from _peeked(plan, rule, blocks, "refuted")
    yield _first_e_value_then_plan(budget.replications(4000), budget.generator(number, 7))
    yield from _put_together(budget, number)


def _peeked(plan: _Plan, rule: Setting, blocks: Blocks, wanted: str) -> Iterator[Row]:
    """Somebody stops at the first look at which Wilson's bound, read as if it had been planned, says what is wanted."""
    ends = [_first_naive(row, plan, wanted) for row in blocks]
    stopped = [row[:end] for row, end in zip(blocks, ends, strict=True)]
    found = [_decide(plan, rule, row) for row in stopped]
    for row, one in list(zip(stopped, found, strict=True))[:2]:
        _check(plan, rule, row, one)
    name = f"{plan.name}; stopped when Wilson's bound {'passes' if wanted == 'supported' else 'falls below'} 0.75"
    quantity: Quantity = "false supported" if wanted == "supported" else "false refuted"
    yield Row(name, quantity, ALPHA, share(one == wanted for one in found))
    yield Row(name, "coverage", COVERAGE, share(_interval_covers(plan, rule, row) for row in stopped))
    naive = share(_naive(int(row.sum()), len(row) * plan.tasks, wanted) for row in stopped)
    yield Row(f"{name}; read as if planned", quantity, ALPHA, naive, kind="contrast")


def _interval_covers(plan: _Plan, rule: Setting, blocks: Blocks) -> bool:
    if len(blocks) == plan.runs * plan.blocks:
        return rule.whole([tried(int(blocks.sum()), len(blocks) * plan.tasks)]).covers(P0)
    return _covered(blocks, plan.tasks)


def _decide(plan: _Plan, rule: Setting, blocks: Blocks) -> Found:
    if len(blocks) == plan.runs * plan.blocks:
        return rule.whole([tried(int(blocks.sum()), len(blocks) * plan.tasks)]).found
    return rule.early(_stopped(plan, blocks))


def _stopped(plan: _Plan, blocks: Blocks) -> AuditInput:
    return run_early(plan.runs_of(blocks), plan.tasks, plan.blocks)


def _check(plan: _Plan, rule: Setting, blocks: Blocks, found: Found) -> None:
    """The whole rule says the same, its interval covers when `_covered` says so, and its other reading is the naive."""
    given = _stopped(plan, blocks)
    rule.check(found, given)
    metric = metric_of(rule.evidence(given))
    if len(blocks) == plan.runs * plan.blocks:
        return
    assert metric.interval.lower is not None
    assert metric.interval.upper is not None
    assert (metric.interval.lower <= P0 <= metric.interval.upper) == _covered(blocks, plan.tasks)
    (naive,) = (reading for reading in metric.sensitivity if reading.reading == "as_if_planned")
    sides = [side for side in ("supported", "refuted") if _naive(int(blocks.sum()), len(blocks) * plan.tasks, side)]
    assert [naive.verdict] == sides or not sides


def _first_naive(blocks: Blocks, plan: _Plan, wanted: str) -> int:
    sums = np.cumsum(blocks)
    return next((look for look in plan.looks if _naive(int(sums[look - 1]), look * plan.tasks, wanted)), len(blocks))


_CRITICAL: Final[dict[tuple[int, str], int]] = {}


def _naive(successes: int, trials: int, wanted: str) -> bool:
    key = (trials, wanted)
    if key not in _CRITICAL:
        direction: Direction = "above" if wanted == "supported" else "below"
        threshold = setting().hypotheses[0].threshold
        _CRITICAL[key] = critical_count(trials, threshold, ALPHA, method="wilson", direction=direction)
    return successes >= _CRITICAL[key] if wanted == "supported" else successes <= _CRITICAL[key]


def _covered(blocks: Blocks, tasks: int) -> bool:
    """Whether the confidence sequence contains 0.75: for several tasks, by the e-values that it inverts."""
    if tasks == 1:
        lower, upper = confidence_sequence(int(blocks.sum()), len(blocks), confidence=COVERAGE)
        return lower <= P0 <= upper
    counts = [np.bincount(blocks, minlength=tasks + 1)]
    return all(float(block_log_e(counts, tasks, P0, side)[0]) < _LOG_NEEDED for side in ("above", "below"))


def _first_e_value_then_plan(replications: int, rng: Generator) -> Row:
    """Somebody who knows the rule stops as soon as its e-value supports, else runs the whole plan."""
    plan, rule = _PLANS[0], setting(episodes_per_task=500)
    fewest = fewest_above(500, rule.hypotheses[0].threshold, ALPHA)
    hits = [
        row.sum() >= fewest or e_process(row[:-1], value=P0).decided_at is not None
        for row in plan.draw(replications, rng)
    ]
    why = "no stopping rule was planned, so somebody may choose between two tests of error 0.05 each: 0.10 at most"
    name = "one task, 500 planned; stopped when the e-value decides, else run whole"
    return Row(name, "false supported", ALPHA, share(hits), accepted=2 * ALPHA, why=why)


def _planned_rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, plan in enumerate(_PLANS[:2]):
        first, every = (20, 10) if plan.tasks == 1 else (4, 2)
        stopping: dict[str, Any] = {"method": "e_process", "min_blocks": first, "check_every": every}
        rule = setting(episodes_per_task=plan.blocks, stopping_rule=stopping)
        blocks = plan.draw(budget.replications(plan.replications), budget.generator(number, part))
        looks = range(first, plan.blocks + 1, every)
        stopped = [row[: _first_decided(row, plan.tasks, looks)] for row in blocks]
        found = [rule.early(_stopped(plan, row)) for row in stopped]
        for row, one in list(zip(stopped, found, strict=True))[:2]:
            rule.check(one, _stopped(plan, row))
        yield from decision_rows(
            f"{plan.name}; looks from block {first} every {every}",
            share(one == "supported" for one in found),
            share(one == "refuted" for one in found),
            share(_covered(row, plan.tasks) for row in stopped),
        )


def _first_decided(blocks: Blocks, tasks: int, looks: range) -> int:
    both = [
        e_process(blocks, tasks=tasks, value=P0, direction=side, alpha=ALPHA, checkpoints=looks).decided_at
        for side in ("above", "below")
    ]
    return min((block for block in both if block is not None), default=len(blocks))


def _put_together(budget: Budget, number: int) -> Iterator[Row]:
    """Ten runs of 50 episodes, put together afterwards by somebody who has seen them all."""
    plan = _Plan("", 1, 10, 50, range(0), 1000)
    rule = setting(seeds=list(range(plan.runs)), episodes_per_task=plan.blocks)
    blocks = plan.draw(budget.replications(plan.replications), budget.generator(number, 8))
    runs = blocks.reshape(-1, plan.runs, plan.blocks)
    edits: list[tuple[str, Callable[[Blocks], AuditInput]]] = [
        ("the first failure of each run reported as an error, the last run not run", _first_failure_hidden),
        ("each run cut back to its best beginning", _cut_back),
        ("runs below 0.75 not handed over", _withheld),
    ]
    for name, edit in edits:
        found = [rule.found(edit(each)) for each in runs]
        for each, one in list(zip(runs, found, strict=True))[:2]:
            rule.check(one, edit(each))
        rate = share(one == "supported" for one in found)
        yield Row(f"one task, ten runs of 50; {name}", "false supported", ALPHA, rate)


def _first_failure_hidden(runs: Blocks) -> AuditInput:
    kept = runs[:-1]
    first = [int(np.argmin(run)) if run.min() == 0 else len(run) for run in kept]
    cells = [
        cell(
            "t", seed, len(run), success=int(run.sum()), failure=int(len(run) - run.sum() - hidden), infra_error=hidden
        )
        for seed, run in enumerate(kept)
        for hidden in [int(run.min() == 0)]
    ]
    return audit_input(["t"], cells, blocks=blocks_of([*([1] * length for length in first), []], 1))


def _cut_back(runs: Blocks) -> AuditInput:
    ends = np.argmax(np.cumsum(runs - P0, axis=1), axis=1) + 1
    return run_early([run[:end].tolist() for run, end in zip(runs, ends, strict=True)], 1, runs.shape[1])


def _withheld(runs: Blocks) -> AuditInput:
    kept = [run.tolist() if run.mean() >= P0 else [] for run in runs]
    return run_early(kept if any(kept) else [runs[0].tolist(), *kept[1:]], 1, runs.shape[1])


PEEKING: Final = Scenario(
    4,
    "Ending a run on sight of the results",
    """\
No early end is planned. Somebody looks after each block (one episode of each task) and stops as soon as Wilson's
one-sided bound, read as if this number of episodes had been planned, says what is wanted; otherwise the plan is run
whole. The e-values that decide such runs keep their error whoever stops when. The contrast is `as_if_planned`, shown
in every package of a short run.

Somebody who knows the rule can still choose between two tests: stop when the e-value decides, and otherwise run the
plan whole, which the fixed test then decides. Without a declared stopping rule the error is at most 0.10; with one
(next section) 0.05.

Stopping is not the same as cutting back afterwards. The last lines are runs that were put together by somebody who
had seen them all. Only what is missing behind everything that was played counts as not run; a run that is cut back or
left out before another one has lost episodes, and an episode that was lost ends the sequence of blocks.""",
    _peeking_rows,
)

PLANNED: Final = Scenario(
    5,
    "A planned stopping rule",
    """\
The protocol declares `stopping_rule: e_process` and the run ends at the first look that decides either way, or with
the plan. Blocks are complete; tasks are unequal.""",
    _planned_rows,
)
