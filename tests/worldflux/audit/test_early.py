"""Runs that ended before their plan: only what holds at every stopping time decides them."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from tests.worldflux.audit.cases import cell
from tests.worldflux.audit.runs import (
    Pair,
    balanced,
    codes,
    decided,
    pair,
    path_of,
    played,
    readings,
    run_of,
    the_metric,
)
from worldflux.documents.evidence import Evidence
from worldflux.stats.sequential import checkpoint_schedule, e_process, log_e_above, log_e_below
from worldflux.stats.verdicts import Direction

SEEDS = [0, 1, 2]
PLANNED = 50
NEEDED = math.log(20)
SIDES: tuple[Direction, Direction] = ("above", "below")


def plan(**changes: Any) -> Pair:
    return pair(**{"seeds": SEEDS, "episodes_per_task": PLANNED, **changes})


def of(blocks: Sequence[Sequence[int]], **changes: Any) -> Evidence:
    return decided(plan(**changes), played(run_of(blocks, planned=PLANNED)))


def one(successes: int, failures: int, **changes: Any) -> Evidence:
    """One task, successes first."""
    return of([[1]] * successes + [[0]] * failures, **changes)


def test_41_of_100_in_ten_blocks_refute_80_percent_of_a_plan_of_1500() -> None:
    evidence = of(balanced([5, 4, 4, 4, 4, 4, 4, 4, 4, 4], 10))
    metric = the_metric(evidence)
    assert evidence.verdict == "refuted"
    assert (evidence.denominator.planned, evidence.denominator.not_run, evidence.denominator.lost) == (1500, 1400, 0)
    assert codes(evidence) == ["short_of_plan", "stopping.unplanned", "decision.e_value_refuted"]
    assert (metric.method, metric.decision_trials, metric.target.status) == ("e_process", 100, "contradicted")
    assert metric.sequential
    assert metric.sequential.log_e_refute > NEEDED
    assert metric.interval.method == "confidence_sequence"
    assert metric.interval.upper is not None
    assert metric.interval.upper < 0.75
    assert "short_of_plan" in metric.flags


def test_ten_blocks_at_90_percent_never_support_it() -> None:
    """The seam that the plan's own test would not have: 90 of 100 would support 80% with margin 5 if planned."""
    rng = random.Random(1)
    for _ in range(20):
        successes = [9] * 10
        rng.shuffle(successes)
        evidence = of(balanced(successes, 10))
        assert evidence.verdict == "inconclusive"
        assert readings(the_metric(evidence))["as_if_planned"].verdict == "supported"


def test_fifty_blocks_at_90_percent_support_it() -> None:
    evidence = of(balanced([9] * 50, 10))
    assert (evidence.verdict, evidence.denominator.not_run) == ("supported", 1000)


def test_the_e_values_do_not_depend_on_the_order_in_the_end() -> None:
    blocks = balanced([9, 3, 10, 7, 8, 10, 6, 9, 9, 5, 10, 8], 10)
    ends = set()
    for seed in range(6):
        shuffled = list(blocks)
        random.Random(seed).shuffle(shuffled)
        (metric,) = path_of(plan(), played(run_of(shuffled, planned=PLANNED))).metrics
        assert [look.block for look in metric.path] == list(range(1, 13))
        ends.add((metric.path[-1].log_e_support, metric.path[-1].log_e_refute))
    (first, *others) = ends
    assert all(other == pytest.approx(first, rel=1e-9) for other in others)


@pytest.mark.parametrize("tasks", [1, 4])
def test_the_path_is_that_of_the_two_e_processes(tasks: int) -> None:
    successes = [random.Random(3).randint(0, tasks) for _ in range(30)]
    (metric,) = path_of(plan(), played(run_of(balanced(successes, tasks), planned=PLANNED))).metrics
    up = e_process(successes, tasks=tasks, value=0.75, direction="above")
    down = e_process(successes, tasks=tasks, value=0.75, direction="below")
    assert [look.log_e_support for look in metric.path] == pytest.approx(up.log_e, rel=1e-10)
    assert [look.log_e_refute for look in metric.path] == pytest.approx(down.log_e, rel=1e-10)


