"""A real success rate from few real episodes and many simulated ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldbase.intervals import normal_quantile
from worldflux.errors import StatisticsError
from worldflux.stats.bets import capital_bounds
from worldflux.stats.intervals import Bounds

# Below these the normal interval is too narrow: at 20 real episodes it covers 84% where it says 95%, and where every
# pair agrees it has no variance left to say how wrong the simulation may be.
FEWEST_REAL = 50
FEWEST_DISCORDANT = 5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PpiResult:
    """A prediction-powered mean.

    Attributes:
        estimate: Of the real mean.
        lower: Lower bound, not cut at the ends of any scale.
        upper: Upper bound, likewise.
        lam: Weight of the simulation: 0 leaves it out, 1 trusts it fully.
        n_real: Real episodes, each with its simulated twin.
        n_simulated: Simulated episodes without a real one.
        discordant: Real episodes whose twin ended differently.
        verdict_bearing: Whether a verdict may rest on it.
        reasons: Codes why not: "ppi.few_real", "ppi.few_discordant".
    """

    estimate: float
    lower: float
    upper: float
    lam: float
    n_real: int
    n_simulated: int
    discordant: int
    verdict_bearing: bool
    reasons: tuple[str, ...]


def ppi_mean(
    real: Sequence[float] | NDArray[Any],
    paired_simulation: Sequence[float] | NDArray[Any],
    simulation: Sequence[float] | NDArray[Any],
    *,
    confidence: float = 0.95,
    lam: float | None = None,
) -> PpiResult:
    """Mean of real outcomes, sharpened by simulated ones (PPI++).

    With Y real, f their simulated twins and F the other simulations, the estimate is mean(lam F) + mean(Y - lam f),
    with squared standard error var(lam F)/N + var(Y - lam f)/n and normal quantiles: asymptotic, and the result says
    when the numbers are too small for that. The weight, unless given, is the one of least variance,
    cov(Y, f) / ((1 + n/N) var(f and F)), cut to [0, 1]; 0 where the simulation never varies (Angelopoulos, Duchi and
    Zrnic 2023, PPI++: efficient prediction-powered inference, arXiv 2311.01453).

    Args:
        real: Y, shape (n,), finite.
        paired_simulation: f, shape (n,), in the order of `real`.
        simulation: F, shape (N,), from the same starts' distribution.
        confidence: For example 0.95.
        lam: A weight fixed in advance, at best registered before the data; None to tune it.

    Returns:
        The estimate, its bounds and whether a verdict may rest on them.

    Raises:
        StatisticsError: The lengths do not match, a sample is empty or a value is not finite.
    """
    y, f, others = (_sample(values) for values in (real, paired_simulation, simulation))
    if len(y) != len(f):
        raise _refusal(f"{len(y)} real outcomes have {len(f)} simulated twins", "Give each real outcome its twin.")
    return _weighted_mean(_Pairs(y, f, np.ones_like(y)), _Weighted(others, np.ones_like(others)), confidence, lam)


def ppi_mean_from_counts(
    table: tuple[int, int, int, int],
    simulated_successes: int,
    simulated: int,
    *,
    confidence: float = 0.95,
    lam: float | None = None,
) -> PpiResult:
    """`ppi_mean` of successes and failures, from their counts.

    Args:
        table: Pairs in which both succeeded, only the real one, only the simulated one, and neither.
        simulated_successes: Successes among the other simulated episodes.
        simulated: Number of the other simulated episodes.
        confidence: For example 0.95.
        lam: A weight fixed in advance, at best registered before the data; None to tune it.

    Returns:
        What `ppi_mean` gives for the same data spelled out.

    Raises:
        StatisticsError: A count is impossible or a sample is empty.
    """
    _require_counts(table, simulated_successes, simulated)
    pairs = _Pairs(np.array([1.0, 1, 0, 0]), np.array([1.0, 0, 1, 0]), np.array(table, dtype=np.float64))
    others = _Weighted(np.array([1.0, 0]), np.array([simulated_successes, simulated - simulated_successes], float))
    return _weighted_mean(pairs, others, confidence, lam)


def ppi_betting_interval(
    table: tuple[int, int, int, int], simulated_successes: int, simulated: int, *, confidence: float = 0.95
) -> Bounds:
    """Prediction-powered bounds of a real success rate that hold in finite samples.

    The real rate is the simulated rate plus the mean of Y - f. Each gets a betting interval at half of the error
    (Waudby-Smith and Ramdas 2024, Journal of the Royal Statistical Society B 86, 1-27), the second over Y - f moved
    from [-1, 1] to [0, 1], and the sums of their ends bound the real rate by the union of the two errors. It is often
    no narrower than the real episodes alone: show both.

    Args:
        table: Pairs in which both succeeded, only the real one, only the simulated one, and neither.
        simulated_successes: Successes among the other simulated episodes.
        simulated: Number of the other simulated episodes.
        confidence: For example 0.95.

    Returns:
        Lower and upper bound, within [0, 1].

    Raises:
        StatisticsError: A count or the confidence is impossible, or a sample is empty.
    """
    _require_counts(table, simulated_successes, simulated)
    _require_confidence(confidence)
    both, real_only, simulated_only, neither = table
    error = (1 - confidence) / 2
    differences = np.array([simulated_only, both + neither, real_only])
    bias_lower, bias_upper = capital_bounds(differences, np.array([0.0, 0.5, 1.0]), error)
    outcomes = np.array([simulated - simulated_successes, simulated_successes])
    lower, upper = capital_bounds(outcomes, np.array([0.0, 1.0]), error)
    return Bounds(max(0.0, lower + 2 * bias_lower - 1), min(1.0, upper + 2 * bias_upper - 1))


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Values and how often each occurred."""

    values: Floats
    times: Floats

    @property
    def count(self) -> float:
        return float(self.times.sum())

    @property
    def mean(self) -> float:
        return float(self.values @ self.times) / self.count

    @property
    def squares(self) -> float:
        """Sum of squared deviations from the mean."""
        return float((self.values - self.mean) ** 2 @ self.times)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Real outcomes, their simulated twins, and how often each pair occurred."""

    real: Floats
    twin: Floats
    times: Floats

    @property
    def discordant(self) -> int:
        return int(self.times[self.real != self.twin].sum())

    def rectified(self, lam: float) -> _Weighted:
        """What the real outcomes have beyond the weighted simulation."""
        return _Weighted(self.real - lam * self.twin, self.times)


def _weighted_mean(pairs: _Pairs, others: _Weighted, confidence: float, lam: float | None) -> PpiResult:
    _require_confidence(confidence)
    if lam is not None and not math.isfinite(lam):
        raise _refusal(f"the weight {lam} is not a number", "Give a weight from 0 to 1, or none to tune it.")
    weight = _tuned(pairs, others) if lam is None else lam
    rectified, simulated = pairs.rectified(weight), _Weighted(weight * others.values, others.times)
    estimate = simulated.mean + rectified.mean
    squared_error = simulated.squares / simulated.count**2 + rectified.squares / rectified.count**2
    spread = normal_quantile((1 + confidence) / 2) * math.sqrt(squared_error)
    n_real, discordant = int(rectified.count), pairs.discordant
    reasons = _reasons(n_real, discordant)
    return PpiResult(
        estimate=estimate,
        lower=estimate - spread,
        upper=estimate + spread,
        lam=weight,
        n_real=n_real,
        n_simulated=int(others.count),
        discordant=discordant,
        verdict_bearing=not reasons,
        reasons=reasons,
    )


def _tuned(pairs: _Pairs, others: _Weighted) -> float:
    real, twin = _Weighted(pairs.real, pairs.times), _Weighted(pairs.twin, pairs.times)
    covariance = float(((real.values - real.mean) * (twin.values - twin.mean)) @ pairs.times) / real.count
    every = _Weighted(np.concatenate([twin.values, others.values]), np.concatenate([twin.times, others.times]))
    variance = every.squares / (every.count - 1)
    if variance == 0:
        return 0.0
    return min(1.0, max(0.0, covariance / ((1 + real.count / others.count) * variance)))


def _reasons(n_real: int, discordant: int) -> tuple[str, ...]:
    gates = (("ppi.few_real", n_real < FEWEST_REAL), ("ppi.few_discordant", discordant < FEWEST_DISCORDANT))
    return tuple(code for code, closed in gates if closed)


def _sample(values: Sequence[float] | NDArray[Any]) -> Floats:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not sample.size or not np.isfinite(sample).all():
        raise _refusal("a sample is empty or has values that are not finite", "Give at least one outcome of each kind.")
    return sample


def _require_counts(table: tuple[int, int, int, int], successes: int, simulated: int) -> None:
    if min(table) < 0 or sum(table) < 1 or not 0 <= successes <= simulated or simulated < 1:
        raise _refusal(
            f"pairs {table} and {successes} successes of {simulated} simulated episodes are impossible",
            "Count at least one pair and one simulated episode.",
        )


def _require_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise _refusal(f"a confidence of {confidence} is not between 0 and 1", "Give for example 0.95.")


def _refusal(message: str, hint: str) -> StatisticsError:
    return StatisticsError(message, code="stats.argument", hint=hint)
