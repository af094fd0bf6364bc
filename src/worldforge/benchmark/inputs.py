"""What providers are asked while they are measured: one input for each capability, JSON-native and frozen.

A file of inputs is an object of the fields themselves, or `{"inputs": {...}, "metadata": {...}}`. What it leaves out
keeps its deterministic default, and the report carries all of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from worldbase import digest, strictjson
from worldbase.document import Document, Part, convert
from worldbase.errors import Problem, Where
from worldforge.errors import WorldForgeError
from worldforge.providers.scene import copied
from worldforge.values import Action
from worldforge.values.json_values import require_count, require_json, require_text

SCHEMA: Final = "worldforge.benchmark_inputs.v1"

_GONE: Final = frozenset(
    {"reason_query", "generation_prompt", "generation_duration_seconds", "transfer_clip", "transfer_prompt"}
    | {"transfer_width", "transfer_height", "transfer_fps"}
)
"""Inputs of capabilities that other harnesses measured and that no provider has here."""

JSONObject = Annotated[dict[str, Any], msgspec.Meta(min_length=1)]


class ActionPart(Part, frozen=True, kw_only=True):
    """An action: its type, and a JSON object of parameters."""

    type: Annotated[str, msgspec.Meta(pattern=r"\S")]
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)


class InputFields(Document, frozen=True, kw_only=True):
    """The fields of benchmark inputs; at least one of them, and each may be left out."""

    schema_name: ClassVar[str] = SCHEMA
    shown_by: ClassVar[str] = "worldforge"

    prediction_state: JSONObject | UnsetType = UNSET
    prediction_action: ActionPart | UnsetType = UNSET
    prediction_steps: Annotated[int, msgspec.Meta(ge=1)] | UnsetType = UNSET
    embedding_text: Annotated[str, msgspec.Meta(pattern=r"\S")] | UnsetType = UNSET
    score_info: JSONObject | UnsetType = UNSET
    score_action_candidates: Annotated[list[Any], msgspec.Meta(min_length=1)] | UnsetType = UNSET
    policy_info: JSONObject | UnsetType = UNSET

    def problems(self, file: str) -> Iterator[Problem]:
        """An object without any field says nothing."""
        if all(getattr(self, name) is UNSET for name in self.__struct_fields__):
            known = ", ".join(self.__struct_fields__)
            yield Problem("benchmark.inputs.empty", f"there is no input in it; known: {known}", Where(file, ""))


class InputsFile(Document, frozen=True, kw_only=True):
    """A file of benchmark inputs that says something of itself: the fields, and free metadata."""

    schema_name: ClassVar[str] = SCHEMA
    shown_by: ClassVar[str] = "worldforge"

    inputs: InputFields
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)

    def problems(self, file: str) -> Iterator[Problem]:
        """The inputs may not be empty."""
        return (problem._replace(where=Where(file, "/inputs")) for problem in self.inputs.problems(file))


def _two_objects() -> dict[str, Any]:
    objects = {"cube": _object_at(0.0, 0.5), "mug": _object_at(0.3, 0.5)}
    return {"schema_version": 1, "id": "benchmark", "name": "benchmark", "step": 0, "scene": {"objects": objects}}


def _object_at(x: float, y: float) -> dict[str, Any]:
    return {"pose": {"position": {"x": x, "y": y, "z": 0.0}}}


def _observed_scene() -> dict[str, Any]:
    return {
        "pixels": [[[[0.0]]]],
        "goal": [[[0.3, 0.5, 0.0]]],
        "action": [[[0.0, 0.5, 0.0]]],
        "metadata": {"purpose": "benchmark"},
    }


def _candidates() -> list[Any]:
    return [[[[0.0, 0.5, 0.0], [0.1, 0.5, 0.0]], [[0.3, 0.5, 0.0], [0.4, 0.5, 0.0]]]]


def _policy_request() -> dict[str, Any]:
    return {
        "observation": {
            "state": {"cube": [0.0, 0.5, 0.0], "mug": [0.3, 0.5, 0.0]},
            "language": "move the cube next to the mug",
        },
        "options": {"temperature": 0.0},
        "mode": "select_action",
        "action_horizon": 2,
        "embodiment_tag": "benchmark",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkInputs:
    """One input for each capability that can be measured; every field has a deterministic default.

    Attributes:
        prediction_state: World state that `predict` starts from, a JSON object.
        prediction_action: Action that `predict` applies.
        prediction_steps: Steps that `predict` looks ahead, at least 1.
        embedding_text: Text that `embed` gets.
        score_info: Situation that `score` gets, a JSON object that is not empty.
        score_action_candidates: Candidates that `score` judges: a JSON list that is not empty. The default is one batch
            entry of two candidates with two actions of three numbers, shape (1, 2, 2, 3).
        policy_info: Observation and options that `policy` gets, a JSON object that is not empty.

    Raises:
        WorldForgeError: `benchmark.inputs.invalid`, or the code of the value that is wrong. Arrays and tensors are not
            JSON and are refused: a report could not hold what was measured. Give their `tolist()`.

    Example:
        >>> BenchmarkInputs(embedding_text="red cube").to_dict()["embedding_text"]
        'red cube'
    """

    prediction_state: dict[str, Any] = field(default_factory=_two_objects)
    prediction_action: Action = field(default_factory=lambda: Action.move_to(0.25, 0.5, 0.0))
    prediction_steps: int = 2
    embedding_text: str = "benchmark cube state"
    score_info: dict[str, Any] = field(default_factory=_observed_scene)
    score_action_candidates: list[Any] = field(default_factory=_candidates)
    policy_info: dict[str, Any] = field(default_factory=_policy_request)

    def __post_init__(self) -> None:
        for name in ("prediction_state", "score_info", "policy_info"):
            self._take(name, dict)
        self._take("score_action_candidates", list)
        action: Any = self.prediction_action
        if not isinstance(action, Action):
            _refuse(f"prediction_action is a {type(action).__name__}, not an Action")
        require_count(self.prediction_steps, "prediction_steps", low=1)
        require_text(self.embedding_text, "embedding_text")

    def _take(self, name: str, kind: type) -> None:
        """Check a JSON value and keep a copy: what the caller does to his own does not change what was measured."""
        value = getattr(self, name)
        if type(value) is not kind or not value:
            wanted = "an object" if kind is dict else "a list"
            _refuse(f"{name} is {value!r:.60}, not {wanted} with something in it")
        object.__setattr__(self, name, copied(require_json(value, name)))

    def to_dict(self) -> dict[str, Any]:
        """The inputs as a JSON object, as reports carry them."""
        return {
            "prediction_state": self.prediction_state,
            "prediction_action": self.prediction_action.to_dict(),
            "prediction_steps": self.prediction_steps,
            "embedding_text": self.embedding_text,
            "score_info": self.score_info,
            "score_action_candidates": self.score_action_candidates,
            "policy_info": self.policy_info,
        }

    def digest(self) -> str:
        """`sha256:` digest of `to_dict()` in its RFC 8785 form."""
        return digest.of_value(self.to_dict())

    @classmethod
    def from_dict(cls, value: Any, *, file: str = "") -> BenchmarkInputs:
        """Read the fields from a JSON object; what is left out keeps its default.

        Args:
            value: The fields themselves, without `inputs` around them.
            file: Name for messages.

        Raises:
            InputError: `document.invalid` with every problem and its JSON pointer, or another code of this module.
        """
        require_json(value, "the benchmark inputs")
        _refuse_gone(value, "", file)
        return _from_fields(convert(value, InputFields, file=file))


class LoadedInputs(NamedTuple):
    """Inputs with the file that they came from.

    Attributes:
        inputs: The inputs.
        metadata: What the file says of itself.
        name: Name of the file, without its folders.
        sha256: Raw hex SHA-256 of its bytes.
        data: The bytes as read.
    """

    inputs: BenchmarkInputs
    metadata: dict[str, Any]
    name: str
    sha256: str
    data: bytes


def load_inputs(path: Path) -> LoadedInputs:
    """Read a file of inputs.

    Raises:
        InputError: It cannot be read or is not a file of inputs, with every problem and its JSON pointer.
    """
    return _loaded(strictjson.read_bytes(path, file=str(path)), path.name, file=str(path))


def parse_inputs(data: bytes, *, name: str) -> LoadedInputs:
    """Read inputs from the bytes of a file.

    Args:
        data: The bytes.
        name: Name of the file, without its folders.

    Raises:
        InputError: As `load_inputs`.
    """
    return _loaded(data, name, file=name)


def _loaded(data: bytes, name: str, *, file: str) -> LoadedInputs:
    value = strictjson.parse(data, file=file)
    is_wrapped = isinstance(value, dict) and "inputs" in value
    _refuse_gone(value["inputs"] if is_wrapped else value, "/inputs" if is_wrapped else "", file)
    if is_wrapped:
        document = convert(value, InputsFile, file=file)
        inputs, metadata = _from_fields(document.inputs), document.metadata
    else:
        inputs, metadata = _from_fields(convert(value, InputFields, file=file)), {}
    return LoadedInputs(inputs, metadata, name, hashlib.sha256(data).hexdigest(), data)


def _from_fields(fields: InputFields) -> BenchmarkInputs:
    given = {name: getattr(fields, name) for name in fields.__struct_fields__}
    action = given.pop("prediction_action")
    if action is not UNSET:
        given["prediction_action"] = Action(action.type, action.parameters)
    return BenchmarkInputs(**{name: value for name, value in given.items() if value is not UNSET})


def _refuse_gone(value: Any, pointer: str, file: str) -> None:
    """Say at once that a field belongs to a capability that is not measured, instead of calling it misspelt."""
    gone = [name for name in value if name in _GONE] if isinstance(value, dict) else []
    if not gone:
        return
    places = [Where(file, strictjson.pointer_join(pointer, name)) for name in gone]
    raise WorldForgeError(
        f"inputs of capabilities that are not measured here: {', '.join(gone)}",
        code="benchmark.inputs.unsupported",
        where=places[0],
        hint="Remove these fields: only predict, embed, score and policy are measured.",
        problems=[
            Problem("benchmark.inputs.unsupported", f"{name} is for a capability that is not measured", place)
            for name, place in zip(gone, places, strict=True)
        ],
    )


def _refuse(message: str) -> None:
    raise WorldForgeError(
        message,
        code="benchmark.inputs.invalid",
        hint="See the docstring of BenchmarkInputs; `tolist()` turns an array into lists.",
    )
