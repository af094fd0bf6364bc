"""The smallest true difference that a comparison of given sizes would have shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final

from worldbase.intervals import normal_quantile

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

POWER: Final = 0.8
MOST_EXACT_TRIALS: Final = 500
"""Per side; above it the normal approximation of the power is as good as exact."""
MOST_EXACT_PAIRS: Final = 5_000

_GRAINS: Final = 10_000
_STEPS: Final = 20  # halvings of the range 0 to 1: finer than the grains
_RATES: Final = 200
_TIE: Final = 1e-10  # two p-values of one table may differ in the last digits


def between_rates(left_trials: int, right_trials: int, rate: float, *, alpha: float) -> float | None:
    """Smallest true difference of two rates that the two-sided test shows with a chance of 0.8.

    The two rates lie around `rate` so that their pooled value is `rate`; where one would leave 0 to 1 it stays at the
    end and the other one moves on. Of the two directions the one that shows less counts. Up to 500 trials per side
    the power is that of Boschloo's test, by enumeration of all tables (Boschloo 1970, Statistica Neerlandica
    24); above, that of the score test in its normal approximation (Fleiss, Levin and Paik 2003, Statistical Methods
    for Rates and Proportions, section 4.2).

    Args:
        left_trials: Trials of the first rate, at least 1.
        right_trials: Trials of the second, at least 1.
        rate: The pooled rate, as a ratio.
        alpha: Two-sided error.

    Returns:
        A difference as a ratio; None where not even 0 against 1 would show.
    """
    sizes = (left_trials, right_trials)
    power = _exact_power(*sizes, alpha) if max(sizes) <= MOST_EXACT_TRIALS else _score_power(*sizes, rate, alpha)
    return _smallest(
        lambda difference: min(power(*_around(rate, signed, *sizes)) for signed in (difference, -difference))
    )


def between_pairs(pairs: int, discordant_rate: float, *, alpha: float, mid_p: bool = False) -> float | None:
    """Smallest true difference that McNemar's two-sided test shows with a chance of 0.8.

    The share of discordant pairs is taken as observed, or as the difference itself where that is larger: a difference
    of d needs at least that share. Up to 5,000 pairs the power is exact, summed over the number of discordant pairs;
    above, it is the normal approximation of Connor (1987, Biometrics 43, 207-211).

    Args:
        pairs: Number of pairs, at least 1.
        discordant_rate: Share of them in which only one side succeeded.
        alpha: Two-sided error.
        mid_p: Whether the test is the mid-p variant.

    Returns:
        A difference as a ratio; None where not even 0 against 1 would show.
    """
    if pairs <= MOST_EXACT_PAIRS:
        return _smallest(_exact_pair_power(pairs, discordant_rate, alpha, mid_p))
    return _smallest(_normal_pair_power(pairs, discordant_rate, alpha))


def _smallest(power: Callable[[float], float]) -> float | None:
    """Upper end of the bisection, so that the chance there is 0.8 or more, rounded up to a hundredth of a point."""
    if power(1.0) < POWER:
        return None
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return min(1.0, math.ceil(high * _GRAINS) / _GRAINS)


def _around(rate: float, difference: float, left_trials: int, right_trials: int) -> tuple[float, float]:
    """Two rates that far apart, with this pooled rate as long as both fit into 0 to 1."""
    left = rate - difference * right_trials / (left_trials + right_trials)
    lowest, highest = max(0.0, -difference), min(1.0, 1.0 - difference)
    left = min(max(left, lowest), highest)
    return left, min(max(left + difference, 0.0), 1.0)


def _score_power(left_trials: int, right_trials: int, rate: float, alpha: float) -> Callable[[float, float], float]:
    def power(left: float, right: float) -> float:
        pooled = (left * left_trials + right * right_trials) / (left_trials + right_trials)
        under_null = (pooled * (1 - pooled) * (1 / left_trials + 1 / right_trials)) ** 0.5
        under_truth = (left * (1 - left) / left_trials + right * (1 - right) / right_trials) ** 0.5
        excess = abs(right - left) - normal_quantile(1 - alpha / 2) * under_null
        if under_truth == 0:
            return float(excess > 0)
        return NormalDist().cdf(excess / under_truth)

    return power


def _exact_power(left_trials: int, right_trials: int, alpha: float) -> Callable[[float, float], float]:
    shown = boschloo_region(left_trials, right_trials, alpha)

    def power(left: float, right: float) -> float:
        return float(_probabilities(left_trials, [left])[0] @ shown @ _probabilities(right_trials, [right])[0])

    return power


def boschloo_region(left_trials: int, right_trials: int, alpha: float) -> Array:
    """Tables that Boschloo's two-sided test calls different, each side at half of alpha.

    Returns:
        Truth values of shape (left_trials + 1, right_trials + 1), by successes left and right.
    """
    import numpy as np

    p_values = _fisher_right_higher(left_trials, right_trials)
    grid = np.linspace(0, 1, _RATES + 2)[1:-1]
    left, right = _probabilities(left_trials, grid), _probabilities(right_trials, grid)

    def size(critical: float) -> float:
        return float((((left @ (p_values <= critical)) * right).sum(axis=1)).max())

    # Fisher's own region is within the error, so the critical p-value is at least alpha / 2.
    candidates = np.unique(p_values[p_values > alpha / 2])
    low, high = -1, len(candidates)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(candidates[middle] + _TIE) <= alpha / 2 else (low, middle)
    critical = candidates[low] + _TIE if low >= 0 else alpha / 2
    right_higher = p_values <= critical
    mirrored: Array = _fisher_right_higher(left_trials, right_trials)[::-1, ::-1] <= critical
    return right_higher | mirrored


def _fisher_right_higher(left_trials: int, right_trials: int) -> Array:
    """Fisher's one-sided p-value of every table: hypergeometric tails along the diagonals of equal total."""
    import numpy as np

    left, right = _log_binomials(left_trials), _log_binomials(right_trials)
    total = _log_binomials(left_trials + right_trials)
    p_values = np.ones((left_trials + 1, right_trials + 1))
    for successes in range(left_trials + right_trials + 1):
        on_right = np.arange(min(right_trials, successes), max(0, successes - left_trials) - 1, -1)
        on_left = successes - on_right
        p_values[on_left, on_right] = np.cumsum(np.exp(left[on_left] + right[on_right] - total[successes]))
    return p_values


