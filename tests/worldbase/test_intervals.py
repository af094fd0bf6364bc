"""The Wilson interval, against other people's values."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.support import FIXTURES
from worldbase.intervals import normal_quantile, wilson

VECTORS: list[dict[str, Any]] = json.loads((FIXTURES / "statistics" / "wilson.json").read_bytes())["vectors"]


def of(function: str) -> list[Any]:
    chosen = [vector for vector in VECTORS if vector["function"] == function]
    assert chosen
    return [
        pytest.param(vector, id=f"{vector['id']}-{vector['input']['k']}of{vector['input']['n']}") for vector in chosen
    ]


@pytest.mark.parametrize("vector", of("wilson"))
def test_two_sided_limits_are_as_published(vector: dict[str, Any]) -> None:
    given = vector["input"]
    limits = wilson(given["k"], given["n"], 1 - given["alpha"])
    assert limits == pytest.approx(vector["expected"], rel=0, abs=vector["tol"])


@pytest.mark.parametrize("vector", of("wilson_lower_one_sided"))
def test_a_one_sided_limit_is_the_lower_one_of_twice_the_error(vector: dict[str, Any]) -> None:
    given = vector["input"]
    lower, _ = wilson(given["k"], given["n"], 1 - 2 * given["alpha"])
    assert lower == pytest.approx(vector["expected"], rel=0, abs=vector["tol"])


@pytest.mark.parametrize("trials", [1, 10, 500, 150_000, 100_000_000])
def test_the_ends_are_exact_at_every_confidence(trials: int) -> None:
    confidences = [thousandths / 1000 for thousandths in range(1, 1000)]
    assert {wilson(0, trials, confidence)[0] for confidence in confidences} == {0.0}
    assert {wilson(trials, trials, confidence)[1] for confidence in confidences} == {1.0}


@pytest.mark.parametrize("trials", [1, 2, 7, 50, 1000])
def test_the_interval_holds_the_rate_and_stays_within_the_possible(trials: int) -> None:
    for successes in range(trials + 1):
        lower, upper = wilson(successes, trials, 0.95)
        assert 0.0 <= lower <= successes / trials <= upper <= 1.0
        assert wilson(trials - successes, trials, 0.95) == pytest.approx((1 - upper, 1 - lower), abs=1e-12)


def test_without_a_trial_nothing_is_known() -> None:
    assert wilson(0, 0, 0.95) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "trials"), [(1, 2), (3, 7), (45, 50), (123_456, 150_000)])
def test_the_limits_solve_the_score_equation(successes: int, trials: int) -> None:
    z = normal_quantile(0.975)
    for limit in wilson(successes, trials, 0.95):
        score = abs(successes / trials - limit) / math.sqrt(limit * (1 - limit) / trials)
        assert score == pytest.approx(z, rel=1e-9)


@pytest.mark.parametrize(
    ("probability", "quantile"),
    [(0.5, 0.0), (0.95, 1.6448536269514722), (0.975, 1.959963984540054), (0.995, 2.5758293035489004)],
)
def test_normal_quantiles_have_their_tabulated_values(probability: float, quantile: float) -> None:
    assert normal_quantile(probability) == pytest.approx(quantile, abs=1e-13)
    assert normal_quantile(1 - probability) == pytest.approx(-quantile, abs=1e-13)
