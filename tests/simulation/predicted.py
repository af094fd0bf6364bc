"""Few real episodes, many simulated ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from tests.simulation.rows import Budget, Known, Row, Scenario, outcome_rows
from tests.simulation.rule import COVERAGE, P0, Outcome, Setting, setting, tried
from tests.worldflux.audit.cases import ZEROS, one_task
from worldflux.documents.audit_input import Requested, SimulationPairs
from worldflux.stats.prediction_powered import ppi_mean_from_counts

_SIMULATED: Final = 1000


class _Plan(NamedTuple):
    """Real episodes, and how well the simulation tells their outcomes.

    Attributes:
        agreement: Chance that a simulated episode ends as the real one from its start does.
        gated: What is known of those that pass the gate, where many do not.
    """

    real: int
    agreement: float
    known: Known
    gated: Known | None = None


_WHY: Final = "asymptotic; the rate of the plain formula in 400,000 replications"
_PLANS: Final = (
    _Plan(50, 0.7, Known(_WHY, supported=0.0789, coverage=0.8777)),
    _Plan(
        50,
        0.9,
        Known(_WHY, supported=0.0781, coverage=0.8856),
        Known(_WHY, supported=0.1027, coverage=0.8756),
    ),
    _Plan(100, 0.7, Known(_WHY, supported=0.0672, coverage=0.8897)),
    _Plan(
        100,
        0.9,
        Known(_WHY, supported=0.0671, coverage=0.8905),
        Known(_WHY, supported=0.0677, coverage=0.8898),
    ),
    _Plan(200, 0.7, Known(_WHY, supported=0.0620, coverage=0.8939)),
    _Plan(200, 0.9, Known(_WHY, supported=0.0602, coverage=0.8935)),
)


def _rows(budget: Budget, number: int) -> Iterator[Row]:
    for part, plan in enumerate(_PLANS):
        rule = setting(rule={"interval_method": "ppi"}, episodes_per_task=plan.real)
        tables, extra = draw(plan.real, plan.agreement, budget.replications(4000), budget.generator(number, part))
        pairs = list(zip(tables.tolist(), extra.tolist(), strict=True))
        decided = [_decide(rule, plan.real, table, simulated) for table, simulated in pairs]
        for (table, simulated), (outcome, _) in list(zip(pairs, decided, strict=True))[:3]:
            _check(rule, plan.real, table, simulated, outcome)
        name = f"{plan.real} real episodes, {_SIMULATED:,} simulated, agreement {plan.agreement}"
        yield from outcome_rows(name, [outcome for outcome, _ in decided], known=plan.known)
        if plan.gated:
            passed = [outcome for outcome, gate in decided if gate]
            yield from outcome_rows(f"{name}; those that pass the gate", passed, known=plan.gated)


def draw(
    real: int, agreement: float, replications: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (both, real only, simulated only, neither), shape (replications, 4), and successes of the others."""
    chances = [P0 * agreement, P0 * (1 - agreement), (1 - P0) * (1 - agreement), (1 - P0) * agreement]
    tables = rng.multinomial(real, chances, size=replications)
    return tables, rng.binomial(_SIMULATED, chances[0] + chances[2], size=replications)


def _decide(rule: Setting, real: int, table: list[int], simulated: int) -> tuple[Outcome, bool]:
    """The prediction-powered interval where the gate lets it decide, else the real episodes alone."""
    both, real_only, simulated_only, neither = table
    result = ppi_mean_from_counts(
        (both, real_only, simulated_only, neither), simulated, _SIMULATED, confidence=COVERAGE
    )
    if not result.verdict_bearing:
        return rule.whole([tried(both + real_only, real)]), False
    found = "supported" if result.lower > P0 else "refuted" if result.upper < P0 else None
    return Outcome(found, result.lower, result.upper), True  # type: ignore[arg-type]


def _check(rule: Setting, real: int, table: list[int], simulated: int, outcome: Outcome) -> None:
    both, real_only, simulated_only, neither = table
    pairs = SimulationPairs(
        sha256=ZEROS,
        both=both,
        real_only=real_only,
        simulated_only=simulated_only,
        neither=neither,
        simulated=_SIMULATED,
        simulated_successes=simulated,
    )
    given = one_task(both + real_only, real - both - real_only)
    whole = replace(given, requested=Requested(ppi=pairs))
    rule.check(outcome.found, whole)
    interval = rule.evidence(whole).metrics[0].interval
    assert (interval.lower, interval.upper) == pytest.approx((outcome.lower, outcome.upper), rel=1e-9)


PREDICTED: Final = Scenario(
    11,
    "Prediction-powered inference",
    """\
The claim declares `interval_method: ppi`. Simulated episodes tell the outcome of a real one with the stated chance,
and 1,000 more have no real partner. The interval is asymptotic and decides only behind its gate: 50 real episodes, 5
pairs that differ. The first lines are what the rule decides whether or not the gate was passed (real episodes alone
where it was not), the others only those where it was.""",
    _rows,
)
