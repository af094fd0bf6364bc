"""The provider `mock`: every answer follows from the input."""

from __future__ import annotations

import copy
import hashlib
from typing import Any

import pytest

from worldforge import Action, WorldForgeError
from worldforge.providers.builtin.mock import MockProvider


def table(**places: tuple[float, float, float]) -> dict[str, Any]:
    """A state with objects at these places."""
    objects = {
        name: {"pose": {"position": dict(zip("xyz", place, strict=True)), "rotation": {"w": 1.0}}}
        for name, place in places.items()
    }
    return {"step": 3, "scene": {"objects": objects}, "metadata": {"kept": [1]}}


@pytest.fixture
def mock() -> MockProvider:
    return MockProvider()


def test_a_move_puts_the_first_object_at_its_target(mock: MockProvider) -> None:
    before = table(cube=(0.0, 0.5, 0.0), mug=(1.0, 0.0, 0.0))
    untouched = copy.deepcopy(before)
    after = mock.predict(before, Action.move_to(0.25, 0.5, 0.1), 2)
    assert after.state["scene"]["objects"]["cube"]["pose"]["position"] == {"x": 0.25, "y": 0.5, "z": 0.1}
    assert after.state["scene"]["objects"]["cube"]["pose"]["rotation"] == {"w": 1.0}
    assert after.state["scene"]["objects"]["mug"] == untouched["scene"]["objects"]["mug"]
    assert (after.state["step"], after.state["metadata"]) == (5, {"kept": [1]})
    assert before == untouched


def test_a_move_may_name_its_object(mock: MockProvider) -> None:
    after = mock.predict(table(cube=(0, 0, 0), mug=(1, 0, 0)), Action.move_to(2, 0, 0, object_id="mug"))
    places = {name: item["pose"]["position"]["x"] for name, item in after.state["scene"]["objects"].items()}
    assert places == {"cube": 0, "mug": 2.0}


@pytest.mark.parametrize(
    ("state", "object_id"), [({}, None), (table(), None), (table(cube=(0, 0, 0)), "mug")], ids=["bare", "empty", "name"]
)
def test_there_must_be_something_to_move(mock: MockProvider, state: dict[str, Any], object_id: str | None) -> None:
    with pytest.raises(WorldForgeError) as caught:
        mock.predict(state, Action.move_to(0, 0, 0, object_id=object_id))
    assert caught.value.code == "world.unknown_object"


def test_a_spawn_adds_objects_with_ids_of_their_own(mock: MockProvider) -> None:
    spawn = Action.spawn_object("Red Mug", {"x": 0.1, "y": 0.0, "z": 0.0})
    once = mock.predict({}, spawn)
    twice = mock.predict(once.state, spawn)
    assert list(twice.state["scene"]["objects"]) == ["red-mug", "red-mug-2"]
    assert twice.state["scene"]["objects"]["red-mug-2"]["pose"]["position"] == {"x": 0.1, "y": 0.0, "z": 0.0}


def test_doing_nothing_says_so_and_counts_steps(mock: MockProvider) -> None:
    after = mock.predict(table(cube=(0, 0, 0)), Action.noop(), 4)
    assert after.metadata == {"action": "noop", "noop": True, "steps": 4}
    assert after.state == {**table(cube=(0, 0, 0)), "step": 7}


@pytest.mark.parametrize(
    ("count", "physics", "confidence"), [(0, 0.72, 0.70), (1, 0.75, 0.73), (9, 0.99, 0.97), (30, 0.99, 0.97)]
)
def test_its_scores_grow_with_the_number_of_objects(
    mock: MockProvider, count: int, physics: float, confidence: float
) -> None:
    after = mock.predict(table(**{f"o{number}": (0, 0, 0) for number in range(count)}), Action.noop())
    assert (after.physics_score, after.confidence) == pytest.approx((physics, confidence))


@pytest.mark.parametrize(("steps", "count"), [(1, 1), (3, 3), (10**9, 16)])
def test_there_is_a_frame_for_each_step_up_to_sixteen(mock: MockProvider, steps: int, count: int) -> None:
    frames = mock.predict({}, Action.noop(), steps).frames
    assert frames == tuple(f"mock:frame:{number}".encode() for number in range(count))


