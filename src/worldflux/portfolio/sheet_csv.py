"""The table to fill in, and the document that says what its columns mean, so that the filled table is read back.

What the plan says stands in columns that are not read as evidence: `planned_seed` is no seed that anything was given.
Several probes (and arms) stand in one table; the column `run` tells them apart, and one of them is imported at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import UNSET

from worldbase.tables import csv_table
from worldflux.documents.column_mapping import ColumnMapping, Columns
from worldflux.documents.episode import ScoreKind
from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.documents.profile import MetricContract
from worldflux.documents.run_sheet import SheetRow
from worldflux.errors import PlanError
from worldflux.portfolio.cells import Assignment

PLANNED: Final = ("row", "run", "probe", "arm", "series", "task", "axis", "episode_index", "planned_seed")
FILLED_IN: Final = (
    "outcome",
    "seed_used",
    "failure_reason",
    "notes",
    "steps",
    "wall_time_s",
    "init_state",
    "ended_at",
    "operator",
    "video",
)
_TOLD: Final = frozenset(
    ["task", "episode_index", "seed", "init_state", "steps", "wall_time_s", "failure_reason", "operator", "video"]
)
"""Replay keys of a contract that other columns hold under the same name."""
_MOST_REPLAY_KEYS: Final = 30
"""Of all contracts; those beyond stand in the table and are not read back."""
MOST_SERIES: Final = 100
"""Series of one task that a table may hold: as many as the reader of tables takes."""

_SCORES: Final[dict[MetricContract, ScoreKind]] = {
    "partial_credit_per_episode": "partial_credit",
    "subtask_count_per_episode": "subtasks",
    "score_per_episode": "contract",
}
_SUCCESS: Final = ["success", "Success", "SUCCESS", "s", "S"]
_FAILURE: Final = ["failure", "Failure", "FAILURE", "f", "F"]
_INFRA_ERROR: Final = ["infra_error", "Infra_error", "INFRA_ERROR", "infra", "i", "I"]
_SKIPPED: Final = ["skipped", "Skipped", "SKIPPED"]
_WINDOW: Final = 4096


def mapping_beside(table: Path) -> Path:
    """Where the document stands that says what the columns of a table mean."""
    return table.with_name(f"{table.name}.columns.json")


def run_name(probe: str, arm: str = "") -> str:
    """Name of one probe's rows, or of one arm's, in the column `run`."""
    return f"{probe}.{arm}" if arm else probe


def mapping_of(plan: Plan) -> ColumnMapping:
    """What the columns mean."""
    kind = _SCORES.get(plan.profile.document.metric_contract)
    replay = _replay_keys(plan)[:_MOST_REPLAY_KEYS]
    return ColumnMapping(
        schema_version="worldflux.column_mapping.v0_draft",
        columns=Columns(
            run="run",
            run_seed="series",
            task="task",
            perturbation="axis",
            episode_index="episode_index",
            outcome="outcome",
            seed="seed_used",
            init_state="init_state",
            score="score" if kind else UNSET,
            steps="steps",
            wall_time_s="wall_time_s",
            failure_reason="failure_reason",
            failure_detail="notes",
            recorded_at="ended_at",
            operator="operator",
        ),
        extra={**{key: _replay_column(key) for key in replay}, "arm": "arm", "video": "video"},
        success_values=_SUCCESS,
        failure_values=_FAILURE,
        infra_error_values=_INFRA_ERROR,
        skipped_values=_SKIPPED,
        pending_values=[""],
        score_kind=kind or UNSET,
    )


def table_of(rows: Iterator[SheetRow], plan: Plan, assignments: Mapping[str, Assignment]) -> Iterator[bytes]:
    """The table, some thousand rows at a time.

    Args:
        rows: In order.
        plan: What they are for.
        assignments: Tasks of each probe.

    Raises:
        PlanError: `run_sheet.series` where a task is planned along more axes than a table can tell apart.
    """
    series = {probe.id: series_of(probe, assignments[probe.id]) for probe in plan.probes}
    yield csv_table(header_of(plan), []).encode()
    empty = "," * (len(_to_fill_in(plan)) - 1) + "\r\n"
    while window := list(islice(rows, _WINDOW)):
        yield "".join([_line(row, series[row.probe]) + empty for row in window]).encode()


def header_of(plan: Plan) -> list[str]:
    """Names of the columns: what is planned, then what is to be filled in."""
    return [*PLANNED, *_to_fill_in(plan)]


def series_of(probe: PlannedProbe, assignment: Assignment) -> dict[str, int]:
    """Number of the series that each axis belongs to.

    A table is counted by series, task and episode. Where a task is planned along several axes, each axis is a series of
    its own, or its episodes would be taken for the same ones; else there is one series, 0.

    Raises:
        PlanError: `run_sheet.series`.
    """
    shared = len({pair.task for pair in assignment.pairs}) < len(assignment.pairs)
    if shared and len(probe.axes) > MOST_SERIES:
        raise PlanError(
            f"{probe.id} has {len(probe.axes)} axes for the same tasks; a table tells {MOST_SERIES} apart",
            code="run_sheet.series",
            hint="Leave --csv out and import what the harness wrote, or split the contract into several.",
        )
    return {axis: number if shared else 0 for number, axis in enumerate(probe.axes)}


def _to_fill_in(plan: Plan) -> list[str]:
    score = ["score"] if plan.profile.document.metric_contract in _SCORES else []
    return [*FILLED_IN[:1], *score, *FILLED_IN[1:], *map(_replay_column, _replay_keys(plan))]


def _replay_keys(plan: Plan) -> list[str]:
    contracts = [probe.contract for probe in plan.probes if probe.contract is not UNSET]
    return list(dict.fromkeys(key for own in contracts for key in own.replay_keys if key not in _TOLD))


def _replay_column(key: str) -> str:
    return f"replay.{key}"


def _line(row: SheetRow, series: Mapping[str, int]) -> str:
    arm = "" if row.arm is UNSET else row.arm
    run, task, axis = _cell(run_name(row.probe, arm)), _cell(row.task), _cell(row.axis)
    return f"{row.row},{run},{_cell(row.probe)},{arm},{series[row.axis]},{task},{axis},{row.episode_index},{row.seed},"


@lru_cache(maxsize=16_384)
def _cell(text: str) -> str:
    """A name as a cell that no spreadsheet runs; they come again and again."""
    return csv_table([text], []).removesuffix("\r\n")
