"""Differences in the words and numbers that people use of success rates: points, not ratios."""

from __future__ import annotations

import math
from typing import Final

from worldflux.audit.comparing.shapes import Effect
from worldflux.stats.comparison import Counts

_VERDICTS: Final = {
    "improved": "improved",
    "regressed": "regressed",
    "no_difference_shown": "no difference shown",
    "not_comparable": "not comparable",
}
_METHODS: Final = {
    "boschloo": "Boschloo's exact test",
    "score_difference": "score test",
    "mcnemar": "McNemar's exact test",
    "mcnemar_mid_p": "McNemar's mid-p test",
    "stratified_permutation": "permutation test within tasks",
    "task_t": "t-test over tasks",
    "newcombe": "Newcombe's interval",
    "newcombe_paired": "Newcombe's interval for pairs",
    "newcombe_stratified": "Newcombe's intervals of the tasks combined",
}


def verdict(name: str) -> str:
    """A verdict in words."""
    return _VERDICTS[name]


def method(name: str) -> str:
    """A method in words; its name where it has no other."""
    return _METHODS.get(name, name.replace("_", " "))


def points(ratio: float) -> str:
    """A ratio as points: one decimal where it has one, and never a plain 0 for what is not 0."""
    number = 100 * abs(ratio)
    shown = f"{number:.1f}"
    if ratio and float(shown) == 0:
        return f"{number:.1g}"
    return shown.removesuffix(".0")


def signed_points(ratio: float) -> str:
    """The same with its sign."""
    return f"{'-' if ratio < 0 else '+' if ratio > 0 else ''}{points(ratio)}"


def points_at_least(ratio: float) -> float:
    """A ratio in points, rounded up to a tenth; rounding noise below that does not count as a tenth."""
    return math.ceil(round(1000 * ratio, 6)) / 10


def p_value(value: float | None) -> str:
    """A p-value in the digits that matter."""
    if value is None:
        return "-"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}" if value < 0.01 else f"{min(value, 1.0):.3f}"


def sentence(subject: str, effect: Effect, sizes: str) -> str:
    """The whole comparison in one sentence.

    Args:
        subject: What was compared, such as `17/20 against 14/20`.
        effect: The difference.
        sizes: What it was observed on, such as `20 each`.
    """
    told = f"{subject}: {change(effect.difference)}, {interval(effect)}: {verdict(effect.verdict)}"
    return f"{told}; {_visible(effect, sizes)}." if effect.verdict == "no_difference_shown" else f"{told}."


def interval(effect: Effect) -> str:
    """`95% interval -38 to +12`, in points."""
    ends = f"{signed_points(effect.lower)} to {signed_points(effect.upper)}"
    return f"{100 * effect.confidence:.6g}% interval {ends}"


def change(difference: float) -> str:
    """`15 points lower`."""
    if not difference:
        return "no change"
    number, direction = points(difference), "lower" if difference < 0 else "higher"
    return f"{number} point{'' if number == '1' else 's'} {direction}"


def effect_rows(effect: Effect) -> list[list[str]]:
    """The numbers of a difference, one a row: what it is called, and its value in words."""
    visible = effect.smallest_visible
    told = "none" if visible is None else f"{points_at_least(visible):g} points or more, with a chance of 80%"
    rows = [
        ["verdict", verdict(effect.verdict)],
        ["points", signed_points(effect.difference)],
        ["interval", f"{interval(effect)} ({method(effect.interval_method)})"],
        ["test", f"p {_equal(p_value(effect.p_value))}, two-sided ({method(effect.method)})"],
        ["would show", told],
    ]
    if not effect.interval_agrees:
        rows.append(["note", "test and interval disagree about 0, as two methods may near the limit; the test decides"])
    return rows


def _equal(shown: str) -> str:
    return shown if shown.startswith("<") else f"= {shown}"


def against(left: Counts, right: Counts) -> str:
    """`17/20 against 14/20`."""
    return f"{left.successes:,}/{left.trials:,} against {right.successes:,}/{right.trials:,}"


def sizes(left_trials: int, right_trials: int) -> str:
    """`20 each`, or `20 and 40`."""
    return f"{left_trials:,} each" if left_trials == right_trials else f"{left_trials:,} and {right_trials:,}"


def _visible(effect: Effect, sizes: str) -> str:
    if effect.smallest_visible is None:
        return f"with {sizes}, no difference at all would have shown"
    return f"with {sizes}, only {points_at_least(effect.smallest_visible):g} points or more would have shown"
