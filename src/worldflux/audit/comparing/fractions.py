"""Success rates compared as bare fractions, without packages behind them."""

from __future__ import annotations

import string
from collections.abc import Sequence

import msgspec

from worldbase.document import significant
from worldbase.intervals import wilson
from worldbase.tables import markdown_cell, markdown_table, text_table
from worldflux.audit.comparing import wording
from worldflux.audit.comparing.shapes import Effect, effect_of
from worldflux.stats import comparison, ranking
from worldflux.stats.comparison import Counts, PairCounts, Verdict

Rows = list[list[str]]


class Rate(msgspec.Struct, frozen=True):
    """One success rate with its Wilson interval, as ratios; two rates that share a letter were not told apart."""

    successes: int
    trials: int
    estimate: float
    lower: float
    upper: float
    letters: str | None = None


class Pairs(msgspec.Struct, frozen=True):
    """Pairs by outcome."""

    both: int
    first_only: int
    second_only: int
    neither: int


class Compared(msgspec.Struct, frozen=True):
    """Two rates compared."""

    sentence: str
    rates: list[Rate]
    pairs: Pairs | None
    effect: Effect


class Couple(msgspec.Struct, frozen=True):
    """Two of several rates, by their places counted from 1; the interval is not adjusted, the verdict is."""

    first: int
    second: int
    verdict: Verdict
    difference: float
    lower: float
    upper: float
    p_value: float
    p_adjusted: float


class Ranked(msgspec.Struct, frozen=True):
    """Three rates and more compared, every one with every other."""

    sentence: str
    rates: list[Rate]
    couples: list[Couple]
    confidence: float


def compare_two(left: Counts, right: Counts, *, alpha: float) -> Compared:
    """Compare two independent rates."""
    effect = effect_of(comparison.compare(*left, *right, alpha=alpha), "pooled")
    return Compared(
        sentence=wording.sentence(wording.against(left, right), effect, wording.sizes(left.trials, right.trials)),
        rates=[_rate(left, alpha), _rate(right, alpha)],
        pairs=None,
        effect=effect,
    )


def compare_pairs(table: PairCounts, *, alpha: float, mid_p: bool) -> Compared:
    """Compare two runs whose episodes are paired."""
    number = sum(table)
    left, right = Counts(table.both + table.left_only, number), Counts(table.both + table.right_only, number)
    effect = effect_of(comparison.compare_pairs(*table, alpha=alpha, mid_p=mid_p), "pairs")
    return Compared(
        sentence=wording.sentence(f"{wording.against(left, right)} in pairs", effect, f"{number:,} pairs"),
        rates=[_rate(left, alpha), _rate(right, alpha)],
        pairs=Pairs(*table),
        effect=effect,
    )


def rank(counts: Sequence[Counts], *, alpha: float) -> Ranked:
    """Compare every two of several independent rates."""
    couples = [
        Couple(
            first=pair.left + 1,
            second=pair.right + 1,
            verdict=pair.verdict,
            difference=significant(pair.difference),
            lower=significant(pair.lower),
            upper=significant(pair.upper),
            p_value=significant(pair.p_value),
            p_adjusted=significant(pair.p_adjusted),
        )
        for pair in ranking.compare_all(counts, alpha=alpha)
    ]
    shown = [(pair.first - 1, pair.second - 1) for pair in couples if pair.verdict != "no_difference_shown"]
    told = (
        f"{len(shown)} of {len(couples)} differences shown, at an error of {100 * alpha:g}% over all of them together"
    )
    return Ranked(
        sentence=f"{told}. Rates that share a letter were not told apart.",
        rates=[_rate(own, alpha, letters) for own, letters in zip(counts, _letters(counts, shown), strict=True)],
        couples=couples,
        confidence=round(1 - alpha, 12),
    )


def _letters(counts: Sequence[Counts], shown: Sequence[tuple[int, int]]) -> list[str]:
    """Letters of each rate; `a` goes to the group of the highest one."""
    groups = ranking.letter_groups(len(counts), shown)
    groups.sort(key=lambda group: max(counts[member].rate for member in group), reverse=True)
    names = [letter * (1 + turn) for turn in range(len(counts)) for letter in string.ascii_lowercase]
    return [
        "".join(name for name, group in zip(names, groups, strict=False) if member in group)
        for member in range(len(counts))
    ]


def _rate(counts: Counts, alpha: float, letters: str | None = None) -> Rate:
    lower, upper = wilson(counts.successes, counts.trials, 1 - alpha)
    return Rate(*counts, significant(counts.rate), significant(lower), significant(upper), letters)


def text_report(report: Compared | Ranked) -> str:
    """The comparison for a terminal."""
    header, rates = _rate_rows(report)
    parts = [f"{report.sentence}\n", text_table(header, rates, right=(1, 2))]
    if isinstance(report, Compared):
        parts.append(text_table(["", "difference"], _effect_rows(report)))
    else:
        parts.append(text_table(*_couple_rows(report), right=(2, 4, 5)))
    return "\n".join(parts)


def markdown_report(report: Compared | Ranked) -> str:
    """The comparison as Markdown."""
    header, rates = _rate_rows(report)
    parts = [f"{report.sentence}\n", markdown_table(header, rates, right=(1, 2))]
    if isinstance(report, Compared):
        rows = [[markdown_cell(cell) for cell in row] for row in _effect_rows(report)]
        parts.append(markdown_table(["", "difference"], rows))
    else:
        parts.append(markdown_table(*_couple_rows(report), right=(2, 4, 5)))
    return "\n".join(parts)


def _rate_rows(report: Compared | Ranked) -> tuple[list[str], Rows]:
    confidence = report.effect.confidence if isinstance(report, Compared) else report.confidence
    header = ["", "count", "rate", f"{100 * confidence:.6g}% interval (Wilson)"]
    lettered = isinstance(report, Ranked)
    rows = []
    for place, rate in enumerate(report.rates, start=1):
        row = [
            str(place),
            f"{rate.successes:,}/{rate.trials:,}",
            f"{100 * rate.estimate:.1f}%",
            f"{100 * rate.lower:.1f}% to {100 * rate.upper:.1f}%",
        ]
        rows.append([*row, rate.letters or ""] if lettered else row)
    return [*header, "group"] if lettered else header, rows


def _effect_rows(report: Compared) -> Rows:
    rows = wording.effect_rows(report.effect)
    if report.pairs is None:
        return rows
    pairs = report.pairs
    told = f"{pairs.both:,} both, {pairs.first_only:,} first only, {pairs.second_only:,} second only, "
    return [["pairs", f"{told}{pairs.neither:,} neither"], *rows]


def _couple_rows(report: Ranked) -> tuple[list[str], Rows]:
    header = ["pair", "verdict", "points", f"{100 * report.confidence:.6g}% interval", "p", "p (Holm)"]
    rows = [
        [
            f"{pair.first} to {pair.second}",
            wording.verdict(pair.verdict),
            wording.signed_points(pair.difference),
            f"{wording.signed_points(pair.lower)} to {wording.signed_points(pair.upper)}",
            wording.p_value(pair.p_value),
            wording.p_value(pair.p_adjusted),
        ]
        for pair in report.couples
    ]
    return header, rows
