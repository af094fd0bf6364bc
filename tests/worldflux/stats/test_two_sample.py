"""Two rates from separate trials: reference values, a numeric optimum, other libraries, exact size, and the ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import binom, fisher_exact
from statsmodels.stats import proportion  # type: ignore[import-untyped]

from tests.worldflux.stats.reference import agrees, arms, of
from worldflux.errors import StatisticsError
from worldflux.stats.exact_tests import Alternative, TestResult
from worldflux.stats.intervals import Bounds
from worldflux.stats.two_sample import (
    EXACT_TRIALS,
    barnard,
    boschloo,
    fisher,
    miettinen_nurminen,
    newcombe,
    non_inferiority,
    restricted_rates,
    score_difference,
    superiority,
)

Arms = tuple[int, int, int, int]
TwoArmTest = Callable[[int, int, int, int, Alternative], TestResult]

TESTS: dict[str, TwoArmTest] = {
    "barnard": barnard,
    "boschloo": boschloo,
    "fisher": fisher,
    "score_difference": score_difference,
    "superiority": superiority,
}
INTERVALS: dict[str, Callable[..., Bounds]] = {"newcombe": newcombe, "miettinen_nurminen": miettinen_nurminen}
ENDS = [
    (0, 10, 0, 10),
    (10, 10, 10, 10),
    (0, 10, 10, 10),
    (10, 10, 0, 10),
    (0, 1, 0, 1),
    (1, 1, 0, 1),
    (0, 10**6, 0, 3),
]


def cells(most: int) -> st.SearchStrategy[Arms]:
    cell = st.integers(1, most).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    return st.tuples(cell, cell).map(lambda pair: (*pair[0], *pair[1]))


@pytest.mark.parametrize("vector", of("newcombe_diff", "miettinen_nurminen_diff"))
def test_intervals_are_the_reference_values(vector: dict[str, Any]) -> None:
    given, method = vector["input"], INTERVALS[vector["function"].removesuffix("_diff")]
    assert agrees(list(method(given["k1"], given["n1"], given["k2"], given["n2"], 1 - given["alpha"])), vector)


@pytest.mark.parametrize("vector", of("farrington_manning_ni_z"))
def test_non_inferiority_is_the_reference_value(vector: dict[str, Any]) -> None:
    given = vector["input"]
    result = non_inferiority(given["k1"], given["n1"], given["k2"], given["n2"], margin=given["margin"])
    assert agrees({"z": result.statistic, "p": result.p_value}, vector)
    assert result.method == "farrington_manning"


@pytest.mark.parametrize(
    "vector", of("barnard_greater", "barnard_less", "barnard_two_sided", "boschloo_greater", "fisher_greater")
)
def test_exact_tests_are_the_reference_values(vector: dict[str, Any]) -> None:
    name, alternative = vector["function"].split("_", 1)
    result = TESTS[name](*arms(vector["input"]["table"]), alternative.replace("_", "-"))
    assert agrees(result.p_value, vector)
    assert result.method == name


def log_likelihood(counts: Arms, second: float, difference: float) -> float:
    k1, n1, k2, n2 = counts
    first = min(max(second + difference, 0.0), 1.0)
    return float(xlogy(k1, first) + xlogy(n1 - k1, 1 - first) + xlogy(k2, second) + xlogy(n2 - k2, 1 - second))


@settings(deadline=None)
@given(cells(300), st.floats(-0.99, 0.99))
def test_restricted_rates_are_the_numeric_optimum(counts: Arms, difference: float) -> None:
    first, second = restricted_rates(*counts, difference)
    lowest, highest = max(0.0, -difference), min(1.0, 1.0 - difference)
    assert lowest <= second <= highest
    assert first == pytest.approx(second + difference, abs=1e-15)
    numeric = minimize_scalar(
        lambda rate: -log_likelihood(counts, rate, difference),
        bounds=(lowest, highest),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert log_likelihood(counts, second, difference) >= -numeric.fun - 1e-6
    assert second == pytest.approx(numeric.x, abs=1e-3)


@settings(deadline=None)
@given(cells(10**6), st.floats(-0.2, 0.2))
def test_restricted_rates_leave_no_slope(counts: Arms, difference: float) -> None:
    k1, n1, k2, n2 = counts
    first, second = restricted_rates(*counts, difference)
    if min(first, second, 1 - first, 1 - second) > 1e-3:
        slope = (k1 / first - (n1 - k1) / (1 - first)) + (k2 / second - (n2 - k2) / (1 - second))
        assert abs(slope) <= 1e-8 * (n1 + n2) / (first * second * (1 - first) * (1 - second))


def test_the_oracle_library_has_another_restricted_estimate_for_a_difference_that_is_not_zero() -> None:
    # A known fault of statsmodels 0.15.0, so its score interval and non-inferiority z are no oracle for ours.
    counts = (56, 70, 48, 80)
    theirs = proportion.score_test_proportions_2indep(*counts, value=-0.05, correction=False, return_results=True)
    ours = restricted_rates(*counts, -0.05)
    assert ours[0] == pytest.approx(0.66128, abs=5e-6)
    assert theirs.prop1_null == pytest.approx(0.65959, abs=5e-6)
    assert log_likelihood(counts, ours[1], -0.05) > log_likelihood(counts, theirs.prop2_null, -0.05) + 1e-4
    assert theirs.statistic == pytest.approx(3.28736, abs=5e-6)
    assert non_inferiority(*counts, margin=0.05).statistic == pytest.approx(3.29209, abs=5e-6)


def test_the_oracle_library_has_no_score_interval_for_9_of_10_against_3_of_10() -> None:
    with pytest.raises(ValueError, match="different signs"):
        proportion.confint_proportions_2indep(9, 10, 3, 10, method="score", compare="diff")
    assert miettinen_nurminen(9, 10, 3, 10) == pytest.approx((0.170025, 0.840650), abs=1e-6)


@settings(deadline=None)
@given(cells(500), st.sampled_from([0.8, 0.95, 0.99]))
def test_newcombe_agrees_with_another_library(counts: Arms, confidence: float) -> None:
    theirs = proportion.confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=1 - confidence)
    assert newcombe(*counts, confidence) == pytest.approx(theirs, abs=1e-10)


@settings(deadline=None)
@given(cells(300), st.sampled_from(["greater", "less", "two-sided"]))
def test_fisher_agrees_with_another_library(counts: Arms, alternative: Alternative) -> None:
    k1, n1, k2, n2 = counts
    theirs = fisher_exact([[k1, k2], [n1 - k1, n2 - k2]], alternative=alternative).pvalue
    assert fisher(*counts, alternative).p_value == pytest.approx(theirs, rel=1e-7)


@settings(deadline=None)
@given(cells(500).filter(lambda counts: 0 < counts[0] + counts[2] < counts[1] + counts[3]))
def test_the_score_test_agrees_with_another_library(counts: Arms) -> None:
    k1, n1, k2, n2 = counts
    names: dict[Alternative, str] = {"greater": "larger", "less": "smaller", "two-sided": "two-sided"}
    for alternative, name in names.items():
        z, p_value = proportion.proportions_ztest([k1, k2], [n1, n2], alternative=name)
        ours = score_difference(*counts, alternative)
        assert (ours.statistic, ours.p_value) == pytest.approx((z, p_value), rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(cells(200), st.sampled_from([0.9, 0.95]))
def test_the_score_interval_ends_where_the_score_is_critical(counts: Arms, confidence: float) -> None:
    k1, n1, k2, n2 = counts
    factor = math.sqrt((n1 + n2) / (n1 + n2 - 1))
    critical = {0.9: 1.6448536269514722, 0.95: 1.959963984540054}[confidence]
    for limit in miettinen_nurminen(*counts, confidence):
        first, second = restricted_rates(*counts, limit)
        variance = first * (1 - first) / n1 + second * (1 - second) / n2
        if abs(limit) < 1 - 1e-9:
            score = abs(k1 / n1 - k2 / n2 - limit) / math.sqrt(variance)
            assert score == pytest.approx(critical * factor, rel=1e-5)


def test_non_inferiority_with_a_margin_agrees_with_the_score_test_at_none() -> None:
    ours, pooled = non_inferiority(45, 60, 30, 50, margin=0.0), score_difference(45, 60, 30, 50, "greater")
    assert (ours.statistic, ours.p_value) == pytest.approx((pooled.statistic, pooled.p_value), rel=1e-9)


def attained(trials: int, second: float, difference: float, rejects: Callable[[int, int], bool]) -> float:
    """Exact chance that a test of two arms of `trials` rejects."""
    counts = np.arange(trials + 1)
    table = np.array([[rejects(int(k1), int(k2)) for k2 in counts] for k1 in counts])
    return float(binom.pmf(counts, trials, second + difference) @ table @ binom.pmf(counts, trials, second))


@pytest.mark.parametrize(("trials", "second", "size"), [(20, 0.8, 0.0483), (50, 0.8, 0.0516), (50, 0.95, 0.0516)])
def test_size_of_non_inferiority_where_the_first_is_worse_by_the_margin(
    trials: int, second: float, size: float
) -> None:
    def rejects(k1: int, k2: int) -> bool:
        return non_inferiority(k1, trials, k2, trials, margin=0.05).p_value <= 0.05

    assert attained(trials, second, -0.05, rejects) == pytest.approx(size, abs=0.0002)


def test_size_of_non_inferiority_by_newcombe() -> None:
    def rejects(k1: int, k2: int) -> bool:
        return newcombe(k1, 50, k2, 50, 0.9).lower > -0.05

    assert attained(50, 0.95, -0.05, rejects) == pytest.approx(0.0441, abs=0.0002)


@pytest.mark.parametrize("difference", [-0.3, 0.0, 0.15])
@pytest.mark.parametrize("method", INTERVALS)
def test_intervals_cover_about_their_confidence(method: str, difference: float) -> None:
    def covers(k1: int, k2: int) -> bool:
        lower, upper = INTERVALS[method](k1, 30, k2, 30)
        return lower <= difference <= upper

    assert 0.93 <= attained(30, 0.6, difference, covers) <= 0.98


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.85])
@pytest.mark.parametrize("test", ["boschloo", "barnard", "fisher"])
def test_exact_tests_hold_their_alpha(test: str, rate: float) -> None:
    def rejects(k1: int, k2: int) -> bool:
        return TESTS[test](k1, 8, k2, 8, "greater").p_value <= 0.05

    assert attained(8, rate, 0.0, rejects) <= 0.05


def largest_tail(counts: Arms) -> float:
    """Boschloo's one-sided p-value, by brute force: all tables, 4,000 common rates."""
    k1, n1, k2, n2 = counts
    first, second = np.arange(n1 + 1), np.arange(n2 + 1)
    p_values = np.array([[fisher(int(a), n1, int(b), n2, "greater").p_value for b in second] for a in first])
    region = p_values <= p_values[k1, k2] * (1 + 1e-7)
    rates = np.linspace(0, 1, 4001)[:, None]
    chances = (binom.pmf(first, n1, rates) @ region) * binom.pmf(second, n2, rates)
    return float(chances.sum(axis=1).max())


