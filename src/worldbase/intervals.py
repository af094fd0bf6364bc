"""Confidence intervals of a binomial rate."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist


@lru_cache(maxsize=64)
def normal_quantile(probability: float) -> float:
    """Quantile of the standard normal distribution (Wichura's algorithm AS 241, about 16 digits)."""
    return NormalDist().inv_cdf(probability)


def wilson(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    """Two-sided Wilson score interval of a success rate.

    The limits are the rates p at which |successes/trials - p| = z * sqrt(p(1-p)/trials), with z the
    (1+confidence)/2 normal quantile (Wilson 1927, JASA 22, 209-212). They are exactly 0 with no success and exactly 1
    with no failure, where the closed form would leave rounding noise.

    Args:
        successes: Number of successes, 0 to trials.
        trials: Number of trials; with none, nothing is known and the interval is [0, 1].
        confidence: For example 0.95.

    Returns:
        Lower and upper limit, as ratios.
    """
    if trials == 0:
        return 0.0, 1.0
    z_squared = normal_quantile((1 + confidence) / 2) ** 2
    centre = successes + z_squared / 2
    spread = math.sqrt(z_squared) * math.sqrt(successes * (trials - successes) / trials + z_squared / 4)
    scale = trials + z_squared
    lower = 0.0 if successes == 0 else (centre - spread) / scale
    upper = 1.0 if successes == trials else (centre + spread) / scale
    return lower, upper
