"""The integer that decides is the one at which the Wilson bound passes the threshold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldbase.intervals import wilson
from worldflux.stats.critical_counts import exact, fewest_above
from worldflux.stats.exact_tests import at_least, at_most
from worldflux.stats.one_sided_rules import critical_count

# Closer to the threshold than this, a bound computed in doubles is no judge of a decision made in decimals.
TIE = 1e-9


def most_below(n: int, p0: Decimal, alpha: float) -> int:
    """What the rules take for the other side."""
    return critical_count(n, p0, alpha, method="wilson", direction="below")


trials = st.integers(1, 5_000)
rates = st.integers(1, 999).map(lambda thousandths: Decimal(thousandths) / 1000)
alphas = st.sampled_from([0.01, 0.025, 0.05, 0.1])


@pytest.mark.parametrize(
    ("n", "threshold", "critical"),
    [(500, "0.75", 391), (100, "0.75", 83), (50, "0.75", 43), (11, "0.75", 11), (10, "0.75", 10)],
)
def test_it_takes_so_many_successes_to_pass_three_quarters(n: int, threshold: str, critical: int) -> None:
    assert fewest_above(n, Decimal(threshold), 0.05) == critical


@given(trials, rates, alphas)
def test_k_crit_is_the_first_count_whose_lower_bound_exceeds_the_threshold(n: int, p0: Decimal, alpha: float) -> None:
    critical = fewest_above(n, p0, alpha)
    for successes in (critical - 1, critical):
        if 0 <= successes <= n:
            lower, _ = wilson(successes, n, 1 - 2 * alpha)
            if abs(lower - float(p0)) > TIE:
                assert (lower > p0) == (successes >= critical)


@given(trials, rates, alphas)
def test_k_refute_is_the_last_count_whose_upper_bound_stays_below(n: int, p0: Decimal, alpha: float) -> None:
    critical = most_below(n, p0, alpha)
    for successes in (critical, critical + 1):
        if 0 <= successes <= n:
            _, upper = wilson(successes, n, 1 - 2 * alpha)
            if abs(upper - float(p0)) > TIE:
                assert (upper < p0) == (successes <= critical)


@given(trials, rates, alphas)
def test_no_count_both_supports_and_refutes(n: int, p0: Decimal, alpha: float) -> None:
    assert most_below(n, p0, alpha) < fewest_above(n, p0, alpha)


def test_margins_are_subtracted_in_decimals() -> None:
    assert exact(0.95) - exact(0.05) == Decimal("0.9")
    assert 0.95 - 0.05 != 0.9


@pytest.mark.parametrize(
    ("successes", "n", "rate", "expected"),
    [(8, 10, 0.5, 56 / 1024), (10, 10, 0.5, 1 / 1024), (0, 10, 0.5, 1.0), (11, 10, 0.5, 0.0)],
)
def test_upper_tails_of_the_binomial(successes: int, n: int, rate: float, expected: float) -> None:
    assert at_least(successes, n, rate) == pytest.approx(expected, rel=1e-12)


@given(st.integers(0, 60), st.integers(1, 60), rates)
def test_the_two_tails_share_exactly_one_term(successes: int, n: int, rate: Decimal) -> None:
    assert at_least(successes + 1, n, float(rate)) + at_most(successes, n, float(rate)) == pytest.approx(1.0)
