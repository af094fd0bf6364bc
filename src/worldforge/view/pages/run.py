"""The page of one run, whatever was run: what all of them have, and what their kind adds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import UNSET

from worldbase.errors import WorldError
from worldbase.redact import redact_value
from worldforge.benchmark.render import gate_summary, violation_rows
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.runs.manifest import RunManifest
from worldforge.runs.preserved import EvaluationReportView, PreservedRun, open_run
from worldforge.runs.shown import ShownRun
from worldforge.runs.shown import shown as shown_run
from worldforge.runs.workspace import RUNS
from worldforge.view.ink import Line, Span, facts, heading, line, shown, wrapped
from worldforge.view.page import Column, Page, Row, Tab, fault_page
from worldforge.view.pages.benchmark import benchmark_facts, benchmark_tabs
from worldforge.view.pages.evaluation import evaluation_facts, evaluation_tabs, read_evaluation
from worldforge.view.words import gate_span, size_word, state_span

_LONGEST: Final = 600
_MOST_LINES: Final = 2000
_WITHOUT_REPORT: Final = {
    "running": "The run goes on; its report is written at its end.",
    "interrupted": "The process that made the run is gone, and it left no report.",
    "skipped": "Nothing was measured.",
}


def run_page(path: Path | str, *, workspace: Path | None = None) -> Page:
    """The page of a run that is named as in `open_run`; of one that cannot be read, what is wrong with it."""
    try:
        run = open_run(path, workspace=workspace)
        return _page(run)
    except WorldError as fault:
        place = Path(path) if workspace is None else workspace / RUNS / path
        return fault_page(fault, shown(place.name), [place])


def _page(run: PreservedRun) -> Page:
    view = shown_run(run)
    tabs: list[Tab] = []
    told: list[tuple[str, str]] = []
    match run.report:
        case BenchmarkReport() as report:
            tabs, told = benchmark_tabs(report), benchmark_facts(report)
        case EvaluationReportView():
            evaluation = read_evaluation(run)
            tabs, told = evaluation_tabs(evaluation), evaluation_facts(evaluation)
        case dict() as summary:
            tabs = [_summary_tab(summary)]
        case None:
            tabs = [_no_report_tab(view)]
    tabs += [] if view.gate is None else [_gate_tab(view.gate)]
    tabs += [_facts_tab(view, told)]
    tabs += [_files_tab(view)] if view.files else []
    return Page(_title(view), tabs, [run.path])


def _title(view: ShownRun) -> Line:
    parts = (Span(shown(view.run_id), "strong"), f"  {shown(view.kind)}  ", state_span(view.state))
    if view.gate is None:
        return line(*parts)
    return line(*parts, "  gate ", gate_span(view.gate.passed))


def _gate_tab(gate: GateReport) -> Tab:
    columns = (
        Column("provider", flexible=True),
        Column("operation", flexible=True),
        Column("metric"),
        Column("observed", right=True),
        Column("allowed", right=True),
        Column("budget", flexible=True),
    )

    def summed(width: int) -> Iterable[Line]:
        yield from wrapped(f"{'Passed' if gate.passed else 'Failed'}: {gate_summary(gate)}.", width)

    rows = [
        Row(
            (
                line(shown(provider)),
                line(shown(operation)),
                line(shown(metric)),
                line(Span(observed, "bad")),
                line(f"{condition} {threshold}"),
                line(Span(shown(selector), "quiet")),
            ),
            summed,
        )
        for provider, operation, metric, observed, threshold, condition, selector in violation_rows(gate)
    ]
    return Tab(f"Gate ({gate.violation_count})" if rows else "Gate", columns, rows, summed)


def _facts_tab(view: ShownRun, told: list[tuple[str, str]]) -> Tab:
    manifest = view.manifest

    def written(width: int) -> Iterator[Line]:
        if manifest is not None:
            yield heading("The run")
            yield from facts(_manifest_facts(manifest), width)
            yield ()
        if told:
            yield heading("The report")
            yield from facts([(name, shown(text)) for name, text in told], width)

    return Tab("Facts", text=written)


def _manifest_facts(manifest: RunManifest) -> list[tuple[str, str]]:
    said = {
        "created": manifest.created_at,
        "command": manifest.command,
        "provider": manifest.provider,
        "operation": manifest.operation,
        "events": f"{manifest.event_count:,}",
        "repeats": manifest.replay_of if manifest.replay_of is not UNSET else "",
        "profile": manifest.config_profile if isinstance(manifest.config_profile, str) else "",
        "asked for": _as_json(manifest.input_summary),
        "came to": _as_json(manifest.result_summary),
    }
    return [(name, shown(text)) for name, text in said.items()]


def _as_json(value: dict[str, Any]) -> str:
    text = ", ".join(f"{key}: {json.dumps(each, ensure_ascii=False)}" for key, each in value.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text) - _LONGEST:,} more characters)"


def _files_tab(view: ShownRun) -> Tab:
    columns = (
        Column("file", flexible=True),
        Column("label", flexible=True),
        Column("size", right=True),
        Column("digest"),
    )
    rows = [
        Row(
            (
                line(shown(file.path)),
                line(Span(shown(file.label), "quiet")),
                line(size_word(file.size_bytes)),
                line(Span("recorded", "quiet") if file.recorded else Span("none", "mind")),
            )
        )
        for file in view.files
    ]
    more = view.file_count - len(view.files)
    return Tab(f"Files ({view.file_count:,})" if more else "Files", columns, rows)


def _summary_tab(summary: dict[str, Any]) -> Tab:
    lines = json.dumps(redact_value(summary), indent=2, ensure_ascii=False).split("\n")

    def written(width: int) -> Iterator[Line]:
        for text in lines[:_MOST_LINES]:
            indent = text[: len(text) - len(text.lstrip())]
            yield from wrapped(shown(text.strip()), width, indent=indent)

    return Tab("Summary", text=written)


def _no_report_tab(view: ShownRun) -> Tab:
    def written(width: int) -> Iterator[Line]:
        yield from wrapped(_WITHOUT_REPORT.get(view.state, "The run left no report."), width)
        reasons = {} if view.manifest is None else view.manifest.result_summary
        for name in ("error", "message", "reason", "skip_reason"):
            if isinstance(text := reasons.get(name), str):
                yield from wrapped(f"{name}: {shown(text)}", width, ink="bad" if name == "error" else "plain")

    return Tab("Report", text=written)
