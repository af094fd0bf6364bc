"""Comparisons for people: the same pieces as Markdown and as a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET, UnsetType

from worldbase.tables import markdown, markdown_cell, markdown_table
from worldforge.benchmark import figures
from worldforge.runs.comparison.documents import (
    ComparedRow,
    ComparedRun,
    Comparison,
    ComparisonContext,
    Regression,
    RegressionRow,
)

NO_LEADERBOARD = (
    "The rows share operations, inputs, suite version and budgets, and nothing else: they rank no providers, "
    "and no tasks or capabilities against each other."
)
REVIEW_ONLY = "For review: nothing here changes a baseline or a budget."

_ROWS = "Each provider and operation of each run; Δ is the distance from the first run"
_KINDS = {
    "regressed": "verdict bad",
    "improved": "verdict good",
    "unchanged": "verdict good",
    "cannot_decide": "verdict",
}
ANSWERS = {
    "regressed": "Regressed",
    "improved": "Improved",
    "unchanged": "Unchanged",
    "cannot_decide": "Cannot decide",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A titled part of a report: sentences, and a table.

    Attributes:
        title: Its heading.
        sentences: Plain text.
        caption: What the table shows.
        header: Headings of the table; empty where there is none.
        rows: Its cells, plain text.
        numbers: Columns that hold numbers of ours.
        wide: Columns that hold sentences, which are not shortened.
        verdict: Kind of the first sentence where it is the answer: a class of the style sheet.
    """

    title: str
    sentences: Sequence[str] = ()
    caption: str = ""
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()
    wide: Sequence[int] = ()
    verdict: str = ""


def as_markdown(title: str, boundary: str, pieces: Sequence[Piece]) -> str:
    """The pieces as Markdown, behind what they do not show."""
    parts = [f"# {title}\n", f"Claim boundary: {markdown(boundary or 'none is stated')}\n"]
    for piece in pieces:
        parts += [f"## {piece.title}\n", *(f"{markdown(sentence)}\n" for sentence in piece.sentences)]
        if piece.rows:
            cells = [[_cell(piece, *place) for place in enumerate(row)] for row in piece.rows]
            parts.append(markdown_table(piece.header, cells, right=piece.numbers))
    return "\n".join(parts)


def _cell(piece: Piece, column: int, text: str) -> str:
    if not text or column in piece.numbers:
        return text
    return markdown(text) if column in piece.wide else markdown_cell(text)


def as_html(title: str, boundary: str, pieces: Sequence[Piece]) -> str:
    """The pieces as one self-contained page."""
    from worldforge.pages import pieces as page

    return page.page(
        title,
        [
            page.boundary(boundary or "No claim boundary is stated."),
            *(page.section(piece.title, _html(piece)) for piece in pieces),
        ],
    )


def comparison_pieces(found: Comparison) -> list[Piece]:
    """A comparison: what the runs share, the rows, the runs."""
    return [
        _context(found.comparison_context, NO_LEADERBOARD),
        _rows(found),
        _runs(found.runs),
        _skipped(found.runs),
        _artifacts(found.runs),
    ]


def regression_pieces(found: Regression) -> list[Piece]:
    """A regression report: the answer, what it rests on, and what else differs."""
    return [
        _answer(found),
        _context(found.comparison_context, REVIEW_ONLY),
        _judged(found.rows),
        _metrics(found),
        _budget(found),
        _failures(found),
        _drift(found),
        _provenance(found),
        _runs(found.runs),
    ]


def _html(piece: Piece) -> Iterator[str]:
    from worldforge.pages import pieces as page

    for index, sentence in enumerate(piece.sentences):
        yield page.paragraph(sentence, kind=piece.verdict if index == 0 else "")
    if piece.rows:
        wide = piece.wide
        rows = [[page.escaped(cell) if at in wide else cell for at, cell in enumerate(row)] for row in piece.rows]
        yield page.table(piece.header, rows, caption=piece.caption, numbers=piece.numbers)


