"""The arithmetic of a plan: which episodes a protocol asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from worldflux.benchmarks.registry import find_suite
from worldflux.documents.protocol import Protocol


@dataclass(frozen=True)
class PlannedGrid:
    """Tasks x run seeds x episodes: the denominator that was promised.

    Attributes:
        tasks: Task keys, in the order of the protocol's task list.
        run_seeds: Replicates of the whole run.
        episodes_per_task: Episodes of each task in each run.
        unknown_entries: Entries of the task list that the registry does not know; each counts as one task.
        benchmark: Name of the benchmark, for resolving short suite names.
    """

    tasks: tuple[str, ...]
    run_seeds: tuple[int, ...]
    episodes_per_task: int
    unknown_entries: tuple[str, ...]
    benchmark: str

    @property
    def planned(self) -> int:
        """Number of planned episodes."""
        return len(self.tasks) * len(self.run_seeds) * self.episodes_per_task

    @cached_property
    def task_set(self) -> frozenset[str]:
        """The tasks, for look-ups."""
        return frozenset(self.tasks)

    def sentence(self) -> str:
        """The arithmetic in words: `10 tasks x 3 seeds x 50 episodes = 1,500 planned episodes`."""
        parts = (
            _counted(len(self.tasks), "task"),
            _counted(len(self.run_seeds), "seed"),
            _counted(self.episodes_per_task, "episode"),
        )
        return f"{' x '.join(parts)} = {_counted(self.planned, 'planned episode')}"

    def task_key(self, group: str, task_id: int | str) -> str:
        """Key of a task as an evaluator names it: a group (suite, environment or task name) and an id within it.

        A suite of the registry gives `<suite id>/<task id>` whichever alias the evaluator used; a group that the
        protocol lists as a single task gives that name; anything else keeps the evaluator's own names.
        """
        if suite := find_suite(group, self.benchmark):
            return f"{suite.id}/{task_id}"
        if str(task_id) == "0" and group in self.unknown_entries:
            return group
        return f"{group}/{task_id}"


def planned_grid(protocol: Protocol) -> PlannedGrid:
    """Expand a protocol's task list by the benchmark registry."""
    tasks: dict[str, None] = {}
    unknown: list[str] = []
    for entry in protocol.benchmark.task_list:
        known = _known_tasks(entry, protocol.benchmark.name)
        if not known:
            unknown.append(entry)
        tasks.update(dict.fromkeys(known or [entry]))
    return PlannedGrid(
        tasks=tuple(tasks),
        run_seeds=tuple(protocol.execution.seeds),
        episodes_per_task=protocol.execution.episodes_per_task,
        unknown_entries=tuple(unknown),
        benchmark=protocol.benchmark.name,
    )


def _known_tasks(entry: str, benchmark: str) -> list[str]:
    """Keys of a suite (`libero-spatial`) or of one task of a suite (`libero-spatial/3`); none where unknown."""
    if suite := find_suite(entry, benchmark):
        return suite.task_keys()
    group, _, task_id = entry.rpartition("/")
    suite = find_suite(group, benchmark)
    if suite and task_id.isdecimal() and int(task_id) < suite.tasks:
        return [f"{suite.id}/{int(task_id)}"]
    return []


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