@pytest.mark.parametrize(
    ("state", "action", "steps", "code"),
    [
        ([], Action.noop(), 1, "world.invalid_state"),
        ({"scene": []}, Action.noop(), 1, "world.invalid_state"),
        ({"scene": {"objects": [1]}}, Action.noop(), 1, "world.invalid_state"),
        ({"scene": {"objects": {"cube": 1}}}, Action.noop(), 1, "world.invalid_state"),
        ({"scene": {"objects": {"cube": {"pose": [1]}}}}, Action.move_to(0, 0, 0), 1, "world.invalid_state"),
        ({"step": "3"}, Action.noop(), 1, "world.invalid_state"),
        ({"level": float("nan")}, Action.noop(), 1, "value.not_json"),
        ({}, {"type": "noop"}, 1, "action.invalid"),
        ({}, Action("teleport"), 1, "action.unsupported"),
        ({}, Action("move_to", {"target": {"x": 0}}), 1, "value.not_a_number"),
        ({}, Action("move_to"), 1, "world.invalid_state"),
        ({}, Action("spawn_object", {"name": "mug"}), 1, "world.invalid_state"),
        ({}, Action.noop(), 0, "value.not_a_count"),
        ({}, Action.noop(), True, "value.not_a_count"),
        ({}, Action.noop(), 1.0, "value.not_a_count"),
    ],
    ids=[
        *("list", "scene", "objects", "object", "pose", "step", "nan", "dict-action", "unknown-action"),
        *("half-target", "no-target", "no-position", "zero", "true", "float"),
    ],
)
def test_what_cannot_be_predicted_is_refused(
    mock: MockProvider, state: Any, action: Any, steps: Any, code: str
) -> None:
    with pytest.raises(WorldForgeError) as caught:
        mock.predict(state, action, steps)
    assert caught.value.code == code


def test_an_embedding_is_made_of_a_chain_of_digests(mock: MockProvider) -> None:
    block, expected = b"mock:red cube", []
    for _ in range(4):
        block = hashlib.sha256(block).digest()
        expected += [int.from_bytes(block[at : at + 4], "big") % 10_000 / 10_000 for at in range(0, 32, 4)]
    result = mock.embed(text="red cube")
    assert result.vector == tuple(expected)
    assert (result.provider, result.model) == ("mock", "mock-embedding-v1")


def actions(*points: tuple[float, float, float]) -> list[Any]:
    return [
        [{"type": "latent_action", "parameters": dict(zip("xyz", place, strict=True))}, {"type": "noop"}]
        for place in points
    ]


@pytest.mark.parametrize("target", [[0.3, 0.5, 0.0], {"x": 0.3, "y": 0.5, "z": 0.0}], ids=["list", "object"])
def test_a_score_is_the_squared_distance_to_the_goal(mock: MockProvider, target: Any) -> None:
    result = mock.score_actions(
        info={"goal": {"target": target}}, action_candidates=actions((0.3, 0.5, 2.0), (0.3, 0.4, 0.0))
    )
    assert result.scores == pytest.approx((4.0, 0.01))
    assert (result.best_index, result.lower_is_better) == (1, True)
    assert result.metadata == {"cost_basis": "goal-distance"}


def test_a_move_is_scored_by_its_target(mock: MockProvider) -> None:
    result = mock.score_actions(
        info={"goal": {"target": [0, 0, 0]}}, action_candidates=[Action.move_to(1, 2, 2).to_dict()]
    )
    assert result.scores == (9.0,)


def test_without_a_target_a_score_hashes_the_candidate(mock: MockProvider) -> None:
    info = {"goal": [[[0.3, 0.5, 0.0]]]}
    first, second = [[[0.0, 0.5, 0.0]], [[0.3, 0.5, 0.0]]], [[[1.0]]]
    result = mock.score_actions(info=info, action_candidates=[first, second, first])
    assert result.metadata == {"cost_basis": "stable-hash"}
    assert result.scores[0] == result.scores[2] != result.scores[1]
    assert all(0 <= score < 1 for score in result.scores)
    assert mock.score_actions(info=info, action_candidates=[second]).scores == (result.scores[1],)


@pytest.mark.parametrize(
    ("info", "candidates", "code"),
    [
        ({}, [1], "request.empty_info"),
        ([], [1], "request.empty_info"),
        ({"a": 1}, [], "request.no_candidates"),
        ({"a": 1}, "abc", "request.no_candidates"),
        ({"a": 1}, [float("nan")], "value.not_json"),
        ({"a": float("inf")}, [1], "value.not_json"),
    ],
)
def test_what_cannot_be_scored_is_refused(mock: MockProvider, info: Any, candidates: Any, code: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        mock.score_actions(info=info, action_candidates=candidates)
    assert caught.value.code == code
