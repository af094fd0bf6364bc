"""`worldflux audit verifier`: what it writes is what was released."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from scripts import assemble_verifier
from tests.command import worldflux


@pytest.mark.parametrize("name", ["worldflux-verify.js", "worldflux-verify.html"])
def test_writes_the_released_file_and_prints_its_digest(tmp_path: Path, name: str) -> None:
    done = worldflux("audit verifier --output", tmp_path / name)
    assert done.code == 0
    released = {line[66:]: line[:64] for line in assemble_verifier.DIGESTS.read_text().splitlines()}
    assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == released[name]
    assert released[name] in done.out


def test_says_the_same_as_json(tmp_path: Path) -> None:
    told = json.loads(worldflux("audit verifier --format json --output", tmp_path / "v.js").out)
    assert told["sha256"] == hashlib.sha256((tmp_path / "v.js").read_bytes()).hexdigest()


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    done = worldflux("audit verifier --output", tmp_path / "verifier.exe")
    assert (done.code, list(tmp_path.iterdir())) == (2, [])
    assert "verifier.suffix" in done.err


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    (tmp_path / "v.js").write_text("mine")
    assert worldflux("audit verifier --output", tmp_path / "v.js").code == 2
    assert (tmp_path / "v.js").read_text() == "mine"
    assert worldflux("audit verifier --overwrite --output", tmp_path / "v.js").code == 0
