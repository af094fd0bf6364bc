"""What a benchmark leaves in its run: inputs and budgets, the report in four formats, the gate, a summary."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from worldbase.document import dump
from worldforge.benchmark.page import report_html
from worldforge.benchmark.render import gate_markdown
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.runs.preserved import GATE, REPORT, SUMMARY
from worldforge.runs.workspace import RunWorkspace

INPUTS = "inputs/inputs.json"
BUDGETS = "inputs/budget.json"


class BenchmarkSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`results/summary.json` of a benchmark; `budget_passed` is null where no budget was applied."""

    result_count: int
    error_count: int
    retry_count: int
    budget_passed: bool | None


def keep_benchmark(
    run: RunWorkspace,
    report: BenchmarkReport,
    *,
    inputs: bytes | None = None,
    budgets: bytes | None = None,
    gate: GateReport | None = None,
    interrupted: bool = False,
) -> None:
    """Write everything and finish the run; it has failed where the gate did, and completed otherwise.

    Args:
        run: The workspace of this run.
        report: What was measured.
        inputs: Bytes of the file of inputs; where none was given, the inputs of the report are written out.
        budgets: Bytes of the file of budgets.
        gate: What they said.
        interrupted: Whether somebody ended it, and the report holds what there was by then.

    Raises:
        StorageError: `file.unwritable`.
    """
    run.write("inputs", INPUTS, dump({"inputs": report.run_metadata.inputs}) if inputs is None else inputs)
    if budgets is not None:
        run.write("budgets", BUDGETS, budgets)
    run.write("json", REPORT, report.to_json())
    run.write("markdown", "reports/report.md", report.to_markdown())
    run.write("csv", "reports/report.csv", report.to_csv())
    run.write("html", "reports/report.html", report_html(report, gate=gate))
    if gate is not None:
        run.write("gate", GATE, dump(gate))
        run.write("gate_markdown", "reports/gate.md", gate_markdown(gate))
    summary = _summary(report, gate)
    run.write("summary", SUMMARY, dump(summary))
    origin = report.provenance
    run.finish(
        "cancelled" if interrupted else "failed" if gate is not None and not gate.passed else "completed",
        result_summary=_as_object(summary),
        event_count=0 if origin is UNSET else origin.event_count,
        input_digest=None if origin is UNSET else origin.input_digest,
    )


def _summary(report: BenchmarkReport, gate: GateReport | None) -> BenchmarkSummary:
    return BenchmarkSummary(
        result_count=len(report.results),
        error_count=sum(result.error_count for result in report.results),
        retry_count=sum(result.retry_count for result in report.results),
        budget_passed=None if gate is None else gate.passed,
    )


def _as_object(summary: BenchmarkSummary) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.to_builtins(summary)
    return value
