"""Laws of the noise model, whatever the latencies are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worldforge.benchmark.changes import measured, result
from worldforge.benchmark.change import noise
from worldforge.benchmark.change.count_change import events_changed, failures_changed
from worldforge.benchmark.change.latency_change import median_change
from worldforge.benchmark.verdicts import STATUSES, Status, overall

LATENCY = st.floats(min_value=1e-4, max_value=1e4)
RUN = st.lists(LATENCY, min_size=5, max_size=20)
EFFECT = st.floats(min_value=0.01, max_value=2)
TURNED = {"regressed": "improved", "improved": "regressed", "unchanged": "unchanged", "cannot_decide": "cannot_decide"}
SCALE = st.integers(min_value=-8, max_value=8).map(lambda power: 2.0**power)  # exact, so that no rounding takes part


def bounds_of(baseline: list[float], candidate: list[float]) -> noise.Bounds:
    found = noise.ratio_of_medians(baseline, candidate)
    assert found is not None
    return found


@given(RUN, st.randoms(use_true_random=False), EFFECT)
def test_the_same_values_are_never_called_changed(values: list[float], order: object, effect: float) -> None:
    again = list(values)
    order.shuffle(again)  # type: ignore[attr-defined]
    assert noise.status_of(bounds_of(values, again), effect) in ("unchanged", "cannot_decide")


@given(RUN, RUN, EFFECT)
def test_swapping_the_runs_swaps_the_answer(first: list[float], second: list[float], effect: float) -> None:
    there, back = bounds_of(first, second), bounds_of(second, first)
    assert (back.low, back.high) == pytest.approx((1 / there.high, 1 / there.low))
    turned = TURNED[noise.status_of(there, effect)]
    # An end that lies on the limit may be rounded to either side of it.
    if not any(abs(end * limit - 1) < 1e-9 for end in there for limit in (1 + effect, 1 / (1 + effect))):
        assert noise.status_of(back, effect) == turned


@given(RUN, RUN, SCALE)
def test_the_unit_does_not_matter(first: list[float], second: list[float], scale: float) -> None:
    scaled = bounds_of([value * scale for value in first], [value * scale for value in second])
    assert scaled == bounds_of(first, second)


@given(RUN, RUN, SCALE)
def test_a_factor_moves_the_interval_by_itself(first: list[float], second: list[float], scale: float) -> None:
    before, after = bounds_of(first, second), bounds_of(first, [value * scale for value in second])
    assert (after.low, after.high) == (before.low * scale, before.high * scale)


@given(RUN, RUN, EFFECT, EFFECT)
def test_a_larger_effect_never_calls_more(first: list[float], second: list[float], one: float, other: float) -> None:
    strict, lenient = (noise.status_of(bounds_of(first, second), effect) for effect in sorted((one, other)))
    if lenient in ("regressed", "improved"):
        assert strict == lenient


@given(RUN, st.integers(min_value=0, max_value=19))
def test_a_slower_block_never_moves_the_interval_down(values: list[float], index: int) -> None:
    slower = list(values)
    slower[index % len(values)] *= 2
    before, after = bounds_of(values, values), bounds_of(values, slower)
    assert after.low >= before.low
    assert after.high >= before.high


@given(st.lists(st.floats(min_value=0.01, max_value=100), min_size=5, max_size=30))
def test_paired_ratios_turned_around_turn_the_interval_around(ratios: list[float]) -> None:
    there, back = noise.median_of_ratios(ratios), noise.median_of_ratios([1 / ratio for ratio in ratios])
    assert there is not None
    assert back is not None
    assert (back.low, back.high) == pytest.approx((1 / there.high, 1 / there.low))


@given(RUN, RUN, st.floats(min_value=0.3, max_value=3), st.floats(min_value=0.3, max_value=3))
def test_reports_turned_around_turn_the_answer_around(
    first: list[float], second: list[float], pace: float, other_pace: float
) -> None:
    sides = measured(result(first, pace=pace)), measured(result(second, pace=other_pace))
    there, back = median_change(*sides), median_change(sides[1], sides[0])
    assert there.bounds is not None
    assert back.bounds is not None
    assert (back.bounds.low, back.bounds.high) == pytest.approx((1 / there.bounds.high, 1 / there.bounds.low))
    assert median_change(sides[0], sides[0]).status in ("unchanged", "cannot_decide")


@given(RUN, st.floats(min_value=0.2, max_value=5), st.floats(min_value=0, max_value=1))
def test_a_machine_that_is_slower_never_makes_a_program_regress(values: list[float], pace: float, power: float) -> None:
    # Whatever power of the pace a waiting call follows, from none to all of it: nothing about the program changed.
    idle = {"cpu_ms_per_iteration": 0.0}
    before = measured(result(values, pace=1.0, **idle))  # type: ignore[arg-type]
    after = measured(result([value * pace**power for value in values], pace=pace, **idle))  # type: ignore[arg-type]
    assert median_change(before, after).status in ("unchanged", "cannot_decide")


COUNTS = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(lambda pair: (min(pair), max(pair)))


@given(COUNTS, COUNTS)
def test_counts_turned_around_turn_the_answer_around(first: tuple[int, int], second: tuple[int, int]) -> None:
    for changed in (failures_changed, events_changed):
        there, back = changed(*first, *second), changed(*second, *first)
        assert back.status == TURNED[there.status]
        assert changed(*first, *first).status in ("unchanged", "cannot_decide")


@given(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=6))
def test_one_answer_for_several(statuses: list[Status]) -> None:
    answer = overall(statuses)
    assert answer in statuses
    assert (answer == "regressed") == ("regressed" in statuses)
    if answer == "improved":
        assert "cannot_decide" not in statuses
    assert answer == overall(reversed(statuses))
