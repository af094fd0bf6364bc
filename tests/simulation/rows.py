"""What a simulation finds: how often something happened, and how often it may."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.random import Generator, Philox

from tests.simulation.rule import ALPHA, COVERAGE, P0, Outcome

STANDARD_ERRORS: Final = 3.3
"""How far a measured rate may lie beyond its limit before that is no accident: one time in two thousand."""

ROUNDING: Final = 5e-5
"""Rates, and the limits that are written down, have four decimals."""

Quantity = Literal["false supported", "false refuted", "coverage"]
Kind = Literal["rule", "contrast", "gap"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of replications; `replications` 0 marks one that was enumerated and has no Monte-Carlo error."""

    value: float
    replications: int = 0

    def standard_error(self, of: float | None = None) -> float:
        """Monte-Carlo standard error at the rate itself, or at another."""
        if not self.replications:
            return 0.0
        rate = (self.value * self.replications + 1) / (self.replications + 2) if of is None else of
        return float(np.sqrt(rate * (1 - rate) / self.replications))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        setting: How the episodes arise, and under which design.
        nominal: What the rate should be at most (a coverage: at least).
        accepted: What it is known to be instead, where the method is known not to keep the nominal rate.
        why: Where that figure comes from.
        kind: `contrast` shows another reading of the same episodes, `gap` what the rule does not guard against.
    """

    setting: str
    quantity: Quantity
    nominal: float
    rate: Rate
    accepted: float | None = None
    why: str = ""
    kind: Kind = "rule"

    @property
    def excess(self) -> float:
        """By how much the rate is worse than nominal; negative where it is better."""
        worse = self.nominal - self.rate.value if self.quantity == "coverage" else self.rate.value - self.nominal
        return worse if abs(worse) > 1e-12 else 0.0

    def exceeds(self, limit: float) -> bool:
        """Whether the rate is worse than a limit, by more than chance explains."""
        allowed = STANDARD_ERRORS * self.rate.standard_error(limit) + ROUNDING
        if self.quantity == "coverage":
            return self.rate.value < limit - allowed
        return self.rate.value > limit + allowed

    @property
    def as_promised(self) -> bool:
        """Whether the rule keeps its limit; a contrast or a gap is one only where it does break the nominal rate."""
        if self.kind != "rule":
            return self.exceeds(self.nominal)
        return not self.exceeds(self.nominal if self.accepted is None else self.accepted)

    @property
    def verdict(self) -> str:
        """What the table says of it."""
        word = "falls short" if self.quantity == "coverage" else "exceeds"
        worse = f"{word} by {self.excess:.4f}"
        if self.kind != "rule":
            return f"{self.kind}: {worse}"
        if self.accepted is not None and self.excess > 0:
            return f"{worse} (limit {self.accepted:.4f})"
        return worse if self.exceeds(self.nominal) else "holds"


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a run may compute, and from which random numbers.

    Attributes:
        factor: Multiplies every scenario's number of replications.
        stream: Runs of different streams share no random numbers.
    """

    factor: float
    stream: int

    def replications(self, usual: int) -> int:
        """How many replications a scenario takes that usually takes so many."""
        return max(20, round(usual * self.factor))

    def generator(self, number: int, part: int = 0) -> Generator:
        """The random numbers of one part of a scenario."""
        return Generator(Philox(key=np.array([self.stream, 1000 * number + part], dtype=np.uint64)))


IN_TESTS: Final = Budget(factor=1.5, stream=1)
ON_THE_PAGE: Final = Budget(factor=12, stream=2)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A way in which episodes arise, with what it shows.

    Attributes:
        text: Markdown: what is simulated and what follows from it.
    """

    number: int
    title: str
    text: str
    measure: Callable[[Budget, int], Iterable[Row]]

    def rows(self, budget: Budget) -> list[Row]:
        """Run it."""
        return list(self.measure(budget, self.number))


@dataclass(frozen=True, slots=True)
class Known:
    """Rates that a method is known to have where it does not keep the nominal ones; None where it does."""

    why: str = ""
    supported: float | None = None
    refuted: float | None = None
    coverage: float | None = None


def share(hits: Iterable[bool]) -> Rate:
    """The share of replications in which something happened."""
    values = np.fromiter(hits, dtype=bool)
    return Rate(float(values.mean()), len(values))


def decision_rows(
    setting: str, supported: Rate, refuted: Rate, coverage: Rate | None = None, known: Known | None = None
) -> list[Row]:
    """The two errors at the boundary, and the coverage of the interval where one is claimed."""
    limits = known or Known()
    rows = [
        Row(setting, "false supported", ALPHA, supported, limits.supported, limits.why),
        Row(setting, "false refuted", ALPHA, refuted, limits.refuted, limits.why),
    ]
    if coverage:
        rows.append(Row(setting, "coverage", COVERAGE, coverage, limits.coverage, limits.why))
    return rows


def outcome_rows(setting: str, outcomes: list[Outcome], rate: float = P0, known: Known | None = None) -> list[Row]:
    """The three rates of simulated outcomes of episodes that succeed at a rate."""
    return decision_rows(
        setting,
        share(outcome.found == "supported" for outcome in outcomes),
        share(outcome.found == "refuted" for outcome in outcomes),
        share(outcome.covers(rate) for outcome in outcomes),
        known,
    )
