"""The facade: who answers for a name, what is refused before anybody is asked, and who hears of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.worldforge.providers.entries import outside_entries
from worldforge import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    BaseProvider,
    CapabilityError,
    EmbeddingResult,
    ProviderCapabilities,
    ProviderError,
    ProviderEvent,
    WorldForge,
    WorldForgeError,
)
from worldforge.errors import UnknownProviderError
from worldforge.providers.implementations import RunnableModel

__all__ = ["outside_entries"]

Register = Callable[..., None]
SCENE: dict[str, Any] = {"scene": {"objects": {"cube": {"pose": {"position": {"x": 0.0, "y": 0.5, "z": 0.0}}}}}}


class Length:
    """Embeds a text as its length."""

    def __init__(self, name: str = "length") -> None:
        self.name = name

    def embed(self, *, text: str) -> EmbeddingResult:
        return EmbeddingResult(self.name, "m", (float(len(text)),))


class Still:
    """A policy that never moves."""

    def __init__(self, name: str = "still") -> None:
        self.name = name

    def select_actions(self, *, info: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),))


class Even:
    """A cost that prefers nothing."""

    name = "even"

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        return ActionScoreResult(self.name, (0.0,) * len(action_candidates), 0)


class Planner(BaseProvider):
    name = "planner"
    capabilities = ProviderCapabilities(plan=True)

    def plan(self, *, observation: dict[str, Any], goal: dict[str, Any]) -> ActionPolicyResult:
        return ActionPolicyResult(self.name, (Action.noop(),))


@pytest.fixture
def forge(tmp_path: Path) -> WorldForge:
    return WorldForge(tmp_path / "worlds", discover_entry_points=False)


def test_making_one_leaves_nothing_behind_and_asks_nobody(
    tmp_path: Path, outside_entries: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside_entries(made="make_near")
    sys.modules.pop("outside_entries", None)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    forge = WorldForge()
    forge.embed("mock", text="cube")
    assert sorted(tmp_path.iterdir()) == before
    assert "outside_entries" not in sys.modules
    assert forge.list_worlds() == []
    assert sorted(tmp_path.iterdir()) == before


def test_every_capability_is_reached_by_name(forge: WorldForge) -> None:
    forge.register_provider(Planner())
    forge.register(Still())
    moved = forge.predict(SCENE, Action.move_to(0.25, 0.5, 0.0))
    assert moved.state["scene"]["objects"]["cube"]["pose"]["position"]["x"] == 0.25
    assert len(forge.embed("mock", text="cube").vector) == 32
    assert forge.score_actions("mock", info={"a": 1}, action_candidates=[1, 2]).provider == "mock"
    assert forge.select_actions("still", info={"a": 1}).actions == (Action.noop(),)
    assert forge.plan("planner", observation={"a": 1}, goal={"b": 1}).provider == "planner"


def test_a_provider_may_be_given_itself(forge: WorldForge) -> None:
    assert forge.plan(Planner(), observation={"a": 1}, goal={"b": 1}).provider == "planner"
    with pytest.raises(CapabilityError) as caught:
        forge.embed(Planner(), text="cube")
    assert caught.value.code == "capability.unsupported"
    assert "planner" not in forge.providers()


def test_registered_ones_stand_behind_those_of_this_package(forge: WorldForge) -> None:
    forge.register_embedder(Length())
    forge.register_policy(Still())
    assert forge.providers()[0] == "mock"
    assert forge.providers()[-2:] == ("length", "still")
    assert forge.capabilities_of("length") == ("embed",)


def test_one_name_may_have_several_implementations(forge: WorldForge) -> None:
    forge.register_embedder(Length("both"))
    forge.register_policy(Still("both"))
    assert forge.capabilities_of("both") == ("embed", "policy")
    assert forge.providers().count("both") == 1
    assert forge.embed("both", text="abc").vector == (3.0,)
    assert forge.select_actions("both", info={"a": 1}).provider == "both"


def test_one_of_ours_may_be_given_what_it_does_not_have(forge: WorldForge) -> None:
    forge.register_policy(Still("mock"))
    assert forge.capabilities_of("mock") == ("predict", "embed", "score", "policy")
    assert forge.select_actions("mock", info={"a": 1}).provider == "mock"
    assert len(forge.embed("mock", text="cube").vector) == 32


def test_a_capability_is_registered_once_unless_it_is_to_be_replaced(forge: WorldForge) -> None:
    forge.register(Length("mine"))
    with pytest.raises(WorldForgeError) as caught:
        forge.register(Length("mine"))
    assert caught.value.code == "provider.exists"
    with pytest.raises(WorldForgeError):
        forge.register_embedder(Length("mock"))
    forge.register_embedder(Length("mock"), replace=True)
    assert forge.capabilities_of("mock") == ("embed",)
    assert forge.embed("mock", text="abc").vector == (3.0,)


def test_a_model_is_registered_whole(forge: WorldForge) -> None:
    forge.register(RunnableModel(name="model", embedder=Length("inner"), cost=Even()))
    assert forge.capabilities_of("model") == ("embed", "score")


def test_what_implements_nothing_is_refused(forge: WorldForge) -> None:
    for register in (forge.register, forge.register_cost, forge.register_planner, forge.register_predictor):
        with pytest.raises(WorldForgeError) as caught:
            register(object())
        assert caught.value.code == "provider.not_an_implementation"


def test_an_unknown_name_is_told_the_nearest(forge: WorldForge) -> None:
    with pytest.raises(UnknownProviderError) as caught:
        forge.embed("mok", text="cube")
    assert (caught.value.code, caught.value.exit_code) == ("provider.unknown", 2)
    assert "Did you mean 'mock'?" in (caught.value.hint or "")


def test_a_runtime_without_an_adapter_is_told_apart(forge: WorldForge) -> None:
    with pytest.raises(UnknownProviderError) as caught:
        forge.score_actions("leworldmodel", info={"a": 1}, action_candidates=[1])
    assert "does not come with this version" in (caught.value.hint or "")


def test_a_capability_that_is_missing_is_a_usage_error(forge: WorldForge) -> None:
    with pytest.raises(CapabilityError) as caught:
        forge.select_actions("mock", info={"a": 1})
    assert (caught.value.code, caught.value.exit_code) == ("capability.unsupported", 2)
    assert "It has: predict, embed, score." in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda forge: forge.predict(SCENE, {"type": "noop"}), "action.invalid"),
        (lambda forge: forge.predict(SCENE, Action.noop(), 0), "value.not_a_count"),
        (lambda forge: forge.predict(SCENE, Action.noop(), True), "value.not_a_count"),
        (lambda forge: forge.predict({"a": float("nan")}, Action.noop()), "value.not_json"),
        (lambda forge: forge.embed("unasked", text=" "), "value.not_text"),
        (lambda forge: forge.score_actions("unasked", info={}, action_candidates=[1]), "request.empty_info"),
        (lambda forge: forge.select_actions("unasked", info={}), "request.empty_info"),
        (lambda forge: forge.plan("unasked", observation={}, goal={"a": 1}), "request.empty_info"),
    ],
)
def test_input_is_refused_before_anybody_is_asked(
    forge: WorldForge, ask: Callable[[WorldForge], Any], code: str
) -> None:
    with pytest.raises(WorldForgeError) as caught:
        ask(forge)
    assert caught.value.code == code


class Careless(BaseProvider):
    name = "careless"
    capabilities = ProviderCapabilities(embed=True)

    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.answer = answer

    def embed(self, *, text: str) -> EmbeddingResult:
        if isinstance(self.answer, BaseException):
            raise self.answer
        result: EmbeddingResult = self.answer
        return result


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "provider.wrong_result"),
        ([1.0], "provider.wrong_result"),
        (ValueError("no"), "provider.failed"),
        (SystemExit(1), "provider.failed"),
    ],
    ids=["none", "list", "error", "exit"],
)
def test_nothing_that_a_provider_does_leaks(forge: WorldForge, answer: Any, code: str) -> None:
    events: list[ProviderEvent] = []
    forge = WorldForge(event_handler=events.append, discover_entry_points=False)
    with pytest.raises(ProviderError) as caught:
        forge.embed(Careless(answer), text="cube")
    assert (caught.value.code, caught.value.exit_code) == (code, 4)
    assert [event.phase for event in events] == ["failure"]


def test_the_handler_of_the_forge_hears_of_providers_without_one() -> None:
    events: list[ProviderEvent] = []
    forge = WorldForge(event_handler=events.append, discover_entry_points=False)
    forge.register(Length())
    forge.embed("mock", text="cube")
    forge.embed("length", text="cube")
    assert [(event.provider, event.operation, event.phase) for event in events] == [
        ("mock", "embed", "success"),
        ("length", "embed", "success"),
    ]


def test_a_provider_with_a_handler_keeps_it() -> None:
    of_forge: list[ProviderEvent] = []
    own: list[ProviderEvent] = []
    forge = WorldForge(event_handler=of_forge.append, discover_entry_points=False)
    planner = Planner(event_handler=own.append)
    forge.register_provider(planner)
    forge.plan("planner", observation={"a": 1}, goal={"b": 1})
    assert (len(own), len(of_forge)) == (1, 0)
    assert planner.event_handler == own.append


def test_two_forges_over_one_provider_hear_only_their_own() -> None:
    shared = Planner()
    heard: dict[str, list[ProviderEvent]] = {"a": [], "b": []}
    start = threading.Barrier(2)

    def work(which: str) -> None:
        forge = WorldForge(event_handler=heard[which].append, discover_entry_points=False)
        forge.register_provider(shared)
        start.wait(10)
        for _ in range(50):
            forge.plan("planner", observation={"from": which}, goal={"b": 1})

    threads = [threading.Thread(target=work, args=(which,)) for which in heard]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert {which: len(events) for which, events in heard.items()} == {"a": 50, "b": 50}
    assert shared.event_handler is None


def test_registering_from_many_threads_loses_nothing(forge: WorldForge) -> None:
    start = threading.Barrier(8)
    refused: list[WorldForgeError] = []

    def work(number: int) -> None:
        start.wait(10)
        for index in range(20):
            forge.register(Length(f"own-{number}-{index}"))
            try:
                forge.register(Length(f"shared-{index}"))
            except WorldForgeError as error:
                refused.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    names = [name for name in forge.providers() if name.startswith(("own-", "shared-"))]
    assert len(names) == 8 * 20 + 20
    assert len(refused) == 7 * 20
    assert {error.code for error in refused} == {"provider.exists"}


def test_providers_of_other_packages_are_found_where_they_are_configured(
    outside_entries: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside_entries(near="Near", far="Far", locked="Locked", misnamed="Near", confused="Confused")
    assert WorldForge().providers()[-2:] == ("far", "near")
    assert "far" not in WorldForge(auto_register_remote=False).providers()
    assert "near" not in WorldForge(discover_entry_points=False).providers()
    monkeypatch.setenv("OUTSIDE_LOCKED_KEY", "hunter22")
    assert "locked" in WorldForge().providers()
    monkeypatch.setenv("WORLDFORGE_DISABLE_ENTRY_POINTS", "1")
    assert "near" not in WorldForge().providers()
    with pytest.raises(UnknownProviderError):
        WorldForge().embed("near", text="cube")


def test_one_that_is_not_configured_says_what_is_missing(outside_entries: Register) -> None:
    outside_entries(locked="Locked")
    with pytest.raises(ProviderError) as caught:
        WorldForge().embed("locked", text="cube")
    assert (caught.value.code, caught.value.exit_code) == ("provider.not_configured", 4)
    assert "missing OUTSIDE_LOCKED_KEY" in caught.value.message


def test_one_that_is_broken_is_an_error_only_where_it_is_asked_for(outside_entries: Register) -> None:
    outside_entries(leaves="leave", near="Near")
    forge = WorldForge()
    assert forge.embed("near", text="cube").vector == (1.0,)
    with pytest.raises(ProviderError) as caught:
        forge.embed("leaves", text="cube")
    assert caught.value.code == "provider.broken"


def test_what_the_program_registers_comes_before_an_entry_point(outside_entries: Register) -> None:
    outside_entries(near="Near")
    forge = WorldForge()
    forge.register(Length("near"))
    assert forge.embed("near", text="abc").vector == (3.0,)
    assert forge.providers().count("near") == 1
