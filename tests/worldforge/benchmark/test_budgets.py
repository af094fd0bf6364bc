"""Budgets: what a file of them may hold, what they apply to, and when they are violated."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import REPO
from tests.worldforge.benchmark.reports import sample_report, sample_result
from worldbase.errors import InputError
from worldforge.benchmark.budgets import LoadedBudgets, check_budgets, load_budgets, parse_budgets, selector
from worldforge.benchmark.report import Budget, BudgetViolation

LEFT_NOTHING = sample_result(
    success_count=0,
    error_count=200,
    average_latency_ms=None,
    p95_latency_ms=None,
    throughput_per_second=0.0,
)


def parsed(value: Any) -> LoadedBudgets:
    return parse_budgets(json.dumps(value).encode(), name="budget.json")


def refused(value: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        parsed(value)
    return caught.value


def violations(budget: dict[str, Any], **report: Any) -> list[BudgetViolation]:
    gate = check_budgets(sample_report(**report), parsed([budget]).budgets)
    assert gate.passed == (not gate.violations)
    assert gate.violation_count == len(gate.violations)
    return gate.violations


def test_a_file_may_be_a_list_or_an_object_with_metadata() -> None:
    budget = {"provider": "mock", "max_error_count": 0}
    assert parsed([budget]).budgets == parsed({"budgets": [budget]}).budgets
    assert parsed({"budgets": [budget], "metadata": {"run": "x"}}).metadata == {"run": "x"}
    assert parsed([budget]).metadata == {}


def test_metadata_is_redacted() -> None:
    loaded = parsed({"budgets": [{"max_error_count": 0}], "metadata": {"from": "/home/alice/budget.json"}})
    assert "alice" not in str(loaded.metadata)


def test_the_example_of_the_documentation_loads_with_its_digest() -> None:
    path = REPO / "examples" / "benchmark-budget.json"
    loaded = load_budgets(path)
    assert (loaded.name, loaded.sha256) == (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
    assert loaded.data == path.read_bytes()
    assert loaded.budgets == (
        Budget(
            provider="mock",
            operation="predict",
            min_success_rate=1.0,
            max_error_count=0,
            max_retry_count=0,
            max_average_latency_ms=250.0,
            max_p95_latency_ms=400.0,
            min_throughput_per_second=2.0,
        ),
    )


@pytest.mark.parametrize(
    ("value", "code", "pointer"),
    [
        ([{"max_p99_latency_ms": 1}], "document.unknown_field", "/0/max_p99_latency_ms"),
        ({"budgets": [{"max_p99_latency_ms": 1}]}, "document.unknown_field", "/budgets/0/max_p99_latency_ms"),
        ([{"max_error_count": 0}, {"max_error_count": -1}], "document.value", "/1/max_error_count"),
        ([{"min_success_rate": 1.5}], "document.value", "/0/min_success_rate"),
        ([{"max_error_count": 0.5}], "document.value", "/0/max_error_count"),
        ([{"max_error_count": True}], "document.value", "/0/max_error_count"),
        ([{"max_average_latency_ms": "250"}], "document.value", "/0/max_average_latency_ms"),
        ([{"provider": "mock"}], "budget.no_threshold", "/0"),
        ({"budgets": [{}]}, "budget.no_threshold", "/budgets/0"),
        ([{"provider": " ", "max_error_count": 0}], "budget.blank_selector", "/0/provider"),
        ([], "document.value", ""),
        ({"budgets": []}, "document.value", "/budgets"),
        ({"thresholds": []}, "document.unknown_field", "/thresholds"),
        (7, "document.value", ""),
    ],
)
def test_what_a_file_of_budgets_may_not_hold(value: Any, code: str, pointer: str) -> None:
    error = refused(value)
    assert (error.exit_code, error.code) == (3, "document.invalid")
    assert (code, pointer) in [(problem.code, problem.where.pointer) for problem in error.problems]


def test_all_faults_are_said_at_once() -> None:
    assert len(refused([{"provider": "mock"}, {"operation": "predict"}]).problems) == 2


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999"])
def test_a_threshold_is_a_finite_number(number: bytes) -> None:
    with pytest.raises(InputError, match=r"json\."):
        parse_budgets(b'[{"max_average_latency_ms": %s}]' % number, name="budget.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"file\.missing"):
        load_budgets(tmp_path / "budget.json")


@pytest.mark.parametrize(
    ("budget", "metric", "observed", "condition"),
    [
        ({"min_success_rate": 1.0}, "success_rate", 0.985, ">="),
        ({"max_error_count": 2}, "error_count", 3, "<="),
        ({"max_retry_count": 1}, "retry_count", 2, "<="),
        ({"max_average_latency_ms": 0.33}, "average_latency_ms", 0.3301, "<="),
        ({"max_p95_latency_ms": 0.4}, "p95_latency_ms", 0.4222, "<="),
        ({"min_throughput_per_second": 3000.0}, "throughput_per_second", 2944.7, ">="),
    ],
)
def test_every_threshold(budget: dict[str, Any], metric: str, observed: float, condition: str) -> None:
    (violation,) = violations({"provider": "mock", "operation": "predict", **budget})
    assert (violation.metric, violation.observed, violation.condition) == (metric, observed, condition)
    assert violation.threshold == next(iter(budget.values()))


@pytest.mark.parametrize(
    "budget",
    [
        {"min_success_rate": 0.985},
        {"max_error_count": 3},
        {"max_retry_count": 2},
        {"max_average_latency_ms": 0.3301},
        {"max_p95_latency_ms": 0.4222},
        {"min_throughput_per_second": 2944.7},
    ],
)
def test_what_equals_its_threshold_keeps_it(budget: dict[str, Any]) -> None:
    assert violations({"operation": "predict", **budget}) == []


def test_a_selector_that_is_left_out_matches_everything() -> None:
    found = violations({"max_average_latency_ms": 0.0})
    assert [(each.provider, each.operation, each.budget_selector) for each in found] == [
        ("mock", "predict", "*/*"),
        ("mock", "embed", "*/*"),
    ]
    assert selector(Budget(provider="mock")) == "mock/*"
    assert selector(Budget(operation="embed")) == "*/embed"


def test_where_nothing_was_measured_no_latency_budget_is_kept() -> None:
    found = violations(
        {"max_average_latency_ms": 1e9, "max_p95_latency_ms": 1e9, "min_success_rate": 0.0}, results=[LEFT_NOTHING]
    )
    assert [(each.metric, each.observed) for each in found] == [("average_latency_ms", None), ("p95_latency_ms", None)]


def test_a_budget_that_matches_no_result_is_violated() -> None:
    (violation,) = violations({"provider": "mock", "operation": "policy", "max_error_count": 0})
    assert violation == BudgetViolation(
        provider="mock",
        operation="policy",
        metric="matching_results",
        observed=0,
        threshold=1,
        condition=">=",
        budget_selector="mock/policy",
    )


def test_a_gate_counts_each_result_once() -> None:
    budgets = parsed([{"max_error_count": 9}, {"provider": "mock", "max_retry_count": 9}]).budgets
    gate = check_budgets(sample_report(), budgets)
    assert (gate.passed, gate.budget_count, gate.checked_result_count) == (True, 2, 2)
