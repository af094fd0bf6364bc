"""A table with objects on it, and what a host can say of moves without asking any provider.

Lengths are metres, z points up, an object's position is where it stands. Every object takes the room of an upright
cylinder; moves are straight lines. A layout is drawn for each trial: turned by any angle around the middle of the table
and shaken a little, so that a provider cannot know it by heart.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float, float]

HALF_SIZE: Final = 1.0
"""The table reaches so far from its middle, in x and in y."""
RADIUS: Final = 0.07
"""Of what is moved: a cube of 0.1 m fits into it."""
CLEARANCE: Final = 0.02
"""Gap that has to stay between what is moved and everything else."""
ON_SURFACE: Final = 0.02
"""How far above or below the table something may be that stands on it."""
_SHAKEN: Final = 0.01


class Turn(NamedTuple):
    """Where the places of a layout are in one trial."""

    angle: float
    shake: random.Random

    def place(self, x: float, y: float) -> Point:
        """A place of the layout, turned and shaken."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        dx, dy = (self.shake.uniform(-_SHAKEN, _SHAKEN) for _ in "xy")
        return x * cos - y * sin + dx, x * sin + y * cos + dy, 0.0

    def direction(self, degrees: float) -> tuple[float, float]:
        """A direction of the layout as a unit vector."""
        angle = self.angle + math.radians(degrees)
        return math.cos(angle), math.sin(angle)


def turned(source: random.Random) -> Turn:
    """The turn of a trial."""
    return Turn(source.uniform(0, 2 * math.pi), source)


class Leg(NamedTuple):
    """A move that was made: which object, from where, to where."""

    name: str
    begin: Point
    end: Point


@dataclass
class Table:
    """Objects, and every move that was made with them.

    Attributes:
        places: Object -> where it stands.
        radii: Object -> its radius; `RADIUS` where it has none.
        legs: The moves, in order.
    """

    places: dict[str, Point]
    radii: Mapping[str, float] = field(default_factory=dict)
    legs: list[Leg] = field(default_factory=list)
    smallest_gap: float = math.inf

    def move(self, name: str, end: Point) -> None:
        """Make a move, and remember how near it came to anything else."""
        leg = Leg(name, self.places[name], end)
        self.smallest_gap = min(self.smallest_gap, self.gap_on_the_way(leg))
        self.legs.append(leg)
        self.places[name] = end

    def add(self, name: str, place: Point) -> None:
        """Put something on the table that was not there."""
        self.smallest_gap = min(self.smallest_gap, self.gap_at(name, place))
        self.places[name] = place

    def gap_at(self, name: str, place: Point) -> float:
        """Gap between an object at a place and what is nearest to it; negative where they overlap."""
        return self.gap_on_the_way(Leg(name, place, place))

    def gap_on_the_way(self, leg: Leg) -> float:
        """Smallest gap between a moving object and everything else, seen from above."""
        return min(
            (
                distance_to_segment(place, leg.begin, leg.end) - self.radius(leg.name) - self.radius(other)
                for other, place in self.places.items()
                if other != leg.name
            ),
            default=math.inf,
        )

    def radius(self, name: str) -> float:
        """Radius of an object."""
        return self.radii.get(name, RADIUS)

    def world_state(self) -> dict[str, Any]:
        """The table as a world state, for providers that simulate: cubes of half a radius's width more than needed."""
        return {"step": len(self.legs), "scene": {"objects": dict(self._objects())}}

    def _objects(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, (x, y, z) in self.places.items():
            half = self.radius(name) / math.sqrt(2)
            corner = {"x": half, "y": half, "z": half}
            yield (
                name,
                {
                    "pose": {"position": {"x": x, "y": y, "z": z}},
                    "bbox": {"min": {axis: -value for axis, value in corner.items()}, "max": corner},
                },
            )


def distance_to_segment(point: Point, begin: Point, end: Point) -> float:
    """Distance between a point and a straight line between two others, seen from above."""
    along = (end[0] - begin[0], end[1] - begin[1])
    length = along[0] ** 2 + along[1] ** 2
    share = 0.0
    if length > 0:
        dot = (point[0] - begin[0]) * along[0] + (point[1] - begin[1]) * along[1]
        share = min(max(dot / length, 0.0), 1.0)
    return math.hypot(point[0] - begin[0] - share * along[0], point[1] - begin[1] - share * along[1])


def distance_on_table(one: Point, other: Point) -> float:
    """Distance between two places, seen from above."""
    return math.hypot(one[0] - other[0], one[1] - other[1])


def short_of(gap: float, wanted: float) -> float:
    """How much is missing to a gap; 0 where it is wide enough."""
    return max(0.0, wanted - gap)


def is_on_table(place: Point, radius: float = RADIUS) -> bool:
    """Whether an object stands on the table, with all of its foot."""
    return max(abs(place[0]), abs(place[1])) <= HALF_SIZE - radius and abs(place[2]) <= ON_SURFACE
