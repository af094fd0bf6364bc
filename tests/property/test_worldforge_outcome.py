"""Whatever a scenario returns: it is taken as it is, or refused with an error of ours; nothing in between."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.worldforge.evaluation.fakes import forge_with, suite_of
from worldforge.errors import WorldForgeError
from worldforge.evaluation import EvaluationReport
from worldforge.evaluation.outcome import OutcomeError, ScenarioOutcome

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
METRICS = st.dictionaries(
    TEXT,
    st.recursive(
        SCALARS | TEXT, lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXT, each, max_size=4), max_leaves=12
    ),
    max_size=6,
)
SCORES = st.floats(0, 1) | st.sampled_from([0, 1])
ODD = (
    st.complex_numbers()
    | st.binary(max_size=3)
    | st.tuples(st.floats())
    | st.sets(st.integers(), max_size=2)
    | st.just(math.nan)
    | st.just(math.inf)
    | st.just("\ud800")
    | st.integers(min_value=2**53)
    | st.builds(object)
)


@given(score=SCORES, passed=st.booleans(), metrics=METRICS)
@example(score=1, passed=True, metrics={"": -0.0})
@example(score=0.5, passed=False, metrics={"a": [[], {}, 5e-324, 1.7976931348623157e308]})
def test_what_json_carries_is_taken_unchanged(score: float, passed: bool, metrics: dict[str, Any]) -> None:
    outcome = ScenarioOutcome(score, passed, metrics)
    assert (outcome.score, outcome.passed, outcome.metrics) == (score, passed, metrics)
    assert type(outcome.score) is float
    read = ScenarioOutcome.from_json(json.loads(json.dumps({"score": score, "passed": passed, "metrics": metrics})))
    assert read == outcome


@given(
    score=st.floats().filter(lambda value: not 0 <= value <= 1) | st.booleans() | st.text() | st.none() | ODD,
)
def test_a_score_that_is_none_is_refused(score: Any) -> None:
    with pytest.raises(OutcomeError) as refused:
        ScenarioOutcome(score, True)
    assert refused.value.code == "outcome.invalid"


@given(passed=st.none() | st.integers() | st.text() | st.lists(st.booleans()) | ODD)
def test_what_only_counts_as_true_is_refused(passed: Any) -> None:
    with pytest.raises(OutcomeError):
        ScenarioOutcome(1.0, passed)


@given(metrics=METRICS, odd=ODD, data=st.data())
def test_one_odd_value_anywhere_refuses_the_whole(metrics: dict[str, Any], odd: Any, data: st.DataObject) -> None:
    inside = data.draw(st.sampled_from([odd, [odd], {"deep": [1, {"er": odd}]}]))
    with pytest.raises(OutcomeError):
        ScenarioOutcome(1.0, True, {**metrics, "odd": inside})


@given(key=st.integers() | st.none() | st.tuples(TEXT) | st.binary(max_size=3) | st.just("\ud800"))
def test_a_key_that_is_no_text_is_refused(key: Any) -> None:
    with pytest.raises(OutcomeError):
        ScenarioOutcome(1.0, True, {key: 1})


@given(metrics=st.none() | st.lists(TEXT) | TEXT | st.floats() | ODD)
def test_metrics_are_an_object(metrics: Any) -> None:
    with pytest.raises(OutcomeError):
        ScenarioOutcome(1.0, True, metrics)


@given(
    returned=st.recursive(
        SCALARS | ODD | TEXT,
        lambda each: st.lists(each) | st.dictionaries(st.sampled_from(["score", "passed", "metrics", "more"]), each),
    )
)
def test_whatever_is_returned_ends_in_a_report_or_in_our_error(returned: Any) -> None:
    suite = suite_of(lambda context: returned)
    if type(returned) is dict and set(returned) >= {"score", "passed"} and _holds(returned):
        assert suite.run_report("mock", forge_with()).results[0].score == returned["score"]
        return
    with pytest.raises(WorldForgeError) as refused:
        suite.run_report("mock", forge_with())
    assert refused.value.code == "outcome.invalid"


def _holds(returned: dict[str, Any]) -> bool:
    try:
        ScenarioOutcome.from_json(returned)
    except OutcomeError:
        return False
    return True


@given(outcomes=st.lists(st.tuples(SCORES, st.booleans(), METRICS), min_size=1, max_size=5))
def test_a_report_of_any_outcomes_can_be_written_and_read_again(
    outcomes: list[tuple[float, bool, dict[str, Any]]],
) -> None:
    def evaluate(context: Any) -> Any:
        score, passed, metrics = outcomes[context.trial]
        return context.outcome(score=score, passed=passed, metrics=metrics)

    report = suite_of(evaluate).run_report("mock", forge_with(), trials=len(outcomes))
    [result] = report.results
    assert 0 <= result.score <= 1
    assert result.passed == all(passed for _, passed, _ in outcomes)
    low, high = result.pass_interval  # type: ignore[misc]
    assert 0 <= low <= result.passed_trial_count / len(outcomes) <= high <= 1  # type: ignore[operator]
    again = EvaluationReport.from_json(report.to_json())
    assert again.to_json() == report.to_json()
    assert set(report.artifacts()) == {
        "json",
        "markdown",
        "csv",
        "html",
        "failure_gallery.json",
        "failure_gallery.md",
    }