@pytest.mark.parametrize("counts", [(7, 9, 2, 8), (17, 20, 14, 20), (12, 12, 9, 15), (3, 25, 1, 18), (20, 31, 5, 14)])
def test_boschloo_finds_the_largest_tail(counts: Arms) -> None:
    assert boschloo(*counts, "greater").p_value == pytest.approx(largest_tail(counts), abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(cells(25))
def test_boschloo_rejects_at_least_as_much_as_fisher(counts: Arms) -> None:
    for alternative in ("greater", "less"):
        assert boschloo(*counts, alternative).p_value <= fisher(*counts, alternative).p_value + 1e-9


@settings(max_examples=25, deadline=None)
@given(cells(20), st.sampled_from(sorted(TESTS)))
def test_swapping_the_arms_swaps_the_alternative(counts: Arms, name: str) -> None:
    k1, n1, k2, n2 = counts
    mirrors: dict[Alternative, Alternative] = {"greater": "less", "less": "greater", "two-sided": "two-sided"}
    for alternative, mirrored in mirrors.items():
        ours = TESTS[name](k1, n1, k2, n2, alternative).p_value
        assert TESTS[name](k2, n2, k1, n1, mirrored).p_value == pytest.approx(ours, abs=1e-5)
        assert 0.0 <= ours <= 1.0


@pytest.mark.parametrize(("n1", "n2", "method"), [(30, 40, "boschloo"), (EXACT_TRIALS + 1, 20, "score_difference")])
def test_superiority_is_exact_up_to_a_size(n1: int, n2: int, method: str) -> None:
    assert superiority(20, n1, 15, n2) == TESTS[method](20, n1, 15, n2, "two-sided")
    assert superiority(20, n1, 15, n2).method == method


@pytest.mark.parametrize("counts", ENDS)
def test_rates_of_nothing_and_of_everything_have_finite_answers(counts: Arms) -> None:
    k1, n1, k2, n2 = counts
    for method in INTERVALS.values():
        lower, upper = method(*counts)
        assert -1.0 <= lower <= k1 / n1 - k2 / n2 <= upper <= 1.0
        assert upper - lower > 1e-3
    for margin in (0.0, 0.05, 0.999):
        result = non_inferiority(*counts, margin=margin)
        assert result.statistic is not None
        assert math.isfinite(result.statistic)
        assert 0.0 <= result.p_value <= 1.0
    for alternative in ("greater", "less", "two-sided"):
        assert 0.0 <= score_difference(*counts, alternative).p_value <= 1.0


@pytest.mark.parametrize("counts", [(0, 10, 0, 10), (10, 10, 10, 10), (0, 10, 0, 7)])
@pytest.mark.parametrize("test", ["barnard", "boschloo", "fisher", "superiority"])
def test_one_outcome_only_shows_no_difference(test: str, counts: Arms) -> None:
    assert TESTS[test](*counts, "two-sided").p_value == 1.0


def test_perfect_against_nothing_reaches_the_end() -> None:
    assert miettinen_nurminen(10, 10, 0, 10).upper == 1.0
    assert miettinen_nurminen(0, 10, 10, 10).lower == -1.0


@pytest.mark.parametrize("counts", [(0, 0, 3, 5), (3, 5, 0, 0), (0, 0, 0, 0)])
def test_an_arm_without_trials_says_nothing(counts: Arms) -> None:
    for method in INTERVALS.values():
        assert method(*counts) == (-1.0, 1.0)
    for test in TESTS.values():
        assert test(*counts, "two-sided").p_value == 1.0
    assert non_inferiority(*counts, margin=0.05).p_value == 1.0


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ((6, 5, 3, 5), "successes of the first arm is 6"),
        ((1, 5, -3, 5), "successes of the second arm is -3"),
        ((1, 5, 3, -5), "trials of the second arm is -5"),
    ],
)
def test_counts_that_make_no_sense_are_refused(counts: Arms, says: str) -> None:
    calls: list[Callable[..., object]] = [*TESTS.values(), *INTERVALS.values(), partial(non_inferiority, margin=0.05)]
    for call in calls:
        with pytest.raises(StatisticsError, match=says):
            call(*counts)


@pytest.mark.parametrize("margin", [-0.05, 1.0, 5.0, float("nan")])
def test_margins_that_make_no_sense_are_refused(margin: float) -> None:
    with pytest.raises(StatisticsError, match="margin is"):
        non_inferiority(3, 5, 3, 5, margin=margin)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
@pytest.mark.parametrize("method", INTERVALS)
def test_confidences_that_make_no_sense_are_refused(method: str, confidence: float) -> None:
    with pytest.raises(StatisticsError, match="confidence is"):
        INTERVALS[method](3, 5, 0, 0, confidence)


@pytest.mark.parametrize("test", TESTS)
def test_alternatives_that_make_no_sense_are_refused(test: str) -> None:
    with pytest.raises(StatisticsError, match="alternative is 'larger'"):
        TESTS[test](3, 5, 3, 5, "larger")  # type: ignore[arg-type]
