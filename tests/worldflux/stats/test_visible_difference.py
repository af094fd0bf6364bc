"""What would have shown: the exact power of the very tests that are used, found again by other means."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from worldflux.stats import visible_difference
from worldflux.stats.visible_difference import between_pairs, between_rates, boschloo_region

ALPHA = 0.05


@pytest.mark.parametrize(("left", "right"), [(4, 6), (7, 7)])
def test_the_region_is_that_of_boschloos_test(left: int, right: int) -> None:
    shown = boschloo_region(left, right, ALPHA)
    for k in range(left + 1):
        for m in range(right + 1):
            p_value = stats.boschloo_exact([[k, m], [left - k, right - m]]).pvalue
            assert bool(shown[k, m]) == (p_value <= ALPHA), (k, m)


def test_the_chance_at_the_smallest_visible_difference_is_just_80_percent() -> None:
    trials, rate = 20, 0.5
    difference = between_rates(trials, trials, rate, alpha=ALPHA)
    assert difference is not None
    assert _power(trials, rate, difference) >= 0.8
    assert _power(trials, rate, difference - 0.001) < 0.8


def _power(trials: int, rate: float, difference: float) -> float:
    counts = np.arange(trials + 1)
    left = stats.binom.pmf(counts, trials, rate - difference / 2)
    right = stats.binom.pmf(counts, trials, rate + difference / 2)
    return float(left @ boschloo_region(trials, trials, ALPHA) @ right)


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.775, 1.0])
def test_it_is_the_same_whichever_side_is_named_first(rate: float) -> None:
    assert between_rates(12, 30, rate, alpha=ALPHA) == between_rates(30, 12, rate, alpha=ALPHA)
    assert between_rates(12, 30, rate, alpha=ALPHA) == pytest.approx(between_rates(12, 30, 1 - rate, alpha=ALPHA))


def test_more_trials_show_less_and_the_approximation_joins_the_exact_power() -> None:
    found = [between_rates(n, n, 0.8, alpha=ALPHA) for n in (10, 50, 200, 500, 501, 5000)]
    sizes = [own for own in found if own is not None]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == len(found)
    assert sizes[3] == pytest.approx(sizes[4], abs=0.002)


def test_the_normal_approximation_is_the_textbook_one() -> None:
    trials = 1000
    difference = between_rates(trials, trials, 0.5, alpha=ALPHA)
    spread = math.sqrt(2 * (0.25 - (difference or 0) ** 2 / 4) / trials)
    needed = 1.959963985 * math.sqrt(2 * 0.25 / trials) + 0.8416212336 * spread
    assert difference == pytest.approx(needed, abs=2e-4)


@pytest.mark.parametrize("trials", [1, 2])
def test_where_nothing_would_show_there_is_no_difference_to_name(trials: int) -> None:
    assert between_rates(trials, trials, 0.5, alpha=ALPHA) is None
    assert between_pairs(trials, 0.5, alpha=ALPHA) is None


def test_the_chance_of_a_difference_in_pairs_is_that_of_mcnemars_test() -> None:
    pairs, discordant = 40, 0.3
    difference = between_pairs(pairs, discordant, alpha=ALPHA)
    assert difference is not None
    assert _pair_power(pairs, discordant, difference) >= 0.8
    assert _pair_power(pairs, discordant, difference - 0.001) < 0.8


def _pair_power(pairs: int, discordant: float, difference: float) -> float:
    share = max(discordant, difference)
    left_only, right_only = (share - difference) / 2, (share + difference) / 2
    return sum(
        float(stats.multinomial.pmf([b, c, pairs - b - c], pairs, [left_only, right_only, 1 - share]))
        for b in range(pairs + 1)
        for c in range(pairs + 1 - b)
        if b + c and stats.binomtest(b, b + c).pvalue <= ALPHA
    )


def test_pairs_that_all_agree_need_as_many_discordant_ones_as_the_test_does() -> None:
    difference = between_pairs(20, 0.0, alpha=ALPHA)
    assert difference is not None
    assert stats.binom.sf(5, 20, difference) == pytest.approx(0.8, abs=1e-3)  # six of six are the fewest that show


def test_the_mid_p_variant_shows_more() -> None:
    exact, mid_p = (between_pairs(30, 0.3, alpha=ALPHA, mid_p=variant) for variant in (False, True))
    assert exact is not None
    assert mid_p is not None
    assert mid_p < exact


def test_many_pairs_join_the_exact_power() -> None:
    most = visible_difference.MOST_EXACT_PAIRS
    exact, approximate = (between_pairs(pairs, 0.1, alpha=ALPHA) for pairs in (most, most + 1))
    assert approximate == pytest.approx(exact, abs=0.0005)
