"""Success rates of a population of tasks, seeds or starts, of which some were drawn.

Episodes of one task are alike, so counting each as independent overstates what is known: with ten tasks of fifty
episodes and an intra-class correlation of 0.2, a 95% Wilson interval of the pooled counts covers 44%. Here the cluster
is the unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldflux.stats.intervals import Bounds, Sided, argument_error, error_level, score_limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ClusterInterval:
    """What clusters say about the population that they came from.

    Attributes:
        estimate: Unweighted mean of the clusters' rates.
        lower: Lower limit, as a ratio.
        upper: Upper limit, as a ratio.
        design_effect: How many times larger the variance is than that of as many independent trials.
        effective_trials: Trials that would say as much if they were independent.
        clusters: Number of clusters.
    """

    estimate: float
    lower: float
    upper: float
    design_effect: float
    effective_trials: float
    clusters: int


def design_effect_interval(
    successes: Sequence[float], trials: Sequence[float], *, confidence: float = 0.95, sided: Sided = "two"
) -> ClusterInterval:
    """Interval for the mean success rate of a population of clusters.

    The estimate p is the unweighted mean of the G clusters' rates and its variance s²/G comes from their spread. The
    design effect is that variance over p(1-p)/n, 1 at least; the Wilson limits are taken at n / design effect trials,
    with Student's t of G-1 degrees of freedom in place of z (after Korn and Graubard 1998, Survey Methodology 24,
    193-201).
    With all rates 0, or all 1, their spread says nothing and each cluster counts as one trial.

    Args:
        successes: Successes by cluster, shape (G,); fractions where repeats of one start were averaged.
        trials: Trials by cluster, shape (G,), each above 0.
        confidence: For example 0.95.
        sided: As in `intervals.interval`.

    Returns:
        Estimate, limits, design effect and effective trials.

    Raises:
        StatisticsError: For fewer than two clusters, or numbers that make no sense.
    """
    import numpy as np

    rates, total = _rates(successes, trials)
    quantile = _t_quantile(len(rates), confidence, sided)
    estimate = math.fsum(rates) / len(rates)
    if rates.min() == rates.max() and estimate in (0.0, 1.0):
        design_effect = total / len(rates)
    else:
        design_effect = max(1.0, rates.var(ddof=1) / len(rates) / (estimate * (1 - estimate) / total))
    effective = total / design_effect
    lowers, uppers = score_limits(np.array([estimate * effective]), np.array([effective]), quantile)
    lower, upper = 0.0 if sided == "upper" else float(lowers[0]), 1.0 if sided == "lower" else float(uppers[0])
    return ClusterInterval(estimate, lower, upper, float(design_effect), float(effective), len(rates))


def cluster_t(rates: Sequence[float], confidence: float = 0.95, sided: Sided = "two") -> Bounds:
    """Student's t interval of the mean of the clusters' rates, cut off at 0 and 1.

    Mean plus or minus t of G-1 degrees of freedom times s / sqrt(G) (Student 1908, Biometrika 6, 1-25). Covers less
    than it says for few clusters or rates near 0 and 1; shown beside `design_effect_interval` as a sensitivity.

    Args:
        rates: Success rates by cluster, shape (G,), each 0 to 1.
        confidence: For example 0.95.
        sided: As in `intervals.interval`.

    Returns:
        Lower and upper limit, as ratios.

    Raises:
        StatisticsError: For fewer than two clusters, or numbers that make no sense.
    """
    values, _ = _rates(rates, [1.0] * len(rates))
    spread = _t_quantile(len(values), confidence, sided) * float(values.std(ddof=1)) / math.sqrt(len(values))
    mean = math.fsum(values) / len(values)
    lower, upper = max(0.0, mean - spread), min(1.0, mean + spread)
    return Bounds(0.0 if sided == "upper" else lower, 1.0 if sided == "lower" else upper)


def _rates(successes: Sequence[float], trials: Sequence[float]) -> tuple[NDArray[np.float64], float]:
    """Rates by cluster, and all trials together."""
    import numpy as np

    counts, sizes = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if counts.ndim != 1 or counts.shape != sizes.shape:
        raise argument_error(
            f"successes and trials have the shapes {counts.shape} and {sizes.shape}",
            "Give one of each for every cluster.",
        )
    if len(counts) < 2:
        raise argument_error(
            f"there are {len(counts)} clusters, and the spread between clusters takes two",
            "Evaluate more tasks, or claim a rate for the fixed tasks only.",
        )
    # Written so that a value that is not a number fails it too.
    possible = (counts >= 0) & (counts <= sizes) & (sizes > 0) & np.isfinite(sizes)
    for cluster in (~possible).nonzero()[0][:1]:
        raise argument_error(
            f"cluster {cluster} has {counts[cluster]:g} successes in {sizes[cluster]:g} trials",
            "Give every cluster at least one trial, and no more successes than trials.",
        )
    return counts / sizes, math.fsum(sizes)


def _t_quantile(clusters: int, confidence: float, sided: Sided) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(clusters - 1, 1 - error_level(confidence, sided).tail))
