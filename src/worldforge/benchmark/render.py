"""Reports and gates as Markdown and CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase.redact import redact_text
from worldbase.tables import csv_table, markdown, markdown_cell, markdown_table
from worldforge.benchmark import figures
from worldforge.benchmark.facts import facts
from worldforge.benchmark.flags import flagged
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, GateReport
from worldforge.benchmark.verdicts import Against

_MOST_ERRORS: Final = 10

# First the columns of the public format, in its order; then ours.
_COUNTS: Final = ("iterations", "concurrency", "success_count", "error_count", "retry_count")
_FORMAT_TIMES: Final = (
    "total_time_ms",
    "average_latency_ms",
    "min_latency_ms",
    "max_latency_ms",
    "p50_latency_ms",
    "p95_latency_ms",
    "throughput_per_second",
)
_OWN_TIMES: Final = ("p90_latency_ms", "p99_latency_ms", "stddev_latency_ms", "cpu_ms_per_iteration")
_BOUNDED: Final = ("average_latency_ms", "p50_latency_ms", "p95_latency_ms", "p99_latency_ms")
_CSV_HEADER: Final = (
    "provider",
    "operation",
    *_COUNTS,
    *_FORMAT_TIMES,
    "operation_metrics_json",
    "errors_json",
    *_OWN_TIMES,
    *(f"{name}_{end}" for name in _BOUNDED for end in ("low", "high")),
    "warmup_count",
    "flags",
    "against_status",
    "against_ratio_p50",
    "against_ratio_p50_low",
    "against_ratio_p50_high",
)
AGAINST_HEADER: Final = ("provider", "operation", "ratio", "interval", "answer", "how")
_VIOLATION_HEADER: Final = (
    "provider",
    "operation",
    "metric",
    "observed",
    "threshold",
    "condition",
    "budget_selector",
)


def report_markdown(report: BenchmarkReport) -> str:
    """The report for people: what it does not show, the numbers, what to mind, and where they come from."""
    return "\n".join(
        [
            "# WorldForge Benchmark Report\n",
            *_said("Claim boundary", report.claim_boundary),
            *_said("Metric semantics", report.metric_semantics),
            "## Results\n",
            _results(report.results),
            *_intervals(report.results),
            *_against(report),
            *_open_loops(report.results),
            *_flags(report.results),
            *_errors(report.results),
            "## Provenance\n",
            "".join(f"- {name}: {markdown(text)}\n" for name, text in facts(report)),
        ]
    )


def report_csv(report: BenchmarkReport) -> str:
    """One row per provider and operation (RFC 4180).

    Times are milliseconds with at least four decimals and at least four significant digits, so that none is rounded
    to zero. A cell is empty where nothing was measured.
    """
    return csv_table(_CSV_HEADER, [[*_csv_row(result), *_csv_against(report, result)] for result in report.results])


def gate_markdown(gate: GateReport) -> str:
    """The gate for people: whether it passed, and a row per violation."""
    lines = ["# Benchmark Budget Gate\n", f"**{'Passed' if gate.passed else 'Failed'}**: {gate_summary(gate)}.\n"]
    if gate.violations:
        named = (0, 1, 2, 6)  # the rest are numbers and signs, which need no escapes
        rows = [
            [markdown_cell(cell) if column in named else cell for column, cell in enumerate(row)]
            for row in violation_rows(gate)
        ]
        lines.append(markdown_table(_VIOLATION_HEADER, rows, right=(3, 4)))
    return "\n".join(lines)


def gate_csv(gate: GateReport) -> str:
    """The violations, one a row; the header alone where the gate passed."""
    return csv_table(
        _VIOLATION_HEADER,
        [
            [
                violation.provider,
                violation.operation,
                violation.metric,
                figures.exact(violation.observed),
                figures.exact(violation.threshold),
                violation.condition,
                violation.budget_selector,
            ]
            for violation in gate.violations
        ],
    )


def gate_summary(gate: GateReport) -> str:
    """What was held against what, in one phrase."""
    return (
        f"{figures.count(gate.budget_count, 'budget')}, {figures.count(gate.checked_result_count, 'result')} checked, "
        f"{figures.count(gate.violation_count, 'violation')}"
    )


def violation_rows(gate: GateReport) -> list[list[str]]:
    """The violations for people: the cells of each, in the order of the columns."""
    return [
        [
            violation.provider,
            violation.operation,
            violation.metric,
            "nothing" if violation.observed is None else figures.stated(violation.observed),
            figures.stated(violation.threshold),
            violation.condition,
            violation.budget_selector,
        ]
        for violation in gate.violations
    ]


def error_lines(result: BenchmarkResult) -> Iterator[str]:
    """The errors of a result for people: each message once, most frequent first, with its count, then what is left."""
    messages: dict[str, int] = {}
    for message in result.errors:
        shown = redact_text(message)
        messages[shown] = messages.get(shown, 0) + 1
    ordered = sorted(messages.items(), key=lambda entry: -entry[1])
    yield from (f"{number:,} x {message}" for message, number in ordered[:_MOST_ERRORS])
    rest = result.error_count - sum(number for _, number in ordered[:_MOST_ERRORS])
    if rest > 0:
        yield f"and {figures.count(rest, 'more error')}; the JSON report counts them by kind"


def interval(result: BenchmarkResult, name: str) -> list[float] | None:
    """The 95% bounds of a number of the result, where it has some."""
    return None if result.intervals is UNSET else result.intervals.get(name)


def number(value: Any) -> float | None:
    """A number of a report, or None where it is null or another harness did not write it."""
    return None if value is UNSET else value


def against_summary(against: Against) -> str:
    """What came out of measuring in turns, in one sentence."""
    return (
        f"{against.status.replace('_', ' ').capitalize()}, against {against.run_id}: "
        f"changes of less than {100 * against.min_effect:.3g}% count as none."
    )


def against_rows(against: Against) -> list[list[str]]:
    """The operations that were measured in turns, for people: the cells of each, in the order of `AGAINST_HEADER`."""
    return [
        [
            each.provider,
            each.operation,
            figures.plain(each.ratio_p50),
            figures.between(each.interval, near=each.ratio_p50),
            each.status.replace("_", " "),
            redact_text(each.reason or f"{each.rounds:,} rounds in {each.process_pairs:,} pairs of processes"),
        ]
        for each in against.operations
    ]


def load_line(result: BenchmarkResult) -> str:
    """How an open loop went, in one sentence; nothing for a closed loop."""
    load = result.load
    if load is UNSET or load.mode == "closed":
        return ""
    return (
        f"{figures.plain(load.achieved_rate_per_second)} of {figures.plain(load.rate_per_second)} calls per second, "
        f"{figures.count(load.late_starts or 0, 'late start')}; from a call's own start p50 is "
        f"{figures.plain(load.service_p50_ms)} ms and p95 {figures.plain(load.service_p95_ms)} ms"
    )


def _said(title: str, text: str) -> Iterator[str]:
    if text.strip():
        yield f"**{title}.** {markdown(text)}\n"


def _results(results: Sequence[BenchmarkResult]) -> str:
    header = ("provider", "operation", "ok", "retries", "avg_ms", "p50_ms", "p95_ms", "p99_ms", "throughput/s")
    rows = [
        [
            markdown_cell(result.provider),
            markdown_cell(result.operation),
            f"{result.success_count:,}/{result.iterations:,}",
            f"{result.retry_count:,}",
            *(figures.plain(number(getattr(result, name))) for name in _BOUNDED),
            figures.plain(result.throughput_per_second),
        ]
        for result in results
    ]
    return markdown_table(header, rows, right=range(2, 9))


def _intervals(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    bounded = [result for result in results if any(interval(result, name) for name in _BOUNDED)]
    if not bounded:
        return
    yield "95% intervals, by a bootstrap over blocks of calls: where a longer run of the same is likely to lie.\n"
    rows = [
        [
            markdown_cell(result.provider),
            markdown_cell(result.operation),
            *(figures.between(interval(result, name), near=number(getattr(result, name))) for name in _BOUNDED),
        ]
        for result in bounded
    ]
    yield markdown_table(("provider", "operation", "avg_ms", "p50_ms", "p95_ms", "p99_ms"), rows, right=range(2, 6))


def _against(report: BenchmarkReport) -> Iterator[str]:
    if isinstance(report.against, Against):
        yield "## In turns with an earlier run\n"
        yield f"{markdown(against_summary(report.against))}\n"
        rows = [
            [markdown_cell(cell) if column in (0, 1, 5) else cell for column, cell in enumerate(row)]
            for row in against_rows(report.against)
        ]
        yield markdown_table(AGAINST_HEADER, rows, right=(2, 3))


def _open_loops(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    lines = [(result, load_line(result)) for result in results]
    if any(line for _, line in lines):
        yield "## Open loop\n"
        yield "".join(
            f"- {markdown(f'{result.provider}/{result.operation}')}: {line}.\n" for result, line in lines if line
        )


def _flags(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    found = flagged(results)
    if found:
        yield "## What to mind\n"
        yield "".join(
            f"- `{flag}` ({markdown(', '.join(carriers))}): {meaning}.\n"
            if meaning
            else f"- {markdown(flag)} ({markdown(', '.join(carriers))}).\n"
            for flag, meaning, carriers in found
        )


def _errors(results: Sequence[BenchmarkResult]) -> Iterator[str]:
    failed = [result for result in results if result.error_count]
    if failed:
        yield "## Errors\n"
        yield "".join(
            f"- {markdown(f'{result.provider}/{result.operation}')}: {markdown(line)}\n"
            for result in failed
            for line in error_lines(result)
        )


def _csv_row(result: BenchmarkResult) -> list[str]:
    return [
        result.provider,
        result.operation,
        *(str(getattr(result, name)) for name in _COUNTS),
        *(figures.exact(number(getattr(result, name))) for name in _FORMAT_TIMES),
        _json(result.operation_metrics),
        _json([redact_text(message) for message in result.errors]),
        *(figures.exact(number(getattr(result, name))) for name in _OWN_TIMES),
        *(figures.exact(bound) for name in _BOUNDED for bound in interval(result, name) or (None, None)),
        "" if result.warmup_count is UNSET else str(result.warmup_count),
        " ".join([] if result.flags is UNSET else result.flags),
    ]


def _csv_against(report: BenchmarkReport, result: BenchmarkResult) -> list[str]:
    for each in report.against.operations if isinstance(report.against, Against) else ():
        if (each.provider, each.operation) == (result.provider, result.operation):
            return [
                each.status,
                *(figures.exact(number) for number in (each.ratio_p50, *(each.interval or (None, None)))),
            ]
    return [""] * 4


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
