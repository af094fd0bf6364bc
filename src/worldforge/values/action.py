"""An action in a world: what a policy selects, a cost scores and a predictor applies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from worldforge.errors import WorldForgeError
from worldforge.values.json_values import require_json, require_number, require_text


@dataclass(frozen=True, slots=True)
class Action:
    """One action.

    Attributes:
        kind: What is done, such as `move_to`; under the key `type` in JSON.
        parameters: JSON object of parameters; positions in metres, speeds in metres per second.

    Raises:
        WorldForgeError: The kind is blank or the parameters are no JSON object.

    Example:
        >>> Action.move_to(0.25, 0.5, 0.0).to_dict()["type"]
        'move_to'
    """

    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_text(self.kind, "an action's type")
        if not isinstance(self.parameters, dict):
            raise WorldForgeError(
                f"the parameters of {self.kind!r} are a {type(self.parameters).__name__}, not an object",
                code="action.invalid",
                hint="Give a dict of parameters, or leave them out.",
            )
        require_json(self.parameters, f"the parameters of {self.kind!r}")

    @classmethod
    def move_to(cls, x: float, y: float, z: float, speed: float = 1.0, object_id: str | None = None) -> Self:
        """Move an object (the first one, where none is named) to a position in metres."""
        target = {axis: require_number(value, axis) for axis, value in (("x", x), ("y", y), ("z", z))}
        named = {} if object_id is None else {"object_id": object_id}
        return cls("move_to", {"target": target, "speed": require_number(speed, "speed", low=0), **named})

    @classmethod
    def spawn_object(cls, name: str, position: dict[str, float], bbox: dict[str, Any] | None = None) -> Self:
        """Put a new object into the world, at a position `{x, y, z}` in metres."""
        box = {} if bbox is None else {"bbox": bbox}
        return cls("spawn_object", {"name": require_text(name, "name"), "position": position, **box})

    @classmethod
    def noop(cls) -> Self:
        """Do nothing for one step."""
        return cls("noop")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, `{"type": ..., "parameters": {...}}`."""
        return {"type": self.kind, "parameters": self.parameters}

    @classmethod
    def from_dict(cls, value: Any) -> Self:
        """Read the JSON form.

        Raises:
            WorldForgeError: `action.invalid`.
        """
        if not isinstance(value, dict) or set(value) - {"type", "parameters"} or "type" not in value:
            raise WorldForgeError(
                'an action is an object with "type" and "parameters"',
                code="action.invalid",
                hint='For example {"type": "move_to", "parameters": {"target": {"x": 0.25, "y": 0.5, "z": 0.0}}}.',
            )
        return cls(value["type"], value.get("parameters", {}))
