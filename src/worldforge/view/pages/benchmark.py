"""What a benchmark's page holds: its results with their latencies, and what was measured in turns."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from worldforge.benchmark import figures
from worldforge.benchmark.facts import facts as report_facts
from worldforge.benchmark.flags import MEANINGS
from worldforge.benchmark.render import against_summary, error_lines, load_line
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult
from worldforge.benchmark.verdicts import Against, AgainstOperation
from worldforge.view.graphics.gauges import ratio_lines
from worldforge.view.graphics.latency import distribution, order
from worldforge.view.ink import BLANK, Line, Span, heading, line, shown, wrapped
from worldforge.view.page import Column, Row, Tab
from worldforge.view.words import answer_ink, answer_span


def benchmark_tabs(report: BenchmarkReport) -> list[Tab]:
    """The results, and beside them what was measured in turns with an earlier run."""
    tabs = [_results_tab(report)]
    if isinstance(report.against, Against):
        tabs.append(_against_tab(report.against))
    return tabs


def benchmark_facts(report: BenchmarkReport) -> list[tuple[str, str]]:
    """What a reader has to know beside the numbers, first what they do not show."""
    return [
        ("Does not show", report.claim_boundary),
        ("Means", report.metric_semantics),
        *report_facts(report),
    ]


def _results_tab(report: BenchmarkReport) -> Tab:
    columns = (
        Column("provider", flexible=True),
        Column("operation", flexible=True),
        Column("calls ok", right=True),
        Column("p50", right=True),
        Column("p95", right=True),
        Column("per second", right=True),
        Column("mind", flexible=True),
    )
    return Tab("Results", columns, [_result_row(result) for result in report.results], _nothing_measured)


def _nothing_measured(width: int) -> Iterator[Line]:
    yield from wrapped("The report holds no results.", width)


def _result_row(result: BenchmarkResult) -> Row:
    flags = [] if result.flags is UNSET else result.flags
    cells = (
        line(shown(result.provider)),
        line(shown(result.operation)),
        line(Span(f"{result.success_count:,}/{result.iterations:,}", "bad" if result.error_count else "plain")),
        line(_duration(result.p50_latency_ms)),
        line(_duration(result.p95_latency_ms)),
        line(figures.plain(result.throughput_per_second)),
        line(Span(shown(", ".join(flags)), "mind")),
    )
    return Row(cells, lambda width: _result_lines(result, width))


def _result_lines(result: BenchmarkResult, width: int) -> Iterator[Line]:
    yield line(Span(shown(f"{result.provider}/{result.operation}"), "strong"), Span(f"   {_calls(result)}", "quiet"))
    if told := load_line(result):
        yield from wrapped(told, width, ink="quiet")
    yield BLANK
    yield from distribution(result, width)
    blocks = list(order(result, width))
    if blocks:
        yield from (BLANK, heading("In the order of the calls"), *blocks)
    yield from _flag_lines(result, width)
    if result.error_count:
        yield from (BLANK, heading("Errors"))
        for text in error_lines(result):
            yield from wrapped(shown(text), width, indent="  ")


def _calls(result: BenchmarkResult) -> str:
    parts = [
        f"{result.success_count:,} of {figures.count(result.iterations, 'call')} ok",
        figures.count(result.error_count, "error") if result.error_count else "",
        figures.count(result.retry_count, "retry").replace("retrys", "retries") if result.retry_count else "",
        figures.count(result.concurrency, "worker"),
    ]
    return ", ".join(part for part in parts if part)


def _flag_lines(result: BenchmarkResult, width: int) -> Iterator[Line]:
    flags = [] if result.flags is UNSET else result.flags
    if flags:
        yield from (BLANK, heading("What to mind"))
    for flag in flags:
        meaning = MEANINGS.get(flag, "")
        yield from wrapped(f"{shown(flag)}{': ' if meaning else ''}{meaning}", width, indent="  ", ink="mind")


def _against_tab(against: Against) -> Tab:
    columns = (
        Column("provider", flexible=True),
        Column("operation", flexible=True),
        Column("answer"),
        Column("ratio", right=True),
        Column("95% interval", right=True),
    )

    def summed(width: int) -> Iterator[Line]:
        yield from wrapped(shown(against_summary(against)), width)

    return Tab("In turns", columns, [_against_row(each, against) for each in against.operations], summed)


def _against_row(each: AgainstOperation, against: Against) -> Row:
    def detail(width: int) -> Iterator[Line]:
        yield from wrapped(shown(against_summary(against)), width)
        yield BLANK
        if each.ratio_p50:
            limit, ink = 1 + against.min_effect, answer_ink(each.status)
            yield from ratio_lines(each.ratio_p50, each.interval, limit, min(width - 4, 72), ink)
        told = each.reason or f"{each.rounds:,} rounds in {each.process_pairs:,} pairs of processes"
        yield from wrapped(shown(told), width)

    cells = (
        line(shown(each.provider)),
        line(shown(each.operation)),
        line(answer_span(each.status)),
        line(figures.plain(each.ratio_p50)),
        line(figures.between(each.interval, near=each.ratio_p50)),
    )
    return Row(cells, detail)


def _duration(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else figures.duration(milliseconds)
