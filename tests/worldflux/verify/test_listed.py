"""Gate `manifest`: what is listed, what is there, and which of it a share may leave out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests import forgeries as forge
from tests.forgeries import Change, all_of, edited
from tests.tampering import MANIFEST, copied, edit_json, rehash
from tests.worldflux.signed_packages import small_package
from worldbase import document
from worldflux.documents.manifests import ArtifactManifest
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.verify.listed import Profile, require_listed, withheld_by

HOSTED: Final = [name for name, member in layout.MEMBERS.items() if member.share_class == "hosted"]
LOCAL: Final = [name for name, member in layout.MEMBERS.items() if member.share_class == "local"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("plain"))[1]


@pytest.fixture
def package(plain: Path, tmp_path: Path) -> Path:
    return copied(plain, tmp_path / "package")


def compared(folder: Path, profile: Profile = "local", advance: Callable[[int], None] = lambda amount: None) -> str:
    manifest = document.parse((folder / MANIFEST).read_bytes(), ArtifactManifest).document
    with OpenedPackage.open(folder) as package:
        return require_listed(manifest, package, profile, advance)


def refusal(folder: Path, profile: Profile = "local") -> GateError:
    with pytest.raises(GateError) as caught:
        compared(folder, profile)
    assert (caught.value.gate, caught.value.exit_code) == ("manifest", 13)
    assert caught.value.hint
    return caught.value


def codes(folder: Path, profile: Profile = "local") -> set[str]:
    error = refusal(folder, profile)
    found = {problem.code for problem in error.problems}
    assert error.code in found
    return found


def entry(name: str, **fields: Any) -> Change:
    """Change the entry of a member in the manifest."""

    def change(value: dict[str, Any]) -> None:
        next(item for item in value["files"] if item["path"] == name).update(fields)

    return edited(MANIFEST, change)


def test_what_was_written_is_what_is_listed(package: Path) -> None:
    assert compared(package) == "10 files have the listed size and SHA-256, and there is no other"


def test_every_byte_is_hashed_and_told(package: Path) -> None:
    told: list[int] = []
    compared(package, advance=told.append)
    assert sum(told) == sum((package / name).stat().st_size for name in layout.MEMBERS)


@pytest.mark.parametrize("name", ["signatures/anything.json", "share_url.txt"])
def test_what_lies_outside_the_manifest(package: Path, name: str) -> None:
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("x")
    compared(package)


@pytest.mark.parametrize("name", ["notes.txt", "signatures.json", "share_url.txt.old", ".hidden"])
def test_any_other_file_is_refused(package: Path, name: str) -> None:
    (package / name).write_text("x")
    error = refusal(package)
    assert (error.code, str(error.where)) == ("manifest.extra_file", name)


@pytest.mark.parametrize("name", layout.MEMBERS)
def test_a_member_that_is_absent(package: Path, name: str) -> None:
    (package / name).unlink()
    assert codes(package) == {"manifest.absent_file"}
    if name in HOSTED:
        assert codes(package, "share") == {"manifest.absent_file"}
    else:
        assert compared(package, "share").endswith("; 1 listed files are withheld")


def test_under_the_local_profile_a_share_is_told_from_a_spoilt_package(package: Path) -> None:
    forge.share(package)
    assert "--profile share" in (refusal(package).hint or "")
    (package / "claim.json").write_text("{}")
    assert "--profile share" not in (refusal(package).hint or "")


def test_what_a_share_withholds_is_fixed_and_not_the_authors_word(package: Path) -> None:
    manifest = document.parse((package / MANIFEST).read_bytes(), ArtifactManifest).document
    forge.share(package)
    with OpenedPackage.open(package) as opened:
        assert sorted(withheld_by(manifest, opened)) == sorted(LOCAL)
    (package / "evidence.json").unlink()
    entry("evidence.json", share_class="local")(package)
    assert codes(package, "share") == {"manifest.absent_file", "manifest.other_role"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (forge.other_byte("evidence.md"), "manifest.other_bytes"),
        (forge.appended("evidence.md", b"x"), "manifest.other_bytes"),
        (entry("evidence.md", size=1), "manifest.other_bytes"),
        (entry("evidence.md", sha256="sha256:" + "0" * 64), "manifest.other_bytes"),
        (entry("evidence.md", role="claim"), "manifest.other_role"),
        (entry("evidence.md", media_type="text/plain"), "manifest.other_role"),
        (entry("episode_results.jsonl", share_class="hosted"), "manifest.other_role"),
        (forge.list_another, "manifest.unknown_member"),
        (all_of(forge.removed("evidence.md"), rehash), "manifest.not_listed"),
    ],
)
def test_every_way_to_differ_has_its_code(package: Path, change: Change, code: str) -> None:
    change(package)
    assert codes(package) == {code}


def test_all_differences_are_told_at_once(package: Path) -> None:
    forge.other_byte("claim.json")(package)
    forge.removed("evidence.md")(package)
    (package / "notes.txt").write_text("x")
    error = refusal(package)
    assert "3 place(s)" in error.message
    assert {problem.code for problem in error.problems} == {
        "manifest.other_bytes",
        "manifest.absent_file",
        "manifest.extra_file",
    }


def test_a_long_name_is_cut_in_what_is_said(package: Path) -> None:
    (package / ("n" * 200)).write_text("x")
    assert len(str(refusal(package))) < 400


def test_a_member_that_was_asked_for_may_be_withheld_too(package: Path) -> None:
    (package / "stopping.json").write_text("{}")
    value = json.loads((package / MANIFEST).read_bytes())
    value["files"].append({**value["files"][0], "path": "stopping.json", "role": "stopping", "share_class": "local"})
    value["files"].sort(key=lambda item: item["path"])
    edit_json(package / MANIFEST, lambda manifest: manifest.update(value))
    rehash(package)
    compared(package)
    (package / "stopping.json").unlink()
    assert codes(package) == {"manifest.absent_file"}
    compared(package, "share")
