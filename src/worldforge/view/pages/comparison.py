"""What changed from one run to another: the verdicts with their reasons, then everything beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.cells import cell_len

from worldforge.runs.comparison.compare import compare_runs
from worldforge.runs.comparison.documents import Regression, RegressionRow
from worldforge.runs.comparison.pieces import Piece, comparison_pieces, regression_pieces
from worldforge.runs.comparison.regression import compare_regression
from worldforge.runs.preserved import folder_of
from worldforge.view.graphics.gauges import ratio_lines
from worldforge.view.ink import BLANK, Line, Span, facts, fitted, heading, line, shown, wrapped
from worldforge.view.page import Column, Page, Row, Tab
from worldforge.view.words import answer_ink, answer_span

_GAUGE: Final = 72
_FEW_COLUMNS: Final = 3
_WIDEST_NAME: Final = 50


def comparison_page(baseline: Path, candidate: Path) -> Page:
    """Hold a candidate against a baseline.

    Raises:
        ComparisonRefusedError: The runs do not measure the same.
        WorldForgeError: A run cannot be opened.
    """
    paths = [baseline, candidate]
    found = compare_regression(paths)
    pieces = {piece.title: piece for piece in regression_pieces(found)}
    beside = {piece.title: piece for piece in comparison_pieces(compare_runs(paths))}
    names = {found.baseline_run_id: "baseline", found.candidate_run_id: "candidate"}
    differences = [pieces[name] for name in ("Failures", "Artifact Drift", "Provenance Differences")]
    tabs = [
        _verdicts_tab(found, pieces["Regression Summary"], pieces["Verdicts"]),
        _table_tab("Side by side", beside["Results"], names),
        _table_tab("Metrics", pieces["Metric Deltas"], {}),
        _text_tab("Differences", differences),
        _text_tab("Facts", [pieces["Comparison Context"], pieces["Runs"]], boundary=found.claim_boundary),
    ]
    return Page(_title(found), tabs, [folder_of(path) for path in paths])


def _title(found: Regression) -> Line:
    return line(
        Span(shown(found.baseline_run_id), "strong"),
        " → ",
        Span(shown(found.candidate_run_id), "strong"),
        "  ",
        answer_span(found.regression_summary.status),
    )


def _verdicts_tab(found: Regression, answer: Piece, verdicts: Piece) -> Tab:
    columns = (
        Column("what", flexible=True),
        Column("answer"),
        Column("baseline", right=True),
        Column("candidate", right=True),
        Column("ratio", right=True),
        Column("95% interval", right=True),
    )
    limit = 1 + found.regression_summary.min_effect
    judged = [row for row in found.rows if row.judged]

    def nothing(width: int) -> Iterator[Line]:
        yield from wrapped("Nothing in these runs can be judged.", width)

    # The last sentence is about latencies.
    summary = answer.sentences if found.kind == "benchmark" else answer.sentences[:-1]
    rows = [_verdict_row(row, cells, limit, summary) for row, cells in zip(judged, verdicts.rows, strict=True)]
    return Tab("Verdicts", columns, rows, nothing)


def _verdict_row(row: RegressionRow, told: Sequence[str], limit: float, summary: Sequence[str]) -> Row:
    what, _, baseline, candidate, ratio, interval, _ = told

    def detail(width: int) -> Iterator[Line]:
        yield line(Span(shown(what), "strong"), "   ", answer_span(row.status))
        yield BLANK
        if row.ratio:
            yield from ratio_lines(row.ratio, row.interval, limit, min(width - 4, _GAUGE), answer_ink(row.status))
            yield BLANK
        for reason in filter(None, row.detail.split("; ")):
            yield from wrapped(shown(reason), width)
        yield BLANK
        for sentence in summary:
            yield from wrapped(shown(sentence), width, ink="quiet")

    shown_cells = [line(shown(text)) for text in (baseline, candidate, ratio, interval)]
    return Row((line(shown(what)), line(answer_span(row.status)), *shown_cells), detail)


def _table_tab(title: str, piece: Piece, names: Mapping[str, str]) -> Tab:
    """A piece as a table; whatever of a row has no room there stands below it."""
    columns = [
        Column(name, right=index in piece.numbers, flexible=index not in piece.numbers)
        for index, name in enumerate(piece.header)
    ]
    rows = [_plain_row(piece.header, [names.get(cell, cell) for cell in row]) for row in piece.rows]
    return Tab(title, columns, rows, lambda width: _piece_lines(piece, width))


def _plain_row(header: Sequence[str], cells: Sequence[str]) -> Row:
    told = [(name, shown(cell)) for name, cell in zip(header, cells, strict=True)]
    return Row([line(text) for _, text in told], lambda width: facts(told, width))


def _text_tab(title: str, pieces: Sequence[Piece], boundary: str = "") -> Tab:
    def written(width: int) -> Iterator[Line]:
        if boundary:
            yield from (heading("Does not show"), *wrapped(shown(boundary), width), BLANK)
        for piece in pieces:
            yield heading(piece.title)
            yield from _piece_lines(piece, width)
            yield BLANK

    return Tab(title, text=written)


def _piece_lines(piece: Piece, width: int) -> Iterator[Line]:
    for sentence in piece.sentences:
        yield from wrapped(shown(sentence), width)
    rows = [[shown(cell) for cell in row] for row in piece.rows]
    if len(piece.header) > _FEW_COLUMNS:
        for row in rows:
            yield from (*facts(list(zip(piece.header, row, strict=True)), width), BLANK)
        return
    names = [min(max(map(cell_len, column)), _WIDEST_NAME) for column in list(zip(*rows, strict=True))[:-1]]
    for row in rows:
        yield from _short_row(row, names, width)


def _short_row(cells: Sequence[str], names: Sequence[int], width: int) -> Iterator[Line]:
    """Two or three cells, the first ones so wide; the last one goes on below itself."""
    before = [span for cell, room in zip(cells, names, strict=False) for span in _name(cell, room)]
    edge = sum(names) + 2 * len(names)
    first, *rest = wrapped(cells[-1], width - edge)
    yield (*before, *first[1:])
    yield from (line(" " * edge, *more[1:]) for more in rest)


def _name(text: str, room: int) -> Line:
    return (*fitted(line(Span(text, "quiet")), room), Span("  "))
