"""Pictures of characters: what is drawn where."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from tests.worldforge.benchmark.reports import older_report, sample_blocks, sample_result
from worldforge.benchmark.report import Histogram
from worldforge.view.graphics.axis import LogAxis, axis_lines, whisker
from worldforge.view.graphics.gauges import bar, ratio_lines, share_lines, trial_lines
from worldforge.view.graphics.latency import distribution, order
from worldforge.view.ink import Line, text_of


def drawn(lines: object) -> list[str]:
    return [text_of(each).rstrip() for each in lines]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("share", "text"), [(0, "····"), (0.5, "██··"), (0.53, "██▏·"), (1, "████"), (2, "████"), (-1, "····")]
)
def test_a_bar_is_filled_to_an_eighth(share: float, text: str) -> None:
    assert text_of(bar(share, 4, "good")) == text


def test_an_axis_places_values_by_their_logarithm() -> None:
    axis = LogAxis(1.0, 100.0, 20)
    assert [axis.column(value) for value in (0.5, 1.0, 10.0, 99.9, 100.0, 1e9)] == [0, 0, 10, 19, 19, 19]
    assert axis.ticks() == [1.0, 10.0, 100.0]


def test_an_axis_is_never_narrower_than_a_factor() -> None:
    axis = LogAxis.around([3.0, 3.0], 10)
    assert axis.high / axis.low == pytest.approx(1.5)
    assert axis.column(3.0) == 5


def test_names_of_ticks_do_not_run_into_each_other() -> None:
    rule, names = drawn(axis_lines(LogAxis(1.0, 1.6, 12), lambda value: f"{value:.2f}"))
    assert len(rule) == 12
    assert rule.count("┴") == len(names.split())
    assert all(len(name) == 4 for name in names.split())


@pytest.mark.parametrize(
    ("middle", "bounds", "text"),
    [
        (10.0, [5.0, 20.0], "      ├───●──┤      "),
        (10.0, None, "          ●         "),
        (10.0, [0.1, 1e6], "◂─────────●────────▸"),
        (10.0, [10.0, 10.0], "          ●         "),
    ],
)
def test_an_interval_has_ends_or_leaves_the_picture(middle: float, bounds: list[float] | None, text: str) -> None:
    assert whisker(LogAxis(1.0, 100.0, 20), middle, bounds) == text


def test_the_tallest_column_is_where_most_calls_are() -> None:
    result = sample_result(
        histogram=Histogram(relative_width=1 / 16, buckets=[(30_000, 50), (32_000, 100), (60_000, 1)]),
        p50_latency_ms=0.032,
        p99_latency_ms=0.0602,
        intervals={},
    )
    rows = drawn(distribution(result, 80))[:5]
    top = rows[0].index("█")
    assert all(row[top] == "█" for row in rows)
    assert rows[-1].endswith("▁"), "a single call is seen"


def test_a_far_tail_is_told_and_not_drawn() -> None:
    buckets = [(30_000, 500), (31_000, 499), (9_000_000, 1)]
    told = drawn(distribution(sample_result(histogram=Histogram(relative_width=1 / 16, buckets=buckets)), 80))
    assert told[-1].strip() == "1 slower call not drawn, up to 120 µs"
    assert not any("9 ms" in each for each in told)


def test_a_report_without_a_histogram_has_its_quantiles() -> None:
    told = drawn(distribution(older_report().results[0], 80))
    assert [each.split()[0] for each in told if "µs" in each and "●" in each] == ["p50", "mean", "p95"]
    assert drawn(order(older_report().results[0], 80)) == []


def test_nothing_is_drawn_where_nothing_succeeded() -> None:
    names = ("average", "min", "max", "p50", "p90", "p95", "p99")
    failed = sample_result(success_count=0, histogram=UNSET, **{f"{name}_latency_ms": None for name in names})
    assert drawn(distribution(failed, 80)) == []


def test_blocks_stand_in_their_order() -> None:
    rising = [0.010 * (1 + index / 10) for index in range(20)]
    blocks = [
        block.__class__(count=10, mean_ms=p50, p50_ms=p50, p95_ms=p50 * 2)
        for block, p50 in zip(sample_blocks(0.01), rising, strict=True)
    ]
    rows = [row[8:] for row in drawn(order(sample_result(blocks=blocks), 100))[:5]]
    medians = "".join(
        next(str(5 - at) for at, row in enumerate(rows) if row[column : column + 1] == "●")
        for column in range(0, 40, 2)
    )
    assert medians == "".join(sorted(medians)), "each block is as slow as the one before, or slower"
    assert (medians[0], medians[-1]) == ("1", "4")
    assert rows[0].rindex("○") == rows[1].rindex("●"), "the last block has both"


def test_a_ratio_is_drawn_beside_what_is_too_small_to_count() -> None:
    interval, band, rule, names, caption = drawn(ratio_lines(1.44, [1.35, 1.5], 1.25, 60, "bad"))
    assert names.split() == ["0.8", "1", "1.25"]
    assert interval.index("├") > band.rindex("░")
    assert band.index("│") == rule.index("┴", rule.index("┴") + 1)
    assert "too small" in caption


def test_a_share_is_drawn_from_zero_to_one() -> None:
    interval, rule, names = drawn(share_lines(0.5, [0.25, 1.0], 40, "good"))
    assert (interval.index("├"), interval.index("●"), interval.index("┤")) == (12, 22, 42)
    assert (rule.index("┴"), rule.rindex("┴")) == (2, 42)
    assert (names.index("0"), names.rindex("1")) == (2, 42)


def test_trials_stand_in_their_order_and_many_are_counted() -> None:
    assert drawn(trial_lines([True, False, None], 10)) == ["●○✗"]
    many: list[Line] = list(trial_lines([True] * 95, 10))
    assert drawn(many) == ["●" * 10] * 3 + ["and 65 more"]
