"""Numbers as people and programs read them: no real latency is ever written as zero."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldforge.benchmark import figures

LATENCIES = st.floats(min_value=1e-7, max_value=1e7, allow_nan=False)


def test_the_examples_hold() -> None:
    assert doctest.testmod(figures) == (0, 5)


@given(LATENCIES)
def test_what_programs_read_has_four_digits_of_every_latency_and_no_exponent(value: float) -> None:
    text = figures.exact(value)
    assert "e" not in text
    assert len(text.partition(".")[2]) >= 4
    assert float(text) == pytest.approx(value, rel=5.01e-4)


@given(LATENCIES)
def test_what_people_read_has_four_digits_of_every_latency_and_no_exponent(value: float) -> None:
    text = figures.plain(value)
    assert "e" not in text
    assert float(text.replace(",", "")) == pytest.approx(value, rel=5.01e-4)


@given(LATENCIES, LATENCIES)
def test_numbers_that_differ_visibly_are_stated_differently(first: float, second: float) -> None:
    if abs(first - second) > 1e-8 * max(first, second):
        assert figures.stated(first) != figures.stated(second)


@given(LATENCIES)
def test_durations_have_a_unit_and_at_least_two_correct_digits(value: float) -> None:
    number, unit = figures.duration(value).split(" ")
    in_ms = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}[unit]
    assert "e" not in number
    assert float(number) * in_ms == pytest.approx(value, rel=0.01)


@pytest.mark.parametrize(
    ("milliseconds", "sign"),
    [([0.00005], "ns"), ([0.03, 12.0], "µs"), ([1.0, 900.0], "ms"), ([1500.0], "s"), ([1e-9], "ns"), ([], "ms")],
)
def test_a_table_has_the_largest_unit_in_which_nothing_is_less_than_one(milliseconds: list[float], sign: str) -> None:
    assert figures.unit_for(milliseconds).sign == sign


def test_bounds_have_the_decimals_of_their_number() -> None:
    assert figures.between([0.1, 2.0], near=0.03123) == "0.10000 to 2.00000"
    assert figures.between(None, near=1.0) == "-"
    assert figures.between([0.0, 0.5], near=None) == "0.0000 to 0.5000"
