"""The small view of a world, and its JSON form."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from worldforge import Action, World, WorldForge, WorldForgeError, WorldStateError

STATE: dict[str, Any] = {
    "step": 2,
    "scene": {"objects": {"cube": {"pose": {"position": {"x": 0.0, "y": 0.5, "z": 0.0}}}, "mug": {"pose": {}}}},
    "metadata": {"note": "kept"},
    "history": [1, 2],
}


def test_a_new_world_is_empty() -> None:
    world = World(id="table", name="A table")
    assert (world.object_count, world.objects, world.step) == (0, {}, 0)


def test_a_world_counts_and_shows_its_objects() -> None:
    world = World(id="table", name="A table", state=copy.deepcopy(STATE))
    assert (world.object_count, list(world.objects), world.step) == (2, ["cube", "mug"], 2)
    world.objects["cube"]["pose"]["position"]["x"] = 9.0
    assert world.state == STATE


def test_two_new_worlds_share_nothing() -> None:
    first, second = World(id="a", name="a"), World(id="b", name="b")
    first.state["scene"]["objects"]["cube"] = {}
    assert second.object_count == 0


def test_its_state_is_what_a_provider_predicts() -> None:
    world = World(id="table", name="A table", state=copy.deepcopy(STATE))
    after = world.with_state(WorldForge(discover_entry_points=False).predict(world.state, Action.noop(), 3).state)
    assert (world.step, after.step, after.name) == (2, 5, "A table")


def test_a_world_is_the_same_after_json() -> None:
    world = World(id="table", name="A table", state=STATE, provider="mujoco", description="For two.", revision=4)
    form = world.to_dict()
    assert World.from_dict(form) == world
    assert form["schema_version"] == 1
    assert form["scene"] == STATE["scene"]


def test_a_state_cannot_pass_for_the_world_that_it_is_in() -> None:
    world = World(id="table", name="A table", state={"id": "other", "revision": 9, "step": 0})
    assert (world.to_dict()["id"], world.to_dict()["revision"]) == ("table", 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema_version": 2},
        {"schema_version": None},
        {"id": 3},
        {"id": ""},
        {"name": ["x"]},
        {"description": None},
        {"revision": -1},
        {"revision": True},
        {"scene": []},
        {"scene": {"objects": {"cube": 1}}},
        {"level": float("nan")},
    ],
    ids=str,
)
def test_what_is_no_world_is_refused_with_its_file(changes: dict[str, Any]) -> None:
    form = {**World(id="table", name="A table").to_dict(), **changes}
    with pytest.raises(WorldStateError) as caught:
        World.from_dict(form, file="table.json")
    assert (caught.value.code, caught.value.exit_code) == ("world.invalid", 3)
    assert caught.value.where is not None
    assert caught.value.where.file == "table.json"


def test_a_list_is_no_world() -> None:
    with pytest.raises(WorldStateError):
        World.from_dict([])


def test_a_state_that_is_not_json_makes_no_world() -> None:
    with pytest.raises(WorldForgeError):
        World(id="table", name="A table", state={"a": (1,)})


@pytest.mark.parametrize("step", ["x", True, 1.5, None, []])
def test_a_step_that_is_no_integer_makes_no_world(step: Any) -> None:
    with pytest.raises(WorldForgeError) as caught:
        World(id="w", name="w", state={"step": step})
    assert caught.value.code == "world.invalid_state"
    with pytest.raises(WorldStateError) as read:
        World.from_dict({"schema_version": 1, "id": "w", "name": "w", "step": step})
    assert read.value.code == "world.invalid"
