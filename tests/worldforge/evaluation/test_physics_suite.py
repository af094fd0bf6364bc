"""The suite `physics`: mujoco passes, mock is honest, and providers that pretend are found out."""

from __future__ import annotations

import copy
import importlib.util
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.worldforge.evaluation.fakes import Dynamics, forge_with
from worldforge.evaluation import EvaluationReport, EvaluationSuite
from worldforge.values import Action, PredictionPayload

PERIOD = 0.1
needs_mujoco = pytest.mark.skipif(importlib.util.find_spec("mujoco") is None, reason="the extra mujoco is missing")

Change = Callable[[dict[str, Any], dict[str, Any]], None]


def falling(state: dict[str, Any], action: Action, steps: int, *, period: float = PERIOD) -> PredictionPayload:
    """Point masses over a ground that stops them, in closed form; `move_to` puts an object at its target."""
    state = copy.deepcopy(state)
    objects = state["scene"]["objects"]
    if action.kind == "move_to":
        next(iter(objects.values()))["pose"]["position"] = dict(action.parameters["target"])
    else:
        for item in objects.values():
            _fall(item, steps * period)
    state["step"] += steps
    return PredictionPayload(state, 1.0, 1.0, metadata={"seconds": steps * period})


def _fall(item: dict[str, Any], seconds: float) -> None:
    place = item["pose"]["position"]
    velocity = item.setdefault("velocity", {}).setdefault("linear", {"x": 0.0, "y": 0.0, "z": 0.0})
    height = place["z"] + velocity["z"] * seconds - 9.81 * seconds**2 / 2
    if height <= 0:
        place["z"] = 0.0
        velocity.update(x=0.0, y=0.0, z=0.0)
        return
    place.update(x=place["x"] + velocity["x"] * seconds, y=place["y"] + velocity["y"] * seconds, z=height)
    velocity["z"] -= 9.81 * seconds


def report_of(predict: Callable[[dict[str, Any], Action, int], PredictionPayload]) -> EvaluationReport:
    return EvaluationSuite.from_builtin("physics").run_report("dynamics", forge_with(Dynamics(predict)), trials=2)


def failed(report: EvaluationReport) -> set[str]:
    return {result.scenario for result in report.results if not result.passed}


def changed(change: Change) -> Callable[[dict[str, Any], Action, int], PredictionPayload]:
    """Closed-form dynamics whose predictions are changed: a function of the objects and the metadata."""

    def predict(state: dict[str, Any], action: Action, steps: int) -> PredictionPayload:
        honest = falling(state, action, steps)
        change(honest.state["scene"]["objects"], honest.metadata)
        return honest

    return predict


def test_closed_forms_pass() -> None:
    assert failed(report_of(falling)) == set()


@pytest.mark.parametrize("period", [0.001, 0.02, 1.0])
def test_any_period_passes(period: float) -> None:
    report = report_of(lambda state, action, steps: falling(state, action, steps, period=period))
    assert failed(report) == set()


def test_mock_passes_what_needs_no_dynamics_and_fails_the_rest() -> None:
    report = EvaluationSuite.from_builtin("physics").run_report("mock", forge_with(), trials=2)
    assert failed(report) == {"object-conservation", "object-contact", "free-fall"}
    for case in report.gallery().cases:
        assert "without dynamics, such as mock" in case.expected_contract_notes
        assert case.metrics_preview["time_not_covered_s"] is None
        assert case.metrics_preview["seconds"] is None


@needs_mujoco
@pytest.mark.slow
def test_mujoco_passes_everything() -> None:
    report = EvaluationSuite.from_builtin("physics").run_report("mujoco", forge_with(), trials=3)
    assert failed(report) == set()
    assert report.provider_summaries[0].average_score == 1.0


COUNTER = itertools.count()


