"""Evaluation reports as Markdown and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import UnsetType

from worldbase.tables import csv_table, markdown, markdown_cell, markdown_table
from worldforge.evaluation.documents import ReportDocument
from worldforge.evaluation.facts import at_a_glance, errors, facts, one_line, times, trials, verdict
from worldforge.evaluation.gallery import cases_markdown, gallery_of

CSV_COLUMNS: Final = ("suite_id", "suite", "provider", "scenario", "score", "passed", "metrics_json")


def report_markdown(report: ReportDocument) -> str:
    """The report for people: what it does not show, providers, scenarios, failures, and where it comes from."""
    return "\n".join(
        [
            f"# WorldForge Evaluation Report: {markdown(report.suite)}\n",
            f"**Claim boundary.** {markdown(report.claim_boundary)}\n",
            f"**Metric semantics.** {markdown(report.metric_semantics)}\n",
            f"{markdown(verdict(report))}\n",
            "## Providers\n",
            _providers(report),
            "## Scenarios\n",
            _scenarios(report),
            *_errors(report),
            *_failures(report),
            *_timings(report),
            *_provenance(report),
        ]
    )


def report_csv(report: ReportDocument) -> str:
    """One row per provider and scenario; the provenance is not in it, so that older importers read it."""
    rows = [
        [
            result.suite_id,
            result.suite,
            result.provider,
            result.scenario,
            f"{result.score:.4f}",
            str(result.passed).lower(),
            one_line(result.metrics),
        ]
        for result in report.results
    ]
    return csv_table(CSV_COLUMNS, rows)


def _providers(report: ReportDocument) -> str:
    rows = [
        [
            markdown_cell(summary.provider),
            f"{summary.average_score:.3f}",
            f"{summary.passed_scenario_count} of {summary.scenario_count}",
            f"{summary.pass_rate:.1%}",
        ]
        for summary in report.provider_summaries
    ]
    return markdown_table(["provider", "average score", "scenarios passed", "pass rate"], rows, right=(1, 2, 3))


def _scenarios(report: ReportDocument) -> str:
    rows = [
        [
            markdown_cell(result.provider),
            markdown_cell(result.scenario),
            "pass" if result.passed else "**fail**",
            f"{result.score:.3f}",
            trials(result),
            markdown(at_a_glance(result.metrics)) if result.metrics else "",
        ]
        for result in report.results
    ]
    return markdown_table(["provider", "scenario", "result", "score", "trials passed", "metrics"], rows, right=(3,))


def _errors(report: ReportDocument) -> Iterator[str]:
    lines = [
        f"- {markdown(f'{result.provider}, {result.scenario}: {line}')}\n"
        for result in report.results
        for line in errors(result)
    ]
    if lines:
        yield "## Trials without an outcome\n"
        yield "".join(lines)


def _failures(report: ReportDocument) -> Iterator[str]:
    given = report.failure_gallery
    gallery = gallery_of(report) if isinstance(given, UnsetType) else given
    if gallery.cases:
        yield "## Failure gallery\n"
        yield from cases_markdown(gallery, heading="###")


def _timings(report: ReportDocument) -> Iterator[str]:
    if not isinstance(report.timings, UnsetType) and report.timings:
        rows = [
            [markdown_cell(each.provider), markdown_cell(each.scenario), times(each, escaped=markdown)]
            for each in report.timings
        ]
        yield "## What it took\n"
        yield markdown_table(["provider", "scenario", "milliseconds of wall time"], rows)


def _provenance(report: ReportDocument) -> Iterator[str]:
    if lines := [f"- {name}: {markdown(text)}\n" for name, text in facts(report)]:
        yield "## Provenance\n"
        yield "".join(lines)