def _log_binomials(trials: int) -> Array:
    import numpy as np
    from scipy.special import gammaln

    counts = np.arange(trials + 1)
    logs: Array = gammaln(trials + 1) - gammaln(counts + 1) - gammaln(trials - counts + 1)
    return logs


def _probabilities(trials: int, rates: Array | list[float]) -> Array:
    """Binomial probabilities of 0 to `trials` successes, one row per rate."""
    import numpy as np
    from scipy.special import xlog1py, xlogy

    counts, column = np.arange(trials + 1), np.asarray(rates, dtype=float)[:, None]
    probabilities: Array = np.exp(_log_binomials(trials) + xlogy(counts, column) + xlog1py(trials - counts, -column))
    return probabilities


def _exact_pair_power(pairs: int, discordant_rate: float, alpha: float, mid_p: bool) -> Callable[[float], float]:
    import numpy as np
    from scipy.special import bdtr, bdtrc

    discordant = np.arange(1, pairs + 1)
    critical = _critical_discordance(discordant, alpha, mid_p)

    def power(difference: float) -> float:
        share = max(discordant_rate, difference)
        favourable = (1 + difference / share) / 2
        shown = bdtrc(critical - 1, discordant, favourable) + bdtr(discordant - critical, discordant, favourable)
        chances = _probabilities(pairs, [share])[0, 1:]
        return float(chances @ np.where(critical <= discordant, shown, 0.0))

    return power


def _critical_discordance(discordant: Array, alpha: float, mid_p: bool) -> Array:
    """Fewest discordant pairs in favour of one side that the test calls different; one more than all if none do."""
    import numpy as np
    from scipy.special import bdtrc

    low, high = discordant // 2, discordant + 1
    while np.any(high - low > 1):
        middle = (low + high) // 2
        beyond = bdtrc(middle, discordant, 0.5)
        at_least = bdtrc(middle - 1, discordant, 0.5)
        p_value = beyond + at_least if mid_p else 2 * at_least
        is_shown = (p_value <= alpha) & (middle > low)
        low, high = np.where(is_shown, low, middle), np.where(is_shown, middle, high)
    return high


def _normal_pair_power(pairs: int, discordant_rate: float, alpha: float) -> Callable[[float], float]:
    def power(difference: float) -> float:
        share = max(discordant_rate, difference)
        spread = (share - difference**2) ** 0.5
        excess = difference * pairs**0.5 - normal_quantile(1 - alpha / 2) * share**0.5
        if spread == 0:
            return float(excess > 0)
        return NormalDist().cdf(excess / spread)

    return power