@pytest.mark.parametrize(("first", "every"), [(1, 1), (5, 7), (10, 10), (30, 1), (31, 5)])
def test_a_stopping_rule_looks_only_when_it_says(first: int, every: int) -> None:
    rule = {"method": "e_process", "min_blocks": first, "check_every": every}
    given = played(run_of([[1]] * 30, planned=PLANNED))
    (metric,) = path_of(plan(stopping_rule=rule), given).metrics
    looks = [look.block for look in metric.path]
    assert looks == list(range(first, 31, every))
    every_block = e_process([1] * 30, value=0.75)
    assert every_block.decided_at is not None
    expected = next((look for look in looks if look >= every_block.decided_at), None)
    evidence = decided(plan(stopping_rule=rule), given)
    assert metric.decided_at == the_metric(evidence).sequential.decided_at == expected  # type: ignore[union-attr]
    assert (evidence.verdict == "supported") == (expected is not None)


def test_a_chance_between_two_looks_decides_nothing() -> None:
    """Twenty successes decide; but nobody was to look before block 40, and then it is over."""
    blocks = [[1]] * 20 + [[0]] * 20
    seen = one(20, 20)
    rule = {"method": "e_process", "min_blocks": 40, "check_every": 1}
    unseen = decided(plan(stopping_rule=rule), played(run_of(blocks, planned=PLANNED)))
    assert the_metric(seen).sequential.decided_at == 14  # type: ignore[union-attr]
    assert (seen.verdict, unseen.verdict) == ("supported", "refuted")


def test_a_planned_early_end_is_said_to_be_one() -> None:
    rule = {"method": "e_process", "min_blocks": 1, "check_every": 1}
    evidence = one(20, 0, stopping_rule=rule)
    assert codes(evidence)[:2] == ["short_of_plan", "stopping.planned"]
    assert "as_if_planned" not in readings(the_metric(evidence))


def test_a_rule_decides_also_when_the_whole_plan_was_run() -> None:
    """Who might have stopped early may not use the test of those who could not."""
    rule = {"method": "e_process", "min_blocks": 1, "check_every": 1}
    given = played(run_of(balanced([8] * 25 + [7] * 25, 10), planned=PLANNED))
    planned = decided(plan(seeds=[0], stopping_rule=rule), given)
    fixed = decided(plan(seeds=[0]), given)
    assert (the_metric(planned).method, the_metric(fixed).method) == ("e_process", "wilson")
    assert "short_of_plan" not in codes(planned)
    assert planned.denominator.not_run == 0
    assert "short_of_plan" not in the_metric(planned).flags


