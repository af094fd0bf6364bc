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


def score_bound(trials: int, p0: Decimal, quantile: Decimal, design_effect: float = 1.0) -> Decimal:
    """The count of successes beyond which the one-sided Wilson bound passes p0: n*p0 + z*sqrt(n*d*p0*(1-p0)).

    Args:
        trials: Number of trials, n.
        p0: Rate to pass, 0 to 1.
        quantile: z; positive for the lower bound to pass from below, negative for the upper one from above.
        design_effect: d: by how much the variance of the rate exceeds that of independent trials (Kish 1965); the bound
            is then that of n/d trials.
    """
    with localcontext() as context:
        context.prec = _DIGITS
        return trials * p0 + quantile * (trials * Decimal(repr(design_effect)) * p0 * (1 - p0)).sqrt()


def fewest_above(trials: int, p0: Decimal, alpha: float) -> int:
    """Fewest successes whose one-sided (1-alpha) Wilson lower bound exceeds p0.

    Args:
        trials: Number of trials, n.
        p0: Rate to exceed, 0 to 1.
        alpha: One-sided error, below 0.5.

    Returns:
        k_crit; more than `trials` where even n of n would not do.
    """
    return count_above(score_bound(trials, p0, Decimal(normal_quantile(1 - alpha))))


def count_above(bound: Decimal) -> int:
    """The first whole number above a bound."""
    return int(bound.to_integral_value(ROUND_FLOOR)) + 1


def count_below(bound: Decimal) -> int:
    """The last whole number below a bound."""
    return int(bound.to_integral_value(ROUND_CEILING)) - 1
