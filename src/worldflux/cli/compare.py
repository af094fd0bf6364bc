"""`worldflux compare 17/20 14/20`."""

from __future__ import annotations

import re

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError
from worldflux.audit.comparing import fractions
from worldflux.stats.comparison import Counts, PairCounts

_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)
_MOST = 20


@click.command(
    epilog="""\b
Examples:
  worldflux compare 17/20 14/20
  worldflux compare 17/20 14/20 --paired 5,2     5 starts only the first solved, 2 only the second
  worldflux compare --pairs 12,5,2,1             the same, as both, first only, second only, neither
  worldflux compare 45/50 41/50 30/50            three and more: every pair, with Holm's correction"""
)
@click.argument("rates", nargs=-1, metavar="[SUCCESSES/TRIALS]...")
@click.option(
    "--alpha",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=0.05,
    show_default=True,
    help="Two-sided error of the test; the intervals have confidence 1 - alpha.",
)
@click.option("--paired", metavar="B,C", help="Of two paired runs: starts only the first solved, only the second.")
@click.option("--pairs", metavar="BOTH,FIRST,SECOND,NEITHER", help="Paired runs as four counts, without fractions.")
@click.option("--mid-p", is_flag=True, help="For pairs: the less conservative mid-p variant of McNemar's test.")
@format_option
def compare(
    rates: tuple[str, ...], alpha: float, paired: str | None, pairs: str | None, mid_p: bool, output_format: str
) -> None:
    """Compare success rates: is the second better than the first, by how much, and what would have shown?

    Two rates are tested by Boschloo's exact test, pairs from the same initial states by McNemar's. Pair only runs
    whose initial states are known to match.
    """
    counts = [_counts(text) for text in rates]
    report: fractions.Compared | fractions.Ranked
    if paired is not None or pairs is not None:
        table = _pair_table(counts, paired, pairs)
        report = fractions.compare_pairs(table, alpha=alpha, mid_p=mid_p)
    elif mid_p:
        raise _refused("--mid-p is for pairs", "compare.pairs", "Add --paired or --pairs, or leave --mid-p out.")
    elif len(counts) == 2:
        report = fractions.compare_two(*counts, alpha=alpha)
    else:
        report = fractions.rank(_several(counts), alpha=alpha)
    echo_report(
        output_format,
        report,
        text=lambda: fractions.text_report(report),
        markdown=lambda: fractions.markdown_report(report),
    )


def _counts(text: str) -> Counts:
    found = _FRACTION.fullmatch(text.strip())
    counts = Counts(int(found[1]), int(found[2])) if found else None
    if counts is None or not 0 < counts.trials >= counts.successes:
        raise _refused(
            f"{text!r} is not a number of successes over a number of trials",
            "compare.fraction",
            "Write whole numbers, such as 17/20; a percentage alone does not say how many trials it stands on.",
        )
    return counts


def _several(counts: list[Counts]) -> list[Counts]:
    if not 2 < len(counts) <= _MOST:
        raise _refused(
            f"{len(counts)} rate(s) cannot be compared: give 2 to {_MOST}",
            "compare.fraction",
            "For example: worldflux compare 17/20 14/20",
        )
    return counts


def _pair_table(counts: list[Counts], paired: str | None, pairs: str | None) -> PairCounts:
    if pairs is not None and paired is None and not counts:
        table = PairCounts(*_whole_numbers(pairs, 4))
    elif paired is not None and pairs is None and len(counts) == 2:
        first_only, second_only = _whole_numbers(paired, 2)
        table = _with_margins(counts[0], counts[1], first_only, second_only)
    else:
        raise _refused(
            "pairs are given in one of two ways",
            "compare.pairs",
            "Either 17/20 14/20 --paired 5,2, or --pairs 12,5,2,1 without fractions.",
        )
    if sum(table) == 0:
        raise _refused("there is no pair", "compare.pairs", "Give at least one pair.")
    return table


def _whole_numbers(text: str, number: int) -> list[int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != number or not all(re.fullmatch(r"\d{1,9}", part, re.ASCII) for part in parts):
        raise _refused(
            f"{text!r} is not {number} whole numbers",
            "compare.pairs",
            f"Separate them by commas, such as {','.join('5212'[:number])}.",
        )
    return [int(part) for part in parts]


def _with_margins(first: Counts, second: Counts, first_only: int, second_only: int) -> PairCounts:
    both = first.successes - first_only
    neither = first.trials - both - first_only - second_only
    if first.trials != second.trials or both != second.successes - second_only or min(both, neither) < 0:
        raise _refused(
            f"{first_only} and {second_only} discordant pairs do not go with "
            f"{first.successes}/{first.trials} and {second.successes}/{second.trials}",
            "compare.pairs",
            "Both need the same trials, and the successes less the discordant pairs must be equal: 17 - 5 = 14 - 2.",
        )
    return PairCounts(both, first_only, second_only, neither)


def _refused(message: str, code: str, hint: str) -> UsageError:
    return UsageError(message, code=code, hint=hint)
