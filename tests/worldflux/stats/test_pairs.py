"""Matched pairs: reference values, published examples, another library, exact coverage and size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from math import lgamma
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import xlogy
from scipy.stats import binom
from statsmodels.stats.contingency_tables import mcnemar as oracle_mcnemar  # type: ignore[import-untyped]

from tests.worldflux.stats.reference import agrees, of
from worldflux.errors import StatisticsError
from worldflux.stats.intervals import Bounds, interval
from worldflux.stats.pairs import mcnemar, paired_difference, restricted_second_only, tango

INTERVALS: dict[str, Callable[..., Bounds]] = {"paired_difference": paired_difference, "tango": tango}
intervals = pytest.mark.parametrize("method", INTERVALS)

# Complete response before and after consolidation (Cavo 2012), with the values that the contingencytables package
# prints for it; it accompanies Fagerland, Lydersen and Laake (2017, Statistical Analysis of Contingency Tables).
CAVO = (59, 6, 16, 80)


@pytest.mark.parametrize("vector", of("mcnemar_exact", "mcnemar_midp"))
def test_p_values_are_the_reference_values(vector: dict[str, Any]) -> None:
    given = vector["input"]
    result = mcnemar(given["b"], given["c"], mid_p=vector["function"].endswith("midp"))
    assert agrees(result.p_value, vector)


def test_published_p_values() -> None:
    assert mcnemar(6, 16).p_value == pytest.approx(0.052479, abs=1e-6)
    assert mcnemar(6, 16, mid_p=True).p_value == pytest.approx(0.034690, abs=1e-6)


@pytest.mark.parametrize(
    ("method", "lower", "upper"), [("paired_difference", -0.1186, -0.0046), ("tango", -0.1240, -0.0054)]
)
def test_published_intervals(method: str, lower: float, upper: float) -> None:
    assert INTERVALS[method](*CAVO) == pytest.approx((lower, upper), abs=5e-5)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_two_sided_p_values_agree_with_another_library(b: int, c: int) -> None:
    theirs = oracle_mcnemar([[5, b], [c, 5]], exact=True).pvalue
    assert mcnemar(b, c).p_value == pytest.approx(theirs, rel=1e-9)


@given(st.integers(0, 100), st.integers(0, 100))
def test_one_sided_p_values_are_binomial_tails(b: int, c: int) -> None:
    assert mcnemar(b, c, alternative="greater").p_value == pytest.approx(binom.sf(b - 1, b + c, 0.5), rel=1e-9)
    mirrored = mcnemar(c, b, alternative="greater").p_value
    assert mcnemar(b, c, alternative="less").p_value == pytest.approx(mirrored, rel=1e-12)
    chance = binom.pmf(b, b + c, 0.5) if b + c else 0.0
    gained = mcnemar(b, c, alternative="greater").p_value - mcnemar(b, c, alternative="greater", mid_p=True).p_value
    assert gained == pytest.approx(chance / 2, abs=1e-12)


@given(st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_two_sided_p_values_do_not_see_the_order(b: int, c: int, mid_p: bool) -> None:
    assert mcnemar(b, c, mid_p=mid_p).p_value == pytest.approx(mcnemar(c, b, mid_p=mid_p).p_value, rel=1e-9)
    assert mcnemar(b, c, mid_p=True).p_value <= mcnemar(b, c).p_value * (1 + 1e-12)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize("mid_p", [False, True])
def test_without_a_discordant_pair_nothing_is_shown(alternative: Any, mid_p: bool) -> None:
    assert mcnemar(0, 0, alternative=alternative, mid_p=mid_p).p_value == 1.0


def test_results_name_their_method() -> None:
    assert mcnemar(3, 12).method == "mcnemar"
    assert mcnemar(3, 12, mid_p=True).method == "mcnemar_mid_p"


@pytest.mark.parametrize(("mid_p", "least", "most"), [(False, 0.015, 0.05), (True, 0.035, 0.0505)])
def test_size_given_a_fixed_share_of_discordant_pairs(mid_p: bool, least: float, most: float) -> None:
    pairs, discordant_rate = 60, 0.4
    size = 0.0
    for discordant in range(pairs + 1):
        b = np.arange(discordant + 1)
        rejects = [mcnemar(int(k), discordant - int(k), mid_p=mid_p).p_value <= 0.05 for k in b]
        size += binom.pmf(discordant, pairs, discordant_rate) * binom.pmf(b, discordant, 0.5)[rejects].sum()
    assert least <= size <= most


def outcomes(pairs: int) -> Iterator[tuple[int, int, int, int]]:
    for both, first_only, second_only in product(range(pairs + 1), repeat=3):
        if both + first_only + second_only <= pairs:
            yield both, first_only, second_only, pairs - both - first_only - second_only


@pytest.mark.parametrize(
    "chances", [(0.5, 0.2, 0.1, 0.2), (0.3, 0.2, 0.2, 0.3), (0.7, 0.15, 0.05, 0.1), (0.1, 0.5, 0.1, 0.3)]
)
@intervals
def test_intervals_cover_about_their_confidence(method: str, chances: tuple[float, ...]) -> None:
    pairs, true = 25, chances[1] - chances[2]
    covered = 0.0
    for counts in outcomes(pairs):
        lower, upper = INTERVALS[method](*counts)
        if lower <= true <= upper:
            ways = lgamma(pairs + 1) - sum(lgamma(count + 1) for count in counts)
            covered += float(np.exp(ways + xlogy(counts, chances).sum()))
    assert 0.925 <= covered <= 0.985


@settings(deadline=None)
@given(st.integers(1, 60), st.floats(-0.95, 0.95), st.data())
def test_the_restricted_chance_is_the_numeric_optimum(pairs: int, difference: float, data: st.DataObject) -> None:
    b = data.draw(st.integers(0, pairs))
    c = data.draw(st.integers(0, pairs - b))

    def log_likelihood(chance: Any) -> Any:
        concordant = np.maximum(1 - 2 * chance - difference, 0.0)
        return xlogy(b, chance + difference) + xlogy(c, chance) + xlogy(pairs - b - c, concordant)

    lowest, highest = max(0.0, -difference), (1 - difference) / 2
    chance = restricted_second_only(b, c, pairs, difference)
    assert lowest <= chance <= highest
    grid = np.linspace(lowest, highest, 2001)
    assert log_likelihood(chance) >= log_likelihood(grid).max() - 1e-6


def test_concordant_pairs_leave_the_two_intervals_with_wilson_width() -> None:
    # With no discordant pair both methods reduce to the Wilson limit of 0 of n.
    upper = interval(0, 12).upper
    assert tango(7, 0, 0, 5) == pytest.approx((-upper, upper))


@pytest.mark.parametrize(
    "counts", [(5, 0, 0, 0), (0, 0, 0, 5), (0, 5, 0, 0), (0, 0, 5, 0), (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 10**6, 1)]
)
@intervals
def test_pairs_at_the_ends_have_finite_answers(method: str, counts: tuple[int, ...]) -> None:
    lower, upper = INTERVALS[method](*counts)
    observed = (counts[1] - counts[2]) / sum(counts)
    assert -1.0 <= lower <= observed <= upper <= 1.0
    assert lower < upper


@intervals
def test_without_a_pair_nothing_is_known(method: str) -> None:
    assert INTERVALS[method](0, 0, 0, 0) == (-1.0, 1.0)


@intervals
def test_what_makes_no_sense_is_refused(method: str) -> None:
    with pytest.raises(StatisticsError, match="second_only is -1"):
        INTERVALS[method](1, 2, -1, 3)
    with pytest.raises(StatisticsError, match=r"neither is 2\.5"):
        INTERVALS[method](1, 2, 1, 2.5)
    with pytest.raises(StatisticsError, match=r"confidence is 1\.5"):
        INTERVALS[method](0, 0, 0, 0, 1.5)


def test_counts_and_alternatives_that_make_no_sense_are_refused() -> None:
    with pytest.raises(StatisticsError, match="b is -1"):
        mcnemar(-1, 3)
    with pytest.raises(StatisticsError, match=r"c is 0\.5"):
        mcnemar(1, 0.5)  # type: ignore[arg-type]
    with pytest.raises(StatisticsError, match="alternative is 'more'"):
        mcnemar(1, 3, alternative="more")  # type: ignore[arg-type]
