"""The (task, axis) pairs of a probe as a sequence that is never built."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple, overload

from worldflux.portfolio.probes.model import Probe, ProbeSuite


class TaskAxis(NamedTuple):
    """A task, and what is changed about it."""

    task: str
    axis: str


class _Stretch(NamedTuple):
    """Consecutive tasks of one suite along one axis."""

    suite: ProbeSuite
    axis: str
    first: int
    tasks: int


class TaskKeys(Sequence[TaskAxis]):
    """Pairs in the order of axes, suites and indexes. Memory does not grow with their number."""

    def __init__(self, stretches: Sequence[_Stretch]) -> None:
        self._stretches = tuple(stretches)
        self._ends = tuple(accumulate(stretch.tasks for stretch in stretches))

    def __len__(self) -> int:
        """Number of pairs."""
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> TaskAxis: ...

    @overload
    def __getitem__(self, index: slice) -> list[TaskAxis]: ...

    def __getitem__(self, index: int | slice) -> TaskAxis | list[TaskAxis]:
        """The pair at this position; a slice is a list."""
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        position = range(len(self))[index]
        at = bisect_right(self._ends, position)
        stretch = self._stretches[at]
        offset = position - (self._ends[at] - stretch.tasks)
        return TaskAxis(stretch.suite.task_key(stretch.first + offset), stretch.axis)

    def __iter__(self) -> Iterator[TaskAxis]:
        """Every pair in turn."""
        for stretch in self._stretches:
            for index in range(stretch.first, stretch.first + stretch.tasks):
                yield TaskAxis(stretch.suite.task_key(index), stretch.axis)

    def __contains__(self, pair: object) -> bool:
        """Whether a probe has this task along this axis; asks each stretch, not each pair."""
        if not (isinstance(pair, tuple) and len(pair) == 2):
            return False
        task, axis = pair
        return any(_holds(stretch, task) for stretch in self._stretches if stretch.axis == axis)

    def of_axis(self, axis: str) -> TaskKeys:
        """The pairs of one axis."""
        return TaskKeys([stretch for stretch in self._stretches if stretch.axis == axis])


def task_keys(probe: Probe) -> TaskKeys:
    """All (task, axis) pairs of a probe, lazily; none for a template."""
    return TaskKeys(
        [stretch for axis in probe.axes for suite in probe.suites for stretch in _stretches(suite, axis.id)]
    )


def _stretches(suite: ProbeSuite, axis: str) -> Iterator[_Stretch]:
    if not suite.blocks:
        yield _Stretch(suite, axis, 0, suite.tasks)
    for block in suite.blocks:
        if block.axis == axis:
            yield _Stretch(suite, axis, block.first, block.tasks)


def _holds(stretch: _Stretch, task: object) -> bool:
    index = stretch.suite.index_of(task) if isinstance(task, str) else None
    return index is not None and stretch.first <= index < stretch.first + stretch.tasks
