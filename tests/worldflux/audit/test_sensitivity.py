"""Each other reading appears exactly where it means something, and the flags follow from the readings."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.worldflux.audit.cases import audit_input, cell, one_task
from tests.worldflux.audit.runs import (
    balanced,
    cells_of,
    decided,
    names,
    pair,
    played,
    readings,
    run_of,
    the_metric,
    unverified,
)
from worldflux.documents.audit_input import AuditInput, RepeatedStarts, Requested, SimulationPairs
from worldflux.documents.evidence import MetricEvidence
from worldflux.stats.intervals import interval
from worldflux.stats.verdicts import ADMISSIBLE, verdict

METHODS = {f"method:{method}" for method in ADMISSIBLE}
OTHERS = METHODS - {"method:wilson"}


def metric_of(given: AuditInput, **changes: Any) -> MetricEvidence:
    planned = max(each.planned for each in given.cells)
    return the_metric(decided(pair(**{"seeds": [0], "episodes_per_task": planned, **changes}), given))


def several(counts: list[tuple[int, int]], **others: int) -> AuditInput:
    planned = max(map(sum, counts)) + sum(others.values())
    return audit_input(names(len(counts)), cells_of(counts, planned=planned, **others))


def repeats(task: str = "t", starts: int = 25, share: float = 1.0) -> RepeatedStarts:
    return RepeatedStarts(task=task, starts=starts, trials=50, sum=starts * share, sum_of_squares=starts * share)


PAIRS = SimulationPairs(
    sha256=f"sha256:{'0' * 64}",
    both=38,
    real_only=4,
    simulated_only=4,
    neither=4,
    simulated=500,
    simulated_successes=400,
)


def shown(metric: MetricEvidence) -> set[str]:
    return set(readings(metric))


@pytest.mark.parametrize("declared", [*ADMISSIBLE, "exact", "jeffreys_bcd", "wald"])
def test_every_other_admissible_method_is_read(declared: str) -> None:
    metric = metric_of(one_task(40, 10), rule={"interval_method": declared})
    own = {"exact": "method:clopper_pearson"}.get(declared, f"method:{declared}")
    assert shown(metric) == METHODS - {own}
    found = readings(metric)
    for method in ADMISSIBLE:
        if f"method:{method}" == own:
            continue
        reading, expected = found[f"method:{method}"], interval(40, 50, method=method, confidence=0.9)
        assert (reading.interval.lower, reading.interval.upper) == pytest.approx(expected, rel=1e-10)
        assert reading.verdict == verdict(40, 50, 0.8, margin=0.05, method=method).verdict


def test_several_tasks_may_be_a_sample_where_the_protocol_does_not_say() -> None:
    given = several([(45, 5)] * 6)
    assert shown(metric_of(given)) == OTHERS | {"task_population"}
    assert shown(metric_of(given, estimand="fixed_tasks")) == OTHERS
    assert shown(metric_of(given, estimand="task_population")) == set()
    assert shown(metric_of(given, metric={"task": "t1"})) == OTHERS


def test_few_tasks_are_no_sample_and_that_is_said() -> None:
    reading = readings(metric_of(several([(45, 5)] * 3)))["task_population"]
    assert (reading.verdict, reading.estimate, reading.interval.lower) == ("not_testable", None, None)
    assert "3 task(s)" in reading.note


def test_the_population_reading_may_say_otherwise() -> None:
    metric = metric_of(several([(50, 0)] * 8 + [(20, 30)] * 2))
    assert metric.verdict == "supported"
    assert readings(metric)["task_population"].verdict == "inconclusive"
    assert metric.robust  # methods agree; another estimand is another question


def test_lost_episodes_are_left_out_in_one_reading() -> None:
    metric = metric_of(one_task(40, 5, infra_error=5))
    assert shown(metric) == OTHERS | {"lost_left_out"}
    reading = readings(metric)["lost_left_out"]
    assert (metric.verdict, reading.verdict) == ("underpowered", "supported")
    assert reading.estimate == pytest.approx(40 / 45)
    for policy, expected in (("failure", set()), ("excluded_predeclared", set()), ("lost", {"lost_left_out"})):
        metric = metric_of(one_task(40, 5, infra_error=5), denominator_policy={"infra_error": policy})
        assert shown(metric) == OTHERS | expected
    pending = metric_of(one_task(40, 5, pending=5), denominator_policy={"infra_error": "failure"})
    assert shown(pending) == OTHERS | {"lost_left_out"}


def test_a_wholly_lost_task_left_out_leaves_the_others() -> None:
    given = audit_input(names(3), [*cells_of([(45, 5)] * 2), cell("t2", 0, 50, infra_error=50)])
    reading = readings(metric_of(given))["lost_left_out"]
    assert reading.estimate == pytest.approx(0.9)
    assert reading.verdict == "supported"


def test_shared_starts_are_taken_apart_in_one_reading() -> None:
    given = msgspec.structs.replace(one_task(50, 0), repeated_starts=[repeats()])
    metric = metric_of(given)
    assert shown(metric) == {"independent_episodes"}
    assert readings(metric)["independent_episodes"].interval.method == "wilson"
    assert metric.method == "design_effect_wilson"


def test_unknown_starts_are_read_as_one_per_task() -> None:
    given = several([(45, 5)] * 6)
    assert "one_start_per_task" not in shown(metric_of(given))
    metric = metric_of(unverified(given))
    assert shown(metric) == OTHERS | {"task_population", "one_start_per_task"}
    assert readings(metric)["one_start_per_task"].verdict == "supported"
    spread = readings(metric_of(unverified(several([(50, 0)] * 4 + [(20, 30)] * 2))))["one_start_per_task"]
    assert spread.verdict == "underpowered"
    alone = readings(metric_of(unverified(one_task(45, 5))))["one_start_per_task"]
    assert alone.verdict == "not_testable"
    assert "one_start_per_task" not in shown(metric_of(unverified(given), estimand="task_population"))


def test_the_other_average_where_tasks_have_unequal_numbers() -> None:
    given = audit_input(
        names(2), [cell("t0", 0, 180, success=180), cell("t1", 0, 180, success=4, failure=16, infra_error=160)]
    )
    metric = metric_of(given, denominator_policy={"infra_error": "excluded_predeclared"})
    assert shown(metric) == {"micro_average", "task_population"}
    assert readings(metric)["micro_average"].estimate == pytest.approx(184 / 200)
    assert "aggregation_sensitive" in metric.flags
    alike = metric_of(several([(30, 20)] * 2))
    assert "aggregation_sensitive" not in alike.flags


def test_agreeing_averages_are_not_sensitive() -> None:
    given = audit_input(names(2), [cell("t0", 0, 200, success=200), cell("t1", 0, 200, success=150, infra_error=50)])
    metric = metric_of(given, denominator_policy={"infra_error": "excluded_predeclared"})
    assert "micro_average" in shown(metric)
    assert (metric.verdict, "aggregation_sensitive" in metric.flags) == ("supported", False)


@pytest.mark.parametrize(("candidates", "expected"), [(1, False), (2, True), (1000, True)])
def test_the_best_of_several_candidates_pays_for_the_choice(candidates: int, expected: bool) -> None:
    selection = {"candidates_scored": candidates, "method": "best on these tasks"}
    metric = metric_of(one_task(122, 28), selection=selection)
    assert ("best_of_n" in shown(metric)) == expected
    if expected:
        reading = readings(metric)["best_of_n"]
        alpha = 1 - 0.95 ** (1 / candidates)
        assert reading.interval.confidence == pytest.approx(1 - 2 * alpha, rel=1e-9)
        assert reading.verdict == verdict(122, 150, 0.8, margin=0.05, alpha=alpha).verdict == "underpowered"
        assert metric.verdict == "supported"


def test_a_short_run_is_read_as_if_it_had_been_planned() -> None:
    given = played(run_of(balanced([9] * 10, 10), planned=50))
    metric = metric_of(given)
    assert shown(metric) == {"as_if_planned", "task_population"}
    reading = readings(metric)["as_if_planned"]
    assert (metric.verdict, reading.verdict) == ("inconclusive", "supported")
    assert (reading.interval.lower, reading.interval.upper) == pytest.approx(
        interval(90, 100, confidence=0.9), rel=1e-10
    )
    rule = {"method": "e_process", "min_blocks": 1, "check_every": 1}
    assert shown(metric_of(given, stopping_rule=rule)) == {"task_population"}


def test_simulated_episodes_are_a_reading_where_they_do_not_decide() -> None:
    given = msgspec.structs.replace(one_task(42, 8), requested=Requested(ppi=PAIRS))
    assert shown(metric_of(given)) == OTHERS | {"ppi"}


def test_robust_means_that_all_methods_agree_and_the_starts_are_known() -> None:
    for successes in range(51):
        metric = metric_of(one_task(successes, 50 - successes), metric={"value": 0.55})
        assert metric.robust == verdict(successes, 50, 0.55, margin=0.05).robust
        assert ("robust" in metric.flags, "not_robust" in metric.flags) == (metric.robust, not metric.robust)


@pytest.mark.parametrize("successes", [0, 116, 150])
def test_unverified_starts_are_never_robust(successes: int) -> None:
    metric = metric_of(unverified(one_task(successes, 150 - successes)))
    assert not metric.robust
    assert "not_robust" in metric.flags
    assert "robust" not in metric.flags
    assert "starts_unverified" in metric.flags


def test_readings_never_decide() -> None:
    """The verdict of a claim is that of its declared reading, whatever stands beside it."""
    plain = metric_of(several([(50, 0)] * 8 + [(20, 30)] * 2), estimand="fixed_tasks")
    beside = metric_of(
        unverified(several([(50, 0)] * 8 + [(20, 30)] * 2)), selection={"candidates_scored": 500, "method": "x"}
    )
    assert plain.verdict == beside.verdict == "supported"
    assert {reading.verdict for reading in beside.sensitivity} != {"supported"}
