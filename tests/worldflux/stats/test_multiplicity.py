"""Adjusted p-values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

from tests.worldflux.stats.reference import agrees, of
from worldflux.errors import StatisticsError
from worldflux.stats.multiplicity import benjamini_hochberg, bonferroni, holm

Adjustment = Callable[[Sequence[float]], list[float]]
ADJUSTMENTS: dict[str, Adjustment] = {"holm": holm, "fdr_bh": benjamini_hochberg, "bonferroni": bonferroni}
adjustments = pytest.mark.parametrize("name", ADJUSTMENTS)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize("vector", of("adjust_holm", "adjust_fdr_bh", "adjust_bonferroni"))
def test_adjustments_are_the_reference_values(vector: dict[str, Any]) -> None:
    adjust = ADJUSTMENTS[vector["function"].removeprefix("adjust_")]
    assert agrees(adjust(vector["input"]["p"]), vector)


@adjustments
@settings(max_examples=20, deadline=None)
@given(given=p_values)
def test_adjustments_agree_with_another_library(name: str, given: list[float]) -> None:
    theirs = multipletests(given, method=name)[1]
    assert ADJUSTMENTS[name](given) == pytest.approx(theirs.tolist(), rel=1e-9, abs=1e-300)


@adjustments
@given(given=p_values)
def test_adjusting_raises_and_keeps_the_order(name: str, given: list[float]) -> None:
    adjusted = ADJUSTMENTS[name](given)
    assert all(before <= after * (1 + 1e-12) and after <= 1.0 for before, after in zip(given, adjusted, strict=True))
    by_given = [after for _, after in sorted(zip(given, adjusted, strict=True))]
    assert by_given == sorted(by_given)


@given(p_values)
def test_holm_rejects_at_least_as_much_as_bonferroni(given: list[float]) -> None:
    assert all(ours <= theirs for ours, theirs in zip(holm(given), bonferroni(given), strict=True))


@adjustments
def test_one_question_needs_no_adjustment(name: str) -> None:
    assert ADJUSTMENTS[name]([0.03]) == [0.03]
    assert ADJUSTMENTS[name]([]) == []


@adjustments
@pytest.mark.parametrize("impossible", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(name: str, impossible: float) -> None:
    with pytest.raises(StatisticsError, match=r"p_values\[1\]"):
        ADJUSTMENTS[name]([0.5, impossible])
