"""A baseline that was measured: passing its observed rate is not enough."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import UNSET

from tests.support import FIXTURES
from tests.worldflux.audit.cases import audit_input, one_task
from tests.worldflux.audit.runs import balanced, cells_of, codes, decided, names, pair, played, run_of, the_metric
from worldbase import document
from worldbase.errors import InputError
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Evidence
from worldflux.stats.two_sample import miettinen_nurminen, non_inferiority


def against(successes: int, failures: int, baseline: dict[str, Any], *, lost: int = 0, **changes: Any) -> Evidence:
    given = one_task(successes, failures, **({"infra_error": lost} if lost else {}))
    rule = {"baseline": {"source": "a paper", **baseline}, **changes.pop("rule", {})}
    return decided(pair(rule=rule, seeds=[0], episodes_per_task=successes + failures + lost, **changes), given)


def test_a_baseline_that_is_passed() -> None:
    evidence = against(450, 50, {"successes": 400, "trials": 500})
    metric = the_metric(evidence)
    assert evidence.verdict == "supported"
    assert metric.baseline
    assert metric.baseline.difference == pytest.approx(0.1)
    expected = non_inferiority(450, 500, 400, 500, margin=0.05)
    assert metric.baseline.p_value.value == pytest.approx(expected.p_value, rel=1e-9)
    lower, upper = miettinen_nurminen(450, 500, 400, 500, confidence=0.9)
    assert (metric.baseline.interval.lower, metric.baseline.interval.upper) == pytest.approx((lower, upper), rel=1e-9)
    assert "baseline.compared" in codes(evidence)
    assert "asymptotic" in metric.flags
    assert "baseline_uncertainty_ignored" not in metric.flags


def test_the_baselines_own_uncertainty_counts() -> None:
    """0.82 against 0.80: enough against 5,000 trials, not against 50; as a value it is taken as known."""
    large = against(410, 90, {"successes": 4000, "trials": 5000})
    small = against(410, 90, {"successes": 40, "trials": 50})
    known = against(410, 90, {"value": 0.8})
    assert (large.verdict, small.verdict, known.verdict) == ("supported", "inconclusive", "supported")
    assert "baseline.unmet" in codes(small)
    assert "baseline_uncertainty_ignored" in the_metric(known).flags


def test_other_methods_have_to_pass_the_baseline_too() -> None:
    """All methods pass the value and none the baseline, so they agree."""
    metric = the_metric(against(410, 90, {"successes": 40, "trials": 50}))
    methods = {each.verdict for each in metric.sensitivity if each.reading.startswith("method:")}
    assert methods == {metric.verdict} == {"inconclusive"}
    assert metric.robust


def test_far_below_the_baseline_refutes() -> None:
    evidence = against(400, 100, {"successes": 490, "trials": 500})
    assert evidence.verdict == "refuted"
    assert the_metric(evidence).baseline.verdict == "refuted"  # type: ignore[union-attr]
    assert "baseline.unmet" in codes(evidence)


def test_a_baseline_refutes_what_the_value_leaves_open() -> None:
    assert against(375, 125, {"successes": 1, "trials": 2}).verdict == "inconclusive"
    assert against(375, 125, {"successes": 490, "trials": 500}).verdict == "refuted"


def test_a_baseline_never_replaces_the_value() -> None:
    evidence = against(300, 200, {"successes": 10, "trials": 500})
    assert the_metric(evidence).baseline.verdict == "supported"  # type: ignore[union-attr]
    assert evidence.verdict == "refuted"


def test_fewer_is_better_the_other_way_round() -> None:
    lower: dict[str, Any] = {"metric": {"operator": "<=", "value": 0.2}}
    passed = against(50, 450, {"successes": 100, "trials": 500}, **lower)
    mirror = non_inferiority(450, 500, 400, 500, margin=0.05)
    assert passed.verdict == "supported"
    assert the_metric(passed).baseline.p_value.value == pytest.approx(mirror.p_value, rel=1e-9)  # type: ignore[union-attr]
    assert the_metric(passed).baseline.difference == pytest.approx(-0.1)  # type: ignore[union-attr]
    assert against(100, 400, {"successes": 10, "trials": 500}, **lower).verdict == "refuted"
    assert against(90, 410, {"successes": 9, "trials": 50}, **lower).verdict == "inconclusive"


def test_lost_episodes_stand_against_either_side_here_too() -> None:
    baseline = {"successes": 400, "trials": 500}
    whole, lost = against(400, 50, baseline), against(400, 50, baseline, lost=50)
    assert (whole.verdict, the_metric(whole).baseline.verdict) == ("supported", "supported")  # type: ignore[union-attr]
    expected = non_inferiority(400, 500, 400, 500, margin=0.05)
    assert the_metric(lost).baseline.p_value.value == pytest.approx(expected.p_value, rel=1e-9)  # type: ignore[union-attr]
    best = miettinen_nurminen(350, 500, 490, 500, confidence=0.9)
    refuted = against(300, 150, {"successes": 490, "trials": 500}, lost=50)
    assert (the_metric(refuted).baseline.verdict == "refuted") == (best.upper < -0.05)  # type: ignore[union-attr]


def test_a_verdict_without_the_lost_has_to_pass_the_baseline_as_well() -> None:
    """One lost episode of 500 changes nothing; what stands in the way is the baseline."""
    evidence = against(395, 104, {"successes": 80, "trials": 100}, lost=1)
    assert evidence.verdict == "inconclusive"
    assert evidence.observed_verdict is UNSET
    assert "missing_sensitive" not in the_metric(evidence).flags
    sensitive = against(400, 50, {"successes": 430, "trials": 500}, lost=50)
    assert (sensitive.verdict, sensitive.observed_verdict) == ("inconclusive", "supported")


@pytest.mark.parametrize(("operator", "value"), [("==", 0.8)])
def test_an_equality_is_not_compared_and_so_not_supported(operator: str, value: float) -> None:
    evidence = against(800, 200, {"successes": 400, "trials": 500}, metric={"operator": operator, "value": value})
    assert {"baseline.not_compared", "baseline.unmet"} <= set(codes(evidence))
    assert evidence.verdict == "inconclusive"
    assert the_metric(evidence).baseline is UNSET


def test_a_short_run_is_not_compared_and_so_not_supported() -> None:
    rule = {"baseline": {"source": "", "successes": 40, "trials": 50}}
    documents = pair(rule=rule, seeds=[0], episodes_per_task=100)
    evidence = decided(documents, played(run_of([[1]] * 50, planned=100)))
    assert {"baseline.not_compared", "baseline.unmet"} <= set(codes(evidence))
    assert evidence.verdict == "inconclusive"
    refuted = decided(documents, played(run_of(balanced([0] * 50, 1), planned=100)))
    assert refuted.verdict == "refuted"


def test_clustered_episodes_are_not_compared_and_so_not_supported() -> None:
    rule = {"baseline": {"source": "", "successes": 40, "trials": 50}}
    tallies = [(50, 0), (48, 2), (50, 0), (46, 4), (50, 0), (49, 1)]
    documents = pair(rule=rule, seeds=[0], episodes_per_task=50, estimand="task_population")
    evidence = decided(documents, audit_input(names(6), cells_of(tallies)))
    assert "baseline.not_compared" in codes(evidence)
    assert evidence.verdict == "inconclusive"


def test_percent_is_the_same_as_a_ratio() -> None:
    percent = against(
        450, 50, {"successes": 400, "trials": 500}, metric={"value": 80, "unit": "percent"}, rule={"margin": 5}
    )
    ratio = against(450, 50, {"successes": 400, "trials": 500})
    assert the_metric(percent).baseline == the_metric(ratio).baseline


@pytest.mark.parametrize(
    ("baseline", "code"),
    [
        ({"source": ""}, "claim.baseline"),
        ({"source": "", "successes": 4}, "claim.baseline"),
        ({"source": "", "trials": 4}, "claim.baseline"),
        ({"source": "", "successes": 5, "trials": 4}, "claim.baseline"),
        ({"source": "", "value": 0.8, "successes": 4, "trials": 5}, "claim.baseline"),
        ({"source": "", "value": 0.8, "trials": 5}, "claim.baseline"),
    ],
    ids=str,
)
def test_what_is_no_baseline_is_refused(baseline: dict[str, Any], code: str) -> None:
    assert problem(rule={"baseline": baseline}) == (code, "/decision_rule/baseline")


@pytest.mark.parametrize("bounds", [[1, 0], [1, 1]])
def test_bounds_of_a_score_have_to_be_in_order(bounds: list[float]) -> None:
    assert problem(metric={"bounds": bounds}) == ("claim.bounds", "/expected_metrics/0")


@pytest.mark.parametrize("baseline", [{"value": 0.8}, {"successes": 5, "trials": 5}, {"successes": 0, "trials": 1}])
def test_what_is_a_baseline_is_not(baseline: dict[str, Any]) -> None:
    assert problem(rule={"baseline": {"source": "", **baseline}}) is None


def problem(
    *, metric: dict[str, Any] | None = None, rule: dict[str, Any] | None = None
) -> tuple[str, str | None] | None:
    """Code and place of what is wrong with the quickstart's claim after a change."""
    fields = json.loads((FIXTURES / "seeds" / "claim.json").read_bytes())
    fields["expected_metrics"][0].update(metric or {})
    fields["decision_rule"].update(rule or {})
    try:
        document.parse(json.dumps(fields).encode(), Claim, file="claim.json")
    except InputError as error:
        (found,) = error.problems
        return found.code, found.where.pointer
    return None
