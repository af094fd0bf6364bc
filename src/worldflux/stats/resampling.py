"""Bounds of the mean of an unbounded metric, over independent clusters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from worldbase.resampling import array_draws
from worldflux.errors import StatisticsError
from worldflux.stats.intervals import Bounds

Floats = NDArray[np.float64]

# From so many clusters on, resampling sees enough of the skewness to correct for it.
FEWEST_FOR_BOOTSTRAP = 20

_NUMBERS_AT_ONCE = 1 << 21


def bca(
    cluster_values: Sequence[float] | NDArray[Any], *, confidence: float = 0.95, resamples: int = 9999, seed: int
) -> Bounds:
    """Bias-corrected and accelerated bootstrap bounds of a mean (Efron 1987, JASA 82, 171-185).

    The quantiles of the resampled means at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), with z0 from the share of resampled
    means below the observed one and the acceleration a = sum(d^3) / (6 sum(d^2)^1.5) from the deviations d, which is
    what the jackknife gives for a mean. Indices come from the raw words of the counter-based Philox generator, so that
    a seed gives the same resamples with every version of numpy.

    Args:
        cluster_values: One value for each independent cluster, shape (n,), at least 2.
        confidence: Two-sided, for example 0.95.
        resamples: Number of resampled means.
        seed: From 0 to 2**128 - 1.

    Returns:
        Lower and upper bound; the value itself where all values are the same.

    Raises:
        StatisticsError: Fewer than two values, a value that is not finite, or another argument that is impossible.
    """
    values = _clusters(cluster_values)
    _require(0 < confidence < 1, f"a confidence of {confidence} is not between 0 and 1")
    _require(resamples >= 1 and 0 <= seed < 1 << 128, f"{resamples} resamples with the seed {seed} are impossible")
    if values.min() == values.max():
        return Bounds(float(values[0]), float(values[0]))
    means = _resampled_means(values, resamples, seed)
    lower, upper = np.quantile(means, _corrected_levels(values, means, confidence))
    return Bounds(float(lower), float(upper))


def t_interval(values: Sequence[float] | NDArray[Any], confidence: float = 0.95) -> Bounds:
    """Student's t bounds of a mean (Student 1908, Biometrika 6, 1-25): mean ± t_{n-1} sd / sqrt(n).

    Args:
        values: One value for each independent cluster, shape (n,), at least 2.
        confidence: Two-sided, for example 0.95.

    Returns:
        Lower and upper bound.

    Raises:
        StatisticsError: Fewer than two values, a value that is not finite, or an impossible confidence.
    """
    sample = _clusters(values)
    _require(0 < confidence < 1, f"a confidence of {confidence} is not between 0 and 1")
    error = float(sample.std(ddof=1)) / math.sqrt(len(sample))
    spread = float(stdtrit(len(sample) - 1, (1 + confidence) / 2)) * error
    return Bounds(float(sample.mean()) - spread, float(sample.mean()) + spread)


def clustered_mean_interval(
    values: Sequence[float] | NDArray[Any], confidence: float = 0.95, *, seed: int
) -> tuple[Literal["bca", "t"], Bounds]:
    """Bounds of a mean over clusters: the bootstrap for 20 clusters and more, Student's t below.

    Args:
        values: One value for each independent cluster, shape (n,), at least 2.
        confidence: Two-sided, for example 0.95.
        seed: Of the resampling.

    Returns:
        The method taken and its bounds.

    Raises:
        StatisticsError: As for `bca` and `t_interval`.
    """
    if len(values) < FEWEST_FOR_BOOTSTRAP:
        return "t", t_interval(values, confidence)
    return "bca", bca(values, confidence=confidence, seed=seed)


def _resampled_means(values: Floats, resamples: int, seed: int) -> Floats:
    draw = array_draws(seed)
    size = len(values)
    rows = max(1, _NUMBERS_AT_ONCE // size)
    means = np.empty(resamples)
    for start in range(0, resamples, rows):
        stop = min(start + rows, resamples)
        indices = draw((stop - start) * size, size)
        means[start:stop] = values[indices.reshape(stop - start, size)].mean(axis=1)
    return means


def _corrected_levels(values: Floats, means: Floats, confidence: float) -> Floats:
    """Levels of the two quantiles. A share of exactly 0 or 1 would be no quantile: half a resample is kept back."""
    observed = values.mean()
    share = float((means < observed).mean() + (means <= observed).mean()) / 2
    edge = 0.5 / len(means)
    bias = float(ndtri(min(max(share, edge), 1 - edge)))
    deviations = (values - observed) / np.abs(values - observed).max()
    acceleration = float((deviations**3).sum() / (6 * (deviations**2).sum() ** 1.5))
    shifted = bias + ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))
    # |a| of a mean stays below 1/6, so only levels beyond six standard deviations could turn the denominator.
    denominators = np.maximum(1 - acceleration * shifted, 1e-12)
    return np.asarray(ndtr(bias + shifted / denominators), dtype=np.float64)


def _clusters(values: Sequence[float] | NDArray[Any]) -> Floats:
    sample = np.asarray(values, dtype=np.float64)
    _require(sample.ndim == 1 and sample.size >= 2, "fewer than two clusters have no spread to judge by")
    _require(bool(np.isfinite(sample).all()), "a value is not finite")
    return sample


def _require(met: bool, otherwise: str) -> None:
    if not met:
        raise StatisticsError(
            otherwise,
            code="stats.argument",
            hint="Give at least two finite values, one for each cluster, and a confidence such as 0.95.",
        )
