"""Comparisons of two sides: verdict, sign, interval, and what would have shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from worldflux.errors import StatisticsError
from worldflux.stats.comparison import (
    Comparison,
    Counts,
    PairCounts,
    compare,
    compare_pairs,
    compare_population,
    compare_tasks,
)

TRIALS = st.integers(1, 15)
COUNTS = TRIALS.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))).map(lambda pair: Counts(*pair))
TASKS = st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=6)
PAIRS = st.tuples(*[st.integers(0, 12)] * 4).filter(lambda table: sum(table) > 0).map(lambda table: PairCounts(*table))


def test_two_small_runs_show_nothing_and_say_what_would_have_shown() -> None:
    found = compare(17, 20, 14, 20)
    assert found.verdict == "no_difference_shown"
    assert found.difference == pytest.approx(-0.15)
    assert found.p_value == pytest.approx(stats.boschloo_exact([[17, 14], [3, 6]]).pvalue, rel=1e-9)
    assert (found.lower, found.upper) == pytest.approx((-0.3896, 0.1112), abs=5e-4)
    assert found.smallest_visible == pytest.approx(0.348, abs=1e-3)
    assert not found.paired


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ((45, 50), (30, 50), "regressed"),
        ((30, 50), (45, 50), "improved"),
        ((30, 50), (30, 50), "no_difference_shown"),
        ((900, 1000), (960, 1000), "improved"),
    ],
)
def test_the_verdict_follows_the_test_and_the_sign(left: Counts, right: Counts, verdict: str) -> None:
    assert compare(*left, *right).verdict == verdict


def test_test_and_interval_may_disagree_near_the_limit_and_it_is_said() -> None:
    disagreeing = [
        found
        for k, m in product(range(13), range(13))
        if k < m and not (found := compare(k, 12, m, 12)).interval_agrees
    ]
    assert disagreeing
    for found in disagreeing:
        assert (found.p_value <= 0.05) != (found.lower > 0)
        assert found.verdict == ("improved" if found.p_value <= 0.05 else "no_difference_shown")


def test_a_smaller_error_gives_a_wider_interval_and_shows_less() -> None:
    usual, strict = compare(45, 50, 30, 50), compare(45, 50, 30, 50, alpha=0.0001)
    assert strict.lower < usual.lower < usual.upper < strict.upper
    assert (usual.verdict, strict.verdict) == ("regressed", "no_difference_shown")
    assert (usual.smallest_visible or 0) < (strict.smallest_visible or 0)
    assert strict.confidence == 0.9999


@given(left=COUNTS, right=COUNTS)
@settings(max_examples=30, deadline=None)
def test_naming_the_sides_the_other_way_round_mirrors_everything(left: Counts, right: Counts) -> None:
    _assert_mirrored(compare(*left, *right), compare(*right, *left))


@given(table=PAIRS)
@settings(max_examples=50, deadline=None)
def test_the_same_with_pairs(table: PairCounts) -> None:
    mirrored = PairCounts(table.both, table.right_only, table.left_only, table.neither)
    _assert_mirrored(compare_pairs(*table), compare_pairs(*mirrored))


@given(tasks=TASKS)
@settings(max_examples=50, deadline=None)
def test_the_same_over_tasks(tasks: list[tuple[Counts, Counts]]) -> None:
    mirrored = [(right, left) for left, right in tasks]
    _assert_mirrored(compare_tasks(tasks), compare_tasks(mirrored))
    if len(tasks) >= 5:
        _assert_mirrored(compare_population(tasks), compare_population(mirrored))


def _assert_mirrored(one: Comparison, other: Comparison) -> None:
    opposite = {"improved": "regressed", "regressed": "improved", "no_difference_shown": "no_difference_shown"}
    assert other.verdict == opposite[one.verdict]
    assert (other.difference, other.lower, other.upper) == pytest.approx(
        (-one.difference, -one.upper, -one.lower), abs=1e-12
    )
    assert other.p_value == pytest.approx(one.p_value, abs=1e-9)
    assert other.smallest_visible == pytest.approx(one.smallest_visible)
    assert one.lower <= one.difference <= one.upper


def test_pairs_count_only_where_the_sides_differ() -> None:
    found = compare_pairs(12, 5, 2, 1)
    assert found.paired
    assert found.difference == pytest.approx(-3 / 20)
    assert found.p_value == pytest.approx(stats.binomtest(2, 7).pvalue)
    assert compare_pairs(0, 5, 2, 13).p_value == found.p_value


def test_pairs_show_what_independent_samples_of_the_same_counts_do_not() -> None:
    pairs, apart = compare_pairs(30, 9, 0, 11), compare(39, 50, 30, 50)
    assert pairs.difference == pytest.approx(apart.difference)
    assert (pairs.verdict, apart.verdict) == ("regressed", "no_difference_shown")


def test_the_mid_p_variant_is_named_apart() -> None:
    exact, mid_p = compare_pairs(12, 8, 1, 1), compare_pairs(12, 8, 1, 1, mid_p=True)
    assert mid_p.p_value == pytest.approx(exact.p_value - stats.binom.pmf(1, 9, 0.5))
    assert mid_p.method != exact.method


class TestTasks:
    def test_tasks_weigh_the_same_whatever_their_trials(self) -> None:
        tasks = [(Counts(10, 10), Counts(50, 100)), (Counts(0, 100), Counts(5, 10))]
        assert compare_tasks(tasks).difference == pytest.approx(0.0)
        assert compare(10, 110, 55, 110).verdict == "improved"

    def test_the_permutation_variance_is_that_of_the_hypergeometric_distribution(self) -> None:
        left, right = Counts(3, 8), Counts(9, 12)
        successes = stats.hypergeom(20, 12, 12)  # successes that fall to the right side
        spread = math.sqrt(successes.var()) * (1 / 12 + 1 / 8)
        expected = math.erfc(abs(9 / 12 - 3 / 8) / spread / math.sqrt(2))
        assert compare_tasks([(left, right)]).p_value == pytest.approx(expected)

    def test_one_task_has_the_interval_of_newcombe(self) -> None:
        alone, apart = compare_tasks([(Counts(17, 20), Counts(14, 20))]), compare(17, 20, 14, 20)
        assert (alone.lower, alone.upper) == pytest.approx((apart.lower, apart.upper))

    def test_more_tasks_of_the_same_kind_narrow_the_interval_as_more_episodes_do(self) -> None:
        task = (Counts(60, 100), Counts(50, 100))
        one, four = compare_tasks([task]), compare_tasks([task] * 4)
        assert four.upper - four.lower == pytest.approx((one.upper - one.lower) / 2)
        assert one.smallest_visible == pytest.approx(2 * (four.smallest_visible or 0))

    def test_tasks_that_all_succeeded_show_nothing(self) -> None:
        found = compare_tasks([(Counts(10, 10), Counts(20, 20))] * 3)
        assert (found.p_value, found.verdict) == (1.0, "no_difference_shown")


class TestPopulation:
    def test_tasks_that_differ_much_are_the_observations_of_a_paired_t_test(self) -> None:
        rates = [(200, 900), (500, 700), (900, 950), (100, 600), (400, 300), (300, 800)]
        tasks = [(Counts(left, 1000), Counts(right, 1000)) for left, right in rates]
        found = compare_population(tasks)
        expected = stats.ttest_rel([right for _, right in rates], [left for left, _ in rates])
        interval = expected.confidence_interval(0.95)
        assert found.p_value == pytest.approx(expected.pvalue)
        assert (found.lower, found.upper) == pytest.approx((interval.low / 1000, interval.high / 1000))
        assert found.verdict == "no_difference_shown"
        assert compare_tasks(tasks).verdict == "improved"

    def test_tasks_that_agree_by_chance_count_for_no_more_than_their_episodes(self) -> None:
        tasks = [(Counts(5, 10), Counts(6, 10))] * 8
        found = compare_population(tasks)
        floor = math.sqrt((6 * 6 / 144 + 7 * 5 / 144) / 10 / 8)
        assert found.p_value == pytest.approx(2 * stats.t.sf(0.1 / floor, 7))

    def test_too_few_tasks_say_nothing_of_a_population(self) -> None:
        with pytest.raises(StatisticsError, match=r"4 task\(s\) are too few"):
            compare_population([(Counts(5, 10), Counts(6, 10))] * 4)


@pytest.mark.parametrize("method", [compare_tasks, compare_population], ids=lambda method: method.__name__)
def test_where_nothing_differs_a_difference_is_shown_no_more_often_than_alpha_allows(
    method: Callable[[list[tuple[Counts, Counts]]], Comparison],
) -> None:
    random, runs = np.random.default_rng(20_240_229), 1_000
    rates, left, right = [0.95, 0.5, 0.1, 0.8, 0.7], [10, 20, 50, 5, 30], [50, 10, 20, 10, 30]
    shown = contained = 0
    for _ in range(runs):
        counts = zip(random.binomial(left, rates), left, random.binomial(right, rates), right, strict=True)
        found = method([(Counts(int(k), n), Counts(int(m), size)) for k, n, m, size in counts])
        shown += found.verdict != "no_difference_shown"
        contained += found.lower <= 0 <= found.upper
    noise = 3 * math.sqrt(0.05 * 0.95 * runs)
    assert shown <= 0.05 * runs + noise
    assert contained >= 0.95 * runs - noise


@pytest.mark.parametrize(
    "counts", [(21, 20, 1, 20), (-1, 20, 1, 20), (1, 20, 2, 1), (0, 0, 1, 20), (1, 20, 0, 0)], ids=str
)
def test_counts_that_cannot_be_are_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(StatisticsError) as raised:
        compare(*counts)
    assert raised.value.code == "stats.argument"


@pytest.mark.parametrize("table", [(0, 0, 0, 0), (5, -1, 2, 1)], ids=str)
def test_pairs_that_cannot_be_are_refused(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(StatisticsError, match="are not the counts of one pair"):
        compare_pairs(*table)


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.05, math.nan])
def test_an_error_rate_that_is_none_is_refused(alpha: float) -> None:
    with pytest.raises(StatisticsError, match="alpha"):
        compare(1, 2, 1, 2, alpha=alpha)


def test_no_task_is_refused() -> None:
    with pytest.raises(StatisticsError, match=r"0 task\(s\) are too few"):
        compare_tasks([])
