"""Plugins that are made wrongly: each is named with its fault, hides no other, and ends no command in a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.command import worldforge
from tests.worldforge.cli.plugins import installed, lay_out

PLUGINS: Final = """
from worldforge import BaseProvider, EmbeddingResult, ProviderCapabilities, ProviderProfileSpec

class Right(BaseProvider):
    name = "right"
    capabilities = ProviderCapabilities(embed=True)

    def embed(self, *, text):
        return EmbeddingResult(self.name, "m", (1.0,))

class NoCapabilities(Right):
    name = "no-capabilities"
    capabilities = None

class OddCapabilities(Right):
    name = "odd-capabilities"
    capabilities = ProviderCapabilities(embed="yes", plan=3)

class NoProfile(Right):
    name = "no-profile"
    profile_spec = None

class OddProfile(Right):
    name = "odd-profile"
    profile_spec = ProviderProfileSpec(description=object(), notes=5)

class NoRequirements(Right):
    name = "no-requirements"
    requirements = 5

class Raises(Right):
    name = "raises"

    @property
    def capabilities(self):
        raise SystemExit(7)

class Leaves(Right):
    name = "leaves"

    def health(self):
        raise SystemExit(7)

    configured = config_summary = health

class TellsNonsense(Right):
    name = "tells-nonsense"

    def health(self):
        return "fine"

    def config_summary(self):
        return {"TOKEN": "hf_aB3dE5gH7jK9aB3dE5gH7jK9", 5: True}

class Impostor(Right):
    name = "somebody-else"

NotAClass = 7
"""
ENTRIES: Final = {
    "right": "Right",
    "no-capabilities": "NoCapabilities",
    "odd-capabilities": "OddCapabilities",
    "no-profile": "NoProfile",
    "odd-profile": "OddProfile",
    "no-requirements": "NoRequirements",
    "raises": "Raises",
    "leaves": "Leaves",
    "tells-nonsense": "TellsNonsense",
    "impostor": "Impostor",
    "not-a-class": "NotAClass",
    "not-there": "NotThere",
    "mock": "Right",
}


@pytest.fixture(autouse=True)
def _plugins(tmp_path: Path) -> Iterator[None]:
    site = tmp_path / "site"
    lay_out(site, "hostile-plugins", {name: f"hostile_plugins:{target}" for name, target in ENTRIES.items()})
    (site / "hostile_plugins.py").write_text(PLUGINS, encoding="utf-8")
    with installed(site):
        yield


@pytest.mark.parametrize(
    "line",
    [
        "provider list",
        "provider health",
        "provider contract --all",
        "doctor",
        "negotiate --workflow planning",
        *(f"provider {command} {name}" for command in ("info", "health", "contract") for name in ENTRIES),
    ],
)
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_no_command_ends_in_a_traceback(line: str, output_format: str) -> None:
    outcome = worldforge(f"{line} --format {output_format}")
    assert outcome.code in {0, 1, 4}
    assert "Traceback" not in outcome.err
    assert "hf_aB3" not in outcome.out + outcome.err


def test_each_fault_is_named_and_hides_nobody() -> None:
    found = {each["name"]: each for each in json.loads(worldforge("provider list --format json").out)["providers"]}
    assert (found["mock"]["status"], found["right"]["status"]) == ("ready", "ready")
    faults = {name: each["detail"] for name, each in found.items() if each["status"] == "broken"}
    assert faults == {
        "no-capabilities": "its capabilities are a NoneType, not ProviderCapabilities",
        "odd-capabilities": "its capability embed is neither True nor False",
        "no-profile": "its profile_spec is a NoneType, not a ProviderProfileSpec",
        "odd-profile": "its profile_spec is not well-formed: Expected `str`, got `object` - at `$.description`",
        "no-requirements": "its requirements are not a tuple of Requirement",
        "raises": "SystemExit: 7",
        "impostor": "its provider calls itself 'somebody-else'",
        "not-a-class": faults["not-a-class"],
        "not-there": faults["not-there"],
    }
    assert "NotAClass" in faults["not-a-class"]
    assert "NotThere" in faults["not-there"]
    assert found["leaves"]["status"] == "not_configured"
    assert found["tells-nonsense"]["status"] == "unhealthy"


def test_nobody_takes_the_place_of_a_builtin() -> None:
    found = json.loads(worldforge("provider info mock --format json").out)
    assert found["origin"] == "builtin"
    assert found["capabilities"] == ["predict", "embed", "score"]
    (ignored,) = json.loads(worldforge("provider list --format json").out)["ignored"]
    assert (ignored["name"], ignored["reason"]) == ("mock", "worldflux registers the same name")
    assert "ignored: mock of hostile-plugins" in worldforge("provider list").out
    checks = json.loads(worldforge("doctor --format json").out)["checks"]
    assert {"check": "plugin mock", "status": "note"}.items() <= checks[-1].items()
