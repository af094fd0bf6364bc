"""The run sheet of a plan: every planned cell in order, and what an operator has to know to run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice, repeat
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from worldbase import digest
from worldflux.documents.plan import MOST_INLINE, CellStream, Plan, PlannedCell, PlannedProbe
from worldflux.documents.profile import VISIBILITY
from worldflux.documents.run_sheet import RunSheet, SealedArms, SheetRow, SheetTask
from worldflux.portfolio import blinding, sheet_words
from worldflux.portfolio.cells import Assignment
from worldflux.portfolio.harness_commands import commands_of, known_harnesses
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.portfolio.probes.registry import Probe, find_probe
from worldflux.portfolio.rederivation import assignments_of, stream_of

_WINDOW: Final = 4096


@dataclass(frozen=True, slots=True)
class SheetWork:
    """A run sheet, and its rows one after the other wherever they are to stand.

    Attributes:
        plan: What it is for.
        rows: Yields all rows in order, as often as it is asked.
    """

    sheet: RunSheet
    plan: Plan
    rows: Callable[[], Iterator[SheetRow]]

    def lines(self) -> Iterator[bytes]:
        """The JSON lines of a stream of rows, some thousand at a time."""
        return lines_of(self.rows())


def sheet_of(
    frozen: FrozenPlan, *, arms: SealedArms | None = None, stream_name: str = "run_sheet.rows.jsonl"
) -> SheetWork:
    """Make the run sheet of a plan; the same plan gives the same sheet.

    Args:
        frozen: The plan, as `plan_files.load_plan` read it.
        arms: What may be said of the key, where two policies are compared; each cell then has a row for each.
        stream_name: Where the rows will stand, beside the sheet, if they are too many for it.

    Raises:
        PlanError: What `FrozenPlan.cells` raises.
    """
    plan = frozen.plan

    def rows() -> Iterator[SheetRow]:
        return rows_of(frozen.cells(), _labels(plan, arms))

    planned = plan.planned * (len(arms.labels) if arms else 1)
    assignments = assignments_of(plan, frozen.cells())
    commands = commands_of(plan, assignments)
    sheet = RunSheet(
        schema_version="worldflux.run_sheet.v0_draft",
        visibility=VISIBILITY,
        plan=plan.digest,
        plan_id=plan.id,
        policy_id=plan.profile.document.policy_id,
        planned=planned,
        before_the_first_episode=sheet_words.before_the_first_episode(plan, blinded=arms is not None),
        record_per_episode=sheet_words.record_per_episode(plan),
        when_something_fails=sheet_words.when_something_fails(plan),
        mind=sheet_words.notes_of(plan),
        tasks=[task for probe in plan.probes for task in _tasks(probe, assignments[probe.id])],
        commands=commands,
        harnesses=known_harnesses(commands),
        boundary=sheet_words.BOUNDARY,
        arms=arms or UNSET,
        **_held(planned, rows, stream_name),
    )
    return SheetWork(sheet, plan, rows)


def rows_of(cells: Iterator[PlannedCell], labels: Iterator[tuple[str | UnsetType, ...]]) -> Iterator[SheetRow]:
    """Rows of cells, one for each label.

    Args:
        cells: In order.
        labels: For each cell the arms in the order in which they run; one `UNSET` where there are no arms.
    """
    numbers = count(1)
    for cell, arms in zip(cells, labels, strict=False):
        for arm in arms:
            yield SheetRow(
                row=next(numbers),
                probe=cell.probe,
                task=cell.task,
                axis=cell.axis,
                episode_index=cell.episode_index,
                seed=cell.seed,
                arm=arm,
            )


def lines_of(rows: Iterator[SheetRow]) -> Iterator[bytes]:
    """Rows as JSON lines, some thousand at a time."""
    encoder = msgspec.json.Encoder()
    while window := list(islice(rows, _WINDOW)):
        yield encoder.encode_lines(window)


def _labels(plan: Plan, arms: SealedArms | None) -> Iterator[tuple[str | UnsetType, ...]]:
    return blinding.orders(stream_of(plan), arms.labels) if arms else repeat((UNSET,))


def _held(planned: int, rows: Callable[[], Iterator[SheetRow]], stream_name: str) -> dict[str, Any]:
    """The field that holds the rows, or names the stream that does."""
    if planned <= MOST_INLINE:
        return {"rows": list(rows())}
    sha256 = digest.of_pieces(lines_of(rows()))
    return {"row_stream": CellStream(path=stream_name, sha256=sha256, count=planned)}


def _tasks(planned: PlannedProbe, assignment: Assignment) -> Iterator[SheetTask]:
    says = _instructions(planned) if planned.contract is not UNSET else _names(find_probe(planned.id))
    for task in dict.fromkeys(pair.task for pair in assignment.pairs):
        yield SheetTask(probe=planned.id, task=task, says=says(task) or UNSET)


def _instructions(planned: PlannedProbe) -> Callable[[str], str]:
    told = {} if planned.contract is UNSET else {task.task: task.instruction for task in planned.contract.tasks}
    return lambda task: told.get(task) or ""


def _names(probe: Probe | None) -> Callable[[str], str]:
    """What the benchmark calls a task, where that is not its key."""
    suites = [suite for suite in probe.suites if suite.task_names and not suite.named] if probe else []

    def name_of(task: str) -> str:
        places = ((suite, suite.index_of(task)) for suite in suites)
        return next((suite.task_names[index] for suite, index in places if index is not None), "")

    return name_of
