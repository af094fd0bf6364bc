"""An evaluation report as one self-contained page."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UnsetType

from worldforge.evaluation.documents import EvaluationResult, GalleryCase, ReportDocument
from worldforge.evaluation.facts import at_a_glance, errors, facts, times, trials, verdict
from worldforge.evaluation.gallery import case_facts, gallery_of, preview_rows
from worldforge.pages.pieces import Markup, boundary, escaped, facts_table, page, paragraph, points, section, table


def report_html(report: ReportDocument) -> str:
    """The report as a page: boundary, verdict, providers, scenarios, failures, and where it comes from."""
    passed = all(result.passed for result in report.results)
    return page(
        f"WorldForge Evaluation Report: {report.suite}",
        [
            boundary(report.claim_boundary, report.metric_semantics),
            paragraph(verdict(report), kind=f"verdict {'good' if passed else 'bad'}"),
            section("Providers", [_providers(report)]),
            section("Scenarios", [_scenarios(report)]),
            section("Trials without an outcome", _errors(report)),
            section("Failure gallery", _failures(report)),
            section("What it took", _timings(report)),
            section("Provenance", _provenance(report)),
        ],
    )


def _providers(report: ReportDocument) -> Markup:
    rows = [
        [
            summary.provider,
            f"{summary.average_score:.3f}",
            f"{summary.passed_scenario_count} of {summary.scenario_count}",
            f"{summary.pass_rate:.1%}",
        ]
        for summary in report.provider_summaries
    ]
    header = ("provider", "average score", "scenarios passed", "pass rate")
    return table(header, rows, caption="All scenarios of each provider", numbers=(1, 2, 3))


def _scenarios(report: ReportDocument) -> Markup:
    rows = [
        [
            result.provider,
            result.scenario,
            _verdict(result.passed),
            _score(result),
            trials(result),
            Markup(escaped(at_a_glance(result.metrics))),
        ]
        for result in report.results
    ]
    header = ("provider", "scenario", "result", "score", "trials passed", "metrics")
    return table(header, rows, caption="Scores from 0 to 1; of several trials the 95% interval", numbers=(3,))


def _verdict(passed: bool) -> Markup:
    kind, word = ("good", "pass") if passed else ("bad", "fail")
    return Markup(f'<span class="verdict {kind}">{word}</span>')


def _score(result: EvaluationResult) -> Markup:
    # Read out as the number beside it.
    meter = f'<meter min="0" max="1" value="{result.score:.4f}" aria-hidden="true"></meter>'
    return Markup(f"{result.score:.3f}<small>{meter}</small>")


def _errors(report: ReportDocument) -> Iterator[str]:
    lines = [f"{result.provider}, {result.scenario}: {line}" for result in report.results for line in errors(result)]
    if lines:
        yield points(lines)


def _failures(report: ReportDocument) -> Iterator[str]:
    given = report.failure_gallery
    for case in (gallery_of(report) if isinstance(given, UnsetType) else given).cases:
        yield from _case(case)


def _case(case: GalleryCase) -> Iterator[str]:
    title = f"{case.scenario}, {case.provider}"
    yield f"<h3>{escaped(title)}</h3>\n"
    yield facts_table(case_facts(case), caption=title)
    if case.metrics_preview:
        yield table(("metric", "value"), preview_rows(case), caption="What was measured")
    yield points(case.triage_steps)


def _timings(report: ReportDocument) -> Iterator[str]:
    if not isinstance(report.timings, UnsetType) and report.timings:
        rows = [[each.provider, each.scenario, times(each)] for each in report.timings]
        yield table(("provider", "scenario", "milliseconds"), rows, caption="Wall time; parts overlap")


def _provenance(report: ReportDocument) -> Iterator[str]:
    if found := facts(report):
        yield facts_table(found, caption="Provenance")
