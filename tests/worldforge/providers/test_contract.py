"""The base class refuses what is not advertised, and says what it needs without saying what that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from worldforge.capabilities import METHODS
from worldforge.errors import CapabilityError
from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec, Requirement
from worldforge.values import Action

CALLS: dict[str, Callable[[BaseProvider], Any]] = {
    "predict": lambda provider: provider.predict({}, Action.noop()),
    "embed": lambda provider: provider.embed(text="x"),
    "score": lambda provider: provider.score_actions(info={"a": 1}, action_candidates=[1]),
    "policy": lambda provider: provider.select_actions(info={"a": 1}),
    "plan": lambda provider: provider.plan(observation={"a": 1}, goal={"a": 1}),
}


class Needy(BaseProvider):
    name = "needy"
    capabilities = ProviderCapabilities(embed=True)
    requirements = (Requirement(("NEEDY_URL", "NEEDY_ADDRESS")), Requirement(("NEEDY_KEY",)))


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEEDY_URL", "NEEDY_ADDRESS", "NEEDY_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("capability", CALLS)
def test_every_method_refuses_until_it_is_overridden(capability: str) -> None:
    with pytest.raises(CapabilityError) as caught:
        CALLS[capability](Needy())
    assert (caught.value.code, caught.value.exit_code) == ("capability.unsupported", 2)
    assert f"overrides {METHODS[capability]}()" in (caught.value.hint or "")  # type: ignore[index]
    assert "It has: embed." in (caught.value.hint or "")


def test_every_capability_has_a_call_here() -> None:
    assert list(CALLS) == list(METHODS)


def test_one_of_several_names_is_enough_and_blank_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Needy()
    assert not provider.configured()
    assert provider.health().detail == "missing NEEDY_URL or NEEDY_ADDRESS, NEEDY_KEY"
    monkeypatch.setenv("NEEDY_ADDRESS", "somewhere")
    monkeypatch.setenv("NEEDY_KEY", "  ")
    assert provider.health().detail == "missing NEEDY_KEY"
    monkeypatch.setenv("NEEDY_KEY", "hunter22")
    assert provider.configured()
    assert provider.health().healthy


def test_the_configuration_names_variables_and_never_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDY_KEY", "hunter22")
    assert Needy().config_summary() == {"NEEDY_URL": False, "NEEDY_ADDRESS": False, "NEEDY_KEY": True}


def test_a_profile_is_json() -> None:
    profile = ProviderProfileSpec(supported_modalities=("text",), notes=("slow",)).to_dict()
    assert json.loads(json.dumps(profile)) == profile
    assert profile["supported_modalities"] == ["text"]


def test_a_step_of_life_does_nothing_unless_it_is_overridden() -> None:
    provider = Needy()
    assert {provider.preflight().status, provider.warmup().status, provider.teardown().status} == {"no-op"}
