"""Actions and their JSON form."""

from __future__ import annotations

from typing import Any

import pytest

from worldforge import Action, WorldForgeError


def test_a_move_has_the_form_that_files_use() -> None:
    assert Action.move_to(0.25, 0.5, 0.0).to_dict() == {
        "type": "move_to",
        "parameters": {"target": {"x": 0.25, "y": 0.5, "z": 0.0}, "speed": 1.0},
    }


def test_a_move_may_name_its_object() -> None:
    assert Action.move_to(0, 0, 0, 0.5, "mug").parameters["object_id"] == "mug"


def test_a_spawn_has_a_box_only_where_one_was_given() -> None:
    box = {"min": {"x": 0.0, "y": 0.0, "z": 0.0}, "max": {"x": 1.0, "y": 1.0, "z": 1.0}}
    position = {"x": 0.0, "y": 0.0, "z": 0.0}
    assert "bbox" not in Action.spawn_object("mug", position).parameters
    assert Action.spawn_object("mug", position, box).parameters["bbox"] == box


@pytest.mark.parametrize("action", [Action.move_to(1, 2, 3), Action.noop(), Action("custom", {"a": [1]})], ids=str)
def test_an_action_is_the_same_after_json(action: Action) -> None:
    assert Action.from_dict(action.to_dict()) == action


def test_parameters_may_be_left_out_of_json() -> None:
    assert Action.from_dict({"type": "noop"}) == Action.noop()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "action.invalid"),
        ({}, "action.invalid"),
        ({"type": "noop", "extra": 1}, "action.invalid"),
        ({"type": "noop", "parameters": [1]}, "action.invalid"),
        ({"type": " "}, "value.not_text"),
        ({"type": 3}, "value.not_text"),
        ({"type": "move_to", "parameters": {"speed": float("nan")}}, "value.not_json"),
    ],
    ids=["none", "empty", "extra", "list", "blank", "number", "nan"],
)
def test_what_is_no_action_is_refused(value: Any, code: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        Action.from_dict(value)
    assert caught.value.code == code


@pytest.mark.parametrize("speed", [-1.0, float("nan"), True])
def test_a_move_has_a_speed_that_can_be(speed: float) -> None:
    with pytest.raises(WorldForgeError):
        Action.move_to(0, 0, 0, speed)