def _context(context: ComparisonContext, note: str) -> Piece:
    said = {
        "kind": context.kind,
        "providers": ", ".join(context.providers),
        "capabilities": ", ".join(context.capabilities),
        "operations": ", ".join(context.operations),
        "fixture digest": context.fixture_digest or "",
        "suite version": context.suite_version or "",
        "budgets": ", ".join(context.budget_refs),
        "missing evidence": ", ".join(context.missing_evidence),
    }
    return Piece(
        title="Comparison Context",
        sentences=[note],
        caption="What all runs share",
        header=("what", "of all runs"),
        rows=[[name, value or "none"] for name, value in said.items()],
    )


_OF_A_BENCHMARK: Final[Sequence[str]] = (
    *("run", "provider", "operation", "ok", "retries", "avg_ms", "Δ avg_ms", "p50_ms", "p95_ms"),
    *("calls/s", "events", "budget"),
)
_OF_AN_EVALUATION: Final[Sequence[str]] = (
    *("run", "provider", "suite", "score", "Δ score", "passed", "pass rate", "Δ pass rate", "events"),
)
_OF_A_SHOWCASE: Final[Sequence[str]] = ("run", "workflow", "status", "safe to attach", "summary")


def _rows(found: Comparison) -> Piece:
    header, row, numbers = {
        "benchmark": (_OF_A_BENCHMARK, _benchmark, range(3, 11)),
        "eval": (_OF_AN_EVALUATION, _evaluation, range(3, 9)),
        "demo_showcase": (_OF_A_SHOWCASE, _showcase, range(0)),
    }[found.kind]
    return Piece(title="Results", caption=_ROWS, header=header, rows=[*map(row, found.rows)], numbers=numbers)


def _benchmark(row: ComparedRow) -> list[str]:
    return [
        row.run_id,
        row.provider,
        row.operation,
        f"{row.success_count:,}/{row.iterations:,}",
        f"{row.retry_count:,}",
        _plain(row.average_latency_ms),
        _signed(row.delta_average_latency_ms),
        _plain(row.p50_latency_ms),
        _plain(row.p95_latency_ms),
        _plain(row.throughput_per_second),
        f"{row.event_count:,}",
        _gate(row),
    ]


def _evaluation(row: ComparedRow) -> list[str]:
    return [
        row.run_id,
        row.provider,
        row.operation,
        _plain(row.average_score),
        _signed(row.delta_average_score),
        f"{row.passed_scenario_count}/{row.scenario_count}",
        _plain(row.pass_rate),
        _signed(row.delta_pass_rate),
        f"{row.event_count:,}",
    ]


def _showcase(row: ComparedRow) -> list[str]:
    safe = "yes" if row.safe_to_attach is True else "no" if row.safe_to_attach is False else "not said"
    return [row.run_id, row.operation, _text(row.status), safe, _text(row.summary)]


def _gate(row: ComparedRow) -> str:
    if row.budget_passed is None:
        return "none"
    return f"{'passed' if row.budget_passed else 'failed'} {row.budget_ref or ''}".strip()


def _runs(runs: Sequence[ComparedRun]) -> Piece:
    return Piece(
        title="Runs",
        caption="Where each run is kept, and by what its inputs and results are found again",
        header=("run", "created", "status", "report", "inputs", "results", "missing evidence"),
        rows=[
            [
                run.run_id,
                run.created_at,
                run.status,
                f"{run.path}/{run.report_path}",
                run.provenance_refs.input_file or run.provenance_refs.input_digest or "not said",
                run.provenance_refs.result_digest or "not said",
                ", ".join(run.missing_evidence) or "none",
            ]
            for run in runs
        ],
    )


def _skipped(runs: Sequence[ComparedRun]) -> Piece:
    rows = [[run.run_id, run.skip_reason or "no reason is stated"] for run in runs if _is_skipped(run)]
    return Piece(
        title="Skipped runs",
        sentences=[] if rows else ["None."],
        caption="Why nothing was measured",
        header=("run", "reason"),
        rows=rows,
    )


def _is_skipped(run: ComparedRun) -> bool:
    return run.skip_reason is not None or run.status == "skipped"


def _artifacts(runs: Sequence[ComparedRun]) -> Piece:
    excluded = sum(run.excluded_unsafe_artifact_count for run in runs)
    return Piece(
        title="Artifacts",
        sentences=[f"Unsafe artifacts excluded from rendered reports: {excluded}"],
        caption="Files in the folder of each run",
        header=("run", "files"),
        rows=[[run.run_id, ", ".join(run.safe_artifacts.values())] for run in runs],
    )


