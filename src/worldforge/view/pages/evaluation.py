"""What an evaluation's page holds: scenarios, what failed and how to go about it, providers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import UnsetType

from worldbase.document import pointer_of
from worldbase.errors import Where
from worldbase.redact import redact_value
from worldforge.benchmark import figures
from worldforge.errors import WorldForgeError
from worldforge.evaluation.documents import EvaluationResult, GalleryCase, ProviderSummary, Timing, Trial
from worldforge.evaluation.facts import facts as report_facts
from worldforge.evaluation.gallery import case_facts, preview, preview_rows
from worldforge.evaluation.report import EvaluationReport
from worldforge.runs import folder
from worldforge.runs.preserved import PreservedRun
from worldforge.view.graphics.gauges import bar, share_lines, trial_lines
from worldforge.view.ink import BLANK, Ink, Line, Span, facts, heading, line, shown, wrapped
from worldforge.view.page import Column, Row, Tab
from worldforge.view.words import outcome_span

_BAR: Final = 16
_GAUGE: Final = 60
_MOST_ERRORS: Final = 5


def read_evaluation(run: PreservedRun) -> EvaluationReport:
    """The whole report of an evaluation; what of it is shown is redacted where it is shown.

    Raises:
        WorldForgeError: `run.report_invalid`; what `folder.read` raises.
    """
    where = Where(f"{run.run_id}/{run.report_path}")
    if run.manifest is None:
        data = folder.read_plain((run.path / run.report_path).resolve(), where)
    else:
        data = folder.read(run.path, run.report_path)
    try:
        return msgspec.json.decode(data or b"", type=EvaluationReport)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorldForgeError(
            f"this is no evaluation report: {str(error)[:300]}",
            code="run.report_invalid",
            where=where._replace(pointer=pointer_of(str(error))),
            hint="`worldforge runs verify` says which files of a run were changed.",
        ) from None


def evaluation_tabs(report: EvaluationReport) -> list[Tab]:
    """Scenarios, failures and providers."""
    return [_scenarios_tab(report), _failures_tab(report), _providers_tab(report)]


def evaluation_facts(report: EvaluationReport) -> list[tuple[str, str]]:
    """What a reader has to know beside the scores, first what they do not show."""
    return [
        ("Does not show", report.claim_boundary),
        ("Means", report.metric_semantics),
        ("Title", report.suite),
        *report_facts(report),
    ]


def _scenarios_tab(report: EvaluationReport) -> Tab:
    columns = (
        Column("provider", flexible=True),
        Column("scenario", flexible=True),
        Column("outcome"),
        Column("score", right=True),
        Column(""),
        Column("trials", right=True),
    )
    timings = (
        {}
        if isinstance(report.timings, UnsetType)
        else {(each.provider, each.scenario): each for each in report.timings}
    )
    rows = [_scenario_row(result, timings.get((result.provider, result.scenario))) for result in report.results]
    return Tab("Scenarios", columns, rows, _nothing("The report holds no scenario."))


def _nothing(text: str) -> Any:
    return lambda width: wrapped(text, width)


def _scenario_row(result: EvaluationResult, timing: Timing | None) -> Row:
    cells = (
        line(shown(result.provider)),
        line(shown(result.scenario)),
        line(outcome_span(result.passed)),
        line(f"{result.score:.3f}"),
        bar(result.score, _BAR, _ink(result.passed)),
        line(Span(_trial_count(result), "quiet")),
    )
    return Row(cells, lambda width: _scenario_lines(result, timing, width))


def _ink(passed: bool) -> Ink:
    return "good" if passed else "bad"


def _trial_count(result: EvaluationResult) -> str:
    if isinstance(result.trial_count, UnsetType) or isinstance(result.passed_trial_count, UnsetType):
        return ""
    return f"{result.passed_trial_count:,}/{result.trial_count:,}"


def _scenario_lines(result: EvaluationResult, timing: Timing | None, width: int) -> Iterator[Line]:
    yield line(Span(shown(result.scenario), "strong"), Span(f"   {shown(result.provider)}", "quiet"))
    yield from _trial_lines(result, width)
    rows = [(shown(name), shown(text)) for name, text in _metrics(preview(result.metrics))]
    if rows:
        yield from (BLANK, heading("Metrics"), *facts(rows, width))
    yield from _error_lines(result, width)
    if timing is not None:
        parts = {"in calls of the provider": timing.provider_ms, **timing.parts_ms}
        told = ", ".join(f"{shown(name)} {figures.duration(took)}" for name, took in parts.items())
        yield BLANK
        yield from wrapped(f"Took {figures.duration(timing.total_ms)}: {told}.", width, ink="quiet")


def _trial_lines(result: EvaluationResult, width: int) -> Iterator[Line]:
    trials = _trials(result)
    if len(trials) < 2 or isinstance(result.pass_interval, UnsetType):
        return
    passed = sum(trial.passed for trial in trials)
    low, high = result.pass_interval
    yield BLANK
    yield from share_lines(passed / len(trials), result.pass_interval, min(width - 4, _GAUGE), _ink(result.passed))
    told = f"{passed:,} of {len(trials):,} trials passed; 95% interval {low:.2f} to {high:.2f}"
    yield from wrapped(told, width, ink="quiet")
    marks = [None if trial.error is not None else trial.passed for trial in trials]
    yield from (BLANK, *trial_lines(marks, min(width, _GAUGE)))


def _error_lines(result: EvaluationResult, width: int) -> Iterator[Line]:
    failed = [(trial, trial.error) for trial in _trials(result) if trial.error is not None]
    if failed:
        yield from (BLANK, heading("Errors"))
    for trial, error in failed[:_MOST_ERRORS]:
        told = f"trial {trial.trial}, seed {trial.seed}: {shown(error.kind)}: {shown(error.message)}"
        yield from wrapped(told, width, indent="  ", ink="bad")
    if len(failed) > _MOST_ERRORS:
        yield line(Span(f"  and {len(failed) - _MOST_ERRORS:,} more", "quiet"))


def _trials(result: EvaluationResult) -> Sequence[Trial]:
    return [] if isinstance(result.trials, UnsetType) else result.trials


def _metrics(metrics: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, json.dumps(value, ensure_ascii=False)) for name, value in metrics.items()]


def _failures_tab(report: EvaluationReport) -> Tab:
    columns = (
        Column("provider", flexible=True),
        Column("scenario", flexible=True),
        Column("score", right=True),
        Column("error", flexible=True),
    )
    cases = report.gallery().cases
    rows = [_case_row(case) for case in cases]
    title = f"Failures ({len(cases)})" if cases else "Failures"
    return Tab(title, columns if cases else (), rows, _nothing("No scenario failed."))


def _case_row(case: GalleryCase) -> Row:
    error = "" if isinstance(case.error, UnsetType) else case.error.kind
    cells = (
        line(shown(case.provider)),
        line(shown(case.scenario)),
        line(Span(f"{case.score:.3f}", "bad")),
        line(Span(shown(error) or "–", "bad" if error else "quiet")),
    )
    return Row(cells, lambda width: _case_lines(case, width))


def _case_lines(case: GalleryCase, width: int) -> Iterator[Line]:
    yield line(Span(shown(case.scenario), "strong"), Span(f"   {shown(case.provider)}", "quiet"))
    yield BLANK
    yield from facts([(name, shown(text)) for name, text in case_facts(case)], width)
    rows = [(shown(name), shown(text)) for name, text in preview_rows(_redacted(case))]
    if rows:
        yield from (BLANK, heading("Metrics"), *facts(rows, width))
    if case.triage_steps:
        yield from (BLANK, heading("What to do"))
        for number, step in enumerate(case.triage_steps, start=1):
            yield from wrapped(shown(step), width, indent=f"{number:3}. ")


def _redacted(case: GalleryCase) -> GalleryCase:
    """A case whose preview is small and sanitised, whoever wrote it into the report."""
    return msgspec.structs.replace(case, metrics_preview=preview(redact_value(case.metrics_preview)))


def _providers_tab(report: EvaluationReport) -> Tab:
    columns = (
        Column("provider", flexible=True),
        Column("scenarios passed", right=True),
        Column("average score", right=True),
        Column(""),
    )
    return Tab("Providers", columns, [_provider_row(summary, report) for summary in report.provider_summaries])


def _provider_row(summary: ProviderSummary, report: EvaluationReport) -> Row:
    def detail(width: int) -> Iterator[Line]:
        yield line(Span(shown(summary.provider), "strong"))
        yield BLANK
        for result in report.results:
            if result.provider == summary.provider:
                yield line(outcome_span(result.passed), Span(f"  {result.score:.3f}  "), shown(result.scenario))

    all_passed = summary.passed_scenario_count == summary.scenario_count
    cells = (
        line(shown(summary.provider)),
        line(Span(f"{summary.passed_scenario_count:,} of {summary.scenario_count:,}", _ink(all_passed))),
        line(f"{summary.average_score:.3f}"),
        bar(summary.average_score, _BAR, _ink(all_passed)),
    )
    return Row(cells, detail)
