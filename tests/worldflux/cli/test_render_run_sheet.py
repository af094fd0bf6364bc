"""`worldflux eval-portfolio render-run-sheet`: from a plan to the files of a week, and back to audit inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Outcome, worldflux
from tests.worldflux.portfolio.planning_cases import contract_of, small
from tests.worldflux.portfolio.sheeting import Row, fill_in, frozen_plan, libero
from worldbase import document
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.import_report import ImportReport
from worldflux.documents.run_sheet import ArmKey, RunSheet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    frozen_plan(tmp_path)
    return tmp_path


def render(folder: Path, *more: object, page: str = "run_sheet.md", sheet: str = "run_sheet.json") -> Outcome:
    line = "eval-portfolio render-run-sheet --plan"
    return worldflux(line, folder / "plan.json", "--output", folder / page, "--run-sheet-json", folder / sheet, *more)


def sheet_in(folder: Path) -> RunSheet:
    return document.load(folder / "run_sheet.json", RunSheet).document


def test_the_page_and_the_document(folder: Path) -> None:
    done = render(folder)
    assert done.code == 0, done.err
    assert "12 rows for a_policy  (LOCAL_PRIVATE)" in done.out
    assert {path.name for path in folder.iterdir()} == {"plan.json", "run_sheet.md", "run_sheet.json"}
    assert sheet_in(folder).planned == 12
    before = (folder / "run_sheet.json").read_bytes(), (folder / "run_sheet.md").read_bytes()
    assert render(folder, "--quiet").out == ""
    assert ((folder / "run_sheet.json").read_bytes(), (folder / "run_sheet.md").read_bytes()) == before


def test_many_rows_stand_beside_the_sheet(tmp_path: Path) -> None:
    frozen_plan(tmp_path, small(contracts=(contract_of(tasks=7, episodes=1500),)))
    assert render(tmp_path).code == 0
    stream = sheet_in(tmp_path).row_stream
    assert stream
    assert (tmp_path / stream.path).read_bytes().count(b"\n") == stream.count == 10_500


def test_a_filled_table_is_imported_probe_by_probe(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    week = tmp_path / "week"
    table = week / "run_sheet.csv"
    assert render(tmp_path, "--csv", table, "--html", tmp_path / "run_sheet.html").code == 0

    def fill(number: int, row: Row) -> None:
        row |= {"outcome": "success" if number % 3 else "failure", "seed_used": row["planned_seed"]}

    fill_in(table, fill)
    looked = worldflux("audit import run-folder --dry-run -q", "--from", week, "--report", tmp_path / "report.json")
    assert looked.code == 0, looked.err
    report = document.load(tmp_path / "report.json", ImportReport).document
    by_probe = {str(entry.section): entry.candidate_id for entry in report.candidates}
    assert set(by_probe) == {"libero-pro", "libero-plus"}
    for probe in frozen.plan.probes:
        output = tmp_path / f"audit_{probe.id}.json"
        done = worldflux(
            "audit import run-folder -q", "--from", week, "--select-run", by_probe[probe.id], "--output", output
        )
        assert done.code == 0, done.err
        audit_input = document.load(output, AuditInput).document
        assert audit_input.episodes.count == probe.cells
        lines = [json.loads(line) for line in (tmp_path / audit_input.episodes.path).read_text().splitlines()]
        key = ("task", "perturbation", "episode_index", "seed")
        planned = {
            (cell.task, cell.axis, cell.episode_index, cell.seed) for cell in frozen.cells() if cell.probe == probe.id
        }
        assert {tuple(line[name] for name in key) for line in lines} == planned


def test_a_table_that_stands_may_be_filled_in_and_is_kept(folder: Path) -> None:
    table = folder / "run_sheet.csv"
    assert render(folder, "--csv", table).code == 0
    fill_in(table, lambda _, row: row.update(outcome="success"))
    filled = table.read_bytes()
    refused = render(folder, "--csv", table)
    assert refused.code == 2
    assert "[output.exists]" in refused.err
    assert table.read_bytes() == filled
    assert render(folder, "--csv", table, "--overwrite").code == 0
    assert table.read_bytes() != filled


def test_every_command_that_reads_a_file_finds_it(tmp_path: Path) -> None:
    frozen_plan(tmp_path, libero())
    configs = tmp_path / "configs"
    assert render(tmp_path, "--configs", configs).code == 0
    reading = [command for command in sheet_in(tmp_path).commands if command.config]
    assert reading
    for command in reading:
        text = (configs / command.probe / command.harness / str(command.config_file)).read_text()
        assert text == str(command.config).strip("\n") + "\n"
        assert str(command.config_file) in command.command
    assert len([path for path in configs.rglob("*") if path.is_file()]) == len(reading)
    refused = render(tmp_path, "--configs", configs)
    assert refused.code == 2
    assert "[output.exists]" in refused.err
    assert render(tmp_path, "--configs", configs, "--overwrite").code == 0


def test_two_policies_are_sealed_and_a_second_rendering_has_the_same_seal(folder: Path) -> None:
    key = folder / "arm_key.json"
    arguments = ("--second-policy", "other_policy", "--arm-key", key)
    done = render(folder, *arguments)
    assert done.code == 0, done.err
    arms = document.load(key, ArmKey).document.arms
    assert set(arms.values()) == {"a_policy", "other_policy"}
    assert "Take it off this machine" in done.out
    first = sheet_in(folder)
    assert first.planned == 24
    assert render(folder, *arguments, "--html", folder / "a.html", "--csv", folder / "a.csv").code == 0
    assert sheet_in(folder) == first


def test_arms_come_back_with_their_episodes(folder: Path) -> None:
    table = folder / "week" / "run_sheet.csv"
    assert (
        render(folder, "--csv", table, "--second-policy", "other_policy", "--arm-key", folder / "arm_key.json").code
        == 0
    )
    fill_in(table, lambda _, row: row.update(outcome="success"))
    report_file = folder / "report.json"
    worldflux("audit import run-folder --dry-run -q", "--from", table.parent, "--report", report_file)
    report = document.load(report_file, ImportReport).document
    assert {str(entry.section) for entry in report.candidates} == {"customer-tabletop.A", "customer-tabletop.B"}
    for entry in report.candidates:
        output = folder / f"{entry.section}.json"
        done = worldflux(
            "audit import run-folder -q", "--from", table.parent, "--select-run", entry.candidate_id, "--output", output
        )
        assert done.code == 0, done.err
        episodes = document.load(output, AuditInput).document.episodes
        labels = [json.loads(line)["extra"]["arm"] for line in (folder / episodes.path).read_text().splitlines()]
        assert labels == [str(entry.section)[-1]] * 12


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--second-policy", "other_policy"), "run_sheet.arm_options"),
        (("--arm-key", "arm_key.json"), "run_sheet.arm_options"),
        (("--second-policy", "a_policy", "--arm-key", "FOLDER/arm_key.json"), "run_sheet.same_policy"),
        (("--second-policy", "a/b", "--arm-key", "FOLDER/arm_key.json"), "run_sheet.policy_name"),
        (("--csv", "FOLDER/plan.json"), "run_sheet.same_file"),
        (("--html", "FOLDER/run_sheet.md"), "run_sheet.same_file"),
        (("--html", "FOLDER/run_sheet.rows.jsonl"), "run_sheet.same_file"),
        (("--html", "FOLDER/plan.cells.jsonl"), "run_sheet.same_file"),
    ],
)
def test_what_does_not_go_together_is_refused_and_nothing_is_written(
    more: tuple[str, ...], code: str, folder: Path
) -> None:
    refused = render(folder, *(argument.replace("FOLDER", str(folder)) for argument in more))
    assert refused.code == 2
    assert f"[{code}]" in refused.err
    assert [path.name for path in folder.iterdir()] == ["plan.json"]


def test_a_plan_that_was_edited_gives_no_sheet(folder: Path) -> None:
    plan: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    plan["cells"][0]["seed"] += 1
    (folder / "plan.json").write_text(json.dumps(plan))
    refused = render(folder)
    assert refused.code == 3
    assert "[plan.altered]" in refused.err
    assert [path.name for path in folder.iterdir()] == ["plan.json"]
