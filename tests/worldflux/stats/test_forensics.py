"""Checks on counts, against enumeration and against what is known of the distributions."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, hypergeom

from worldflux.errors import StatisticsError
from worldflux.stats.forensics import (
    Count,
    average_kind,
    coincidence,
    concentration,
    reported_rate_possible,
    run_dispersion,
)


@pytest.mark.parametrize(
    ("text", "trials", "possible"),
    [
        ("97.65", 200, False),
        ("97.5", 200, True),
        ("97.65", 2000, True),
        ("66.7", 3, True),
        ("66.6", 3, False),
        ("67", 3, True),
        ("28.000000000000004", 50, True),
        ("28.1", 50, False),
        ("0", 7, True),
        ("100.0%", 7, True),
        ("100.2", 7, False),
        ("-1", 7, False),
    ],
)
def test_whether_a_percentage_is_a_whole_number_of_successes(text: str, trials: int, possible: bool) -> None:
    assert reported_rate_possible(text, trials).possible is possible


def test_an_impossible_percentage_names_its_neighbours() -> None:
    found = reported_rate_possible("97.65", 200)
    assert (found.below, found.above) == (195, 196)
    assert (reported_rate_possible("120", 3).below, reported_rate_possible("120", 3).above) == (3, None)
    assert (reported_rate_possible("-5", 3).below, reported_rate_possible("-5", 3).above) == (None, 0)


@given(
    st.integers(1, 400).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))), st.integers(0, 4)
)
def test_every_rate_that_was_rounded_honestly_is_possible(counts: tuple[int, int], decimals: int) -> None:
    successes, trials = counts
    assert reported_rate_possible(f"{100 * successes / trials:.{decimals}f}", trials).possible


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_possible_means_that_some_count_gives_it(hundredths: int, trials: int) -> None:
    steps = [abs(Fraction(100 * count, trials) - Fraction(hundredths, 100)) for count in range(trials + 1)]
    text = f"{hundredths // 100}.{hundredths % 100:02}"
    assert reported_rate_possible(text, trials).possible is (min(steps) <= Fraction(1, 200))


@pytest.mark.parametrize(
    ("text", "trials"), [("", 5), ("nan", 5), ("inf", 5), ("9 of 10", 5), ("1e-999999999", 5), ("50", 0)]
)
def test_what_is_no_percentage_is_refused(text: str, trials: int) -> None:
    with pytest.raises(StatisticsError) as refused:
        reported_rate_possible(text, trials)
    assert refused.value.code == "stats.argument"


@pytest.mark.parametrize(
    ("percent", "kind"), [(70.0, "micro"), (50.0, "macro"), (60.0, "neither"), (math.inf, "neither")]
)
def test_which_average_a_number_is(percent: float, kind: str) -> None:
    found = average_kind(percent, [Count(80, 100), Count(4, 20), Count(0, 0)])
    assert (found.kind, found.micro, found.macro) == (kind, 70.0, 50.0)


def test_equal_numbers_of_episodes_make_both_averages_one() -> None:
    assert average_kind(70.0, [Count(8, 10), Count(6, 10)]).kind == "both"


def test_no_trial_has_no_average() -> None:
    with pytest.raises(StatisticsError):
        average_kind(50.0, [Count(0, 0)])


def _tables(runs: int, trials: int) -> list[tuple[tuple[int, ...], float]]:
    """Every table of one task whose runs have `trials` each, half of all succeeding, with its exact chance."""
    successes = runs * trials // 2
    whole = math.comb(runs * trials, successes)
    return [
        (table, math.prod(math.comb(trials, count) for count in table) / whole)
        for table in itertools.product(range(trials + 1), repeat=runs)
        if sum(table) == successes
    ]


@pytest.fixture(scope="module")
def enumerated() -> list[tuple[float, float, float]]:
    """Chance, p_alike and p_unlike of each table of four runs of 22 episodes, given that half of all succeeded."""
    known: dict[tuple[int, ...], tuple[float, float]] = {}
    rows = []
    for table, chance in _tables(4, 22):
        key = tuple(sorted(table))
        if key not in known:
            found = run_dispersion([[Count(count, 22) for count in table]])
            assert found is not None
            known[key] = found.p_alike, found.p_unlike
        rows.append((chance, *known[key]))
    assert math.fsum(chance for chance, _, _ in rows) == pytest.approx(1)
    return rows


@pytest.mark.parametrize("level", [0.02, 0.05, 0.1, 0.3])
def test_runs_are_called_alike_no_more_often_than_the_level_says(
    enumerated: list[tuple[float, float, float]], level: float
) -> None:
    called = math.fsum(chance for chance, alike, _ in enumerated if alike <= level)
    assert called <= level
    assert math.fsum(chance for chance, alike, _ in enumerated if alike <= 0.3) > 0.05  # and not never


@pytest.mark.parametrize("level", [0.01, 0.05, 0.3])
def test_runs_are_called_unlike_about_as_often_as_the_level_says(
    enumerated: list[tuple[float, float, float]], level: float
) -> None:
    called = math.fsum(chance for chance, _, unlike in enumerated if unlike <= level)
    assert 0.5 * level <= called <= 1.25 * level


def test_one_task_is_pearsons_test() -> None:
    successes, trials = [31, 40, 44, 35], [50, 60, 55, 50]
    found = run_dispersion([[Count(*pair) for pair in zip(successes, trials, strict=True)]])
    table = [successes, [n - k for k, n in zip(successes, trials, strict=True)]]
    pearson = chi2_contingency(table, correction=False)
    assert found is not None
    total = sum(trials)
    assert found.statistic == pytest.approx(pearson.statistic * (total - 1) / total)
    assert found.degrees == pearson.dof


def test_tasks_of_different_difficulty_do_not_hide_that_runs_are_alike() -> None:
    tasks = [[Count(k, 50)] * 5 for k in (5, 15, 25, 35, 45)]
    found = run_dispersion(tasks)
    assert found is not None
    assert found.p_alike < 0.001
    assert found.p_unlike == pytest.approx(1)


def test_seeded_honest_runs_of_unequal_tasks_are_rarely_called_anything() -> None:
    generator = np.random.default_rng(20261121)
    rates = np.array([0.3, 0.6, 0.8, 0.9, 0.95])[:, None]
    alike = unlike = 0
    for _ in range(2000):
        counts = generator.binomial(40, np.broadcast_to(rates, (5, 6)))
        found = run_dispersion([[Count(int(count), 40) for count in row] for row in counts])
        assert found is not None
        alike += found.p_alike <= 0.05
        unlike += found.p_unlike <= 0.05
    assert alike <= 100 + 3 * 10  # 5% of 2,000 and three standard deviations
    assert 70 - 30 <= unlike <= 100 + 30


def test_runs_that_differ_are_found() -> None:
    found = run_dispersion([[Count(k, 50) for k in (10, 20, 30, 40)]])
    assert found is not None
    assert found.p_unlike < 1e-6
    assert found.successes == (10, 20, 30, 40)
    assert found.expected == pytest.approx((25, 25, 25, 25))


@pytest.mark.parametrize(
    "table",
    [
        [],
        [[Count(40, 50)] * 3],
        [[Count(40, 50)] * 201],
        [[Count(1, 2)] * 4],
        [[Count(50, 50)] * 4],
        [[Count(40, 50)] * 4 + [Count(0, 0)]],
    ],
    ids=["nothing", "too few runs", "too many", "too few episodes", "no failure", "an empty run"],
)
def test_where_chi_square_says_nothing_nothing_is_said(table: list[list[Count]]) -> None:
    assert run_dispersion(table) is None


def test_tasks_with_different_numbers_of_runs_are_refused() -> None:
    with pytest.raises(StatisticsError):
        run_dispersion([[Count(1, 2)] * 4, [Count(1, 2)] * 5])


def test_coincidence_against_enumeration() -> None:
    rate = Fraction(2, 3)
    chance = sum(
        math.prod((rate if first else 1 - rate) ** 2 for first in sequence)
        for sequence in itertools.product((True, False), repeat=6)
    )
    assert coincidence(4, 6) == pytest.approx(float(chance))
    assert coincidence(6, 6) == 1.0


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 2)])
def test_coincidence_needs_a_rate(successes: int, trials: int) -> None:
    with pytest.raises(StatisticsError):
        coincidence(successes, trials)


@given(
    st.lists(
        st.integers(0, 60).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))),
        min_size=2,
        max_size=4,
    )
)
def test_concentration_is_fishers_one_sided_test(groups: list[tuple[int, int]]) -> None:
    marked, totals = [some for some, _ in groups], [total for _, total in groups]
    expected = [
        float(hypergeom.sf(some - 1, sum(totals), sum(marked), total)) if some else 1.0 for some, total in groups
    ]
    assert concentration(marked, totals) == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_concentration_of_a_million_episodes() -> None:
    found = concentration([600, 400], [500_000, 500_000])
    assert found == pytest.approx(
        [hypergeom.sf(599, 1_000_000, 1000, 500_000), hypergeom.sf(399, 1_000_000, 1000, 500_000)], rel=1e-6
    )


@pytest.mark.parametrize(("marked", "totals"), [([1], [1, 2]), ([3], [2]), ([-1], [2])])
def test_concentration_refuses_what_does_not_fit(marked: list[int], totals: list[int]) -> None:
    with pytest.raises(StatisticsError):
        concentration(marked, totals)


def test_the_module_is_light() -> None:
    code = "import sys, worldflux.stats.forensics; print([n for n in ('numpy', 'scipy') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
