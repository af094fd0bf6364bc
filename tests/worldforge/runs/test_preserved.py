"""Opening runs: ours, older ones of another harness, and reports that lie by themselves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from tests.support import shared_data
from tests.worldforge.benchmark.reports import sample_report
from tests.worldforge.runs.kept import edit, honest_report, kept, started
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.errors import WorldForgeError
from worldforge.runs.kept_report import keep_report
from worldforge.runs.manifest import MANIFEST
from worldforge.runs.preserved import EvaluationReportView, list_runs, open_run, read_gate
from worldforge.runs.shown import shown, shown_text

OLDER = {
    "schema_version": 1,
    "run_id": "20260101T000000Z-00000001",
    "created_at": "2026-01-01T00:00:00Z",
    "kind": "benchmark",
    "command": "worldforge benchmark --provider mock",
    "status": "completed",
    "provider": "mock",
    "operation": "predict",
    "input_summary": {},
    "result_summary": {"result_count": 1, "budget_passed": None},
    "artifact_paths": {"json": "reports/report.json"},
    "event_count": 5,
    "layout": {"reports": "reports/"},
    "config_profile": None,
    "a_key_of_later": True,
}
OLDER_RESULT = {
    "provider": "mock",
    "operation": "predict",
    "iterations": 5,
    "concurrency": 1,
    "success_count": 5,
    "error_count": 0,
    "retry_count": 0,
    "total_time_ms": 3.2,
    "average_latency_ms": 0.61,
    "min_latency_ms": 0.5,
    "max_latency_ms": 0.9,
    "p50_latency_ms": 0.6,
    "p95_latency_ms": 0.88,
    "throughput_per_second": 1562.5,
    "operation_metrics": {"provider": "mock", "operation": "predict", "events": []},
    "errors": [],
    "another_key": {},
}
OLDER_REPORT = {
    "claim_boundary": "synthetic",
    "metric_semantics": "milliseconds",
    "run_metadata": {
        "providers": ["mock"],
        "requested_operations": None,
        "selected_operations": {"mock": ["predict"]},
        "iterations": 5,
        "concurrency": 1,
        "inputs": {"prediction_steps": 2},
    },
    "results": [OLDER_RESULT],
}


def older_run(root: Path) -> Path:
    """A run as an older harness leaves it: no digests, no envelope, keys that are not known here."""
    run = root / "runs" / str(OLDER["run_id"])
    (run / "reports").mkdir(parents=True)
    (run / MANIFEST).write_text(json.dumps(OLDER, sort_keys=True, indent=2))
    (run / "reports" / "report.json").write_text(json.dumps(OLDER_REPORT))
    return run


def test_a_run_opens_by_folder_manifest_report_and_id(tmp_path: Path) -> None:
    run = kept(tmp_path)
    for named in (run, run / MANIFEST, run / "reports" / "report.json"):
        opened = open_run(named)
        assert (opened.path, opened.run_id, opened.kind, opened.state) == (run, run.name, "benchmark", "completed")
        assert opened.report == honest_report()
    assert open_run(run.name, workspace=tmp_path).path == run


def test_a_run_opens_from_inside_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = kept(tmp_path)
    monkeypatch.chdir(run)
    assert open_run(Path()).run_id == run.name
    assert open_run(Path(MANIFEST)).run_id == run.name


def test_an_older_run_opens(tmp_path: Path) -> None:
    opened = open_run(older_run(tmp_path))
    assert isinstance(opened.report, BenchmarkReport)
    assert opened.report.provenance is msgspec.UNSET
    assert opened.report.results[0].p95_latency_ms == 0.88
    assert opened.manifest is not None
    assert opened.manifest.files is msgspec.UNSET


def test_the_evaluation_of_the_other_harness_opens() -> None:
    workspace = shared_data("source-samples/worldforge/dot_worldforge")
    (listed,) = list_runs(workspace)
    assert (listed.state, listed.fault) == ("completed", None)
    opened = open_run(listed.path)
    assert isinstance(opened.report, EvaluationReportView)
    assert [result.passed for result in opened.report.results] == [True] * 4
    assert opened.report.provider_summaries[0].pass_rate == 1.0
    assert "object-swap" in shown_text(shown(opened))


def test_a_demo_showcase_opens_as_its_summary(tmp_path: Path) -> None:
    with started(tmp_path, kind="demo_showcase") as run:
        run.write("summary", "results/summary.json", '{"steps": 3}')
        run.finish("passed", result_summary={"steps": 3})
    opened = open_run(run.path)
    assert (opened.report, opened.report_path) == ({"steps": 3}, "results/summary.json")


def test_a_report_that_lies_by_itself_opens(tmp_path: Path) -> None:
    path = keep_report(tmp_path, sample_report(), "20260506T000000Z-0123abcd")
    assert path.relative_to(tmp_path) == Path("reports/benchmark-20260506T000000Z-0123abcd.json")
    opened = open_run(path)
    assert (opened.run_id, opened.kind, opened.manifest) == ("20260506T000000Z-0123abcd", "benchmark", None)
    assert opened.report == sample_report()
    assert read_gate(opened) is None


def test_a_run_that_goes_on_and_one_that_was_left_are_told_apart(tmp_path: Path) -> None:
    with started(tmp_path) as run:
        assert open_run(run.path).state == "running"
        copy = run.path.with_name("20260101T000000Z-00000002")
        shutil.copytree(run.path, copy)
        edit(copy, run_id=copy.name)
        assert open_run(copy).state == "interrupted"
        assert open_run(copy).report is None
        assert "No report." in shown_text(shown(open_run(copy)))
        run.finish("completed", result_summary={})


def test_a_gate_opens_with_its_run(tmp_path: Path) -> None:
    gate = GateReport(
        passed=False, budget_count=1, checked_result_count=2, violation_count=2, budgets=[], violations=[]
    )
    with started(tmp_path) as run:
        run.write("json", "reports/report.json", sample_report().to_json())
        run.write("gate", "reports/gate.json", msgspec.json.encode(gate))
        run.finish("failed", result_summary={"budget_passed": False})
    opened = open_run(run.path)
    assert read_gate(opened) == gate
    assert "failed, 2 violations" in shown_text(shown(opened))


@pytest.mark.parametrize("named", ["nothing", "20260101T000000Z-00000009", "bad\0name"])
def test_a_run_that_is_not_there_is_said_so(tmp_path: Path, named: str) -> None:
    with pytest.raises(WorldForgeError) as refused:
        open_run(named, workspace=tmp_path)
    assert refused.value.code == "run.unknown"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "run.manifest_invalid"),
        ("{", "run.manifest_invalid"),
        ("[]", "run.manifest_invalid"),
        ("[" * 100_000, "run.manifest_invalid"),
        ('{"schema_version": 1}', "run.manifest_invalid"),
        ('{"schema_version": 2}', "run.schema_version"),
        ('{"schema_version": true}', "run.schema_version"),
        ('{"schema_version": "1"}', "run.schema_version"),
        (json.dumps({**OLDER, "schema_version": 1.0}), "run.manifest_invalid"),
        (json.dumps({**OLDER, "status": "splendid"}), "run.manifest_invalid"),
        (json.dumps({**OLDER, "run_id": "../../etc"}), "run.manifest_invalid"),
        (json.dumps({**OLDER, "run_id": "20260101T000000Z-00000001\n"}), "run.manifest_invalid"),
        (json.dumps({**OLDER, "event_count": float("nan")}), "run.manifest_invalid"),
        ('{"schema_version": 1, "run_id": "\\ud800"}', "run.manifest_invalid"),
    ],
    ids=[
        *("empty", "cut", "list", "deep", "no-fields", "version-2", "version-true", "version-text"),
        *("version-float", "status", "run-id", "run-id-line-break", "nan", "surrogate"),
    ],
)
def test_a_manifest_that_is_none_is_refused_and_listed_with_its_fault(tmp_path: Path, text: str, code: str) -> None:
    run = older_run(tmp_path)
    kept(tmp_path)
    (run / MANIFEST).write_text(text)
    with pytest.raises(WorldForgeError) as refused:
        open_run(run)
    assert refused.value.code == code
    broken, whole = list_runs(tmp_path)
    assert (broken.state, whole.state) == ("unreadable", "completed")
    assert broken.fault is not None
    assert broken.fault.code == code


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    run = older_run(tmp_path)
    (run / MANIFEST).write_bytes(b'{"schema_version": 1, "run_id": "\xff"}')
    with pytest.raises(WorldForgeError, match="not readable"):
        open_run(run)


def test_a_folder_without_a_manifest_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(WorldForgeError) as refused:
        open_run(tmp_path)
    assert refused.value.code == "run.no_manifest"


def test_a_folder_with_the_manifest_of_another_run_is_listed_as_unreadable(tmp_path: Path) -> None:
    run = kept(tmp_path)
    run.rename(run.with_name("20260101T000000Z-00000001"))
    (listed,) = list_runs(tmp_path)
    assert listed.state == "unreadable"
    assert run.name in str(listed.fault)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"run_metadata": {}}', '{"provider_summaries": 3}', "{'a'", "\x00"], ids=repr
)
def test_a_report_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(WorldForgeError) as refused:
        open_run(path)
    assert refused.value.code in {"run.not_a_report", "run.report_invalid"}


def test_a_report_with_a_wrong_type_names_the_place(tmp_path: Path) -> None:
    run = older_run(tmp_path)
    report = {**OLDER_REPORT, "results": [{**OLDER_RESULT, "success_count": "five"}]}
    (run / "reports" / "report.json").write_text(json.dumps(report))
    with pytest.raises(WorldForgeError) as refused:
        open_run(run)
    assert refused.value.code == "run.report_invalid"
    assert refused.value.where is not None
    assert refused.value.where.pointer == "/results/0/success_count"


def test_no_workspace_is_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "nowhere") == []
    (tmp_path / "runs").write_text("a file")
    assert list_runs(tmp_path) == []


def test_other_names_beside_runs_are_left_out(tmp_path: Path) -> None:
    run = kept(tmp_path)
    for name in ("notes", ".20260101T000000Z-00000001.staging", "20260101T000000Z-0000000G"):
        (tmp_path / "runs" / name).mkdir()
    assert [listed.run_id for listed in list_runs(tmp_path)] == [run.name]


def test_runs_come_in_the_order_of_their_time(tmp_path: Path) -> None:
    older_run(tmp_path)
    kept(tmp_path)
    assert [run.run_id for run in list_runs(tmp_path)] == sorted(path.name for path in (tmp_path / "runs").iterdir())
