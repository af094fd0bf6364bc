"""Whether an operation became slower from one report to another, and when nobody can tell."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec import UNSET

from tests.worldforge.benchmark.changes import PACE, STEADY, measured, result, slower, without
from worldforge.benchmark.change.latency_change import Measured, median_change, tail_change
from worldforge.benchmark.report import BenchmarkResult, Clock, Load


def test_the_same_numbers_are_unchanged() -> None:
    change = median_change(measured(), measured())
    assert (change.status, change.reason, change.ratio, change.pace) == ("unchanged", None, 1.0, 1.0)


@pytest.mark.parametrize(
    ("factor", "status"),
    [
        (2.0, "regressed"),
        (1.3, "regressed"),
        (1.2, "unchanged"),
        (0.85, "unchanged"),
        (0.7, "improved"),
        (1.25, "cannot_decide"),
    ],
)
def test_a_change_counts_from_a_quarter_on(factor: float, status: str) -> None:
    change = median_change(measured(), measured(slower(factor)))
    assert change.status == status
    assert change.ratio == pytest.approx(factor)


def test_the_smallest_effect_can_be_chosen() -> None:
    assert median_change(measured(), measured(slower(1.2)), 0.1).status == "regressed"
    assert median_change(measured(), measured(slower(2.0)), 1.5).status == "unchanged"


def test_a_slower_machine_is_no_slower_program() -> None:
    # Half as slow again, and so is the yardstick beside every call.
    change = median_change(measured(), measured(slower(1.5, pace=1.5 * PACE)))
    assert (change.status, change.pace) == ("cannot_decide", 1.5)
    assert change.bounds is not None
    assert change.bounds.low == pytest.approx(1.0, rel=0.02)


def test_a_slower_program_is_found_on_a_quicker_machine() -> None:
    change = median_change(measured(), measured(slower(1.25, pace=PACE / 1.6)))
    assert change.status == "regressed"


def test_who_waits_for_something_else_does_not_follow_the_pace() -> None:
    # The processor was idle meanwhile, so a slower machine is no excuse and a quicker one no blame.
    before, after = (result(pace=pace, cpu_ms_per_iteration=0.001) for pace in (PACE, PACE / 2))
    change = median_change(measured(before), measured(after))
    assert change.status == "cannot_decide"
    assert change.bounds is not None
    assert (change.bounds.low, change.bounds.high) == pytest.approx((1.0, 2.0), rel=0.02)


@pytest.mark.parametrize("lacking", ["baseline", "candidate"])
def test_without_a_pace_a_change_has_to_be_larger(lacking: str) -> None:
    def change(factor: float) -> str:
        before = result(pace=None if lacking == "baseline" else PACE)
        after = slower(factor, pace=None if lacking == "candidate" else PACE)
        return median_change(measured(before), measured(after)).status

    assert [change(factor) for factor in (1.0, 1.5, 1.85, 2.0, 0.5)] == [
        "cannot_decide",
        "cannot_decide",
        "cannot_decide",
        "regressed",
        "improved",
    ]


def test_paces_of_other_work_are_not_compared() -> None:
    found = slower(1.5, pace=1.5 * PACE)
    change = median_change(measured(), measured(found, yardstick="interpreter-0"))
    assert (change.pace, change.status) == (None, "cannot_decide")


def test_noise_leaves_it_open() -> None:
    draws = random.Random(1)
    noisy = [0.1 * draws.lognormvariate(0, 1) for _ in range(20)]
    change = median_change(measured(result(noisy)), measured(result([1.5 * value for value in noisy])))
    assert change.status == "cannot_decide"
    assert change.reason is not None
    assert change.reason.startswith("noisy: the ratio may be anything from ")


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        ({"machine_class": "linux-arm64-2cpu-cpython3.11"}, "other machine class: "),
        ({"python": "CPython 3.13.0"}, "other Python: CPython 3.11.7, then CPython 3.13.0"),
        ({"governor": "powersave"}, "other frequency governor: performance, then powersave"),
        ({"load_average": 6.0}, "the load differs: 0.12 of 2, then 6.0"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_latencies_of_other_machines_are_not_compared(machine: dict[str, Any], reason: str) -> None:
    here, there = measured(), measured(slower(2), machine=machine)
    for change in (median_change(here, there), median_change(there, here)):
        assert (change.status, change.bounds) == ("cannot_decide", None)
    assert (median_change(measured(), measured(machine=machine)).reason or "").startswith(reason)


@pytest.mark.parametrize("load", [None, 0.5, 1.0, 3.0])
def test_a_load_that_is_alike_or_unknown_is_no_obstacle(load: float | None) -> None:
    machine = {"load_average": load}
    assert median_change(measured(machine=machine), measured(machine=machine)).status == "unchanged"


def test_latencies_by_another_clock_are_not_compared() -> None:
    clock = Clock(name="monotonic_ns", resolution_ns=1, overhead_ns=50.0)
    assert (
        median_change(measured(), measured(clock=clock)).reason
        == "other clock: time.perf_counter_ns, then monotonic_ns"
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (result(concurrency=8), "calls were issued otherwise: 1 at once, then 8 at once"),
        (
            result(load=Load(mode="open", rate_per_second=50)),
            "calls were issued otherwise: 1 at once, then 50 a second",
        ),
        (result(STEADY[:4]), "the candidate has too few calls: measure 5 or more"),
        (result([], success_count=0), "no call of the candidate succeeded"),
        (result(flags=["input_mutated"]), "the provider changed its inputs during the candidate"),
        (without(result(), "blocks"), "the candidate does not say how its latencies varied: it has no blocks"),
        (result(STEADY * 50), "the candidate does not say how its latencies varied: it has no blocks"),
    ],
    ids=["concurrency", "rate", "few", "none", "mutated", "no-blocks", "many-blocks"],
)
def test_what_was_measured_otherwise_is_not_compared(changed: BenchmarkResult, reason: str) -> None:
    change = median_change(measured(), measured(changed))
    assert change.status == "cannot_decide"
    assert (change.reason or "").startswith(reason)


def test_a_report_without_a_machine_is_not_compared() -> None:
    found = result()
    report = measured(found).report
    bare = Measured(type(report)(run_metadata=report.run_metadata, results=[found]), found)
    assert median_change(bare, bare).reason == "a report does not say on which machine it was measured"


def test_the_tail_needs_calls_and_a_larger_change() -> None:
    assert tail_change(measured(result(calls=20)), measured(result(calls=19))) is None
    assert tail_change(measured(result(calls=19)), measured(result(calls=20))) is None
    for tail, status in ((1.5, "unchanged"), (2.1, "unchanged"), (2.3, "regressed"), (0.9, "improved")):
        change = tail_change(measured(result(calls=20)), measured(result(calls=20, tail=tail)))
        assert change is not None
        assert (tail, change.status) == (tail, status)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e300, 1e-300])
def test_numbers_that_are_no_times_decide_nothing(value: float) -> None:
    found = result([value] * 20)
    assert median_change(measured(), measured(found)).status == "cannot_decide"
    assert median_change(measured(found), measured()).status == "cannot_decide"
    assert median_change(measured(), measured(result(pace=value))).status != "regressed"


@pytest.mark.parametrize("stated", [None, 0.0, 0.04, 0.3, 1e300])
def test_a_median_that_is_not_that_of_its_blocks_decides_nothing(stated: float | None) -> None:
    found = result(p50_latency_ms=stated)
    change = median_change(measured(), measured(found))
    assert change.status == "cannot_decide"
    assert "is not what its blocks state" in (change.reason or "")


def test_a_pace_that_is_no_time_counts_as_none() -> None:
    assert median_change(measured(), measured(result(pace=0.0))).pace is None
    assert result(pace=None).blocks is not UNSET
