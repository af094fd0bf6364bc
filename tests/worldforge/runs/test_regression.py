"""A candidate against a baseline: what is judged, what is listed, and how the command answers."""

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
from tests.worldforge.benchmark.reports import older_report, sample_metrics
from tests.worldforge.runs.compared import asked, benchmark, budgeted, enveloped, evaluation, showcase
from tests.worldforge.runs.kept import edit, started
from worldbase.errors import UsageError
from worldforge.benchmark.report import BenchmarkReport
from worldforge.errors import ComparisonRefusedError
from worldforge.runs.comparison.documents import MetricDelta, Regression, RegressionRow
from worldforge.runs.comparison.judged import matches
from worldforge.runs.comparison.regression import compare_regression
from worldforge.runs.comparison.render import regression_text


def compared(root: Path, before: BenchmarkReport, after: BenchmarkReport, **changes: Any) -> Regression:
    return compare_regression([benchmark(root, before), benchmark(root, after)], **changes)


def judged(found: Regression) -> list[RegressionRow]:
    return [row for row in found.rows if row.judged]


def metric(found: Regression, name: str) -> MetricDelta:
    return next(each for each in found.metric_deltas if each.metric == name)


def test_the_same_run_twice_is_unchanged(tmp_path: Path) -> None:
    run = benchmark(tmp_path)
    found = compare_regression([run, run])
    assert found.regression_summary.status == "unchanged"
    assert {row.status for row in judged(found)} == {"unchanged"}
    assert (found.artifact_changes.status, found.provenance_changes.status) == ("unchanged", "unchanged")


@pytest.mark.parametrize(("factor", "status"), [(2.0, "regressed"), (1.05, "unchanged"), (0.5, "improved")])
def test_a_latency_is_judged_by_the_noise_model(tmp_path: Path, factor: float, status: str) -> None:
    found = compared(tmp_path, report(result()), report(slower(factor)))
    assert found.regression_summary.status == status
    (row,) = judged(found)
    assert (row.category, row.name, row.status) == ("operation", "mock/embed", status)
    assert row.ratio == pytest.approx(factor)
    assert row.interval is not None
    assert row.interval[0] <= factor <= row.interval[1]
    assert metric(found, "p50_latency_ms").status == status


def test_one_operation_that_regressed_is_not_made_up_for(tmp_path: Path) -> None:
    before = report(result(), result(operation="predict"))
    found = compared(tmp_path, before, report(slower(0.4), slower(2, operation="predict")))
    assert found.regression_summary.status == "regressed"
    counts = found.regression_summary.counts
    assert (counts.regressed, counts.improved, counts.unchanged, counts.cannot_decide) == (1, 1, 0, 0)


def test_a_tail_that_grew_is_a_regression(tmp_path: Path) -> None:
    found = compared(tmp_path, report(result(calls=20)), report(result(calls=20, tail=4.0)))
    (row,) = judged(found)
    assert (row.status, row.ratio) == ("regressed", 1.0)
    assert "p95 0.1506 to 0.4016 ms, ratio 2.67" in row.detail


def test_the_smallest_effect_is_chosen_and_checked(tmp_path: Path) -> None:
    assert (
        compared(tmp_path, report(result()), report(slower(1.2)), min_effect=0.1).regression_summary.status
        == "regressed"
    )
    for wrong in (0, -1, float("nan"), float("inf"), 11):
        with pytest.raises(UsageError, match="smallest effect"):
            compared(tmp_path, report(result()), report(result()), min_effect=wrong)


def test_reports_without_blocks_decide_counts_alone(tmp_path: Path) -> None:
    found = compared(tmp_path, older_report(), older_report())
    (row,) = judged(found)
    assert (found.regression_summary.status, row.status) == ("cannot_decide", "cannot_decide")
    assert "it has no blocks" in row.detail
    assert [metric(found, name).status for name in ("error_count", "retry_count")] == ["unchanged", "unchanged"]


def test_another_machine_decides_counts_alone(tmp_path: Path) -> None:
    failing = slower(2, success_count=100, error_count=100, error_kinds={"TimeoutError": 100})
    found = compared(tmp_path, report(result()), report(failing, machine={"machine_class": "other"}))
    assert metric(found, "average_latency_ms").status == "cannot_decide"
    assert metric(found, "error_count").status == "regressed"
    assert found.regression_summary.status == "regressed"
    assert found.failure_changes.new_failures == ["benchmark:embed:TimeoutError"]


