"""The difference between two sides, by the comparison that their design asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worldbase.document import significant
from worldflux.audit.comparing.shapes import Aggregation, Pairing, TaskChange
from worldflux.audit.comparing.sides import Side
from worldflux.stats import comparison, multiplicity, pairs, two_sample
from worldflux.stats.comparison import Comparison, Counts, PairCounts

ALPHA: Final = 0.05
"""Two-sided error of every comparison of two packages."""

TaskCounts = tuple[Counts, Counts]


def common_tasks(left: Side, right: Side) -> dict[str, TaskCounts]:
    """Left and right counts of every task with a trial on both sides."""
    ours, theirs = left.tasks, right.tasks
    return {
        task: (counts, theirs[task])
        for task, counts in ours.items()
        if counts.trials and theirs.get(task, Counts(0, 0)).trials
    }


def _aggregation(tasks: Sequence[TaskCounts], *, population: bool, paired: bool) -> Aggregation:
    """What the difference is taken over.

    Pooled counts weigh the tasks alike only where every task has as many trials as every other one of its side.
    """
    if population:
        return "task_population"
    if paired:
        return "pairs"
    even = all(len({side.trials for side in column}) == 1 for column in zip(*tasks, strict=True))
    return "pooled" if even else "equal_task_weights"


def whole(tasks: Sequence[TaskCounts]) -> TaskCounts:
    """All tasks pooled."""
    left, right = zip(*tasks, strict=True)
    return _sum(left), _sum(right)


@dataclass(frozen=True, slots=True)
class Design:
    """What two sides offer to a comparison.

    Attributes:
        tasks: Left and right counts of each task.
        left_out: Number of tasks without a trial on one side.
        table: All pairs, where pairs are compared.
    """

    tasks: Sequence[TaskCounts]
    left_out: int
    table: PairCounts
    aggregation: Aggregation

    def compare(self, alpha: float = ALPHA) -> Comparison:
        """Compare the two sides at this two-sided error."""
        if self.aggregation == "task_population":
            return comparison.compare_population(self.tasks, alpha=alpha)
        if self.aggregation == "pairs":
            return comparison.compare_pairs(*self.table, alpha=alpha)
        if self.aggregation == "equal_task_weights":
            return comparison.compare_tasks(self.tasks, alpha=alpha)
        left, right = whole(self.tasks)
        return comparison.compare(*left, *right, alpha=alpha)


def design_of(left: Side, right: Side, pairing: Pairing) -> Design:
    """How two sides are compared."""
    tasks = list(common_tasks(left, right).values())
    population = left.evidence.scope.estimand == "task_population"
    return Design(
        tasks,
        len(left.tasks) - len(tasks),
        PairCounts(pairing.both, pairing.left_only, pairing.right_only, pairing.neither),
        _aggregation(tasks, population=population, paired=pairing.paired),
    )


def is_decided_by_lost(design: Design, compared: Comparison, left_lost: int, right_lost: int) -> bool:
    """Whether a difference that is shown would not be, had the lost episodes gone against it.

    Lost episodes count as successes of the side that came out worse and as failures of the other one; in pairs, each
    could be one more discordant pair the other way. Episodes are pooled for this reading.
    """
    if compared.verdict == "no_difference_shown" or not left_lost + right_lost:
        return False
    improved = compared.verdict == "improved"
    if compared.paired:
        left_only = design.table.left_only + (left_lost + right_lost if improved else 0)
        right_only = design.table.right_only + (0 if improved else left_lost + right_lost)
        return pairs.mcnemar(right_only, left_only).p_value > ALPHA or (right_only > left_only) != improved
    left, right = whole(design.tasks)
    left = Counts(left.successes + (left_lost if improved else 0), left.trials + left_lost)
    right = Counts(right.successes + (0 if improved else right_lost), right.trials + right_lost)
    p_value = two_sample.superiority(*right, *left).p_value
    return p_value > ALPHA or (right.rate > left.rate) != improved


def is_aggregation_sensitive(tasks: Sequence[TaskCounts]) -> bool:
    """Whether the difference over episodes and the mean of the tasks' differences have opposite signs."""
    left, right = whole(tasks)
    of_tasks = sum(theirs.rate - ours.rate for ours, theirs in tasks)
    return (right.rate - left.rate) * of_tasks < 0


def task_changes(left: Side, right: Side, tables: Mapping[str, PairCounts], *, tested: bool) -> list[TaskChange]:
    """Every task of either side; with a test of each that has trials on both, where they may be compared."""
    ours, theirs = left.tasks, right.tasks
    common = common_tasks(left, right) if tested else {}
    p_values = {task: _p_value(*counts, tables.get(task)) for task, counts in common.items()}
    adjusted = dict(zip(p_values, multiplicity.holm(list(p_values.values())), strict=True)) if p_values else {}
    return [
        _task_change(task, ours.get(task), theirs.get(task), p_values.get(task), adjusted.get(task))
        for task in dict.fromkeys([*ours, *theirs])
    ]


def _p_value(left: Counts, right: Counts, table: PairCounts | None) -> float:
    if table is not None:
        return pairs.mcnemar(table.right_only, table.left_only).p_value
    return two_sample.fisher(*right, *left).p_value


def _task_change(
    task: str, left: Counts | None, right: Counts | None, p_value: float | None, adjusted: float | None
) -> TaskChange:
    known = left and right and left.trials and right.trials
    return TaskChange(
        task=task,
        left=None if left is None else (left.successes, left.trials),
        right=None if right is None else (right.successes, right.trials),
        rate_change=significant(right.rate - left.rate) if known and left and right else None,
        p_value=None if p_value is None else significant(p_value),
        p_adjusted=None if adjusted is None else significant(adjusted),
    )


def _sum(column: Sequence[Counts]) -> Counts:
    return Counts(sum(side.successes for side in column), sum(side.trials for side in column))
