"""Two sets of outcomes compared: is the right one better, by how much, and what would have shown?

Every comparison is a two-sided test of "no difference" with an interval of the difference beside it. The test decides.
The difference is always right minus left, as a ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from worldbase.intervals import normal_quantile
from worldflux.errors import StatisticsError
from worldflux.stats import pairs, two_sample, visible_difference

Verdict = Literal["improved", "regressed", "no_difference_shown"]

FEWEST_TASKS: Final = 5
"""Tasks below which nothing is said about a population of tasks."""


class Counts(NamedTuple):
    """Successes and trials of one side."""

    successes: int
    trials: int

    @property
    def rate(self) -> float:
        """Observed rate, as a ratio."""
        return self.successes / self.trials


class PairCounts(NamedTuple):
    """Pairs by outcome: both sides succeeded, only one of them, neither."""

    both: int
    left_only: int
    right_only: int
    neither: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference of two success rates, tested.

    Attributes:
        verdict: `improved` or `regressed` where the test shows a difference, by its sign.
        difference: Right minus left, as a ratio.
        lower: Lower end of the interval of the difference.
        upper: Its upper end.
        confidence: Of the interval: 1 - alpha.
        p_value: Two-sided, against "no difference".
        method: The test.
        interval_method: The interval.
        smallest_visible: Smallest true difference that these sizes show with a chance of 0.8; None where none would.
        paired: Whether pairs were compared.
        interval_agrees: Whether the interval excludes 0 exactly where the test shows a difference. Test and interval
            are different methods, and near alpha they may disagree; the test decides.
    """

    verdict: Verdict
    difference: float
    lower: float
    upper: float
    confidence: float
    p_value: float
    method: str
    interval_method: str
    smallest_visible: float | None
    paired: bool
    interval_agrees: bool


def compare(
    left_successes: int, left_trials: int, right_successes: int, right_trials: int, *, alpha: float = 0.05
) -> Comparison:
    """Compare two independent success rates.

    Boschloo's exact unconditional test (Boschloo 1970, Statistica Neerlandica 24) up to 500 trials per side, the
    score test above, with Newcombe's hybrid score interval (Newcombe 1998, Statistics in Medicine 17, 873-890, method
    10).

    Args:
        left_successes: Successes of the left side.
        left_trials: Its trials, at least 1.
        right_successes: Successes of the right side.
        right_trials: Its trials, at least 1.
        alpha: Two-sided error of the test; the interval has confidence 1 - alpha.

    Raises:
        StatisticsError: `stats.argument` for counts that cannot be, a side without trials, or an impossible alpha.
    """
    left, right = Counts(left_successes, left_trials), Counts(right_successes, right_trials)
    _require(alpha, left, right)
    test = two_sample.superiority(*right, *left)
    bounds = two_sample.newcombe(*right, *left, confidence=1 - alpha)
    pooled = (left.successes + right.successes) / (left.trials + right.trials)
    return _decided(
        difference=right.rate - left.rate,
        bounds=(bounds.lower, bounds.upper),
        p_value=test.p_value,
        alpha=alpha,
        method=test.method,
        interval_method="newcombe",
        smallest_visible=visible_difference.between_rates(left.trials, right.trials, pooled, alpha=alpha),
    )


