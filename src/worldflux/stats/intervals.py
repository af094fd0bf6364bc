"""Confidence intervals of a success rate: one cell at a time, or many at once."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, SupportsIndex, TypeAlias, get_args

from worldbase.intervals import normal_quantile, wilson
from worldflux.errors import StatisticsError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Floats: TypeAlias = NDArray[np.float64]

Method = Literal["wilson", "clopper_pearson", "jeffreys", "jeffreys_bcd", "agresti_coull", "wald"]
Sided = Literal["two", "lower", "upper"]


class Bounds(NamedTuple):
    """Lower and upper limit, both as ratios."""

    lower: float
    upper: float


class Level(NamedTuple):
    """How much error each end may have: as a tail probability, and as the normal quantile that leaves it."""

    tail: float
    z: float


def interval(
    successes: int, trials: int, *, method: Method = "wilson", confidence: float = 0.95, sided: Sided = "two"
) -> Bounds:
    """Confidence interval of a success rate.

    The methods, for k successes in n trials and z the normal quantile of the error at one end:

    - `wilson`: the rates p at which |k/n - p| = z * sqrt(p(1-p)/n) (Wilson 1927, JASA 22, 209-212).
    - `clopper_pearson`: the rates that the exact binomial test does not reject; the limits are quantiles of
      Beta(k, n-k+1) and Beta(k+1, n-k). Coverage is never below nominal (Clopper and Pearson 1934, Biometrika 26).
    - `jeffreys`: quantiles of Beta(k+1/2, n-k+1/2), with no change at the ends (Brown, Cai and DasGupta 2001,
      Statistical Science 16, 101-133, section 3.1.3).
    - `jeffreys_bcd`: the same, with the lower limit 0 where k = 0 and the upper limit 1 where k = n, as that article
      advises; without it the coverage falls to nothing as the rate nears 0 or 1.
    - `agresti_coull`: the Wald interval of (k + z²/2) successes in (n + z²) trials, cut off at 0 and 1 (Agresti and
      Coull 1998, The American Statistician 52, 119-126).
    - `wald`: k/n plus or minus z * sqrt(k/n (1-k/n)/n), cut off at 0 and 1. It covers far less than it says for small n
      or rates near 0 and 1; offered only for protocols that declare it.

    Args:
        successes: Number of successes, 0 to trials.
        trials: Number of trials; with none, nothing is known and the interval is [0, 1].
        method: One of the above.
        confidence: Between 0 and 1, for example 0.95; for one-sided bounds at least 0.5.
        sided: `two` divides the error 1-confidence equally between the ends; `lower` and `upper` put all of it at that
            end and leave the other at 1 or 0, so that the lower bound at 95% is the lower limit of a 90% interval.

    Returns:
        Lower and upper limit, as ratios.

    Raises:
        StatisticsError: For counts, a confidence or a method that make no sense.
    """
    check_counts(successes, trials)
    level = error_level(confidence, sided)
    if method == "wilson":
        lower, upper = wilson(successes, trials, confidence if sided == "two" else 2 * confidence - 1)
        return _one_side(Bounds(lower, upper), sided)
    lowers, uppers = _limits(_floats([successes]), _floats([trials]), method, level)
    return _one_side(Bounds(float(lowers[0]), float(uppers[0])), sided)


def intervals(
    successes: ArrayLike,
    trials: ArrayLike,
    *,
    method: Method = "wilson",
    confidence: float = 0.95,
    sided: Sided = "two",
) -> tuple[Floats, Floats]:
    """Confidence intervals of many success rates at once, each as `interval` would give it.

    Args:
        successes: Integers of shape (m,): successes by cell.
        trials: Integers of shape (m,): trials by cell; a cell without any gets [0, 1].
        method: As in `interval`.
        confidence: As in `interval`.
        sided: As in `interval`.

    Returns:
        Lower limits and upper limits, as ratios, each of shape (m,).

    Raises:
        StatisticsError: For counts, shapes, a confidence or a method that make no sense.
    """
    import numpy as np

    level = error_level(confidence, sided)
    counts, sizes = np.asarray(successes), np.asarray(trials)
    _check_cells(counts, sizes)
    lowers, uppers = _limits(_floats(counts), _floats(sizes), method, level)
    if sided == "upper":
        lowers = np.zeros_like(lowers)
    if sided == "lower":
        uppers = np.ones_like(uppers)
    return lowers, uppers


def score_limits(successes: Floats, trials: Floats, quantile: float) -> tuple[Floats, Floats]:
    """Wilson limits for any reference quantile and for counts that need not be whole (effective sample sizes).

    Args:
        successes: Of shape (m,), each 0 to the trials beside it; exactly 0 or exactly the trials gives an exact limit.
        trials: Of shape (m,), above 0.
        quantile: Of the reference distribution: a normal z, or Student's t where the variance was estimated.

    Returns:
        Lower limits and upper limits, each of shape (m,).
    """
    import numpy as np

    squared = quantile * quantile
    centre = successes + squared / 2
    spread = quantile * np.sqrt(successes * (trials - successes) / trials + squared / 4)
    scale = trials + squared
    lowers = np.where(successes == 0, 0.0, (centre - spread) / scale)
    uppers = np.where(successes == trials, 1.0, (centre + spread) / scale)
    return lowers, uppers


def argument_error(message: str, hint: str) -> StatisticsError:
    """The error for an argument that a statistical function is not defined for."""
    return StatisticsError(message, code="stats.argument", hint=hint)


def check_count(name: str, count: SupportsIndex) -> int:
    """A number of things, as an int; refuses negative numbers, fractions, truth values and text."""
    try:
        number = operator.index(count)
    except TypeError:
        number = -1
    if number < 0 or isinstance(count, bool):
        raise argument_error(f"{name} is {count!r}, which is not a number of things", "Give a whole number from 0.")
    return number


def check_counts(successes: int, trials: int, of: str = "") -> None:
    """Refuse successes that cannot have come from so many trials; `of` says whose they are."""
    check_count(f"successes{of}", successes)
    check_count(f"trials{of}", trials)
    if successes > trials:
        raise argument_error(
            f"successes{of} is {successes}, more than the {trials} trials", "Give successes first, then trials."
        )


def error_level(confidence: float, sided: Sided = "two") -> Level:
    """The error at each end that a confidence allows; refuses a confidence that is none."""
    if not 0 < confidence < 1:
        raise argument_error(f"confidence is {confidence!r}, not between 0 and 1", "Write 95% as 0.95.")
    if sided not in get_args(Sided):
        raise argument_error(f"sided is {sided!r}", f"Give one of {', '.join(get_args(Sided))}.")
    if sided == "two":
        return Level((1 - confidence) / 2, normal_quantile((1 + confidence) / 2))
    if confidence < 0.5:
        raise argument_error(
            f"confidence is {confidence!r}; a one-sided bound below 0.5 lies on the wrong side of the rate",
            "Give the confidence, for example 0.95, not the error.",
        )
    return Level(1 - confidence, normal_quantile(confidence))


def _one_side(bounds: Bounds, sided: Sided) -> Bounds:
    return Bounds(0.0 if sided == "upper" else bounds.lower, 1.0 if sided == "lower" else bounds.upper)


def _floats(counts: ArrayLike) -> Floats:
    import numpy as np

    return np.asarray(counts, dtype=np.float64)


def _check_cells(counts: NDArray[Any], sizes: NDArray[Any]) -> None:
    if counts.ndim != 1 or counts.shape != sizes.shape:
        raise argument_error(
            f"successes and trials have the shapes {counts.shape} and {sizes.shape}", "Give one of each for every cell."
        )
    if counts.size and not (counts.dtype.kind in "iu" and sizes.dtype.kind in "iu"):
        raise argument_error("successes or trials are not whole numbers", "Give arrays of integers.")
    for cell in ((counts < 0) | (counts > sizes)).nonzero()[0][:1]:
        check_counts(int(counts[cell]), int(sizes[cell]), f" of cell {cell}")


def _limits(successes: Floats, trials: Floats, method: Method, level: Level) -> tuple[Floats, Floats]:
    """Limits of each cell; a cell without trials is computed as 0 of 1 and then set to [0, 1]."""
    import numpy as np

    if method not in _METHODS:
        raise argument_error(f"no interval method is called {method!r}", f"Give one of {', '.join(get_args(Method))}.")
    empty = trials == 0
    lowers, uppers = _METHODS[method](successes, np.where(empty, 1.0, trials), level)
    return np.where(empty, 0.0, lowers), np.where(empty, 1.0, uppers)


def _wilson(successes: Floats, trials: Floats, level: Level) -> tuple[Floats, Floats]:
    return score_limits(successes, trials, level.z)


def _clopper_pearson(successes: Floats, trials: Floats, level: Level) -> tuple[Floats, Floats]:
    import numpy as np
    from scipy.special import betainccinv, betaincinv

    failures = trials - successes
    # A Beta distribution with a parameter of 0 has no quantiles; those ends are exact.
    lowers = np.where(successes == 0, 0.0, betaincinv(np.maximum(successes, 1), failures + 1, level.tail))
    uppers = np.where(failures == 0, 1.0, betainccinv(successes + 1, np.maximum(failures, 1), level.tail))
    return lowers, uppers


def _jeffreys(successes: Floats, trials: Floats, level: Level) -> tuple[Floats, Floats]:
    from scipy.special import betainccinv, betaincinv

    first, second = successes + 0.5, trials - successes + 0.5
    return betaincinv(first, second, level.tail), betainccinv(first, second, level.tail)


def _jeffreys_bcd(successes: Floats, trials: Floats, level: Level) -> tuple[Floats, Floats]:
    import numpy as np

    lowers, uppers = _jeffreys(successes, trials, level)
    return np.where(successes == 0, 0.0, lowers), np.where(successes == trials, 1.0, uppers)


def _agresti_coull(successes: Floats, trials: Floats, level: Level) -> tuple[Floats, Floats]:
    squared = level.z * level.z
    return _wald(successes + squared / 2, trials + squared, level)


def _wald(successes: Floats, trials: Floats, level: Level) -> tuple[Floats, Floats]:
    import numpy as np

    rates = successes / trials
    spread = level.z * np.sqrt(rates * (1 - rates) / trials)
    return np.maximum(rates - spread, 0.0), np.minimum(rates + spread, 1.0)


_METHODS: dict[Method, Callable[[Floats, Floats, Level], tuple[Floats, Floats]]] = {
    "wilson": _wilson,
    "clopper_pearson": _clopper_pearson,
    "jeffreys": _jeffreys,
    "jeffreys_bcd": _jeffreys_bcd,
    "agresti_coull": _agresti_coull,
    "wald": _wald,
}
