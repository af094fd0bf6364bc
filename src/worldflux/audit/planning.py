"""What a plan can show, as sentences and tables: for `worldflux power` and `worldflux claim check`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final, NamedTuple

from worldbase.document import significant
from worldflux.stats.critical_counts import exact
from worldflux.stats.power_analysis import (
    DESIRED_POWER,
    Design,
    PowerAnalysis,
    detectable,
    power_of,
    supporting_counts,
)

METHODS: Final = ("exact", "wilson", "jeffreys", "agresti_coull")

_NAMES: Final = {
    "clopper_pearson": "the exact binomial test",
    "wilson": "the Wilson bound",
    "jeffreys": "the Jeffreys bound",
    "jeffreys_bcd": "the Jeffreys bound (Brown, Cai, DasGupta)",
    "agresti_coull": "the Agresti-Coull bound",
    "wald": "the Wald bound",
}
_SHARES: Final = (Decimal("0.25"), Decimal("0.5"), Decimal("0.75"), Decimal("1.5"))
_THOUSANDTH: Final = Decimal("0.001")


class Row(NamedTuple):
    """One number of episodes and what it can show.

    Attributes:
        mde: The true rate nearest to the threshold that it supports with a chance of 0.8.
    """

    n: int
    k_crit: int
    k_crit_upper: int | None
    power: float
    mde: float | None


def fields(analysis: PowerAnalysis) -> dict[str, Any]:
    """A power analysis as JSON: what is asked for most comes first; rates and chances with 12 significant digits."""
    names = dict.fromkeys(["at_claim", "n_for_80", "mde", "n", "method", *PowerAnalysis.__dataclass_fields__])
    return {name: _rounded(getattr(analysis, name)) for name in names}


def _rounded(value: object) -> object:
    return significant(value) if isinstance(value, float) else value


def sentence(analysis: PowerAnalysis, claimed: float) -> str:
    """The power on one line: `0.999 at the claimed 0.80 against 0.75 (n = 1,500); 463 episodes would do; ...`."""
    at = f"the claimed {rate_text(claimed)}" if analysis.at == claimed else f"a true {rate_text(analysis.at)}"
    where = f"{at} against {threshold_text(analysis)}"
    if analysis.n is None:
        if analysis.n_for_80 is None:
            return f"not known at {where}: {_clause(analysis)}"
        return f"{_episodes(analysis.n_for_80)} give {analysis.desired:g} and more at {where}"
    parts = [f"not defined at {where} (n = {analysis.n:,}): {_clause(analysis)}"]
    if analysis.at_claim is not None:
        parts = [f"{chance_text(analysis.at_claim)} at {where} (n = {analysis.n:,})", *_needed(analysis)]
    if analysis.mde is not None:
        parts.append(f"detects {bound_text(analysis)}")
    return "; ".join(parts)


def _needed(analysis: PowerAnalysis) -> list[str]:
    if analysis.n_for_80 is None:
        return [_clause(analysis)]
    would_do = analysis.n is not None and analysis.n_for_80 <= analysis.n
    return [_episodes(analysis.n_for_80) + (" would do" if would_do else f" give {analysis.desired:g} and more")]


def weakness(analysis: PowerAnalysis) -> str | None:
    """A warning where the plan is more likely than it should be to end undecided, though the claim is true."""
    if analysis.at_claim is None or analysis.n is None or analysis.at_claim >= analysis.desired:
        return None
    enlarge = f"plan {_episodes(analysis.n_for_80)}" if analysis.n_for_80 else _clause(analysis)
    return (
        f"weak design: if the true rate is {rate_text(analysis.at)}, {_episodes(analysis.n)} support the claim "
        f"with a chance of {chance_text(analysis.at_claim)}, below {analysis.desired:g}; {enlarge}"
    )


def advice(analysis: PowerAnalysis) -> str:
    """What to do, in a sentence."""
    if analysis.n_for_80 is None:
        return str(analysis.note)
    needed = _episodes(analysis.n_for_80)
    if analysis.n is None or analysis.at_claim is None:
        return (
            f"Plan {needed} or more: from there on the chance to support a true claim never falls below "
            f"{analysis.desired:g}."
        )
    if analysis.n >= analysis.n_for_80:
        return f"{_episodes(analysis.n)} will do; {analysis.n_for_80:,} would be enough."
    if analysis.at_claim >= analysis.desired:
        return f"{_episodes(analysis.n)} happen to do, a few more may not; from {needed} on it stays so."
    reach = (
        ""
        if analysis.mde is None
        else f" {analysis.n:,} are likely to show only a true rate of {bound_text(analysis)}."
    )
    return f"Plan {needed} instead of {analysis.n:,}, before anything has run.{reach}"


def rows(design: Design, analysis: PowerAnalysis) -> list[Row]:
    """Useful numbers of episodes up to one and a half times what is needed, and the one that is planned."""
    numbers = {number for number in (analysis.n, analysis.n_for_80) if number}
    reach = analysis.n_for_80 or analysis.n or 0
    numbers |= {_plain(share * reach) for share in _SHARES} - {0}
    return [_row(design, number) for number in sorted(numbers)]


def _plain(number: Decimal) -> int:
    """The number with two digits and zeros: one that a person would plan."""
    return int(Decimal(f"{number:.1e}"))


def _row(design: Design, n: int) -> Row:
    mde = detectable(design, n, DESIRED_POWER)
    return Row(
        n, *supporting_counts(design, n), significant(power_of(design, n)), None if mde is None else significant(mde)
    )


def rule_text(analysis: PowerAnalysis, value: float) -> str:
    """What is claimed, against what it is tested, how, and how often that errs."""
    words = {">": "at least", "<": "at most", "=": "equal to"}[analysis.operator[0]]
    at = "" if analysis.at == value else f" True rate: {rate_text(analysis.at)}."
    size = ""
    if analysis.attained_size is not None:
        size = f" Attained size with {_episodes(analysis.n)}: {analysis.attained_size:.4f}."
    return (
        f"Claimed: a success rate {words} {rate_text(value)}.{at}\n"
        f"Tested against {threshold_text(analysis)} by {_NAMES[analysis.method]}, alpha {analysis.alpha:g}.{size}"
    )


def counts_text(row: Row, operator: str) -> str:
    """Which counts of a row support the claim."""
    if row.k_crit_upper is not None:
        return f"{row.k_crit:,} to {row.k_crit_upper:,}" if row.k_crit <= row.k_crit_upper else "none"
    if not 0 <= row.k_crit <= row.n:
        return "none"
    return f"{row.k_crit:,} or {'more' if operator[0] == '>' else 'fewer'}"


def threshold_text(analysis: PowerAnalysis) -> str:
    """The tested rate, or for `==` the two between which the rate has to lie."""
    upper = "" if analysis.threshold_upper is None else f" and {rate_text(analysis.threshold_upper)}"
    return rate_text(analysis.threshold) + upper


def bound_text(analysis: PowerAnalysis) -> str:
    """The smallest rate that can be shown (for `<=`: the largest), rounded so that it still can be shown."""
    return "" if analysis.mde is None else detected_text(analysis.mde, analysis.operator)


def detected_text(mde: float, operator: str) -> str:
    """A detectable rate, rounded away from the threshold."""
    upward = operator[0] == ">"
    shown = exact(mde).quantize(_THOUSANDTH, ROUND_CEILING if upward else ROUND_FLOOR)
    return f"{shown} or {'more' if upward else 'less'}"


def rate_text(rate: float) -> str:
    """A rate with two decimals, or as many as it has."""
    number = exact(rate)
    places = max(2, -int(number.normalize().as_tuple().exponent))
    return f"{number:.{places}f}"


def chance_text(chance: float) -> str:
    """A probability with three decimals that says neither 0, 1 nor the desired power where it is not."""
    if chance < DESIRED_POWER <= round(chance, 3):
        return "0.799"
    shown = f"{chance:.3f}"
    if shown == "1.000" and chance < 1:
        return "more than 0.999"
    return "less than 0.001" if shown == "0.000" and chance > 0 else shown


def bars(chances: Sequence[float], width: int = 20) -> list[str]:
    """The chances as bars of a column of text."""
    return ["#" * max(1, round(chance * width)) if chance > 0 else "." for chance in chances]


def _clause(analysis: PowerAnalysis) -> str:
    """The note as a part of a sentence."""
    note = str(analysis.note)
    return note[0].lower() + note[1:].rstrip(".")


def _episodes(number: int | None) -> str:
    return "no number of episodes" if number is None else f"{number:,} episode{'' if number == 1 else 's'}"
