"""Bootstrap and t bounds of a mean over clusters."""

from __future__ import annotations

import json
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.support import FIXTURES
from worldflux.errors import StatisticsError
from worldflux.stats import resampling
from worldflux.stats.resampling import bca, clustered_mean_interval, t_interval


def vectors(function: str) -> list[Any]:
    every = json.loads((FIXTURES / "statistics" / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    chosen = [vector for vector in every if vector["function"] == function]
    assert chosen
    return chosen


def skewed(size: int, seed: int) -> Any:
    return np.random.default_rng(seed).lognormal(sigma=0.9, size=size)


@pytest.mark.parametrize("vector", vectors("bootstrap_bca_mean"), ids=lambda vector: vector["id"])
@pytest.mark.parametrize("seed", [0, 1, 2**128 - 1])
def test_bounds_match_the_reference(vector: Any, seed: int) -> None:
    bounds = bca(vector["input"]["x"], resamples=vector["input"]["B"], seed=seed)
    assert bounds == pytest.approx(vector["expected"], abs=vector["tol"])


@pytest.mark.parametrize("size", [20, 60])
@pytest.mark.parametrize("sign", [1, -1])
def test_skewed_data_are_corrected_as_scipy_corrects_them(size: int, sign: int) -> None:
    values = sign * skewed(size, seed=size)
    oracle = stats.bootstrap((values,), np.mean, n_resamples=40_000, method="BCa", rng=np.random.default_rng(1))
    expected = oracle.confidence_interval
    tolerance = 0.05 * (expected.high - expected.low)
    bounds = bca(values, resamples=40_000, seed=5)
    assert bounds == pytest.approx((expected.low, expected.high), abs=tolerance)
    uncorrected = stats.bootstrap((values,), np.mean, n_resamples=9_999, method="percentile", rng=1)
    towards_the_tail = (
        bounds.upper - uncorrected.confidence_interval.high
        if sign > 0
        else (uncorrected.confidence_interval.low - bounds.lower)
    )
    assert towards_the_tail > tolerance


def test_a_seed_says_which_resamples_are_drawn() -> None:
    values = skewed(40, seed=1)
    assert bca(values, seed=7) == bca(list(values), seed=7)
    assert bca(values, seed=7) != bca(values, seed=8)


def test_resamples_are_those_of_the_raw_generator_on_every_version_of_numpy() -> None:
    assert bca([1.0, 2.0, 4.0, 8.0, 16.0], resamples=99, seed=7) == pytest.approx((2.609674848711277, 14.4), rel=1e-9)


def test_small_portions_of_memory_give_the_same_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    values = skewed(40, seed=2)
    whole = bca(values, resamples=501, seed=3)
    monkeypatch.setattr(resampling, "_NUMBERS_AT_ONCE", 100)
    assert bca(values, resamples=501, seed=3) == whole


def test_each_cluster_is_drawn_as_often_as_any_other() -> None:
    size, resamples = 7, 20_000
    for cluster in range(size):
        marked = np.eye(size)[cluster]
        drawn = resampling._resampled_means(marked, resamples, seed=11).mean() * size
        assert drawn == pytest.approx(1.0, abs=5 * np.sqrt(size / (size * resamples)))


def test_constant_values_leave_no_doubt() -> None:
    assert bca([2.5] * 30, seed=0) == (2.5, 2.5)
    assert t_interval([2.5] * 30) == (2.5, 2.5)


def test_few_resamples_that_all_fall_on_one_side_are_no_error() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lower, upper = bca([0.0] * 30 + [1.0], resamples=1, seed=0)
    assert lower == upper


@settings(max_examples=20)
@given(st.floats(-1e3, 1e3), st.floats(0.01, 1e3), st.integers(0, 2**64))
def test_a_change_of_scale_changes_the_bounds_alike(shift: float, scale: float, seed: int) -> None:
    values = skewed(25, seed=9)
    plain = bca(values, resamples=199, seed=seed)
    moved = bca(shift + scale * values, resamples=199, seed=seed)
    assert moved == pytest.approx([shift + scale * bound for bound in plain], rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=19), st.sampled_from([0.5, 0.9, 0.95, 0.999]))
def test_t_bounds_are_those_of_scipy(values: list[float], confidence: float) -> None:
    error = stats.sem(values)
    bounds = t_interval(values, confidence)
    if error > 0:
        expected = stats.t.interval(confidence, len(values) - 1, loc=np.mean(values), scale=error)
        assert bounds == pytest.approx(expected, rel=1e-9, abs=1e-9)
    else:
        assert bounds.lower == bounds.upper


def test_twenty_clusters_are_resampled_and_fewer_are_not() -> None:
    values = skewed(20, seed=4)
    assert clustered_mean_interval(values, 0.9, seed=6) == ("bca", bca(values, confidence=0.9, seed=6))
    assert clustered_mean_interval(values[:19], 0.9, seed=6) == ("t", t_interval(values[:19], 0.9))


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: bca([1.0], seed=0),
        lambda: bca([], seed=0),
        lambda: bca([1.0, float("nan")], seed=0),
        lambda: bca([[1.0, 2.0]], seed=0),  # type: ignore[list-item]
        lambda: bca([1.0, 2.0], seed=-1),
        lambda: bca([1.0, 2.0], seed=0, resamples=0),
        lambda: bca([1.0, 2.0], seed=0, confidence=1.0),
        lambda: t_interval([1.0]),
        lambda: t_interval([1.0, float("inf")]),
        lambda: t_interval([1.0, 2.0], 0.0),
        lambda: clustered_mean_interval([1.0], seed=0),
    ],
)
def test_impossible_arguments_are_refused(impossible: Any) -> None:
    with pytest.raises(StatisticsError) as refused:
        impossible()
    assert refused.value.code == "stats.argument"
