"""Budgets that are drafted from reports: what is combined, how, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scripts.calibrate_benchmark_budgets import main
from tests.worldforge.benchmark.reports import (
    older_report,
    sample_machine,
    sample_metadata,
    sample_provenance,
    sample_report,
    sample_result,
)
from worldbase import digest
from worldbase.errors import UsageError
from worldforge.benchmark.budgets import LoadedBudgets, check_budgets, load_budgets, parse_budgets
from worldforge.benchmark.calibration.document import Calibration, Diff
from worldforge.benchmark.calibration.draft import SourceReport, calibrate
from worldforge.benchmark.calibration.files import read_report, refuse_output, write_calibration
from worldforge.benchmark.calibration.render import calibration_markdown
from worldforge.benchmark.report import BenchmarkReport
from worldforge.errors import WorldForgeError

NOW = "2026-05-06T00:00:00Z"


def source(report: BenchmarkReport, name: str = "report.json") -> SourceReport:
    return SourceReport(name, digest.of_bytes(report.to_json().encode()), report)


def measured(**changes: Any) -> BenchmarkReport:
    """A report of one operation, without intervals unless they are given."""
    return sample_report(results=[sample_result(**{"intervals": {}, **changes})])


def in_force(*budgets: dict[str, Any]) -> LoadedBudgets:
    return parse_budgets(json.dumps(list(budgets)).encode(), name="budget.json")


def drafted(*reports: BenchmarkReport, **options: Any) -> Calibration:
    return calibrate([source(report) for report in reports], generated_at=NOW, **options)


def row(calibration: Calibration, metric: str, operation: str = "embed") -> Diff:
    [found] = [diff for diff in calibration.diffs if (diff.metric, diff.operation) == (metric, operation)]
    return found


def test_one_report_gives_thresholds_with_headroom() -> None:
    report = measured(average_latency_ms=2.0, p95_latency_ms=4.0, throughput_per_second=500.0)
    [budget] = drafted(report, headroom_ratio=0.25).candidate_budgets
    assert (budget.provider, budget.operation) == ("mock", "embed")
    assert (budget.min_success_rate, budget.max_error_count, budget.max_retry_count) == (1.0, 0, 0)
    assert (budget.max_average_latency_ms, budget.max_p95_latency_ms) == (2.5, 5.0)
    assert budget.min_throughput_per_second == 400.0


def test_several_reports_are_combined_by_the_worst_whatever_their_order() -> None:
    reports = [
        measured(average_latency_ms=9.0, p95_latency_ms=9.5, throughput_per_second=100.0),
        measured(average_latency_ms=1.0, p95_latency_ms=20.0, retry_count=3, throughput_per_second=900.0),
        measured(average_latency_ms=2.0, p95_latency_ms=3.0, success_count=150, error_count=50),
    ]
    drafts = [drafted(*order, headroom_ratio=0.0) for order in (reports, reports[::-1])]
    for [budget] in (draft.candidate_budgets for draft in drafts):
        assert (budget.max_average_latency_ms, budget.max_p95_latency_ms) == (9.0, 20.0)
        assert (budget.min_success_rate, budget.max_error_count, budget.max_retry_count) == (0.75, 50, 3)
        assert budget.min_throughput_per_second == 100.0


def test_the_upper_bound_of_an_interval_counts_rather_than_the_point() -> None:
    report = measured(average_latency_ms=2.0, intervals={"average_latency_ms": [1.5, 3.0]})
    assert row(drafted(report, headroom_ratio=0.0), "max_average_latency_ms").candidate_threshold == 3.0


def test_a_report_without_a_success_leaves_no_latency_to_guard() -> None:
    nothing = {"average_latency_ms": None, "p95_latency_ms": None, "success_count": 0, "error_count": 200}
    [budget] = drafted(measured(), measured(**nothing)).candidate_budgets
    assert budget.max_average_latency_ms is None
    assert budget.min_success_rate == 0.0


@given(
    latencies=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=4),
    successes=st.integers(1, 200),
    throughput=st.floats(1e-3, 1e9),
    headroom=st.floats(0, 10),
)
def test_every_report_keeps_the_draft(
    latencies: list[float], successes: int, throughput: float, headroom: float
) -> None:
    reports = [
        measured(
            average_latency_ms=latency,
            p95_latency_ms=latency * 1.7,
            success_count=successes,
            error_count=200 - successes,
            throughput_per_second=throughput * latency,
        )
        for latency in latencies
    ]
    draft = drafted(*reports, headroom_ratio=headroom)
    assert all(check_budgets(report, draft.candidate_budgets).passed for report in reports)


def test_loosening_has_to_be_reviewed_and_tightening_has_not() -> None:
    current = in_force(
        {"provider": "mock", "operation": "embed", "max_average_latency_ms": 1.0, "min_throughput_per_second": 1.0}
    )
    report = measured(average_latency_ms=2.0, p95_latency_ms=3.0, throughput_per_second=500.0)
    calibration = drafted(report, current=current, headroom_ratio=0.0)
    loosened, tightened = row(calibration, "max_average_latency_ms"), row(calibration, "min_throughput_per_second")
    assert (loosened.old_threshold, loosened.candidate_threshold, loosened.change) == (1.0, 2.0, "looser")
    assert loosened.review_required
    assert (tightened.change, tightened.review_required) == ("tighter", False)
    assert (row(calibration, "max_p95_latency_ms").change, calibration.review_required) == ("new", True)
    assert not drafted(report, current=None).review_required


def test_the_strictest_of_the_budgets_in_force_is_what_a_draft_is_held_against() -> None:
    current = in_force(
        {"max_p95_latency_ms": 9.0}, {"provider": "mock", "operation": "embed", "max_p95_latency_ms": 7.0}
    )
    calibration = drafted(measured(p95_latency_ms=8.0), current=current, headroom_ratio=0.0)
    assert row(calibration, "max_p95_latency_ms").old_threshold == 7.0


def test_what_was_not_measured_is_kept_and_named() -> None:
    current = in_force({"provider": "other", "operation": "score", "max_error_count": 0})
    calibration = drafted(measured(), current=current)
    assert calibration.candidate_budgets[-1] == current.budgets[0]
    found = row(calibration, "max_error_count", "score")
    assert (found.change, found.candidate_threshold, found.review_required) == ("not_measured", 0, True)


def test_a_wildcard_that_the_draft_replaces_asks_for_a_review() -> None:
    current = in_force({"provider": "mock", "max_error_count": 0})
    calibration = drafted(measured(), current=current)
    found = row(calibration, "max_error_count", "*")
    assert (found.change, found.candidate_threshold, found.review_required) == ("dropped", None, True)


def test_the_machine_is_that_of_the_reports_and_the_declared_name_stands_beside_it() -> None:
    context = drafted(measured(), machine_class="rack 7").baseline_context
    assert context.machine_class == sample_machine().machine_class
    assert context.declared_machine_class == "rack 7"
    assert context.python == [sample_machine().python]


def test_machines_of_different_classes_are_combined_only_on_request() -> None:
    other = sample_provenance(machine=sample_machine(machine_class="linux-aarch64-other"))
    reports = [sample_report(), sample_report(provenance=other)]
    with pytest.raises(UsageError) as refused:
        drafted(*reports)
    assert refused.value.code == "calibration.mixed_machines"
    context = drafted(*reports, allow_mixed_machines=True).baseline_context
    assert (context.machine_class, len(context.machine_classes)) == ("mixed", 2)


def test_reports_of_different_inputs_are_refused() -> None:
    other = sample_provenance(input_digest=f"sha256:{'ee' * 32}")
    with pytest.raises(UsageError) as refused:
        drafted(sample_report(), sample_report(provenance=other))
    assert refused.value.code == "calibration.mixed_inputs"


def test_an_older_report_says_that_its_machine_is_unknown() -> None:
    calibration = drafted(older_report())
    assert calibration.baseline_context.machine_class == "unknown"
    assert calibration.source_reports[0].command == []


@pytest.mark.parametrize("options", [{"headroom_ratio": -0.1}, {"headroom_ratio": 10.5}, {"rationale": " "}])
def test_arguments_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        drafted(measured(), **options)
    assert refused.value.code == "calibration.argument"


def test_nothing_to_calibrate_from_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        drafted()
    assert refused.value.code == "calibration.no_report"


def test_the_three_files_are_written_and_the_draft_loads(tmp_path: Path) -> None:
    write_calibration(drafted(sample_report()), tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "budget-calibration.json",
        "budget-calibration.md",
        "candidate-budgets.json",
    ]
    loaded = load_budgets(tmp_path / "out" / "candidate-budgets.json")
    assert check_budgets(sample_report(), loaded.budgets).passed
    written = json.loads((tmp_path / "out" / "budget-calibration.json").read_text())
    assert written["schema_version"] == 1
    assert written["source_reports"][0]["sha256"] == digest.of_bytes(sample_report().to_json().encode())


def test_the_page_names_every_row_and_escapes_what_it_was_given() -> None:
    page = calibration_markdown(
        drafted(measured(), rationale="a | b <script>", current=in_force({"max_error_count": 0}))
    )
    assert "a \\| b \\<script>" in page
    assert page.count("| mock | embed |") == 6
    assert "**Review required**" in page


def test_neither_secrets_nor_host_paths_of_a_report_are_written(tmp_path: Path) -> None:
    told = sample_provenance(command=["worldforge", "--state-dir", "/home/ada/worlds", "--token", "hunter2hunter2x9"])
    write_calibration(drafted(sample_report(provenance=told), rationale="see /home/ada/notes.txt"), tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        text = path.read_text()
        assert "/home" not in text
        assert "hunter2" not in text


def test_the_budgets_in_force_and_the_reports_are_never_replaced(tmp_path: Path) -> None:
    budget = tmp_path / "out" / "budget.json"
    with pytest.raises(UsageError) as refused:
        refuse_output(tmp_path / "out", [budget])
    assert refused.value.code == "calibration.current_budget"
    refuse_output(tmp_path / "elsewhere", [budget])


@pytest.mark.parametrize("text", ["{", "[]", '{"suite_id": "planning", "provider_summaries": []}', '{"benchmark": {}}'])
def test_what_is_no_report_of_a_benchmark_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)
    with pytest.raises(WorldForgeError) as refused:
        read_report(path)
    assert (refused.value.code, refused.value.exit_code) == ("calibration.not_a_benchmark", 3)


def test_a_report_without_results_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(sample_report(results=[]).to_json())
    with pytest.raises(WorldForgeError):
        read_report(path)


def test_what_a_gated_command_printed_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "printed.json"
    path.write_text(json.dumps({"benchmark": json.loads(sample_report().to_json()), "gate": {}}))
    assert read_report(path).report.results == sample_report().results


def test_the_command_leaves_the_current_budget_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report, budget = tmp_path / "report.json", tmp_path / "budget.json"
    report.write_text(sample_report(run_metadata=sample_metadata()).to_json())
    budget.write_text('{"budgets": [{"provider": "mock", "max_error_count": 0}]}')
    monkeypatch.setenv("WORLDFORGE_MACHINE_CLASS", "rack 7")
    arguments = ["--report", str(report), "--current-budget", str(budget), "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0
    assert "REVIEW REQUIRED" in done.stdout
    assert budget.read_text() == '{"budgets": [{"provider": "mock", "max_error_count": 0}]}'
    written = json.loads((tmp_path / "out" / "budget-calibration.json").read_text())
    assert written["baseline_context"]["declared_machine_class"] == "rack 7"
    again = CliRunner().invoke(main, arguments)
    assert isinstance(again.exception, UsageError)
    assert CliRunner().invoke(main, [*arguments, "--overwrite"]).exit_code == 0
