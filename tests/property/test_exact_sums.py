"""Sums are exact, whichever way and in whatever windows they are taken."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldflux.episodes.cells import ScoreSums
from worldflux.episodes.exact_sums import exact_sums

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


@pytest.mark.parametrize("length", [1, 10, 1000])
def test_what_a_double_cannot_hold_is_refused(length: int) -> None:
    with pytest.raises(OverflowError):
        exact_sums([1e308] * length)
