"""How trials hang together: against the formulas written out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm, t

from tests.worldflux.audit.cases import audit_input, cell
from tests.worldflux.audit.runs import cells_of, codes, decided, names, pair, readings, the_metric
from worldflux.documents.audit_input import AuditInput, RepeatedStarts
from worldflux.documents.evidence import Evidence, MetricEvidence
from worldflux.stats.clusters import design_effect_interval
from worldflux.stats.intervals import interval

P0 = 0.75
UNEQUAL = [(45, 5), (9, 1), (28, 2), (17, 3)]
SPREAD = [(50, 0), (42, 8), (47, 3), (35, 15), (44, 6), (50, 0)]


def of(counts: Sequence[tuple[int, int]], **execution: Any) -> Evidence:
    planned = max(map(sum, counts))
    return decided(
        pair(seeds=[0], episodes_per_task=planned, **execution), audit_input(names(len(counts)), cells_of(counts))
    )


def metric_of(counts: Sequence[tuple[int, int]], **execution: Any) -> MetricEvidence:
    return the_metric(of(counts, **execution))


def population(counts: Sequence[tuple[int, int]]) -> MetricEvidence:
    return metric_of(counts, estimand="task_population")


def critical(trials: float, effect: float, quantile: float) -> tuple[int, int]:
    """First count above, and last below, n p0 +- q sqrt(n d p0 (1 - p0))."""
    reach = quantile * math.sqrt(trials * effect * P0 * (1 - P0))
    return math.floor(trials * P0 + reach) + 1, math.ceil(trials * P0 - reach) - 1


def hand_effect(rates: Sequence[float], trials: int) -> float:
    mean = float(np.mean(rates))
    return max(1.0, float(np.var(rates, ddof=1)) / len(rates) / (mean * (1 - mean) / trials))


def test_equal_numbers_are_plain_trials() -> None:
    metric = metric_of([(40, 10), (30, 20), (50, 0)])
    assert (metric.method, metric.design_effect, metric.estimate) == ("wilson", 1.0, 0.8)
    assert (metric.interval.lower, metric.interval.upper) == pytest.approx(
        interval(120, 150, confidence=0.9), rel=1e-10
    )


def excluded(counts: Sequence[tuple[int, int]], planned: int = 50) -> MetricEvidence:
    """Unequal numbers by errors that the protocol declared to be left out: nothing is lost."""
    cells = [
        cell(name, 0, planned, success=k, failure=f, infra_error=planned - k - f)
        for name, (k, f) in zip(names(len(counts)), counts, strict=True)
    ]
    policy = {"infra_error": "excluded_predeclared"}
    documents = pair(seeds=[0], episodes_per_task=planned, denominator_policy=policy)
    return the_metric(decided(documents, audit_input(names(len(counts)), cells)))


def test_unequal_numbers_weigh_each_task_the_same() -> None:
    metric = excluded(UNEQUAL)
    sizes, rates = [sum(each) for each in UNEQUAL], [k / (k + f) for k, f in UNEQUAL]
    alike = sum(sizes) * sum(1 / n for n in sizes) / len(sizes) ** 2
    smoothed = [(k + 1) / (k + f + 2) for k, f in UNEQUAL]
    variance = sum(rate * (1 - rate) / n for rate, n in zip(smoothed, sizes, strict=True)) / len(sizes) ** 2
    mean = sum(rates) / len(rates)
    effect = max(alike, variance / (mean * (1 - mean) / sum(sizes)))
    assert metric.method == "stratified_wilson"
    assert metric.estimate == pytest.approx(np.mean(rates), rel=1e-11)
    assert metric.averages is not None
    assert (metric.averages.macro, metric.averages.micro) == pytest.approx((np.mean(rates), 99 / 110), rel=1e-11)
    assert metric.design_effect == pytest.approx(effect, rel=1e-11)
    assert (metric.k_crit, metric.k_refute) == critical(110, effect, norm.ppf(0.95))
    assert metric.p_value is not None
    score = (110 * np.mean(rates) - 110 * P0) / math.sqrt(110 * effect * P0 * (1 - P0))
    assert metric.p_value.value == pytest.approx(norm.sf(score), rel=1e-8)
    assert metric.attained_size is None  # no exact distribution belongs to it


def test_losing_episodes_of_unequal_tasks_widens_no_less_than_knowing_them() -> None:
    def small(**counts: int) -> MetricEvidence:
        cells = [*cells_of([(99, 1)]), cell("t1", 0, 100, infra_error=90, **counts)]
        policy = {"infra_error": "excluded_predeclared"}
        documents = pair(seeds=[0], episodes_per_task=100, denominator_policy=policy)
        return the_metric(decided(documents, audit_input(names(2), cells)))

    lost, succeeded = small(success=2, pending=8), small(success=10)
    assert lost.design_effect >= succeeded.design_effect
    assert lost.k_refute is not None
    assert succeeded.k_refute is not None
    assert lost.k_refute <= succeeded.k_refute


def test_a_supported_average_of_tasks_is_not_one_of_episodes() -> None:
    """180 easy episodes and 20 hard ones: nine of ten episodes succeed, and one of two tasks."""
    metric = excluded([(180, 0), (4, 16)], planned=180)
    assert metric.estimate == pytest.approx(0.6)
    assert metric.verdict == "refuted"
    assert readings(metric)["micro_average"].verdict == "supported"
    assert "aggregation_sensitive" in metric.flags


def test_a_population_of_tasks_by_the_formula() -> None:
    metric = population(SPREAD)
    rates, quantile = [k / 50 for k, _ in SPREAD], float(t.ppf(0.95, len(SPREAD) - 1))
    effect = hand_effect(rates, 300)
    assert effect > 1
    assert metric.method == "design_effect_wilson"
    assert metric.design_effect == pytest.approx(effect, rel=1e-11)
    assert (metric.k_crit, metric.k_refute) == critical(300, effect, quantile)
    by_room = design_effect_interval([k for k, _ in SPREAD], [50] * 6, confidence=0.9)
    assert (metric.interval.lower, metric.interval.upper) == pytest.approx((by_room.lower, by_room.upper), rel=1e-9)
    usual = design_effect_interval([k for k, _ in SPREAD], [50] * 6, confidence=0.95)
    assert metric.interval_descriptive.lower == pytest.approx(usual.lower, rel=1e-9)
    assert "asymptotic" in metric.flags


@pytest.mark.parametrize("tasks", [1, 2, 4])
def test_a_few_tasks_say_nothing_about_a_population(tasks: int) -> None:
    evidence = of([(50, 0)] * tasks, estimand="task_population")
    assert (evidence.verdict, codes(evidence)) == ("not_testable", ["estimand.few_clusters"])


def test_a_task_without_a_trial_is_no_cluster() -> None:
    cells = cells_of([(50, 0)] * 4)
    documents = pair(seeds=[0], episodes_per_task=50, estimand="task_population")
    evidence = decided(documents, audit_input(names(5), [*cells, cell("t4", 0, 50, infra_error=50)]))
    assert (evidence.verdict, codes(evidence)[0]) == ("not_testable", "estimand.few_clusters")


@pytest.mark.parametrize("outcome", [(50, 0), (0, 50)])
def test_clusters_without_spread_count_one_trial_each(outcome: tuple[int, int]) -> None:
    metric = population([outcome] * 5)
    assert metric.design_effect == 50
    z = float(t.ppf(0.95, 4))
    width = z * z / (5 + z * z)
    lower, upper = (1 - width, 1.0) if outcome[0] else (0.0, width)
    assert (metric.interval.lower, metric.interval.upper) == pytest.approx((lower, upper), abs=1e-11)
    assert metric.verdict == ("underpowered" if outcome[0] else "refuted")  # five tasks are not enough for 0.75


def test_enough_clusters_without_spread_are_enough() -> None:
    assert population([(50, 0)] * 12).verdict == "supported"


def test_the_design_effect_is_never_below_one_and_raises_the_bar() -> None:
    bars = []
    for shift in range(11):
        metric = population([(40 + shift * (-1) ** task, 10 - shift * (-1) ** task) for task in range(10)])
        assert metric.design_effect == pytest.approx(
            hand_effect([0.8 + 0.02 * shift * (-1) ** i for i in range(10)], 500)
        )
        bars.append((metric.design_effect, metric.k_crit, -(metric.k_refute or 0)))
    assert bars[0][0] == bars[1][0] == 1.0
    assert bars == sorted(bars)
    assert bars[-1][1] is not None
    assert bars[0][1] is not None
    assert bars[-1][1] > bars[0][1] + 20


def test_losing_what_failed_is_no_way_to_hide_how_tasks_differ() -> None:
    """Nine tasks at 0.9; of the tenth only five successes came back. As failures they would widen everything."""

    def tenth(**counts: int) -> MetricEvidence:
        cells = [*cells_of([(45, 5)] * 9), cell("t9", 0, 50, **counts)]
        documents = pair(seeds=[0], episodes_per_task=50, estimand="task_population")
        return the_metric(decided(documents, audit_input(names(10), cells)))

    failed, lost = tenth(success=5, failure=45), tenth(success=5, infra_error=45)
    assert tenth(success=45, failure=5).verdict == "supported"
    assert failed.verdict == lost.verdict == "underpowered"  # ten tasks that differ so are worth some twenty episodes
    assert lost.design_effect >= failed.design_effect > 20
    assert lost.k_crit is not None
    assert failed.k_crit is not None
    assert lost.k_crit >= failed.k_crit


def shared(task: str, groups: Sequence[Sequence[int]]) -> RepeatedStarts:
    """Repeated starts of one task from the outcomes of each state."""
    shares = [sum(each) / len(each) for each in groups]
    return RepeatedStarts(
        task=task,
        starts=len(groups),
        trials=sum(map(len, groups)),
        sum=float(f"{math.fsum(shares):.12g}"),
        sum_of_squares=float(f"{math.fsum(share**2 for share in shares):.12g}"),
    )


def with_states(tasks: Sequence[Sequence[Sequence[int]]], **lost: int) -> tuple[AuditInput, int]:
    cells = []
    for name, groups in zip(names(len(tasks)), tasks, strict=True):
        outcomes = [value for group in groups for value in group]
        cells.append(
            cell(name, 0, len(outcomes) + sum(lost.values()), success=sum(outcomes), failure=outcomes.count(0), **lost)
        )
    starts = [shared(name, groups) for name, groups in zip(names(len(tasks)), tasks, strict=True)]
    return audit_input(names(len(tasks)), cells, repeated_starts=starts), cells[0].planned


def states_metric(tasks: Sequence[Sequence[Sequence[int]]], **lost: int) -> MetricEvidence:
    given, planned = with_states(tasks, **lost)
    return the_metric(decided(pair(seeds=[0], episodes_per_task=planned), given))


def test_states_within_tasks_by_the_formula() -> None:
    rng = np.random.default_rng(7)
    tasks = [[rng.integers(0, 2, 3).tolist() for _ in range(8)] for _ in range(4)]
    metric = states_metric(tasks)
    shares = [[float(np.mean(group)) for group in groups] for groups in tasks]
    mean = float(np.mean([np.mean(each) for each in shares]))
    variance = sum(np.var(each, ddof=1) / len(each) for each in shares) / len(tasks) ** 2
    effect = max(1.0, float(variance) / (mean * (1 - mean) / 96))
    assert metric.design_effect == pytest.approx(effect, rel=1e-9)
    assert (metric.k_crit, metric.k_refute) == critical(96, effect, float(t.ppf(0.95, 4 * 7)))
    assert metric.estimate == pytest.approx(mean, rel=1e-11)


def test_repeats_of_a_deterministic_policy_are_worth_their_states() -> None:
    """Fifty states three times each: the same as fifty trials, whatever the pooled count pretends."""
    groups = [[int(state < 41)] * 3 for state in range(50)]
    metric = states_metric([groups])
    assert metric.design_effect == pytest.approx(3 * 50 / 49, rel=1e-9)
    assert metric.verdict != "supported"
    assert readings(metric)["independent_episodes"].verdict == "supported"


def test_one_state_per_task_takes_the_spread_between_tasks() -> None:
    rates = [10, 9, 10, 4, 10, 10, 7, 10, 10, 10]
    tasks = [[[1] * k + [0] * (10 - k)] for k in rates]
    metric = states_metric(tasks)
    assert metric.design_effect == pytest.approx(hand_effect([k / 10 for k in rates], 100), rel=1e-9)
    assert (metric.k_crit, metric.k_refute) == critical(100, metric.design_effect, float(t.ppf(0.95, 9)))


def test_the_state_is_the_unit_also_when_one_was_tried_more_often() -> None:
    """One state tried 96 times and four tried once: five observations, not a hundred, and each weighs the same."""
    metric = states_metric([[[1] * 96, [0], [0], [1], [0]]])
    assert (metric.successes, metric.trials) == (97, 100)
    assert metric.estimate == pytest.approx(0.4)
    assert metric.verdict != "supported"


def test_one_poorly_known_task_is_not_hidden_among_many_states() -> None:
    """Two tasks weigh the same, but one was tried from a single state: the error of its mean is that of one state."""
    metric = states_metric([[[state % 2] * 2 for state in range(49)] + [[1, 1]], [[1] * 100]])
    shares = [state % 2 for state in range(49)] + [1, 1]
    variance = np.var(shares, ddof=1) * (1 / 50 + 1) / 4
    mean = (np.mean(shares[:50]) + 1) / 2
    assert metric.design_effect == pytest.approx(variance / (mean * (1 - mean) / 200), rel=1e-9)
    assert metric.design_effect > 50


@pytest.mark.parametrize("states", [1, 2, 4])
def test_fewer_than_five_states_say_nothing(states: int) -> None:
    given, planned = with_states([[[1] * 10] * states])
    evidence = decided(pair(seeds=[0], episodes_per_task=planned), given)
    assert (evidence.verdict, codes(evidence)[0]) == ("not_testable", "starts.too_few")


def test_five_states_say_something() -> None:
    assert states_metric([[[0] * 10] * 5]).verdict == "refuted"


def test_a_lost_episode_among_repeats_counts_against_either_side() -> None:
    groups = [[1, 1] for _ in range(60)]
    whole, lost = states_metric([groups]), states_metric([groups], infra_error=30)
    assert whole.verdict == "supported"
    assert lost.verdict != "supported"
    assert lost.decision_trials == 150
    assert lost.estimate == 1.0


def test_errors_declared_to_be_failures_count_among_repeats_as_well() -> None:
    given, planned = with_states([[[1, 1] for _ in range(40)]], infra_error=20)
    policy = {"infra_error": "failure"}
    metric = the_metric(decided(pair(seeds=[0], episodes_per_task=planned, denominator_policy=policy), given))
    assert metric.decision_trials == 100
    assert metric.estimate == pytest.approx(0.8)
    assert metric.design_effect >= 1


def test_a_task_whose_episodes_were_all_excluded_leaves_nothing_to_say_about_it() -> None:
    cells = [cell("a", 0, 50, success=50), cell("b", 0, 50, infra_error=50)]
    protocol = pair(seeds=[0], episodes_per_task=50, denominator_policy={"infra_error": "excluded_predeclared"})
    evidence = decided(protocol, audit_input(["a", "b"], cells))
    assert evidence.verdict == "not_testable"
    assert codes(evidence) == ["episodes.none_of_a_task"]


def test_unequal_weights_are_decided_at_the_bound_and_not_at_the_next_whole_count() -> None:
    """8 of 8 and 39 of 50: 51.62 of 58 at equal weights, above a bound of 51.58 and below the next count, 52."""
    metric = excluded([(8, 0), (39, 11)])
    assert metric.k_crit == 52
    assert metric.interval.lower is not None
    assert (metric.interval.lower > P0) == (metric.verdict == "supported")


def test_few_episodes_of_a_middling_task_widen_more_than_their_number() -> None:
    """Rates of 0.5 and 1: nearly all of the variance comes from the ten episodes of the first."""
    metric = excluded([(5, 5), (90, 0)], planned=90)
    alike = 100 * (1 / 10 + 1 / 90) / 4
    assert metric.design_effect > alike
    estimated = [(6 / 12) * (6 / 12) / 10, (91 / 92) * (1 / 92) / 90]
    assert metric.design_effect == pytest.approx(sum(estimated) / 4 / (0.75 * 0.25 / 100), rel=1e-9)
