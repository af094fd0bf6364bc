"""The table to fill in is read back: what the plan said is no evidence, what somebody wrote is."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.worldflux.portfolio.planning_cases import contract_of, small
from tests.worldflux.portfolio.probing import profile_of
from tests.worldflux.portfolio.sheeting import Row, fill_in, frozen_plan, libero
from worldbase import document
from worldflux.audit.importing import import_audit_input
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.documents.episode import DetailedEpisode
from worldflux.documents.run_info import RunInfo
from worldflux.errors import PlanError
from worldflux.portfolio import sheet_csv
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.portfolio.rederivation import assignments_of
from worldflux.portfolio.run_sheet import sheet_of
from worldflux.sources.builtin.audit_input.episodes import records_of
from worldflux.sources.builtin.audit_input.opened import read
from worldflux.sources.contract import SourceInput

RESULTS: Final = ("success", "failure", "infra_error", "skipped", "")
NAMED: Final = ("success", "failure", "infra_error", "skipped", "pending")


def blank_table(frozen: FrozenPlan, folder: Path) -> Path:
    table = folder / "run_sheet.csv"
    work = sheet_of(frozen)
    assignments = assignments_of(frozen.plan, frozen.cells())
    table.write_bytes(b"".join(sheet_csv.table_of(work.rows(), frozen.plan, assignments)))
    sheet_csv.mapping_beside(table).write_bytes(document.dump(sheet_csv.mapping_of(frozen.plan)))
    return table


def imported(table: Path, run: str, folder: Path) -> list[DetailedEpisode]:
    """The episodes of one run of the table, by way of an audit input."""
    output = folder / f"{run}.json"
    import_audit_input("csv", [SourceInput(table, 1, RunInfo(select=run))], output)
    return list(records_of(read(1, SourceInput(output, 1, RunInfo()), unplanned_grid())))


def fill(number: int, row: Row) -> None:
    row["outcome"] = RESULTS[number % len(RESULTS)]
    if row["outcome"]:
        row |= {"seed_used": row["planned_seed"], "ended_at": "2026-11-21T14:05Z", "operator": "1"}
        row |= {"notes": f"note {number}", "steps": str(number), "video": f"v{number}.mp4"}


def test_a_filled_table_becomes_audit_inputs_with_every_cell(tmp_path: Path) -> None:
    contract = contract_of(listed=[{"task": "cup"}, {"task": "cup", "axis": "clutter"}, {"task": "block"}])
    frozen = frozen_plan(tmp_path, libero(contracts=(contract,)))
    table = blank_table(frozen, tmp_path)
    rows = fill_in(table, fill)
    found = {}
    for probe in frozen.plan.probes:
        for episode in imported(table, sheet_csv.run_name(probe.id), tmp_path):
            found[probe.id, episode.task, episode.perturbation, episode.episode_index] = episode
    assert set(found) == {(cell.probe, cell.task, cell.axis, cell.episode_index) for cell in frozen.cells()}
    for number, row in enumerate(rows):
        episode = found[row["probe"], row["task"], row["axis"], int(row["episode_index"])]
        assert episode.outcome == NAMED[number % len(NAMED)]
        written = bool(row["outcome"])
        assert episode.seed == (int(row["planned_seed"]) if written else UNSET)
        assert episode.recorded_at == ("2026-11-21T14:05Z" if written else UNSET)
        assert episode.extra == ({"video": f"v{number}.mp4"} if written else UNSET)


def test_a_seed_that_nobody_wrote_is_no_evidence(tmp_path: Path) -> None:
    table = blank_table(frozen_plan(tmp_path), tmp_path)
    fill_in(table, lambda _, row: row.update(outcome="success"))
    episodes = imported(table, "customer-tabletop", tmp_path)
    assert len(episodes) == 12
    assert {episode.seed for episode in episodes} == {UNSET}


def test_a_score_is_asked_for_where_the_profile_measures_one(tmp_path: Path) -> None:
    profile = profile_of(simulator_family="own-bench", metric_contract="partial_credit_per_episode")
    frozen = frozen_plan(tmp_path, small(profile=profile))
    table = blank_table(frozen, tmp_path)
    fill_in(table, lambda number, row: row.update(outcome="failure", score=str(number / 20)))
    episodes = imported(table, "customer-tabletop", tmp_path)
    assert {episode.outcome for episode in episodes} == {"failure"}
    assert sorted(episode.score for episode in episodes if episode.score is not UNSET) == [n / 20 for n in range(12)]
    assert {episode.score_kind for episode in episodes} == {"partial_credit"}
    assert "score" not in sheet_csv.header_of(frozen_plan(_sub(tmp_path)).plan)


def test_replay_keys_of_a_contract_come_back_and_none_stands_for_an_arm(tmp_path: Path) -> None:
    contract = contract_of(replay_keys=["video_id", "seed", "episode_index", "arm"])
    frozen = frozen_plan(tmp_path, small(contracts=(contract,)))
    table = blank_table(frozen, tmp_path)
    fill_in(
        table, lambda number, row: row.update({"outcome": "f", "replay.video_id": f"clip-{number}", "replay.arm": "B"})
    )
    episodes = imported(table, "customer-tabletop", tmp_path)
    extras = [episode.extra for episode in episodes if episode.extra is not UNSET]
    assert sorted(str(extra["video_id"]) for extra in extras) == sorted(f"clip-{number}" for number in range(12))
    assert not any("arm" in extra for extra in extras)
    assert [name for name in sheet_csv.header_of(frozen.plan) if name.startswith("replay.")] == [
        "replay.video_id",
        "replay.arm",
    ]


def test_more_replay_keys_than_are_read_back_stand_in_the_table(tmp_path: Path) -> None:
    contract = contract_of(replay_keys=[f"key-{number}" for number in range(64)])
    frozen = frozen_plan(tmp_path, small(contracts=(contract,)))
    assert len(sheet_csv.mapping_of(frozen.plan).extra) == 32
    table = blank_table(frozen, tmp_path)
    fill_in(table, lambda _, row: row.update({"outcome": "s", "replay.key-63": "x", "replay.key-0": "y"}))
    (extra,) = {str(episode.extra) for episode in imported(table, "customer-tabletop", tmp_path)}
    assert extra == "{'key-0': 'y'}"


def test_axes_are_series_only_where_they_share_tasks(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    assignments = assignments_of(frozen.plan, frozen.cells())
    series = {probe.id: sheet_csv.series_of(probe, assignments[probe.id]) for probe in frozen.plan.probes}
    assert set(series["libero-plus"].values()) == {0}
    shared = len(frozen.plan.probes[0].tasks) < 10
    assert sorted(series["libero-pro"].values()) == ([0, 1, 2, 3, 4] if shared else [0] * 5)


def test_more_axes_than_a_table_tells_apart_are_refused(tmp_path: Path) -> None:
    listed = [{"task": "cup", "axis": f"axis-{number}"} for number in range(101)]
    frozen = frozen_plan(tmp_path, small(contracts=(contract_of(listed=listed, episodes=1),)))
    with pytest.raises(PlanError) as refused:
        blank_table(frozen, tmp_path)
    assert refused.value.code == "run_sheet.series"
    alone = [{"task": f"task-{number}", "axis": f"axis-{number}"} for number in range(101)]
    other = frozen_plan(_sub(tmp_path), small(contracts=(contract_of(listed=alone, episodes=1),)))
    assert blank_table(other, tmp_path).stat().st_size


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_no_name_breaks_out_of_its_cell_or_runs_in_a_spreadsheet(text: str) -> None:
    (row,) = csv.reader(io.StringIO(f"{sheet_csv._cell(text)},end\r\n", newline=""))
    assert row[1] == "end"
    assert len(row) == 2
    assert not row[0].startswith(("=", "+", "-", "@"))


def _sub(folder: Path) -> Path:
    (folder / "other").mkdir()
    return folder / "other"
