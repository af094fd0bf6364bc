"""Runs side by side: what is refused, and what the rows say."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import worldforge
from tests.support import shared_data
from tests.worldforge.benchmark.changes import report, result, slower
from tests.worldforge.benchmark.reports import older_report, sample_report
from tests.worldforge.runs.compared import asked, benchmark, budgeted, enveloped, evaluation, showcase
from tests.worldforge.runs.kept import edit, kept, started
from worldforge.benchmark.report import BenchmarkReport, InputFile
from worldforge.errors import ComparisonRefusedError, WorldForgeError
from worldforge.runs.comparison.compare import compare_runs
from worldforge.runs.comparison.render import comparison_text
from worldforge.runs.kept_report import keep_report


def refused(*paths: Path) -> ComparisonRefusedError:
    with pytest.raises(ComparisonRefusedError) as caught:
        compare_runs(paths)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize(
    ("changed", "code", "both"),
    [
        (report(result(operation="predict")), "compare.operations", ("embed", "predict")),
        (enveloped(report(result()), capabilities=["score"]), "compare.capabilities", ("embed, predict", "score")),
        (
            asked(report(result()), input_file=InputFile(path="inputs.json", sha256="ff" * 32)),
            "compare.fixture",
            ("d4" * 32, "ff" * 32),
        ),
        (
            enveloped(report(result()), suite_version="benchmark:2"),
            "compare.suite_version",
            ("benchmark:1", "benchmark:2"),
        ),
        (budgeted(report(result()), sha256=f"sha256:{'00' * 32}"), "compare.budget", ("e5" * 32, "00" * 32)),
    ],
    ids=["operation", "capability", "fixture", "suite", "budget"],
)
def test_runs_that_measured_something_else_are_refused(
    tmp_path: Path, changed: BenchmarkReport, code: str, both: tuple[str, str]
) -> None:
    if code == "compare.fixture":
        changed = enveloped(changed, input_digest=f"sha256:{'77' * 32}")
    baseline = benchmark(tmp_path, budgeted(report(result())) if code == "compare.budget" else report(result()))
    candidate = benchmark(tmp_path, changed)
    error = refused(baseline, candidate)
    assert error.code == code
    assert all(value in error.message for value in both)
    assert baseline.name in error.message
    assert candidate.name in error.message


def test_one_run_is_not_compared(tmp_path: Path) -> None:
    assert refused(benchmark(tmp_path)).code == "compare.too_few"
    assert refused().code == "compare.too_few"


def test_mixed_kinds_are_refused(tmp_path: Path) -> None:
    error = refused(benchmark(tmp_path), evaluation(tmp_path))
    assert (error.code, "benchmark in" in error.message, "eval in" in error.message) == (
        "compare.mixed_kinds",
        True,
        True,
    )


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    with started(tmp_path, kind="flow") as run:
        run.finish("completed", result_summary={})
    assert refused(run.path, run.path).code == "compare.kind"


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    baseline, candidate = benchmark(tmp_path), benchmark(tmp_path)
    edit(candidate, schema_version=99)
    error = refused(baseline, candidate)
    assert (error.code, "99" in error.message) == ("compare.schema", True)


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_run_without_a_report_is_refused(tmp_path: Path, status: Any) -> None:
    with started(tmp_path) as run:
        run.finish(status, result_summary={})
    assert refused(benchmark(tmp_path), run.path).code == "compare.no_report"


def test_a_run_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WorldForgeError) as caught:
        compare_runs([benchmark(tmp_path), tmp_path / "gone"])
    assert caught.value.code == "run.unknown"


def test_the_same_budgets_under_another_name_are_the_same(tmp_path: Path) -> None:
    runs = [benchmark(tmp_path, budgeted(report(result()), name=name)) for name in ("a.json", "b.json")]
    found = compare_runs(runs)
    assert [ref.partition("#")[0] for ref in found.comparison_context.budget_refs] == ["a.json", "b.json"]


def test_the_same_inputs_by_file_and_by_value_are_the_same(tmp_path: Path) -> None:
    by_file = report(result())
    by_value = asked(by_file, input_file=InputFile(path="other.json", sha256="ab" * 32))
    assert compare_runs([benchmark(tmp_path, by_file), benchmark(tmp_path, by_value)]).run_count == 2


def test_values_that_a_run_does_not_say_are_missing_evidence(tmp_path: Path) -> None:
    found = compare_runs([benchmark(tmp_path, older_report()), benchmark(tmp_path, budgeted(report(result())))])
    assert found.comparison_context.missing_evidence == ["budget_status", "fixture_digest", "suite_version"]
    assert found.comparison_context.suite_version == "benchmark:1"
    assert [run.missing_evidence for run in found.runs] == [
        ["fixture_digest", "suite_version", "budget_status"],
        ["budget_status"],
    ]


def test_rows_stand_against_the_first_run(tmp_path: Path) -> None:
    first = report(result(average_latency_ms=0.2), result(operation="predict", average_latency_ms=1.0))
    second = report(
        result(operation="predict", provider="other", average_latency_ms=1.5, retry_count=3),
        result(provider="other", average_latency_ms=0.1),
    )
    found = compare_runs([benchmark(tmp_path, first, budget_passed=True), benchmark(tmp_path, second)])
    assert [
        (row.provider, row.operation, row.average_latency_ms, row.delta_average_latency_ms) for row in found.rows
    ] == [
        ("mock", "embed", 0.2, 0.0),
        ("mock", "predict", 1.0, 0.0),
        ("other", "predict", 1.5, 0.5),
        ("other", "embed", 0.1, -0.1),
    ]
    assert (found.rows[0].budget_passed, found.rows[2].budget_passed, found.rows[2].retry_count) == (True, None, 3)
    assert found.comparison_context.providers == ["mock", "other"]
    assert found.rows[0].event_count == 200


def test_several_providers_stand_each_against_itself(tmp_path: Path) -> None:
    def both(first: float, second: float) -> BenchmarkReport:
        return report(result(average_latency_ms=first), result(provider="other", average_latency_ms=second))

    found = compare_runs([benchmark(tmp_path, both(1.0, 10.0)), benchmark(tmp_path, both(2.0, 20.0))])
    assert [row.delta_average_latency_ms for row in found.rows] == [0.0, 0.0, 1.0, 10.0]


def test_who_has_no_counterpart_has_no_delta(tmp_path: Path) -> None:
    first = report(result(provider="a"), result(provider="b"))
    found = compare_runs([benchmark(tmp_path, first), benchmark(tmp_path, report(result(provider="c")))])
    assert found.rows[-1].delta_average_latency_ms is None


def test_an_evaluation_has_scores(tmp_path: Path) -> None:
    found = compare_runs([evaluation(tmp_path), evaluation(tmp_path, scores={"push": 0.9, "stack": 0.8}, provider="b")])
    assert (found.kind, found.comparison_context.operations) == ("eval", ["planning"])
    assert [(row.delta_average_score, row.delta_pass_rate, row.passed_scenario_count) for row in found.rows] == [
        (0.0, 0.0, 1),
        (0.2, 0.5, 2),
    ]


def test_the_evaluation_of_the_other_harness_is_compared() -> None:
    run = next(shared_data("source-samples/worldforge/dot_worldforge").glob("runs/*"))
    found = compare_runs([run, run])
    assert [row.average_score for row in found.rows] == [0.8308333333333333] * 2
    assert found.comparison_context.fixture_digest is not None


def test_a_showcase_has_a_row(tmp_path: Path) -> None:
    found = compare_runs([showcase(tmp_path), showcase(tmp_path, status="failed", safe=False)])
    assert [(row.status, row.safe_to_attach, row.summary) for row in found.rows] == [
        ("passed", True, "It ran."),
        ("failed", False, "It ran."),
    ]


def test_a_skipped_run_says_why(tmp_path: Path) -> None:
    with started(tmp_path, operation="embed") as run:
        run.finish("skipped", result_summary={"reason": "the runtime is not there"})
    found = compare_runs([benchmark(tmp_path), run.path])
    assert [each.skip_reason for each in found.runs] == [None, "the runtime is not there"]
    assert len(found.rows) == 1
    assert "the runtime is not there" in comparison_text(found, "markdown")
    (skipped,) = [
        row for row in csv.DictReader(io.StringIO(comparison_text(found, "csv"))) if row["run_id"] == run.run_id
    ]
    assert (skipped["skip_reason"], skipped["average_latency_ms"]) == ("the runtime is not there", "")


def test_reports_outside_runs_are_compared(tmp_path: Path) -> None:
    paths = [keep_report(tmp_path, report(result()), f"20260506T00000{index}Z-00000000") for index in range(2)]
    found = compare_runs(paths)
    assert [run.run_id for run in found.runs] == ["20260506T000000Z-00000000", "20260506T000001Z-00000000"]
    assert found.runs[0].created_at == "2026-05-06T00:00:00Z"


def test_the_document_has_the_keys_of_the_format(tmp_path: Path) -> None:
    said = json.loads(comparison_text(compare_runs([benchmark(tmp_path), benchmark(tmp_path)]), "json"))
    assert said["schema_version"] == 2
    assert {"kind", "baseline_run_id", "run_count", "claim_boundary", "comparison_context", "runs", "rows"} <= set(said)
    assert {"path", "report_path", "artifact_refs", "safe_artifacts", "provenance_refs"} <= set(said["runs"][0])
    row = said["rows"][0]
    assert {
        "capability",
        "fixture_digest",
        "suite_version",
        "budget_ref",
        "iterations",
        "throughput_per_second",
    } <= set(row)
    assert "average_score" not in row


def test_markdown_says_first_what_it_does_not_show(tmp_path: Path) -> None:
    lines = comparison_text(compare_runs([benchmark(tmp_path), benchmark(tmp_path)]), "markdown").splitlines()
    assert lines[:3] == ["# WorldForge Run Comparison", "", f"Claim boundary: {sample_report().claim_boundary}"]
    assert lines.index("## Comparison Context") < lines.index("## Results")


def test_a_page_holds_the_boundary_and_the_rows(tmp_path: Path) -> None:
    page = comparison_text(compare_runs([benchmark(tmp_path), benchmark(tmp_path)]), "html")
    assert page.index("Claim boundary") < page.index("Comparison Context") < page.index("<td>embed</td>")
    assert "<script" not in page


@pytest.mark.parametrize("output_format", ["json", "markdown", "csv", "html"])
def test_the_command_prints_and_writes_the_same(tmp_path: Path, output_format: str) -> None:
    runs = benchmark(tmp_path), benchmark(tmp_path)
    line = f"runs compare {runs[0]} {runs[1]} --format {output_format}"
    printed, written = worldforge(line), worldforge(f"{line} --output {tmp_path / 'out'}")
    assert (printed.code, written.code, written.out) == (0, 0, "")
    assert (tmp_path / "out").read_bytes() == printed.out.encode()


def test_the_command_takes_ids_of_the_workspace(tmp_path: Path) -> None:
    runs = [benchmark(tmp_path).name, benchmark(tmp_path).name]
    said = worldforge(f"runs compare {' '.join(runs)} --workspace-dir {tmp_path} --format json")
    assert json.loads(said.out)["baseline_run_id"] == runs[0]


def test_refusals_leave_with_two_and_say_nothing_on_stdout(tmp_path: Path) -> None:
    outcome = worldforge(f"runs compare {benchmark(tmp_path)} {evaluation(tmp_path)}")
    assert (outcome.code, outcome.out) == (2, "")
    assert "compare.mixed_kinds" in outcome.err


def test_rows_side_by_side_have_no_verdict_to_fail_on(tmp_path: Path) -> None:
    outcome = worldforge(f"runs compare {benchmark(tmp_path)} {benchmark(tmp_path)} --fail-on regressed")
    assert (outcome.code, "compare.fail_on" in outcome.err) == (2, True)


def test_what_was_kept_by_a_benchmark_compares(tmp_path: Path) -> None:
    found = compare_runs(
        [kept(tmp_path), kept(tmp_path, sample_report(results=[slower(1), slower(2, operation="predict")]))]
    )
    assert {row.operation for row in found.rows} == {"embed", "predict"}
