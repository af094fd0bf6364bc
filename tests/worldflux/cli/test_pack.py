"""`worldflux audit pack` and `audit unpack`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import worldflux
from tests.worldflux.small_package import contents, small_package
from worldbase import digest
from worldflux.package import layout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_package(tmp_path / "mine")
    return tmp_path


def test_both_ways_print_the_same_digests(folder: Path) -> None:
    packed = worldflux("audit pack mine --output x.tar.gz")
    unpacked = worldflux("audit unpack x.tar.gz --output theirs")
    assert (packed.code, packed.err, unpacked.code, unpacked.err) == (0, "", 0, "")
    for line in (digest.of_file(folder / "x.tar.gz"), digest.of_file(folder / "mine" / layout.MANIFEST)):
        assert line in packed.out
        assert line in unpacked.out
    assert "5 files, 1 signature file(s)" in packed.out
    assert "worldflux audit verify theirs" in unpacked.out
    assert contents(folder / "theirs") == contents(folder / "mine")


def test_the_report_as_json(folder: Path) -> None:
    packed = json.loads(worldflux("audit pack mine --output x.tar --format json").out)
    assert packed == {
        "archive": "x.tar",
        "archive_digest": digest.of_file(folder / "x.tar"),
        "manifest_digest": digest.of_file(folder / "mine" / layout.MANIFEST),
        "files": 5,
        "signatures": 1,
        "bytes": (folder / "x.tar").stat().st_size,
    }
    unpacked = json.loads(worldflux("audit unpack x.tar --output theirs --format json").out)
    assert unpacked == {**packed, "package": "theirs"}
    assert worldflux("audit unpack x.tar --output others --format markdown").out.startswith("```\n5 files")


def test_a_package_without_signature_is_packed_and_that_is_said(folder: Path) -> None:
    small_package(folder / "unsigned", signed=False)
    packed = worldflux("audit pack unsigned --output x.tar")
    assert "not signed" in packed.out
    assert "worldflux audit sign unsigned" in packed.out


def test_quiet_prints_nothing(folder: Path) -> None:
    assert worldflux("audit pack mine --output x.tar -q").out == ""
    assert worldflux("audit unpack x.tar --output theirs -q").out == ""
    assert (folder / "theirs").is_dir()


def test_nothing_is_replaced_without_a_word(folder: Path) -> None:
    worldflux("audit pack mine --output x.tar")
    assert worldflux("audit pack mine --output x.tar").code == 2
    assert worldflux("audit pack mine --output x.tar --overwrite").code == 0
    worldflux("audit unpack x.tar --output theirs")
    (folder / "theirs" / "claim.json").write_text("mine")
    assert worldflux("audit unpack x.tar --output theirs").code == 2
    signed = worldflux("audit unpack x.tar --output theirs --overwrite")
    assert (signed.code, "[output.signed]" in signed.err) == (2, True)
    assert (folder / "theirs" / "claim.json").read_text() == "mine"
    assert worldflux("audit unpack x.tar --output theirs --overwrite --overwrite-signed").code == 0
    assert contents(folder / "theirs") == contents(folder / "mine")


def test_what_is_unsafe_leaves_with_the_code_of_its_gate(folder: Path) -> None:
    (folder / "x.tar").write_text("no archive" * 100)
    refused = worldflux("audit unpack x.tar --output theirs")
    assert (refused.code, refused.out) == (10, "")
    assert "[tree.archive_format]" in refused.err
    (folder / "mine" / "link.json").symlink_to("claim.json")
    assert worldflux("audit pack mine --output y.tar").code == 10
    assert worldflux("audit pack nothing --output y.tar").code == 3
    assert not (folder / "y.tar").exists()


def test_paths_that_lead_in_circles_end_in_an_error(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    tar = "x.tar"
    worldflux(f"audit pack mine --output {tar}")
    long = "n" * 300
    lines = (
        [f"audit pack {place} --output y.tar" for place in ("loop", "loop/x", long)]
        + [f"audit pack mine --output {place}" for place in ("loop.tar/x.tar", "loop/x.tar", f"{long}.tar")]
        + [f"audit unpack {place} --output theirs" for place in ("loop", "loop/x", long, "mine")]
        + [f"audit unpack {tar} --output {place} --overwrite" for place in ("loop", "loop/x", f"{tar}/x", long)]
    )
    (folder / "loop.tar").symlink_to("loop.tar")
    outcomes = [worldflux(line) for line in lines]
    assert {outcome.code for outcome in outcomes} <= {2, 3, 5}
    assert all(outcome.err.startswith("error: ") for outcome in outcomes)


@pytest.mark.parametrize("command", ["pack", "unpack"])
def test_help_ends_with_an_example(command: str) -> None:
    text = worldflux(f"audit {command} --help").out
    assert f"worldflux audit {command} evidence_pkg" in text.partition("Example")[2]
