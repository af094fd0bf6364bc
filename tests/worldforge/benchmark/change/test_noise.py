"""The noise model: exact bootstrap distributions, widened tails, and what follows from an interval."""

from __future__ import annotations

import itertools
import math
import random
from statistics import median

import pytest
from scipy import stats

from worldforge.benchmark.change import noise
from worldforge.benchmark.change.noise import Bounds


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_chances_of_the_median_are_those_of_all_resamples(count: int) -> None:
    ranks = [(count + 1) // 2, count // 2 + 1]
    seen = [0.0] * count
    for drawn in itertools.product(range(count), repeat=count):
        for rank in ranks:
            seen[sorted(drawn)[rank - 1]] += 0.5
    assert noise.median_chances(count) == pytest.approx([times / count**count for times in seen])


@pytest.mark.parametrize("count", [7, 20, 100])
def test_chances_sum_to_one_and_are_the_same_from_both_ends(count: int) -> None:
    chances = noise.median_chances(count)
    assert math.fsum(chances) == pytest.approx(1)
    assert chances == pytest.approx(chances[::-1])


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 11, 19, 50, 99])
@pytest.mark.parametrize("probability", [0.6, 0.95, 0.975, 0.9995])
def test_quantiles_of_student(freedom: int, probability: float) -> None:
    assert noise.student_quantile(probability, freedom) == pytest.approx(stats.t.ppf(probability, freedom), rel=1e-9)


def test_the_tail_makes_an_interval_of_a_mean_that_of_student() -> None:
    # Of a mean, bootstrap deviations are normal with standard error s*sqrt((n-1)/n)/sqrt(n).
    count, spread = 12, 1.7
    error = spread * math.sqrt((count - 1) / count) / math.sqrt(count)
    half = -stats.norm.ppf(noise.tail_chance(count, count - 1)) * error
    assert half == pytest.approx(stats.t.ppf(0.975, count - 1) * spread / math.sqrt(count))


def test_too_few_values_have_no_interval() -> None:
    assert noise.ratio_of_medians([1.0] * 4, [2.0] * 20) is None
    assert noise.ratio_of_medians([1.0] * 20, [2.0] * 4) is None
    assert noise.median_of_ratios([1.0] * 4) is None


def test_values_without_spread_have_an_interval_without_width() -> None:
    assert noise.ratio_of_medians([0.5] * 5, [1.5] * 7) == Bounds(3.0, 3.0)
    assert noise.median_of_ratios([1.25] * 12) == Bounds(1.25, 1.25)


def test_of_twelve_pairs_the_two_at_either_end_may_be_disturbed() -> None:
    ratios = [0.2, 0.5, 1.04, *[1.05] * 6, 1.06, 3.0, 9.0]
    assert noise.median_of_ratios(ratios) == Bounds(1.04, 1.06)


def test_of_five_values_and_five_all_but_the_most_extreme_ratios_are_within() -> None:
    assert noise.ratio_of_medians([1, 2, 3, 4, 5], [10, 20, 30, 40, 50]) == Bounds(2.5, 40.0)
    assert noise.median_of_ratios([1, 2, 3, 4, 5]) == Bounds(1, 5)


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        (Bounds(1.26, 1.5), "regressed"),
        (Bounds(1.25, 1.5), "cannot_decide"),
        (Bounds(0.5, 0.79), "improved"),
        (Bounds(0.5, 0.8), "cannot_decide"),
        (Bounds(0.8, 1.25), "unchanged"),
        (Bounds(0.79, 1.1), "cannot_decide"),
        (Bounds(0.5, 2.0), "cannot_decide"),
        (Bounds(1.0, 1.0), "unchanged"),
    ],
)
def test_an_answer_needs_the_whole_interval(bounds: Bounds, status: str) -> None:
    assert noise.status_of(bounds, 0.25) == status


@pytest.mark.parametrize("count", [5, 8, 12, 20])
def test_an_interval_of_paired_ratios_holds_the_truth_as_often_as_it_says(count: int) -> None:
    draws = random.Random(count)
    held = 0
    for _ in range(2000):
        bounds = noise.median_of_ratios([draws.lognormvariate(0, 0.3) for _ in range(count)])
        assert bounds is not None
        held += bounds.low <= 1 <= bounds.high
    assert held / 2000 > 0.92 if count == 5 else held / 2000 > 0.94


@pytest.mark.parametrize("counts", [(5, 5), (20, 20), (5, 20)])
def test_an_interval_of_two_medians_holds_the_truth_as_often_as_it_says(counts: tuple[int, int]) -> None:
    draws = random.Random(sum(counts))
    held = 0
    for _ in range(500):
        sides = [
            [draws.lognormvariate(level, 0.3) for _ in range(count)]
            for level, count in zip((0, 1), counts, strict=True)
        ]
        bounds = noise.ratio_of_medians(*sides)
        assert bounds is not None
        held += bounds.low <= math.e <= bounds.high
    assert held / 500 > 0.94


def test_the_median_of_the_values_lies_within() -> None:
    draws = random.Random(1)
    for count in range(5, 30):
        values = [draws.lognormvariate(0, 1) for _ in range(count)]
        bounds = noise.median_of_ratios(values)
        assert bounds is not None
        assert bounds.low <= median(values) <= bounds.high
