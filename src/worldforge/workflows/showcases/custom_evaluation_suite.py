"""A suite of one's own: registered, run, shown in every form, with the failure that it found."""

from __future__ import annotations

from typing import Final

from worldforge.evaluation.suite import EvaluationSuite
from worldforge.forge.facade import WorldForge
from worldforge.workflows.showcases.shelf import FAILS_WITH_MOCK, shelf_suite
from worldforge.workflows.showcases.stage import Ending, Stage

_FILES: Final = {
    "json": "reports/report.json",
    "markdown": "reports/report.md",
    "csv": "reports/report.csv",
    "html": "reports/report.html",
    "failure_gallery.json": "reports/failure_gallery.json",
    "failure_gallery.md": "reports/failure_gallery.md",
}


def play(stage: Stage) -> Ending:
    """Register the suite, run it with `mock`, keep every form of its report."""
    suite = shelf_suite()
    EvaluationSuite.register(suite.suite_id, lambda: suite, replace=True)
    stage.step(
        "Define and register",
        f"{len(suite.scenarios)} scenarios became the suite {suite.suite_id}, version {suite.suite_version}; it is "
        "known by its name in this process.",
    )
    report = stage.evaluate(EvaluationSuite.from_registered(suite.suite_id), ["mock"], WorldForge())
    EvaluationSuite.unregister(suite.suite_id)
    failed = [result.scenario for result in report.results if not result.passed]
    stage.step(
        "Run it with mock",
        f"{len(report.results) - len(failed)} of {len(report.results)} scenarios passed. {', '.join(failed)} failed, "
        "as it was meant to: mock knows no gravity.",
    )
    for label, text in report.artifacts().items():
        stage.keep(label, _FILES[label], text)
    stage.step("Keep the reports", "JSON, Markdown, CSV and HTML, and the failure gallery as JSON and Markdown.")
    stage.then(f"worldforge runs show runs/{stage.run.run_id}")
    stage.then(f"worldforge runs bundle {stage.run.run_id} --workspace-dir .")
    gallery = report.gallery()
    return Ending(
        summary=f"{len(failed)} of {len(report.results)} scenarios failed, and the gallery shows it.",
        claim_boundary=report.claim_boundary,
        signals={
            "scenario_count": len(report.results),
            "failed_scenarios": failed,
            "gallery_case_count": gallery.case_count,
            "controlled_failure": FAILS_WITH_MOCK,
        },
    )
