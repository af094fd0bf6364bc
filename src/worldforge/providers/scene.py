"""The part of a world state that providers share: `scene.objects`, and what an action does to it.

A world state is a JSON object. Of it, only this has a meaning that all providers agree on; the rest is carried along:

    {"step": 0, "scene": {"objects": {"cube": {"pose": {"position": {"x": 0.0, "y": 0.5, "z": 0.0}}}}}}

Positions are metres, z points up. An object's position is where it stands: its centre, lowered by half its height, so
that an object at z = 0 rests on the ground.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

from worldbase import identifier
from worldbase.errors import Where
from worldforge.errors import WorldForgeError
from worldforge.values import Action
from worldforge.values.json_values import require_json, require_number, require_text

AXES: Final = ("x", "y", "z")

SceneObject: TypeAlias = dict[str, Any]


class Position(NamedTuple):
    """A point, in metres."""

    x: float
    y: float
    z: float

    def to_dict(self) -> dict[str, float]:
        """The point as a world state carries it."""
        return {"x": self.x, "y": self.y, "z": self.z}


def copied(value: Any) -> Any:
    """A deep copy of a JSON value; several times quicker than one of a value that may be anything."""
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    if type(value) is list:
        return [copied(item) for item in value]
    return value


def objects_of(state: dict[str, Any]) -> dict[str, SceneObject]:
    """The objects of a state by their ids, in order; empty where the state has none. Not a copy.

    Raises:
        WorldForgeError: `world.invalid_state`, with the JSON pointer.
    """
    scene = state.get("scene", {})
    if not isinstance(scene, dict):
        _refuse("/scene", "it is not an object")
    objects = scene.get("objects", {})
    if not isinstance(objects, dict):
        _refuse("/scene/objects", "it is not an object of objects by their ids")
    for name, item in objects.items():
        if not isinstance(item, dict):
            _refuse(f"/scene/objects/{name}", "it is not an object")
    return objects


def position_of(item: SceneObject, name: str) -> Position:
    """Where an object stands.

    Raises:
        WorldForgeError: `world.invalid_state` or `value.not_a_number`.
    """
    pose = item.get("pose")
    place = pose.get("position") if isinstance(pose, dict) else None
    return point(place, f"/scene/objects/{name}/pose/position")


def place(item: SceneObject, name: str, target: Position) -> None:
    """Put an object that is the caller's own somewhere else.

    Raises:
        WorldForgeError: `world.invalid_state`.
    """
    pose = item.setdefault("pose", {})
    if not isinstance(pose, dict):
        _refuse(f"/scene/objects/{name}/pose", "it is not an object")
    pose["position"] = target.to_dict()


def point(value: Any, pointer: str) -> Position:
    """Read `{"x": ..., "y": ..., "z": ...}` or a list of three numbers.

    Raises:
        WorldForgeError: `world.invalid_state` or `value.not_a_number`.
    """
    numbers = [value.get(axis) for axis in AXES] if isinstance(value, dict) else value
    if not isinstance(numbers, list) or len(numbers) != len(AXES):
        _refuse(pointer, "it is no position with x, y and z")
    return Position(*(require_number(number, f"{pointer}/{axis}") for axis, number in zip(AXES, numbers, strict=True)))


def moved_object(state: dict[str, Any], action: Action) -> str:
    """Id of the object that a `move_to` moves: the one that it names, else the first.

    Raises:
        WorldForgeError: `world.unknown_object` where there is none.
    """
    objects = objects_of(state)
    named = action.parameters.get("object_id")
    if named is None and objects:
        return next(iter(objects))
    if isinstance(named, str) and named in objects:
        return named
    raise WorldForgeError(
        "there is no object to move" if named is None else f"no object has the id {named!r:.60}",
        code="world.unknown_object",
        hint=f"The state has: {', '.join(objects) or 'no objects'}.",
    )


def spawned(state: dict[str, Any], action: Action) -> tuple[str, SceneObject]:
    """Id and content of the object that a `spawn_object` adds. The id is the name as a slug, numbered where taken."""
    name = require_text(action.parameters.get("name"), "the name of an object to spawn")
    place = point(action.parameters.get("position"), "/action/parameters/position")
    item: SceneObject = {"name": name, "pose": {"position": place.to_dict()}}
    if "bbox" in action.parameters:
        item["bbox"] = copied(action.parameters["bbox"])
    taken, wanted = objects_of(state), identifier.slug(name)
    numbers = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(free for free in (wanted, *numbers) if free not in taken), item


def put_object(state: dict[str, Any], name: str, item: SceneObject) -> None:
    """Add an object to a state that is the caller's own, or replace it."""
    state.setdefault("scene", {}).setdefault("objects", {})[name] = item


def advance(state: dict[str, Any], steps: int) -> None:
    """Count steps in a state that is the caller's own."""
    state["step"] = step_of(state) + steps


def step_of(state: dict[str, Any]) -> int:
    """How many steps a state is from its beginning; 0 where it does not say.

    Raises:
        WorldForgeError: `world.invalid_state`.
    """
    step = state.get("step", 0)
    if isinstance(step, bool) or not isinstance(step, int):
        _refuse("/step", "it is no integer")
    return step


def require_state(state: Any) -> dict[str, Any]:
    """Return a world state that is a JSON object.

    Raises:
        WorldForgeError: `world.invalid_state` or `value.not_json`.
    """
    if not isinstance(state, dict):
        _refuse("", f"it is a {type(state).__name__}, not an object")
    require_json(state, "the world state")
    return state


def _refuse(pointer: str, reason: str) -> NoReturn:
    raise WorldForgeError(
        f"the world state cannot be used: {reason}",
        code="world.invalid_state",
        where=Where(pointer=pointer),
        hint='Give {"scene": {"objects": {"cube": {"pose": {"position": {"x": 0.0, "y": 0.5, "z": 0.0}}}}}}.',
    )
