"""`worldforge provider list|info|health|contract`: what is known, missing or broken, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import worldforge
from tests.worldforge.cli.plugins import installed, lay_out

PLUGIN = """
from worldforge import BaseProvider, EmbeddingResult, ProviderCapabilities
from worldforge.providers import requests
from worldforge.providers.contract import ProviderHealth, Requirement

class Sick(BaseProvider):
    name = "sick"
    capabilities = ProviderCapabilities(embed=True)

    def embed(self, *, text):
        requests.check_embedding(text)
        return EmbeddingResult(self.name, "sick-1", (float(len(text)),))

    def health(self):
        return ProviderHealth(False, "no answer from /home/alice/run/server.sock")

class Remote(Sick):
    name = "remote"
    requirements = (Requirement(("REMOTE_URL", "REMOTE_HOST")),)

    def health(self):
        return super(Sick, self).health()

class Careless(Sick):
    name = "careless"

    def health(self):
        return ProviderHealth(True, "configured")

    def embed(self, *, text):
        return EmbeddingResult(self.name, "careless-1", (float(len(text)),))

def careless_factory(*, event_handler=None):
    return Careless(event_handler=event_handler)
"""


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Four plugins: one that is ill, one that lacks a variable, one that breaks a law, one that cannot be loaded."""
    monkeypatch.delenv("REMOTE_URL", raising=False)
    monkeypatch.delenv("REMOTE_HOST", raising=False)
    site = tmp_path / "site"
    lay_out(
        site,
        "outside-providers",
        {
            "sick": "outside_providers:Sick",
            "remote": "outside_providers:Remote",
            "careless": "outside_providers:careless_factory",
            "torn": "outside_providers_torn:Torn",
        },
    )
    (site / "outside_providers.py").write_text(PLUGIN, encoding="utf-8")
    (site / "outside_providers_torn.py").write_text("raise ImportError('no /home/alice/lib/torn.so')", encoding="utf-8")
    with installed(site):
        yield


def listed(line: str) -> dict[str, dict[str, Any]]:
    outcome = worldforge(f"{line} --format json")
    return {each["name"]: each for each in json.loads(outcome.out)["providers"]}


def test_the_builtins_are_listed_with_what_they_can_do() -> None:
    found = listed("provider list")
    assert found["mock"] == {
        "name": "mock",
        "status": "ready",
        "capabilities": ["predict", "embed", "score"],
        "origin": "builtin",
        "detail": "configured",
    }
    assert found["lerobot"]["status"] == "not_shipped"
    text = worldforge("provider list").out
    assert "mock" in text
    assert "no adapter" in text


def test_a_capability_and_readiness_narrow_the_list() -> None:
    assert "mock" not in listed("provider list --capability policy")
    assert set(listed("provider list --registered-only")) <= {"mock", "mujoco"}
    assert worldforge("provider list --registered-only --capability plan").out == "No provider.\n"
    assert worldforge("provider list --capability policies").code == 2


@pytest.mark.usefixtures("plugins")
def test_plugins_are_listed_and_a_broken_one_by_name() -> None:
    found = listed("provider list")
    assert {name: found[name]["status"] for name in ("sick", "remote", "careless", "torn")} == {
        "sick": "unhealthy",
        "remote": "not_configured",
        "careless": "ready",
        "torn": "broken",
    }
    assert found["remote"]["detail"] == "missing REMOTE_URL or REMOTE_HOST"
    assert found["torn"]["detail"].startswith("ImportError: no ")
    assert "alice" not in worldforge("provider list").out


@pytest.mark.usefixtures("plugins")
def test_plugins_are_left_out_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDFORGE_DISABLE_ENTRY_POINTS", "1")
    assert {"sick", "torn"}.isdisjoint(listed("provider list"))


def test_info_says_what_a_provider_is_and_needs() -> None:
    found = json.loads(worldforge("provider info mock --format json").out)
    assert found["capabilities"] == ["predict", "embed", "score"]
    assert found["profile"]["deterministic"] is True
    assert found["runtime_manifest"]["provider"] == "mock"
    assert "Deterministic answers without a model." in worldforge("provider info mock").out


def test_info_knows_runtimes_that_have_no_adapter_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEROBOT_POLICY_PATH", "s3cret-checkpoint")
    outcome = worldforge("provider info lerobot --format json")
    found = json.loads(outcome.out)
    assert (found["origin"], found["configured"]) == ("manifest", False)
    assert found["config"] == {"LEROBOT_POLICY_PATH": True, "LEROBOT_POLICY": False}
    assert "s3cret" not in outcome.out
    text = worldforge("provider info lerobot").out
    assert "LEROBOT_POLICY_PATH: set" in text
    assert "LEROBOT_POLICY: not set" in text
    assert "does not come with this version" in text


