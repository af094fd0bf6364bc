"""A package is opened once, and what is read later is what was there then."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.small_package import MEMBERS, SIGNATURE, contents, small_package
from worldbase.errors import UsageError
from worldflux.errors import GateError, PackageError
from worldflux.package import opened
from worldflux.package.opened import OpenedPackage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_package(tmp_path / "evidence_pkg")


def descriptors() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - a listing of numbers


def test_names_are_all_files_in_order(folder: Path) -> None:
    (folder / "share_url.txt").write_text("https://example.org/x")
    with OpenedPackage.open(folder) as package:
        assert package.names == (
            "artifact_manifest.json",
            "claim.json",
            "episode_results.jsonl",
            "evidence.md",
            "share_url.txt",
            SIGNATURE,
        )
        assert package.notes == ()


def test_every_way_to_read_a_file_gives_its_bytes(folder: Path) -> None:
    expected = contents(folder)
    with OpenedPackage.open(folder) as package:
        for name, data in expected.items():
            assert package.read(name) == data == package.read(name)
            assert package.stream(name).read() == data
            assert package.size(name) == len(data)


def test_digests_are_of_the_bytes_and_progress_adds_up(folder: Path) -> None:
    big = os.urandom(3 * 1024 * 1024 + 17)
    (folder / "claim.json").write_bytes(big)
    expected = {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in contents(folder).items()}
    done: list[int] = []
    with OpenedPackage.open(folder) as package:
        assert package.digests(package.names, done.append) == expected
        assert sum(done) == sum(map(package.size, package.names))
        assert package.digests(()) == {}


def test_streams_do_not_move_each_other(folder: Path) -> None:
    lines = MEMBERS["episode_results.jsonl"].splitlines(keepends=True)
    with OpenedPackage.open(folder) as package:
        first, second = package.stream("episode_results.jsonl"), package.stream("episode_results.jsonl")
        read = [(first.readline(), second.readline()) for _ in lines]
        assert read == [(line, line) for line in lines]
        assert first.read() == b""


def test_a_stream_outlives_the_package(folder: Path) -> None:
    with OpenedPackage.open(folder) as package:
        stream = package.stream("claim.json")
    with stream:
        assert stream.read() == MEMBERS["claim.json"]


def test_threads_share_one_descriptor(folder: Path) -> None:
    data = os.urandom(2_000_000)
    (folder / "claim.json").write_bytes(data)
    read: list[bytes] = []
    with OpenedPackage.open(folder) as package:
        threads = [threading.Thread(target=lambda: read.append(package.read("claim.json"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert read == [data] * 4


def test_a_document_beyond_its_limit_is_not_read(folder: Path) -> None:
    with OpenedPackage.open(folder) as package:
        assert package.read("claim.json", limit=len(MEMBERS["claim.json"]))
        with pytest.raises(GateError) as caught:
            package.read("claim.json", limit=len(MEMBERS["claim.json"]) - 1)
    assert (caught.value.gate, caught.value.code, caught.value.exit_code) == ("json", "json.size", 11)


def test_the_folder_itself_may_be_reached_through_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(folder)
    with OpenedPackage.open(tmp_path / "latest") as package:
        assert package.read("claim.json") == MEMBERS["claim.json"]


def test_the_folder_one_stands_in_has_a_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with OpenedPackage.open(Path()) as package:
        assert package.folder == "evidence_pkg"


def test_what_is_no_package_is_said(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(PackageError) as missing:
        OpenedPackage.open(tmp_path / "nothing")
    with pytest.raises(UsageError) as file:
        OpenedPackage.open(folder / "claim.json")
    with OpenedPackage.open(folder) as package, pytest.raises(PackageError) as absent:
        package.read("protocol.json")
    errors = [error.value for error in (missing, file, absent)]
    assert [(error.code, error.exit_code) for error in errors] == [
        ("package.missing", 3),
        ("package.not_a_folder", 2),
        ("package.incomplete", 3),
    ]


@pytest.mark.parametrize("what", ["claim.json", "author.dsse.json", "evidence_pkg"])
def test_what_may_not_be_read_is_said(folder: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    really_open = os.open

    def forbidding(path: Any, *arguments: Any, **more: Any) -> int:
        if Path(path).name == what:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return really_open(path, *arguments, **more)

    monkeypatch.setattr(os, "open", forbidding)
    with pytest.raises(PackageError) as caught:
        OpenedPackage.open(folder)
    assert (caught.value.code, caught.value.exit_code) == ("package.unreadable", 3)
    assert what in caught.value.message


def test_descriptors_are_given_back(folder: Path) -> None:
    before = descriptors()
    with OpenedPackage.open(folder) as package:
        package.digests(package.names)
        package.stream("claim.json").close()
        assert descriptors() > before
    (folder / "link").symlink_to("claim.json")
    with pytest.raises(GateError):
        OpenedPackage.open(folder)
    assert descriptors() == before


def test_more_files_than_are_kept_open_are_read_all_the_same(tmp_path: Path) -> None:
    members = {f"f{number:04}.json": b"%d" % number for number in range(opened._KEPT_OPEN * 2)}
    folder = small_package(tmp_path / "evidence_pkg", members)
    before = descriptors()
    with OpenedPackage.open(folder) as package:
        assert descriptors() - before < opened._KEPT_OPEN + 10
        assert {name: package.read(name) for name in members} == members
        with package.stream(max(members)) as stream:
            assert stream.read() == members[max(members)]
    assert descriptors() == before


def test_a_second_name_outside_is_noted(folder: Path, tmp_path: Path) -> None:
    os.link(folder / "claim.json", tmp_path / "elsewhere.json")
    with OpenedPackage.open(folder) as package:
        (note,) = package.notes
    assert note.startswith("claim.json has 2 names")


def test_a_replacement_that_was_cut_short_is_finished_first(folder: Path) -> None:
    replaced = folder.with_name(".evidence_pkg.replaced-1")
    folder.rename(replaced)
    staging = small_package(folder.with_name(".evidence_pkg.staging-1"), {"claim.json": b"new"})
    marker = f'{{"staging": "{staging.name}", "replaced": "{replaced.name}"}}'
    folder.with_name(".evidence_pkg.replacing.json").write_text(marker)
    with OpenedPackage.open(folder) as package:
        assert package.read("claim.json") == b"new"
