"""Bounds of the mean of a bounded metric, such as progress from 0 to 1, that hold in finite samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldflux.errors import StatisticsError
from worldflux.stats.bets import last_rejected
from worldflux.stats.intervals import Bounds

Floats = NDArray[np.float64]

# A bet that knows how many observations follow is at most 1, so that at the mean m it stakes no more than m of the
# capital. One that does not know stakes at most half, so that a streak of bad luck cannot ruin an endless run.
_LARGEST_BET = 1.0
_LARGEST_STAKE = 0.5
# One imagined observation before the first, in the middle of the scale.
_PRIOR_MEAN = 0.5
_PRIOR_VARIANCE = 0.25


def betting_interval(values: Sequence[float] | NDArray[Any], *, confidence: float = 0.95) -> Bounds:
    """Bounds of the mean of a fixed number of observations of [0, 1], in the order in which they were made.

    Bets on the mean being above and below each candidate m multiply the capital by 1 + bet (x - m) and 1 - bet (x - m).
    A bet depends on earlier observations only, so the capital at the true mean is a martingale and reaches
    2/(1-confidence) on either side, ever, with probability at most 1-confidence (Ville 1939). The bounds hold the
    candidates that neither side has rejected at any time. Bets are predictable plug-ins, sqrt(2 log(2/alpha) / (n
    variance)) with the running variance, at most 1 (Waudby-Smith and Ramdas 2024, Estimating means of bounded random
    variables by betting, Journal of the Royal Statistical Society B 86, 1-27).

    Args:
        values: Independent observations in [0, 1] of one mean, shape (n,), n fixed in advance.
        confidence: For example 0.95.

    Returns:
        Lower and upper bound; 0 and 1 without observations.

    Raises:
        StatisticsError: A value lies outside [0, 1], or the confidence outside (0, 1).
    """
    sample, alpha = _sample(values), _error(confidence)
    bets = np.minimum(_bets(sample, np.full(len(sample), float(len(sample))), alpha), _LARGEST_BET)
    return _bounds(sample, bets, 1.0, alpha)


def betting_sequence(values: Sequence[float] | NDArray[Any], *, confidence: float = 0.95) -> Bounds:
    """Bounds of a mean that hold at all times at once, after the last of the observations so far.

    As `betting_interval`, with bets sqrt(2 log(2/alpha) / (t log(1+t) variance)) that do not know how many observations
    will follow, cut to half of the capital. The run may stop whenever somebody likes.

    Args:
        values: Observations in [0, 1], each of one mean given all earlier ones, in the order in which they were made.
        confidence: For example 0.95.

    Returns:
        Lower and upper bound, the intersection over all times so far; 0 and 1 without observations.

    Raises:
        StatisticsError: A value lies outside [0, 1], or the confidence outside (0, 1).
    """
    sample, alpha = _sample(values), _error(confidence)
    times = np.arange(1.0, len(sample) + 1)
    return _bounds(sample, _bets(sample, times * np.log1p(times), alpha), _LARGEST_STAKE, alpha)


def _bets(sample: Floats, growth: Floats, alpha: float) -> Floats:
    """The bet on each observation, from those before it."""
    times = np.arange(1.0, len(sample) + 1)
    means = (_PRIOR_MEAN + np.cumsum(sample)) / (times + 1)
    variances = (_PRIOR_VARIANCE + np.cumsum((sample - means) ** 2)) / (times + 1)
    earlier = np.concatenate([[_PRIOR_VARIANCE], variances])[: len(sample)]
    return np.asarray(np.sqrt(2 * math.log(2 / alpha) / (growth * earlier)), dtype=np.float64)


def _bounds(sample: Floats, bets: Floats, stake: float, alpha: float) -> Bounds:
    if not len(sample):
        return Bounds(0.0, 1.0)
    lower = _last_rejected_below(sample, bets, stake, alpha)
    upper = 1 - _last_rejected_below(1 - sample, bets, stake, alpha)
    # The sides cross only where the observations hardly have a common mean. No candidate is left then, and any pair of
    # bounds covers at least as often; these span the contradiction.
    return Bounds(min(lower, upper), max(lower, upper))


def _last_rejected_below(sample: Floats, bets: Floats, stake: float, alpha: float) -> float:
    """The largest mean that bets on "above" have rejected; their capital falls in the mean, at every time."""

    def rejected(mean: float) -> bool:
        capital = np.cumsum(np.log1p(np.minimum(bets, stake / mean) * (sample - mean)))
        return float(capital.max()) >= math.log(2 / alpha)

    return last_rejected(rejected, 0.0, 1.0)


def _sample(values: Sequence[float] | NDArray[Any]) -> Floats:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not ((sample >= 0) & (sample <= 1)).all():
        raise StatisticsError(
            "the values do not all lie in [0, 1]",
            code="stats.argument",
            hint="Divide a bounded metric by its range first.",
        )
    return sample


def _error(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise StatisticsError(
            f"a confidence of {confidence} is not between 0 and 1", code="stats.argument", hint="Give for example 0.95."
        )
    return 1 - confidence
