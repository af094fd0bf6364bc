"""Laws of the verdict itself, for whole plans and for runs that ended early."""

from __future__ import annotations

import random
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tests.worldflux.audit.cases import audit_input, cell
from tests.worldflux.audit.runs import Pair, decided, names, pair, path_of, played, run_of, the_metric
from worldflux.documents.audit_input import AuditInput, Cell
from worldflux.documents.evidence import Evidence

SOME: Final = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DECIDING: Final = ("supported", "refuted")
OPERATORS: Final = (">=", "<=", "==")
PLANNED: Final = 12
RULES: Final = {"margin": 0.15, "alpha": 0.1}

Counts = list[list[tuple[int, int, int]]]  # by seed and task: successes, failures, lost


def documents(seeds: int, per_task: int, *, operator: str = ">=", **execution: Any) -> Pair:
    """A claim of 0.5 with margin 0.15 at alpha 0.1, which small plans decide in every way."""
    settings = {"seeds": list(range(seeds)), "episodes_per_task": per_task, **execution}
    return pair(metric={"value": 0.5, "operator": operator}, rule=RULES, **settings)


@st.composite
def whole_plans(draw: st.DrawFn, *, lost: bool = True) -> tuple[Counts, int]:
    """Every planned episode succeeded, failed or was lost."""
    per_task, tasks, seeds = draw(st.integers(3, 25)), draw(st.integers(1, 7)), draw(st.integers(1, 3))
    tilt = draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]))
    rng = random.Random(draw(st.integers(0, 2**32)))
    most_lost = draw(st.integers(0, 3)) if lost else 0

    def one() -> tuple[int, int, int]:
        gone = min(rng.randint(0, most_lost), per_task)
        successes = sum(rng.random() < tilt for _ in range(per_task - gone))
        return successes, per_task - gone - successes, gone

    return [[one() for _ in range(tasks)] for _ in range(seeds)], per_task


def cells_of(counts: Counts, per_task: int) -> list[Cell]:
    return [
        cell(name, seed, per_task, success=successes, failure=failures, infra_error=gone)
        for seed, tasks in enumerate(counts)
        for name, (successes, failures, gone) in zip(names(len(tasks)), tasks, strict=True)
    ]


def of(plan: tuple[Counts, int], *, shuffle: int = 0, **changes: Any) -> Evidence:
    counts, per_task = plan
    cells, order = cells_of(counts, per_task), names(len(counts[0]))
    if shuffle:
        random.Random(shuffle).shuffle(cells)
        random.Random(shuffle).shuffle(order)
    return decided(documents(len(counts), per_task, **changes), audit_input(order, cells))


operators = st.sampled_from(OPERATORS)
estimands = st.sampled_from(["fixed_tasks", "task_population"])


def changed(plan: tuple[Counts, int], before: int, after: int, place: int) -> tuple[Counts, int] | None:
    """One episode with another outcome (positions: successes 0, failures 1, lost 2)."""
    counts, per_task = plan
    places = [(seed, task) for seed, tasks in enumerate(counts) for task, each in enumerate(tasks) if each[before]]
    if not places:
        return None
    seed, task = places[place % len(places)]
    altered = [list(tasks) for tasks in counts]
    values = list(altered[seed][task])
    values[before] -= 1
    values[after] += 1
    altered[seed][task] = (values[0], values[1], values[2])
    return altered, per_task


@SOME
@given(plan=whole_plans(), operator=operators, estimand=estimands, shuffle=st.integers(1, 2**32))
def test_the_order_decides_nothing(plan: tuple[Counts, int], operator: str, estimand: str, shuffle: int) -> None:
    before, after = (of(plan, operator=operator, estimand=estimand, shuffle=each) for each in (0, shuffle))
    assert (before.verdict, before.observed_verdict) == (after.verdict, after.observed_verdict)
    first, second = the_metric(before), the_metric(after)
    assert (first.k_crit, first.k_refute, first.flags) == (second.k_crit, second.k_refute, second.flags)
    assert [each.verdict for each in first.sensitivity] == [each.verdict for each in second.sensitivity]


