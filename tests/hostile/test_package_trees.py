"""Folders that were made to be read wrongly: each is refused before its bytes are judged, with exit 10."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.worldflux.small_package import MEMBERS, SIGNATURE, small_package
from worldbase import digest
from worldflux.errors import GateError
from worldflux.package import layout, opened, tree
from worldflux.package.opened import OpenedPackage

Attack = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_package(tmp_path / "evidence_pkg")


def refusal(folder: Path) -> tuple[str, int]:
    with pytest.raises(GateError) as caught:
        OpenedPackage.open(folder)
    assert caught.value.gate == "tree"
    assert caught.value.hint
    return caught.value.code, caught.value.exit_code


def replaced_by_link(folder: Path) -> None:
    member = folder / "claim.json"
    member.rename(folder.parent / "elsewhere.json")
    member.symlink_to("../elsewhere.json")


def signatures_elsewhere(folder: Path) -> None:
    (folder / layout.SIGNATURES).rename(folder.parent / "elsewhere")
    (folder / layout.SIGNATURES).symlink_to("../elsewhere")


def bound_socket(folder: Path) -> None:
    with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as bound:
        bound.bind("claim")


ATTACKS: Final[dict[str, tuple[Attack, str]]] = {
    "symlink in place of a member": (replaced_by_link, "tree.symlink"),
    "symlink that leads nowhere": (lambda folder: (folder / "x.json").symlink_to("nowhere"), "tree.symlink"),
    "symlink to itself": (lambda folder: (folder / "x.json").symlink_to("x.json"), "tree.symlink"),
    "symlink in place of the signatures": (signatures_elsewhere, "tree.symlink"),
    "symlink among the signatures": (
        lambda folder: (folder / layout.SIGNATURES / "x.json").symlink_to("../claim.json"),
        "tree.symlink",
    ),
    "hard link between members": (
        lambda folder: os.link(folder / "claim.json", folder / "copy.json"),
        "tree.hard_link",
    ),
    "hard link to a signature": (lambda folder: os.link(folder / SIGNATURE, folder / "copy.json"), "tree.hard_link"),
    "pipe": (lambda folder: os.mkfifo(folder / "claim2.json"), "tree.special_file"),
    "pipe among the signatures": (lambda folder: os.mkfifo(folder / f"{layout.REVIEWER}1"), "tree.special_file"),
    "socket": (bound_socket, "tree.special_file"),
    "folder": (lambda folder: (folder / "videos").mkdir(), "tree.folder"),
    "hidden folder": (lambda folder: (folder / ".git").mkdir(), "tree.folder"),
    "folder among the signatures": (lambda folder: (folder / layout.SIGNATURES / "old").mkdir(), "tree.folder"),
    "signatures in capitals": (
        lambda folder: (folder / layout.SIGNATURES).rename(folder / "SIGNATURES"),
        "tree.folder",
    ),
    "name in capitals": (lambda folder: (folder / "Claim.json").write_text("{}"), "tree.collision"),
    "name in full width": (lambda folder: (folder / "\uff43laim.json").write_text("{}"), "tree.collision"),
    "name with a ligature": (lambda folder: (folder / "claim.\ufb01").write_text("{}"), "tree.unsafe_name"),
    "name with a long s": (lambda folder: (folder / "epi\u017fode_results.jsonl").write_text("{}"), "tree.collision"),
    "name that ends in a dot": (lambda folder: (folder / "claim.json.").write_text("{}"), "tree.unsafe_name"),
    "name that ends in a space": (lambda folder: (folder / "claim.json ").write_text("{}"), "tree.unsafe_name"),
    "name that Windows reserves": (lambda folder: (folder / "aux.json").write_text("{}"), "tree.unsafe_name"),
    "name with a backslash": (lambda folder: (folder / "..\\claim.json").write_text("{}"), "tree.unsafe_name"),
    "name with a drive": (lambda folder: (folder / "c:claim.json").write_text("{}"), "tree.unsafe_name"),
    "name with an escape code": (lambda folder: (folder / "a\x1b[2J.json").write_text("{}"), "tree.unsafe_name"),
    "name with a line break": (lambda folder: (folder / "a\nb.json").write_text("{}"), "tree.unsafe_name"),
    "name that reads backwards": (lambda folder: (folder / "a\u202enosj").write_text("{}"), "tree.unsafe_name"),
    "name that is no text": (
        lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/a\xff.json")).write_text("{}"),
        "tree.unsafe_name",
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_unsafe_tree_is_refused(folder: Path, attack: str) -> None:
    do, code = ATTACKS[attack]
    do(folder)
    assert refusal(folder) == (code, 10)


def test_a_device_is_refused(folder: Path) -> None:
    try:
        os.mknod(folder / "null.json", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    assert refusal(folder) == ("tree.special_file", 10)


def test_a_folder_of_very_many_files_is_refused(folder: Path) -> None:
    for number in range(tree.MAX_FILES):
        (folder / f"{number}.json").touch()
    assert refusal(folder) == ("tree.too_many_files", 10)


def test_very_many_signatures_are_refused(folder: Path) -> None:
    for number in range(tree.MAX_SIGNATURES):
        (folder / f"{layout.REVIEWER}{number:08}.dsse.json").touch()
    assert refusal(folder) == ("tree.too_many_files", 10)


def test_very_many_bytes_are_refused(folder: Path) -> None:
    with (folder / "claim.json").open("r+b") as stream:
        stream.truncate(tree.MAX_BYTES)  # a hole: it takes no space
    assert refusal(folder) == ("tree.too_large", 10)


def other_file(path: Path) -> None:
    (path.parent / "other").write_bytes(b"evil")
    (path.parent / "other").replace(path)


def link_instead(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_to_itself_elsewhere(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere.json")
    path.symlink_to("../elsewhere.json")


SWAPS: Final = [other_file, link_instead, link_to_itself_elsewhere, pipe_instead, Path.unlink]


def aged(folder: Path) -> Path:
    """Files from long ago, so that a change shows whatever the clock of the file system can tell apart."""
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (1, 1))
    return folder


@pytest.mark.parametrize("swap", SWAPS)
def test_a_file_swapped_after_opening_changes_nothing(folder: Path, swap: Attack) -> None:
    with OpenedPackage.open(aged(folder)) as package:
        swap(folder / "claim.json")
        expected = MEMBERS["claim.json"]
        assert package.read("claim.json") == package.stream("claim.json").read() == expected
        assert package.digests(["claim.json"]) == {"claim.json": digest.of_bytes(expected)}


@pytest.mark.parametrize("swap", SWAPS)
def test_a_file_swapped_between_look_and_opening_is_refused(
    folder: Path, swap: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swap_after_the_look(_names: Any) -> None:
        swap(folder / "claim.json")

    monkeypatch.setattr(tree, "check_names", swap_after_the_look)
    assert refusal(aged(folder)) == ("tree.changed", 10)


def test_signatures_swapped_between_look_and_opening_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def swap_and_hide(_name: str) -> None:
        signatures_elsewhere(folder)
        os.utime(folder, (1, 1))

    monkeypatch.setattr(tree, "refuse_folder", swap_and_hide)
    assert refusal(aged(folder)) == ("tree.changed", 10)


@pytest.mark.parametrize("swap", SWAPS)
def test_a_file_that_was_not_kept_open_is_refused_once_swapped(
    folder: Path, swap: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "_KEPT_OPEN", 0)
    with OpenedPackage.open(aged(folder)) as package:
        swap(folder / "claim.json")
        readings: list[Callable[[str], Any]] = [package.read, package.stream, lambda name: package.digests([name])]
        for reading in readings:
            before = len(os.listdir("/dev/fd"))  # noqa: PTH208 - a listing of numbers
            with pytest.raises(GateError) as caught:
                reading("claim.json")
            assert caught.value.code == "tree.changed"
            assert len(os.listdir("/dev/fd")) == before  # noqa: PTH208


@pytest.mark.parametrize("data", [b"", b"{", b"[1,2,3]\n", b"[1,2,3]\n and more"])
def test_a_file_written_to_while_open_is_refused(folder: Path, data: bytes) -> None:
    assert len(MEMBERS["claim.json"]) == 9
    with OpenedPackage.open(aged(folder)) as package:
        stream = package.stream("claim.json")
        (folder / "claim.json").write_bytes(data)
        readings: list[Callable[[], Any]] = [
            lambda: package.read("claim.json"),
            stream.read,
            lambda: package.digests(["claim.json"]),
        ]
        for reading in readings:
            with pytest.raises(GateError) as caught:
                reading()
            assert caught.value.code == "tree.changed"


def test_bytes_that_differ_from_those_hashed_are_refused_whatever_the_clock_says(folder: Path) -> None:
    with OpenedPackage.open(aged(folder)) as package:
        package.digests(["claim.json"])
        (folder / "claim.json").write_bytes(MEMBERS["claim.json"].replace(b"1", b"2"))
        os.utime(folder / "claim.json", (1, 1))
        with pytest.raises(GateError) as caught:
            package.read("claim.json")
    assert caught.value.code == "tree.changed"


@pytest.mark.parametrize("place", ["", layout.SIGNATURES])
def test_a_folder_that_changes_while_it_is_walked_is_refused(
    folder: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add_one(_files: int) -> None:
        (folder / place / "late.json").touch()

    monkeypatch.setattr(tree, "refuse_too_many", add_one)
    assert refusal(aged(folder)) == ("tree.changed", 10)


def test_a_deep_folder_is_not_walked(folder: Path) -> None:
    deep = folder / layout.SIGNATURES
    with contextlib.chdir(deep):
        for _ in range(200):
            Path("d").mkdir()
            os.chdir("d")
    assert refusal(folder) == ("tree.folder", 10)