def compare_pairs(
    both: int, left_only: int, right_only: int, neither: int, *, alpha: float = 0.05, mid_p: bool = False
) -> Comparison:
    """Compare two sides whose episodes are paired by the same initial state.

    McNemar's exact test (McNemar 1947, Psychometrika 12, 153-157): given the number of discordant pairs, either side
    wins each with a chance of one half. The interval is Newcombe's for paired data (Newcombe 1998, Statistics in
    Medicine 17, 2635-2650, method 10).

    Args:
        both: Pairs in which both sides succeeded.
        left_only: Pairs in which only the left side did.
        right_only: Pairs in which only the right side did.
        neither: Pairs in which neither did.
        alpha: Two-sided error of the test; the interval has confidence 1 - alpha.
        mid_p: Use the mid-p variant: less conservative, no guarantee.

    Raises:
        StatisticsError: `stats.argument` for negative counts, no pair at all, or an impossible alpha.
    """
    table = PairCounts(both, left_only, right_only, neither)
    number = sum(table)
    _require(alpha)
    if min(table) < 0 or number == 0:
        raise StatisticsError(
            f"{tuple(table)} are not the counts of one pair or more",
            code="stats.argument",
            hint="Give pairs as both, left only, right only, neither; none may be negative.",
        )
    test = pairs.mcnemar(right_only, left_only, mid_p=mid_p)
    bounds = pairs.paired_difference(both, right_only, left_only, neither, confidence=1 - alpha)
    discordant_rate = (left_only + right_only) / number
    return _decided(
        difference=(right_only - left_only) / number,
        bounds=(bounds.lower, bounds.upper),
        p_value=test.p_value,
        alpha=alpha,
        method=test.method,
        interval_method="newcombe_paired",
        smallest_visible=visible_difference.between_pairs(number, discordant_rate, alpha=alpha, mid_p=mid_p),
        paired=True,
    )


def compare_tasks(tasks: Sequence[tuple[Counts, Counts]], *, alpha: float = 0.05) -> Comparison:
    """Compare two sides task by task, each task weighing the same, where trials differ from task to task.

    The test permutes outcomes within each task: given a task's successes, their split over the sides is
    hypergeometric, and the mean of the tasks' differences is compared with its permutation variance (Mantel and
    Haenszel 1959, JNCI 22, 719-748, with equal weights instead of theirs) by the normal distribution. The interval
    combines the tasks' Newcombe intervals by recovering their variances (Zou and Donner 2008, Statistics in Medicine
    27, 1693-1702); with only two to four trials per side and task it covers less than it says (88% instead of 95%),
    from five on it does not. The smallest visible difference is that of the test's normal approximation.

    Args:
        tasks: Left and right counts of each task, with at least one trial on both sides.
        alpha: Two-sided error of the test; the interval has confidence 1 - alpha.

    Raises:
        StatisticsError: `stats.argument` for no task, counts that cannot be, or an impossible alpha.
    """
    _require(alpha, *(side for task in tasks for side in task))
    number = _number_of(tasks)
    differences = [right.rate - left.rate for left, right in tasks]
    difference = math.fsum(differences) / number
    error = math.sqrt(math.fsum(_permutation_variance(*task) for task in tasks)) / number
    return _decided(
        difference=difference,
        bounds=_recovered_bounds(tasks, differences, 1 - alpha),
        p_value=math.erfc(abs(difference) / error / math.sqrt(2)) if error else 1.0,
        alpha=alpha,
        method="stratified_permutation",
        interval_method="newcombe_stratified",
        smallest_visible=_visible((normal_quantile(1 - alpha / 2) + _POWER_QUANTILE) * error),
    )


def compare_population(tasks: Sequence[tuple[Counts, Counts]], *, alpha: float = 0.05) -> Comparison:
    """Compare two sides on tasks that stand for a population of tasks: each task is one observation.

    A paired t-test over the tasks' differences with G - 1 degrees of freedom. Its variance is never taken below the
    binomial one of the same episodes, for which each task's rates are moved by one success and one failure (Agresti and
    Caffo 2000, The American Statistician 54, 280-288): as with a design effect of at least 1, few tasks that happen to
    agree must not count for more than their episodes.

    Args:
        tasks: Left and right counts of each task, with at least one trial on both sides.
        alpha: Two-sided error of the test; the interval has confidence 1 - alpha.

    Raises:
        StatisticsError: `stats.argument` for fewer than 5 tasks, counts that cannot be, or an impossible alpha.
    """
    from scipy.special import stdtr, stdtrit

    _require(alpha, *(side for task in tasks for side in task))
    number = _number_of(tasks, fewest=FEWEST_TASKS)
    differences = [right.rate - left.rate for left, right in tasks]
    difference = math.fsum(differences) / number
    spread = math.fsum((own - difference) ** 2 for own in differences) / (number - 1) / number
    binomial = math.fsum(_moved_variance(side) for task in tasks for side in task) / number**2
    error, freedom = math.sqrt(max(spread, binomial)), number - 1
    reach = float(stdtrit(freedom, 1 - alpha / 2)) * error
    return _decided(
        difference=difference,
        bounds=(max(-1.0, difference - reach), min(1.0, difference + reach)),
        p_value=min(1.0, 2 * float(stdtr(freedom, -abs(difference) / error))),
        alpha=alpha,
        method="task_t",
        interval_method="task_t",
        smallest_visible=_visible(reach + float(stdtrit(freedom, visible_difference.POWER)) * error),
    )


