"""A report as one self-contained page: no script, nothing loaded from elsewhere, readable in the dark and on a phone.

The pieces (`page`, `section`, `table`, `facts_table`, `points`) serve other pages as well. They escape what they are
given, unless it is a `Markup`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from typing import Final

from msgspec import UNSET

from worldbase.tables import shortened, visible
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

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LATENCIES: Final = (
    ("mean", "average_latency_ms"),
    ("p50", "p50_latency_ms"),
    ("p95", "p95_latency_ms"),
    ("p99", "p99_latency_ms"),
)


class Markup(str):
    """Text that is HTML already; whatever is not gets escaped."""

    __slots__ = ()


def page(title: str, body: Iterable[str]) -> str:
    """A whole page of pieces."""
    style = (resources.files("worldforge.benchmark") / "page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escaped(title)}</h1>\n{''.join(body)}</main>\n</body>\n</html>\n"
    )


def escaped(text: str) -> Markup:
    """A text as HTML that shows it literally, with what is invisible written out."""
    return text if isinstance(text, Markup) else Markup(html.escape(visible(text)) if text.strip() else "")


def paragraph(text: str, *, kind: str = "") -> Markup:
    """A paragraph; `kind` is a class of the style sheet: `soft`, `verdict good`, `verdict bad`."""
    return Markup(f"<p{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escaped(text)}</p>\n")


def boundary(claim: str, semantics: str = "") -> Markup:
    """What a page does not show, set apart so that it is read first."""
    said = "".join(paragraph(text) for text in (claim, semantics) if text.strip())
    return Markup(f'<aside class="boundary" aria-label="Claim boundary">\n{said}</aside>\n' if said else "")


def section(title: str, body: Iterable[str]) -> Markup:
    """A heading and what belongs to it; nothing where there is nothing."""
    inside = "".join(body)
    return Markup(f"<section>\n<h2>{escaped(title)}</h2>\n{inside}</section>\n" if inside else "")


def points(texts: Iterable[str]) -> Markup:
    """A list of sentences."""
    return Markup("<ul>\n" + "".join(f"<li>{escaped(text)}</li>\n" for text in texts) + "</ul>\n")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, numbers: Sequence[int] = ()) -> Markup:
    """A table that scrolls by itself where it is wider than the page.

    Args:
        header: Titles of the columns.
        rows: Cells; a long one is shortened.
        caption: What it shows; read out before it.
        numbers: Columns that hold numbers.
    """
    head = "".join(
        f'<th{_class(column, numbers)} scope="col">{_cell(title)}</th>' for column, title in enumerate(header)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{_class(column, numbers)}>{_cell(cell)}</td>" for column, cell in enumerate(row))
        + "</tr>\n"
        for row in rows
    )
    return _scrolling(
        caption,
        f"<table>\n<caption>{escaped(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n",
    )


def facts_table(pairs: Iterable[tuple[str, str]], *, caption: str) -> Markup:
    """Names and what stands behind each, in two columns."""
    rows = "".join(f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(text)}</td></tr>\n' for name, text in pairs)
    return _scrolling(caption, f'<table class="facts"><tbody>\n{rows}</tbody></table>\n')


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


def _scrolling(label: str, inside: str) -> Markup:
    # Focusable, so that a keyboard can scroll it.
    return Markup(f'<div class="scroll" role="region" tabindex="0" aria-label="{escaped(label)}">\n{inside}</div>\n')


def _cell(text: str) -> str:
    return text if isinstance(text, Markup) else escaped(shortened(text))


def _class(column: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if column in numbers else ""
