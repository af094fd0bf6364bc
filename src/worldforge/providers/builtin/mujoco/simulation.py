"""Running rigid bodies in MuJoCo.

The integrator is the classical Runge-Kutta method with a fixed step, so that free flight is exact but for rounding.
An object that is moved is held by a weld to a hand that nothing can stop, which travels along a straight line; contact
and friction act on it as on all others. One model is built for each set of shapes and thread, and is used again.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeAlias

from worldforge.errors import ProviderError
from worldforge.providers.builtin.mujoco.bodies import Body, Quaternion, Shape, Vector

GRAVITY: Final = 9.81
"""Metres per second squared, downwards."""
TIME_STEP: Final = 0.00125
"""Seconds of one step of the integrator."""
CONTACT_TIME: Final = 0.005
"""Seconds in which a contact pushes bodies apart: four steps, so that the integrator also holds at twice its step."""
_MOST_MODELS: Final = 16
_POSE, _TWIST = 7, 6  # numbers of one free body in qpos and qvel

Shapes: TypeAlias = tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A hand that takes an object somewhere.

    Attributes:
        index: Which body.
        target: Where its centre goes, in metres.
        speed: Metres per second.
    """

    index: int
    target: Vector
    speed: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of bodies.

    Attributes:
        bodies: The bodies at the end.
        deepest_overlap: How deep two bodies, or one and the ground, ever were in each other, in metres.
        energy_gained: Mechanical energy at the end minus that at the beginning, in joules.
        distance_to_hand: Between the moved body and its hand at the end, in metres; 0 where nothing was moved.
    """

    bodies: tuple[Body, ...]
    deepest_overlap: float
    energy_gained: float
    distance_to_hand: float


def simulate(bodies: Sequence[Body], move: Move | None, seconds: float, *, time_step: float = TIME_STEP) -> Outcome:
    """Let bodies move for a time.

    Args:
        bodies: At the beginning.
        move: One of them that is moved, or None.
        seconds: How long; a multiple of the time step, else as many whole steps as come nearest.
        time_step: Of the integrator, in seconds.

    Raises:
        ProviderError: `provider.diverged`.
    """
    if not bodies:
        return Outcome((), 0.0, 0.0, 0.0)
    return _world(tuple(body.shape for body in bodies)).run(bodies, move, round(seconds / time_step), time_step)


class _World:
    """A compiled model and its data, for one thread."""

    def __init__(self, shapes: Shapes) -> None:
        mujoco = library()
        self._model = mujoco.MjModel.from_xml_string(_description(shapes))
        self._data = mujoco.MjData(self._model)

    def run(self, bodies: Sequence[Body], move: Move | None, count: int, time_step: float) -> Outcome:
        """Start from these bodies, take so many steps, and look."""
        model, data = self._model, self._data
        step = library().mj_step
        self._place(bodies, time_step)
        energy = sum(data.energy)
        path = None if move is None else _Path(bodies[move.index], move, time_step)
        if move is not None:
            data.eq_active[move.index] = 1
            data.mocap_quat[0] = bodies[move.index].rotation
        overlap = self._overlap()
        for number in range(1, count + 1):
            if path is not None:
                data.mocap_pos[0] = path.at(number)
            step(model, data)
            overlap = max(overlap, self._overlap())
        return self._look(bodies, move, energy, overlap)

    def _place(self, bodies: Sequence[Body], time_step: float) -> None:
        mujoco, data = library(), self._data
        mujoco.mj_resetData(self._model, data)
        self._model.opt.timestep = time_step
        for index, body in enumerate(bodies):
            data.qpos[index * _POSE : (index + 1) * _POSE] = (*body.centre, *body.rotation)
            local = _turned(body.angular, _inverse(body.rotation))  # MuJoCo's is in the body's own axes
            data.qvel[index * _TWIST : (index + 1) * _TWIST] = (*body.linear, *local)
        mujoco.mj_forward(self._model, data)

    def _overlap(self) -> float:
        """How deep the deepest contact is, in metres."""
        return -float(self._data.contact.dist.min()) if self._data.ncon else 0.0

    def _look(self, bodies: Sequence[Body], move: Move | None, energy: float, overlap: float) -> Outcome:
        data = self._data
        if data.warning.number.any():
            raise ProviderError(
                "the simulation diverged",
                code="provider.diverged",
                hint="Look for objects that start inside each other, or for masses that differ by many orders.",
            )
        library().mj_forward(self._model, data)
        found = tuple(self._body(index, body) for index, body in enumerate(bodies))
        held = 0.0 if move is None else math.dist(found[move.index].centre, data.mocap_pos[0])
        return Outcome(found, max(overlap, 0.0), float(sum(data.energy) - energy), held)

    def _body(self, index: int, before: Body) -> Body:
        pose = self._data.qpos[index * _POSE : (index + 1) * _POSE].tolist()
        twist = self._data.qvel[index * _TWIST : (index + 1) * _TWIST].tolist()
        rotation: Quaternion = (pose[3], pose[4], pose[5], pose[6])
        return replace(
            before,
            centre=(pose[0], pose[1], pose[2]),
            rotation=rotation,
            linear=(twist[0], twist[1], twist[2]),
            angular=_turned((twist[3], twist[4], twist[5]), rotation),
        )


class _Path:
    """Where the hand is after each step."""

    def __init__(self, body: Body, move: Move, time_step: float) -> None:
        self._start = body.centre
        self._target = move.target
        self._distance = math.dist(body.centre, move.target)
        self._advance = move.speed * time_step

    def at(self, number: int) -> Vector:
        """The place after `number` steps."""
        travelled = self._advance * number
        if travelled >= self._distance:
            return self._target
        share = travelled / self._distance
        x, y, z = (begin + share * (end - begin) for begin, end in zip(self._start, self._target, strict=True))
        return x, y, z


_WORLDS: Final = threading.local()


def _world(shapes: Shapes) -> _World:
    """The world of these shapes that this thread has used before, or a new one."""
    known: OrderedDict[Shapes, _World] | None = getattr(_WORLDS, "known", None)
    if known is None:
        known = _WORLDS.known = OrderedDict()
    if shapes not in known:
        known[shapes] = _World(shapes)
        if len(known) > _MOST_MODELS:
            known.popitem(last=False)
    known.move_to_end(shapes)
    return known[shapes]


@cache
def library() -> Any:
    """MuJoCo. It would write its warnings into a file in the working folder; they are read from the data instead.

    Raises:
        ProviderError: `provider.not_installed`.
    """
    try:
        import mujoco
    except ImportError as error:
        raise ProviderError(
            "the library mujoco is not installed",
            code="provider.not_installed",
            hint="Install worldflux with the extra mujoco.",
        ) from error
    if mujoco.get_mju_user_warning() is None:
        mujoco.set_mju_user_warning(lambda message: None)
    return mujoco


def _description(shapes: Shapes) -> str:
    """The model as MJCF: a ground at z = 0, one box for each shape, and a hand with a weld to each, all let go."""
    numbers = range(len(shapes))
    boxes = "".join(
        f'<body name="b{number}"><freejoint/><geom type="box" size="{_numbers(shape.half_extents)}"'
        f' mass="{shape.mass!r}"/></body>'
        for number, shape in zip(numbers, shapes, strict=True)
    )
    welds = "".join(
        f'<weld body1="hand" body2="b{number}" relpose="0 0 0 1 0 0 0" active="false"/>' for number in numbers
    )
    return (
        f'<mujoco><option gravity="0 0 -{GRAVITY}" integrator="RK4"><flag energy="enable"/></option>'
        f'<default><geom solref="{CONTACT_TIME} 1"/></default>'
        f'<worldbody><geom type="plane" size="0 0 1"/><body name="hand" mocap="true"/>{boxes}</worldbody>'
        f"<equality>{welds}</equality></mujoco>"
    )


def _numbers(vector: Vector) -> str:
    return " ".join(map(repr, vector))


def _inverse(rotation: Quaternion) -> Quaternion:
    w, x, y, z = rotation
    return w, -x, -y, -z


def _turned(vector: Vector, rotation: Quaternion) -> Vector:
    """A vector, rotated by a unit quaternion: v + 2w(u x v) + 2u x (u x v)."""
    w, *axis = rotation
    once = _cross((axis[0], axis[1], axis[2]), vector)
    twice = _cross((axis[0], axis[1], axis[2]), once)
    x, y, z = (v + 2 * (w * a + b) for v, a, b in zip(vector, once, twice, strict=True))
    return x, y, z


def _cross(left: Vector, right: Vector) -> Vector:
    (a, b, c), (x, y, z) = left, right
    return b * z - c * y, c * x - a * z, a * y - b * x
