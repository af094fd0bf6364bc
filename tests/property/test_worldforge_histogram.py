"""Percentiles of bounded memory are those of all values, within a bucket; sums are exact."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from worldforge.benchmark.measuring.bootstrap import (
    RESAMPLES,
    BlockSums,
    mean_bounds,
    quantile_bounds,
    resample_weights,
)
from worldforge.benchmark.measuring.histogram import DIGITS, REPORTED_WIDTH, Distribution, Latencies, lower_end

WIDTH = 2.0 ** -(DIGITS - 1)
SHARES = (0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0)


def share_outside(blocks: int) -> float:
    """Hesterberg's share of resamples beyond each bound, by scipy."""
    return float(stats.norm.cdf(-np.sqrt(blocks / (blocks - 1)) * stats.t.ppf(0.975, blocks - 1)))


nanoseconds = st.one_of(st.integers(0, 5000), st.integers(0, 10**6), st.integers(0, 2**60))
few = st.lists(nanoseconds, min_size=1, max_size=400)


@st.composite
def many(draw: st.DrawFn) -> list[int]:
    """More values than are kept as they are, of a shape that hypothesis chooses."""
    seed, size = draw(st.integers(0, 2**32 - 1)), draw(st.integers(513, 3000))
    scale = draw(st.sampled_from([50, 3000, 10**6, 10**9]))
    random = np.random.default_rng(seed)
    return [int(value) for value in random.lognormal(np.log(scale), draw(st.sampled_from([0.01, 0.5, 2.0])), size)]


def counted(values: list[int]) -> Latencies:
    latencies = Latencies()
    for value in values:
        latencies.add(value)
    latencies.freeze()
    return latencies


@given(few)
def test_few_values_are_kept_exactly(values: list[int]) -> None:
    distribution = counted(values).freeze()
    for share in SHARES:
        assert distribution.quantile(share) == pytest.approx(float(np.percentile(values, share * 100)), rel=1e-12)


@given(many())
def test_many_values_are_kept_within_a_bucket(values: list[int]) -> None:
    latencies = counted(values)
    distribution = latencies.freeze()
    for share in SHARES:
        exact = float(np.percentile(values, share * 100))
        assert distribution.quantile(share) == pytest.approx(exact, rel=WIDTH, abs=1e-9)
    assert distribution.count == len(values)
    assert (latencies.least, latencies.most) == (min(values), max(values))


@given(st.one_of(few, many()))
def test_sums_are_exact(values: list[int]) -> None:
    latencies = counted(values)
    assert latencies.total == sum(values)
    assert latencies.squares == sum(value * value for value in values)


@given(st.lists(few, min_size=1, max_size=5))
def test_together_is_all_values_at_once(groups: list[list[int]]) -> None:
    together = Distribution.together(counted(group).freeze() for group in groups)
    assert together == counted([value for group in groups for value in group]).freeze() or sum(map(len, groups)) > 512


@given(st.one_of(few, many()))
def test_the_reported_histogram_counts_everything_in_narrow_buckets(values: list[int]) -> None:
    buckets = counted(values).freeze().reported().buckets
    ends = [lower for lower, _ in buckets]
    assert ends == sorted(set(ends))
    assert sum(count for _, count in buckets) == len(values)
    assert all(count > 0 for _, count in buckets)
    for lower, following in pairwise(ends):
        assert following >= lower + max(1, int(lower * REPORTED_WIDTH / 2))


@given(nanoseconds, st.integers(2, 12))
def test_a_value_lies_in_its_bucket(value: int, digits: int) -> None:
    lower = lower_end(value, digits)
    assert lower <= value
    assert value - lower <= lower * 2.0 ** -(digits - 1)
    assert lower_end(lower, digits) == lower


@given(st.lists(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), min_size=2, max_size=20))
def test_bounds_are_in_order_and_within_the_values(groups: list[list[int]]) -> None:
    blocks = [BlockSums(sum(group), counted(group).freeze()) for group in groups]
    low, high = mean_bounds(blocks)
    assert min(map(min, groups)) <= low <= high <= max(map(max, groups))
    previous = (0.0, 0.0)
    for bounds in quantile_bounds(blocks, [0.5, 0.9, 0.95, 0.99]):
        assert bounds[0] <= bounds[1]
        assert previous <= bounds
        previous = bounds


@given(st.lists(st.lists(st.integers(1, 10**6), min_size=1, max_size=8), min_size=2, max_size=12))
def test_quantiles_of_a_resample_are_those_of_its_values(groups: list[list[int]]) -> None:
    """The bisection over weighted blocks gives what numpy gives for the values written out."""
    blocks = [BlockSums(sum(group), counted(group).freeze()) for group in groups]
    expected = []
    for weights in resample_weights(len(groups)):
        drawn = [value for group, weight in zip(groups, weights, strict=True) for value in group * weight]
        expected.append(np.percentile(drawn, [50, 95]))
    outside = int(RESAMPLES * share_outside(len(groups)) + 1e-9)
    for column, bounds in enumerate(quantile_bounds(blocks, [0.5, 0.95])):
        taken = sorted(row[column] for row in expected)
        assert bounds == pytest.approx((taken[outside], taken[-1 - outside]), rel=1e-9)


@given(st.integers(1, 20))
def test_a_resample_draws_as_many_blocks_as_there_are(blocks: int) -> None:
    weights = resample_weights(blocks)
    assert {sum(row) for row in weights} == {blocks}
    assert {len(row) for row in weights} == {blocks}
    # each block is drawn once on average: 400 resamples, 5 standard errors
    for place in range(blocks):
        assert abs(sum(row[place] for row in weights) / len(weights) - 1) < 5 / 400**0.5