_POWER_QUANTILE: Final = normal_quantile(visible_difference.POWER)


def _decided(
    *,
    difference: float,
    bounds: tuple[float, float],
    p_value: float,
    alpha: float,
    method: str,
    interval_method: str,
    smallest_visible: float | None,
    paired: bool = False,
) -> Comparison:
    verdict: Verdict = "no_difference_shown"
    if p_value <= alpha and difference != 0:
        verdict = "improved" if difference > 0 else "regressed"
    lower, upper = bounds
    of_interval = "improved" if lower > 0 else "regressed" if upper < 0 else "no_difference_shown"
    return Comparison(
        verdict=verdict,
        difference=difference,
        lower=lower,
        upper=upper,
        confidence=round(1 - alpha, 12),
        p_value=p_value,
        method=method,
        interval_method=interval_method,
        smallest_visible=smallest_visible,
        paired=paired,
        interval_agrees=of_interval == verdict,
    )


def _permutation_variance(left: Counts, right: Counts) -> float:
    """Variance of a task's difference given its successes in total, were they split by chance."""
    total = left.trials + right.trials
    pooled = (left.successes + right.successes) / total
    return pooled * (1 - pooled) * total / (total - 1) * (1 / left.trials + 1 / right.trials)


def _moved_variance(side: Counts) -> float:
    rate = (side.successes + 1) / (side.trials + 2)
    return rate * (1 - rate) / side.trials


def _recovered_bounds(
    tasks: Sequence[tuple[Counts, Counts]], differences: Sequence[float], confidence: float
) -> tuple[float, float]:
    number, difference = len(tasks), math.fsum(differences) / len(tasks)
    own = [two_sample.newcombe(*right, *left, confidence=confidence) for left, right in tasks]
    below = math.hypot(*(middle - bounds.lower for middle, bounds in zip(differences, own, strict=True))) / number
    above = math.hypot(*(bounds.upper - middle for middle, bounds in zip(differences, own, strict=True))) / number
    return max(-1.0, difference - below), min(1.0, difference + above)


def _visible(difference: float) -> float | None:
    return difference if difference <= 1 else None


def _number_of(tasks: Sequence[tuple[Counts, Counts]], fewest: int = 1) -> int:
    if len(tasks) < fewest:
        raise StatisticsError(
            f"{len(tasks)} task(s) are too few: this comparison takes {fewest} or more",
            code="stats.argument",
            hint="Compare the listed tasks as they are (`fixed_tasks`), or run more tasks.",
        )
    return len(tasks)


def _require(alpha: float, *sides: Counts) -> None:
    if not 0 < alpha < 1:
        raise StatisticsError(
            f"alpha {alpha:g} is not an error rate between 0 and 1",
            code="stats.argument",
            hint="The usual two-sided error is 0.05.",
        )
    for side in sides:
        if not 0 <= side.successes <= side.trials or side.trials < 1:
            raise StatisticsError(
                f"{side.successes}/{side.trials} is not a number of successes among one trial or more",
                code="stats.argument",
                hint="Give whole numbers, successes first: 17 of 20.",
            )