def test_a_few_failures_leave_it_open_and_say_so(tmp_path: Path) -> None:
    flaky = result(success_count=198, error_count=2, error_kinds={"TimeoutError": 2})
    found = compared(tmp_path, report(result()), report(flaky))
    (row,) = judged(found)
    assert row.status == "cannot_decide"
    assert "failures cannot decide: 0 of 200 calls failed, then 2 of 200: too few to tell from chance" in row.detail


def test_failures_that_are_gone_are_listed(tmp_path: Path) -> None:
    failing = result(success_count=100, error_count=100, error_kinds={"ValueError": 60, "TimeoutError": 40})
    kept = result(success_count=160, error_count=40, error_kinds={"TimeoutError": 40})
    changes = compared(tmp_path, report(failing), report(kept)).failure_changes
    assert (changes.removed_failures, changes.lasting_failures, changes.new_failures) == (
        ["benchmark:embed:ValueError"],
        ["benchmark:embed:TimeoutError"],
        [],
    )


def test_messages_of_older_reports_are_fingerprinted_without_numbers(tmp_path: Path) -> None:
    def older(*messages: str) -> BenchmarkReport:
        import msgspec

        (only,) = older_report().results
        failing = msgspec.structs.replace(only, errors=list(messages), error_count=len(messages), success_count=3)
        return msgspec.structs.replace(older_report(), results=[failing])

    changes = compared(tmp_path, older("took 1.5 s", "took 2 s"), older("took 7 s")).failure_changes
    assert (changes.status, changes.lasting_failures) == ("unchanged", ["benchmark:embed:took # s"])


def test_more_retries_are_a_regression(tmp_path: Path) -> None:
    retrying = result(retry_count=50, operation_metrics=sample_metrics("embed", retries=50))
    found = compared(tmp_path, report(result()), report(retrying))
    assert (metric(found, "retry_count").status, found.regression_summary.status) == ("regressed", "regressed")
    assert (metric(found, "request_count").baseline, metric(found, "request_count").candidate) == (200, 250)


@pytest.mark.parametrize(
    ("before", "after", "status", "row_status"),
    [
        (True, False, "budget-violation", "regressed"),
        (False, True, "improved", "improved"),
        (True, True, "unchanged", "unchanged"),
        (True, None, "changed", "cannot_decide"),
        (None, None, "unchanged", None),
    ],
)
def test_gates_are_judged(
    tmp_path: Path, before: bool | None, after: bool | None, status: str, row_status: Any
) -> None:
    said = [{} if passed is None else {"budget_passed": passed} for passed in (before, after)]
    found = compare_regression([benchmark(tmp_path, budgeted(report(result())), **each) for each in said])
    assert found.budget_status_changes.status == status
    rows = [row.status for row in judged(found) if row.category == "budget"]
    assert rows == ([] if row_status is None else [row_status])


def test_an_operation_of_one_run_alone_is_left_open(tmp_path: Path) -> None:
    both = report(result(provider="a"), result(provider="b"))
    found = compared(tmp_path, both, report(result(provider="a")))
    assert [(row.name, row.status) for row in judged(found)] == [("a/embed", "unchanged"), ("b/embed", "cannot_decide")]


def test_files_are_compared_by_digest(tmp_path: Path) -> None:
    runs = []
    for index, text in enumerate(("a", "b")):
        with started(tmp_path, operation="embed") as run:
            run.write("json", "reports/report.json", report(slower(1 + index / 100)).to_json())
            run.write("notes", "artifacts/notes.txt", text)
            run.write(f"only-{text}", f"artifacts/{text}.txt", "same")
            run.write("model", "artifacts/weights.bin", "not shown")
            run.finish("completed", result_summary={})
        runs.append(run.path)
    changes = compare_regression(runs).artifact_changes
    assert (changes.added, changes.removed) == (["only-b"], ["only-a"])
    assert (changes.changed, changes.expected) == (["json", "notes"], ["json"])
    assert changes.excluded_unsafe_count == 2


def test_files_of_runs_without_digests_are_read(tmp_path: Path) -> None:
    runs = benchmark(tmp_path), benchmark(tmp_path, report(slower(1.01)))
    for run in runs:
        manifest = json.loads((run / "run_manifest.json").read_text())
        del manifest["files"]
        (run / "run_manifest.json").write_text(json.dumps(manifest))
    assert compare_regression(runs).artifact_changes.changed == ["json"]


