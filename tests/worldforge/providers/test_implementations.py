"""An object with a name and one method is enough to be a provider."""

from __future__ import annotations

from typing import Any

import pytest

from worldforge import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    EmbeddingResult,
    PredictionPayload,
    ProviderError,
    WorldForgeError,
)
from worldforge.errors import CapabilityError
from worldforge.providers.builtin.mock import MockProvider
from worldforge.providers.contract import ProviderProfileSpec
from worldforge.providers.implementations import RunnableModel, provider_of


class Everything:
    """Has the method of every capability."""

    name = "everything"
    profile = ProviderProfileSpec(description="all of it", deterministic=True)

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        return PredictionPayload({"steps": steps}, 1.0, 1.0)

    def embed(self, *, text: str) -> EmbeddingResult:
        return EmbeddingResult(self.name, "m", (float(len(text)),))

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        return ActionScoreResult(self.name, (0.0,) * len(action_candidates), 0)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),))

    def plan(self, *, observation: dict[str, Any], goal: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),))


class Broken:
    name = "broken"

    def embed(self, *, text: str) -> Any:
        return [1.0, 2.0]


def test_an_object_offers_every_method_that_it_has() -> None:
    provider = provider_of(Everything())
    assert provider.capabilities.names() == ("predict", "embed", "score", "policy", "plan")
    assert provider.predict({}, Action.noop(), 3).state == {"steps": 3}
    assert provider.embed(text="abc").vector == (3.0,)
    assert provider.score_actions(info={"a": 1}, action_candidates=[1, 2]).scores == (0.0, 0.0)
    assert provider.select_actions(info={"a": 1}).actions == (Action.noop(),)
    assert provider.plan(observation={"a": 1}, goal={"a": 1}).provider == "everything"
    assert (provider.name, provider.profile_spec) == ("everything", Everything.profile)


def test_an_object_may_be_taken_for_one_capability_alone() -> None:
    provider = provider_of(Everything(), "score")
    assert provider.capabilities.names() == ("score",)
    with pytest.raises(CapabilityError):
        provider.embed(text="abc")


def test_a_model_is_several_objects_under_one_name() -> None:
    provider = provider_of(RunnableModel(name="pair", embedder=Everything(), cost=Everything()))
    assert (provider.name, provider.capabilities.names()) == ("pair", ("embed", "score"))
    for refuse in (
        lambda: provider.predict({}, Action.noop()),
        lambda: provider.select_actions(info={"a": 1}),
        lambda: provider.plan(observation={"a": 1}, goal={"a": 1}),
    ):
        with pytest.raises(CapabilityError):
            refuse()


def test_a_result_of_another_type_is_refused() -> None:
    with pytest.raises(ProviderError) as caught:
        provider_of(Broken()).embed(text="abc")
    assert (caught.value.code, caught.value.exit_code) == ("provider.wrong_result", 4)
    assert "returned a list" in caught.value.message


def test_a_provider_is_taken_as_it_is() -> None:
    mock = MockProvider()
    assert provider_of(mock) is mock


@pytest.mark.parametrize(
    ("thing", "capability", "code"),
    [
        (object(), None, "provider.not_an_implementation"),
        (Broken(), "score", "provider.not_an_implementation"),
        (RunnableModel(name="empty"), None, "provider.not_an_implementation"),
        (RunnableModel(name=" ", embedder=Everything()), None, "value.not_text"),
    ],
    ids=["object", "other", "empty", "blank"],
)
def test_what_implements_nothing_is_refused(thing: Any, capability: Any, code: str) -> None:
    with pytest.raises(WorldForgeError) as caught:
        provider_of(thing, capability)
    assert caught.value.code == code