@pytest.mark.usefixtures("plugins")
def test_info_says_which_variables_a_plugin_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "REMOTE_HOST: not set" in worldforge("provider info remote").out
    monkeypatch.setenv("REMOTE_HOST", "robot.example")
    outcome = worldforge("provider info remote")
    assert "REMOTE_HOST: set" in outcome.out
    assert "robot.example" not in outcome.out


@pytest.mark.parametrize("command", ["info", "health", "contract"])
def test_an_unknown_name_is_answered_with_the_nearest(command: str) -> None:
    outcome = worldforge(f"provider {command} moc")
    assert outcome.code == 2
    assert "Did you mean 'mock'?" in outcome.err


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize("command", ["info", "health", "contract"])
def test_a_broken_plugin_that_is_asked_for_is_an_error(command: str) -> None:
    outcome = worldforge(f"provider {command} torn")
    assert outcome.code == 4
    assert "provider.broken" in outcome.err
    assert "Traceback" not in outcome.err


def test_health_of_all_that_can_be_asked() -> None:
    outcome = worldforge("provider health --format json")
    found = json.loads(outcome.out)
    assert (outcome.code, found["healthy"]) == (0, True)
    assert found["providers"][0]["name"] == "mock"
    assert found["providers"][0]["latency_ms"] >= 0
    assert worldforge("provider health --capability plan").out == "No provider.\n"


@pytest.mark.usefixtures("plugins")
@pytest.mark.parametrize(
    ("asked", "code"), [("sick", 1), ("mock sick", 1), ("remote", 1), ("mock careless", 0), ("", 1)]
)
def test_health_exits_with_1_where_one_that_was_asked_is_ill(asked: str, code: int) -> None:
    outcome = worldforge(f"provider health {asked}")
    assert outcome.code == code
    assert ("UNHEALTHY" in outcome.out) == (code == 1)
    assert "alice" not in outcome.out


def test_health_takes_names_or_a_capability() -> None:
    outcome = worldforge("provider health mock --capability embed")
    assert outcome.code == 2
    assert "provider.names_and_capability" in outcome.err


def test_a_provider_that_keeps_its_contract() -> None:
    outcome = worldforge("provider contract mock --format json")
    found = json.loads(outcome.out)
    assert (outcome.code, found["passed"]) == (0, True)
    (report,) = found["providers"]
    assert report["provider"] == "mock"
    assert len(report["checks"]) >= 10
    assert "mock keeps all " in worldforge("provider contract mock").out


@pytest.mark.usefixtures("plugins")
def test_a_broken_law_is_named_and_exits_with_1() -> None:
    outcome = worldforge("provider contract careless")
    assert outcome.code == 1
    assert "careless breaks 1 of " in outcome.out
    assert "BROKEN  bad_input" in outcome.out
    found = json.loads(worldforge("provider contract mock careless --format json").out)
    assert [report["passed"] for report in found["providers"]] == [True, False]


@pytest.mark.usefixtures("plugins")
def test_all_means_everyone_who_can_be_asked() -> None:
    outcome = worldforge("provider contract --all --format json")
    checked = {report["provider"]: report["passed"] for report in json.loads(outcome.out)["providers"]}
    assert outcome.code == 1
    assert checked["mock"] is True
    assert checked["careless"] is False
    assert {"torn", "remote"}.isdisjoint(checked)


@pytest.mark.usefixtures("plugins")
def test_who_lacks_a_variable_cannot_be_checked() -> None:
    outcome = worldforge("provider contract remote")
    assert outcome.code == 4
    assert "REMOTE_URL or REMOTE_HOST" in outcome.err


@pytest.mark.parametrize("words", ["", "mock --all"])
def test_contract_takes_names_or_all(words: str) -> None:
    outcome = worldforge(f"provider contract {words}")
    assert outcome.code == 2
    assert "provider.contract_usage" in outcome.err


def test_a_provider_can_be_asked_with_inputs_of_ones_own(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"embedding_text": "a red cube"}), encoding="utf-8")
    bad.write_text(json.dumps({"embedding": "a red cube"}), encoding="utf-8")
    assert worldforge("provider contract mock --input-file", good).code == 0
    refused = worldforge("provider contract mock --input-file", bad)
    assert refused.code == 3
    assert "embedding" in refused.err
