"""A small view of a world: its name and its state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from worldbase.errors import Where
from worldforge.errors import WorldForgeError, WorldStateError
from worldforge.providers.scene import SceneObject, copied, objects_of, require_state, step_of
from worldforge.values.json_values import require_count, require_text

SCHEMA_VERSION: Final = 1
_ENVELOPE: Final = ("schema_version", "id", "name", "provider", "description", "revision")


def _empty_state() -> dict[str, Any]:
    return {"step": 0, "scene": {"objects": {}}, "metadata": {}}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A world that providers predict and that a forge can keep.

    Attributes:
        id: Its name among the worlds that are kept; a plain file name.
        name: For people.
        state: The world state that `predict` takes: `step`, `scene.objects`, `metadata` and whatever else.
        provider: Provider that it belongs to.
        description: A sentence.
        revision: How often it was saved; who saves an older one than is kept is refused.

    Example:
        >>> world = World(id="table", name="A table")
        >>> world.object_count
        0
    """

    id: str
    name: str
    state: dict[str, Any] = field(default_factory=_empty_state)
    provider: str = "mock"
    description: str = ""
    revision: int = 0

    def __post_init__(self) -> None:
        require_text(self.id, "the id of a world")
        require_text(self.name, "the name of a world")
        require_count(self.revision, "the revision of a world")
        objects_of(require_state(self.state))
        step_of(self.state)

    @property
    def objects(self) -> dict[str, SceneObject]:
        """The objects by their ids; a copy."""
        found: dict[str, SceneObject] = copied(objects_of(self.state))
        return found

    @property
    def object_count(self) -> int:
        """How many objects there are."""
        return len(objects_of(self.state))

    @property
    def step(self) -> int:
        """How many steps the state is from its beginning."""
        return step_of(self.state)

    def with_state(self, state: dict[str, Any]) -> Self:
        """The same world in another state, such as the one that was predicted."""
        return replace(self, state=state)

    def to_dict(self) -> dict[str, Any]:
        """The world as a JSON object: its own fields, and those of its state beside them."""
        own = {"schema_version": SCHEMA_VERSION, **{name: getattr(self, name) for name in _ENVELOPE[1:]}}
        return {**copied(self.state), **own}

    @classmethod
    def from_dict(cls, value: Any, *, file: str = "") -> Self:
        """Read the JSON object that `to_dict` gives.

        Args:
            value: The JSON value.
            file: Where it was read from, for messages.

        Raises:
            WorldStateError: `world.invalid`.
        """
        if not isinstance(value, dict):
            raise _invalid("it is no JSON object", file)
        if value.get("schema_version") != SCHEMA_VERSION:
            raise _invalid(f"its schema_version is not {SCHEMA_VERSION}", file, "/schema_version")
        texts = {name: value.get(name, "") for name in ("id", "name", "provider", "description")}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise _invalid(f"its {name} is no text", file, f"/{name}")
        state = {key: copied(item) for key, item in value.items() if key not in _ENVELOPE}
        try:
            return cls(state=state, revision=value.get("revision", 0), **texts)
        except WorldForgeError as error:
            raise _invalid(error.message, file, error.where.pointer if error.where else None) from None


def _invalid(reason: str, file: str, pointer: str | None = None) -> WorldStateError:
    return WorldStateError(
        f"this is no world: {reason}",
        code="world.invalid",
        where=Where(file, pointer),
        hint="Restore the file from a copy, or delete the world and make it again.",
    )
