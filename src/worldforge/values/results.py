"""Typed results of the capabilities. A result that does not hold together cannot be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from worldforge.errors import WorldForgeError
from worldforge.values.action import Action
from worldforge.values.json_values import is_finite, require_json, require_number, require_text


@dataclass(frozen=True, slots=True)
class PredictionPayload:
    """What a world model predicts.

    Attributes:
        state: JSON object, the predicted world state.
        confidence: The model's own confidence, in [0, 1].
        physics_score: The model's own plausibility score, in [0, 1].
        frames: Encoded frames in order of time; empty where the model renders none.
        metadata: JSON object.
        latency_ms: What the model itself says it took, in milliseconds; None where it says nothing. A benchmark never
            uses it.
    """

    state: dict[str, Any]
    confidence: float
    physics_score: float
    frames: tuple[bytes, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)
    latency_ms: float | None = None

    def __post_init__(self) -> None:
        _require_object(self.state, "a predicted state")
        require_number(self.confidence, "confidence", low=0, high=1)
        require_number(self.physics_score, "physics_score", low=0, high=1)
        if not all(isinstance(frame, bytes) for frame in self.frames):
            raise _invalid("frames are bytes")
        require_json(self.metadata, "metadata")
        if self.latency_ms is not None:
            require_number(self.latency_ms, "latency_ms", low=0)


@dataclass(frozen=True, slots=True)
class EmbeddingResult:
    """A text as a vector.

    Attributes:
        provider: Who made it.
        model: Which model.
        vector: Finite floats, shape (d,), d >= 1; a list is taken too.
    """

    provider: str
    model: str
    vector: tuple[float, ...]

    def __post_init__(self) -> None:
        require_text(self.provider, "provider")
        require_text(self.model, "model")
        object.__setattr__(self, "vector", _finite(self.vector, "an embedding"))


@dataclass(frozen=True, slots=True)
class ActionScoreResult:
    """One score for each candidate.

    Attributes:
        provider: Who made it.
        scores: Finite floats, one for each candidate, in their order.
        best_index: Index of the best score.
        lower_is_better: Whether scores are costs.
        metadata: JSON object.
    """

    provider: str
    scores: tuple[float, ...]
    best_index: int
    lower_is_better: bool = True
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_text(self.provider, "provider")
        object.__setattr__(self, "scores", _finite(self.scores, "scores"))
        if not isinstance(self.lower_is_better, bool):
            raise _invalid("lower_is_better is a boolean")
        if isinstance(self.best_index, bool) or not isinstance(self.best_index, int):
            raise _invalid("best_index is an integer")
        best = min(self.scores) if self.lower_is_better else max(self.scores)
        if not 0 <= self.best_index < len(self.scores) or self.scores[self.best_index] != best:
            raise _invalid(f"best_index {self.best_index} is not the index of the best score, {best}")
        require_json(self.metadata, "metadata")


@dataclass(frozen=True, slots=True)
class ActionPolicyResult:
    """Actions that a policy selected.

    Attributes:
        provider: Who selected them.
        actions: The actions to execute, in order; at least one.
        raw_actions: The policy's own output, JSON-native, in its own units.
        action_horizon: Number of steps that `actions` covers; None where the policy says nothing.
        embodiment_tag: Robot that the actions are for; None where the policy says nothing.
        action_candidates: Other sequences of actions that were considered.
        metadata: JSON object.
    """

    provider: str
    actions: tuple[Action, ...]
    raw_actions: Any = None
    action_horizon: int | None = None
    embodiment_tag: str | None = None
    action_candidates: tuple[tuple[Action, ...], ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_text(self.provider, "provider")
        object.__setattr__(self, "actions", tuple(self.actions))
        if not self.actions or not all(isinstance(action, Action) for action in self.actions):
            raise _invalid("a policy selects at least one Action")
        if not all(isinstance(action, Action) for candidate in self.action_candidates for action in candidate):
            raise _invalid("action_candidates are sequences of Actions")
        require_json(self.raw_actions, "raw_actions")
        if self.action_horizon is not None:
            require_number(self.action_horizon, "action_horizon", low=1)
        require_json(self.metadata, "metadata")


def _require_object(value: Any, what: str) -> None:
    if not isinstance(value, dict):
        raise _invalid(f"{what} is an object, not a {type(value).__name__}")
    require_json(value, what)


def _finite(values: Sequence[float], what: str) -> tuple[float, ...]:
    if not isinstance(values, list | tuple) or not values:
        raise _invalid(f"{what} must be a list or tuple with at least one number, not {values!r:.40}")
    for value in values:
        # The exact type is asked first: a numpy scalar or a boolean is not what its name says.
        if (type(value) is not float and type(value) is not int) or not is_finite(value):
            raise _invalid(f"{what} must be finite numbers, and {value!r:.40} is none")
    return tuple(map(float, values))


def _invalid(message: str) -> WorldForgeError:
    return WorldForgeError(message, code="result.invalid", hint="See the result's docstring for its fields.")
