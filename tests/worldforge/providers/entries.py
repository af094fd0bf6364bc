"""Entry points as other packages register them, for the length of a test."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from worldforge.providers.registry import BUILTINS, GROUP

MODULE = """
from worldforge.errors import ProviderError
from worldforge.providers.contract import (
    BaseProvider, ProviderCapabilities, ProviderHealth, ProviderProfileSpec, Requirement,
)
from worldforge.values import EmbeddingResult

LOADED = []


class Near(BaseProvider):
    name = "near"
    capabilities = ProviderCapabilities(embed=True)

    def embed(self, *, text):
        return EmbeddingResult(self.name, "m", (1.0,))


class Far(Near):
    name = "far"
    profile_spec = ProviderProfileSpec(is_local=False)


class Locked(Near):
    name = "locked"
    requirements = (Requirement(("OUTSIDE_LOCKED_KEY",)),)


class Confused(Near):
    name = "confused"

    def configured(self):
        raise RuntimeError("confused")

    def health(self):
        raise RuntimeError("very confused")


def make_near(event_handler=None):
    LOADED.append(event_handler)
    provider = Near(event_handler=event_handler)
    provider.name = "made"
    return provider


def leave(event_handler=None):
    raise SystemExit("secret in /home/ada/key")


def give_nothing(event_handler=None):
    return 7


def take_nothing():
    return Near()


NOT_CALLABLE = 7
"""

GOOD = {"near": "Near", "far": "Far", "locked": "Locked", "confused": "Confused", "made": "make_near"}
BAD = {
    "leaves": "leave",
    "nothing": "give_nothing",
    "narrow": "take_nothing",
    "constant": "NOT_CALLABLE",
    "absent": "NOBODY",
    "misnamed": "Near",
}


@pytest.fixture
def outside_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Registers entry points (name -> attribute of the module above) beside those of this package."""
    (tmp_path / "outside_entries.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("OUTSIDE_LOCKED_KEY", raising=False)
    monkeypatch.delenv("WORLDFORGE_DISABLE_ENTRY_POINTS", raising=False)

    def register(**entries: str) -> None:
        own = [EntryPoint(name, value, GROUP) for name, value in BUILTINS.items()]
        others = [EntryPoint(name, f"outside_entries:{attribute}", GROUP) for name, attribute in entries.items()]
        found = EntryPoints([*own, *others])
        monkeypatch.setattr("worldbase.plugins.entry_points", lambda *, group: found.select(group=group))

    return register
