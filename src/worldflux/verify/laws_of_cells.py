"""What holds of every audit input, whatever its episodes were: all that can be asked of cells that are attested.

Rules and statistics may lean on these laws. Where the episodes are there they follow from the recount; where a share
withholds them, nothing else keeps an author from writing more successes than episodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from worldbase.errors import Problem, Where
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import AuditInput, Blocks, Cell, OutcomeCounts, RepeatedStarts
from worldflux.episodes.cells import MAX_EPISODE_INDEX
from worldflux.package import layout

_MOST_SIMULATED: Final = 10_000_000
_ROUNDING: Final = 1e-9


def broken_laws(stored: AuditInput, grid: PlannedGrid) -> Iterator[Problem]:
    """Yield each law that the stored cells, blocks and starts break."""
    yield from _cells(stored, grid)
    yield from _blocks(stored, grid)
    yield from _repeated_starts(stored, grid)


def impossible_request(stored: AuditInput) -> Iterator[Problem]:
    """Yield what is impossible about the simulated episodes, whose file is not in the package."""
    pairs = stored.requested.ppi
    if pairs is UNSET:
        return
    possible = (
        2 <= pairs.real <= _MOST_SIMULATED
        and 1 <= pairs.simulated <= _MOST_SIMULATED
        and pairs.simulated_successes <= pairs.simulated
    )
    if not possible:
        message = "no file of simulated episodes gives these counts"
        yield Problem("recomputation.requested", message, Where(layout.AUDIT_INPUT, "/requested/ppi"))


def _cells(stored: AuditInput, grid: PlannedGrid) -> Iterator[Problem]:
    seen: set[tuple[str, int]] = set()
    for index, cell in enumerate(stored.cells):
        if (cell.task, cell.seed) in seen:
            yield _broken("the cell comes twice", f"/cells/{index}")
        seen.add((cell.task, cell.seed))
        if fault := _fault_of_cell(cell, grid):
            yield _broken(fault, f"/cells/{index}")
    episodes = sum(cell.counts.observed for cell in stored.cells)
    if episodes != stored.episodes.count:
        message = f"stored {stored.episodes.count:,}, the cells hold {episodes:,}"
        yield _broken(message, "/episodes/count")


def _fault_of_cell(cell: Cell, grid: PlannedGrid) -> str | None:
    in_plan = cell.task in grid.task_set and cell.seed in grid.run_seeds
    planned = grid.episodes_per_task if in_plan else 0
    if cell.planned != planned:
        return f"stored as planned {cell.planned:,}; the plan has {planned:,}"
    if not 0 < cell.counts.observed <= MAX_EPISODE_INDEX + 1 or cell.gaps > MAX_EPISODE_INDEX:
        return "no cell has so many episodes, or so few"
    if any(moments.count > cell.counts.observed for moments in cell.sums.values()):
        return "more scores than episodes"
    return _fault_in_plan(cell.counts, cell.in_plan, planned)


def _fault_in_plan(counts: OutcomeCounts, in_plan: OutcomeCounts | UnsetType, planned: int) -> str | None:
    wanted = 0 < planned < counts.observed
    if in_plan is UNSET or not wanted:
        return None if (in_plan is UNSET) != wanted else "in_plan stands there exactly where the plan covers a part"
    within, everything = msgspec.structs.asdict(in_plan), msgspec.structs.asdict(counts)
    if in_plan.observed != planned or any(within[name] > everything[name] for name in within):
        return f"the plan covers {planned:,} of these episodes"
    return None


def _blocks(stored: AuditInput, grid: PlannedGrid) -> Iterator[Problem]:
    trials: dict[int, list[int]] = {seed: [] for seed in grid.run_seeds}
    for cell in stored.cells:
        if cell.planned:
            trials[cell.seed].append(cell.planned_counts.success + cell.planned_counts.failure)
    if [(run.seed, run.tasks) for run in stored.blocks] != [(seed, len(grid.tasks)) for seed in grid.run_seeds]:
        yield _broken("there is one entry for each run of the plan, in order", "/blocks")
        return
    for index, run in enumerate(stored.blocks):
        most = min(trials[run.seed]) if len(trials[run.seed]) == len(grid.tasks) else 0
        if run.complete > most or run.repeated > run.complete or not _is_readable(run):
            yield _broken(f"the cells allow {most:,} complete blocks at most", f"/blocks/{index}")


def _is_readable(run: Blocks) -> bool:
    """Whether the successes are one number for each block that is new, none above the number of tasks."""
    if run.successes is UNSET:
        return True
    numbers = run.successes.split(" ") if run.successes else []
    known = {str(number) for number in range(run.tasks + 1)}
    return len(numbers) == run.complete - run.repeated and known.issuperset(numbers)


def _repeated_starts(stored: AuditInput, grid: PlannedGrid) -> Iterator[Problem]:
    trials = dict.fromkeys(grid.tasks, 0)
    for cell in stored.cells:
        if cell.planned:
            trials[cell.task] += cell.planned_counts.success + cell.planned_counts.failure
    names = [entry.task for entry in stored.repeated_starts]
    if len(set(names)) < len(names):
        yield _broken("a task comes twice", "/repeated_starts")
    for index, entry in enumerate(stored.repeated_starts):
        if trials.get(entry.task) != entry.trials or not _is_average(entry):
            yield _broken("the cells do not allow these averages", f"/repeated_starts/{index}")


def _is_average(entry: RepeatedStarts) -> bool:
    """Whether these can be the sums of shares, of which each lies between 0 and 1."""
    if not 0 < entry.starts < entry.trials:
        return False
    return 0 <= entry.sum_of_squares <= entry.sum * (1 + _ROUNDING) and entry.sum <= entry.starts * (1 + _ROUNDING)


def _broken(message: str, pointer: str) -> Problem:
    return Problem("recomputation.cells", message, Where(layout.AUDIT_INPUT, pointer))
