"""Objects of a world state as rigid bodies, and back.

An object is a box of even density. Beside `pose.position` it may have `pose.rotation` (unit quaternion `w, x, y, z`),
`bbox` (`min` and `max` in metres, of which only the extent counts; a cube of 5 cm where it is missing), `mass`
(kilograms; 500 kg per cubic metre where it is missing) and `velocity` (`linear` of the centre in m/s, `angular` in
rad/s, both in the world's axes; at rest where it is missing).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

from worldbase.errors import Where
from worldforge.errors import WorldForgeError
from worldforge.providers.scene import AXES, Position, SceneObject, objects_of, point, position_of
from worldforge.values.json_values import require_number

Vector: TypeAlias = tuple[float, float, float]
Quaternion: TypeAlias = tuple[float, float, float, float]

DENSITY: Final = 500.0
_HALF_EXTENT: Final = 0.025
_REST: Final[Vector] = (0.0, 0.0, 0.0)
_UPRIGHT: Final[Quaternion] = (1.0, 0.0, 0.0, 0.0)
# Beyond these the simulator leaves the range in which it is any good.
_FARTHEST: Final = 1e3
_FASTEST: Final = 1e3
_EXTENTS: Final = (1e-3, 1e2)
_MASSES: Final = (1e-6, 1e6)


class Shape(NamedTuple):
    """What of a body does not change: half of its extents in metres, and its mass in kilograms."""

    half_extents: Vector
    mass: float


@dataclass(frozen=True, slots=True)
class Body:
    """A rigid body.

    Attributes:
        name: Id of the object.
        shape: Extents and mass.
        centre: Of the box, in metres.
        rotation: Unit quaternion `w, x, y, z`.
        linear: Velocity of the centre in m/s.
        angular: Angular velocity in rad/s, in the world's axes.
    """

    name: str
    shape: Shape
    centre: Vector
    rotation: Quaternion = _UPRIGHT
    linear: Vector = _REST
    angular: Vector = _REST

    @property
    def position(self) -> Position:
        """Where the object stands: the centre, lowered by half the height."""
        x, y, z = self.centre
        return Position(x, y, z - self.shape.half_extents[2])

    def centre_at(self, position: Position) -> Vector:
        """Where the centre is when the object stands at a position."""
        return position.x, position.y, position.z + self.shape.half_extents[2]


def bodies_of(state: dict[str, Any]) -> list[Body]:
    """The bodies of a world state, in the order of its objects.

    Raises:
        WorldForgeError: `world.invalid_state`, `value.not_a_number` or `value.out_of_range`, with the JSON pointer.
    """
    return [_body(name, item) for name, item in objects_of(state).items()]


def write_back(item: SceneObject, body: Body) -> None:
    """Write what became of a body into its object, which is the caller's own."""
    pose = item.setdefault("pose", {})
    pose["position"] = body.position.to_dict()
    pose["rotation"] = dict(zip(("w", *AXES), body.rotation, strict=True))
    item["velocity"] = {
        "linear": dict(zip(AXES, body.linear, strict=True)),
        "angular": dict(zip(AXES, body.angular, strict=True)),
    }


def bounded(position: Position, what: str) -> Position:
    """Return a position that the simulator can cope with.

    Raises:
        WorldForgeError: `value.out_of_range`.
    """
    return Position(*(require_number(value, what, low=-_FARTHEST, high=_FARTHEST) for value in position))


def default_shape() -> Shape:
    """A cube of 5 cm."""
    return _shape({}, "")


def _body(name: str, item: SceneObject) -> Body:
    where = f"/scene/objects/{name}"
    shape = _shape(item, where)
    place = bounded(position_of(item, name), f"{where}/pose/position")
    velocity = item.get("velocity", {})
    if not isinstance(velocity, dict):
        _refuse(f"{where}/velocity", "it is no object with linear and angular")
    resting = Body(name, shape, _REST)
    return Body(
        name,
        shape,
        centre=resting.centre_at(place),
        rotation=_rotation(item["pose"], where),
        linear=_velocity(velocity, "linear", where),
        angular=_velocity(velocity, "angular", where),
    )


def _shape(item: SceneObject, where: str) -> Shape:
    half_extents = _half_extents(item["bbox"], where) if item.get("bbox") is not None else (_HALF_EXTENT,) * 3
    mass = item.get("mass")
    if mass is None:
        mass = DENSITY * 8 * math.prod(half_extents)
    return Shape(half_extents, require_number(mass, f"{where}/mass", low=_MASSES[0], high=_MASSES[1]))


def _half_extents(bbox: Any, where: str) -> Vector:
    if not isinstance(bbox, dict):
        _refuse(f"{where}/bbox", "it is no object with min and max")
    low, high = (point(bbox.get(end), f"{where}/bbox/{end}") for end in ("min", "max"))
    x, y, z = (
        require_number((top - bottom) / 2, f"{where}/bbox", low=_EXTENTS[0], high=_EXTENTS[1])
        for bottom, top in zip(low, high, strict=True)
    )
    return x, y, z


def _rotation(pose: dict[str, Any], where: str) -> Quaternion:
    rotation = pose.get("rotation")
    if rotation is None:
        return _UPRIGHT
    if not isinstance(rotation, dict) or set(rotation) != {"w", *AXES}:
        _refuse(f"{where}/pose/rotation", "it is no quaternion with w, x, y and z")
    w, x, y, z = (require_number(rotation[axis], f"{where}/pose/rotation/{axis}") for axis in ("w", *AXES))
    length = math.hypot(w, x, y, z)
    if not 0.5 <= length <= 2:
        _refuse(f"{where}/pose/rotation", "it is no unit quaternion")
    return w / length, x / length, y / length, z / length


def _velocity(velocity: dict[str, Any], kind: str, where: str) -> Vector:
    if velocity.get(kind) is None:
        return _REST
    pointer = f"{where}/velocity/{kind}"
    x, y, z = (require_number(value, pointer, low=-_FASTEST, high=_FASTEST) for value in point(velocity[kind], pointer))
    return x, y, z


def _refuse(pointer: str, reason: str) -> NoReturn:
    raise WorldForgeError(
        f"the world state cannot be simulated: {reason}",
        code="world.invalid_state",
        where=Where(pointer=pointer),
        hint="See worldforge.providers.builtin.mujoco.bodies for what an object may have.",
    )
