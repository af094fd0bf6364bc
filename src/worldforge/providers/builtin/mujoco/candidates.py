"""What the score is asked for: where an object starts, where it should get to, and the ways that are proposed.

A candidate is a list of actions, or one action; each leads to its `target`, or to its parameters `x`, `y` and `z`, and
one without either lets time pass. Candidates may also be a nest of numbers, as world models take them: its last axis
holds x, y and z, the one before it the steps of a candidate, and all before that count candidates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from worldforge.errors import WorldForgeError
from worldforge.providers.builtin.mujoco.bodies import Body, Vector, bodies_of, bounded, default_shape
from worldforge.providers.scene import Position, moved_object, point, require_state
from worldforge.values import Action
from worldforge.values.json_values import require_number

_DEEPEST_NEST: Final = 8


class Waypoint(NamedTuple):
    """One action of a candidate: where to (None to wait) and how fast, in metres and metres per second."""

    position: Position | None
    speed: float


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done.

    Attributes:
        bodies: Where everything starts.
        index: The body that is to be moved.
        goal: Where it should get to.
    """

    bodies: tuple[Body, ...]
    index: int
    goal: Position


def task_of(info: dict[str, Any]) -> Task:
    """Read `goal` (an object with a `target`, or a nest of numbers that ends in x, y and z) and the start.

    The start is `world_state` and `object_id` where they are there; else one cube of 5 cm at `observation.point`, or
    at the origin.

    Raises:
        WorldForgeError: `score.no_goal`, or what is wrong with the start.
    """
    if "world_state" in info:
        state = require_state(info["world_state"])
        bodies = tuple(bodies_of(state))
        moved = moved_object(state, Action("move_to", {"object_id": info.get("object_id")}))
        index = [body.name for body in bodies].index(moved)
    else:
        bodies, index = (_cube_at(_observed_point(info)),), 0
    return Task(bodies, index, _goal(info.get("goal")))


def waypoints_of(candidates: list[Any]) -> list[list[Waypoint]]:
    """Read the candidates.

    Raises:
        WorldForgeError: `score.candidate`, with the number of the candidate.
    """
    if _is_nest(candidates):
        return [
            [Waypoint(_place(step, number), 1.0) for step in steps]
            for number, steps in enumerate(_sequences(candidates))
        ]
    return [_actions(candidate, number) for number, candidate in enumerate(candidates)]


def _observed_point(info: dict[str, Any]) -> Position:
    observation = info.get("observation")
    seen = observation.get("point") if isinstance(observation, dict) else None
    return Position(0.0, 0.0, 0.0) if seen is None else bounded(point(seen, "/info/observation/point"), "observation")


def _cube_at(position: Position) -> Body:
    at_origin = Body("object", default_shape(), (0.0, 0.0, 0.0))
    return Body("object", at_origin.shape, at_origin.centre_at(position))


def _goal(goal: Any) -> Position:
    target = goal.get("target") if isinstance(goal, dict) else _last_row(goal)
    if target is None:
        raise WorldForgeError(
            "info has no goal that says where to",
            code="score.no_goal",
            hint='Give {"goal": {"target": {"x": 0.3, "y": 0.5, "z": 0.0}}}.',
        )
    return bounded(point(target, "/info/goal/target"), "the goal")


def _last_row(nest: Any) -> Any:
    """The last row of numbers of a nest of lists, or None where it is no such nest."""
    for _ in range(_DEEPEST_NEST):
        if not isinstance(nest, list) or not nest:
            return None
        if not isinstance(nest[-1], list):
            return nest
        nest = nest[-1]
    return None


def _is_nest(value: Any) -> bool:
    """Whether a list of lists ends in numbers."""
    row = _last_row(value)
    return row is not None and row is not value and not isinstance(row[-1], dict)


def _sequences(nest: list[Any]) -> Iterator[list[Any]]:
    """The candidates in a nest: lists of rows of numbers. A lone row is a candidate of one step."""
    if not isinstance(nest[0], list):
        yield [nest]
    elif nest[0] and not isinstance(nest[0][0], list):
        yield nest
    else:
        for part in nest:
            if not isinstance(part, list) or not part:
                raise _unreadable(0, "the nest is uneven")
            yield from _sequences(part)


def _actions(candidate: Any, number: int) -> list[Waypoint]:
    actions = candidate if isinstance(candidate, list) else [candidate]
    if not actions:
        raise _unreadable(number, "it has no action")
    return [_waypoint(action, number) for action in actions]


def _waypoint(action: Any, number: int) -> Waypoint:
    parameters = action.get("parameters", {}) if isinstance(action, dict) else None
    if not isinstance(parameters, dict):
        raise _unreadable(number, "an action is an object with type and parameters")
    speed = require_number(parameters.get("speed", 1.0), "speed", low=1e-3, high=1e3)
    if "target" not in parameters and not {"x", "y", "z"} <= set(parameters):
        return Waypoint(None, speed)
    return Waypoint(_place(parameters.get("target", parameters), number), speed)


def _place(value: Any, number: int) -> Position:
    try:
        return bounded(point(value, ""), "a position")
    except WorldForgeError as error:
        raise _unreadable(number, error.message) from None


def _unreadable(number: int, reason: str) -> WorldForgeError:
    return WorldForgeError(
        f"candidate {number} cannot be carried out: {reason}",
        code="score.candidate",
        hint="Give lists of actions, or a nest of numbers that ends in x, y and z.",
    )


def centre_of(waypoint: Waypoint, body: Body) -> Vector | None:
    """Where the centre of a body goes, or None where it waits."""
    return None if waypoint.position is None else body.centre_at(waypoint.position)
