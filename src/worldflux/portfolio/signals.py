"""Counts and scores of a packet, from the numbers of its cells. They are shown; nothing is decided by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from worldbase.document import significant
from worldflux.documents.evidence import Interval
from worldflux.documents.packet import AxisSignal, CellMismatch, Conformance, Mismatch, Signal
from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.documents.protocol import InfraErrorPolicy
from worldflux.portfolio.cell_book import (
    BIT,
    DIGEST_DIFFERS,
    DIGEST_FIELDS,
    METADATA_DIFFERS,
    SPOILT,
    Stretch,
    outcome_of,
)
from worldflux.portfolio.conformance import Account
from worldflux.stats.intervals import interval
from worldflux.stats.power_analysis import DESIRED_POWER

CONFIDENCE: Final = 0.95
_DIFFERS: Final = DIGEST_DIFFERS | METADATA_DIFFERS


@dataclass(frozen=True, slots=True)
class Rate:
    """Successes and failures among some cells.

    Attributes:
        left_out: Cells that the plan leaves out of the rate.
    """

    successes: int
    failures: int
    left_out: int = 0

    @property
    def trials(self) -> int:
        """Both together."""
        return self.successes + self.failures


class Tallies:
    """The numbers of all cells of an account, counted once."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.by_stretch = [(stretch, account.book.tally(stretch)) for stretch in account.book.stretches]

    def of_probe(self, probe: str) -> Counter[int]:
        """The numbers of a probe's cells."""
        return sum((tally for stretch, tally in self.by_stretch if stretch.probe == probe), Counter[int]())

    def axes(self, probe: str) -> list[tuple[Stretch, Counter[int]]]:
        """The numbers of a probe's cells, axis by axis."""
        return [(stretch, tally) for stretch, tally in self.by_stretch if stretch.probe == probe]


def conformance(tallies: Tallies, probe: str) -> Conformance:
    """Where the planned cells of a probe went; of one that was not planned, its episodes."""
    words = tallies.of_probe(probe)
    planned = words.total()
    missing = words[0]
    return Conformance(
        planned=planned,
        matched=planned - missing,
        missing=missing,
        out_of_protocol=tallies.account.strays.by_probe[probe],
        duplicate=tallies.account.duplicates[probe],
        digest_mismatch=_with(words, DIGEST_DIFFERS),
        metadata_mismatch=_with(words, METADATA_DIFFERS),
        infrastructure_failure=_with(words, SPOILT),
    )


def added(accounts: Iterable[Conformance]) -> Conformance:
    """Several accounts as one."""
    listed = list(accounts)
    names = Conformance.__struct_fields__
    return Conformance(**{name: sum(getattr(account, name) for account in listed) for name in names})


def mismatches(tallies: Tallies) -> list[CellMismatch]:
    """What differs, per probe and field, for how many cells; the most cells first."""
    found = [
        CellMismatch(
            probe=probe,
            kind=_kind(field),
            field=field,
            planned=planned,
            found="; ".join(values),
            cells=_with(tallies.of_probe(probe), BIT[field]),
        )
        for (probe, field), (planned, values) in tallies.account.differing.items()
    ]
    return sorted(found, key=lambda one: (one.probe, one.kind, -one.cells, one.field))


def signals(plan: Plan, tallies: Tallies) -> list[Signal]:
    """The scores of all planned probes."""
    return [_signal(probe, tallies, plan.denominator_policy.infra_error) for probe in plan.probes]


def trials_wanting(probe: PlannedProbe, trials: int) -> str | None:
    """Why so many trials of a probe cannot show its planned rate; None where they can, or no rate is planned for."""
    power = probe.power
    if power is None:
        return None
    if power.n_for_80 is None:
        return f"no number of episodes in reach shows a true rate of {power.at:g} with a chance of {DESIRED_POWER:g}"
    if power.at_claim < DESIRED_POWER:
        chance = f"{power.n:,} planned episodes show a true rate of {power.at:g} with a chance of {power.at_claim:.2f}"
        return f"{chance}; {power.n_for_80:,} would do"
    if trials < power.n_for_80:
        return f"{trials:,} usable trials; {power.n_for_80:,} are needed to show a true rate of {power.at:g}"
    return None


def rate(words: Counter[int], policy: InfraErrorPolicy, *, differing: bool = False) -> Rate:
    """Successes and failures among cells that agree with the plan, or among those that do not."""
    successes = failures = left_out = 0
    for word, cells in words.items():
        if word == 0 or bool(word & _DIFFERS) != differing:
            continue
        outcome = outcome_of(word)
        spoilt = outcome == "infra_error"
        successes += cells if outcome == "success" else 0
        failures += cells if outcome == "failure" or (spoilt and policy == "failure") else 0
        left_out += cells if spoilt and policy == "excluded_predeclared" else 0
    return Rate(successes, failures, left_out)


def wilson(found: Rate) -> Interval:
    """The 95% interval of a rate."""
    lower, upper = interval(found.successes, found.trials, method="wilson", confidence=CONFIDENCE)
    return Interval(method="wilson", confidence=CONFIDENCE, lower=significant(lower), upper=significant(upper))


def _signal(probe: PlannedProbe, tallies: Tallies, policy: InfraErrorPolicy) -> Signal:
    words = tallies.of_probe(probe.id)
    found, other = rate(words, policy), rate(words, policy, differing=True)
    counted = probe.cells - found.left_out
    return Signal(
        probe=probe.id,
        successes=found.successes,
        trials=found.trials,
        mismatched_successes=other.successes,
        mismatched_trials=other.trials,
        planned=probe.cells,
        estimate=_share(found.successes, found.trials),
        interval=wilson(found),
        worst=_share(found.successes, counted) or 0.0,
        best=_share(counted - found.failures, counted) or 0.0,
        underpowered=trials_wanting(probe, found.trials) is not None,
        axes=[_axis_signal(stretch, tally, policy) for stretch, tally in tallies.axes(probe.id)],
    )


def _axis_signal(stretch: Stretch, words: Counter[int], policy: InfraErrorPolicy) -> AxisSignal:
    found = rate(words, policy)
    return AxisSignal(
        axis=stretch.axis,
        successes=found.successes,
        trials=found.trials,
        planned=stretch.cells,
        missing=words[0],
        estimate=_share(found.successes, found.trials),
        interval=wilson(found),
    )


def _share(part: int, whole: int) -> float | None:
    return significant(part / whole) if whole else None


def _with(words: Counter[int], mask: int) -> int:
    return sum(cells for word, cells in words.items() if word & mask)


def _kind(field: str) -> Mismatch:
    return "digest" if field in DIGEST_FIELDS else "metadata"
