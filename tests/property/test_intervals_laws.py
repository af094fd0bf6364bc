"""Laws of intervals, whatever the counts."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldflux.stats.exact_tests import rate_test
from worldflux.stats.intervals import Method, interval, intervals
from worldflux.stats.pairs import paired_difference, tango
from worldflux.stats.two_sample import miettinen_nurminen, newcombe

methods: st.SearchStrategy[Method] = st.sampled_from(get_args(Method))
confidences = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])
cells = st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
small_cells = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
pair_counts = st.tuples(*[st.integers(0, 40)] * 4)

# Rounding of a limit, not of a decision.
SLACK = 1e-12


@given(cells, methods, confidences)
def test_limits_are_ordered_rates(cell: tuple[int, int], method: Method, confidence: float) -> None:
    lower, upper = interval(*cell, method=method, confidence=confidence)
    assert 0.0 <= lower <= upper <= 1.0


@given(cells, methods.filter(lambda method: method != "jeffreys"), confidences)
def test_the_observed_rate_lies_inside(cell: tuple[int, int], method: Method, confidence: float) -> None:
    lower, upper = interval(*cell, method=method, confidence=confidence)
    assert lower - SLACK <= cell[0] / cell[1] <= upper + SLACK


@given(cells, confidences)
def test_raw_jeffreys_leaves_out_the_observed_rate_only_at_the_ends(cell: tuple[int, int], confidence: float) -> None:
    successes, trials = cell
    lower, upper = interval(successes, trials, method="jeffreys", confidence=confidence)
    assert (lower <= successes / trials <= upper) == (0 < successes < trials)


@given(st.integers(1, 300), methods.filter(lambda method: method != "wald"), confidences)
def test_limits_rise_with_the_successes(trials: int, method: Method, confidence: float) -> None:
    lowers, uppers = intervals(np.arange(trials + 1), np.full(trials + 1, trials), method=method, confidence=confidence)
    assert (np.diff(lowers) >= -SLACK).all()
    assert (np.diff(uppers) >= -SLACK).all()


@given(cells, methods, confidences)
def test_counting_failures_mirrors_the_limits(cell: tuple[int, int], method: Method, confidence: float) -> None:
    successes, trials = cell
    lower, upper = interval(successes, trials, method=method, confidence=confidence)
    mirrored = interval(trials - successes, trials, method=method, confidence=confidence)
    assert mirrored == pytest.approx((1 - upper, 1 - lower), abs=SLACK)


@given(cells, methods, st.sampled_from([0.01, 0.025, 0.05, 0.1, 0.2]))
def test_a_one_sided_bound_is_a_limit_at_twice_the_error(cell: tuple[int, int], method: Method, error: float) -> None:
    lower, upper = interval(*cell, method=method, confidence=1 - 2 * error)
    below = interval(*cell, method=method, confidence=1 - error, sided="lower")
    above = interval(*cell, method=method, confidence=1 - error, sided="upper")
    assert below == pytest.approx((lower, 1.0), abs=SLACK)
    assert above == pytest.approx((0.0, upper), abs=SLACK)


@given(st.lists(cells, min_size=1, max_size=30), methods, confidences, st.sampled_from(["two", "lower", "upper"]))
def test_many_cells_are_as_each_alone(
    many: list[tuple[int, int]], method: Method, confidence: float, sided: str
) -> None:
    successes, trials = zip(*many, strict=True)
    lowers, uppers = intervals(
        np.array(successes),
        np.array(trials),
        method=method,
        confidence=confidence,
        sided=sided,  # type: ignore[arg-type]
    )
    alone = [interval(*cell, method=method, confidence=confidence, sided=sided) for cell in many]  # type: ignore[arg-type]
    assert lowers.tolist() == pytest.approx([bounds.lower for bounds in alone], abs=1e-14)
    assert uppers.tolist() == pytest.approx([bounds.upper for bounds in alone], abs=1e-14)


@given(small_cells, st.integers(1, 999), st.sampled_from([0.9, 0.95]))
def test_clopper_pearson_keeps_the_rates_that_the_exact_test_keeps(
    cell: tuple[int, int], thousandths: int, confidence: float
) -> None:
    value, error = thousandths / 1000, (1 - confidence) / 2
    lower, upper = interval(*cell, method="clopper_pearson", confidence=confidence)
    above = rate_test(*cell, value, alternative="greater").p_value
    below = rate_test(*cell, value, alternative="less").p_value
    if min(abs(above - error), abs(below - error)) > 1e-9:
        assert (lower <= value <= upper) == (above > error and below > error)


@given(small_cells, st.integers(1, 999), st.sampled_from([0.9, 0.95]))
def test_wilson_keeps_the_rates_that_the_score_test_keeps(
    cell: tuple[int, int], thousandths: int, confidence: float
) -> None:
    value, error = thousandths / 1000, 1 - confidence
    p_value = rate_test(*cell, value, alternative="two-sided", method="score").p_value
    lower, upper = interval(*cell, confidence=confidence)
    if abs(p_value - error) > 1e-9:
        assert (lower <= value <= upper) == (p_value > error)


@given(small_cells, small_cells, confidences)
def test_swapping_the_arms_mirrors_a_difference(
    first: tuple[int, int], second: tuple[int, int], confidence: float
) -> None:
    observed = first[0] / first[1] - second[0] / second[1]
    for method in (newcombe, miettinen_nurminen):
        lower, upper = method(*first, *second, confidence)
        assert -1.0 - SLACK <= lower <= observed + SLACK <= upper + 2 * SLACK <= 1.0 + 3 * SLACK
        assert method(*second, *first, confidence) == pytest.approx((-upper, -lower), abs=SLACK)


@given(pair_counts.filter(lambda counts: sum(counts) > 0), confidences)
def test_swapping_the_policies_mirrors_a_paired_difference(
    counts: tuple[int, int, int, int], confidence: float
) -> None:
    both, first_only, second_only, neither = counts
    observed = (first_only - second_only) / sum(counts)
    for method in (paired_difference, tango):
        lower, upper = method(both, first_only, second_only, neither, confidence)
        assert -1.0 <= lower <= observed + SLACK <= upper + 2 * SLACK <= 1.0 + 2 * SLACK
        swapped = method(both, second_only, first_only, neither, confidence)
        assert swapped == pytest.approx((-upper, -lower), abs=SLACK)
        relabelled = method(neither, second_only, first_only, both, confidence)
        assert relabelled == pytest.approx((-upper, -lower), abs=SLACK)