@SOME
@given(plan=whole_plans(), place=st.integers(0, 100), operator=st.sampled_from([">=", "<="]))
def test_one_more_success_never_hurts_a_claim_of_at_least(plan: tuple[Counts, int], place: int, operator: str) -> None:
    better = changed(plan, 1, 0, place)
    assume(better is not None)
    assert better
    poorer, richer = of(plan, operator=operator).verdict, of(better, operator=operator).verdict
    if operator == "<=":
        poorer, richer = richer, poorer
    if poorer == "supported":
        assert richer == "supported"
    if richer == "refuted":
        assert poorer == "refuted"


@SOME
@given(plan=whole_plans(), place=st.integers(0, 100), operator=operators, estimand=estimands)
def test_losing_an_episode_decides_nothing_that_knowing_it_would_not(
    plan: tuple[Counts, int], place: int, operator: str, estimand: str
) -> None:
    """Whatever is decided although episodes were lost is decided alike when all of them turn out the same way."""
    counts, per_task = plan
    verdict = of(plan, operator=operator, estimand=estimand).verdict
    assume(verdict in DECIDING)
    for outcome in (0, 1):
        known = [
            [(s + gone * (outcome == 0), f + gone * (outcome == 1), 0) for s, f, gone in tasks] for tasks in counts
        ]
        assert of((known, per_task), operator=operator, estimand=estimand).verdict == verdict


@SOME
@given(plan=whole_plans(), operator=operators, estimand=estimands)
def test_the_verdict_without_the_lost_is_told_only_where_there_are_some(
    plan: tuple[Counts, int], operator: str, estimand: str
) -> None:
    evidence = of(plan, operator=operator, estimand=estimand)
    lost = sum(each[2] for tasks in plan[0] for each in tasks)
    if evidence.observed_verdict is not UNSET:
        assert lost
        assert evidence.observed_verdict != evidence.verdict
    assert (evidence.observed_verdict is not UNSET) == ("missing_sensitive" in the_metric(evidence).flags)
    assert evidence.denominator.lost == lost


@SOME
@given(plan=whole_plans(lost=False), operator=operators, estimand=estimands)
def test_no_count_both_supports_and_refutes(plan: tuple[Counts, int], operator: str, estimand: str) -> None:
    metric = the_metric(of(plan, operator=operator, estimand=estimand))
    if metric.k_crit is None or metric.k_refute is None:
        assert metric.verdict == "not_testable"
        return
    assert (metric.k_crit > metric.k_refute) if operator in (">=", "==") else (metric.k_crit < metric.k_refute)
    lower, upper = metric.interval.lower, metric.interval.upper
    assert lower is not None
    assert upper is not None
    assert metric.threshold is not None
    if operator == ">=":
        assert (metric.verdict == "supported") == (lower > metric.threshold)
        assert (metric.verdict == "refuted") == (upper < metric.threshold)
    elif operator == "<=":
        assert (metric.verdict == "supported") == (upper < metric.threshold)
        assert (metric.verdict == "refuted") == (lower > metric.threshold)


@SOME
@given(plan=whole_plans(lost=False))
def test_at_most_is_at_least_of_the_failures(plan: tuple[Counts, int]) -> None:
    counts, per_task = plan
    mirrored = [[(failures, successes, gone) for successes, failures, gone in tasks] for tasks in counts]
    for estimand in ("fixed_tasks", "task_population"):
        up = of(plan, operator=">=", estimand=estimand)
        down = of((mirrored, per_task), operator="<=", estimand=estimand)
        assert up.verdict == down.verdict
        one, other = the_metric(up), the_metric(down)
        trials = one.decision_trials
        if one.k_crit is not None and other.k_crit is not None:
            assert one.k_crit == trials - other.k_crit


@SOME
@given(plan=whole_plans(lost=False))
def test_a_population_is_harder_to_speak_of_than_its_sample(plan: tuple[Counts, int]) -> None:
    fixed, population = (of(plan, estimand=each) for each in ("fixed_tasks", "task_population"))
    if population.verdict in DECIDING:
        assert fixed.verdict == population.verdict
    assert the_metric(population).design_effect >= 1