@pytest.mark.parametrize(
    "path",
    ["/private/checkpoint.json", "../../secret.json", "artifacts/weights.bin", "artifacts/../x.json", "~/x.json", ""],
)
def test_unsafe_references_are_counted_and_never_shown(tmp_path: Path, path: str) -> None:
    baseline, candidate = benchmark(tmp_path), benchmark(tmp_path)
    edit(candidate, artifact_paths={"json": "reports/report.json", "secret-label": path})
    found = compare_regression([baseline, candidate])
    assert found.artifact_changes.excluded_unsafe_count == 1
    for output_format in ("json", "markdown", "csv", "html"):
        said = regression_text(found, output_format)
        assert "secret-label" not in said
        assert not path or path not in said
    assert "Unsafe artifacts excluded from rendered reports: 1" in regression_text(found, "markdown")


def test_how_the_runs_came_about_is_listed(tmp_path: Path) -> None:
    after = enveloped(report(result(), machine={"python": "CPython 3.13.1"}), worldforge_version="0.2.0")
    found = compared(tmp_path, report(result()), asked(after, iterations=50))
    differences = {each.field: (each.baseline, each.candidate) for each in found.provenance_changes.differences}
    assert differences["python"] == ("CPython 3.11.7", "CPython 3.13.1")
    assert differences["worldforge_version"] == ("0.1.0", "0.2.0")
    assert differences["iterations"] == ("200", "50")


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ({"push": 0.9, "stack": 0.9}, {"push": 0.9, "stack": 0.3}, "regressed"),
        ({"push": 0.9, "stack": 0.3}, {"push": 0.9, "stack": 0.9}, "improved"),
        ({"push": 0.9, "stack": 0.3}, {"push": 0.3, "stack": 0.9}, "regressed"),
        ({"push": 0.9, "stack": 0.8}, {"push": 0.9, "stack": 0.6}, "regressed"),
        ({"push": 0.9, "stack": 0.8}, {"push": 0.895, "stack": 0.8}, "unchanged"),
    ],
    ids=["fails", "passes", "swapped", "score", "hardly"],
)
def test_evaluations_are_judged_by_scenarios_and_scores(
    tmp_path: Path, before: dict[str, float], after: dict[str, float], status: str
) -> None:
    found = compare_regression([evaluation(tmp_path, scores=before), evaluation(tmp_path, scores=after)])
    assert (found.kind, found.regression_summary.status) == ("eval", status)
    assert {row.category for row in judged(found)} == {"suite"}


def test_scenarios_that_fail_are_named(tmp_path: Path) -> None:
    found = compare_regression([evaluation(tmp_path), evaluation(tmp_path, scores={"push": 0.1, "stack": 0.9})])
    assert found.failure_changes.new_failures == ["evaluation:planning:mock:push"]
    assert found.failure_changes.removed_failures == ["evaluation:planning:mock:stack"]
    assert {metric.metric: metric.status for metric in found.metric_deltas} == {
        "average_score": "regressed",
        "pass_rate": "unchanged",
        "passed_scenario_count": "unchanged",
        "failed_scenario_count": "unchanged",
    }


def test_the_evaluation_of_the_other_harness_is_unchanged_to_itself() -> None:
    run = next(shared_data("source-samples/worldforge/dot_worldforge").glob("runs/*"))
    assert compare_regression([run, run]).regression_summary.status == "unchanged"


def test_showcases_are_judged_by_their_end(tmp_path: Path) -> None:
    good, bad = showcase(tmp_path), showcase(tmp_path, status="failed", safe=False, reason="no frames")
    found = compare_regression([good, bad])
    assert (found.kind, found.regression_summary.status) == ("demo_showcase", "regressed")
    assert metric(found, "safe_to_attach").status == "regressed"
    assert found.failure_changes.new_failures == ["run:failed:no frames"]
    assert compare_regression([bad, good]).regression_summary.status == "improved"
    assert compare_regression([good, good]).regression_summary.status == "unchanged"


