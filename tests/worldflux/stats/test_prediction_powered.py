"""Real rates sharpened by simulation, and when a verdict may not rest on them."""

from __future__ import annotations

import importlib
import json
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import FIXTURES
from worldflux.errors import StatisticsError
from worldflux.stats.bets import capital_bounds
from worldflux.stats.prediction_powered import PpiResult, ppi_betting_interval, ppi_mean, ppi_mean_from_counts

Table = tuple[int, int, int, int]

tables = st.tuples(*[st.integers(0, 30)] * 4).filter(lambda table: sum(table) >= 2)
simulations = st.integers(2, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def vectors(function: str) -> list[Any]:
    every = json.loads((FIXTURES / "statistics" / "vectors.json").read_text(encoding="utf-8"))["vectors"]
    chosen = [vector for vector in every if vector["function"] == function]
    assert chosen
    return chosen


def outcomes(digits: str) -> list[float]:
    return [float(digit) for digit in digits]


def spelled_out(table: Table, successes: int, simulated: int) -> tuple[Any, Any, Any]:
    real = np.repeat([1.0, 1.0, 0.0, 0.0], table)
    twins = np.repeat([1.0, 0.0, 1.0, 0.0], table)
    return real, twins, np.repeat([1.0, 0.0], (successes, simulated - successes))


@pytest.fixture(scope="module")
def oracle() -> Iterator[Any]:
    """The reference implementation, which takes seconds to import and warns while it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield importlib.import_module("ppi_py")


@pytest.mark.parametrize("vector", vectors("ppi_mean_lam1") + vectors("ppi_pp_mean"), ids=lambda vector: vector["id"])
def test_means_match_the_reference(vector: Any) -> None:
    given, expected = vector["input"], vector["expected"]
    samples = [outcomes(given[name]) for name in ("Y", "f_labeled", "f_unlabeled")]
    result = ppi_mean(*samples, confidence=1 - given["alpha"], lam=given.get("lam"))
    assert result.estimate == pytest.approx(expected["est"], abs=vector["tol"])
    assert (result.lower, result.upper) == pytest.approx(expected["ci"], abs=vector["tol"])
    assert result.lam == pytest.approx(expected.get("lam", given.get("lam")), abs=vector["tol"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables, simulations, st.sampled_from([0.8, 0.95]), st.sampled_from([None, 0.0, 0.4, 1.0]))
def test_counts_give_what_the_oracle_gives_for_the_outcomes(
    oracle: Any, table: Table, simulation: tuple[int, int], confidence: float, lam: float | None
) -> None:
    result = ppi_mean_from_counts(table, *simulation, confidence=confidence, lam=lam)
    real, twins, others = spelled_out(table, *simulation)
    if lam is None and np.ptp(np.concatenate([twins, others])) == 0:
        assert result.lam == 0.0
        return
    low, high = oracle.ppi_mean_ci(real, twins, others, alpha=1 - confidence, lam=lam)
    centre = oracle.ppi_mean_pointestimate(real, twins, others, lam=lam)
    assert result.estimate == pytest.approx(float(np.squeeze(centre)), abs=1e-10)
    assert (result.lower, result.upper) == pytest.approx((float(low[0]), float(high[0])), abs=1e-10)


@settings(max_examples=40)
@given(st.integers(2, 60), st.integers(2, 300), st.integers(0, 2**32 - 1))
def test_continuous_outcomes_give_what_the_oracle_gives(oracle: Any, n: int, many: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    twins, others = generator.normal(50, 10, n), generator.normal(50, 10, many)
    real = 0.7 * twins + generator.normal(12, 5, n)
    result = ppi_mean(real, twins, others, confidence=0.9)
    low, high = oracle.ppi_mean_ci(real, twins, others, alpha=0.1)
    assert (result.lower, result.upper) == pytest.approx((float(low[0]), float(high[0])), abs=1e-8)


@given(tables, simulations, st.sampled_from([None, 0.0, 0.4, 1.0]))
def test_counts_and_outcomes_give_the_same_numbers(
    table: Table, simulation: tuple[int, int], lam: float | None
) -> None:
    counted = ppi_mean_from_counts(table, *simulation, lam=lam)
    listed = ppi_mean(*spelled_out(table, *simulation), lam=lam)
    for field in ("estimate", "lower", "upper", "lam"):
        assert getattr(counted, field) == pytest.approx(getattr(listed, field), abs=1e-12)
    for field in ("n_real", "n_simulated", "discordant", "verdict_bearing", "reasons"):
        assert getattr(counted, field) == getattr(listed, field)


@pytest.mark.parametrize(
    ("table", "reasons"),
    [
        ((30, 3, 2, 15), ()),
        ((30, 3, 2, 14), ("ppi.few_real",)),
        ((31, 2, 2, 15), ("ppi.few_discordant",)),
        ((5, 0, 0, 5), ("ppi.few_real", "ppi.few_discordant")),
    ],
)
def test_few_real_episodes_or_few_discordant_pairs_bear_no_verdict(table: Table, reasons: tuple[str, ...]) -> None:
    result = ppi_mean_from_counts(table, 600, 1_000)
    assert result.reasons == reasons
    assert result.verdict_bearing == (not reasons)
    assert (result.n_real, result.n_simulated) == (sum(table), 1_000)
    assert result.discordant == table[1] + table[2]


def test_a_simulation_that_never_varies_is_left_out() -> None:
    result = ppi_mean([1.0, 0.0, 1.0, 1.0], [1.0] * 4, [1.0] * 100)
    assert result.lam == 0.0
    assert result.estimate == pytest.approx(0.75)


def test_a_simulation_that_goes_the_other_way_is_left_out() -> None:
    result = ppi_mean_from_counts((2, 30, 30, 2), 500, 1_000)
    assert result.lam == 0.0
    assert result.estimate == pytest.approx(0.5)


def test_a_weight_of_zero_is_the_real_mean_alone() -> None:
    result = ppi_mean_from_counts((30, 10, 5, 15), 100, 1_000, lam=0.0)
    spread = 1.959963984540054 * math.sqrt(40 / 60 * 20 / 60 / 60)
    assert (result.lower, result.upper) == pytest.approx((40 / 60 - spread, 40 / 60 + spread))


def test_a_faithful_simulation_narrows_the_bounds() -> None:
    def width(result: PpiResult) -> float:
        return result.upper - result.lower

    table = (60, 5, 5, 30)
    assert width(ppi_mean_from_counts(table, 6_500, 10_000)) < 0.75 * width(
        ppi_mean_from_counts(table, 6_500, 10_000, lam=0.0)
    )


def test_finite_sample_bounds_are_those_of_the_simulation_moved_by_those_of_its_bias() -> None:
    table, successes, simulated = (300, 40, 60, 100), 7_000, 10_000
    rate = capital_bounds(np.array([3_000, 7_000]), np.array([0.0, 1.0]), 0.025)
    bias = capital_bounds(np.array([60, 400, 40]), np.array([0.0, 0.5, 1.0]), 0.025)
    bounds = ppi_betting_interval(table, successes, simulated)
    assert bounds == pytest.approx((rate[0] + 2 * bias[0] - 1, rate[1] + 2 * bias[1] - 1), abs=1e-12)
    normal = ppi_mean_from_counts(table, successes, simulated, lam=1.0)
    assert bounds.lower < normal.lower < normal.upper < bounds.upper
    assert bounds.upper - bounds.lower < 2.5 * (normal.upper - normal.lower)


def test_finite_sample_bounds_stay_on_the_scale() -> None:
    assert ppi_betting_interval((3, 0, 0, 0), 10, 10).upper == 1.0
    assert ppi_betting_interval((0, 0, 0, 3), 0, 10).lower == 0.0


def test_finite_sample_bounds_cover_at_fifty_real_episodes() -> None:
    generator = np.random.default_rng(77)
    chances, rate = np.array([0.72, 0.03, 0.2, 0.05]), 0.75
    runs, covered = 40, 0
    for _ in range(runs):
        table = tuple(int(count) for count in generator.multinomial(50, chances))
        assert len(table) == 4
        lower, upper = ppi_betting_interval(table, int(generator.binomial(500, 0.92)), 500, confidence=0.8)
        covered += lower <= rate <= upper
        assert upper - lower < 0.6
    assert covered >= 0.8 * runs


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: ppi_mean([1.0], [1.0, 0.0], [1.0]),
        lambda: ppi_mean([], [], [1.0]),
        lambda: ppi_mean([1.0], [1.0], []),
        lambda: ppi_mean([math.nan], [1.0], [1.0]),
        lambda: ppi_mean([1.0], [1.0], [1.0], lam=math.inf),
        lambda: ppi_mean([1.0], [1.0], [1.0], confidence=1.0),
        lambda: ppi_mean_from_counts((0, 0, 0, 0), 1, 2),
        lambda: ppi_mean_from_counts((1, -1, 1, 1), 1, 2),
        lambda: ppi_mean_from_counts((1, 0, 0, 1), 3, 2),
        lambda: ppi_mean_from_counts((1, 0, 0, 1), 0, 0),
        lambda: ppi_betting_interval((1, 0, 0, 1), 3, 2),
        lambda: ppi_betting_interval((1, 0, 0, 1), 1, 2, confidence=0.0),
    ],
)
def test_impossible_arguments_are_refused(impossible: Any) -> None:
    with pytest.raises(StatisticsError) as refused:
        impossible()
    assert refused.value.code == "stats.argument"
