"""The kit finds every law that a provider breaks, and no other."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from worldforge import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    BaseProvider,
    EmbeddingResult,
    PredictionPayload,
    ProviderCapabilities,
)
from worldforge.errors import ProviderError
from worldforge.providers.contract import ProviderHealth, ProviderProfileSpec, Requirement
from worldforge.providers.observed import emit
from worldforge.providers.requests import (
    check_embedding,
    check_plan,
    check_prediction,
    check_scoring,
    check_selection,
)
from worldforge.providers.scene import copied
from worldforge.testing.provider_contract import LAWS, assert_provider_contract, check_provider


class Good(BaseProvider):
    """Keeps every law, with every capability."""

    name = "good"
    capabilities = ProviderCapabilities(predict=True, embed=True, score=True, policy=True, plan=True)
    profile_spec = ProviderProfileSpec(deterministic=True)

    def predict(self, world_state: dict[str, Any], action: Action, steps: int = 1) -> PredictionPayload:
        check_prediction(world_state, action, steps)
        return PredictionPayload(copied(world_state), 0.5, 0.5, frames=(b"\x00",))

    def embed(self, *, text: str) -> EmbeddingResult:
        check_embedding(text)
        emit(self, "embed", "poll")
        return EmbeddingResult(self.name, "m", (float(len(text)),))

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        check_scoring(info, action_candidates)
        return ActionScoreResult(self.name, (0.0,) * len(action_candidates), 0)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        check_selection(info)
        return ActionPolicyResult(self.name, (Action.noop(),), raw_actions=[1.0], action_candidates=((Action.noop(),),))

    def plan(self, *, observation: dict[str, Any], goal: dict[str, Any]) -> ActionPolicyResult:
        check_plan(observation, goal)
        return ActionPolicyResult(self.name, (Action.move_to(0, 0, 0),))


class Embedding(BaseProvider):
    """Keeps every law, with one capability; those below each break one."""

    name = "embedding"
    capabilities = ProviderCapabilities(embed=True)
    profile_spec = ProviderProfileSpec(deterministic=True)

    def embed(self, *, text: str) -> EmbeddingResult:
        check_embedding(text)
        return self.answer(text)

    def answer(self, text: str) -> EmbeddingResult:
        return EmbeddingResult(self.name, "m", (float(len(text)),))


class Loud(Embedding):
    name = "Loud Name!"


class Idle(BaseProvider):
    name = "idle"


class Failing(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        raise RuntimeError("no model")


class Secretive(Embedding):
    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),))


class Rude(Embedding):
    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        raise NotImplementedError


class Listing(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        result: Any = [1.0]
        return result  # type: ignore[no-any-return]


class Impostor(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        return EmbeddingResult("somebody", "m", (1.0,))


class Miscounting(BaseProvider):
    name = "miscounting"
    capabilities = ProviderCapabilities(score=True)

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        check_scoring(info, action_candidates)
        return ActionScoreResult(self.name, (0.0,) * 17, 0)


@dataclass(frozen=True, slots=True)
class Odd(EmbeddingResult):
    """A result with something in it that JSON does not have."""

    tags: Any = frozenset({1})


class Unwritable(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        return Odd(self.name, "m", (1.0,))


class Gullible(Embedding):
    def embed(self, *, text: str) -> EmbeddingResult:
        return self.answer(text)


class Foreign(Embedding):
    def embed(self, *, text: str) -> EmbeddingResult:
        if not text.strip():
            raise ValueError("blank")
        return self.answer(text)


class Policy(BaseProvider):
    name = "policy"
    capabilities = ProviderCapabilities(policy=True)

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        check_selection(info)
        return self.answer(info)

    def answer(self, info: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),))


class Changing(Policy):
    def answer(self, info: dict[str, Any]) -> ActionPolicyResult:
        info["seen"] = True
        return super().answer(info)


class Sharing(Policy):
    def answer(self, info: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),), metadata={"asked": info["observation"]})


class Dicing(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        return EmbeddingResult(self.name, "m", (random.random(),))


class Boasting(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        emit(self, "embed", "success")
        return super().answer(text)


class Ventriloquist(Embedding):
    def answer(self, text: str) -> EmbeddingResult:
        emit(Idle(), "embed", "poll")
        return super().answer(text)


class Connecting(Embedding):
    connection: object = None

    def health(self) -> ProviderHealth:
        self.connection = object()
        return ProviderHealth(True, "connected")


class Meddling(Embedding):
    def health(self) -> ProviderHealth:
        os.environ["MEDDLING_PROVIDER_WAS_HERE"] += "again "
        return ProviderHealth(True, "fine")


class Vague(Embedding):
    def health(self) -> ProviderHealth:
        answer: Any = True
        return answer  # type: ignore[no-any-return]


class Talkative(Embedding):
    requirements = (Requirement(("TALKATIVE_KEY",)),)

    def health(self) -> ProviderHealth:
        return ProviderHealth(True, f"connected with {os.environ.get('TALKATIVE_KEY')}")


class Open(Embedding):
    def config_summary(self) -> dict[str, bool]:
        summary: Any = {"OPEN_KEY": "hunter22"}
        return summary  # type: ignore[no-any-return]


class Alone(Embedding):
    """Works for one thread as long as that lives."""

    def __init__(self) -> None:
        super().__init__()
        self.callers: set[threading.Thread] = set()

    def answer(self, text: str) -> EmbeddingResult:
        me = threading.current_thread()
        if any(other.is_alive() for other in self.callers - {me}):
            raise ProviderError("somebody else is here")
        self.callers.add(me)
        return super().answer(text)


class Hanging(Embedding):
    def __init__(self) -> None:
        super().__init__()
        self.never = threading.Event()

    def answer(self, text: str) -> EmbeddingResult:
        self.never.wait()
        return super().answer(text)


BROKEN: list[tuple[Callable[[], BaseProvider], str, str]] = [
    (Loud, "name", "its name is 'Loud Name!'"),
    (Idle, "advertised", "it advertises no capability"),
    (Failing, "advertised", "embed is advertised and fails: RuntimeError: no model"),
    (Secretive, "unadvertised", "policy answers and is not advertised"),
    (Rude, "unadvertised", "a CapabilityError was due"),
    (Listing, "results", "the result is a list"),
    (Impostor, "results", "names the provider 'somebody'"),
    (Miscounting, "results", "17 scores"),
    (Unwritable, "json", "embed"),
    (Gullible, "bad_input", "embed with a blank text is answered"),
    (Foreign, "bad_input", "ValueError: blank; an error of worldforge was due"),
    (Changing, "inputs_unchanged", "policy changes its input"),
    (Sharing, "inputs_unchanged", "shares an object or a list with its input"),
    (Dicing, "determinism", "embed gives two results for one input"),
    (Boasting, "events", "says 'success' of embed itself"),
    (Ventriloquist, "events", "events of 'idle'"),
    (Connecting, "health", "changes its own attributes"),
    (Meddling, "health", "changes the environment"),
    (Vague, "health", "not a ProviderHealth"),
    (Talkative, "config_private", "the value of TALKATIVE_KEY"),
    (Open, "config_private", "something else than whether variables are set"),
    (Alone, "concurrency", "somebody else is here"),
]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALKATIVE_KEY", "hunter22")
    monkeypatch.setenv("MEDDLING_PROVIDER_WAS_HERE", "")


@pytest.mark.parametrize("make", [Good, Embedding, Policy], ids=lambda make: make.__name__)
def test_who_keeps_every_law_passes(make: Callable[[], BaseProvider]) -> None:
    report = check_provider(make())
    assert [(check.name, check.detail) for check in report.checks if not check.passed] == []
    assert report.passed
    assert [check.name for check in report.checks] == list(LAWS)
    assert_provider_contract(make())


@pytest.mark.parametrize(
    ("make", "law", "told"),
    BROKEN,
    ids=[f"{law}-{make.__name__}" for make, law, _ in BROKEN],
)
def test_a_broken_law_is_found_and_named(make: Callable[[], BaseProvider], law: str, told: str) -> None:
    report = check_provider(make())
    details = {check.name: check.detail for check in report.checks if not check.passed}
    assert told in details[law]
    assert not report.passed
    with pytest.raises(AssertionError, match=f"\n{law}: "):
        assert_provider_contract(make())


def test_every_law_is_broken_by_somebody() -> None:
    assert {law for _, law, _ in BROKEN} == set(LAWS)


@pytest.mark.parametrize(
    ("make", "law"),
    [(make, law) for make, law, _ in BROKEN if make not in {Idle, Failing, Listing}],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_who_breaks_one_law_is_not_blamed_for_another(make: Callable[[], BaseProvider], law: str) -> None:
    blamed = {check.name for check in check_provider(make()).checks if not check.passed}
    # What is different each time is different in threads too.
    assert blamed - {law} <= ({"concurrency"} if make is Dicing else set())


def test_the_name_that_it_is_registered_under_counts() -> None:
    report = check_provider(Embedding(), name="other")
    assert [check.name for check in report.checks if not check.passed] == ["name"]


def test_what_is_not_claimed_is_not_asked() -> None:
    class Honest(Dicing):
        profile_spec = ProviderProfileSpec(deterministic=False)

    assert check_provider(Honest()).passed


def test_a_provider_that_hangs_ends_the_check_and_not_the_checker() -> None:
    hanging = Hanging()
    report = check_provider(hanging, time_limit=0.05)
    hanging.never.set()
    details = {check.name: check.detail for check in report.checks if not check.passed}
    assert "did not come to an end within 0.05 s" in details["advertised"]
    assert "not checked" in details["concurrency"]
    assert report.checks[0].passed


def test_a_bare_implementation_can_be_checked() -> None:
    class Bare:
        name = "bare"

        def embed(self, *, text: str) -> EmbeddingResult:
            check_embedding(text)
            return EmbeddingResult(self.name, "m", (1.0,))

    assert check_provider(Bare()).capabilities == ("embed",)
    assert_provider_contract(Bare())


def test_the_report_is_json() -> None:
    report = check_provider(Embedding()).to_dict()
    assert json.loads(json.dumps(report)) == report
    assert (report["schema_version"], report["provider"], report["passed"]) == (1, "embedding", True)
