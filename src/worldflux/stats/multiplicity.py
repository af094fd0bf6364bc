"""P-values adjusted for the number of questions asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from worldflux.stats.intervals import argument_error


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values by Bonferroni: each times their number, 1 at most.

    Holds the chance of any false rejection at alpha under every dependence (Dunn 1961, JASA 56, 52-64). `holm` does the
    same and rejects at least as much.

    Args:
        p_values: Any number of p-values, each 0 to 1.

    Returns:
        Adjusted p-values in the order given; compare each with alpha.

    Raises:
        StatisticsError: For a number that is no probability.
    """
    _check(p_values)
    return [min(1.0, len(p_values) * p_value) for p_value in p_values]


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values by Holm's step-down procedure.

    The i-th smallest of m is multiplied by m - i + 1 and raised to the largest before it. Holds the chance of any false
    rejection at alpha under every dependence (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    Args:
        p_values: Any number of p-values, each 0 to 1.

    Returns:
        Adjusted p-values in the order given; compare each with alpha.

    Raises:
        StatisticsError: For a number that is no probability.
    """
    _check(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    scaled = [(len(order) - rank) * p_values[index] for rank, index in enumerate(order)]
    return _in_order_given(order, scaled, max)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values by Benjamini and Hochberg's step-up procedure.

    The i-th smallest of m is multiplied by m / i and lowered to the smallest after it. Holds the expected share of
    false rejections among all at alpha, for independent or positively dependent tests (Benjamini and Hochberg 1995,
    JRSS B 57, 289-300). For exploration: it does not hold the chance of any false rejection.

    Args:
        p_values: Any number of p-values, each 0 to 1.

    Returns:
        Adjusted p-values in the order given; compare each with alpha.

    Raises:
        StatisticsError: For a number that is no probability.
    """
    _check(p_values)
    order = sorted(range(len(p_values)), key=p_values.__getitem__, reverse=True)
    scaled = [len(order) / (len(order) - rank) * p_values[index] for rank, index in enumerate(order)]
    return _in_order_given(order, scaled, min)


def _in_order_given(order: Sequence[int], scaled: list[float], keep: Callable[[float, float], float]) -> list[float]:
    adjusted = dict(zip(order, accumulate(scaled, keep), strict=True))
    return [min(1.0, adjusted[index]) for index in range(len(order))]


def _check(p_values: Sequence[float]) -> None:
    for index, p_value in enumerate(p_values):
        if not 0 <= p_value <= 1:
            raise argument_error(f"p_values[{index}] is {p_value!r}, not between 0 and 1", "Give probabilities.")
