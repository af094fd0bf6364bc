"""Dataset manifests whose names look like something else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import REPO
from worldbase import digest
from worldbase.errors import WorldError
from worldforge.evaluation.dataset_manifest import check_manifest


def refused_entries(folder: Path, *entries: dict[str, str]) -> list[str | None]:
    example = REPO / "examples" / "dataset-manifests" / "mock-evaluation-fixtures.json"
    common = {"id": "a", "description": "-", "sha256": digest.of_bytes(b"")}
    value = {**json.loads(example.read_text()), "entries": [{**common, **entry} for entry in entries]}
    (folder / "m.json").write_text(json.dumps(value))
    with pytest.raises(WorldError) as refused:
        check_manifest(folder / "m.json", root=folder)
    return [problem.where.pointer for problem in refused.value.problems]


@pytest.mark.parametrize("name", [".", "..", "...", "file:x", "FILE:x", "a\nb", "\u202egnp", "a\u200bb", "\x1b[2J"])
def test_an_asset_is_no_path_in_disguise_and_can_be_read(tmp_path: Path, name: str) -> None:
    assert refused_entries(tmp_path, {"kind": "host-asset", "asset_id": name}) == ["/entries/0/asset_id"]


@pytest.mark.parametrize("path", ["../a", "a/../b", "%2e%2e/a", "a/%2E/b", ".%2e/a"])
def test_an_address_takes_no_steps_out_of_its_folder(tmp_path: Path, path: str) -> None:
    entry = {"kind": "remote-reference", "uri": f"https://example.org/{path}"}
    assert refused_entries(tmp_path, entry) == ["/entries/0/uri"]


@pytest.mark.parametrize(
    ("one", "other"), [("e", "E"), ("é", "e\u0301"), ("a", "a\u200b"), ("\uff41", "a"), ("ss", "ß")]
)
def test_two_entries_do_not_look_alike(tmp_path: Path, one: str, other: str) -> None:
    entries = [{"kind": "host-asset", "asset_id": "x", "id": name} for name in (one, other)]
    assert refused_entries(tmp_path, *entries) == ["/entries/1/id"]
