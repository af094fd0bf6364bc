"""Every vector gets the exit code and the gate that its index states; the second verifier runs the same files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import REPO
from tests.worldflux.signed_packages import verified
from worldflux.errors import EXIT_CODES

VECTORS: Final = REPO / "tests" / "vectors"
INDEX: Final[list[dict[str, Any]]] = json.loads((VECTORS / "vectors.json").read_bytes())["vectors"]


@pytest.mark.parametrize("vector", INDEX, ids=[vector["name"] for vector in INDEX])
def test_vector(vector: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path))
    report = verified(
        VECTORS / vector["file"],
        trusted=VECTORS / vector["trusted"] if vector["trusted"] else None,
        profile=vector["profile"],
        expect=tuple(f"{name}={value}" for name, value in vector["expect"].items()),
    )
    failed = next((gate.id for gate in report.gates if gate.status == "fail"), None)
    assert (report.exit_code, failed) == (vector["exit_code"], vector["gate"]), report.conclusion
    assert report.ok == (vector["exit_code"] == 0)
    assert [gate.id for gate in report.gates] == list(EXIT_CODES)


def test_every_gate_has_vectors() -> None:
    assert {vector["gate"] for vector in INDEX} == {None, *EXIT_CODES}


def test_files_and_index_belong_together() -> None:
    named = {name for vector in INDEX for name in (vector["file"], vector["trusted"]) if name}
    assert named | {"vectors.json"} == {path.name for path in VECTORS.iterdir()}
