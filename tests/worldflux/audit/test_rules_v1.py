"""What the rules decide, and what they say about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from tests.support import FIXTURES
from tests.worldflux.audit.cases import audit_input, cell, decide, one_task
from worldflux.documents.audit_input import AuditInput, Finding

TEN_TASKS = [f"libero_spatial/{index}" for index in range(10)]


def ten_tasks(successes: int) -> AuditInput:
    """500 episodes over ten tasks, with that many successes in all."""
    each, more = divmod(successes, 10)
    counts = [each + (index < more) for index in range(10)]
    cells = [cell(task, 0, 50, success=k, failure=50 - k) for task, k in zip(TEN_TASKS, counts, strict=True)]
    return audit_input(TEN_TASKS, cells)


@pytest.fixture
def fixtures() -> Path:
    return FIXTURES


def test_391_of_500_supports_80_percent_with_margin_5_but_not_80_percent_itself(fixtures: Path) -> None:
    evidence = decide(fixtures, ten_tasks(391))
    assert evidence.verdict == "supported"
    assert evidence.headline == (
        "On these 10 tasks, this checkpoint: above 0.75 (0.80 minus margin 0.05): supported; 0.80 itself: not shown. "
        "391 of 500. The plan is not shown to precede the run."
    )
    (metric,) = evidence.metrics
    assert (metric.k_crit, metric.decision_trials, metric.threshold) == (391, 500, 0.75)
    assert metric.target.status == "not_shown"
    assert evidence.recommendation == "cite_within_scope"


@pytest.mark.parametrize(
    ("successes", "verdict", "target"),
    [
        (390, "inconclusive", "not_shown"),
        (360, "inconclusive", "contradicted"),
        (358, "refuted", "contradicted"),
        (0, "refuted", "contradicted"),
        (420, "supported", "shown"),
        (500, "supported", "shown"),
    ],
)
def test_verdicts_along_the_line(fixtures: Path, successes: int, verdict: str, target: str) -> None:
    evidence = decide(fixtures, ten_tasks(successes))
    assert (evidence.verdict, evidence.metrics[0].target.status) == (verdict, target)


def test_an_undecided_small_plan_is_underpowered_and_says_by_how_much(fixtures: Path) -> None:
    evidence = decide(fixtures, one_task(116, 34))
    power = evidence.metrics[0].power
    assert evidence.verdict == "underpowered"
    assert power is not None
    assert power.at_claim == pytest.approx(0.387, abs=5e-4)
    assert "power.low" in [reason.code for reason in evidence.reasons]


def test_the_quickstart_plan_has_the_power_that_the_house_quotes(fixtures: Path) -> None:
    cells = [cell(task, seed, 50, success=38, failure=12) for task in TEN_TASKS for seed in (0, 1, 2)]
    power = decide(fixtures, audit_input(TEN_TASKS, cells), seeds=[0, 1, 2]).metrics[0].power
    assert power is not None
    assert (power.n, round(power.at_claim, 4)) == (1500, 0.9987)


def test_lost_episodes_stand_against_support_and_against_refutation(fixtures: Path) -> None:
    supported_if_ignored = decide(fixtures, one_task(40, 5, infra_error=5))
    assert supported_if_ignored.verdict == "underpowered"
    assert supported_if_ignored.observed_verdict == "supported"
    assert "missing_sensitive" in supported_if_ignored.metrics[0].flags
    refuted_if_ignored = decide(fixtures, one_task(28, 17, infra_error=5))
    assert refuted_if_ignored.verdict == "underpowered"
    assert refuted_if_ignored.observed_verdict == "refuted"


@pytest.mark.parametrize(
    ("policy", "verdict", "divides_by"),
    [("lost", "underpowered", 50), ("failure", "underpowered", 50), ("excluded_predeclared", "supported", 45)],
)
def test_what_an_infrastructure_error_means_is_the_protocols_to_declare(
    fixtures: Path, policy: str, verdict: str, divides_by: int
) -> None:
    evidence = decide(fixtures, one_task(40, 5, infra_error=5), denominator_policy={"infra_error": policy})
    assert (evidence.verdict, evidence.metrics[0].decision_trials) == (verdict, divides_by)
    assert evidence.denominator.infra_error == 5


def test_a_plan_that_was_cut_short_after_whole_blocks_is_not_decided_yet(fixtures: Path) -> None:
    cells = [cell(task, 0, 50, success=10) for task in TEN_TASKS]
    evidence = decide(fixtures, audit_input(TEN_TASKS, cells))
    assert evidence.verdict == "inconclusive"
    assert "short_of_plan" in [reason.code for reason in evidence.reasons]
    assert "short_of_plan" in evidence.metrics[0].flags
    assert (evidence.denominator.not_run, evidence.denominator.lost) == (400, 0)
    assert "400 of 500 planned episodes not run" in evidence.headline


def test_a_run_that_dropped_its_hardest_task_has_lost_it(fixtures: Path) -> None:
    cells = [cell(task, 0, 50, success=45, failure=5) for task in TEN_TASKS[:9]]
    evidence = decide(fixtures, audit_input(TEN_TASKS, cells))
    assert (evidence.denominator.lost, evidence.denominator.not_run) == (50, 0)
    assert evidence.metrics[0].decision_trials == 500
    assert (evidence.verdict, evidence.observed_verdict) == ("supported", UNSET)


def test_a_gap_in_the_indices_is_a_lost_episode_not_an_early_stop(fixtures: Path) -> None:
    given = audit_input(["t"], [cell("t", 0, 50, gaps=1, success=30)])
    denominator = decide(fixtures, given).denominator
    assert (denominator.not_run, denominator.lost) == (0, 20)


def test_nothing_observed_cannot_be_tested(fixtures: Path) -> None:
    evidence = decide(fixtures, audit_input(TEN_TASKS, []))
    assert evidence.verdict == "not_testable"
    assert [reason.code for reason in evidence.reasons] == ["episodes.none"]
    assert evidence.metrics[0].estimate is None
    assert evidence.recommendation == "repair_the_input"


@pytest.mark.parametrize(
    ("metric", "rule", "execution", "reason"),
    [
        ({"name": "mean_return", "unit": "reward"}, {}, {}, "metric.unknown"),
        ({"operator": "=="}, {"margin": 0.0}, {}, "operator.margin_needed"),
        ({"value": 1.0}, {"margin": 0.0}, {}, "threshold.outside"),
        ({"value": 0.05}, {}, {}, "threshold.outside"),
        ({}, {}, {"estimand": "task_population"}, "estimand.few_clusters"),
        ({"task": "another"}, {}, {}, "metric.unknown_task"),
    ],
    ids=["another metric", "equality", "nothing above one", "threshold zero", "population of tasks", "another task"],
)
def test_what_these_rules_do_not_decide_is_said_so(
    fixtures: Path, metric: dict[str, Any], rule: dict[str, Any], execution: dict[str, Any], reason: str
) -> None:
    evidence = decide(fixtures, one_task(40, 10), metric=metric, rule=rule, **execution)
    assert evidence.verdict == "not_testable"
    assert [item.code for item in evidence.reasons] == [reason]


def test_a_claim_of_at_most_is_the_mirror_image(fixtures: Path) -> None:
    at_most = decide(fixtures, one_task(109, 391), metric={"operator": "<=", "value": 0.2})
    assert at_most.verdict == "supported"
    assert at_most.metrics[0].k_crit == 109
    assert "below 0.25 (0.20 plus margin 0.05): supported" in at_most.headline


def test_a_claim_in_percent_is_decided_like_the_same_ratio(fixtures: Path) -> None:
    evidence = decide(fixtures, ten_tasks(391), metric={"value": 80, "unit": "percent"}, rule={"margin": 5})
    assert (evidence.verdict, evidence.metrics[0].k_crit, evidence.metrics[0].threshold) == ("supported", 391, 0.75)


def test_a_baseline_has_to_be_passed_as_well(fixtures: Path) -> None:
    higher = decide(fixtures, ten_tasks(391), rule={"baseline": {"value": 0.9, "source": "a paper"}})
    lower = decide(fixtures, ten_tasks(391), rule={"baseline": {"value": 0.5, "source": "a paper"}})
    assert (higher.verdict, higher.metrics[0].threshold) == ("refuted", 0.85)
    assert (lower.verdict, lower.metrics[0].threshold) == ("supported", 0.75)


def test_without_a_margin_power_has_to_be_declared(fixtures: Path) -> None:
    silent = decide(fixtures, one_task(40, 10), rule={"margin": 0.0})
    declared = decide(fixtures, one_task(40, 10), rule={"margin": 0.0, "power_at": 0.85})
    assert (silent.verdict, silent.metrics[0].power) == ("inconclusive", None)
    assert "power_undefined" in [reason.code for reason in silent.reasons]
    assert declared.verdict == "underpowered"


def test_a_placeholder_binding_is_said_everywhere(fixtures: Path) -> None:
    evidence = decide(fixtures, ten_tasks(391), binding="placeholder")
    assert evidence.protocol.binding == "placeholder"
    assert "placeholder" in evidence.headline
    assert "binding.placeholder" in [reason.code for reason in evidence.reasons]


def test_a_supported_claim_far_below_its_value_is_flagged(fixtures: Path) -> None:
    given = audit_input(["t"], [cell("t", 0, 100_000, success=77_000, failure=23_000)])
    (metric,) = decide(fixtures, given).metrics
    assert (metric.verdict, metric.target.status) == ("supported", "contradicted")
    assert "below_target" in metric.flags


def test_the_exact_test_may_disagree_and_then_says_so(fixtures: Path) -> None:
    disagreeing = [
        successes
        for successes in range(401)
        if "exact_test_disagrees" in decide(fixtures, one_task(successes, 400 - successes)).metrics[0].flags
    ]
    assert disagreeing == []
    # 50 trials against 0.5: the Wilson bound has a true size of 0.059, so 31 of 50 is where the two part ways.
    parted = decide(fixtures, one_task(31, 19), metric={"value": 0.55})
    assert (parted.verdict, parted.metrics[0].flags) == ("supported", ["exact_test_disagrees", "not_robust"])


def test_findings_reach_the_evidence_unchanged_and_overlaps_are_flagged(fixtures: Path) -> None:
    finding = Finding(code="seed.overlap", severity="error", message="shared", where=None)
    given = audit_input(["t"], [cell("t", 0, 50, success=50)], findings=[finding])
    evidence = decide(fixtures, given)
    assert evidence.findings == [finding]
    assert "seed_overlap" in evidence.metrics[0].flags
    assert evidence.observed_verdict is UNSET


def test_the_ends_of_the_decision_interval_are_the_one_sided_bounds(fixtures: Path) -> None:
    for successes in (390, 391):
        (metric,) = decide(fixtures, ten_tasks(successes)).metrics
        assert metric.interval.confidence == 0.9
        assert metric.interval.lower is not None
        assert (metric.interval.lower > 0.75) == (metric.verdict == "supported")