def test_a_showcase_that_may_not_be_attached_any_more_regressed(tmp_path: Path) -> None:
    assert (
        compare_regression([showcase(tmp_path), showcase(tmp_path, safe=False)]).regression_summary.status
        == "regressed"
    )
    assert (
        compare_regression([showcase(tmp_path), showcase(tmp_path, safe=None)]).regression_summary.status == "unchanged"
    )


def test_a_regression_is_between_two_runs(tmp_path: Path) -> None:
    run = benchmark(tmp_path)
    with pytest.raises(ComparisonRefusedError) as caught:
        compare_regression([run, run, run])
    assert (caught.value.code, caught.value.exit_code) == ("compare.not_two", 2)
    with pytest.raises(ComparisonRefusedError):
        compare_regression([run])


def test_the_document_has_the_keys_of_the_format(tmp_path: Path) -> None:
    said = json.loads(regression_text(compared(tmp_path, report(result()), report(slower(2))), "json"))
    assert (said["schema_version"], said["mode"]) == (1, "regression")
    assert {
        "metric_deltas",
        "budget_status_changes",
        "failure_changes",
        "artifact_changes",
        "provenance_changes",
    } <= set(said)
    assert set(said["regression_summary"]) == {"status", "counts", "min_effect", "confidence"}
    assert {"category", "name", "status", "baseline", "candidate", "delta", "detail"} <= set(said["rows"][0])
    statuses = {"regressed", "improved", "unchanged", "cannot_decide"}
    assert {row["status"] for row in said["rows"]} <= statuses


def test_markdown_says_first_what_it_does_not_show_and_then_the_answer(tmp_path: Path) -> None:
    said = regression_text(compared(tmp_path, report(result()), report(slower(2))), "markdown")
    assert said.startswith("# WorldForge Regression Comparison\n\nClaim boundary: ")
    assert (
        said.index("Claim boundary") < said.index("Regressed: ") < said.index("## Verdicts") < said.index("## Failures")
    )
    assert "p50 0.1004 to 0.2008 ms, ratio 2.00, 95% 1.99 to 2.01" in said


def test_csv_has_a_row_for_everything(tmp_path: Path) -> None:
    rows = list(
        csv.DictReader(io.StringIO(regression_text(compared(tmp_path, report(result()), report(slower(2))), "csv")))
    )
    assert (rows[0]["category"], rows[0]["status"], rows[0]["judged"]) == ("operation", "regressed", "true")
    assert {row["category"] for row in rows} >= {"operation", "metric", "artifact"}


def test_the_command_fails_where_it_is_told_to(tmp_path: Path) -> None:
    same, other = benchmark(tmp_path), benchmark(tmp_path, report(slower(2)))
    line = f"runs compare {same} {other} --mode regression"
    assert worldforge(line).code == 0
    failing = worldforge(f"{line} --fail-on regressed --format json")
    assert (failing.code, "compare.regressed" in failing.err) == (1, True)
    assert json.loads(failing.out)["regression_summary"]["status"] == "regressed"
    assert worldforge(f"{line} --fail-on regressed --min-effect 3").code == 0
    assert worldforge(f"runs compare {other} {same} --mode regression --fail-on regressed").code == 0


def test_it_fails_also_where_the_report_goes_to_a_file(tmp_path: Path) -> None:
    runs = benchmark(tmp_path), benchmark(tmp_path, report(slower(2)))
    line = f"runs compare {runs[0]} {runs[1]} --mode regression --fail-on regressed --format html"
    outcome = worldforge(f"{line} --output {tmp_path / 'page.html'}")
    assert (outcome.code, outcome.out) == (1, "")
    assert "Regression Summary" in (tmp_path / "page.html").read_text()


def test_who_stands_for_whom() -> None:
    def found(before: str, after: str) -> tuple[list[str], list[str], list[str]]:
        sides = [[result(provider=name) for name in names] for names in (before, after)]
        pairs, gone, new = matches(*sides)
        return (
            [first.provider + second.provider for first, second in pairs],
            [each.provider for each in gone],
            [each.provider for each in new],
        )

    assert found("ab", "ba") == (["bb", "aa"], [], [])
    assert found("a", "b") == (["ab"], [], [])
    assert found("ab", "ac") == (["aa", "bc"], [], [])
    assert found("ab", "a") == (["aa"], ["b"], [])
    assert found("a", "ab") == (["aa"], [], ["b"])
    assert found("ab", "cd") == ([], ["a", "b"], ["c", "d"])
