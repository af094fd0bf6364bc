"""The public verdict on counts: what it decides, what it refuses, and that the rules of the audit decide alike."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from tests.worldflux.audit.cases import one_task
from tests.worldflux.audit.runs import decided, pair, the_metric
from worldflux import stats
from worldflux.documents.claim import IntervalMethod
from worldflux.errors import StatisticsError
from worldflux.stats.intervals import Method, interval
from worldflux.stats.verdicts import ADMISSIBLE, Operator, verdict

METHODS: tuple[Method, ...] = get_args(Method)


@pytest.mark.parametrize(
    ("successes", "expected"),
    [(500, "supported"), (391, "supported"), (390, "inconclusive"), (360, "inconclusive"), (359, "refuted")],
)
def test_the_quickstart_claim_along_the_line(successes: int, expected: str) -> None:
    found = stats.verdict(successes, 500, 0.80, margin=0.05)
    assert (found.verdict, found.k_crit, found.k_refute, found.threshold) == (expected, 391, 359, 0.75)
    assert found.p_value == pytest.approx(binom.sf(successes - 1, 500, 0.75), rel=1e-10)
    assert found.attained_size == pytest.approx(binom.sf(390, 500, 0.75), rel=1e-10)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("value", "margin", "trials"), [(0.8, 0.05, 60), (0.95, 0.03, 40), (0.3, 0.1, 37)])
def test_a_count_decides_exactly_where_the_bounds_of_its_method_pass(
    method: Method, value: float, margin: float, trials: int
) -> None:
    for successes in range(trials + 1):
        found = verdict(successes, trials, value, margin=margin, method=method)
        lower, upper = interval(successes, trials, method=method, confidence=0.9)
        threshold = round(value - margin, 9)
        assert (found.verdict == "supported") == (lower > threshold)
        assert (found.verdict == "refuted") == (upper < threshold)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("value", "mirrored"), [(0.8, 0.2), (0.75, 0.25), (0.9, 0.1)])
@pytest.mark.parametrize(("operator", "other"), [(">=", "<="), (">", "<")])
def test_at_most_is_at_least_of_the_failures(
    method: Method, value: float, mirrored: float, operator: Operator, other: Operator
) -> None:
    for trials, successes in product((1, 13, 80), range(0, 81, 4)):
        if successes > trials:
            continue
        up = verdict(successes, trials, value, margin=0.05, operator=operator, method=method)
        down = verdict(trials - successes, trials, mirrored, margin=0.05, operator=other, method=method)
        assert (up.verdict, up.robust) == (down.verdict, down.robust)
        assert (up.k_crit, up.k_refute) == (trials - down.k_crit, trials - down.k_refute)
        assert (up.p_value, up.attained_size) == pytest.approx((down.p_value, down.attained_size), rel=1e-9)
        assert up.power == pytest.approx(down.power, rel=1e-9)


def test_equality_takes_both_one_sided_tests() -> None:
    for successes in range(301):
        found = verdict(successes, 300, 0.5, margin=0.1, operator="==")
        lower, upper = interval(successes, 300, confidence=0.9)
        assert (found.verdict == "supported") == (lower > 0.4 and upper < 0.6)
        assert (found.verdict == "refuted") == (upper < 0.4 or lower > 0.6)
        larger = max(binom.sf(successes - 1, 300, 0.4), binom.cdf(successes, 300, 0.6))
        assert found.p_value == pytest.approx(larger, rel=1e-9)


def test_a_small_plan_is_underpowered_and_one_without_margin_never_is() -> None:
    assert verdict(116, 150, 0.8, margin=0.05).verdict == "underpowered"
    assert verdict(116, 150, 0.8).verdict == "inconclusive"
    assert verdict(116, 150, 0.8).power is None


@pytest.mark.parametrize("method", METHODS)
def test_power_is_that_of_the_exact_test_whatever_method_decides(method: Method) -> None:
    """453 episodes are enough for Wilson's bound, 463 for the exact test, which is the one that the house reports."""
    for trials in (440, 453, 462, 463):
        found = verdict(round(0.78 * trials) - 4, trials, 0.8, margin=0.05, method=method)
        expected = stats.power(0.8, 0.05, n=trials).at_claim
        assert expected is not None
        assert found.power == pytest.approx(expected, rel=1e-12)
        assert found.verdict == ("underpowered" if expected < 0.8 else "inconclusive")


