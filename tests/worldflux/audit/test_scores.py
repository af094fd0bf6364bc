"""Promised mean scores: real PushT rewards against numpy and scipy, and every way in which nothing can be said."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import stats as scipy_stats

from tests.support import FIXTURES
from tests.worldflux.audit.cases import audit_input, cell
from tests.worldflux.audit.runs import codes, decided, names, pair, played, run_of, the_metric, unverified
from tests.worldflux.auditing import bench
from worldflux.documents.audit_input import AuditInput, Moments, RepeatedStarts
from worldflux.documents.evidence import Evidence
from worldflux.stats.bounded_means import betting_interval
from worldflux.stats.resampling import bca

RUNS = FIXTURES / "lerobot-runs"
SCORE: dict[str, Any] = {"name": "avg_max_reward", "unit": "reward"}


def rewards(run: str, name: str = "max_rewards") -> list[list[float]]:
    """The scores of each task of a real run."""
    return [task["metrics"][name] for task in json.loads((RUNS / run / "eval_info.json").read_bytes())["per_task"]]


def audited(folder: Path, runs: Sequence[str], metric: dict[str, Any], *settings: str, **plan: Any) -> Evidence:
    place = bench(folder, f"claim.expected_metrics={json.dumps([{'operator': '>=', **metric}])}", *settings, **plan)
    return place.audit(*(RUNS / run for run in runs)).evidence


def pusht(folder: Path, runs: Sequence[str], metric: dict[str, Any]) -> Evidence:
    return audited(folder, runs, metric, seeds=range(len(runs)), episodes=50)


@pytest.mark.parametrize(("name", "source"), [("avg_max_reward", "max_rewards"), ("mean_sum_reward", "sum_rewards")])
@pytest.mark.parametrize("runs", [["pusht_pushtmpc24_s1000"], ["pusht_pushtmpc24_s1000", "pusht_pushtmpc24_s2000"]])
def test_a_mean_of_real_rewards_has_students_interval(tmp_path: Path, name: str, source: str, runs: list[str]) -> None:
    values = np.concatenate([rewards(run, source)[0] for run in runs])
    evidence = pusht(tmp_path, runs, {"name": name, "value": 0.9, "unit": "reward"})
    metric = the_metric(evidence)
    error = scipy_stats.sem(values)
    for shown, confidence in ((metric.interval, 0.9), (metric.interval_descriptive, 0.95)):
        expected = scipy_stats.t.interval(confidence, len(values) - 1, values.mean(), error)
        assert (shown.lower, shown.upper) == pytest.approx(expected, rel=1e-8)
        assert (shown.method, shown.confidence) == ("stratified_t", confidence)
    assert metric.estimate == pytest.approx(values.mean(), rel=1e-11)
    assert (metric.trials, metric.successes, metric.p_value, metric.k_crit) == (len(values), None, None, None)
    assert evidence.verdict == "supported"  # 0.94 and 164 against 0.85
    assert "asymptotic" in metric.flags


@pytest.mark.parametrize(
    ("operator", "value", "verdict", "target"),
    [
        (">=", 0.97, "supported", "contradicted"),
        (">=", 0.95, "supported", "not_shown"),
        (">=", 0.90, "supported", "shown"),
        (">=", 1.00, "inconclusive", "contradicted"),
        (">=", 1.10, "refuted", "contradicted"),
        (">", 0.90, "supported", "shown"),
        ("<=", 1.00, "supported", "shown"),
        ("<", 0.91, "inconclusive", "contradicted"),
        ("<=", 0.85, "refuted", "contradicted"),
        ("==", 0.95, "supported", "not_shown"),
        ("==", 0.99, "inconclusive", "not_shown"),
        ("==", 0.80, "refuted", "not_shown"),
    ],
)
def test_real_rewards_decide_every_operator(
    tmp_path: Path, operator: str, value: float, verdict: str, target: str
) -> None:
    """Two runs of the sampling controller: the mean of the highest reward is 0.946, its 90% interval 0.929 to 0.963."""
    runs = ["pusht_pushtmpc24_s1000", "pusht_pushtmpc24_s2000"]
    evidence = pusht(tmp_path, runs, SCORE | {"operator": operator, "value": value})
    values = np.concatenate([rewards(run)[0] for run in runs])
    lower, upper = scipy_stats.t.interval(0.9, 99, values.mean(), scipy_stats.sem(values))
    low, high = round(value - 0.05, 9), round(value + 0.05, 9)
    above, below = (lower > low, upper < low), (upper < high, lower > high)
    sides = {">": [above], "<": [below], "=": [above, below]}[operator[0]]
    expected = (
        "supported"
        if all(side[0] for side in sides)
        else "refuted"
        if any(side[1] for side in sides)
        else "inconclusive"
    )
    assert (evidence.verdict, the_metric(evidence).target.status) == (verdict, target)
    assert verdict == expected
    shown, contradicted = (lower > value, upper < value) if operator[0] == ">" else (upper < value, lower > value)
    assert operator == "==" or target == ("shown" if shown else "contradicted" if contradicted else "not_shown")
    assert ("below_target" in the_metric(evidence).flags) == (verdict == "supported" and target == "contradicted")


def test_tasks_weigh_the_same_with_satterthwaites_degrees(tmp_path: Path) -> None:
    run = "metaworld_noisyexpert0.5_hard+veryhard_s1000"
    tasks = [
        f"{t['task_group']}/{t['task_id']}"
        for t in json.loads((RUNS / run / "eval_info.json").read_bytes())["per_task"]
    ]
    evidence = audited(tmp_path, [run], SCORE | {"value": 5.0}, tasks=tasks, episodes=10, benchmark="MetaWorld")
    groups = [np.array(values) for values in rewards(run)]
    parts = np.array([values.var(ddof=1) / len(values) for values in groups]) / len(groups) ** 2
    degrees = parts.sum() ** 2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, groups, strict=True))
    mean = np.mean([values.mean() for values in groups])
    metric = the_metric(evidence)
    assert metric.estimate == pytest.approx(mean, rel=1e-10)
    expected = scipy_stats.t.interval(0.9, degrees, mean, math.sqrt(parts.sum()))
    assert (metric.interval.lower, metric.interval.upper) == pytest.approx(expected, rel=1e-7)


def given_of(tasks: Sequence[Sequence[float]], *, planned: int = 0, **others: int) -> AuditInput:
    """Every scored episode a success; `others` have no score."""
    cells = []
    for name, scores in zip(names(len(tasks)), tasks, strict=True):
        moments = Moments(count=len(scores), sum=math.fsum(scores), sum_of_squares=math.fsum(x * x for x in scores))
        counted = cell(name, 0, planned or len(scores) + sum(others.values()), success=len(scores), **others)
        cells.append(msgspec.structs.replace(counted, sums={"max_reward": moments}))
    return audit_input(names(len(tasks)), cells)


def of(
    given: AuditInput, *, rule: dict[str, Any] | None = None, execution: dict[str, Any] | None = None, **metric: Any
) -> Evidence:
    planned = max(each.planned for each in given.cells)
    settings = {"seeds": [0], "episodes_per_task": planned, **(execution or {})}
    return decided(pair(metric={**SCORE, "value": 0.8, **metric}, rule=rule, **settings), given)


POPULATION = {"estimand": "task_population"}
GOOD = [0.9, 0.95, 1.0, 0.85, 0.92, 0.97]


def task_means(tasks: int) -> list[list[float]]:
    rng = np.random.default_rng(tasks)
    return [(0.9 + 0.05 * rng.exponential(size=1) * rng.normal(size=8)).tolist() for _ in range(tasks)]


def test_twenty_tasks_and_more_are_resampled_and_it_repeats() -> None:
    tasks = task_means(24)
    first, second = (the_metric(of(given_of(tasks), execution=POPULATION)) for _ in range(2))
    assert first.interval == second.interval
    assert first.interval.method == "bca"
    means = [float(np.mean(each)) for each in tasks]
    by_scipy = scipy_stats.bootstrap(
        (means,), np.mean, confidence_level=0.9, n_resamples=9999, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    width = by_scipy.high - by_scipy.low
    assert (first.interval.lower, first.interval.upper) == pytest.approx(tuple(by_scipy), abs=0.06 * width)
    assert first.estimate == pytest.approx(np.mean(means), rel=1e-11)
    other = the_metric(of(given_of(tasks), execution=POPULATION, value=0.81))  # another claim, other resamples
    assert other.interval != first.interval
    seeded = bca(means, confidence=0.9, seed=0)
    assert first.interval.lower == pytest.approx(seeded.lower, abs=0.06 * width)


def test_fewer_tasks_have_students_interval() -> None:
    tasks = task_means(19)
    metric = the_metric(of(given_of(tasks), execution=POPULATION))
    means = [float(np.mean(each)) for each in tasks]
    assert metric.interval.method == "t"
    expected = scipy_stats.t.interval(0.9, 18, np.mean(means), scipy_stats.sem(means))
    assert (metric.interval.lower, metric.interval.upper) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("bounds", [None, [0, 1]])
def test_missing_scores_need_bounds(bounds: list[float] | None) -> None:
    given = given_of([GOOD * 20], infra_error=3)
    evidence = of(given, bounds=bounds) if bounds else of(given)
    if bounds is None:
        assert (evidence.verdict, codes(evidence)[0]) == ("inconclusive", "scores.missing")
        assert "3 planned episodes" in evidence.reasons[0].message
    else:
        assert evidence.verdict == "supported"


def test_missing_scores_stand_at_their_worst_for_either_side() -> None:
    scores = np.array(GOOD * 20)
    given = given_of([scores.tolist()], infra_error=30)
    worst, best = np.append(scores, [0.0] * 30), np.append(scores, [2.0] * 30)

    def lower(values: Any) -> float:
        return float(scipy_stats.t.interval(0.9, len(values) - 1, values.mean(), scipy_stats.sem(values))[0])

    assert lower(scores) > 0.85 > lower(worst) > 0.65
    supported, left_open = (of(given, value=value, bounds=[0, 2]) for value in (0.72, 0.9))
    assert supported.verdict == ("supported" if lower(worst) > 0.67 else "inconclusive")
    assert (left_open.verdict, left_open.observed_verdict) == ("inconclusive", "supported")
    assert "missing_sensitive" in the_metric(left_open).flags
    assert the_metric(of(given, value=0.85, bounds=[0, 2])).target.status == "not_shown"  # 0.92 of those that have one
    assert of(given, value=1.1, bounds=[0, 1]).verdict == "refuted"
    upper = scipy_stats.t.interval(0.9, len(best) - 1, best.mean(), scipy_stats.sem(best))[1]
    assert upper > 1.05
    assert of(given, value=1.1, bounds=[0, 2]).verdict == "inconclusive"
    assert the_metric(left_open).estimate == pytest.approx(scores.mean())


def test_more_scores_than_trials_are_none_missing() -> None:
    """Episodes that the protocol excludes may still carry a score."""
    given = given_of([GOOD * 2])
    counted = msgspec.structs.replace(
        given.cells[0], counts=msgspec.structs.replace(given.cells[0].counts, success=9, infra_error=3)
    )
    given = msgspec.structs.replace(given, cells=[counted])
    evidence = of(given, execution={"denominator_policy": {"infra_error": "excluded_predeclared"}})
    assert codes(evidence) == ["decision.score_supported"]


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_scores_without_spread_decide_nothing(score: float) -> None:
    """Two episodes with the highest reward are no proof that all others have it."""
    for tasks, execution in (([[score] * 2], {}), ([[score] * 2] * 6, POPULATION), ([[score] * 2] * 24, POPULATION)):
        evidence = of(given_of(tasks), execution=execution)
        assert (evidence.verdict, codes(evidence)) == ("inconclusive", ["scores.no_spread"])
        assert the_metric(evidence).estimate == score
        assert the_metric(evidence).interval.lower is None


def test_a_baselines_value_has_to_be_passed_as_well() -> None:
    given = given_of([GOOD * 20])
    for value, verdict in ((0.7, "supported"), (0.9, "supported"), (1.0, "refuted")):
        evidence = of(given, rule={"baseline": {"source": "", "value": value}})
        assert evidence.verdict == verdict
        assert the_metric(evidence).threshold == pytest.approx(max(value, 0.8) - 0.05)
        assert "baseline_uncertainty_ignored" in the_metric(evidence).flags
    lower = of(given, operator="<=", value=1.2, rule={"baseline": {"source": "", "value": 0.8}})
    assert lower.verdict == "refuted"
    assert the_metric(lower).threshold == pytest.approx(0.85)


def test_what_cannot_be_tested_is_said() -> None:
    single = of(given_of([GOOD, [1.0]], planned=6))
    assert (single.verdict, codes(single)[0]) == ("not_testable", "scores.too_few")
    unknown = of(given_of([GOOD]), task="elsewhere")
    assert (unknown.verdict, codes(unknown)) == ("not_testable", ["scores.too_few"])
    beyond = given_of([GOOD])
    beyond = msgspec.structs.replace(
        beyond,
        cells=[
            msgspec.structs.replace(
                beyond.cells[0], planned=4, in_plan=msgspec.structs.replace(beyond.cells[0].counts, success=4)
            )
        ],
    )
    assert codes(of(beyond)) == ["scores.beyond_plan"]
    equal = of(given_of([GOOD]), operator="==", rule={"margin": 0.0})
    assert codes(equal) == ["operator.margin_needed"]
    few = of(given_of([GOOD] * 4), execution=POPULATION)
    assert codes(few) == ["estimand.few_clusters"]


def test_a_short_run_and_shared_starts_leave_a_mean_open() -> None:
    cells, blocks = run_of([[1]] * 6, planned=20)
    moments = given_of([GOOD]).cells[0].sums
    short = played(([msgspec.structs.replace(cells[0], sums=moments)], blocks))
    assert (of(short).verdict, codes(of(short))) == ("inconclusive", ["short_of_plan"])
    shared = RepeatedStarts(task="t0", starts=3, trials=6, sum=3, sum_of_squares=3)
    repeated = of(msgspec.structs.replace(given_of([GOOD]), repeated_starts=[shared]))
    assert (repeated.verdict, codes(repeated)) == ("inconclusive", ["starts.repeated"])


def test_a_mean_is_never_called_robust() -> None:
    for given in (given_of([GOOD * 20]), unverified(given_of([GOOD * 20]))):
        metric = the_metric(of(given))
        assert (metric.verdict, metric.robust, metric.sensitivity) == ("supported", False, [])


def test_a_bounded_score_has_a_betting_interval_of_its_runs(tmp_path: Path) -> None:
    runs = ["pusht_pushtmpc24_s1000", "pusht_pushtmpc24_s2000"]
    means = [float(np.mean(rewards(run)[0])) for run in runs]
    evidence = pusht(tmp_path, runs, {"value": 0.9, "bounds": [0.0, 1.0], **SCORE})
    (reading,) = the_metric(evidence).sensitivity
    assert (reading.reading, reading.interval.method) == ("betting", "betting")
    assert reading.estimate == pytest.approx(np.mean(means), rel=1e-11)
    assert (reading.interval.lower, reading.interval.upper) == pytest.approx(
        betting_interval(means, confidence=0.9), rel=1e-9
    )
    assert (evidence.verdict, reading.verdict) == ("supported", "inconclusive")  # two runs are no proof
    assert the_metric(pusht(tmp_path / "unbounded", runs, {"value": 0.9, **SCORE})).sensitivity == []


def test_many_runs_decide_by_betting_too() -> None:
    runs = [[0.9, 0.95], [0.97, 0.9]] * 20
    cells = [
        msgspec.structs.replace(
            cell("a", seed, 2, success=2),
            sums={"max_reward": Moments(count=2, sum=sum(scores), sum_of_squares=sum(x * x for x in scores))},
        )
        for seed, scores in enumerate(runs)
    ]
    claim = {"operator": ">=", "value": 0.8, "bounds": [0.0, 1.0], **SCORE}
    documents = pair(metrics=[claim], rule={"margin": 0.05}, seeds=list(range(40)), episodes_per_task=2)
    (reading,) = the_metric(decided(documents, audit_input(["a"], cells))).sensitivity
    assert reading.verdict == "supported"
    assert reading.interval.lower is not None
    assert 0.75 < reading.interval.lower < 0.93
