"""What people read, pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import inside, worldflux
from tests.conftest import Golden


@pytest.fixture
def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo's packages, with the clock standing still."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795219200")
    with inside(tmp_path):
        assert worldflux("demo --quiet").code == 0
    return tmp_path / "worldflux-demo"


@pytest.mark.parametrize("example", ["metaworld", "pusht"])
def test_evidence_md(example: str, demo: Path, golden: Golden) -> None:
    golden(f"{example}.evidence.md", (demo / example / "evidence_pkg" / "evidence.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", ["metaworld", "pusht"])
def test_inspect(example: str, demo: Path, golden: Golden) -> None:
    golden(f"{example}.inspect.txt", worldflux("evidence inspect", demo / example / "evidence_pkg").out)


def test_diff(demo: Path, golden: Golden) -> None:
    left, right = demo / "metaworld" / "evidence_pkg", demo / "pusht" / "evidence_pkg" / "evidence.json"
    golden("diff.txt", worldflux("evidence diff", left, right).out)
    golden("diff.md", worldflux("evidence diff --format markdown", left, right).out)