def _answer(found: Regression) -> Piece:
    summary = found.regression_summary
    counts = ", ".join(f"{getattr(summary.counts, status)} {ANSWERS[status].lower()}" for status in ANSWERS)
    return Piece(
        title="Regression Summary",
        sentences=[
            f"{ANSWERS[summary.status]}: {found.candidate_run_id} against {found.baseline_run_id}.",
            f"Judged rows: {counts}.",
            f"A median latency counts as changed from {summary.min_effect:.0%} on, and with the whole of its interval.",
        ],
        verdict=_KINDS[summary.status],
    )


def _judged(rows: Sequence[RegressionRow]) -> Piece:
    return Piece(
        title="Verdicts",
        sentences=[
            "An interval is for the ratio at one pace of the machine, so that the ratio as measured may lie outside."
        ]
        if any(row.interval for row in rows)
        else [],
        caption="Everything that counts for the answer; times in milliseconds",
        header=("what", "answer", "baseline", "candidate", "ratio", "interval", "why"),
        rows=[
            [
                f"{row.category} {row.name}",
                ANSWERS[row.status].lower(),
                _value(row.baseline),
                _value(row.candidate),
                "" if row.ratio is None else f"{row.ratio:.3f}",
                "" if row.interval is None else f"{row.interval[0]:.3f} to {row.interval[1]:.3f}",
                row.detail,
            ]
            for row in rows
            if row.judged
        ],
        numbers=(2, 3, 4, 5),
        wide=(6,),
    )


def _metrics(found: Regression) -> Piece:
    return Piece(
        title="Metric Deltas",
        sentences=["Over all operations together; which of them changed is said above."],
        caption="Means of latencies, throughput, scores and rates; sums of counts",
        header=("metric", "baseline", "candidate", "delta", "answer"),
        rows=[
            [
                metric.metric,
                _plain(metric.baseline),
                _plain(metric.candidate),
                _signed(metric.delta),
                ANSWERS[metric.status].lower(),
            ]
            for metric in found.metric_deltas
        ],
        numbers=(1, 2, 3),
    )


def _budget(found: Regression) -> Piece:
    change = found.budget_status_changes
    said = {True: "passed", False: "failed", None: "none"}
    return Piece(
        title="Budget Status",
        sentences=[f"{change.status}: {said[change.baseline]} before, {said[change.candidate]} now."],
    )


def _failures(found: Regression) -> Piece:
    changes = found.failure_changes
    named = {"new": changes.new_failures, "gone": changes.removed_failures, "lasting": changes.lasting_failures}
    rows = [[what, name] for what, names in named.items() for name in names]
    return Piece(
        title="Failures",
        sentences=[] if rows else ["None."],
        caption="By fingerprint: kind of error, or scenario",
        header=("what", "failure"),
        rows=rows,
    )


def _drift(found: Regression) -> Piece:
    changes = found.artifact_changes
    changed = [label for label in changes.changed if label not in changes.expected]
    named = {"added": changes.added, "removed": changes.removed, "changed": changed}
    named["differs as expected, since it holds timings"] = changes.expected
    return Piece(
        title="Artifact Drift",
        sentences=[f"Unsafe artifacts excluded from rendered reports: {changes.excluded_unsafe_count}"],
        caption="Files by label",
        header=("what", "labels"),
        rows=[[what, ", ".join(labels)] for what, labels in named.items() if labels],
    )


def _provenance(found: Regression) -> Piece:
    differences = found.provenance_changes.differences
    return Piece(
        title="Provenance Differences",
        sentences=[] if differences else ["None."],
        caption="How the runs came about otherwise",
        header=("field", "baseline", "candidate"),
        rows=[[each.field, each.baseline or "not said", each.candidate or "not said"] for each in differences],
    )


def _value(value: float | str | None) -> str:
    return figures.plain(value) if value is None or isinstance(value, int | float) else value


def _plain(value: float | UnsetType | None) -> str:
    number = None if value is UNSET else value
    return f"{number:,.0f}" if number is not None and number == round(number) else figures.plain(number)


def _signed(value: float | UnsetType | None) -> str:
    return f"+{_plain(value)}" if value is not UNSET and value is not None and value > 0 else _plain(value)


def _text(value: str | UnsetType) -> str:
    return "" if value is UNSET else value
