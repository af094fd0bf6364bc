"""Checks on counts alone: can these numbers have come from the episodes that they are said to come from?

Each function returns its arithmetic; what it means for a reader is said where the finding is worded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from worldflux.errors import StatisticsError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FLOAT_NOISE: Final = Fraction(1, 10**9)
"""A rate that a program printed carries the noise of its floats: 28.000000000000004 is 28."""

FEWEST_RUNS: Final = 4
MOST_RUNS: Final = 200
SMALLEST_VARIANCE: Final = 5.0
_ROUNDING: Final = 1e-12
_MOST_PLACES: Final = 400  # beyond any double; 1e-999999999 would be a number of a billion digits


class Count(NamedTuple):
    """Successes among trials."""

    successes: int
    trials: int


@dataclass(frozen=True, slots=True)
class Granularity:
    """Whether a reported percentage is a whole number of successes.

    Attributes:
        possible: Whether any number of successes gives it at the precision in which it was reported.
        below: Most successes whose percentage is not above the reported one; None where even 0 is above.
        above: Fewest successes whose percentage is not below it; None where even all are below.
    """

    reported: str
    trials: int
    possible: bool
    below: int | None
    above: int | None


def reported_rate_possible(text: str, trials: int) -> Granularity:
    """Tell whether a reported percentage can be successes over trials (GRIM, Brown and Heathers 2017, SPPS 8(4)).

    Among n episodes a rate moves in steps of 100/n points. A percentage is possible if a step lies within half a unit
    of its last decimal, whichever way it was rounded. Everything is computed in whole numbers.

    Args:
        text: The percentage as reported, such as `97.65`: its decimals say how precise it is meant to be.
        trials: Number of episodes, at least 1.

    Raises:
        StatisticsError: `stats.argument` where the text is no finite number, or trials are fewer than 1.
    """
    if trials < 1:
        raise _argument(f"trials is {trials}; a rate needs at least 1", "Give the number of episodes.")
    percent, half_unit = _percentage(text)
    tolerance = max(half_unit, FLOAT_NOISE)
    successes = percent * trials / 100
    below, above = math.floor(successes), math.ceil(successes)
    nearest = [count for count in (below, above) if 0 <= count <= trials]
    possible = any(abs(Fraction(100 * count, trials) - percent) <= tolerance for count in nearest)
    return Granularity(
        reported=text.strip(),
        trials=trials,
        possible=possible,
        below=min(below, trials) if below >= 0 else None,
        above=max(above, 0) if above <= trials else None,
    )


def _percentage(text: str) -> tuple[Fraction, Fraction]:
    """The number, and half a unit of its last decimal."""
    try:
        number = Decimal(text.strip().removesuffix("%"))
    except InvalidOperation:
        number = Decimal("NaN")
    exponent = number.as_tuple().exponent
    if not number.is_finite() or not isinstance(exponent, int) or abs(exponent) > _MOST_PLACES:
        raise _argument(f"{text[:40]!r} is no percentage", "Write it as it was reported, for example 97.65.")
    return Fraction(number), Fraction(10) ** exponent / 2


@dataclass(frozen=True, slots=True)
class AverageKind:
    """Which average of several tasks a reported percentage is.

    Attributes:
        kind: `micro`: successes over episodes. `macro`: mean of the tasks' rates. `both` where those are the same.
        micro: In percent.
        macro: In percent.
    """

    kind: Literal["micro", "macro", "both", "neither"]
    micro: float
    macro: float


def average_kind(percent: float, tasks: Sequence[Count]) -> AverageKind:
    """Tell which average of the tasks' rates a percentage is, to within the noise of floats.

    Args:
        percent: The reported number.
        tasks: Counts of each task; those without a trial are left out of both averages.

    Raises:
        StatisticsError: `stats.argument` where no task has a trial.
    """
    tried = [task for task in tasks if task.trials]
    if not tried:
        raise _argument("no task has a trial", "An average needs at least one episode.")
    micro = 100 * Fraction(sum(task.successes for task in tried), sum(task.trials for task in tried))
    macro = 100 * sum((Fraction(task.successes, task.trials) for task in tried), Fraction()) / len(tried)
    is_micro, is_macro = (math.isfinite(percent) and _near(percent, mean) for mean in (micro, macro))
    kinds: dict[tuple[bool, bool], Literal["micro", "macro", "both", "neither"]] = {
        (True, True): "both",
        (True, False): "micro",
        (False, True): "macro",
        (False, False): "neither",
    }
    return AverageKind(kinds[is_micro, is_macro], float(micro), float(macro))


def _near(percent: float, mean: Fraction) -> bool:
    return abs(Fraction(percent) - mean) <= FLOAT_NOISE


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much runs differ, against what chance alone makes of them.

    Attributes:
        runs: Number of runs.
        successes: Successes of each run over all tasks.
        expected: What each run would have, were all runs alike.
        statistic: Sum of squared standardised deviations; its mean under chance is `degrees`.
        degrees: Degrees of freedom, runs less 1.
        p_alike: Bound on the chance of runs that are as alike as these, or more.
        p_unlike: Chance of runs that are as unlike as these, or more.
    """

    runs: int
    successes: tuple[int, ...]
    expected: tuple[float, ...]
    statistic: float
    degrees: int
    p_alike: float
    p_unlike: float


