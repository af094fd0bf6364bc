"""What the screens show, key by key; golden texts of 80 by 24 and of a wide terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from msgspec import structs
from textual.pilot import Pilot

from tests.conftest import Golden
from tests.worldforge.view.piloting import SMALL, WIDE, drive, settled, view
from tests.worldforge.view.workspaces import (
    BASELINE,
    CANDIDATE,
    EVALUATION,
    EVERY,
    INTERRUPTED,
    NOW,
    SHOWCASE,
    SKIPPED,
    UNREADABLE,
    sample_evaluation,
    write_run,
)
from worldforge.runs.index import IndexedRun
from worldforge.runs.manifest import MANIFEST
from worldforge.view.app import Viewer
from worldforge.view.ink import text_of
from worldforge.view.screens.runs import RunRows
from worldforge.view.shelf import Shelf
from worldforge.view.widgets.table import Table

COMPARED = ["j", "j", "j", "c", "g", "c"]


SCREENS: Final[dict[str, tuple[list[str], str | None, tuple[int, int]]]] = {
    "runs": ([], None, SMALL),
    "runs-wide": (["j"], None, WIDE),
    "runs-marked": (["j", "j", "j", "c", "k"], None, SMALL),
    "runs-filtered": (["slash", *"mock pass"], None, SMALL),
    "runs-none-found": (["slash", *"nothing"], None, SMALL),
    "help": (["question_mark"], None, SMALL),
    "benchmark": ([], CANDIDATE, SMALL),
    "benchmark-wide": ([], CANDIDATE, WIDE),
    "benchmark-embed": (["j"], CANDIDATE, WIDE),
    "benchmark-gate": (["2"], CANDIDATE, SMALL),
    "benchmark-facts": (["3"], CANDIDATE, SMALL),
    "benchmark-files": (["4"], CANDIDATE, SMALL),
    "scenarios": (["j", "j"], EVALUATION, SMALL),
    "scenarios-wide": (["j", "j"], EVALUATION, WIDE),
    "failures": (["2"], EVALUATION, WIDE),
    "providers": (["3"], EVALUATION, SMALL),
    "evaluation-facts": (["4"], EVALUATION, WIDE),
    "comparison": (COMPARED, None, SMALL),
    "comparison-wide": (COMPARED, None, WIDE),
    "comparison-side-by-side": ([*COMPARED, "2"], None, SMALL),
    "comparison-metrics": ([*COMPARED, "3"], None, SMALL),
    "comparison-differences": ([*COMPARED, "4"], None, SMALL),
    "comparison-facts": ([*COMPARED, "5"], None, WIDE),
    "comparison-refused": (["c", "j", "c"], None, SMALL),
    "interrupted": ([], INTERRUPTED, SMALL),
    "skipped": ([], SKIPPED, SMALL),
    "showcase": ([], SHOWCASE, SMALL),
    "unreadable": ([], UNREADABLE, SMALL),
}


@pytest.mark.parametrize("name", SCREENS)
def test_screens(workspace: Path, golden: Golden, name: str) -> None:
    keys, run, size = SCREENS[name]
    golden(f"worldforge/view/{name}.txt", view(workspace, keys, run=run, size=size).text)


def test_without_runs_it_says_how_to_keep_one(tmp_path: Path) -> None:
    shown = view(tmp_path / "none").text
    assert "There are no runs in this workspace." in shown
    assert "--run-workspace" in shown
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("keys", [["enter"], ["c"], ["o"], ["j"], ["G"], ["slash", "x", "enter", "enter", "c", "o"]])
def test_keys_on_an_empty_list_do_nothing(tmp_path: Path, keys: list[str]) -> None:
    seen = view(tmp_path, keys)
    assert "0 runs" in seen.text
    assert seen.printed is None


def test_a_page_is_opened_from_the_list_and_left_again(workspace: Path) -> None:
    assert "[Scenarios]" in view(workspace, ["j", "enter"]).text
    assert "7 runs" in view(workspace, ["j", "enter", "escape"]).text
    assert "7 runs" in view(workspace, ["escape"], run=EVALUATION).text


@pytest.mark.parametrize("keys", [["right", "right", "left"], ["l", "l", "h"], ["left", *["l"] * 2], ["9", "2"]])
def test_tabs_are_reached_by_arrows_letters_and_numbers(workspace: Path, keys: list[str]) -> None:
    assert "[Gate (1)]" in view(workspace, keys, run=CANDIDATE).text


def test_a_tab_keeps_its_cursor(workspace: Path) -> None:
    assert "▌ mock      embed" in view(workspace, ["j", "2", "1"], run=CANDIDATE).text


def test_the_text_below_a_table_is_scrolled_without_leaving_the_table(workspace: Path) -> None:
    top = view(workspace, run=CANDIDATE).text
    below = view(workspace, ["space"], run=CANDIDATE).text
    assert "What to mind" not in top
    assert "What to mind" in below
    assert view(workspace, ["space", "b"], run=CANDIDATE).text == top
    assert "mock/embed" in view(workspace, ["space", "j"], run=CANDIDATE).text


def test_the_text_can_have_the_keys_too(workspace: Path) -> None:
    scrolled = view(workspace, ["tab", "j"], run=CANDIDATE).text
    assert "▌ mock      predict" in scrolled
    assert "197 of 200 calls" not in scrolled
    assert "TimeoutError" in view(workspace, ["tab", "G"], run=CANDIDATE).text
    assert view(workspace, ["tab", "G", "g"], run=CANDIDATE).text == view(workspace, run=CANDIDATE).text


def test_a_filter_holds_all_words_and_is_dropped_by_escape(workspace: Path) -> None:
    kept = view(workspace, ["slash", *"MOCK eval", "enter"]).text
    assert "1 of 7 runs" in kept
    assert "/ MOCK eval" in kept
    assert "7 runs" in view(workspace, ["slash", *"eval", "enter", "escape"]).text
    assert "[Scenarios]" in view(workspace, ["slash", *"eval", "enter", "enter"]).text
    assert "/ words" not in view(workspace, ["slash", "enter"]).text


@pytest.mark.parametrize("typed", ["q", "slash", "question_mark", "c", "o", "j"])
def test_keys_are_letters_while_words_are_typed(workspace: Path, typed: str) -> None:
    letter = {"slash": "/", "question_mark": "?"}.get(typed, typed)
    seen = view(workspace, ["slash", typed])
    assert f"\n / {letter}\n" in seen.text
    assert seen.printed is None


def test_the_cursor_stays_on_its_run(workspace: Path) -> None:
    shown = view(workspace, ["G", "k", "slash", *"skipped", "escape"]).text
    assert f"▌ {SKIPPED[-8:]}" in shown
    shown = view(workspace, ["j", "r"]).text
    assert f"▌ {EVALUATION[-8:]}" in shown


def test_evaluations_are_compared(workspace: Path, golden: Golden) -> None:
    earlier = sample_evaluation()
    results = [
        structs.replace(result, passed=True, score=1.0) if result.scenario == "spawn" else result
        for result in earlier.results
    ]
    summary, other = earlier.provider_summaries
    better = structs.replace(
        summary, average_score=0.95, passed_scenario_count=3, failed_scenario_count=1, pass_rate=0.75
    )
    later = structs.replace(earlier, results=results, provider_summaries=[better, other])
    files = {"reports/report.json": later.to_json().encode()}
    write_run(workspace, "20260506T135000Z-00000002", files, kind="eval", provider="mock, mujoco", operation="tabletop")
    golden("worldforge/view/comparison-evaluations.txt", view(workspace, ["j", "j", "c", "g", "c"]).text)


def test_a_mark_is_taken_back_by_the_same_key_and_by_escape(workspace: Path) -> None:
    assert "●" in view(workspace, ["c"]).text
    assert "●" not in view(workspace, ["c", "c"]).text
    assert "●" not in view(workspace, ["c", "escape"]).text


def test_the_baseline_stays_marked_after_a_comparison(workspace: Path) -> None:
    assert f"●{BASELINE[-8:]}" in view(workspace, [*COMPARED, "escape"]).text


def test_a_path_is_printed_by_leaving(workspace: Path) -> None:
    assert view(workspace, ["j", "o"]).printed == [f".worldforge/runs/{EVALUATION}"]
    assert view(workspace, ["o"], run=SKIPPED).printed == [f".worldforge/runs/{SKIPPED}"]
    assert view(workspace, [*COMPARED, "o"]).printed == [
        f".worldforge/runs/{run_id}" for run_id in (BASELINE, CANDIDATE)
    ]


@pytest.mark.parametrize("keys", [["q"], ["ctrl+c"], ["enter", "q"], ["slash", "x", "ctrl+c"]])
def test_leaving_prints_nothing(workspace: Path, keys: list[str]) -> None:
    assert not view(workspace, keys).printed


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "enter"])
def test_the_help_is_closed(workspace: Path, key: str) -> None:
    assert view(workspace, ["question_mark", key]).text == view(workspace).text


def test_a_run_by_the_path_of_its_report(workspace: Path) -> None:
    report = workspace / "runs" / CANDIDATE / "reports" / "report.json"
    assert "[Results]" in view(workspace, run=str(report)).text
    lonely = workspace / "lonely.json"
    lonely.write_bytes(sample_evaluation().to_json().encode())
    assert "[Scenarios]" in view(workspace, run=str(lonely)).text


def test_a_run_that_changes_its_state_is_seen_after_a_reload(workspace: Path) -> None:
    def finish() -> None:
        path = workspace / "runs" / INTERRUPTED / MANIFEST
        path.write_text(json.dumps({**json.loads(path.read_text()), "status": "cancelled"}))
        write_run(workspace, "20260506T135900Z-00000001")

    async def steps(pilot: Pilot[list[str]]) -> None:
        finish()
        await pilot.press("r")
        await settled(pilot)

    seen = drive(Viewer(workspace, clock=lambda: NOW), steps)
    assert "8 runs" in seen.text
    assert "cancelled" in seen.text
    assert "interrupted" not in seen.text


def test_the_width_decides_how_much_of_an_id_is_seen(workspace: Path) -> None:
    async def widen(pilot: Pilot[list[str]]) -> None:
        await pilot.resize_terminal(*WIDE)
        await settled(pilot)

    assert f"▌ {CANDIDATE[-8:]}  " in view(workspace).text
    assert f"▌ {CANDIDATE}  " in drive(Viewer(workspace, clock=lambda: NOW), widen).text


def test_a_row_is_opened_with_two_clicks(workspace: Path) -> None:
    async def click(pilot: Pilot[list[str]]) -> None:
        await pilot.click(Table, offset=(5, 2), times=2)
        await settled(pilot)

    assert "[Scenarios]" in drive(Viewer(workspace, clock=lambda: NOW), click).text


@pytest.mark.parametrize("size", [(20, 8), (40, 12), (300, 90)], ids=str)
@pytest.mark.parametrize("run", [None, CANDIDATE, EVALUATION, UNREADABLE], ids=["list", "benchmark", "eval", "fault"])
def test_no_size_of_the_terminal_breaks_it(workspace: Path, size: tuple[int, int], run: str | None) -> None:
    seen = view(workspace, ["right", "space", "question_mark"], run=run, size=size)
    assert len(seen.text.splitlines()) == size[1]


def test_only_the_runs_that_are_seen_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1000):
        write_run(tmp_path, f"20260401T{number // 60:02}{number % 60:02}00Z-{number:08x}")
    read: set[str] = set()
    look_up = Shelf.run

    def counted(shelf: Shelf, run_id: str) -> IndexedRun:
        read.add(run_id)
        return look_up(shelf, run_id)

    monkeypatch.setattr(Shelf, "run", counted)
    seen = view(tmp_path)
    assert "1,000 runs" in seen.text
    assert 10 < len(read) <= 24
    last = view(tmp_path, ["G"])
    assert "▌ 00000000" in last.text
    assert len(read) <= 2 * 24
    assert "16 of 1,000 runs" in view(tmp_path, ["slash", *"-0000000"]).text
    assert len(read) == 1000


def test_rows_are_read_like_a_list(workspace: Path) -> None:
    shelf = Shelf(workspace, clock=lambda: NOW)
    shelf.reload()
    rows = RunRows(shelf, shelf.ids, wide=True, marked=None)
    assert [text_of(row.cells[0]) for row in rows[:]] == EVERY
    assert [text_of(row.cells[0]) for row in rows] == EVERY
