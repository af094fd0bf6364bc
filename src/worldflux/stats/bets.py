"""Capital spread over constant bets on a bounded mean: order-free evidence from a table of counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Direction = Literal["above", "below"]

# Bets are integrated over panels that halve towards the value, so that a rate close to it, which only a long run can
# tell from it, is met by bets as fine as that run needs.
_PANELS = 14
_BETS_PER_PANEL = 24

_HALVINGS = 60


def log_capital(
    counts: NDArray[Any], outcomes: NDArray[np.float64], value: float, direction: Direction
) -> NDArray[np.float64]:
    """Logarithm of the capital won by betting on observations of [0, 1] against "their mean is at most `value`".

    A bet b gains 1 + b * (X - value) for each observation X. That is never negative and, while the mean of X given
    all earlier ones is at most `value`, fair or worse: the capital is a test martingale (Waudby-Smith and Ramdas 2024,
    Journal of the Royal Statistical Society B 86, 1-27). The bet of a rate q is b = (q - value) / (value (1 - value)),
    the one with the best growth for zeros and ones of rate q. Capital is spread over a fixed grid of q, with the
    weights of a Beta(1/2, 1/2) prior truncated to (value, 1). Any grid that is fixed before the data is valid.

    Args:
        counts: Shape (moments, outcomes); how often each outcome was observed up to each moment.
        outcomes: The possible observations, in [0, 1].
        value: Mean to exceed, or to stay below, strictly between 0 and 1.
        direction: "above", or "below" for the mirror image against "their mean is at least `value`".

    Returns:
        The logarithms, shape (moments,).
    """
    bets, weights = _bets(value, direction)
    gains = np.log1p(np.outer(outcomes - value, bets))
    return np.asarray(logsumexp(counts @ gains, axis=1, b=weights), dtype=np.float64)


def capital_bounds(counts: NDArray[Any], outcomes: NDArray[np.float64], error: float) -> tuple[float, float]:
    """Bounds of the mean of observations of [0, 1]: the values against which the capital has not reached 2/error.

    Half of the error goes to each side. The bounds hold at any stopping time and so also for a fixed number of
    observations, in finite samples.

    Args:
        counts: Shape (outcomes,); how often each outcome was observed.
        outcomes: The possible observations, in [0, 1].
        error: Two-sided, for example 0.05.

    Returns:
        Lower and upper bound; 0 and 1 without observations.
    """
    total = float(counts.sum())
    mean = float(counts @ outcomes) / total if total else 0.0
    threshold = math.log(2 / error)

    def rejected(value: float, direction: Direction) -> bool:
        return float(log_capital(counts[np.newaxis], outcomes, value, direction)[0]) >= threshold

    lower = last_rejected(lambda value: rejected(value, "above"), 0.0, mean) if mean > 0 else 0.0
    upper = last_rejected(lambda value: rejected(value, "below"), 1.0, mean) if total and mean < 1 else 1.0
    return lower, upper


def last_rejected(rejected: Callable[[float], bool], outer: float, inner: float) -> float:
    """The edge between rejected values, towards `outer`, and kept ones, towards `inner`, from the rejected side.

    One edge parts them wherever the evidence falls from `outer` to `inner`, and capital does. With bets on "above" an
    observation x gains the factor 1 + u * (x / value - 1), where u = (q - value) / (1 - value) at a fixed share t = 1-s
    of the way from the end of the angles. For x <= value it falls in the value because u rises in it; for x > value it
    falls because u rises no faster than the odds of the value, which comes to t * tan(t * angle) <= tan(angle).
    """
    for _ in range(_HALVINGS):
        middle = (outer + inner) / 2
        if middle in (outer, inner):
            break
        if rejected(middle):
            outer = middle
        else:
            inner = middle
    return outer


def _bets(value: float, direction: Direction) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bets and their weights. Under Beta(1/2, 1/2) the angle asin(sqrt(q)) is uniform, so the panels lie on angles."""
    positions, weights = _panels()
    edge = math.asin(math.sqrt(value))
    far = math.pi / 2 if direction == "above" else 0.0
    rates = np.sin(edge + (far - edge) * positions) ** 2
    return (rates - value) / (value * (1 - value)), weights


@lru_cache(maxsize=1)
def _panels() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights on (0, 1), over panels that halve towards 0."""
    nodes, weights = np.polynomial.legendre.leggauss(_BETS_PER_PANEL)
    edges = np.concatenate([[0.0], 0.5 ** np.arange(_PANELS - 1, -1, -1)])
    widths = np.diff(edges)[:, np.newaxis]
    positions = edges[:-1, np.newaxis] + widths * (nodes + 1) / 2
    shares = widths * weights / 2
    return positions.ravel(), shares.ravel() / shares.sum()
