"""Claims, protocols and counts that between them take every way through the rules."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import msgspec

from tests.worldflux.audit.cases import ZEROS, audit_input, cell
from tests.worldflux.audit.runs import names, pair
from tests.worldflux.verify.elsewhere.numbers_rates import (
    OPERATORS,
    RATE,
    Made,
    Settings,
    designs,
    early_ends,
    limits,
    of_counts,
    rates,
    several_metrics,
)
from worldbase.document import significant
from worldflux.documents.audit_input import (
    Blocks,
    Cell,
    Finding,
    Moments,
    OutcomeCounts,
    RepeatedStarts,
    Requested,
    RunFacts,
    SimulationPairs,
)


def _scores(count: int, mean: float, seed: int, *, alike: bool = False) -> Moments:
    drawn = random.Random(seed)
    values = [1.5 if alike else round(drawn.gauss(mean, 1.0), 3) for _ in range(count)]
    return Moments(
        count=count,
        sum=significant(math.fsum(values)),
        sum_of_squares=significant(math.fsum(value * value for value in values)),
    )


def _scored(
    tasks: int,
    metric: Settings,
    *,
    seeds: int = 1,
    planned: int = 12,
    missing: int = 0,
    alike: bool = False,
    beyond: int = 0,
    rule: Settings | None = None,
    **execution: Any,
) -> Made:
    cells: list[Cell] = []
    for seed in range(seeds):
        for number, name in enumerate(names(tasks)):
            scored = planned - missing * (number == 0)
            counts = OutcomeCounts(failure=scored + beyond, unknown=planned - scored)
            sums = {"sum_reward": _scores(scored, 3 + 0.1 * number, 100 * seed + number, alike=alike)}
            made = Cell(task=name, seed=seed, counts=counts, planned=planned, gaps=0, sums=sums)
            cells.append(msgspec.structs.replace(made, in_plan=OutcomeCounts(failure=planned)) if beyond else made)
    score = {"name": "avg_sum_reward", "operator": ">=", "value": 3.0, "unit": "reward", **metric}
    documents = pair(metrics=[score], rule=rule, seeds=list(range(seeds)), episodes_per_task=planned, **execution)
    return documents, audit_input(names(tasks), cells)


def scores() -> dict[str, Made]:
    """Promised means of scores."""
    population: dict[str, Any] = {"estimand": "task_population"}
    bounds = {"bounds": [0.0, 10.0]}
    made = {f"mean {operator}": _scored(3, {"operator": operator}) for operator in OPERATORS}
    made |= {f"population of {tasks}": _scored(tasks, {}, **population) for tasks in (3, 6, 19, 20, 23)}
    made |= {
        "supported": _scored(4, {"value": 1.0}),
        "refuted": _scored(4, {"value": 5.0}),
        "baseline": _scored(4, {}, rule={"baseline": {"source": "paper", "value": 3.2}}),
        "missing, without bounds": _scored(3, {}, missing=2),
        "missing, with bounds": _scored(3, bounds, missing=2),
        "missing in a population": _scored(21, bounds, missing=2, **population),
        "no spread": _scored(3, {}, alike=True),
        "no spread in a population": _scored(20, {}, alike=True, **population),
        "too few": _scored(3, {}, planned=1),
        "beyond the plan": _scored(3, {}, beyond=2),
        "equality without a margin": _scored(3, {"operator": "=="}, rule={"margin": 0.0}),
        "runs": _scored(3, bounds, seeds=4),
        "runs, equality": _scored(2, {**bounds, "operator": "==", "value": 3.1}, seeds=6, rule={"margin": 0.5}),
        "runs outside the bounds": _scored(3, {"bounds": [0.0, 2.0]}, seeds=4),
        "stopping rule": _scored(3, {}, stopping_rule={"method": "e_process"}),
        "unknown task": _scored(3, {"task": "nowhere"}),
    }
    documents, given = _scored(3, {})
    entry = RepeatedStarts(task="t0", starts=4, trials=12, sum=0.0, sum_of_squares=0.0)
    made["shared starts"] = (documents, msgspec.structs.replace(given, repeated_starts=[entry]))
    run = _measuring(given.run)
    for name, metric in (("no success", RATE), ("a measured score", {**RATE, "name": "avg_progress", "unit": "ratio"})):
        cells = [msgspec.structs.replace(each, sums={"progress": each.sums["sum_reward"]}) for each in given.cells]
        measured = msgspec.structs.replace(given, run=run, cells=cells)
        made[name] = (pair(metrics=[metric], seeds=[0], episodes_per_task=12), measured)
        made[f"{name}, some without"] = (pair(metrics=[metric], seeds=[0, 1], episodes_per_task=12), measured)
    documents, given = _scored(2, {}, missing=3)
    made["a score that some lack"] = (documents, msgspec.structs.replace(given, run=_measuring(given.run)))
    return made


def _measuring(run: RunFacts) -> RunFacts:
    return msgspec.structs.replace(run, measures="progress")


def simulations() -> dict[str, Made]:
    """Simulated episodes beside the real ones: carried, and every obstacle."""
    ppi = {"interval_method": "ppi"}
    good = _simulated((70, 10, 5, 15), 500, 360)
    few = _simulated((30, 5, 3, 2), 500, 360)
    alike = _simulated((80, 2, 1, 17), 500, 400)
    return {
        "carried": _beside(good, [(80, 20)], ppi),
        "carried, refuted": _beside(_simulated((35, 10, 5, 50), 5000, 2000), [(45, 55)], ppi),
        "carried, below": _beside(good, [(80, 20)], ppi, operator="<="),
        "carried, equality": _beside(good, [(80, 20)], {**ppi, "margin": 0.15}, operator="=="),
        "carried, with a baseline": _beside(
            good, [(80, 20)], {**ppi, "baseline": {"source": "paper", "successes": 35, "trials": 50}}
        ),
        "not declared": _beside(good, [(80, 20)], {}),
        "not given": of_counts([(80, 20)], rule=ppi),
        "others": _beside(good, [(81, 19)], ppi),
        "carried, shown": _beside(good, [(80, 20)], ppi, value=0.5),
        "carried, any": _two_metrics(_beside(good, [(80, 20)], {**ppi, "combine": "any"})),
        "early": _ended_early(_beside(good, [(80, 20)], ppi)),
        "few": _beside(few, [(35, 5)], ppi),
        "alike": _beside(alike, [(82, 18)], ppi),
        "without variance": _beside(_simulated((10, 0, 0, 0), 5, 5), [(10, 0)], ppi),
        "lost": _beside(good, [(80, 20)], ppi, infra_error=5),
        "clustered": _beside(good, [(16, 4)] * 5, ppi, estimand="task_population"),
    }


def _simulated(table: tuple[int, int, int, int], simulated: int, successes: int) -> SimulationPairs:
    both, real_only, simulated_only, neither = table
    return SimulationPairs(
        sha256=ZEROS,
        both=both,
        real_only=real_only,
        simulated_only=simulated_only,
        neither=neither,
        simulated=simulated,
        simulated_successes=successes,
    )


def _beside(
    pairs: SimulationPairs,
    counts: Sequence[tuple[int, int]],
    rule: Settings,
    *,
    operator: str = ">=",
    value: float = 0.8,
    infra_error: int = 0,
    **execution: Any,
) -> Made:
    documents, given = of_counts(
        counts,
        metrics=[{"operator": operator, "value": value}],
        rule=rule,
        execution=execution,
        infra_error=infra_error,
    )
    return documents, msgspec.structs.replace(given, requested=Requested(ppi=pairs))


def _two_metrics(made: Made) -> Made:
    """The same promised twice: of all tasks, and of the one task that there is."""
    (claim, protocol), given = made
    (metric,) = claim.document.expected_metrics
    both = [metric, msgspec.structs.replace(metric, task="t0")]
    document = msgspec.structs.replace(claim.document, expected_metrics=both)
    return (claim._replace(document=document), protocol), given


def _ended_early(made: Made) -> Made:
    (claim, protocol), given = made
    execution = msgspec.structs.replace(protocol.document.execution, episodes_per_task=200)
    document = msgspec.structs.replace(protocol.document, execution=execution)
    cells = [msgspec.structs.replace(each, planned=200) for each in given.cells]
    played = Blocks(seed=0, tasks=1, complete=100, repeated=0, successes=" ".join(["1"] * 80 + ["0"] * 20))
    return (claim, protocol._replace(document=document)), msgspec.structs.replace(given, cells=cells, blocks=[played])


def oddities() -> dict[str, Made]:
    """Runs as they come: gaps, strangers, several seeds, nothing simulated, many tasks."""
    documents, plain = of_counts([(45, 5), (40, 10)])
    beyond = Cell(task="stranger", seed=9, counts=OutcomeCounts(success=3), planned=0, gaps=0, sums={})
    over = msgspec.structs.replace(
        plain.cells[0], counts=OutcomeCounts(success=50, failure=7), in_plan=plain.cells[0].counts
    )
    finding = Finding(code="seed.overlap", severity="warning", message="The seeds overlap.")
    strange = msgspec.structs.replace(plain, cells=[over, plain.cells[1], beyond], findings=[finding])
    real = msgspec.structs.replace(plain.run.benchmark, simulated=False, perturbation_axes=[])
    gaps = [cell("t0", 0, 50, gaps=3, success=20, failure=5), cell("t1", 0, 50, success=20, failure=5)]
    seeds = [cell(task, seed, 20, success=17, failure=3) for task in names(11) for seed in (5, 3, 9)]
    absent = [cell("t0", 0, 50, success=40, failure=10)]
    order = [Blocks(seed=0, tasks=2, complete=0, repeated=0, successes="")]
    return {
        "beyond the plan": (documents, strange),
        "on a robot": (
            documents,
            msgspec.structs.replace(plain, run=msgspec.structs.replace(plain.run, benchmark=real)),
        ),
        "gaps": (documents, audit_input(names(2), gaps, blocks=order)),
        "a task that was never run": (documents, audit_input(names(2), absent, blocks=order)),
        "several seeds": (pair(seeds=[5, 3, 9], episodes_per_task=20), audit_input(names(11), seeds)),
        "an earlier run is short": _short_first_run(),
    }


def _short_first_run() -> Made:
    cells = [cell("t0", 0, 50, success=20, failure=5), cell("t0", 1, 50, success=40, failure=10)]
    return pair(seeds=[0, 1], episodes_per_task=50), audit_input(["t0"], cells)


def every_case() -> dict[str, Made]:
    """All of them, by group and name."""
    groups = (rates, limits, designs, early_ends, several_metrics, scores, simulations, oddities)
    return {f"{group.__name__}/{name}": made for group in groups for name, made in group().items()}
