"""What an operator types to have a harness run cells of a probe."""

from __future__ import annotations

from dataclasses import dataclass

from worldflux.portfolio.probes.model import HarnessRun, Probe, ProbeSuite
from worldflux.portfolio.probes.task_keys import TaskAxis


@dataclass(frozen=True, slots=True)
class FilledCommand:
    """A command with nothing left to fill in but the policy.

    Attributes:
        config: Text of the file that the command reads; empty where it reads none.
        config_file: Name of that file.
    """

    command: str
    config: str = ""
    config_file: str = ""


def filled(probe: Probe, run: HarnessRun, cell: TaskAxis, *, episodes: int, start_seed: int) -> FilledCommand:
    """The command for the cells of one task along one axis; where `run.covers` is more, it runs others along with them.

    Args:
        probe: The probe that the run belongs to.
        run: How the harness runs it.
        cell: The task, by the key of the probe, and the axis.
        episodes: Episodes of the task.
        start_seed: Seed of the first.

    Raises:
        LookupError: The probe has no such task or axis, or its name is not known and the harness asks for it.
    """
    suite, index = _place(probe, cell.task)
    axis = next((axis for axis in probe.axes if axis.id == cell.axis), None)
    if axis is None:
        raise LookupError(f"{probe.id} has no axis {cell.axis!r}")
    words = {
        "suite": suite.harness_name,
        "task": run.task_names.get(cell.task) or _task(suite, index, run),
        "axis": axis.harness_name or axis.id,
        "axis_id": axis.id,
        "episodes": str(episodes),
        "start_seed": str(start_seed),
    }
    return FilledCommand(*(_filled(text, words) for text in (run.command, run.config, run.config_file)))


def _place(probe: Probe, task: str) -> tuple[ProbeSuite, int]:
    found = ((suite, suite.index_of(task)) for suite in probe.suites)
    place = next(((suite, index) for suite, index in found if index is not None), None)
    if place is None:
        raise LookupError(f"{probe.id} has no task {task!r}")
    return place


def _task(suite: ProbeSuite, index: int, run: HarnessRun) -> str:
    if run.task_by == "index":
        return str(index)
    if not suite.task_names:
        raise LookupError(f"{suite.id} does not know the names of its tasks")
    return suite.task_names[index]


def _filled(text: str, words: dict[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text
