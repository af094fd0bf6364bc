"""The incomplete beta integral in logarithms, down where a double underflows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaln

# Below this the continued fraction takes over: it needs few terms there, while the library's regularised integral now
# and then loses digits (3e-4 of the logarithm at masses of 1e-260) and at last underflows.
_SMALL_MASS = 1e-30
_FRACTION_TERMS = 20_000
_SETTLED = 1e-14


def log_incomplete_beta(a: NDArray[Any], b: NDArray[Any], x: float) -> NDArray[np.float64]:
    """Logarithm of the integral of t^(a-1) (1-t)^(b-1) from 0 to x.

    Args:
        a: First parameters, positive, shape (m,).
        b: Second parameters, positive, shape (m,).
        x: Upper limit, 0 < x <= 1.

    Returns:
        The logarithms, shape (m,); -inf where they cannot be had, so that an e-value is never too large for it.
    """
    mass = betainc(a, b, x)
    deep = mass < _SMALL_MASS
    result = np.log(np.where(deep, 1.0, mass)) + betaln(a, b)
    if deep.any():
        result[deep] = _log_deep_tail(np.asarray(a[deep], dtype=np.float64), np.asarray(b[deep], dtype=np.float64), x)
    return np.asarray(result, dtype=np.float64)


def _log_deep_tail(a: NDArray[np.float64], b: NDArray[np.float64], x: float) -> NDArray[np.float64]:
    """The same far below the mode: the continued fraction DLMF 8.17.22, by Lentz's method (1976, Applied Optics 15)."""
    value, c, d = np.ones_like(a), np.ones_like(a), np.zeros_like(a)
    settled = np.zeros(a.shape, dtype=bool)
    for term in range(1, _FRACTION_TERMS):
        coefficient = _coefficient(a, b, x, term)
        d = 1 / (1 + coefficient * d)
        c = 1 + coefficient / c
        value = value * c * d
        settled = np.abs(c * d - 1) < _SETTLED
        if settled.all():
            break
    log_tail = a * math.log(x) + b * math.log1p(-x) - np.log(a) - np.log(np.where(settled, value, 1.0))
    return np.where(settled, log_tail, -np.inf)


def _coefficient(a: NDArray[np.float64], b: NDArray[np.float64], x: float, term: int) -> NDArray[np.float64]:
    m = term // 2
    if term % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
