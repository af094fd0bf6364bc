"""Exact binomial tail probabilities, and tests of a success rate against a stated value."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Literal, NamedTuple, get_args

from worldflux.stats.intervals import argument_error, check_counts

Alternative = Literal["greater", "less", "two-sided"]
RateMethod = Literal["exact", "mid_p", "score"]

# Two outcomes as likely as each other in exact arithmetic differ by rounding in doubles; this much is a tie.
TIE = 1e-7


class TestResult(NamedTuple):
    """Outcome of a test: how it was done, its statistic where it has one, and the p-value."""

    method: str
    statistic: float | None
    p_value: float


# A result, not a test case, whatever a collector makes of its name; a field cannot say so.
TestResult.__test__ = False  # type: ignore[attr-defined]


def at_least(successes: int, trials: int, rate: float) -> float:
    """P(X >= successes) for X ~ Binomial(trials, rate): the exact p-value against "the rate is at most `rate`".

    The tail is the regularised incomplete beta function I_rate(successes, trials - successes + 1): about 12 digits also
    at ten million trials, where scipy's binomial tails keep eight.
    """
    from scipy.special import betainc

    if successes <= 0:
        return 1.0
    return 0.0 if successes > trials else float(betainc(successes, trials - successes + 1, rate))


def at_most(successes: int, trials: int, rate: float) -> float:
    """P(X <= successes) for X ~ Binomial(trials, rate): the exact p-value against "the rate is at least `rate`"."""
    from scipy.special import betaincc

    if successes < 0:
        return 0.0
    return 1.0 if successes >= trials else float(betaincc(successes + 1, trials - successes, rate))


def rate_test(
    successes: int,
    trials: int,
    value: float,
    *,
    alternative: Alternative = "greater",
    method: RateMethod = "exact",
) -> TestResult:
    """Test a success rate against a stated value.

    - `exact`: binomial tails (Clopper and Pearson 1934, Biometrika 26, 404-413). Two-sided, it adds up all outcomes
      that are no likelier than the observed one; it need not agree with the Clopper-Pearson interval, which doubles a
      tail.
    - `mid_p`: the same tails with the observed outcome counted half; two-sided, the smaller tail doubled (Lancaster
      1961, JASA 56, 223-234). Its size can pass alpha by a little.
    - `score`: z = (k - n*value) / sqrt(n*value*(1-value)) against the normal distribution; it rejects exactly where the
      Wilson bound of the same error passes `value` (Wilson 1927, JASA 22, 209-212).

    Args:
        successes: Number of successes, 0 to trials.
        trials: Number of trials; with none, the p-value is 1.
        value: The rate under test, 0 to 1.
        alternative: What is to be shown: the rate is `greater` than, `less` than or different from `value`.
        method: One of the above.

    Returns:
        Method, z for the score test (None for the others), and the p-value.

    Raises:
        StatisticsError: For counts, a value, an alternative or a method that make no sense.
    """
    check_counts(successes, trials)
    check_alternative(alternative)
    if not 0 <= value <= 1:
        raise argument_error(f"value is {value!r}, not between 0 and 1", "Write 75% as 0.75.")
    if method not in get_args(RateMethod):
        raise argument_error(f"no rate test is called {method!r}", f"Give one of {', '.join(get_args(RateMethod))}.")
    if trials == 0:
        return TestResult(method, None, 1.0)
    if method == "score":
        return _score_test(successes, trials, value, alternative)
    exact = _exact_p if method == "exact" else _mid_p
    return TestResult(method, None, exact(successes, trials, value, alternative))


def check_alternative(alternative: Alternative) -> None:
    """Refuse an alternative that is none of the three."""
    if alternative not in get_args(Alternative):
        raise argument_error(f"alternative is {alternative!r}", f"Give one of {', '.join(get_args(Alternative))}.")


def normal_p_value(z: float, alternative: Alternative) -> float:
    """P-value of a statistic that is standard normal under the hypothesis, and large where the rate is greater."""
    if alternative == "two-sided":
        return math.erfc(abs(z) / math.sqrt(2))
    return 0.5 * math.erfc((z if alternative == "greater" else -z) / math.sqrt(2))


def _score_test(successes: int, trials: int, value: float, alternative: Alternative) -> TestResult:
    if value in (0.0, 1.0):
        # Without variance there is no z, and the exact tails, each 0 or 1, are the limit.
        return TestResult("score", None, _exact_p(successes, trials, value, alternative))
    z = (successes - trials * value) / math.sqrt(trials * value * (1 - value))
    return TestResult("score", z, normal_p_value(z, alternative))


def _exact_p(successes: int, trials: int, value: float, alternative: Alternative) -> float:
    if alternative == "greater":
        return at_least(successes, trials, value)
    if alternative == "less":
        return at_most(successes, trials, value)
    return _no_likelier(successes, trials, value)


def _mid_p(successes: int, trials: int, value: float, alternative: Alternative) -> float:
    above = (at_least(successes, trials, value) + at_least(successes + 1, trials, value)) / 2
    below = (at_most(successes, trials, value) + at_most(successes - 1, trials, value)) / 2
    return {"greater": above, "less": below, "two-sided": min(1.0, 2 * min(above, below))}[alternative]


def _no_likelier(successes: int, trials: int, value: float) -> float:
    """Probability of all outcomes that are no likelier than the observed one."""
    limit = _probability(successes, trials, value) * (1 + TIE)
    mean = trials * value
    # Away from the mean the probabilities only fall, so the far tail is found by bisection.
    if successes < mean:
        outward = range(math.ceil(mean), trials + 1)
        far = bisect_left(outward, True, key=lambda count: _probability(count, trials, value) <= limit)
        total = at_most(successes, trials, value) + at_least(outward.start + far, trials, value)
    elif successes > mean:
        outward = range(math.floor(mean), -1, -1)
        far = bisect_left(outward, True, key=lambda count: _probability(count, trials, value) <= limit)
        total = at_least(successes, trials, value) + at_most(outward.start - far, trials, value)
    else:
        return 1.0
    return min(1.0, total)


def _probability(successes: int, trials: int, rate: float) -> float:
    failures = trials - successes
    if rate in (0.0, 1.0):
        return float(successes == trials * rate)
    ways = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(failures + 1)
    return math.exp(ways + successes * math.log(rate) + failures * math.log1p(-rate))
