"""Dataset manifests: what they may say, what of them gets into a report, and how one is made."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support import REPO
from worldbase import digest
from worldbase.errors import WorldError
from worldforge.evaluation.dataset_drafts import draft, entry_of
from worldforge.evaluation.dataset_manifest import (
    LARGEST_LOCAL_FILE,
    DatasetPrivacy,
    DatasetProvenance,
    DatasetSafety,
    check_manifest,
)

EXAMPLE = REPO / "examples" / "dataset-manifests" / "mock-evaluation-fixtures.json"
Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def manifest(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.json").write_text("{}")
    value: dict[str, Any] = json.loads(EXAMPLE.read_text())
    value["entries"] = [
        {
            "id": "a",
            "kind": "local-fixture",
            "description": "A.",
            "sha256": digest.of_bytes(b"{}"),
            "path": "data/a.json",
        },
        *value["entries"][2:],
    ]
    return value


def written(folder: Path, value: Any) -> Path:
    path = folder / "manifest.json"
    path.write_text(json.dumps(value))
    return path


def problems_of(folder: Path, value: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(WorldError) as refused:
        check_manifest(written(folder, value), root=folder)
    assert refused.value.exit_code == 3
    return [(problem.code, problem.where.pointer) for problem in refused.value.problems]


def test_the_example_holds() -> None:
    reference = check_manifest(EXAMPLE, root=REPO).reference
    assert reference.path == "examples/dataset-manifests/mock-evaluation-fixtures.json"
    assert (reference.entry_count, reference.schema_version, reference.local_only) == (4, 1, False)


def test_a_reference_holds_nothing_of_the_entries(tmp_path: Path, manifest: dict[str, Any]) -> None:
    checked = check_manifest(written(tmp_path, manifest), root=tmp_path)
    text = json.dumps(checked.reference.to_dict())
    assert "a.json" not in text
    assert "apache.org" not in text
    assert set(checked.reference.to_dict()) == {
        "id",
        "name",
        "sha256",
        "entry_count",
        "license",
        "privacy",
        "safety",
        "host_owned",
        "schema_version",
        "path",
    }


def test_the_digest_is_that_of_the_content_and_not_of_the_layout(tmp_path: Path, manifest: dict[str, Any]) -> None:
    first = check_manifest(written(tmp_path, manifest), root=tmp_path).reference.sha256
    other = tmp_path / "other.json"
    other.write_text(json.dumps(dict(reversed(manifest.items())), indent=7))
    assert check_manifest(other, root=tmp_path).reference.sha256 == first
    manifest["name"] += "!"
    assert check_manifest(written(tmp_path, manifest), root=tmp_path).reference.sha256 != first


def test_a_manifest_outside_of_the_repository_has_no_path(tmp_path: Path, manifest: dict[str, Any]) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    manifest["entries"] = manifest["entries"][1:]
    reference = check_manifest(written(tmp_path, manifest), root=root).reference
    assert (reference.path, reference.local_only) == (None, True)


def entry(number: int = 0, **changes: Any) -> Change:
    return lambda value: value["entries"][number].update(changes)


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (lambda value: value.pop("license"), "document.missing_field", "/license"),
        (lambda value: value.update(more=1), "document.unknown_field", "/more"),
        (lambda value: value.update(id="Upper"), "document.value", "/id"),
        (lambda value: value.update(schema_version=2), "document.value", "/schema_version"),
        (lambda value: value.update(entries=[]), "document.value", "/entries"),
        (lambda value: value.update(host_acquisition_steps=[]), "document.value", "/host_acquisition_steps"),
        (lambda value: value["privacy"].update(classification="secret"), "document.value", "/privacy/classification"),
        (lambda value: value["safety"].update(reviewed="yes"), "document.value", "/safety/reviewed"),
        (lambda value: value["provenance"].pop("owner"), "document.missing_field", "/provenance/owner"),
        (entry(sha256="sha256:abc"), "document.value", "/entries/0/sha256"),
        (entry(kind="film"), "document.value", "/entries/0/kind"),
        (entry(1, id="a"), "dataset.duplicate_entry", "/entries/1/id"),
        (lambda value: value["entries"][0].pop("path"), "dataset.no_address", "/entries/0/path"),
        (entry(uri="https://example.org/a.json"), "dataset.other_address", "/entries/0/uri"),
        (entry(2, path="data/a.json"), "dataset.other_address", "/entries/2/path"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused_with_its_place(
    tmp_path: Path, manifest: dict[str, Any], change: Change, code: str, pointer: str
) -> None:
    change(manifest)
    assert (code, pointer) in problems_of(tmp_path, manifest)


@pytest.mark.parametrize(
    "path",
    [
        "../a.json",
        "/etc/a.json",
        "~/a.json",
        "data\\a.json",
        "C:a.json",
        "./data/a.json",
        "data//a.json",
        "data/a.bin",
        ".hidden.json",
        "data/.git/a.json",
        "data/a",
        "con.json",
        "data/a.json ",
        "a\u202e.json",
        "data/ä.json",
    ],
)
def test_a_path_that_is_not_plain_is_refused(tmp_path: Path, manifest: dict[str, Any], path: str) -> None:
    entry(path=path)(manifest)
    assert any(pointer == "/entries/0/path" for _, pointer in problems_of(tmp_path, manifest))


@pytest.mark.parametrize(
    "uri",
    [
        "http://example.org/a",
        "https://example.org/a?X-Amz-Signature=1",
        "https://example.org/a?",
        "https://example.org/a#b",
        "https://user:word@example.org/a",
        "https://user@example.org/a",
        "https:///a",
        "https://example.org:8443/a",
        "https://[::1/a",
        "https://localhost/a",
        "https://10.0.0.3/a",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "https://example.org/a b",
        "https://example.org/\u202ea",
        "data/a.json",
    ],
)
def test_an_address_that_is_not_public_and_stable_is_refused(
    tmp_path: Path, manifest: dict[str, Any], uri: str
) -> None:
    entry(1, uri=uri)(manifest)
    assert problems_of(tmp_path, manifest)


@pytest.mark.parametrize("asset", ["/data/asset", "a/b", "C:\\x", "~me", "D:x", "..\\x"])
def test_an_asset_is_named_and_not_located(tmp_path: Path, manifest: dict[str, Any], asset: str) -> None:
    entry(2, asset_id=asset)(manifest)
    assert problems_of(tmp_path, manifest)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("name", "from /home/alice/data"),
        ("license", "token=ghp_Zq8vT2mN4kLr7XwB1cYd5HfJ9sPgA3eUoK6i"),
        ("description", "ask alice.smith@corp.example.com"),
    ],
)
def test_a_manifest_with_something_private_is_refused(
    tmp_path: Path, manifest: dict[str, Any], place: str, text: str
) -> None:
    manifest[place] = text
    assert problems_of(tmp_path, manifest) == [("dataset.private", f"/{place}")]


def test_a_secret_in_the_metadata_is_found_by_its_key(tmp_path: Path, manifest: dict[str, Any]) -> None:
    manifest["entries"][0]["metadata"] = {"api_key": "hunter2hunter2"}
    assert ("dataset.private", "/entries/0/metadata") in problems_of(tmp_path, manifest)


def test_local_files_are_looked_at(tmp_path: Path, manifest: dict[str, Any]) -> None:
    file = tmp_path / "data" / "a.json"
    file.write_text("[]")
    assert problems_of(tmp_path, manifest) == [("dataset.local_file", "/entries/0/path")]
    file.write_bytes(b" " * (LARGEST_LOCAL_FILE + 1))
    assert problems_of(tmp_path, manifest) == [("dataset.local_file", "/entries/0/path")]
    file.unlink()
    assert problems_of(tmp_path, manifest) == [("dataset.local_file", "/entries/0/path")]
    file.mkdir()
    assert problems_of(tmp_path, manifest) == [("dataset.local_file", "/entries/0/path")]


def test_a_link_is_no_fixture(tmp_path: Path, manifest: dict[str, Any]) -> None:
    outside = tmp_path.parent / "outside.json"
    outside.write_text("{}")
    file = tmp_path / "data" / "a.json"
    file.unlink()
    file.symlink_to(outside)
    assert problems_of(tmp_path, manifest) == [("dataset.local_file", "/entries/0/path")]
    file.unlink()
    (tmp_path / "data").rmdir()
    folder = tmp_path.parent / "outside"
    folder.mkdir()
    (folder / "a.json").write_text("{}")
    (tmp_path / "data").symlink_to(folder)
    assert problems_of(tmp_path, manifest) == [("dataset.local_file", "/entries/0/path")]


def made(root: Path, *files: Path, **changes: Any) -> Any:
    return draft(
        changes.pop("manifest_id", "mine"),
        files,
        root=root,
        name="Mine",
        description=changes.pop("description", "D."),
        license="MIT",
        provenance=DatasetProvenance(source="s", version="1", owner="o"),
        privacy=DatasetPrivacy(classification="public", contains_personal_data=False),
        safety=DatasetSafety(reviewed=False, contains_sensitive_capability_data=False, contains_robot_logs=False),
        host_acquisition_steps=["none"],
    )


def test_a_draft_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text("a,b\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "y.md").write_text("y")
    manifest = made(Path(), Path("x.csv"), tmp_path / "deep" / "y.md")
    assert [each.path for each in manifest.entries] == ["x.csv", "deep/y.md"]
    assert manifest.entries[0].sha256 == digest.of_bytes(b"a,b\n")


@pytest.mark.parametrize("name", ["missing.json", "folder", "model.safetensors", "../up.json"])
def test_a_file_that_a_manifest_may_not_name_is_refused(tmp_path: Path, name: str) -> None:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "model.safetensors").write_text("x")
    (tmp_path / "up.json").write_text("{}")
    with pytest.raises(WorldError) as refused:
        entry_of(root / name, root)
    assert refused.value.code == "dataset.local_file"
    assert str(tmp_path) not in f"{refused.value} {refused.value.where}"


@pytest.mark.parametrize("changes", [{"manifest_id": "No Id"}, {"description": "in /home/alice"}])
def test_a_draft_is_checked_as_a_whole(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "x.csv").write_text("a")
    with pytest.raises(WorldError) as refused:
        made(tmp_path, tmp_path / "x.csv", **changes)
    assert refused.value.code == "document.invalid"


def test_checking_changes_nothing(tmp_path: Path, manifest: dict[str, Any]) -> None:
    path = written(tmp_path, manifest)
    before = copy.deepcopy({each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")})
    check_manifest(path, root=tmp_path)
    assert {each: each.stat().st_mtime_ns for each in tmp_path.rglob("*")} == before
