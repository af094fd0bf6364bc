"""Exact binomial tail probabilities."""

from __future__ import annotations


def at_least(successes: int, trials: int, rate: float) -> float:
    """P(X >= successes) for X ~ Binomial(trials, rate): the exact p-value against "the rate is at most `rate`"."""
    from scipy.special import bdtrc

    return 1.0 if successes <= 0 else 0.0 if successes > trials else float(bdtrc(successes - 1, trials, rate))


def at_most(successes: int, trials: int, rate: float) -> float:
    """P(X <= successes) for X ~ Binomial(trials, rate): the exact p-value against "the rate is at least `rate`"."""
    from scipy.special import bdtr

    return 0.0 if successes < 0 else 1.0 if successes >= trials else float(bdtr(successes, trials, rate))
