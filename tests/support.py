"""Where things are, for the tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

REPO: Final = Path(__file__).resolve().parent.parent
FIXTURES: Final = REPO / "tests" / "fixtures"
GOLDEN: Final = REPO / "tests" / "golden"
SHARED_DATA: Final = Path(os.environ.get("WORLDFLUX_SHARED_DATA", REPO.parent / "shared" / "data"))


def shared_data(name: str) -> Path:
    """A file or folder of data that may not be committed; the test is skipped, visibly, where it is absent."""
    path = SHARED_DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in WORLDFLUX_SHARED_DATA ({SHARED_DATA})")
    return path
