"""A benchmark's report as one self-contained page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import UNSET

from worldforge.benchmark import figures
from worldforge.benchmark.chart import blocks_chart, distribution_chart
from worldforge.benchmark.facts import facts
from worldforge.benchmark.flags import flagged
from worldforge.benchmark.render import (
    AGAINST_HEADER,
    against_rows,
    against_summary,
    error_lines,
    gate_summary,
    interval,
    load_line,
    number,
    violation_rows,
)
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, GateReport
from worldforge.benchmark.verdicts import Against
from worldforge.pages.pieces import Markup, boundary, escaped, facts_table, page, paragraph, points, section, table

_LATENCIES: Final = (
    ("mean", "average_latency_ms"),
    ("p50", "p50_latency_ms"),
    ("p95", "p95_latency_ms"),
    ("p99", "p99_latency_ms"),
)


def report_html(report: BenchmarkReport, *, gate: GateReport | None = None) -> str:
    """The report as a page: boundary, gate, table, two pictures for each operation, and where the numbers come from."""
    return page(
        "WorldForge Benchmark Report",
        [
            boundary(report.claim_boundary, report.metric_semantics),
            section("Budget gate", _gate(gate) if gate else ()),
            section("Results", [_results(report.results)]),
            section("In turns with an earlier run", _against(report)),
            section("What to mind", _flags(report.results)),
            section("Latencies", map(_pictures, report.results)),
            section("Errors", _errors(report.results)),
            section("Provenance", [facts_table(facts(report), caption="Provenance")]),
        ],
    )


def _gate(gate: GateReport) -> Iterator[str]:
    kind, verdict = ("good", "Passed") if gate.passed else ("bad", "Failed")
    yield paragraph(f"{verdict}: {gate_summary(gate)}.", kind=f"verdict {kind}")
    if gate.violations:
        header = ("provider", "operation", "metric", "observed", "threshold", "condition", "budget")
        yield table(header, violation_rows(gate), caption="Thresholds that were not kept", numbers=(3, 4))


def _results(results: Sequence[BenchmarkResult]) -> Markup:
    medians = [result.p50_latency_ms for result in results if result.p50_latency_ms]
    unit = figures.unit_for(medians)
    names = [f"{title} ({unit.sign})" for title, _ in _LATENCIES]
    return table(
        ("provider", "operation", "ok", "retries", *names, "calls/s"),
        [
            [
                result.provider,
                result.operation,
                f"{result.success_count:,} of {result.iterations:,}",
                f"{result.retry_count:,}",
                *(_latency(result, name, unit) for _, name in _LATENCIES),
                figures.plain(result.throughput_per_second),
            ]
            for result in results
        ],
        caption="Below a number: its 95% interval, by a bootstrap over blocks of calls",
        numbers=range(2, 9),
    )


def _latency(result: BenchmarkResult, name: str, unit: figures.Unit) -> str:
    value, bounds = number(getattr(result, name)), interval(result, name)
    if value is None:
        return "-"
    shown = figures.plain(value / unit.in_ms)
    if bounds is None:
        return shown
    low_high = figures.between([bound / unit.in_ms for bound in bounds], near=value / unit.in_ms)
    return Markup(f"{shown}<small>{low_high.replace(' to ', ' – ')}</small>")


def _against(report: BenchmarkReport) -> Iterator[str]:
    if isinstance(report.against, Against):
        yield paragraph(against_summary(report.against), kind="verdict")
        yield table(
            AGAINST_HEADER,
            against_rows(report.against),
            caption="Median latency of this run over that of the earlier one, with its 95% interval",
            numbers=(2, 3),
        )


def _flags(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    found = [
        Markup(
            f"<code>{escaped(flag)}</code> {escaped(', '.join(carriers))}{': ' if meaning else ''}{escaped(meaning)}."
        )
        for flag, meaning, carriers in flagged(results)
    ]
    if found:
        yield points(found)


def _pictures(result: BenchmarkResult) -> str:
    pictures = [
        _figure(distribution_chart(result), "All calls: how many took how long, and the share that took no longer")
        if result.histogram is not UNSET and result.histogram.buckets
        else "",
        _figure(blocks_chart(result), "In the order of the calls: the median and the 95th percentile of each block")
        if result.blocks is not UNSET and len(result.blocks) > 1
        else "",
    ]
    if not any(pictures):
        return ""
    line = load_line(result)
    said = paragraph(f"Open loop: {line}.", kind="soft") if line else ""
    name = escaped(f"{result.provider} {result.operation}")
    return f'<h3>{name}</h3>\n{said}<div class="figures">\n{"".join(pictures)}</div>\n'


def _figure(svg: str, caption: str) -> str:
    return f"<figure>\n{svg}<figcaption>{escaped(caption)}</figcaption>\n</figure>\n" if svg else ""


def _errors(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    lines = [
        f"{result.provider}/{result.operation}: {line}"
        for result in results
        if result.error_count
        for line in error_lines(result)
    ]
    if lines:
        yield points(lines)
