"""Fixtures that all tests share."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import GOLDEN

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--update-golden`."""
    parser.addoption("--update-golden", action="store_true", help="Rewrite tests/golden from what the code says now.")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys, trust files and memory of this test alone; those of whoever runs the tests are never touched."""
    folder = tmp_path_factory.getbasetemp() / f"home-{uuid.uuid4().hex}"
    monkeypatch.setenv("WORLDFLUX_HOME", str(folder))
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare a text with `tests/golden/<name>`, or rewrite that file under `--update-golden`."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if text != expected:
            lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), f"golden/{name}", "now", lineterm="")
            pytest.fail("\n".join(lines) + "\n(if this is right: just golden, and review the diff)", pytrace=False)

    return check
