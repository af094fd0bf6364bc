"""Fixtures of the viewer's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import inside
from tests.worldforge.view.workspaces import sample_workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """The sample workspace, by the relative name that it has in every picture."""
    with inside(tmp_path):
        yield sample_workspace(Path(".worldforge"))
