"""Reports and gates as Markdown and CSV: what people and spreadsheets see."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import msgspec
import pytest

from tests.conftest import Golden
from tests.worldforge.benchmark.reports import (
    older_report,
    sample_against,
    sample_metadata,
    sample_provenance,
    sample_report,
    sample_result,
)
from worldforge.benchmark.budgets import check_budgets, parse_budgets
from worldforge.benchmark.flags import MEANINGS
from worldforge.benchmark.render import gate_csv, gate_markdown, report_csv, report_markdown
from worldforge.benchmark.report import BenchmarkReport, GateReport, InputFile, Load

COLUMNS_OF_THE_FORMAT = (
    "provider,operation,iterations,concurrency,success_count,error_count,retry_count,total_time_ms,"
    "average_latency_ms,min_latency_ms,max_latency_ms,p50_latency_ms,p95_latency_ms,throughput_per_second,"
    "operation_metrics_json,errors_json"
)


def failing_gate() -> GateReport:
    budgets = b"""[
      {"provider": "mock", "max_p95_latency_ms": 0.1},
      {"provider": "gr00t", "operation": "policy", "max_error_count": 0}
    ]"""
    return check_budgets(sample_report(), parse_budgets(budgets, name="budget.json").budgets)


def passing_gate() -> GateReport:
    return check_budgets(sample_report(), parse_budgets(b'[{"max_error_count": 3}]', name="budget.json").budgets)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def of_one(**changes: Any) -> BenchmarkReport:
    return sample_report(results=[sample_result(**changes)])


def test_a_report_as_markdown(golden: Golden) -> None:
    golden("worldforge/report.md", report_markdown(sample_report()))


def test_a_report_as_csv(golden: Golden) -> None:
    golden("worldforge/report.csv", report_csv(sample_report()).replace("\r\n", "\n"))


def test_a_report_that_was_measured_in_turns_as_markdown(golden: Golden) -> None:
    golden("worldforge/report-against.md", report_markdown(sample_report(against=sample_against())))


def test_a_report_of_another_harness(golden: Golden) -> None:
    golden("worldforge/report-older.md", report_markdown(older_report()))
    assert rows(report_csv(older_report()))[0]["p99_latency_ms"] == ""


def test_gates_as_markdown(golden: Golden) -> None:
    golden("worldforge/gate-failed.md", gate_markdown(failing_gate()))
    golden("worldforge/gate-passed.md", gate_markdown(passing_gate()))


def test_a_gate_as_csv_holds_the_violations_alone(golden: Golden) -> None:
    golden("worldforge/gate-failed.csv", gate_csv(failing_gate()).replace("\r\n", "\n"))
    assert rows(gate_csv(passing_gate())) == []


def test_the_columns_of_the_format_come_first_and_in_its_order() -> None:
    header = report_csv(sample_report()).partition("\r\n")[0]
    assert header.startswith(f"{COLUMNS_OF_THE_FORMAT},")
    assert len(set(header.split(","))) == len(header.split(","))


def test_the_json_in_cells_is_that_of_the_report() -> None:
    report = sample_report()
    for row, result in zip(rows(report_csv(report)), report.results, strict=True):
        assert json.loads(row["operation_metrics_json"]) == msgspec.to_builtins(result.operation_metrics)
        assert json.loads(row["errors_json"]) == result.errors


@pytest.mark.parametrize("nanoseconds", [1, 41, 312, 99_999])
def test_no_real_latency_is_shown_as_zero(nanoseconds: int) -> None:
    latency = nanoseconds / 1e6
    report = of_one(average_latency_ms=latency, p50_latency_ms=latency, p95_latency_ms=latency)
    assert float(rows(report_csv(report))[0]["p50_latency_ms"]) == pytest.approx(latency, rel=1e-3)
    row = next(line for line in report_markdown(report).splitlines() if line.startswith("| mock | embed | 200/200"))
    assert [float(cell) for cell in row.split("|")[5:8]] == pytest.approx([latency] * 3, rel=1e-3)


def test_without_a_success_there_is_no_latency_rather_than_zero() -> None:
    report = of_one(
        success_count=0,
        error_count=200,
        average_latency_ms=None,
        p50_latency_ms=None,
        p95_latency_ms=None,
        p99_latency_ms=None,
        intervals={},
    )
    assert "| mock | embed | 0/200 | 0 | - | - | - | - |" in report_markdown(report)
    assert "95% intervals" not in report_markdown(report)
    assert rows(report_csv(report))[0]["average_latency_ms"] == ""


@pytest.mark.parametrize("flag", MEANINGS)
def test_every_flag_is_explained_in_a_sentence(flag: str) -> None:
    line = next(line for line in report_markdown(of_one(flags=[flag])).splitlines() if line.startswith(f"- `{flag}`"))
    assert line == f"- `{flag}` (mock/embed): {MEANINGS[flag]}."


def test_a_flag_that_nobody_knows_is_shown_by_its_name() -> None:
    text = report_markdown(of_one(flags=["of_tomorrow", "`<b>`"]))
    assert "- of_tomorrow (mock/embed)." in text
    assert "- \\`\\<b>\\` (mock/embed)." in text


def test_errors_are_counted_and_what_is_not_shown_is_said() -> None:
    report = of_one(success_count=50, error_count=150, errors=["A: x"] * 60 + ["B: y"] * 40, errors_omitted=50)
    text = report_markdown(report)
    assert text.index("- mock/embed: 60 x A: x") < text.index("- mock/embed: 40 x B: y")
    assert "- mock/embed: and 50 more errors" in text


def test_an_open_loop_says_what_it_reached() -> None:
    load = Load(
        mode="open",
        rate_per_second=1000.0,
        achieved_rate_per_second=998.3,
        late_starts=3,
        service_p50_ms=0.0301,
        service_p95_ms=0.0402,
    )
    text = report_markdown(of_one(load=load))
    assert "998.3 of 1,000 calls per second, 3 late starts" in text
    assert "p50 is 0.03010 ms and p95 0.04020 ms" in text


def test_where_a_report_holds_paths_and_secrets_they_are_not_shown() -> None:
    secret = "hf_" + "Zk3" * 12
    report = sample_report(
        results=[sample_result(success_count=199, error_count=1, errors=[f"OSError: /home/alice/ckpt.pt {secret}"])],
        run_metadata=sample_metadata(
            input_file=InputFile(path="/home/alice/in.json", sha256="d4" * 32, metadata={"token": secret})
        ),
        provenance=sample_provenance(command=["worldforge", "--state-dir", "/home/alice/w"], notes="see /root/x"),
    )
    for text in (report_markdown(report), report_csv(report)):
        assert "alice" not in text
        assert "/root" not in text
        assert secret not in text
    assert "in.json" in report_markdown(report)
