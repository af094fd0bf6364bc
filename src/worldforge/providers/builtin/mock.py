"""The provider `mock`: deterministic answers without a model, to try things out with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from worldforge.errors import WorldForgeError
from worldforge.providers import scene
from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec
from worldforge.providers.requests import check_embedding, check_prediction, check_scoring
from worldforge.values import Action, ActionScoreResult, EmbeddingResult, PredictionPayload

_MODEL: Final = "mock-embedding-v1"
_EMBEDDING_LENGTH: Final = 32
_MOST_FRAMES: Final = 16
_HASH_SCALE: Final = 2.0**-32


class MockProvider(BaseProvider):
    """Answers that follow from the input alone.

    `predict` puts the object of a `move_to` at its target, adds the object of a `spawn_object`, and does nothing for a
    `noop`. `embed` hashes the text. `score_actions` gives the squared distance (square metres) between a candidate's
    first position and `info["goal"]["target"]`, or a stable hash in [0, 1) where there is no such target.

    Example:
        >>> result = MockProvider().embed(text="cube")
        >>> len(result.vector), result.model
        (32, 'mock-embedding-v1')
    """

    name = "mock"
    capabilities = ProviderCapabilities(predict=True, embed=True, score=True)
    profile_spec = ProviderProfileSpec(
        description="Deterministic answers without a model.",
        package="worldflux",
        implementation_status="stable",
        deterministic=True,
        supported_modalities=("state", "text", "actions"),
        artifact_types=("frames",),
        default_model=_MODEL,
        supported_models=(_MODEL,),
        notes=("Its numbers say nothing about any model.",),
    )
    runtime_manifest = "mock:schema-1"

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """Apply an action to a copy of the state; `step` grows by `steps`, and there is one frame a step, at most 16.

        Raises:
            WorldForgeError: The state or the action cannot be used.
        """
        check_prediction(world_state, action, steps)
        state = scene.copied(world_state)
        _apply(state, action)
        scene.advance(state, steps)
        physics_score = _clamp(0.72 + 0.03 * len(scene.objects_of(state)), 0.6, 0.99)
        return PredictionPayload(
            state=state,
            physics_score=physics_score,
            confidence=_clamp(physics_score - 0.02, 0.65, 0.99),
            frames=tuple(f"mock:frame:{index}".encode() for index in range(min(steps, _MOST_FRAMES))),
            metadata={"action": action.kind, "noop": action.kind == "noop", "steps": steps},
        )

    def embed(self, *, text: str) -> EmbeddingResult:
        """32 numbers in [0, 1) from a chain of SHA-256 digests.

        Raises:
            WorldForgeError: `value.not_text`.
        """
        check_embedding(text)
        return EmbeddingResult(self.name, _MODEL, tuple(_hashed_numbers(f"mock:{text}", _EMBEDDING_LENGTH)))

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """One cost for each entry of the outermost list; lower is better.

        Raises:
            WorldForgeError: `request.empty_info`, `request.no_candidates` or `value.not_json`.
        """
        check_scoring(info, action_candidates)
        scores, basis = _costs(_target(info), action_candidates)
        return ActionScoreResult(
            provider=self.name,
            scores=tuple(scores),
            best_index=scores.index(min(scores)),
            lower_is_better=True,
            metadata={"cost_basis": basis},
        )


def _apply(state: dict[str, Any], action: Action) -> None:
    match action.kind:
        case "move_to":
            target = scene.point(action.parameters.get("target"), "/action/parameters/target")
            name = scene.moved_object(state, action)
            scene.place(scene.objects_of(state)[name], name, target)
        case "spawn_object":
            name, item = scene.spawned(state, action)
            scene.put_object(state, name, item)
        case "noop":
            pass
        case _:
            raise WorldForgeError(
                f"the provider 'mock' does not know the action {action.kind!r:.60}",
                code="action.unsupported",
                hint="It knows move_to, spawn_object and noop.",
            )


def _costs(target: scene.Position | None, candidates: list[Any]) -> tuple[list[float], str]:
    points = [_first_point(candidate) for candidate in candidates]
    if target is None or None in points:
        return [_stable_cost(candidate) for candidate in candidates], "stable-hash"
    return [_squared_distance(target, reached) for reached in points if reached is not None], "goal-distance"


def _target(info: dict[str, Any]) -> scene.Position | None:
    goal = info.get("goal")
    return _point_or_none(goal.get("target")) if isinstance(goal, dict) else None


def _first_point(candidate: Any) -> scene.Position | None:
    """Where a candidate's first action leads: its parameters x, y and z, or its target."""
    first = candidate[0] if isinstance(candidate, list) and candidate else candidate
    parameters = first.get("parameters") if isinstance(first, dict) else None
    if not isinstance(parameters, dict):
        return None
    return _point_or_none(parameters.get("target", parameters))


def _point_or_none(value: Any) -> scene.Position | None:
    try:
        return scene.point(value, "")
    except WorldForgeError:
        return None


def _squared_distance(target: Sequence[float], reached: Sequence[float]) -> float:
    return sum((wanted - got) ** 2 for wanted, got in zip(target, reached, strict=True))


def _stable_cost(candidate: Any) -> float:
    head = hashlib.sha256(json.dumps(candidate, sort_keys=True).encode()).digest()[:4]
    return int.from_bytes(head, "big") * _HASH_SCALE


def _hashed_numbers(seed: str, count: int) -> list[float]:
    """Numbers in [0, 1) with four decimals, four bytes of a chain of digests for each."""
    block, chain = seed.encode("utf-8", "surrogatepass"), b""
    while len(chain) < 4 * count:
        block = hashlib.sha256(block).digest()
        chain += block
    return [int.from_bytes(chain[place : place + 4], "big") % 10_000 / 10_000 for place in range(0, 4 * count, 4)]


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
