"""Several rates: every pair once, corrected together, and letters that say the same as the pairs."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldflux.stats.comparison import Counts, compare
from worldflux.stats.ranking import compare_all, letter_groups

COUPLES = st.integers(2, 7).flatmap(
    lambda number: st.tuples(st.just(number), st.lists(st.sampled_from(list(combinations(range(number), 2)))))
)


def test_every_pair_is_compared_once_and_corrected_with_the_others() -> None:
    rates = [Counts(45, 50), Counts(41, 50), Counts(30, 50)]
    found = compare_all(rates)
    assert [(pair.left, pair.right) for pair in found] == [(0, 1), (0, 2), (1, 2)]
    assert [pair.p_value for pair in found] == pytest.approx(
        [compare(*rates[left], *rates[right]).p_value for left, right in combinations(range(3), 2)]
    )
    smallest = min(found, key=lambda pair: pair.p_value)
    assert smallest.p_adjusted == pytest.approx(3 * smallest.p_value)
    assert all(pair.p_adjusted >= pair.p_value for pair in found)


def test_a_difference_that_two_alone_would_show_may_not_be_shown_among_many() -> None:
    alone = compare(41, 50, 30, 50)
    many = compare_all([Counts(41, 50), Counts(30, 50), *[Counts(36, 50)] * 4])
    assert alone.verdict == "regressed"
    assert many[0].p_value == pytest.approx(alone.p_value)
    assert many[0].verdict == "no_difference_shown"


def test_the_classic_overlap() -> None:
    assert letter_groups(3, []) == [[0, 1, 2]]
    assert letter_groups(3, [(0, 2)]) == [[0, 1], [1, 2]]
    assert letter_groups(3, [(0, 1), (0, 2), (1, 2)]) == [[0], [1], [2]]


@given(drawn=COUPLES)
def test_two_share_a_letter_exactly_where_they_were_not_told_apart(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    number, told_apart = drawn
    groups = letter_groups(number, told_apart)
    for pair in combinations(range(number), 2):
        assert any(set(pair) <= set(group) for group in groups) == (pair not in told_apart)
    assert set().union(*groups) == set(range(number))
    assert not any(set(one) <= set(other) for one in groups for other in groups if one is not other)