def run_dispersion(counts: Sequence[Sequence[Count]]) -> Dispersion | None:
    """Test whether runs of the same tasks differ as much as independent episodes would, task by task.

    Given the successes of each task over all runs, the successes of the runs are hypergeometric if all runs are alike.
    With deviations d_r = sum_t (k_tr - n_tr K_t / N_t) and their exact covariance
    S = sum_t K_t (N_t - K_t) / (N_t (N_t - 1)) (diag(n_t) - n_t n_t' / N_t), the statistic d' S^- d is chi-square with
    R - 1 degrees of freedom (Landis, Heyman and Koch 1978, Int. Stat. Review 46, "average partial association"; for
    one task Pearson's). Tasks of different difficulty neither hide nor feign anything, for each is its own stratum.

    Successes are whole numbers, so several runs may agree by chance. For the lower tail the root of the statistic is
    therefore raised by the covering radius of the lattice on which the deviations lie (sqrt(ab/R), where a and b halve
    R; Conway and Sloane 1988, ch. 4, lattice A_n) over the smallest standard deviation. The volume of the cells around
    all points that are as alike then lies within the ball whose chance is given: an upper bound, not an approximation.

    Args:
        counts: For each task the counts of each run, in the same order of runs; `Count(0, 0)` where a run lacks a task.

    Returns:
        None where nothing can be said: fewer than 4 or more than 200 runs, or a direction in which the runs could
        differ with a variance below 5 successes, where chi-square is no longer near.

    Raises:
        StatisticsError: `stats.argument` where the tasks do not all have the same number of runs.
    """
    runs = len(counts[0]) if counts else 0
    if any(len(task) != runs for task in counts):
        raise _argument("the tasks have different numbers of runs", "Give Count(0, 0) where a run lacks a task.")
    if not FEWEST_RUNS <= runs <= MOST_RUNS:
        return None
    import numpy as np

    table = np.array(counts, dtype=float)
    successes, trials = table[:, :, 0], table[:, :, 1]
    expected, covariance = _hypergeometric_moments(successes, trials)
    # One eigenvalue is 0: the deviations of all runs sum to nothing.
    values, vectors = np.linalg.eigh(covariance)
    if values[1] < SMALLEST_VARIANCE:
        return None
    deviations = successes.sum(axis=0) - expected
    # What is left of equal numbers is the noise of floats, of which every machine has its own.
    deviations[np.abs(deviations) <= _ROUNDING * expected] = 0.0
    statistic = float((((vectors.T @ deviations)[1:] ** 2) / values[1:]).sum())
    return Dispersion(
        runs=runs,
        successes=tuple(map(int, successes.sum(axis=0))),
        expected=tuple(map(float, expected)),
        statistic=statistic,
        degrees=runs - 1,
        p_alike=_chance_alike(statistic, runs, float(values[1])),
        p_unlike=_chi_square_above(statistic, runs - 1),
    )


