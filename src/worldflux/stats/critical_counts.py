"""Decisions as integer comparisons: how many successes it takes.

The one-sided Wilson bound of k successes in n trials lies above p0 exactly when the score statistic exceeds z:
k > n*p0 + z*sqrt(n*p0*(1-p0)). Solving for the integer k once, in decimal arithmetic, leaves a comparison that every
language decides alike; comparing two rounded bounds would not.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from worldbase.intervals import normal_quantile

_DIGITS = 60


def exact(number: float) -> Decimal:
    """The decimal number that a document states: the shortest decimal form of its double."""
    return Decimal(repr(number))


def fewest_above(trials: int, p0: Decimal, alpha: float) -> int:
    """Fewest successes whose one-sided (1-alpha) Wilson lower bound exceeds p0.

    Args:
        trials: Number of trials, n.
        p0: Rate to exceed, 0 to 1.
        alpha: One-sided error, below 0.5.

    Returns:
        k_crit; more than `trials` where even n of n would not do.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        return int((trials * p0 + _spread(trials, p0, alpha)).to_integral_value(ROUND_FLOOR)) + 1


def most_below(trials: int, p0: Decimal, alpha: float) -> int:
    """Most successes whose one-sided (1-alpha) Wilson upper bound stays below p0; -1 where not even none would do."""
    with localcontext() as context:
        context.prec = _DIGITS
        return int((trials * p0 - _spread(trials, p0, alpha)).to_integral_value(ROUND_CEILING)) - 1


def _spread(trials: int, p0: Decimal, alpha: float) -> Decimal:
    return Decimal(normal_quantile(1 - alpha)) * (trials * p0 * (1 - p0)).sqrt()
