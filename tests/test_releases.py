"""What any version has signed, every later one verifies: bytes, signers and every number, for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests import forgeries as forge
from tests.support import FIXTURES
from tests.worldflux.signed_packages import quiet, verified
from tests.worldflux.verify.elsewhere import node
from worldbase import __version__
from worldflux.package import layout
from worldflux.package.archive import unpack

RELEASES: Final = FIXTURES / "releases"
KEPT: Final = sorted(RELEASES.glob("*/*.tar.gz"))


def named(archive: Path) -> str:
    return f"{archive.parent.name}/{archive.name.removesuffix('.tar.gz')}"


def stated(archive: Path) -> dict[str, Any]:
    """What was true of a package when it was kept."""
    index = json.loads((archive.parent / "packages.json").read_bytes())
    value: dict[str, Any] = index[archive.name.removesuffix(".tar.gz")]
    return value


@pytest.mark.parametrize("archive", KEPT, ids=named)
def test_it_verifies_with_every_number(archive: Path) -> None:
    expected = stated(archive)
    trusted = archive.parent / "trusted.json"
    report = verified(archive, trusted=trusted, expect=(f"package={expected['manifest']}",))
    assert report.exit_code == 0, report.conclusion
    assert report.package
    assert (report.package.verdict, report.package.level) == (expected["verdict"], "episodes")
    assert {gate.status for gate in report.gates} == {"pass"}
    assert all(review.good for review in report.reviews)


def test_the_second_verifier_says_the_same() -> None:
    asked = [
        node.Asked(archive, archive.parent / "trusted.json", expect={"package": stated(archive)["manifest"]})
        for archive in KEPT
    ]
    for archive, report in zip(KEPT, node.reports(asked), strict=True):
        assert (report["exit_code"], report["package"]["verdict"]) == (0, stated(archive)["verdict"]), named(archive)


@pytest.mark.parametrize("archive", KEPT, ids=named)
def test_a_share_of_it_verifies_from_its_cells(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "share", quiet)
    forge.share(tmp_path / "share")
    report = verified(tmp_path / "share", trusted=archive.parent / "trusted.json", profile="share")
    assert report.exit_code == 0, report.conclusion
    assert report.package
    assert report.package.level == "cells"


@pytest.mark.parametrize("archive", KEPT, ids=named)
def test_it_still_matters_what_is_in_it(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "package", quiet)
    forge.by_author(forge.edited("evidence.json", lambda value: value.update(headline="Other words.")))(
        tmp_path / "package"
    )
    assert verified(tmp_path / "package", trusted=archive.parent / "trusted.json").exit_code == 18


@pytest.mark.parametrize("folder", sorted(RELEASES.iterdir()), ids=lambda folder: folder.name)
def test_what_is_kept_of_a_version(folder: Path) -> None:
    archives = {path.name.removesuffix(".tar.gz") for path in folder.glob("*.tar.gz")}
    assert archives == set(json.loads((folder / "packages.json").read_bytes()))
    assert {path.name for path in folder.iterdir()} == {
        *(f"{name}.tar.gz" for name in archives),
        "packages.json",
        "trusted.json",
        "README.md",
    }
    assert sum(path.stat().st_size for path in folder.iterdir()) < 300_000


def test_this_version_has_kept_packages() -> None:
    """Run `python -m scripts.keep_release_package` when the version changes."""
    assert (RELEASES / __version__).is_dir()


def test_the_packages_of_this_version_have_every_member_and_a_review(tmp_path: Path) -> None:
    found: set[str] = set()
    for archive in sorted((RELEASES / __version__).glob("*.tar.gz")):
        unpack(archive, tmp_path / archive.name, quiet)
        found |= {str(path.relative_to(tmp_path / archive.name)) for path in (tmp_path / archive.name).rglob("*")}
    assert found >= {*layout.KNOWN, layout.MANIFEST}
    assert any(name.startswith(layout.REVIEWER) for name in found)
