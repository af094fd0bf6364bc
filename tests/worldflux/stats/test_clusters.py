"""Clusters: the formula by hand, its limits, and its coverage where pooling fails."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from worldflux.errors import StatisticsError
from worldflux.stats.clusters import cluster_t, design_effect_interval
from worldflux.stats.intervals import interval, score_limits

designs = st.lists(st.tuples(st.integers(0, 50), st.just(50)), min_size=2, max_size=20)


def test_the_interval_is_the_formula() -> None:
    successes, trials = [45, 30, 50, 38, 47, 25], [50, 50, 50, 50, 50, 50]
    rates = np.array(successes) / 50
    mean, variance = rates.mean(), rates.var(ddof=1) / 6
    effect = variance / (mean * (1 - mean) / 300)
    t = stats.t.ppf(0.975, 5)
    lowers, uppers = score_limits(np.array([mean * 300 / effect]), np.array([300 / effect]), t)
    result = design_effect_interval(successes, trials)
    assert (result.estimate, result.design_effect) == pytest.approx((mean, effect))
    assert (result.lower, result.upper) == pytest.approx((lowers[0], uppers[0]))
    assert (result.effective_trials, result.clusters) == pytest.approx((300 / effect, 6))
    for limit in (result.lower, result.upper):
        assert abs(limit - mean) / math.sqrt(limit * (1 - limit) / result.effective_trials) == pytest.approx(t)


def test_clusters_that_are_alike_are_worth_all_their_trials() -> None:
    result = design_effect_interval([40] * 1000, [50] * 1000)
    assert (result.design_effect, result.effective_trials) == (1.0, 50_000)
    wilson = interval(40_000, 50_000)
    assert (result.lower, result.upper) == pytest.approx(wilson, abs=1e-5)


@pytest.mark.parametrize(("successes", "lower", "upper"), [(0, 0.0, None), (50, None, 1.0)])
def test_clusters_without_spread_at_an_end_count_once_each(
    successes: int, lower: float | None, upper: float | None
) -> None:
    result = design_effect_interval([successes] * 8, [50] * 8)
    assert (result.effective_trials, result.design_effect) == (8, 50)
    width = result.upper - result.lower
    t_squared = stats.t.ppf(0.975, 7) ** 2
    assert width == pytest.approx(t_squared / (8 + t_squared))
    assert lower is None or result.lower == lower
    assert upper is None or result.upper == upper


@given(designs, st.sampled_from([0.8, 0.9, 0.95]))
def test_laws_of_the_interval(design: list[tuple[int, int]], confidence: float) -> None:
    successes, trials = [list(column) for column in zip(*design, strict=True)]
    result = design_effect_interval(successes, trials, confidence=confidence)
    assert 0.0 <= result.lower <= result.estimate + 1e-12 <= result.upper + 2e-12 <= 1.0 + 2e-12
    assert result.design_effect >= 1.0
    assert len(design) - 1 - 1e-9 <= result.effective_trials <= sum(trials) + 1e-9
    failures = design_effect_interval([50 - count for count in successes], trials, confidence=confidence)
    assert (failures.lower, failures.upper) == pytest.approx((1 - result.upper, 1 - result.lower), abs=1e-9)
    one_sided = 1 - (1 - confidence) / 2
    below = design_effect_interval(successes, trials, confidence=one_sided, sided="lower")
    above = design_effect_interval(successes, trials, confidence=one_sided, sided="upper")
    assert (below.lower, below.upper) == pytest.approx((result.lower, 1.0), abs=1e-9)
    assert (above.lower, above.upper) == pytest.approx((0.0, result.upper), abs=1e-9)
    shuffled = design_effect_interval(successes[::-1], trials, confidence=confidence)
    assert (shuffled.lower, shuffled.upper) == pytest.approx((result.lower, result.upper), abs=1e-9)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_cluster_t_agrees_with_another_library(rates: list[float]) -> None:
    mean, error = np.mean(rates), stats.sem(rates)
    theirs = (mean, mean) if error == 0 else stats.t.interval(0.95, len(rates) - 1, loc=mean, scale=error)
    assert cluster_t(rates) == pytest.approx(np.clip(theirs, 0, 1), abs=1e-9)


def test_cluster_t_one_sided_puts_all_error_at_one_end() -> None:
    rates = [0.5, 0.6, 0.8, 0.7]
    two = cluster_t(rates, 0.9)
    assert cluster_t(rates, 0.95, "lower") == pytest.approx((two.lower, 1.0))
    assert cluster_t(rates, 0.95, "upper") == pytest.approx((0.0, two.upper))


def test_clusters_cover_a_population_of_tasks_where_pooling_does_not() -> None:
    # Ten tasks of fifty episodes, task rates Beta with mean 0.8 and intra-class correlation 0.2.
    rng, runs = np.random.default_rng(20), 3000
    counts = rng.binomial(50, rng.beta(0.8 * 4, 0.2 * 4, size=(runs, 10)))
    results = [design_effect_interval(row, [50] * 10) for row in counts.tolist()]
    covered = sum(result.lower <= 0.8 <= result.upper for result in results) / runs
    supported = (
        sum(design_effect_interval(row, [50] * 10, sided="lower").lower > 0.8 for row in counts[:2000].tolist()) / 2000
    )
    pooled = [interval(int(row.sum()), 500) for row in counts]
    # Measured elsewhere with 20,000 runs: 0.942 and 0.444; the bounds are three Monte Carlo errors and a rounding.
    assert covered == pytest.approx(0.942, abs=0.015)
    assert sum(lower <= 0.8 <= upper for lower, upper in pooled) / runs == pytest.approx(0.444, abs=0.03)
    assert supported < 0.08


def test_repeats_may_be_averaged_before_they_are_counted() -> None:
    assert design_effect_interval([0.5, 1.0, 0.25], [1, 1, 1]).estimate == pytest.approx(1.75 / 3)


@pytest.mark.parametrize(
    ("successes", "trials", "says"),
    [
        ([3], [5], "there are 1 clusters"),
        ([], [], "there are 0 clusters"),
        ([3, 4], [5], "shapes"),
        ([3, -1], [5, 5], "cluster 1 has -1 successes in 5 trials"),
        ([6, 1], [5, 5], "cluster 0 has 6 successes in 5 trials"),
        ([0, 1], [0, 5], "cluster 0 has 0 successes in 0 trials"),
        ([float("nan"), 1], [5, 5], "cluster 0 has nan successes"),
        ([1, 1], [5, float("inf")], "cluster 1 has 1 successes in inf trials"),
    ],
)
def test_what_makes_no_sense_is_refused(successes: list[Any], trials: list[Any], says: str) -> None:
    with pytest.raises(StatisticsError, match=says):
        design_effect_interval(successes, trials)


def test_confidences_and_rates_that_make_no_sense_are_refused() -> None:
    with pytest.raises(StatisticsError, match="confidence is 2"):
        design_effect_interval([1, 2], [5, 5], confidence=2)
    with pytest.raises(StatisticsError, match=r"cluster 1 has 1\.2 successes"):
        cluster_t([0.5, 1.2])