def test_robust_is_what_no_admissible_method_contradicts() -> None:
    seen = set()
    for successes in range(51):
        found = verdict(successes, 50, 0.55, margin=0.05)
        others = {verdict(successes, 50, 0.55, margin=0.05, method=method).verdict for method in ADMISSIBLE}
        assert found.robust == (others == {found.verdict})
        seen.add(found.robust)
    assert seen == {True, False}
    assert not verdict(31, 50, 0.55, margin=0.05).robust  # Wilson says yes at a true error of 0.059, the exact test no


def test_wald_is_no_admissible_method() -> None:
    assert verdict(20, 20, 0.8, margin=0.05, method="wald").verdict == "supported"
    assert "wald" not in ADMISSIBLE


@pytest.mark.parametrize(
    "arguments",
    [
        {"successes": -1},
        {"successes": 51},
        {"successes": 40.5},
        {"successes": float("nan")},
        {"successes": "40"},
        {"trials": 0, "successes": 0},
        {"trials": -5, "successes": -5},
        {"trials": 50.0},
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": 1.02},
        {"value": -0.1},
        {"value": 0.05},
        {"value": 1.0, "margin": 0.0},
        {"value": 0.97, "operator": "<="},
        {"margin": -0.05},
        {"margin": float("nan")},
        {"margin": 1.0},
        {"margin": 0.0, "operator": "=="},
        {"operator": "!="},
        {"operator": "="},
        {"operator": ""},
        {"alpha": 0.0},
        {"alpha": 0.5},
        {"alpha": float("nan")},
        {"method": "bayes"},
    ],
    ids=str,
)
def test_impossible_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(StatisticsError) as refused:
        verdict(**{"successes": 40, "trials": 50, "value": 0.8, "margin": 0.05, **arguments})
    assert refused.value.code == "stats.argument"


def test_numbers_of_numpy_are_numbers() -> None:
    plain = verdict(40, 50, 0.8, margin=0.05)
    assert verdict(np.int64(40), np.int64(50), np.float64(0.8), margin=np.float64(0.05)) == plain  # type: ignore[arg-type]
    assert all(not isinstance(getattr(plain, name), np.generic) for name in ("k_crit", "k_refute", "p_value"))


def test_the_threshold_is_a_decimal_difference() -> None:
    """0.95 - 0.05 in doubles is just below 0.9, and a count that only touches 0.9 would pass."""
    assert verdict(90, 100, 0.95, margin=0.05).threshold == 0.9
    assert verdict(90, 100, 0.95, margin=0.05).k_crit == verdict(90, 100, 0.9).k_crit


@settings(max_examples=60, deadline=None)
@given(
    trials=st.integers(1, 120),
    share=st.floats(0, 1),
    value=st.integers(2, 19),
    margin=st.integers(0, 3),
    operator=st.sampled_from(get_args(Operator)),
    alpha=st.sampled_from([0.01, 0.05, 0.1]),
    method=st.sampled_from([name for name in get_args(IntervalMethod) if name != "ppi"]),
)
def test_the_rules_of_an_audit_decide_alike(
    trials: int, share: float, value: int, margin: int, operator: Operator, alpha: float, method: Method
) -> None:
    successes, claimed, distance = round(share * trials), value / 20, margin / 20
    documents = pair(
        metric={"operator": operator, "value": claimed},
        rule={"margin": distance, "alpha": alpha, "interval_method": method},
        seeds=[0],
        episodes_per_task=trials,
    )
    evidence = decided(documents, one_task(successes, trials - successes))
    metric = the_metric(evidence)
    try:
        found = verdict(successes, trials, claimed, margin=distance, operator=operator, alpha=alpha, method=method)
    except StatisticsError:
        assert evidence.verdict == "not_testable"
        return
    assert (evidence.verdict, metric.robust) == (found.verdict, found.robust)
    assert (metric.k_crit, metric.k_refute, metric.threshold) == (found.k_crit, found.k_refute, found.threshold)
    assert metric.p_value is not None
    assert metric.p_value.value == pytest.approx(found.p_value, rel=1e-9)
    assert metric.attained_size == pytest.approx(found.attained_size, rel=1e-9)
    power = metric.power.at_claim if metric.power else None
    assert power == (None if found.power is None else pytest.approx(found.power, rel=1e-9))
