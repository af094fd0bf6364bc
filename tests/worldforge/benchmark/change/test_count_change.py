"""Failures and retries: exact tests, and what is certain without one."""

from __future__ import annotations

import pytest
from scipy import stats

from worldforge.benchmark.change import count_change
from worldforge.benchmark.change.count_change import events_changed, failures_changed


@pytest.mark.parametrize("worse", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "calls"), [(0, 4, 10), (0, 6, 10), (3, 12, 100), (3, 9, 100), (40, 70, 200)]
)
def test_failures_are_decided_as_by_the_exact_test_of_fisher(before: int, after: int, calls: int, worse: bool) -> None:
    chance = stats.fisher_exact([[after, calls - after], [before, calls - before]], alternative="greater").pvalue
    decided = "regressed" if worse else "improved"
    first, second = (before, after) if worse else (after, before)
    expected = decided if chance <= count_change.ALPHA else "cannot_decide"
    assert failures_changed(first, calls, second, calls).status == expected


@pytest.mark.parametrize(("before", "after"), [(0, 5), (0, 6), (10, 22), (10, 30), (200, 210)])
def test_retries_are_decided_as_by_the_exact_binomial_test(before: int, after: int) -> None:
    chance = stats.binomtest(after, before + after, 0.5, alternative="greater").pvalue
    assert events_changed(before, 50, after, 50).status == ("regressed" if chance <= 0.025 else "cannot_decide")
    assert events_changed(after, 50, before, 50).status == ("improved" if chance <= 0.025 else "cannot_decide")


def test_more_calls_with_as_many_retries_each_changed_nothing() -> None:
    assert events_changed(10, 100, 100, 1000).status == "unchanged"


@pytest.mark.parametrize("calls", [1, 2, 3, 100])
def test_calls_that_all_begin_to_fail_regressed_however_few_they_are(calls: int) -> None:
    assert failures_changed(0, calls, calls, calls).status == "regressed"
    assert failures_changed(calls, calls, 0, calls).status == "improved"


def test_one_failure_more_is_left_open_and_says_why() -> None:
    change = failures_changed(0, 5, 1, 5)
    assert change.status == "cannot_decide"
    assert change.reason == "0 of 5 calls failed, then 1 of 5: too few to tell from chance"


def test_without_calls_nothing_is_decided() -> None:
    assert failures_changed(0, 0, 5, 5).status == "cannot_decide"
    assert events_changed(0, 5, 0, 0).status == "cannot_decide"


@pytest.mark.parametrize(("before", "after"), [(30_000, 30_300), (30_000, 31_000)])
def test_beyond_the_exact_range_the_answers_agree(before: int, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 100_000
    approximate = (
        failures_changed(before, calls, after, calls).status,
        events_changed(before, calls, after, calls).status,
    )
    monkeypatch.setattr(count_change, "_EXACT_UP_TO", 10**9)
    exact = failures_changed(before, calls, after, calls).status, events_changed(before, calls, after, calls).status
    assert approximate == exact


def test_numbers_beyond_all_measure_are_answered_at_once() -> None:
    assert failures_changed(10**15, 10**18, 2 * 10**15, 10**18).status == "regressed"
    assert events_changed(10**30, 10**18, 10**29, 10**18).status == "improved"