def _lost(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    objects.pop("thrown", None)


def _more(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    if "thrown" in objects:
        objects["third"] = copy.deepcopy(objects["thrown"])


def _drifting(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    if "lying" in objects:
        objects["lying"]["pose"]["position"]["x"] += 0.01


def _slow(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    if "thrown" in objects:
        objects["thrown"]["pose"]["position"]["x"] *= 0.9


def _sinking(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    for item in objects.values():
        if item["pose"]["position"]["z"] == 0:
            item["pose"]["position"]["z"] = -0.002


def _hovering(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    for item in objects.values():
        item["pose"]["position"]["z"] = max(item["pose"]["position"]["z"], 0.002)


def _in_no_time(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    metadata["seconds"] *= 1e-9


def _timeless(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    del metadata["seconds"]


def _random(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    next(iter(objects.values()))["pose"]["position"]["x"] += next(COUNTER) * 1e-6


def _speechless(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    for item in objects.values():
        item.pop("velocity", None)


def _lazy(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
    if "cube" in objects:
        objects["cube"]["pose"]["position"]["x"] /= 2


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        pytest.param(_lost, {"object-conservation"}, id="an-object-vanishes"),
        pytest.param(_more, {"object-conservation"}, id="an-object-appears"),
        pytest.param(_drifting, {"object-conservation"}, id="rest-does-not-last"),
        pytest.param(_slow, {"object-conservation"}, id="momentum-is-lost"),
        pytest.param(_sinking, {"object-contact", "object-conservation"}, id="the-ground-gives-way"),
        pytest.param(_in_no_time, {"object-conservation", "object-contact", "free-fall"}, id="says-no-time-passed"),
        pytest.param(_timeless, {"object-conservation", "object-contact", "free-fall"}, id="says-no-time"),
        pytest.param(_random, {"object-stability"}, id="never-the-same"),
        pytest.param(_speechless, {"object-conservation", "free-fall"}, id="says-no-velocity"),
    ],
)
def test_what_is_not_physics_is_found(change: Change, missed: set[str]) -> None:
    assert missed <= failed(report_of(changed(change)))


def test_an_object_that_never_touches_the_ground_fails_contact() -> None:
    assert "object-contact" in failed(report_of(changed(_hovering)))


def test_an_action_that_does_half_of_what_it_says_fails() -> None:
    assert "action-response" in failed(report_of(changed(_lazy)))


def test_one_who_changes_what_was_given_fails() -> None:
    def in_place(state: dict[str, Any], action: Action, steps: int) -> PredictionPayload:
        predicted = falling(state, action, steps)
        state["scene"]["objects"]["cube"]["pose"] = {"position": {"x": 9.0, "y": 9.0, "z": 9.0}}
        return predicted

    assert "action-response" in failed(report_of(in_place))


def test_standing_still_in_a_claimed_instant_passes_nothing_that_moves() -> None:
    """The cheapest way to be right about free fall: let no time pass, and move nothing."""

    def frozen(state: dict[str, Any], action: Action, steps: int) -> PredictionPayload:
        return PredictionPayload(copy.deepcopy(state), 1.0, 1.0, metadata={"seconds": 1e-12})

    assert failed(report_of(frozen)) >= {"object-conservation", "object-contact", "free-fall", "action-response"}


@pytest.mark.parametrize("seconds", [-1.0, "1", True, 1e300])
def test_a_time_that_is_none_fails_and_does_not_break_the_report(seconds: Any) -> None:
    def odd(objects: dict[str, Any], metadata: dict[str, Any]) -> None:
        metadata["seconds"] = seconds

    report = report_of(changed(odd))
    assert {"object-conservation", "object-contact", "free-fall"} <= failed(report)


def test_what_a_provider_says_of_itself_decides_nothing() -> None:
    def modest(state: dict[str, Any], action: Action, steps: int) -> PredictionPayload:
        honest = falling(state, action, steps)
        return PredictionPayload(honest.state, 0.0, 0.0, metadata=honest.metadata)

    assert failed(report_of(modest)) == set()
