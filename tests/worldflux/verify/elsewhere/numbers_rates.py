"""Promised success rates that between them take every way through the rules."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tests.worldflux.audit.cases import audit_input, cell
from tests.worldflux.audit.runs import Pair, balanced, cells_of, names, pair, played, run_of, unverified
from worldbase.document import significant
from worldflux.documents.audit_input import AuditInput, RepeatedStarts, Requested

Made = tuple[Pair, AuditInput]
Settings = Mapping[str, Any]

RATE: Final = {"name": "success_rate", "operator": ">=", "value": 0.8, "unit": "ratio"}
OPERATORS: Final = (">=", ">", "<=", "<", "==")
METHODS: Final = ("wilson", "clopper_pearson", "exact", "jeffreys", "jeffreys_bcd", "agresti_coull", "wald")


def of_counts(
    counts: Sequence[tuple[int, int]],
    *,
    metrics: Sequence[Settings] | None = None,
    rule: Settings | None = None,
    planned: int = 0,
    execution: Settings | None = None,
    selection: Settings | None = None,
    **others: int,
) -> Made:
    """One task for each pair of successes and failures, in one run."""
    cells = cells_of(counts, planned=planned, **others)
    first = (metrics or [{}])[0]
    documents = pair(
        metric={name: first[name] for name in ("unit", "value") if "percent" in first.values()},
        metrics=metrics,
        rule=rule,
        selection=selection,
        seeds=[0],
        episodes_per_task=max(each.planned for each in cells),
        **(execution or {}),
    )
    return documents, audit_input(names(len(counts)), cells)


def rates() -> dict[str, Made]:
    """Plans run whole: every operator and method, refuted, open and supported, in ratios and percent."""
    made: dict[str, Made] = {}
    for operator in OPERATORS:
        for method in METHODS:
            for successes in (0, 60, 74, 76, 80, 84, 100):
                rule = {"interval_method": method, "margin": 0.05}
                metric = {"operator": operator, "value": 0.8}
                made[f"{operator} by {method}: {successes}"] = of_counts(
                    [(successes, 100 - successes)], metrics=[metric], rule=rule
                )
    percent = {"operator": ">=", "value": 80.0, "unit": "percent"}
    made["percent"] = of_counts([(400, 100)], metrics=[percent], rule={"margin": 5.0, "alpha": 0.025})
    made["values with many digits"] = of_counts(
        [(703, 297)], metrics=[{"value": 0.7123456789}], rule={"margin": 0.0123456789, "alpha": 0.0123}
    )
    made["a tail that meets alpha"] = of_counts(
        [(5, 0)], metrics=[{"value": 0.6}], rule={"margin": 0.1, "alpha": 0.03125, "interval_method": "exact"}
    )
    made["equal within the margin"] = of_counts([(800, 200)], metrics=[{"operator": "=="}])
    made["supported, and below the target"] = of_counts([(3_900, 1_100)])
    made["large"] = of_counts([(4_015_000, 985_000), (4_006_000, 994_000)], rule={"margin": 0.0})
    return made


def limits() -> dict[str, Made]:
    """What cannot be tested, or has no power to speak of."""
    return {
        "margin 0": of_counts([(38, 12)], rule={"margin": 0.0}),
        "margin 0 with power_at": of_counts([(38, 12)], rule={"margin": 0.0, "power_at": 0.9}),
        "power_at the threshold": of_counts([(38, 12)], rule={"power_at": 0.75}),
        "power_at on the wrong side": of_counts([(38, 12)], rule={"power_at": 0.6}),
        "power_at no rate": of_counts([(38, 12)], rule={"power_at": 1.5}),
        "power out of reach": of_counts([(38, 12)], rule={"margin": 0.00001}),
        "nothing would do": of_counts([(2, 0)], rule={"alpha": 0.001}),
        "threshold 1": of_counts([(5, 0)], metrics=[{"value": 1.0}], rule={"margin": 0.0}),
        "threshold below 0": of_counts([(5, 0)], metrics=[{"value": 0.0}], rule={"margin": 0.00001}),
        "threshold in percent": of_counts(
            [(5, 0)], metrics=[{"value": 100.0, "unit": "percent"}], rule={"margin": 0.0}
        ),
        "equality without a margin": of_counts([(5, 5)], metrics=[{"operator": "=="}], rule={"margin": 0.0}),
        "unknown metric": of_counts([(5, 5)], metrics=[{"name": "speed", "unit": "m/s"}]),
        "a name that objects have": of_counts([(5, 5)], metrics=[{"name": "constructor", "unit": "m/s"}]),
        "unknown task": of_counts([(5, 5)], metrics=[{"task": "nowhere"}]),
        "no trial": of_counts([(0, 0)], planned=5, unknown=5),
        "a task without trials": of_counts(
            [(5, 5), (0, 0)],
            planned=10,
            infra_error=10,
            execution={"denominator_policy": {"infra_error": "excluded_predeclared"}},
        ),
        "one task of several": of_counts([(45, 5), (20, 30)], metrics=[{"task": "t1"}, {"task": "t0"}]),
        "the target is 1": of_counts([(49, 1)], metrics=[{"value": 1.0}]),
    }


def designs() -> dict[str, Made]:
    """Trials that hang together, are lost, or weigh unequally."""
    many = [(40 + number % 9, 10 - number % 9) for number in range(8)]
    policies = {
        f"errors {policy}": of_counts(
            [(38, 8), (41, 6)],
            planned=50,
            infra_error=3,
            execution={"denominator_policy": {"infra_error": policy}},
        )
        for policy in ("lost", "failure", "excluded_predeclared")
    }
    populations = {
        f"population of {count}": of_counts(many[:count], execution={"estimand": "task_population"})
        for count in (4, 5, 8)
    }
    fixed = {"estimand": "fixed_tasks"}
    return {
        **policies,
        **populations,
        "population with lost ones": of_counts(
            [(30, 10), (45, 2), (20, 20), (41, 9), (48, 1)],
            planned=50,
            execution={"estimand": "task_population"},
        ),
        "population without spread": of_counts([(50, 0)] * 6, execution={"estimand": "task_population"}),
        "population below": of_counts(many, metrics=[{"operator": "<="}], execution={"estimand": "task_population"}),
        "lost change the verdict": of_counts([(40, 5)], infra_error=5),
        "unequal numbers": _unequal([(40, 5), (20, 5), (8, 1)], fixed),
        "unequal numbers at the ends": _unequal([(50, 0), (20, 0), (9, 0)], fixed),
        "unequal averages": _unequal([(190, 10), (5, 15), (11, 9)], {}),
        "shared starts": _shared([(40, 10, 10), (35, 15, 25)]),
        "shared starts, few": _shared([(40, 10, 2), (35, 15, 2)]),
        "shared starts, one each": _shared([(40, 10, 1)] * 6),
        "shared starts, alike": _shared([(50, 0, 10), (50, 0, 10)]),
        "shared starts, and lost ones": _shared([(40, 8, 10), (35, 13, 25)], planned=50, infra_error=2),
        "shared starts of one task": _shared([(40, 10, 12), (35, 15, 0)]),
        "unknown starts": _with_unknown_starts([(45, 5), (41, 9)] * 4),
        "best of several": of_counts([(45, 5)], selection={"candidates_scored": 12, "method": "highest rate"}),
    }


def _unequal(counts: Sequence[tuple[int, int]], execution: Settings) -> Made:
    """Errors that are declared to be excluded leave the tasks with unequal numbers."""
    planned = max(successes + failures for successes, failures in counts)
    cells = [
        cell(name, 0, planned, success=successes, failure=failures, infra_error=planned - successes - failures)
        for name, (successes, failures) in zip(names(len(counts)), counts, strict=True)
    ]
    documents = pair(
        seeds=[0],
        episodes_per_task=planned,
        denominator_policy={"infra_error": "excluded_predeclared"},
        **execution,
    )
    return documents, audit_input(names(len(counts)), cells)


def _shared(counts: Sequence[tuple[int, int, int]], *, planned: int = 0, infra_error: int = 0) -> Made:
    """Successes, failures and distinct states of each task (0: each trial its own); the first has another share."""
    pairs = [(successes, failures) for successes, failures, _ in counts]
    documents, given = of_counts(pairs, planned=planned, infra_error=infra_error)
    entries = []
    for name, (successes, failures, states) in zip(names(len(counts)), counts, strict=True):
        share = successes / (successes + failures)
        shares = [share] * states if successes == 0 or failures == 0 else [1 / 3, *[share] * (states - 1)]
        entry = RepeatedStarts(
            task=name,
            starts=states,
            trials=successes + failures,
            sum=significant(math.fsum(shares)),
            sum_of_squares=significant(math.fsum(each * each for each in shares)),
        )
        entries += [entry] if states else []
    return documents, msgspec.structs.replace(given, repeated_starts=entries)


def _with_unknown_starts(counts: Sequence[tuple[int, int]]) -> Made:
    documents, given = of_counts(counts)
    return documents, unverified(given)


def early_ends() -> dict[str, Made]:
    """Plans that ended early, or may: one task and several, with and without a rule."""
    one = [[int(number % 7 != 0)] for number in range(60)]
    sure = [[1]] * 60
    three = balanced([3, 3, 2, 3, 3, 3, 1, 3, 3, 3, 3, 3, 3, 2, 3] * 4, 3)
    bad = balanced([0, 1, 0, 0, 1] * 6, 3)
    rule = {"method": "e_process", "check_every": 5, "min_blocks": 10}
    ends: dict[str, tuple[list[list[int]], Settings]] = {
        "one task": (one, {}),
        "one task, sure": (sure, {}),
        "three tasks": (three, {}),
        "three tasks, refuted": (bad, {}),
        "by rule": (three, {"stopping_rule": rule}),
        "by rule, every block": (one, {"stopping_rule": {"method": "e_process"}}),
        "none of one task": ([[0]] * 40, {}),
        "none of three tasks": (balanced([0] * 30, 3), {}),
        "all of three tasks": (balanced([3] * 30, 3), {}),
        "by rule, no look": (one[:5], {"stopping_rule": rule}),
        "population": (three, {"estimand": "task_population"}),
    }
    made = {}
    for name, (blocks, execution) in ends.items():
        for operator in (">=", "<=", "=="):
            made[f"{name} {operator}"] = _early(blocks, [{**RATE, "operator": operator}], execution)
    made["nothing run yet"] = _early([[1]], [RATE], {}, then_lost=4)
    made["by rule, whole"] = _early(three, [RATE], {"stopping_rule": rule}, planned=len(three))
    made["lost at the end"] = _early(three, [RATE], {}, then_lost=2)
    made["of one task"] = _early(three, [{**RATE, "task": "t1"}], {})
    made["the target is 1"] = _early(sure, [{**RATE, "value": 1.0}], {})
    made["many blocks"] = _early([[int(number % 5 != 0)] for number in range(900)], [RATE], {}, planned=2_000)
    made["play in turn"] = _ordered(made["three tasks >="], "interleaved")
    made["task by task"] = _ordered(made["by rule >="], "task_by_task")
    made["two runs"] = _two_runs(three)
    return made


def _early(
    blocks: Sequence[Sequence[int]],
    metrics: Sequence[Settings],
    execution: Settings,
    *,
    planned: int = 100,
    then_lost: int = 0,
    rule: Settings | None = None,
) -> Made:
    given = played(run_of(blocks, planned=planned, lost=then_lost))
    asked = msgspec.structs.replace(given, requested=Requested(savi=True))
    return pair(metrics=metrics, rule=rule, seeds=[0], episodes_per_task=planned, **execution), asked


def _ordered(made: Made, order: str) -> Made:
    documents, given = made
    run = msgspec.structs.replace(given.run, evaluator={**given.run.evaluator, "episode_order": order})
    return documents, msgspec.structs.replace(given, run=run)


def _two_runs(blocks: Sequence[Sequence[int]]) -> Made:
    runs = [run_of(blocks, seed=0, planned=len(blocks)), run_of(blocks[:7], seed=1, planned=len(blocks))]
    return pair(metrics=[RATE], seeds=[0, 1], episodes_per_task=len(blocks)), played(*runs)


def several_metrics() -> dict[str, Made]:
    """Corrections, combinations, baselines and flags."""
    two = [(45, 5), (37, 13)]
    both = [{**RATE, "task": "t0"}, {**RATE, "task": "t1"}]
    exploratory = [RATE, *({**each, "role": "exploratory"} for each in both)]
    counted = {"source": "paper", "successes": 35, "trials": 50}
    return {
        "all": of_counts(two, metrics=both),
        "any": of_counts(two, metrics=both, rule={"combine": "any"}),
        "any, none": of_counts([(5, 45), (4, 46)], metrics=both, rule={"combine": "any"}),
        "any, corrected away": of_counts([(43, 7), (37, 13)], metrics=both, rule={"combine": "any"}),
        "exploratory": of_counts(two, metrics=exploratory),
        "exploratory, corrected away": of_counts([(43, 7), (20, 30)], metrics=exploratory),
        "only exploratory": of_counts(two, metrics=exploratory[1:]),
        "refuted by one of two": of_counts([(32, 18), (47, 3)], metrics=both),
        "refuted by one of two, surely": of_counts([(11, 39), (47, 3)], metrics=both),
        "baseline as a value": of_counts(two, rule={"baseline": {"source": "paper", "value": 0.9}}),
        "baseline as the same value": of_counts(two, rule={"baseline": {"source": "paper", "value": 0.8}}),
        "baseline counted, any": of_counts(two, metrics=both, rule={"combine": "any", "baseline": counted}),
        "baseline as a value, below": of_counts(
            two, metrics=[{"operator": "<"}], rule={"baseline": {"source": "paper", "value": 0.6}}
        ),
        "baseline counted": of_counts([(90, 10)], rule={"baseline": counted}),
        "baseline unmet": of_counts([(47, 3)], rule={"baseline": {**counted, "successes": 50}}),
        "baseline refuted": of_counts([(60, 40)], rule={"baseline": {**counted, "successes": 45}}),
        "baseline, lost ones": of_counts([(80, 10)], infra_error=10, rule={"baseline": counted}),
        "baseline, below": of_counts([(10, 90)], metrics=[{"operator": "<="}], rule={"baseline": counted}),
        "baseline, equality": of_counts([(80, 20)], metrics=[{"operator": "=="}], rule={"baseline": counted}),
        "baseline at the ends": of_counts([(50, 0)], rule={"baseline": {**counted, "successes": 0, "trials": 5}}),
        "baseline, early end": _early([[1]] * 40, [RATE], {}, rule={"baseline": counted}),
    }
