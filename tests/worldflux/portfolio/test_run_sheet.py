"""The run sheet holds every planned cell in order, and what an operator has to know."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from itertools import pairwise, repeat
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.worldflux.portfolio.planning_cases import contract_of, small
from tests.worldflux.portfolio.probing import profile_of
from tests.worldflux.portfolio.sheeting import FORBIDDEN, frozen_plan, libero
from worldbase import document
from worldbase.errors import InputError
from worldflux.documents.plan import MOST_INLINE, PlannedCell
from worldflux.documents.run_sheet import RunSheet, SheetRow
from worldflux.portfolio import run_sheet as sheets
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.portfolio.render.run_sheet import markdown
from worldflux.portfolio.render.run_sheet_html import pieces


def rows_as_cells(rows: list[SheetRow]) -> list[tuple[str, str, str, int, int]]:
    return [(row.probe, row.task, row.axis, row.episode_index, row.seed) for row in rows]


def cells_of(frozen: FrozenPlan) -> list[tuple[str, str, str, int, int]]:
    return [(cell.probe, cell.task, cell.axis, cell.episode_index, cell.seed) for cell in frozen.cells()]


def test_the_rows_are_the_cells_in_the_order_of_the_plan(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    work = sheets.sheet_of(frozen)
    rows = list(work.rows())
    assert rows_as_cells(rows) == cells_of(frozen)
    assert [row.row for row in rows] == list(range(1, frozen.plan.planned + 1))
    assert work.sheet.rows == rows
    assert work.sheet.planned == frozen.plan.planned
    assert work.sheet.plan == frozen.plan.digest
    assert {row.arm for row in rows} == {UNSET}


def test_the_same_plan_gives_the_same_sheet_and_it_reads_back(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    written = document.dump(sheets.sheet_of(frozen).sheet)
    assert document.dump(sheets.sheet_of(frozen).sheet) == written
    assert document.dump(document.parse(written, RunSheet).document) == written


def test_more_rows_than_fit_stand_in_a_stream_that_is_bound(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, small(contracts=(contract_of(tasks=7, episodes=1500),)))
    work = sheets.sheet_of(frozen, stream_name="week.rows.jsonl")
    assert frozen.plan.planned > MOST_INLINE
    assert work.sheet.rows is UNSET
    assert work.sheet.row_stream is not UNSET
    stream = b"".join(work.lines())
    assert work.sheet.row_stream.path == "week.rows.jsonl"
    assert work.sheet.row_stream.count == 10_500 == stream.count(b"\n")
    assert work.sheet.row_stream.sha256 == f"sha256:{hashlib.sha256(stream).hexdigest()}"
    assert msgspec.json.decode(stream.splitlines()[0], type=SheetRow) == next(work.rows())
    page = markdown(work.sheet, work.rows())
    assert "The first 1,000 of 10,500" in page
    assert "| 1000 |" in page
    assert "| 1001 |" not in page


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rows": []}, "run_sheet.count"),
        ({"rows": None}, "run_sheet.rows"),
        ({"row_stream": {"path": "a", "sha256": "sha256:" + "0a" * 32, "count": 12}}, "run_sheet.rows"),
    ],
)
def test_a_sheet_that_does_not_hold_its_rows_once_is_refused(
    change: dict[str, object], code: str, tmp_path: Path
) -> None:
    value = {**msgspec.to_builtins(sheets.sheet_of(frozen_plan(tmp_path)).sheet), **change}
    value = {name: entry for name, entry in value.items() if entry is not None}
    with pytest.raises(InputError) as refused:
        document.convert(value, RunSheet)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_commands_run_each_planned_cell_once_per_harness(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    sheet = sheets.sheet_of(frozen).sheet
    planned = {probe.id: probe.cells for probe in frozen.plan.probes}
    covered: dict[tuple[str, str], int] = {}
    for command in sheet.commands:
        key = (command.probe, command.harness)
        covered[key] = covered.get(key, 0) + command.covers
        assert "{" not in command.command
    assert set(covered) == {
        *(("libero-pro", harness) for harness in ("vla-eval", "openpi")),
        *(("libero-plus", harness) for harness in ("lerobot", "vla-eval", "openpi")),
    }
    assert all(count == planned[probe] for (probe, _), count in covered.items())
    start_seed = {probe.id: str(probe.start_seed) for probe in frozen.plan.probes}
    lerobot = [command for command in sheet.commands if command.harness == "lerobot"]
    assert all(command.command.endswith(f"--seed={start_seed['libero-plus']}") for command in lerobot)
    assert {known.harness for known in sheet.harnesses} == {"vla-eval", "openpi", "lerobot"}
    assert all(known.not_recorded for known in sheet.harnesses)


def test_commands_come_in_the_order_in_which_their_cells_come_up(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, libero())
    sheet = sheets.sheet_of(frozen).sheet
    order = list(dict.fromkeys(cell.task for cell in frozen.cells() if cell.probe == "libero-plus"))
    indexes = [task.rpartition("/")[2] for task in order]
    told = [
        found[1]
        for command in sheet.commands
        if command.harness == "lerobot" and (found := re.search(r"task_ids='\[(\d+)\]'", command.command))
    ]
    assert told == indexes


def test_a_customers_own_tasks_have_instructions_rules_and_no_commands(tmp_path: Path) -> None:
    contract = contract_of(listed=[{"task": "cup", "instruction": "put the cup on the tray"}, {"task": "block"}])
    sheet = sheets.sheet_of(frozen_plan(tmp_path, small(contracts=(contract,)))).sheet
    assert {task.task: task.says for task in sheet.tasks} == {"cup": "put the cup on the tray", "block": UNSET}
    assert sheet.commands == []
    (notes,) = sheet.mind
    assert any(contract.exclusion_rules[0] in note for note in notes.notes)
    assert any(contract.task_manifest.digest in note for note in notes.notes)
    page = markdown(sheet, iter(()))
    assert "No harness is known for customer-tabletop" in page
    assert "put the cup on the tray" in page


def test_what_the_profile_says_is_to_be_checked(tmp_path: Path) -> None:
    profile = profile_of(simulator_family="own-bench", checkpoint_uri="hf://acme/vla@abc", reset_policy="manual_reset")
    checks = " ".join(sheets.sheet_of(frozen_plan(tmp_path, small(profile=profile))).sheet.before_the_first_episode)
    for told in ("hf://acme/vla@abc", "franka-panda", "own-bench", "libero-local", "bridge-1", "20 Hz", "by hand"):
        assert told in checks, told


@pytest.mark.parametrize(
    ("policy", "told"), [("lost", "weighs against"), ("failure", "as a failure"), ("excluded_predeclared", "leaves it")]
)
def test_a_spoilt_episode_counts_as_the_plan_says(policy: str, told: str, tmp_path: Path) -> None:
    sheet = sheets.sheet_of(frozen_plan(tmp_path, small(infra_error=policy))).sheet
    assert told in sheet.when_something_fails[0]


def pages_of(sheet: RunSheet, rows: list[SheetRow]) -> tuple[str, str]:
    return markdown(sheet, iter(rows)), b"".join(pieces(sheet, iter(rows))).decode()


def test_pages_are_private_at_both_ends_and_promise_nothing(tmp_path: Path) -> None:
    work = sheets.sheet_of(frozen_plan(tmp_path, libero()))
    page, printed = pages_of(work.sheet, list(work.rows()))
    assert page.startswith("**LOCAL_PRIVATE**\n")
    assert page.endswith("**LOCAL_PRIVATE**\n")
    assert printed.count('<p class="private">LOCAL_PRIVATE</p>') == 2
    for text in (page, re.sub(r"<style>.*?</style>", "", printed, flags=re.DOTALL)):
        assert work.sheet.boundary in text
        assert re.findall(FORBIDDEN, text) == []


def test_every_row_stands_on_both_pages_once(tmp_path: Path) -> None:
    work = sheets.sheet_of(frozen_plan(tmp_path, libero()))
    page, printed = pages_of(work.sheet, list(work.rows()))
    numbers = [str(number) for number in range(1, work.sheet.planned + 1)]
    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == numbers
    assert re.findall(r'<tr><td class="number">(\d+)</td>', printed) == numbers
    assert printed.count('<td class="tick">') == 4 * work.sheet.planned


HOSTILE = "</pre><script>x</script> [a](http://x) | ``` \u202e"


def test_texts_from_outside_are_shown_and_do_nothing(tmp_path: Path) -> None:
    contract = contract_of(
        listed=[{"task": "cup", "instruction": HOSTILE}], inclusion_rules=[HOSTILE], task_owner=HOSTILE
    )
    profile = profile_of(simulator_family="own-bench", environment_version=HOSTILE)
    work = sheets.sheet_of(frozen_plan(tmp_path, small(contracts=(contract,), profile=profile)))
    page, printed = pages_of(work.sheet, list(work.rows()))
    assert "<script" not in printed
    assert "\u202e" not in page + printed
    assert r"\[a\](http\://x)" in page
    assert "script-src" not in printed
    assert "default-src 'none'" in printed


@settings(max_examples=40, deadline=None)
@given(
    tasks=st.integers(1, 6),
    episodes=st.integers(1, 40),
)
def test_tables_hold_whole_rounds_and_few_of_them_are_short(
    tmp_path_factory: pytest.TempPathFactory, tasks: int, episodes: int
) -> None:
    frozen = frozen_plan(
        tmp_path_factory.mktemp("plan"), small(contracts=(contract_of(tasks=tasks, episodes=episodes),))
    )
    work = sheets.sheet_of(frozen)
    captions = re.findall(r"### Rows ([\d,]+) to ([\d,]+): episodes? ", markdown(work.sheet, work.rows()))
    spans = [(int(first.replace(",", "")), int(last.replace(",", ""))) for first, last in captions]
    assert spans[0][0] == 1
    assert spans[-1][1] == tasks * episodes
    assert all(after[0] == before[1] + 1 for before, after in pairwise(spans))
    assert all(last % tasks == 0 for _, last in spans)
    assert all(last - first + 1 >= 20 for first, last in spans[:-1])


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(cells: int) -> int:
        planned = (PlannedCell(probe="p", task="t", axis="none", episode_index=n, seed=n) for n in range(cells))
        tracemalloc.start()
        lines = sum(piece.count(b"\n") for piece in sheets.lines_of(sheets.rows_of(planned, repeat(("A", "B")))))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert lines == 2 * cells
        return used

    assert peak(40_000) < 1.2 * peak(10_000)
