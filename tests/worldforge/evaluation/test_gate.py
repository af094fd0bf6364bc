"""What may be demanded of a report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worldforge.evaluation.fakes import failing, forge_with, passing, suite_of
from worldforge.evaluation import EvaluationReport
from worldforge.evaluation.gate import check_gate


@pytest.fixture
def half() -> EvaluationReport:
    return suite_of(passing, failing).run_report(["mock", "mujoco"], forge_with())


@pytest.mark.parametrize(
    ("demands", "misses"),
    [
        ({}, []),
        ({"require_pass": True}, [("mock", "second", "pass_rate"), ("mujoco", "second", "pass_rate")]),
        ({"min_score": 0.625}, []),
        ({"min_score": 0.63}, [("mock", None, "average_score"), ("mujoco", None, "average_score")]),
        (
            {"require_pass": True, "min_score": 0.0},
            [("mock", "second", "pass_rate"), ("mujoco", "second", "pass_rate")],
        ),
    ],
)
def test_what_is_missed(half: EvaluationReport, demands: dict[str, Any], misses: list[Any]) -> None:
    gate = check_gate(half, **demands)
    assert [(miss.provider, miss.scenario, miss.metric) for miss in gate.misses] == misses
    assert gate.passed == (not misses)


def test_a_mean_that_is_rounded_reaches_what_it_is() -> None:
    suite = suite_of(*[lambda context: context.outcome(score=0.1, passed=True)] * 3)
    report = suite.run_report("mock", forge_with(), trials=7)
    assert check_gate(report, min_score=0.1).passed


def test_of_trials_the_share_is_told() -> None:
    suite = suite_of(lambda context: context.outcome(score=1.0, passed=context.trial > 0))
    [miss] = check_gate(suite.run_report("mock", forge_with(), trials=4), require_pass=True).misses
    assert (miss.observed, miss.threshold) == (0.75, 1.0)
