"""Betting bounds of a bounded mean cover it in finite samples."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import multinomial

from tests.support import FIXTURES
from worldflux.errors import StatisticsError
from worldflux.stats.bets import capital_bounds
from worldflux.stats.bounded_means import betting_interval, betting_sequence

METHODS = [betting_interval, betting_sequence]


def vectors(function: str) -> list[Any]:
    every = json.loads((FIXTURES / "statistics" / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    chosen = [vector for vector in every if vector["function"] == function]
    assert chosen
    return chosen


def outcomes(digits: str) -> list[float]:
    return [float(digit) for digit in digits]


@pytest.mark.parametrize("vector", vectors("betting_ci_fixed_n"), ids=lambda vector: vector["id"])
def test_intervals_match_the_reference(vector: Any) -> None:
    bounds = betting_interval(outcomes(vector["input"]["x"]), confidence=1 - vector["input"]["alpha"])
    assert bounds == pytest.approx(vector["expected"], abs=vector["tol"])


@pytest.mark.parametrize("vector", vectors("betting_hedged_cs_last"), ids=lambda vector: vector["id"])
def test_sequences_match_the_reference(vector: Any) -> None:
    bounds = betting_sequence(outcomes(vector["input"]["x"]), confidence=1 - vector["input"]["alpha"])
    assert bounds == pytest.approx(vector["expected"], abs=vector["tol"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.85])
def test_every_sequence_of_outcomes_counted_the_mean_is_covered(method: Any, rate: float) -> None:
    length, confidence = 8, 0.5
    covered = 0.0
    for sequence in itertools.product((0.0, 1.0), repeat=length):
        lower, upper = method(sequence, confidence=confidence)
        hits = sum(sequence)
        if lower <= rate <= upper:
            covered += rate**hits * (1 - rate) ** (length - hits)
    assert confidence <= covered < 1 - 1e-6


@pytest.mark.parametrize("shares", [(0.2, 0.3, 0.5), (0.02, 0.9, 0.08), (0.5, 0.0, 0.5)])
def test_every_table_of_outcomes_counted_the_order_free_bounds_cover_the_mean(
    shares: tuple[float, float, float],
) -> None:
    size, error = 8, 0.5
    values = np.array([0.0, 0.5, 1.0])
    mean = float(np.dot(shares, values))
    covered = 0.0
    for table in itertools.product(range(size + 1), repeat=3):
        if sum(table) == size:
            lower, upper = capital_bounds(np.array(table), values, error)
            covered += float(multinomial.pmf(table, size, shares)) * (lower <= mean <= upper)
    assert 1 - error <= covered < 1 - 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_turning_the_scale_round_turns_the_bounds_round(method: Any) -> None:
    values = np.random.default_rng(3).beta(4, 2, size=120)
    lower, upper = method(values)
    assert method(1 - values) == pytest.approx((1 - upper, 1 - lower), abs=1e-9)
    assert lower < values.mean() < upper


@pytest.mark.parametrize("method", METHODS)
def test_little_spread_gives_narrow_bounds(method: Any) -> None:
    generator = np.random.default_rng(4)
    steady, wild = generator.uniform(0.55, 0.65, size=200), (generator.random(200) < 0.6).astype(float)
    narrow, wide = method(steady), method(wild)
    assert narrow.upper - narrow.lower < 0.75 * (wide.upper - wide.lower)


@pytest.mark.parametrize("method", METHODS)
def test_no_observations_bound_nothing(method: Any) -> None:
    assert method([]) == (0.0, 1.0)


@pytest.mark.parametrize("method", METHODS)
def test_observations_without_a_common_mean_are_spanned(method: Any) -> None:
    lower, upper = method([0.0] * 400 + [1.0] * 400)
    assert 0 <= lower <= upper <= 1


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("values", "confidence"),
    [([0.5, 1.2], 0.95), ([-0.1], 0.95), ([float("nan")], 0.95), ([[0.5]], 0.95), ([0.5], 1.0), ([0.5], 0.0)],
)
def test_impossible_arguments_are_refused(method: Any, values: Any, confidence: float) -> None:
    with pytest.raises(StatisticsError) as refused:
        method(values, confidence=confidence)
    assert refused.value.code == "stats.argument"
