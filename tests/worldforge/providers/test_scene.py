"""What all providers read in a world state."""

from __future__ import annotations

from typing import Any

import pytest

from worldforge import Action, WorldForgeError
from worldforge.providers import scene


def test_a_state_without_a_scene_has_no_objects() -> None:
    assert scene.objects_of({}) == {}


def test_the_place_of_a_fault_is_a_pointer() -> None:
    with pytest.raises(WorldForgeError) as caught:
        scene.objects_of({"scene": {"objects": {"cube": 3}}})
    assert caught.value.where is not None
    assert caught.value.where.pointer == "/scene/objects/cube"


@pytest.mark.parametrize("value", [{"x": 1, "y": 2, "z": 3}, [1, 2, 3]], ids=["object", "list"])
def test_a_point_is_an_object_or_a_list_of_three(value: Any) -> None:
    assert scene.point(value, "/p") == scene.Position(1.0, 2.0, 3.0)


@pytest.mark.parametrize("value", [None, [1, 2], [1, 2, 3, 4], {"x": 1}, [1, 2, "3"], [True, 1, 1], 3], ids=repr)
def test_what_is_no_point_is_refused(value: Any) -> None:
    with pytest.raises(WorldForgeError):
        scene.point(value, "/p")


def test_an_id_is_free_however_many_are_taken() -> None:
    spawn = Action.spawn_object("Mug", {"x": 0.0, "y": 0.0, "z": 0.0})
    state: dict[str, Any] = {}
    for _ in range(5):
        scene.put_object(state, *scene.spawned(state, spawn))
    assert list(scene.objects_of(state)) == ["mug", "mug-2", "mug-3", "mug-4", "mug-5"]


def test_steps_are_counted_from_where_the_state_is() -> None:
    state: dict[str, Any] = {"step": 4}
    scene.advance(state, 3)
    assert state == {"step": 7}
