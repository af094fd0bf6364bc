"""Differences in points, in words that say no more than the numbers."""

from __future__ import annotations

import pytest

from worldflux.audit.comparing import wording
from worldflux.audit.comparing.shapes import Effect, effect_of
from worldflux.stats.comparison import compare


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [(0.15, "+15"), (-0.1234, "-12.3"), (0.0, "0"), (0.0002, "+0.02"), (-0.00004, "-0.004"), (1.0, "+100")],
)
def test_points(ratio: float, shown: str) -> None:
    assert wording.signed_points(ratio) == shown


@pytest.mark.parametrize(("ratio", "points"), [(0.348, 34.8), (0.3481, 34.9), (0.1 + 0.2, 30.0), (0.0, 0.0)])
def test_points_are_rounded_up_where_they_bound_something(ratio: float, points: float) -> None:
    assert wording.points_at_least(ratio) == points


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "-"), (1.0, "1.000"), (0.04321, "0.043"), (0.00432, "0.0043"), (1e-9, "< 0.0001")]
)
def test_p_values(value: float | None, shown: str) -> None:
    assert wording.p_value(value) == shown


def _effect(*counts: int) -> Effect:
    return effect_of(compare(*counts), "pooled")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            (17, 20, 14, 20),
            (
                "A: 15 points lower, 95% interval -39 to +11.1: no difference shown; "
                "with 20 each, only 34.8 points or more would have shown."
            ),
        ),
        ((30, 50, 45, 50), "A: 30 points higher, 95% interval +13.2 to +44.9: improved."),
        (
            (1, 1, 1, 1),
            (
                "A: no change, 95% interval -79.3 to +79.3: no difference shown; "
                "with 20 each, no difference at all would have shown."
            ),
        ),
        ((99, 100, 100, 100), "A: 1 point higher, 95% interval -2.8 to +5.4: no difference shown;"),
    ],
    ids=str,
)
def test_the_whole_in_one_sentence(counts: tuple[int, ...], said: str) -> None:
    assert wording.sentence("A", _effect(*counts), "20 each").startswith(said)


def test_a_disagreement_of_test_and_interval_is_a_row_of_its_own() -> None:
    agreeing, disagreeing = _effect(17, 20, 14, 20), _effect(3, 12, 8, 12)
    assert [row[0] for row in wording.effect_rows(agreeing)] == ["verdict", "points", "interval", "test", "would show"]
    assert wording.effect_rows(disagreeing)[-1][0] == "note"


def test_sizes() -> None:
    assert (wording.sizes(1000, 1000), wording.sizes(20, 1000)) == ("1,000 each", "20 and 1,000")