@pytest.mark.parametrize("operator", [">=", "<="])
@pytest.mark.parametrize("value", [0.8, 0.3])
@pytest.mark.parametrize("trials", [1, 10, 40])
def test_the_critical_count_of_one_task_is_the_first_whose_e_value_suffices(
    operator: str, value: float, trials: int
) -> None:
    evidence = one(trials // 2, trials - trials // 2, metric={"operator": operator, "value": value})
    metric = the_metric(evidence)
    threshold = round(value - 0.05 if operator == ">=" else value + 0.05, 9)
    above = [k for k in range(trials + 1) if log_e_above(k, trials, threshold) >= NEEDED and k > trials * threshold]
    below = [k for k in range(trials + 1) if log_e_below(k, trials, threshold) >= NEEDED and k < trials * threshold]
    fewest, most = min(above, default=trials + 1), max(below, default=-1)
    assert (metric.k_crit, metric.k_refute) == ((fewest, most) if operator == ">=" else (most, fewest))


def test_blocks_of_several_tasks_have_no_critical_count() -> None:
    metric = the_metric(of(balanced([5] * 10, 10)))
    assert (metric.k_crit, metric.k_refute, metric.attained_size) == (None, None, None)


@pytest.mark.parametrize(
    ("successes", "failures", "status"), [(45, 0, "shown"), (30, 8, "not_shown"), (5, 20, "contradicted")]
)
def test_the_claimed_value_itself_has_its_own_status(successes: int, failures: int, status: str) -> None:
    trials = successes + failures
    spread = [int((index + 1) * successes // trials > index * successes // trials) for index in range(trials)]
    metric = the_metric(of([[outcome] for outcome in spread]))
    assert metric.target.status == status
    processes = [e_process(spread, value=0.8, direction=side) for side in SIDES]
    assert [process.decided_at is not None for process in processes] == [status == "shown", status == "contradicted"]


def test_equality_needs_both_and_is_refuted_by_either() -> None:
    claim = {"metric": {"operator": "==", "value": 0.5}, "rule": {"margin": 0.2}}
    even = [[0], [1]] * 500
    given = played(run_of(even, planned=2000))
    evidence = decided(plan(**claim, episodes_per_task=2000), given)
    assert evidence.verdict == "supported"
    support = [
        e_process([0, 1] * 500, value=value, direction=side).log_e
        for value, side in zip((0.3, 0.7), SIDES, strict=True)
    ]
    least = max(map(min, zip(*support, strict=True)))
    assert the_metric(evidence).sequential.log_e_support == pytest.approx(least, rel=1e-9)  # type: ignore[union-attr]
    for outcome in (0, 1):
        assert decided(plan(**claim), played(run_of([[outcome]] * 40, planned=PLANNED))).verdict == "refuted"


def test_a_metric_of_one_task_is_not_decided_by_a_short_run() -> None:
    evidence = of(balanced([5] * 10, 10), metric={"task": "t3"})
    metric = the_metric(evidence)
    assert evidence.verdict == "inconclusive"
    assert codes(evidence) == ["short_of_plan"]
    assert (metric.trials, metric.robust, metric.sequential) == (10, False, msgspec.UNSET)


def test_a_population_of_tasks_is_not_decided_by_a_short_run() -> None:
    evidence = of(balanced([1] * 10, 10), estimand="task_population")
    assert (evidence.verdict, codes(evidence)) == ("inconclusive", ["short_of_plan"])


def test_without_a_complete_block_nothing_is_decided() -> None:
    given = played(run_of([[1]], planned=PLANNED), run_of([[1]], seed=1, planned=PLANNED))
    empty = [msgspec.structs.replace(each, complete=0, successes="") for each in given.blocks]
    evidence = decided(plan(), msgspec.structs.replace(given, blocks=empty))
    metric = the_metric(evidence)
    assert evidence.verdict == "underpowered"  # 150 planned episodes were too few to begin with
    assert (metric.interval.lower, metric.interval.upper) == (0.0, 1.0)
    assert metric.sequential
    assert (metric.sequential.blocks, metric.sequential.decided_at) == (0, None)


def test_runs_follow_one_another() -> None:
    halves = played(run_of([[1]] * 7, planned=7), run_of([[1]] * 7, seed=1, planned=7))
    evidence = decided(plan(episodes_per_task=7), halves)
    assert (evidence.denominator.not_run, evidence.denominator.lost) == (7, 0)
    assert the_metric(evidence).sequential == the_metric(one(14, 0)).sequential


def test_who_loses_the_failures_of_every_run_wins_nothing() -> None:
    """Sixty runs of one success and one error each. Half of what was tried did not succeed, and nobody saw a failure.

    Each run's blocks end before the episode that went wrong; stringing such beginnings together would leave out just
    those episodes. Only the first one is the beginning of what happened.
    """
    runs = [run_of([[1]], seed=seed, planned=10, lost=1) for seed in range(60)]
    evidence = decided(plan(seeds=list(range(60)), episodes_per_task=10), played(*runs))
    metric = the_metric(evidence)
    assert (evidence.denominator.lost, evidence.denominator.not_run) == (59 * 9 + 1, 8)
    assert metric.sequential
    assert metric.sequential.blocks == 1
    assert evidence.verdict not in ("supported", "refuted")


def test_who_stops_every_run_at_its_best_moment_wins_nothing() -> None:
    runs = [run_of([[1]], seed=seed, planned=10) for seed in range(60)]
    evidence = decided(plan(seeds=list(range(60)), episodes_per_task=10), played(*runs))
    assert evidence.denominator.not_run == 9  # of the last run, behind which nobody played on
    assert the_metric(evidence).sequential.blocks == 1  # type: ignore[union-attr]
    assert evidence.verdict not in ("supported", "refuted")


@pytest.mark.parametrize("position", [0, 1, 2])
def test_blocks_count_up_to_the_first_loss_and_no_further(position: int) -> None:
    runs = [
        run_of([[1, 1]] * (4 if seed == position else 5), seed=seed, planned=5, lost=int(seed == position))
        for seed in SEEDS
    ]
    documents = plan(seeds=[*SEEDS, 3], episodes_per_task=5)
    metric = the_metric(decided(documents, played(*runs)))
    assert metric.sequential
    assert metric.sequential.blocks == 5 * position + 4
    assert path_of(documents, played(*runs)).blocks == 5 * position + 4


def test_a_run_left_out_between_two_others_is_lost() -> None:
    """Nobody can tell whether it was never begun, or only never shown."""
    given = played(run_of([[1]] * 10, planned=10), run_of([[1]] * 10, seed=2, planned=10))
    absent = msgspec.structs.replace(given.blocks[0], seed=1, complete=0, successes="")
    given = msgspec.structs.replace(given, blocks=[given.blocks[0], absent, given.blocks[1]])
    evidence = decided(plan(episodes_per_task=10), given)
    assert (evidence.denominator.not_run, evidence.denominator.lost) == (0, 10)
    ends = decided(plan(episodes_per_task=10, seeds=[0, 1, 2, 3]), given)
    assert (ends.denominator.not_run, ends.denominator.lost) == (10, 10)
    assert the_metric(ends).sequential.blocks == 10  # type: ignore[union-attr]


def test_the_seam_between_a_balanced_end_and_a_loss() -> None:
    """One episode more of one task, and what is missing may have been left out on sight: nothing is refuted any more.

    The loss is then all 1,399 episodes, each of which counts as a success against refutation.
    """
    cells, blocks = run_of(balanced([5, 4, 4, 4, 4, 4, 4, 4, 4, 4], 10), planned=PLANNED)
    cells[0] = cell("t0", 0, PLANNED, success=cells[0].counts.success, failure=cells[0].counts.failure + 1)
    evidence = decided(plan(seeds=[0]), played((cells, blocks)))
    assert (evidence.denominator.not_run, evidence.denominator.lost) == (0, 399)
    assert the_metric(evidence).method == "wilson"
    assert evidence.verdict == "inconclusive"
    assert evidence.observed_verdict == "refuted"


def test_one_more_success_never_takes_a_support_away() -> None:
    rng = random.Random(5)
    supported = 0
    for _ in range(25):
        blocks = [[int(rng.random() < 0.9) for _ in range(3)] for _ in range(rng.randint(20, 50))]
        failures = [(i, j) for i, j in itertools.product(range(len(blocks)), range(3)) if not blocks[i][j]]
        before = of(blocks)
        if failures:
            i, j = rng.choice(failures)
            blocks[i][j] = 1
        after = of(blocks)
        if before.verdict == "supported":
            supported += 1
            assert after.verdict == "supported"
        assert the_metric(after).sequential.log_e_support >= the_metric(before).sequential.log_e_support - 1e-9  # type: ignore[union-attr]
        assert the_metric(after).sequential.log_e_refute <= the_metric(before).sequential.log_e_refute + 1e-9  # type: ignore[union-attr]
    assert supported >= 5


@pytest.mark.parametrize("tasks", [1, 4])
def test_the_interval_holds_the_observed_rate_and_agrees_with_the_last_look(tasks: int) -> None:
    """Over blocks its ends have alpha each, like the decision; for one task it is Robbins's mixture, a wider one."""
    for share in range(tasks + 1):
        metric = the_metric(of(balanced([share] * 40, tasks)))
        lower, upper = metric.interval.lower, metric.interval.upper
        assert lower is not None
        assert upper is not None
        assert lower <= share / tasks <= upper
        (path,) = path_of(plan(), played(run_of(balanced([share] * 40, tasks), planned=PLANNED))).metrics
        if tasks > 1:
            assert (lower > 0.75) == (path.path[-1].log_e_support >= NEEDED)
            assert (upper < 0.75) == (path.path[-1].log_e_refute >= NEEDED)
        assert not lower > 0.75 or metric.verdict == "supported"
        assert not upper < 0.75 or metric.verdict == "refuted"


def test_every_block_is_read_up_to_two_hundred() -> None:
    (metric,) = path_of(plan(episodes_per_task=500), played(run_of([[0], [1]] * 150, planned=500))).metrics
    assert tuple(look.block for look in metric.path) == checkpoint_schedule(300)
