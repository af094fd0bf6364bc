"""More than two success rates: every pair compared, and letters that say which ones were not told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from worldflux.stats import multiplicity, two_sample
from worldflux.stats.comparison import Counts, Verdict


@dataclass(frozen=True, slots=True)
class PairwiseComparison:
    """Two of several rates, by their positions.

    Attributes:
        difference: Right minus left, as a ratio.
        lower: Lower end of its interval, which is not adjusted for the number of pairs.
        upper: Its upper end.
        p_value: Two-sided, against "no difference".
        p_adjusted: The same after Holm's correction over all pairs; this one decides.
    """

    left: int
    right: int
    difference: float
    lower: float
    upper: float
    p_value: float
    p_adjusted: float
    verdict: Verdict


def compare_all(rates: Sequence[Counts], *, alpha: float = 0.05) -> list[PairwiseComparison]:
    """Compare every two of several independent success rates.

    Boschloo's test (the score test above 500 trials per side), with Holm's correction over all pairs (Holm 1979,
    Scandinavian Journal of Statistics 6, 65-70): the chance that any difference is shown where there is none is at
    most alpha.

    Args:
        rates: Successes and trials of each, at least one trial.
        alpha: Two-sided error over all pairs together.
    """
    couples = list(combinations(range(len(rates)), 2))
    p_values = [two_sample.superiority(*rates[right], *rates[left]).p_value for left, right in couples]
    compared = []
    for (left, right), p_value, adjusted in zip(couples, p_values, multiplicity.holm(p_values), strict=True):
        difference = rates[right].rate - rates[left].rate
        bounds = two_sample.newcombe(*rates[right], *rates[left], confidence=1 - alpha)
        shown = adjusted <= alpha and difference != 0
        verdict: Verdict = ("improved" if difference > 0 else "regressed") if shown else "no_difference_shown"
        compared.append(
            PairwiseComparison(left, right, difference, bounds.lower, bounds.upper, p_value, adjusted, verdict)
        )
    return compared


def letter_groups(number: int, told_apart: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Groups for a compact letter display: two members share a group exactly where they were not told apart.

    Insert and absorb (Piepho 2004, Journal of Computational and Graphical Statistics 13, 456-466): start from one group
    of all; each pair that was told apart splits every group that holds both; a group within another one goes.

    Args:
        number: How many members there are.
        told_apart: Pairs of members between which a difference was shown.

    Returns:
        Groups of positions, in order.
    """
    groups = [frozenset(range(number))]
    for first, second in told_apart:
        split = [
            part
            for group in groups
            for part in ([group - {first}, group - {second}] if {first, second} <= group else [group])
        ]
        groups = [group for group in dict.fromkeys(split) if not any(group < other for other in split)]
    return sorted(sorted(group) for group in groups)
