"""Intervals of a rate: reference values, another library, exact coverage, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import bdtr
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from tests.worldflux.stats.reference import agrees, of
from worldflux.errors import StatisticsError
from worldflux.stats.intervals import Bounds, Method, Sided, interval, intervals

ORACLE_NAMES: dict[Method, str] = {
    "wilson": "wilson",
    "clopper_pearson": "beta",
    "jeffreys": "jeffreys",
    "agresti_coull": "agresti_coull",
    "wald": "normal",
}


@pytest.mark.parametrize("vector", of("wilson", "clopper_pearson", "jeffreys", "agresti_coull"))
def test_limits_are_the_reference_values(vector: dict[str, Any]) -> None:
    given = vector["input"]
    assert given["sided"] == 2
    limits = interval(given["k"], given["n"], method=vector["function"], confidence=1 - given["alpha"])
    assert agrees(list(limits), vector)


@pytest.mark.parametrize("vector", of("wilson_lower_one_sided", "clopper_pearson_lower_one_sided"))
def test_one_sided_limits_are_the_reference_values(vector: dict[str, Any]) -> None:
    given, method = vector["input"], vector["function"].removesuffix("_lower_one_sided")
    bounds = interval(given["k"], given["n"], method=method, confidence=1 - given["alpha"], sided="lower")
    assert agrees(bounds.lower, vector)
    assert bounds.upper == 1.0


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(ORACLE_NAMES)), st.sampled_from([0.5, 0.8, 0.95, 0.999]))
def test_limits_agree_with_another_library(data: st.DataObject, method: Method, confidence: float) -> None:
    trials = data.draw(st.integers(1, 3000))
    successes = data.draw(st.integers(0, trials))
    theirs = proportion_confint(successes, trials, alpha=1 - confidence, method=ORACLE_NAMES[method])
    ours = interval(successes, trials, method=method, confidence=confidence)
    assert ours == pytest.approx(theirs, abs=1e-10)


# Coverage at 95%, measured elsewhere on this grid of true rates; between its points the least coverage is lower still.
GRID = np.linspace(0.5, 0.995, 200)


def exact_coverage(method: Method, trials: int, rates: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Any:
    counts = np.arange(trials + 1)
    lowers, uppers = intervals(counts, np.full(trials + 1, trials), method=method)
    covered = (lowers <= rates[:, None]) & (rates[:, None] <= uppers)
    return (covered * binom.pmf(counts, trials, rates[:, None])).sum(axis=1)


@pytest.mark.parametrize(
    ("method", "trials", "least", "mean"),
    [
        ("wald", 50, 0.222, 0.907),
        ("wilson", 50, 0.911, 0.952),
        ("clopper_pearson", 50, 0.953, 0.969),
        ("jeffreys", 50, 0.885, 0.950),
        ("agresti_coull", 50, 0.935, 0.958),
        ("wilson", 500, 0.939, 0.950),
        ("clopper_pearson", 500, 0.951, 0.957),
    ],
)
def test_coverage_is_what_the_method_is_known_for(method: Method, trials: int, least: float, mean: float) -> None:
    coverage = exact_coverage(method, trials, GRID)
    assert coverage.min() == pytest.approx(least, abs=0.001)
    assert coverage.mean() == pytest.approx(mean, abs=0.002)


@pytest.mark.parametrize("trials", [1, 2, 10, 50, 300])
def test_clopper_pearson_covers_its_confidence_at_every_rate(trials: int) -> None:
    # Coverage drops just beyond a limit, so its least value is found there and nowhere between.
    limits = np.concatenate(intervals(np.arange(trials + 1), np.full(trials + 1, trials), method="clopper_pearson"))
    beside = np.concatenate([limits - 1e-9, limits + 1e-9])
    inside = beside[(beside > 0) & (beside < 1)]
    assert exact_coverage("clopper_pearson", trials, inside).min() >= 0.95 - 1e-6
    assert trials < 10 or exact_coverage("wilson", trials, inside).min() < 0.95


@pytest.mark.parametrize(
    ("method", "trials", "value", "size"),
    [
        ("wilson", 50, 0.5, 0.059),
        ("wilson", 100, 0.9, 0.058),
        ("wilson", 10, 0.75, 0.056),
        ("clopper_pearson", 50, 0.5, 0.032),
        ("clopper_pearson", 100, 0.9, 0.024),
        ("jeffreys", 20, 0.9, 0.122),
    ],
)
def test_a_bound_at_95_percent_passes_the_true_rate_this_often(
    method: Method, trials: int, value: float, size: float
) -> None:
    lowers, _ = intervals(
        np.arange(trials + 1), np.full(trials + 1, trials), method=method, confidence=0.95, sided="lower"
    )
    fewest = int((lowers > value).argmax())
    assert 1 - bdtr(fewest - 1, trials, value) == pytest.approx(size, abs=0.0006)


def test_the_two_jeffreys_intervals_differ_at_the_ends_only() -> None:
    trials = np.full(11, 10)
    raw = intervals(np.arange(11), trials, method="jeffreys")
    changed = intervals(np.arange(11), trials, method="jeffreys_bcd")
    assert raw[0][0] > 0.0 == changed[0][0]
    assert raw[1][10] < 1.0 == changed[1][10]
    assert (raw[0][1:] == changed[0][1:]).all()
    assert (raw[1][:10] == changed[1][:10]).all()


def test_limits_of_a_hundred_million_trials_keep_their_digits() -> None:
    upper = interval(0, 10**8, method="clopper_pearson").upper
    assert upper == pytest.approx(-np.expm1(np.log(0.025) / 10**8), rel=1e-9)


@pytest.mark.parametrize("sided", ["two", "lower", "upper"])
@pytest.mark.parametrize("method", [*ORACLE_NAMES, "jeffreys_bcd"])
def test_without_a_trial_nothing_is_known(method: Method, sided: Sided) -> None:
    assert interval(0, 0, method=method, sided=sided) == (0.0, 1.0)
    lowers, uppers = intervals([0, 5], [0, 10], method=method, sided=sided)
    assert (lowers[0], uppers[0]) == (0.0, 1.0)
    assert (lowers[1], uppers[1]) != (0.0, 1.0)


def test_no_cells_have_no_limits() -> None:
    lowers, uppers = intervals([], [])
    assert lowers.shape == uppers.shape == (0,)


def test_counts_of_numpy_are_counts() -> None:
    assert interval(np.int64(3), np.int64(5)) == interval(3, 5)  # type: ignore[arg-type]
    assert isinstance(interval(3, 5, method="jeffreys"), Bounds)


@pytest.mark.parametrize(
    ("counts", "options", "says"),
    [
        ((-1, 5), {}, "successes is -1"),
        ((1, -5), {}, "trials is -5"),
        ((6, 5), {}, "successes is 6, more than the 5 trials"),
        ((0.5, 5), {}, "successes is 0.5"),
        ((True, 5), {}, "successes is True"),
        (("3", 5), {}, "successes is '3'"),
        ((1, 5), {"confidence": 0.0}, "confidence is 0.0"),
        ((1, 5), {"confidence": 1.0}, "confidence is 1.0"),
        ((1, 5), {"confidence": 95}, "confidence is 95"),
        ((1, 5), {"confidence": float("nan")}, "confidence is nan"),
        ((1, 5), {"confidence": 0.4, "sided": "lower"}, "confidence is 0.4"),
        ((1, 5), {"sided": "both"}, "sided is 'both'"),
        ((1, 5), {"method": "normal"}, "no interval method is called 'normal'"),
    ],
)
def test_what_makes_no_sense_is_refused(counts: tuple[Any, Any], options: dict[str, Any], says: str) -> None:
    with pytest.raises(StatisticsError, match=says) as caught:
        interval(*counts, **options)
    assert caught.value.code == "stats.argument"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (([1, -2], [5, 5]), "successes of cell 1 is -2"),
        (([1, 2, 7], [5, 5, 5]), "successes of cell 2 is 7"),
        (([1, 2], [5, 5, 5]), "shapes"),
        ((1, 5), "shapes"),
        (([1.0, 2.0], [5, 5]), "whole numbers"),
        (([True, False], [5, 5]), "whole numbers"),
    ],
)
def test_cells_that_make_no_sense_are_refused(counts: tuple[Any, Any], says: str) -> None:
    with pytest.raises(StatisticsError, match=says):
        intervals(*counts)


@pytest.mark.parametrize("module", ["intervals", "exact_tests", "two_sample", "pairs", "multiplicity", "clusters"])
def test_importing_statistics_loads_no_arrays(module: str) -> None:
    script = f"import sys, worldflux.stats.{module}; print({{'numpy', 'scipy'}} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
