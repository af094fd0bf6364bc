"""Which cell of a probe an audited episode belongs to, by the names that evidence bears.

An audit keys a task by the benchmark of its protocol. Where a perturbed benchmark was audited under the plain one's
name, or a harness put the axis into the suite's name (`libero_goal_swap/3`), the key is another one for the same task.
"""

from __future__ import annotations

from collections.abc import Iterator

from worldflux.benchmarks.registry import normalised
from worldflux.portfolio.probes.model import Probe, ProbeSuite
from worldflux.portfolio.probes.task_keys import TaskAxis


def located(probe: Probe, task: str, perturbation: str | None = None) -> TaskAxis | None:
    """The task of a probe that evidence calls so, and the axis along which it was changed.

    The axis is what the evidence says (`perturbation`, or the suite's name); where it says nothing, it is told only if
    the task has one axis, as a variant has, or the probe has.

    Args:
        probe: The probe that the evidence was given for.
        task: Task key of an episode.
        perturbation: What the episode bears as its perturbation, by any name.

    Returns:
        None where the probe has no such task, the perturbation is none of its axes, or the axis is not told.
    """
    place = next(_places(probe, task), None)
    if place is None:
        return None
    suite, index, suffix = place
    said = perturbation or suffix
    if not said:
        axis = _only_axis(probe, suite, index)
        return TaskAxis(suite.task_key(index), axis) if axis else None
    known = probe.axis(said)
    return TaskAxis(suite.task_key(index), known.id) if known else None


def _places(probe: Probe, task: str) -> Iterator[tuple[ProbeSuite, int, str]]:
    """Suite, index and, where the key names it, the axis."""
    group, _, number = task.rpartition("/")
    for suite in probe.suites:
        if (own := suite.index_of(task)) is not None:
            yield suite, own, ""
        index = suite.index_of(_own_name(probe, task)) if suite.named else suite.index_of(f"{suite.id}/{number}")
        if index is None:
            continue
        if suite.named or normalised(group) == normalised(suite.harness_name):
            yield suite, index, ""
        for axis in probe.axes:
            words = {axis.id, axis.harness_name, *axis.aliases} - {""}
            if any(normalised(group) == normalised(f"{suite.harness_name}_{word}") for word in words):
                yield suite, index, axis.id


def _own_name(probe: Probe, task: str) -> str:
    """Name of a task that a harness calls otherwise."""
    given = ((own, theirs) for run in probe.runs for own, theirs in run.task_names.items())
    return next((own for own, theirs in given if theirs == task), task)


def _only_axis(probe: Probe, suite: ProbeSuite, index: int) -> str | None:
    if suite.blocks:
        return next(block.axis for block in suite.blocks if block.first <= index < block.first + block.tasks)
    return probe.axes[0].id if len(probe.axes) == 1 else None
