"""Sums are exact, whichever way and in whatever windows they are taken."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldflux.episodes.cells import ScoreSums
from worldflux.episodes.exact_sums import condensed, exact_sums

floats = st.floats(-1e9, 1e9, allow_nan=False)
windows = st.lists(floats, min_size=1, max_size=40)


@given(windows)
def test_the_parts_add_up_to_the_sum_exactly(values: list[float]) -> None:
    sums = exact_sums(values)
    assert sum(map(Fraction, sums.sum)) == sum(map(Fraction, values))
    assert sums.largest == max(values)


@given(windows, st.integers(7, 12))
def test_long_windows_are_summed_by_arrays_to_the_same_numbers(values: list[float], times: int) -> None:
    long = values * times * 40
    sums = exact_sums(long)
    assert math.fsum(sums.sum) == math.fsum(long)
    assert math.fsum(sums.squares) == math.fsum(value * value for value in long)
    assert sums.largest == max(long)


@given(st.lists(floats, min_size=2, max_size=600), st.data())
def test_where_windows_end_changes_nothing(values: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(values) - 1))
    whole, pieces = ScoreSums(), ScoreSums()
    whole.add(values)
    pieces.add(values[:cut])
    pieces.add(values[cut:])
    assert whole.moments() == pieces.moments()


@given(st.lists(floats, min_size=65, max_size=200))
def test_many_parts_become_few_of_the_same_sum(parts: list[float]) -> None:
    few = condensed(parts)
    assert sum(map(Fraction, few)) == sum(map(Fraction, parts))
    assert len(few) <= 45  # of 53 bits each, they span all that a double can be


def test_many_windows_may_add_up_to_more_than_one_is_allowed() -> None:
    sums = ScoreSums()
    for _ in range(100):
        sums.add([9e149])
    assert sums.moments().sum_of_squares == pytest.approx(8.1e301, rel=1e-9)


@pytest.mark.parametrize("length", [1, 10, 1000])
def test_what_a_double_cannot_hold_is_refused(length: int) -> None:
    with pytest.raises(OverflowError):
        exact_sums([1e308] * length)
