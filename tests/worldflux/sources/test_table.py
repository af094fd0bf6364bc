"""Tables: what a row says is what is counted, and nothing is guessed."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worldflux.auditing import Package, bench
from tests.worldflux.sources.tables import CANONICAL, TRIALS, opened, outcomes, table, written
from worldbase.errors import InputError, WorldError
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.documents.run_info import RunInfo
from worldflux.episodes.cells import CellCounter
from worldflux.errors import SourceError
from worldflux.sources.builtin.table import runs as table_runs
from worldflux.sources.builtin.table.source import CSV
from worldflux.sources.contract import SourceInput
from worldflux.sources.reading import csv_rows

SCORED: Final[dict[str, Any]] = {
    "columns": {"task": "task", "success": "success", "score": "p"},
    "score_kind": "progress",
    "score_scale": 1,
}


def code_of(folder: Path, text: str, mapping: dict[str, Any] | None = None, **declared: Any) -> str:
    with pytest.raises(WorldError) as refused:
        outcomes(table(folder, text, mapping), **declared)
    assert refused.value.hint
    assert refused.value.exit_code == 3
    return refused.value.code


def audited(folder: Path, path: Path, tasks: Sequence[str], *run_info: str, source: str = "csv") -> Package:
    return bench(folder, tasks=tasks, seeds=(0, 1), episodes=2).audit(path, source=source, run_info=run_info)


def test_a_mapped_table_of_two_policies_and_two_seeds(tmp_path: Path) -> None:
    shutil.copytree(TRIALS.parent, tmp_path / "given")
    given_table = tmp_path / "given" / "trials.csv"
    assert CSV.sections(given_table) == ("baseline", "candidate")
    package = audited(tmp_path, given_table, ("pick cup", "open drawer"), "select=baseline")
    assert package.counts == {
        ("pick cup", 0): (1, 2),
        ("open drawer", 0): (1, 2),
        ("pick cup", 1): (2, 2),
        ("open drawer", 1): (0, 2),
    }
    by_outcome = Counter(line["outcome"] for line in package.episodes)
    assert by_outcome == {"success": 4, "failure": 2, "infra_error": 1, "pending": 1}
    crash = next(line for line in package.episodes if line["outcome"] == "infra_error")
    assert (crash["failure_detail"], crash["steps"], crash["locator"]) == ("simulator died", 12, "line 5")
    assert [run.bound_by for run in package.audit_input.run.runs] == ["declared", "declared"]
    assert package.findings.count("source.csv.one_of_several") == 1
    assert not {"source.csv.inferred_columns", "source.csv.derived_index", "seed.unrecorded"} & set(package.findings)
    names = [entry["name"] for entry in package.json("raw_evidence_manifest.json")["entries"]]
    assert names == ["trials.csv", "trials.csv.columns.json"] * 2


def test_several_evaluations_are_refused_until_one_is_selected() -> None:
    for unknown in (RunInfo(), RunInfo(select="nobody")):
        with pytest.raises(SourceError) as refused:
            CSV.open_parts(1, SourceInput(TRIALS, 1, unknown), unplanned_grid())
        assert refused.value.code == "source.csv.several_runs"
        assert "select=baseline" in str(refused.value.hint)


def test_columns_with_our_own_names_are_understood_and_said(tmp_path: Path) -> None:
    path = table(tmp_path, "\ufefftask;episode;success;weight\r\npick;0;TRUE;3\r\npick;1;0;4\r\n")
    package = audited(tmp_path, path, ["pick"])
    assert package.counts == {("pick", 0): (1, 2)}
    assert "not read: weight" in package.finding("source.csv.inferred_columns")
    assert [line["success"] for line in package.episodes] == [True, False]
    assert package.audit_input.source.format == "csv.canonical"


def test_rows_without_a_number_are_numbered_by_their_place(tmp_path: Path) -> None:
    path = table(tmp_path, "task\tsuccess\nb\t1\na\t1\nb\t0\na\t1\n")
    package = audited(tmp_path, path, ["a", "b"])
    assert package.counts == {("a", 0): (2, 2), ("b", 0): (1, 2)}
    assert "source.csv.derived_index" in package.findings


@pytest.mark.parametrize(
    ("declared", "task", "provenance"), [((), "only", "derived"), (("task=mine",), "mine", "declared")]
)
def test_a_table_without_a_task_is_of_the_only_one(
    tmp_path: Path, declared: tuple[str, ...], task: str, provenance: str
) -> None:
    package = audited(tmp_path, table(tmp_path, "episode,success\n0,1\n1,0\n"), ["only"], *declared)
    assert package.counts == {(task, 0): (1, 2)}
    assert {line["task_provenance"] for line in package.episodes} == {provenance}


def test_a_table_without_a_task_is_refused_where_several_are_planned(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as refused:
        audited(tmp_path, table(tmp_path, "episode,success\n0,1\n"), ["a", "b"])
    assert refused.value.code == "source.csv.no_task"


@pytest.mark.parametrize("cell", ["0.5", "2", "ok", "", "1.0", "y", "tru"])
def test_what_is_no_truth_value_is_refused_with_its_line(tmp_path: Path, cell: str) -> None:
    path = table(tmp_path, f"task,success\npick,1\npick,{cell}\n")
    with pytest.raises(SourceError) as refused:
        outcomes(path)
    assert refused.value.code == "source.csv.success_value"
    assert refused.value.where
    assert refused.value.where.line == 3


def test_what_is_listed_is_understood_and_nothing_else(tmp_path: Path) -> None:
    mapping = {
        "columns": {"task": "t", "success": "s", "score": "p"},
        "success_values": ["1.0", "done"],
        "failure_values": ["0.0"],
        "skipped_values": ["-"],
        "unknown_values": ["?"],
        "score_kind": "progress",
        "score_scale": 100,
    }
    path = table(tmp_path, "t,s,p\na,1.0,100\na,done,99.5\na,0.0,\na,-,nan\na,?,3\n", mapping)
    assert outcomes(path) == {("a", "success"): 2, ("a", "failure"): 1, ("a", "skipped"): 1, ("a", "unknown"): 1}
    (part,) = opened(path)
    scores = [(getattr(line, "score", None), getattr(line, "score_kind", None)) for line in part.episodes()]
    assert scores[:2] == [(100.0, "progress"), (99.5, "progress")]
    assert code_of(tmp_path, "t,s,p\na,true,1\n") == "source.csv.success_value"


@pytest.mark.parametrize("number", ["inf", "-Infinity", "1e999", "much"])
def test_what_is_no_finite_number_is_no_score(number: str, tmp_path: Path) -> None:
    assert code_of(tmp_path, f"task,success,p\na,true,{number}\n", SCORED) == "source.csv.value"


def test_a_score_of_nan_is_left_out_and_said(tmp_path: Path) -> None:
    path = table(tmp_path, "task,success,p\na,true,0.5\na,true,NaN\na,false,nan\n", SCORED)
    package = audited(tmp_path, path, ["a"])
    assert "left out: 2 of score." in package.finding("source.csv.not_a_number")
    assert [line.get("score") for line in package.episodes] == [0.5, None, None]
    (part,) = opened(table(tmp_path, "task,success,p\na,true,\na,true,1\n", SCORED))
    assert [line.outcome for line in part.episodes()] == ["success", "success"]
    assert "source.csv.not_a_number" not in {finding.code for finding in part.findings(CellCounter())}


def test_a_crash_stands_over_the_success_that_was_written(tmp_path: Path) -> None:
    mapping = {"columns": {"task": "t", "success": "s", "infra_error": "errored"}}
    path = table(tmp_path, "t,s,errored\na,0,1\na,1,false\n", mapping)
    (part,) = opened(path)
    assert [(line.outcome, line.success) for line in part.episodes()] == [("infra_error", False), ("success", True)]


@pytest.mark.parametrize(
    ("row", "outcome"),
    [("true,success", "success"), ("false,infra_error", "infra_error"), ("false,failure", "failure")],
)
def test_success_and_outcome_agree(tmp_path: Path, row: str, outcome: str) -> None:
    assert outcomes(table(tmp_path, f"task,success,outcome\na,{row}\n")) == {("a", outcome): 1}


@pytest.mark.parametrize("row", ["true,failure", "false,success", "true,pending", "true,infra_error"])
def test_success_and_outcome_that_contradict_are_refused(tmp_path: Path, row: str) -> None:
    assert code_of(tmp_path, f"task,success,outcome\na,{row}\n") == "source.csv.contradiction"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("task,success\na,1,2\n", "ragged"),
        ("task,success\na\n", "ragged"),
        ('task,success\n"a,1\n', "syntax"),
        ("task,success\na\0,1\n", "syntax"),
        ("task,success\na,1\ntask,success\nb,1\n", "header_again"),
        ("task,success,task\na,1,b\n", "duplicate_column"),
        ("task,reward\na,1\n", "no_outcome"),
        ("task,success\n", "no_rows"),
        ("", "empty"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "lfs_pointer"),
        ("task,success;steps\na,1;2\n", "delimiter"),
        ("task,success,episode\na,1,x\n", "value"),
        ("task,success,episode\na,1,-1\n", "value"),
        ("task,success,episode\na,1,1.5\n", "value"),
        ("task,success,episode\na,1,\n", "value"),
        ("task,success,episode\na,1,1234567890123456\n", "value"),
        ("task,success,seed\na,1,٣\n", "value"),
        ("task,success\n,1\n", "value"),
    ],
)
def test_what_is_no_table_of_episodes_is_refused(tmp_path: Path, text: str, code: str) -> None:
    assert code_of(tmp_path, text) == f"source.csv.{code}"


def test_bytes_that_are_no_text_and_lines_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("task,success\nä,1\n".encode("latin-1"))
    with pytest.raises(SourceError) as refused:
        outcomes(path)
    assert refused.value.code == "source.csv.encoding"
    path.write_bytes("task,success\na,1\n".encode("utf-16"))
    with pytest.raises(SourceError):
        outcomes(path)
    monkeypatch.setattr(csv_rows, "LONGEST_LINE", 50)
    assert code_of(tmp_path, f"task,success\n{'a' * 60},1\n") == "source.csv.long_line"


def test_a_row_that_may_be_cut_off_is_told(tmp_path: Path) -> None:
    package = audited(tmp_path, table(tmp_path, "task,episode,success\na,0,1\na,1,0"), ["a"])
    assert package.counts == {("a", 0): (1, 2)}
    assert "source.csv.no_final_newline" in package.findings


def test_more_seeds_than_anybody_runs_are_seeds_of_episodes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_runs, "MOST_RUNS", 3)
    rows = "".join(f"a,{seed},1\n" for seed in range(4))
    assert code_of(tmp_path, f"task,run_seed,success\n{rows}") == "source.csv.too_many_runs"
    assert sum(outcomes(table(tmp_path, f"task,seed,success\n{rows}")).values()) == 4


def test_constants_hold_for_every_row(tmp_path: Path) -> None:
    constants = {"task": "fold", "run_seed": 1, "max_steps": 300, "instruction": "fold it", "criterion": "human"}
    path = table(tmp_path, "win\n1\n0\n", {"columns": {"success": "win"}, "constants": constants})
    package = audited(tmp_path, path, ["fold"])
    assert package.counts == {("fold", 1): (1, 2)}
    assert package.episodes[0]["instruction"] == "fold it"
    assert package.episodes[0]["criterion"] == "human"
    assert package.audit_input.run.evaluator["max_steps"] == 300
    assert "max_steps" not in package.audit_input.missing_evidence


def test_named_columns_are_kept_as_they_are_without_what_points_to_a_machine(tmp_path: Path) -> None:
    text = "task,success,video file,arm\na,1,v0.mp4,A\na,0,/home/jane/v1.mp4,\n"
    mapping = {"columns": {"task": "task", "success": "success"}, "extra": {"video": "video file", "arm": "arm"}}
    package = audited(tmp_path, table(tmp_path, text, mapping), ["a"])
    assert package.episodes[0]["extra"] == {"video": "v0.mp4", "arm": "A"}
    assert list(package.episodes[1]["extra"]) == ["video"]
    assert "jane" not in str(package.episodes)


@pytest.mark.parametrize(
    ("extra", "code"), [({"video": "film"}, "source.csv.missing_column"), ({"video": "task"}, "document.invalid")]
)
def test_columns_to_be_kept_are_there_and_used_once(extra: dict[str, str], code: str, tmp_path: Path) -> None:
    mapping = {"columns": {"task": "task", "success": "success"}, "extra": extra}
    assert code_of(tmp_path, "task,success\na,1\n", mapping) == code


def test_recorded_seeds_are_kept(tmp_path: Path) -> None:
    package = audited(tmp_path, table(tmp_path, "task,episode,success,seed\na,0,1,77\na,1,0,78\n"), ["a"])
    assert [(line["seed"], line["seed_provenance"]) for line in package.episodes] == [
        (77, "recorded"),
        (78, "recorded"),
    ]
    assert "environment_seeds" not in package.audit_input.missing_evidence


@pytest.mark.parametrize(
    ("mapping", "problem"),
    [
        ({"columns": {"task": "t"}}, "no_outcome"),
        ({"columns": {"success": "t", "task": "t"}}, "column_twice"),
        ({"columns": {"success": "t", "score": "s"}}, "score_kind"),
        ({"columns": {"success": "t"}, "success_values": ["a"], "failure_values": ["a"]}, "value_twice"),
    ],
)
def test_a_mapping_that_says_nothing_or_two_things_is_refused(
    tmp_path: Path, mapping: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InputError) as refused:
        outcomes(table(tmp_path, "t,s\n1,2\n", mapping))
    assert [entry.code for entry in refused.value.problems] == [f"column_mapping.{problem}"]


def test_a_mapping_that_names_no_column_of_the_table_is_refused(tmp_path: Path) -> None:
    assert code_of(tmp_path, "a,b\n1,2\n", {"columns": {"success": "c"}}) == "source.csv.missing_column"
    assert code_of(tmp_path, "a,b\n1,2\n", {"columns": {"succes": "a"}}) == "document.invalid"


def test_a_mapping_for_one_file_stands_over_the_one_for_all(tmp_path: Path) -> None:
    path = table(tmp_path, "t,s,u\na,1,0\n", {"columns": {"task": "t", "success": "u"}})
    assert outcomes(path) == {("a", "failure"): 1}
    written(tmp_path, {"columns": {"task": "t", "success": "s"}}, "table.csv.columns.json")
    assert outcomes(path) == {("a", "success"): 1}


def test_a_delimiter_that_is_said_is_taken(tmp_path: Path) -> None:
    mapping = {"columns": {"task": "t", "success": "s"}, "delimiter": "|"}
    assert outcomes(table(tmp_path, "t|s,x\na|1\n", {**mapping, "columns": {"task": "t", "success": "s,x"}})) == {
        ("a", "success"): 1
    }


CELLS: Final = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=6
)
ROWS: Final = st.lists(st.tuples(CELLS, st.booleans(), CELLS), min_size=1, max_size=30)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, delimiter=st.sampled_from([",", ";", "\t"]), end=st.sampled_from(["\n", "\r\n"]), bom=st.booleans())
def test_any_table_that_a_library_wrote_is_counted(
    tmp_path: Path, rows: list[tuple[str, bool, str]], delimiter: str, end: str, bom: bool
) -> None:
    path = tmp_path / "table.csv"
    with path.open("w", newline="", encoding="utf-8-sig" if bom else "utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_MINIMAL)
        writer.writerow(["task", "success", "instruction"])
        writer.writerows((f"t {task}", success, text) for task, success, text in rows)
    expected = Counter("success" if success else "failure" for _, success, _ in rows)
    found: Counter[str] = Counter()
    for (_, outcome), count in outcomes(path).items():
        found[outcome] += count
    assert found == expected


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_broken_table_is_refused_or_says_so(tmp_path: Path, data: st.DataObject) -> None:
    whole = CANONICAL.encode()
    cut = data.draw(st.integers(0, len(whole)))
    noise = data.draw(st.sampled_from([b'"', b",", b";", b"\n", b"\xff", b"\0", b"x", whole]))
    path = tmp_path / "table.csv"
    path.write_bytes(data.draw(st.sampled_from([whole[:cut], whole[:cut] + noise + whole[cut:], whole + whole])))
    try:
        parts = opened(path)
        found = [(line.task, line.episode_index, line.outcome) for part in parts for line in part.episodes()]
    except WorldError:
        return
    told = {finding.code for part in parts for finding in part.findings(CellCounter())}
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))[1:]
    assert len(found) == sum(bool(row) for row in rows)
    assert path.read_bytes().endswith(b"\n") != ("source.csv.no_final_newline" in told)


def test_a_whole_table_with_mixed_tasks_comes_in_few_windows(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("task,success\n" + "".join(f"task {row % 5},1\n" for row in range(5_000)))
    (part,) = opened(path)
    windows = list(part.windows())
    assert len(windows) == 15  # three stretches of the file, five tasks in each
    firsts = [line.episode_index for window in windows if window.task == "task 0" for line in window.records]
    assert firsts == list(range(1_000))
