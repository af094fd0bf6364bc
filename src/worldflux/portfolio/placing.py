"""Which planned task an episode belongs to, by the names that its evidence has for task and axis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from worldflux.benchmarks.registry import normalised
from worldflux.documents.packet import StrayReason
from worldflux.portfolio.probes.evidence_names import located
from worldflux.portfolio.probes.registry import Probe, TaskAxis, find_probe

Place: TypeAlias = int | StrayReason
"""Position of the task's first cell, or why there is none."""

Placer: TypeAlias = Callable[[str, str | None], Place]
_NAMES_KEPT: Final = 65_536


def placer(probe: str, pairs: Mapping[TaskAxis, int]) -> Placer:
    """Make a function that places a task and, where the evidence names one, its axis.

    Args:
        probe: Id of a planned probe.
        pairs: Its planned tasks, each with the position of its first cell.
    """
    known = find_probe(probe)
    template = known is None or known.template
    axes_of = _axes_by_task(pairs)

    @lru_cache(maxsize=_NAMES_KEPT)
    def place(task: str, axis: str | None) -> Place:
        exact = pairs.get(TaskAxis(task, axis)) if axis else None
        if exact is not None:
            return exact
        found = _of_contract(task, axis, axes_of) if template or known is None else _of_registry(known, task, axis)
        if found is not None and found in pairs:
            return pairs[found]
        return _reason(task, axis, axes_of) if found is None else _reason(found.task, found.axis, axes_of)

    return place


def _of_registry(probe: Probe, task: str, axis: str | None) -> TaskAxis | None:
    return located(probe, task, axis)


def _of_contract(task: str, axis: str | None, axes_of: Mapping[str, list[TaskAxis]]) -> TaskAxis | None:
    """A task of a contract, by its name in whatever spelling; the axis may be left out where there is one."""
    planned = axes_of.get(normalised(task), [])
    if axis is None:
        return planned[0] if len(planned) == 1 else None
    return next((pair for pair in planned if normalised(pair.axis) == normalised(axis)), None)


def _reason(task: str, axis: str | None, axes_of: Mapping[str, list[TaskAxis]]) -> StrayReason:
    if normalised(task) not in axes_of:
        return "task_not_planned"
    return "axis_not_planned" if axis else "axis_not_told"


def _axes_by_task(pairs: Mapping[TaskAxis, int]) -> dict[str, list[TaskAxis]]:
    found: dict[str, list[TaskAxis]] = {}
    for pair in pairs:
        found.setdefault(normalised(pair.task), []).append(pair)
    return found