def _hypergeometric_moments(
    successes: npt.NDArray[np.float64], trials: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean (runs) and covariance (runs x runs) of the runs' successes, given each task's; arrays are tasks x runs."""
    import numpy as np

    known = trials.sum(axis=1) > 1  # a single episode tells nothing about differences
    trials, successes = trials[known], successes[known]
    total, all_successes = trials.sum(axis=1), successes.sum(axis=1)
    rate = all_successes / total
    spread = rate * (total - all_successes) / (total - 1)
    covariance = np.diag(spread @ trials) - (trials * (spread / total)[:, None]).T @ trials
    return rate @ trials, covariance


def _chance_alike(statistic: float, runs: int, smallest_variance: float) -> float:
    from scipy.special import gammainc

    half = runs // 2
    radius = math.sqrt(half * (runs - half) / runs / smallest_variance)
    return float(gammainc((runs - 1) / 2, (math.sqrt(max(0.0, statistic)) + radius) ** 2 / 2))


def _chi_square_above(statistic: float, degrees: int) -> float:
    from scipy.special import gammaincc

    return float(gammaincc(degrees / 2, max(0.0, statistic) / 2))


def coincidence(successes: int, trials: int) -> float:
    """Chance that two independent sequences of one success rate agree in every place: (p^2 + q^2)^n, p = k/n.

    Raises:
        StatisticsError: `stats.argument` unless 0 <= successes <= trials and trials >= 1.
    """
    if trials < 1 or not 0 <= successes <= trials:
        raise _argument(f"{successes} of {trials} is no rate", "Successes lie between 0 and the number of trials.")
    rate = successes / trials
    return float((rate * rate + (1 - rate) * (1 - rate)) ** trials)


def concentration(marked: Sequence[int], totals: Sequence[int]) -> list[float]:
    """Chance, for each group, that so many of all marked episodes or more fall into it if they fall anywhere alike.

    The upper tail of the hypergeometric distribution: Fisher's exact test of the group against all others, one-sided
    (Fisher 1935, The Design of Experiments). Not corrected for the number of groups.

    Args:
        marked: Marked episodes (such as infrastructure errors) of each group.
        totals: Episodes of each group.

    Raises:
        StatisticsError: `stats.argument` where the lengths differ or a group has more marked episodes than episodes.
    """
    if len(marked) != len(totals) or any(not 0 <= some <= all_ for some, all_ in zip(marked, totals, strict=False)):
        raise _argument("marked and totals do not fit each other", "Give both for each group, marked at most totals.")
    all_marked, everything = sum(marked), sum(totals)
    return [
        _hypergeometric_above(some, all_marked, total, everything) for some, total in zip(marked, totals, strict=True)
    ]


def _hypergeometric_above(count: int, marked: int, drawn: int, total: int) -> float:
    """P(X >= count), where `drawn` of `total` are drawn and `marked` of `total` are marked."""
    lowest, highest = max(0, drawn + marked - total), min(drawn, marked)
    if count <= lowest:
        return 1.0
    mean = drawn * marked / total
    # Summed away from the mean, where the terms fall, so that few of them are needed.
    if count > mean:
        return min(1.0, _sum_of_falling(range(count, highest + 1), marked, drawn, total))
    return 1.0 - min(1.0, _sum_of_falling(range(count - 1, lowest - 1, -1), marked, drawn, total))


def _sum_of_falling(counts: range, marked: int, drawn: int, total: int) -> float:
    whole = 0.0
    for count in counts:
        ways = _log_choose(marked, count) + _log_choose(total - marked, drawn - count) - _log_choose(total, drawn)
        term = math.exp(ways)
        whole += term
        if term <= whole * 1e-17:
            break
    return whole


def _log_choose(of: int, some: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(some + 1) - math.lgamma(of - some + 1)


def _argument(message: str, hint: str) -> StatisticsError:
    return StatisticsError(message, code="stats.argument", hint=hint)
