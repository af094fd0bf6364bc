"""What an evaluation leaves in its run: the report in every form, the gallery, the gate, a summary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase.document import dump
from worldforge.evaluation.gate import FILE as GATE
from worldforge.evaluation.gate import EvaluationGate
from worldforge.evaluation.report import EvaluationReport
from worldforge.runs.preserved import REPORT, SUMMARY
from worldforge.runs.workspace import RunWorkspace

_PLACES: Final = {
    "json": REPORT,
    "markdown": "reports/report.md",
    "csv": "reports/report.csv",
    "html": "reports/report.html",
    "failure_gallery.json": "reports/report.failure_gallery.json",
    "failure_gallery.md": "reports/report.failure_gallery.md",
}


class EvaluationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`results/summary.json` of an evaluation; `gate_passed` is null where nothing was demanded."""

    suite_id: str
    suite: str
    result_count: int
    passed_count: int
    average_score: float
    gate_passed: bool | None


def keep_evaluation(
    run: RunWorkspace,
    report: EvaluationReport,
    *,
    dataset_manifests: Sequence[bytes] = (),
    gate: EvaluationGate | None = None,
) -> None:
    """Write everything and finish the run; it has failed where the gate did, and completed otherwise.

    Args:
        run: The workspace of this run.
        report: What came out.
        dataset_manifests: Bytes of the manifests that the report cites.
        gate: What was demanded of it.

    Raises:
        StorageError: `file.unwritable`.
    """
    for number, data in enumerate(dataset_manifests, start=1):
        run.write(f"dataset_manifest_{number}", f"inputs/dataset-manifest-{number}.json", data)
    for label, text in report.artifacts().items():
        run.write(label, _PLACES[label], text)
    if gate is not None:
        run.write("gate", GATE, dump(gate))
    summary = _summary(report, gate)
    run.write("summary", SUMMARY, dump(summary))
    origin = report.provenance
    run.finish(
        "failed" if gate is not None and not gate.passed else "completed",
        result_summary=_as_object(summary),
        event_count=0 if origin is UNSET else origin.event_count,
        input_digest=None if origin is UNSET else origin.input_digest,
    )


def _summary(report: EvaluationReport, gate: EvaluationGate | None) -> EvaluationSummary:
    return EvaluationSummary(
        suite_id=report.suite_id,
        suite=report.suite,
        result_count=len(report.results),
        passed_count=sum(result.passed for result in report.results),
        average_score=sum(result.score for result in report.results) / max(len(report.results), 1),
        gate_passed=None if gate is None else gate.passed,
    )


def _as_object(summary: EvaluationSummary) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.to_builtins(summary)
    return value
