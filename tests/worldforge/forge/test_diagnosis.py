"""What is said of providers without asking them to work."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.worldforge.providers.entries import outside_entries
from worldforge import BaseProvider, CapabilityError, WorldForge
from worldforge.providers.contract import ProviderCapabilities, ProviderHealth

__all__ = ["outside_entries"]

Register = Callable[..., None]


class Sick(BaseProvider):
    name = "sick"
    capabilities = ProviderCapabilities(policy=True)

    def health(self) -> ProviderHealth:
        return ProviderHealth(False, "no answer")


def statuses(forge: WorldForge) -> dict[str, str]:
    return {line.name: line.status for line in forge.doctor().providers}


def test_every_known_name_has_a_line(outside_entries: Register) -> None:
    outside_entries(near="Near", far="Far", locked="Locked", leaves="leave", confused="Confused")
    forge = WorldForge(auto_register_remote=False)
    forge.register_provider(Sick())
    found = statuses(forge)
    assert found.pop("mujoco") in {"ready", "not_configured"}
    assert found == {
        "mock": "ready",
        "near": "ready",
        "far": "left_out",
        "locked": "not_configured",
        "confused": "not_configured",
        "leaves": "broken",
        "sick": "unhealthy",
        "gr00t": "not_shipped",
        "lerobot": "not_shipped",
        "leworldmodel": "not_shipped",
    }
    assert [entry.name for entry in forge.doctor().skipped] == ["leaves"]


def test_a_rival_of_ours_is_named_and_ours_works(outside_entries: Register) -> None:
    outside_entries(mock="Near")
    forge = WorldForge()
    assert statuses(forge)["mock"] == "ready"
    assert [(entry.name, "registers the same name" in entry.reason) for entry in forge.doctor().skipped] == [
        ("mock", True)
    ]


def test_lines_are_left_out_as_asked() -> None:
    forge = WorldForge(discover_entry_points=False)
    forge.register_provider(Sick())
    assert {line.status for line in forge.doctor(registered_only=True).providers} == {"ready"}
    assert {line.name for line in forge.doctor(capability="policy").providers} == {"sick", "gr00t", "lerobot"}
    with pytest.raises(CapabilityError):
        forge.doctor(capability="generate")


def test_the_report_is_json() -> None:
    report = WorldForge(discover_entry_points=False).doctor().to_dict()
    assert json.loads(json.dumps(report)) == report
    assert report["providers"][0]["capabilities"] == ["predict", "embed", "score"]


def test_a_provider_that_cannot_say_how_it_is_is_not_well(outside_entries: Register) -> None:
    outside_entries(confused="Confused")
    health = WorldForge().provider_health("confused")
    assert not health.healthy
    assert "very confused" in health.detail
    assert health.latency_ms is not None


def test_health_is_asked_of_those_with_a_capability() -> None:
    forge = WorldForge(discover_entry_points=False)
    forge.register_provider(Sick())
    assert list(forge.provider_healths("policy")) == ["sick"]
    assert forge.provider_healths()["mock"].healthy


def test_a_provider_describes_itself(outside_entries: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    outside_entries(locked="Locked")
    monkeypatch.setenv("OUTSIDE_LOCKED_KEY", "hunter22")
    forge = WorldForge()
    description = forge.provider_info("locked").to_dict()
    assert description["config"] == {"OUTSIDE_LOCKED_KEY": True}
    assert (description["origin"], description["configured"]) == ("entry_point", True)
    assert "hunter22" not in json.dumps(description)
    assert forge.provider_config_summary("locked") == {"OUTSIDE_LOCKED_KEY": True}
    mock = forge.provider_info("mock").to_dict()
    assert (mock["origin"], mock["runtime_manifest"]["provider"]) == ("builtin", "mock")
    assert forge.provider_profile("mock").deterministic
