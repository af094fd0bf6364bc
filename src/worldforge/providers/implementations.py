"""Bare implementations of a capability, made into providers.

Whoever has one function that embeds or scores needs no provider class: an object with a `name` and the method of a
protocol of `worldforge.capabilities` is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from worldforge.capabilities import METHODS, Cost, Embedder, Planner, Policy, Predictor
from worldforge.capabilities.names import Capability
from worldforge.errors import ProviderError, WorldForgeError
from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec
from worldforge.values import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    EmbeddingResult,
    EventHandler,
    PredictionPayload,
)
from worldforge.values.json_values import require_text

R = TypeVar("R")

RESULTS: Final[dict[Capability, type]] = {
    "predict": PredictionPayload,
    "embed": EmbeddingResult,
    "score": ActionScoreResult,
    "policy": ActionPolicyResult,
    "plan": ActionPolicyResult,
}
"""Capability -> type of its result."""

PROTOCOLS: Final[dict[Capability, type]] = {
    "predict": Predictor,
    "embed": Embedder,
    "score": Cost,
    "policy": Policy,
    "plan": Planner,
}

_PARTS: Final[dict[Capability, str]] = {
    "predict": "predictor",
    "embed": "embedder",
    "score": "cost",
    "policy": "policy",
    "plan": "planner",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnableModel:
    """Several implementations under one name, such as a world model that predicts and a cost that it was trained with.

    Attributes:
        name: Name of the provider.
        predictor: Has `predict`.
        embedder: Has `embed`.
        cost: Has `score_actions`.
        policy: Has `select_actions`.
        planner: Has `plan`.
        profile: What the model says of itself.
    """

    name: str
    predictor: Predictor | None = None
    embedder: Embedder | None = None
    cost: Cost | None = None
    policy: Policy | None = None
    planner: Planner | None = None
    profile: ProviderProfileSpec = field(default_factory=ProviderProfileSpec)

    def capabilities(self) -> tuple[Capability, ...]:
        """The capabilities that there are implementations for."""
        return tuple(capability for capability, part in _PARTS.items() if getattr(self, part) is not None)


class ImplementedProvider(BaseProvider):
    """A provider made of bare implementations, one for each of its capabilities."""

    def __init__(self, model: RunnableModel, *, event_handler: EventHandler | None = None) -> None:
        super().__init__(event_handler=event_handler)
        self.name = require_text(model.name, "the name of an implementation")
        self.capabilities = ProviderCapabilities(**dict.fromkeys(model.capabilities(), True))
        self.profile_spec = model.profile
        self._model = model

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        """See `worldforge.capabilities.Predictor`."""
        if self._model.predictor is None:
            self._refuse("predict")
        return checked_result(self.name, "predict", self._model.predictor.predict(world_state, action, steps))

    def embed(self, *, text: str) -> EmbeddingResult:
        """See `worldforge.capabilities.Embedder`."""
        if self._model.embedder is None:
            self._refuse("embed")
        return checked_result(self.name, "embed", self._model.embedder.embed(text=text))

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        """See `worldforge.capabilities.Cost`."""
        if self._model.cost is None:
            self._refuse("score")
        scores = self._model.cost.score_actions(info=info, action_candidates=action_candidates)
        return checked_result(self.name, "score", scores)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        """See `worldforge.capabilities.Policy`."""
        if self._model.policy is None:
            self._refuse("policy")
        return checked_result(self.name, "policy", self._model.policy.select_actions(info=info))

    def plan(self, *, observation: dict[str, Any], goal: dict[str, Any]) -> ActionPolicyResult:
        """See `worldforge.capabilities.Planner`."""
        if self._model.planner is None:
            self._refuse("plan")
        return checked_result(self.name, "plan", self._model.planner.plan(observation=observation, goal=goal))


def checked_result(provider: str, capability: Capability, result: R) -> R:
    """Return the result of a capability, if it is one.

    Raises:
        ProviderError: `provider.wrong_result`.
    """
    wanted = RESULTS[capability]
    if not isinstance(result, wanted):
        raise ProviderError(
            f"{METHODS[capability]}() of the provider {provider!r} returned a {type(result).__name__}",
            code="provider.wrong_result",
            hint=f"It has to return a {wanted.__name__}.",
        )
    return result


def provider_of(
    implementation: Any, capability: Capability | None = None, *, event_handler: EventHandler | None = None
) -> BaseProvider:
    """Make a provider of an implementation.

    Args:
        implementation: A `RunnableModel`, or an object with a `name` and the method of at least one protocol. Its
            `profile`, where it has one, becomes the provider's.
        capability: The one capability that it is meant for; None for every one whose method it has.
        event_handler: Who hears of what happens within calls.

    Raises:
        WorldForgeError: `provider.not_an_implementation`.
    """
    if isinstance(implementation, BaseProvider):
        return implementation
    model = implementation if isinstance(implementation, RunnableModel) else _model_of(implementation, capability)
    if not model.capabilities():
        raise _nothing_in(implementation, capability)
    return ImplementedProvider(model, event_handler=event_handler)


def _model_of(implementation: Any, capability: Capability | None) -> RunnableModel:
    wanted = PROTOCOLS if capability is None else {capability: PROTOCOLS[capability]}
    parts: dict[str, Any] = {
        _PARTS[name]: implementation for name, protocol in wanted.items() if isinstance(implementation, protocol)
    }
    profile = getattr(implementation, "profile", None)
    return RunnableModel(
        name=getattr(implementation, "name", ""),
        profile=profile if isinstance(profile, ProviderProfileSpec) else ProviderProfileSpec(),
        **parts,
    )


def _nothing_in(implementation: Any, capability: Capability | None) -> WorldForgeError:
    wanted = sorted(METHODS.values()) if capability is None else [METHODS[capability]]
    return WorldForgeError(
        f"a {type(implementation).__name__} implements no {capability or 'capability'}",
        code="provider.not_an_implementation",
        hint=f"It needs an attribute `name` and a method {' or '.join(wanted)}; see worldforge.capabilities.",
    )
