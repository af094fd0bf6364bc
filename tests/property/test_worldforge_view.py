"""Laws of the terminal view: no line is wider than the terminal, and no number of a report breaks a picture."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.worldforge.benchmark.reports import sample_result
from worldforge.benchmark.report import BenchmarkResult, Block, Histogram
from worldforge.view.graphics.gauges import bar, ratio_lines, share_lines
from worldforge.view.graphics.latency import distribution, order
from worldforge.view.ink import fitted, inert, line, shown, text_of, width_of, wrapped
from worldforge.view.page import Column, Row, widths

TEXTS = st.text(max_size=200)
TIMES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
BOUNDS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=2)
BLOCKS = st.builds(
    Block,
    count=st.integers(),
    mean_ms=TIMES,
    p50_ms=TIMES,
    p95_ms=TIMES,
)
HISTOGRAMS = st.builds(
    Histogram,
    relative_width=st.floats(allow_nan=False, allow_infinity=False),
    buckets=st.lists(st.tuples(st.integers(-(2**63), 2**63), st.integers(-(2**63), 2**63)), max_size=30),
)
NAMES = ("average", "min", "max", "p50", "p90", "p95", "p99")


@st.composite
def results(draw: st.DrawFn) -> BenchmarkResult:
    """Results that somebody may have written into a report."""
    result = sample_result(
        histogram=draw(HISTOGRAMS),
        blocks=draw(st.lists(BLOCKS, max_size=30)),
        intervals={f"{name}_latency_ms": draw(BOUNDS) for name in NAMES},
        **{f"{name}_latency_ms": draw(TIMES) for name in NAMES},
    )
    return msgspec.json.decode(msgspec.json.encode(result), type=BenchmarkResult)


@given(TEXTS, st.integers(0, 60), st.booleans())
def test_a_fitted_line_has_exactly_its_width(text: str, width: int, right: bool) -> None:
    assert width_of(fitted(line(shown(text)), width, right=right)) == width


@given(TEXTS, st.integers(2, 60), st.sampled_from(["", "  ", "12. "]))
def test_wrapping_loses_nothing_but_blanks_and_keeps_to_the_width(text: str, width: int, indent: str) -> None:
    safe = shown(text)
    lines = list(wrapped(safe, width + len(indent), indent=indent))
    assert all(width_of(each) <= width + len(indent) for each in lines)
    kept = "".join(text_of(each)[len(indent) :] for each in lines)
    assert kept.replace(" ", "") == safe.replace(" ", "")


@given(TEXTS)
def test_what_is_shown_stays_as_it_is_when_it_is_drawn(text: str) -> None:
    assert inert(shown(text)) == shown(text)
    assert inert(text).isprintable()


@given(results(), st.integers(1, 200))
def test_no_report_breaks_a_picture(result: BenchmarkResult, width: int) -> None:
    lines = [*distribution(result, width), *order(result, width)]
    assert all(text_of(each).isprintable() for each in lines)


@given(st.floats(0, 1), BOUNDS, st.integers(-8, 80))
def test_a_gauge_is_as_wide_as_it_should_be(share: float, bounds: list[float], width: int) -> None:
    assert width_of(bar(share, max(width, 0), "good")) == max(width, 0)
    assert all(width_of(each) <= max(width, 8) + 3 for each in share_lines(share, bounds, width, "good"))


@given(TIMES, st.none() | BOUNDS, st.floats(1e-6, 10), st.integers(-8, 80))
def test_no_ratio_breaks_its_picture(
    ratio: float | None, bounds: list[float] | None, effect: float, width: int
) -> None:
    if ratio is not None:
        assert all(text_of(each).isprintable() for each in ratio_lines(ratio, bounds, 1 + effect, width, "bad"))


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.none() | st.integers(0, 30)), max_size=8),
    st.integers(0, 120),
)
def test_columns_fit_into_the_room(shapes: list[tuple[int, bool, int | None]], room: int) -> None:
    columns = [Column("x" * 3, flexible=flexible, width=width) for _, flexible, width in shapes]
    rows = [Row([line("y" * length) for length, _, _ in shapes])]
    found = widths(columns, rows, room)
    assert sum(found) + 2 * max(len(found) - 1, 0) <= room
    assert all(width >= 3 for width in found)