@st.composite
def short_runs(draw: st.DrawFn) -> list[list[list[int]]]:
    """Blocks of one to three runs of twelve; the last one ended in step."""
    tasks = draw(st.integers(1, 4))
    tilt, rng = draw(st.sampled_from([0.0, 0.4, 0.6, 0.9, 1.0])), random.Random(draw(st.integers(0, 2**32)))
    lengths = [PLANNED] * draw(st.integers(0, 2)) + [draw(st.integers(1, PLANNED - 1))]
    return [[[int(rng.random() < tilt) for _ in range(tasks)] for _ in range(length)] for length in lengths]


def ended(runs: list[list[list[int]]], *, lost: int = 0, losing: int = -1) -> AuditInput:
    return played(
        *(
            run_of(blocks, seed=seed, planned=PLANNED, lost=lost if seed == losing else 0)
            for seed, blocks in enumerate(runs)
        )
    )


def short(runs: list[list[list[int]]], *, operator: str = ">=", lost: int = 0, losing: int = -1) -> Evidence:
    return decided(documents(4, PLANNED, operator=operator), ended(runs, lost=lost, losing=losing))


@SOME
@given(runs=short_runs(), operator=st.sampled_from([">=", "<="]), place=st.integers(0, 10_000))
def test_one_more_success_moves_a_short_run_one_way_only(
    runs: list[list[list[int]]], operator: str, place: int
) -> None:
    failed = [
        (r, b, t) for r, run in enumerate(runs) for b, block in enumerate(run) for t, v in enumerate(block) if not v
    ]
    assume(failed)
    run, block, task = failed[place % len(failed)]
    better = [[list(each) for each in blocks] for blocks in runs]
    better[run][block][task] = 1
    poorer, richer = short(runs, operator=operator).verdict, short(better, operator=operator).verdict
    if operator == "<=":
        poorer, richer = richer, poorer
    assert poorer != "supported" or richer == "supported"
    assert richer != "refuted" or poorer == "refuted"


@SOME
@given(runs=short_runs(), operator=operators, shuffle=st.integers(0, 2**32))
def test_the_order_of_blocks_moves_only_the_moment(runs: list[list[list[int]]], operator: str, shuffle: int) -> None:
    """The end of the path is the same; only a peak on the way, which any stopping time may see, is another."""
    blocks = [block for run in runs for block in run][: PLANNED - 1]
    other = list(blocks)
    random.Random(shuffle).shuffle(other)
    first, second = (the_metric(short([each], operator=operator)) for each in (blocks, other))
    assert (first.interval, first.estimate, first.k_crit) == (second.interval, second.estimate, second.k_crit)
    ends = [
        path_of(documents(4, PLANNED, operator=operator), ended([each])).metrics[0].path[-1] for each in (blocks, other)
    ]
    assert ends[0].log_e_support == pytest.approx(ends[1].log_e_support, rel=1e-9, abs=1e-9)
    assert ends[0].log_e_refute == pytest.approx(ends[1].log_e_refute, rel=1e-9, abs=1e-9)


@SOME
@given(runs=short_runs(), losing=st.integers(0, 2))
def test_what_comes_after_a_loss_decides_nothing(runs: list[list[list[int]]], losing: int) -> None:
    assume(losing < len(runs) and len(runs[losing]) > 1)
    cut = [blocks[:-1] if seed == losing else blocks for seed, blocks in enumerate(runs)]
    evidence = short(cut, lost=1, losing=losing)
    metric, before = the_metric(evidence), the_metric(short(cut[: losing + 1]))
    assert evidence.denominator.lost == len(runs[0][0])
    assert metric.sequential == before.sequential
    assert metric.verdict == before.verdict or {metric.verdict, before.verdict} <= {"inconclusive", "underpowered"}


def test_the_plans_of_this_file_decide_in_every_way() -> None:
    """A law about `supported` says nothing where nothing is ever supported."""
    seen = {
        (estimand, of(([[(k, 12 - k, 0)] * 6] * 2, 12), estimand=estimand, operator=operator).verdict)
        for operator in OPERATORS
        for estimand in ("fixed_tasks", "task_population")
        for k in range(13)
    }
    assert {("fixed_tasks", each) for each in DECIDING} | {("task_population", each) for each in DECIDING} <= seen
    runs = {short([[[outcome]] * PLANNED, [[outcome]]]).verdict for outcome in (0, 1)}
    assert runs == set(DECIDING)
