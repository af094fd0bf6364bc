"""Power by the binomial distribution, and the number of episodes after which it stays."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from worldflux.errors import StatisticsError
from worldflux.stats import intervals
from worldflux.stats.critical_counts import fewest_above
from worldflux.stats.exact_tests import at_least, at_most
from worldflux.stats.one_sided_rules import Direction, Method, critical_count
from worldflux.stats.power_analysis import (
    MAX_EPISODES,
    Design,
    Operator,
    _surely_enough,
    analyse,
    design_of,
    power,
    power_of,
    supporting_counts,
)

METHODS: list[Method] = ["clopper_pearson", "wilson", "jeffreys", "jeffreys_bcd", "agresti_coull", "wald"]
BOUNDS: list[intervals.Method] = ["jeffreys", "agresti_coull", "wald"]
TIE = 1e-9  # nearer to the threshold, a bound in doubles is no judge

methods = st.sampled_from(METHODS)
trials = st.integers(0, 400)
rates = st.integers(1, 999).map(lambda thousandths: Decimal(thousandths) / 1000)
alphas = st.sampled_from([0.005, 0.01, 0.025, 0.05, 0.1])


def _exact_tail(successes: int, n: int, rate: Decimal) -> Fraction:
    p = Fraction(rate)
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(max(successes, 0), n + 1)), Fraction(0))


class TestCriticalCount:
    @pytest.mark.parametrize(
        ("n", "method", "critical"),
        [(150, "exact", 122), (453, "exact", 356), (453, "wilson", 355), (463, "exact", 363), (500, "wilson", 391)],
    )
    def test_known_counts_against_three_quarters(self, n: int, method: Method, critical: int) -> None:
        assert critical_count(n, Decimal("0.75"), 0.05, method=method, direction="above") == critical

    @pytest.mark.parametrize(
        ("n", "value", "alpha", "critical"),
        [(1, "0.05", 0.05, 1), (2, "0.1", 0.01, 2), (3, "0.1", 0.001, 3), (2, "0.5", 0.25, 2), (2, "0.3", 0.09, 2)],
    )
    def test_a_tail_that_equals_alpha_as_a_decimal_number_is_small_enough(
        self, n: int, value: str, alpha: float, critical: int
    ) -> None:
        assert critical_count(n, Decimal(value), alpha, method="exact", direction="above") == critical

    @given(st.integers(0, 60), rates, alphas)
    def test_the_exact_count_is_the_first_whose_tail_is_at_most_alpha(
        self, n: int, value: Decimal, alpha: float
    ) -> None:
        critical = critical_count(n, value, alpha, method="exact", direction="above")
        level = Fraction(repr(alpha))
        assert 0 < critical <= n + 1
        assert _exact_tail(critical, n, value) <= level < _exact_tail(critical - 1, n, value)

    @given(trials, rates, alphas)
    def test_wilson_is_the_closed_form(self, n: int, value: Decimal, alpha: float) -> None:
        assert critical_count(n, value, alpha, method="wilson", direction="above") == fewest_above(n, value, alpha)

    @given(st.integers(1, 400), rates, alphas, st.sampled_from(BOUNDS))
    def test_other_methods_take_the_first_count_whose_bound_exceeds_the_value(
        self, n: int, value: Decimal, alpha: float, method: intervals.Method
    ) -> None:
        critical = critical_count(n, value, alpha, method=method, direction="above")
        for successes in (critical - 1, critical):
            if 0 <= successes <= n:
                bounds = intervals.interval(successes, n, method=method, confidence=1 - alpha, sided="lower")
                assert abs(bounds.lower - float(value)) < TIE or (bounds.lower > value) == (successes == critical)

    @given(trials, rates, alphas, methods)
    def test_below_counts_failures(self, n: int, value: Decimal, alpha: float, method: Method) -> None:
        above = critical_count(n, 1 - value, alpha, method=method, direction="above")
        assert critical_count(n, value, alpha, method=method, direction="below") == n - above

    @given(trials, rates, alphas, methods)
    def test_a_trial_more_asks_for_no_fewer_successes_and_allows_no_fewer_failures(
        self, n: int, value: Decimal, alpha: float, method: Method
    ) -> None:
        """What the search for the number of episodes rests on; it begins at one episode."""
        assume(n > 0)
        now, then = (critical_count(m, value, alpha, method=method, direction="above") for m in (n, n + 1))
        assert now <= then
        assert then <= now + 1 or value <= Decimal("0.5") or now > n

    @pytest.mark.parametrize(("n", "value", "alpha"), [(-1, "0.5", 0.05), (9, "1.1", 0.05), (9, "-0.1", 0.05)])
    def test_impossible_arguments(self, n: int, value: str, alpha: float) -> None:
        with pytest.raises(StatisticsError) as refused:
            critical_count(n, Decimal(value), alpha, method="exact", direction="above")
        assert refused.value.code == "stats.argument"

    @pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, -0.1, float("nan")])
    def test_impossible_errors(self, alpha: float) -> None:
        with pytest.raises(StatisticsError, match="alpha"):
            critical_count(10, Decimal("0.5"), alpha, method="exact", direction="above")


def attained_size(n: int, value: Decimal, alpha: float, *, method: Method, direction: Direction) -> float:
    """Exact chance that the rule decides when the rate is just the value."""
    critical = critical_count(n, value, alpha, method=method, direction=direction)
    return (at_least if direction == "above" else at_most)(critical, n, float(value))


class TestSize:
    @pytest.mark.parametrize(
        ("n", "value", "method", "size"),
        [
            (10, "0.75", "wilson", 0.056),
            (50, "0.5", "wilson", 0.059),
            (100, "0.9", "wilson", 0.058),
            (100, "0.9", "exact", 0.024),
            (20, "0.9", "jeffreys", 0.122),
            (10, "0.9", "exact", 0.0),
        ],
    )
    def test_sizes_of_small_designs(self, n: int, value: str, method: Method, size: float) -> None:
        found = attained_size(n, Decimal(value), 0.05, method=method, direction="above")
        assert found == pytest.approx(size, abs=5e-4)

    @given(trials, rates, alphas)
    def test_the_exact_test_keeps_its_level_on_both_sides(self, n: int, value: Decimal, alpha: float) -> None:
        assert attained_size(n, value, alpha, method="exact", direction="above") <= alpha + 1e-12
        assert attained_size(n, value, alpha, method="exact", direction="below") <= alpha + 1e-12

    @given(st.integers(0, 80), st.integers(0, 80), rates)
    def test_upper_tails_are_sums_of_binomial_terms(self, successes: int, n: int, rate: Decimal) -> None:
        exactly = float(_exact_tail(successes, n, rate))
        assert at_least(successes, n, float(rate)) == pytest.approx(exactly, rel=1e-11, abs=1e-300)

    def test_upper_tails_keep_twelve_digits_where_there_are_many_trials(self) -> None:
        n, successes, rate = 100_000, 75_226, Fraction(3, 4)
        term, total = Fraction(comb(n, successes)) * rate**successes * (1 - rate) ** (n - successes), 0.0
        ratio, size = 1.0, float(term)
        for k in range(successes, n):
            total += ratio
            ratio *= (n - k) / (k + 1) * 3
        assert at_least(successes, n, 0.75) == pytest.approx(size * total, rel=1e-11)


class TestPower:
    def test_the_quickstart_claim(self) -> None:
        found = power(0.8, 0.05, n=150)
        assert found.at_claim == pytest.approx(0.387, abs=5e-4)
        assert (found.n_for_80, found.k_crit, found.threshold, found.at) == (463, 122, 0.75, 0.8)
        assert found.attained_size == pytest.approx(0.0417, abs=5e-5)
        assert found.method == "clopper_pearson"

    def test_fifteen_hundred_episodes_are_plenty(self) -> None:
        assert power(0.8, 0.05, n=1500).at_claim == pytest.approx(0.9987, abs=5e-5)

    @pytest.mark.parametrize(("method", "needed"), [("exact", 463), ("clopper_pearson", 463), ("wilson", 453)])
    def test_episodes_needed_by_method(self, method: Method, needed: int) -> None:
        found = power(0.8, 0.05, method=method)
        assert found.n_for_80 == needed
        assert (found.n, found.at_claim, found.mde, found.k_crit, found.attained_size) == (None,) * 5

    @settings(max_examples=25)
    @given(
        methods,
        st.integers(5, 60),
        st.integers(12, 35),
        alphas,
        st.sampled_from([0.5, 0.8, 0.9]),
        st.sampled_from([">=", "<=", "=="]),
    )
    def test_no_larger_plan_falls_short_and_the_plan_one_smaller_does(
        self, method: Method, value: int, margin: int, alpha: float, desired: float, operator: Operator
    ) -> None:
        low = value / 100
        assume(operator == ">=" or low + margin / 100 < 1)
        stated = (value + margin) / 100 if operator == ">=" else low
        assume(operator != "==" or value > margin)
        design = design_of(stated, margin / 100, alpha=alpha, method=method, operator=operator)
        needed = analyse(design, margin=margin / 100, n=None, desired=desired).n_for_80
        assert needed is not None
        assert power_of(design, needed - 1) < desired
        assert all(power_of(design, n) >= desired for n in range(needed, 2 * needed + 60))

    @pytest.mark.parametrize("method", METHODS)
    def test_every_plan_up_to_the_proved_bound_was_looked_at(self, method: Method) -> None:
        design = design_of(0.85, 0.1, method=method)
        needed, proved = power(0.85, 0.1, method=method).n_for_80, _surely_enough(design, 0.8)
        assert needed is not None
        short = [n for n in range(proved + 1) if power_of(design, n) < 0.8]
        assert short[-1] + 1 == needed < proved

    def test_the_first_plan_that_reaches_it_is_not_the_answer(self) -> None:
        design = design_of(0.8, 0.05)
        first = next(n for n in range(1, 500) if power_of(design, n) >= 0.8)
        assert first < 463
        assert any(power_of(design, n) < 0.8 for n in range(first, 463))

    @pytest.mark.parametrize(("value", "margin"), [(0.8, 0.01), (0.8, 0.001), (0.999, 0.0005), (0.02, 0.01)])
    def test_small_margins(self, value: float, margin: float) -> None:
        design, needed = design_of(value, margin), power(value, margin).n_for_80
        assert needed is not None
        assert power_of(design, needed - 1) < 0.8
        assert min(power_of(design, n) for n in range(needed, needed + 2000)) >= 0.8

    @pytest.mark.parametrize("margin", [0.0002, 1e-5, 1e-9])
    def test_absurd_plans_are_refused_with_a_reason(self, margin: float) -> None:
        found = power(0.8, margin, n=100)
        assert found.n_for_80 is None
        assert f"{MAX_EPISODES:,}" in str(found.note)
        assert found.at_claim is not None

    def test_where_the_claim_is_not_true_no_number_helps(self) -> None:
        found = power(0.8, 0.05, at=0.7, n=100)
        assert found.n_for_80 is None
        assert "not what is claimed" in str(found.note)
        assert found.at_claim is not None
        assert found.at_claim < 0.05

    @given(st.integers(1, 400), rates, rates, alphas, methods)
    def test_at_most_is_at_least_of_the_failures(
        self, n: int, threshold: Decimal, at: Decimal, alpha: float, method: Method
    ) -> None:
        upward = Design(">=", threshold, at, alpha, method)
        downward = Design("<=", 1 - threshold, 1 - at, alpha, method)
        assert power_of(upward, n) == power_of(downward, n)
        assert supporting_counts(downward, n)[0] == n - supporting_counts(upward, n)[0]

    @given(st.integers(0, 120), st.integers(1, 30), st.integers(35, 65), methods)
    def test_equality_asks_for_a_count_between_two(self, n: int, margin: int, value: int, method: Method) -> None:
        design = design_of(value / 100, margin / 100, method=method, operator="==")
        least, most = supporting_counts(design, n)
        assert most is not None
        between = _exact_tail(least, n, design.at) - _exact_tail(most + 1, n, design.at) if least <= most else 0
        assert power_of(design, n) == pytest.approx(float(between), abs=1e-12)


class TestDetectable:
    @given(st.integers(1, 2000), rates, st.sampled_from([">=", "<="]), methods)
    def test_at_the_detectable_rate_the_power_is_the_desired_one(
        self, n: int, threshold: Decimal, operator: Operator, method: Method
    ) -> None:
        found = analyse(Design(operator, threshold, threshold, 0.05, method), margin=0, n=n)
        least = found.k_crit if operator == ">=" else n - (found.k_crit or 0)
        if found.mde is None:
            assert least is not None
            assert least > n
            return
        rate = found.mde if operator == ">=" else 1 - found.mde
        reached = at_least(least or 0, n, rate)
        nearest = threshold if operator == ">=" else 1 - threshold
        assert reached == pytest.approx(0.8, abs=1e-6) or (reached >= 0.8 and rate == pytest.approx(float(nearest)))

    def test_more_episodes_detect_less(self) -> None:
        found = [power(0.8, 0.05, n=n).mde or 1.0 for n in (20, 50, 150, 463, 1500, 10_000)]
        assert all(more > fewer for more, fewer in pairwise(found))
        assert found[2] == pytest.approx(0.8353, abs=5e-5)

    def test_too_few_episodes_detect_nothing(self) -> None:
        assert power(0.8, 0.05, n=10).mde is None
        assert power(0.8, 0.05, n=11).mde is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"value": 0.8, "margin": 0.0}, "not defined"),
        ({"value": 0.8, "margin": 0.05, "at": 0.75}, "not defined"),
        ({"value": 80, "margin": 5}, "claimed value"),
        ({"value": 0.8, "margin": -0.1}, "margin"),
        ({"value": 0.8, "margin": float("nan")}, "margin"),
        ({"value": float("nan"), "margin": 0.1}, "claimed value"),
        ({"value": 0.8, "margin": 0.8}, "no number of episodes"),
        ({"value": 0.8, "margin": 0.3, "operator": "<="}, "no number of episodes"),
        ({"value": 0.8, "margin": 0.05, "at": 1.5}, "true rate"),
        ({"value": 0.8, "margin": 0.05, "n": -1}, "n is -1"),
        ({"value": 0.8, "margin": 0.05, "alpha": 0.7}, "alpha"),
        ({"value": 0.8, "margin": 0.05, "desired": 0.05}, "desired"),
        ({"value": 0.8, "margin": 0.05, "desired": 1.0}, "desired"),
    ],
)
def test_impossible_questions_are_refused(arguments: dict[str, float], said: str) -> None:
    with pytest.raises(StatisticsError, match=said) as refused:
        power(**arguments)  # type: ignore[arg-type]
    assert refused.value.code == "stats.argument"
    assert refused.value.hint


def test_margin_nought_asks_for_the_rate_at_which_power_is_wanted() -> None:
    with pytest.raises(StatisticsError) as refused:
        power(0.8, 0.0)
    assert "--at" in str(refused.value.hint)
    assert power(0.8, 0.0, at=0.85).n_for_80 == 398


def test_equality_has_two_thresholds() -> None:
    with pytest.raises(StatisticsError, match="two thresholds"):
        Design("==", Decimal("0.7"), Decimal("0.8"))
    found = power(0.8, 0.05, operator="==", n=150)
    assert (found.threshold, found.threshold_upper, found.mde, found.at_claim) == (0.75, 0.85, None, 0.0)
    assert (found.k_crit, found.k_crit_upper) == (122, 119)
