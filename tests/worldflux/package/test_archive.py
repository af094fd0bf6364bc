"""Archives of packages: the same bytes every time, whole or not at all, and read by every other tar."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worldflux.small_package import contents, small_package
from worldbase import digest, safepath
from worldbase.console import Progress
from worldbase.errors import InputError, StorageError, UsageError, WorldError
from worldflux.errors import GateError, PackageError
from worldflux.package import archive, archive_content, inflated, layout, ustar
from worldflux.package.archive_content import silent

SUFFIXES: Final = [".tar", ".tar.gz", ".tgz"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_package(tmp_path / "mine")


def packed(folder: Path, name: str = "x.tar") -> Path:
    output = folder.parent / name
    archive.pack(folder, output, silent, overwrite=True)
    return output


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_package_comes_back_as_it_was(folder: Path, suffix: str) -> None:
    output = packed(folder, f"x{suffix}")
    back = archive.unpack(output, folder.parent / "theirs", silent)
    assert contents(folder.parent / "theirs") == contents(folder)
    assert back.archive == digest.of_file(output)
    assert back.manifest == digest.of_file(folder / layout.MANIFEST)
    assert (back.files, back.signatures, back.size) == (5, 1, output.stat().st_size)
    assert back == archive.pack(folder, output, silent, overwrite=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_times_modes_and_the_name_of_the_folder_leave_no_trace(folder: Path, suffix: str) -> None:
    first = packed(folder, f"x{suffix}").read_bytes()
    other = folder.rename(folder.parent / "renamed")
    for path in (other, *other.rglob("*")):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    assert packed(other, f"another{suffix}").read_bytes() == first


def test_the_compressed_archive_is_the_plain_one_compressed(folder: Path) -> None:
    compressed = packed(folder, "x.tar.gz").read_bytes()
    assert gzip.decompress(compressed) == packed(folder).read_bytes()
    assert compressed[:9] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02"  # no name, no time, slowest


def test_the_address_of_a_share_stays_behind(folder: Path) -> None:
    before = packed(folder).read_bytes()
    (folder / layout.SHARE_URL).write_text("https://example.org/s/1")
    assert packed(folder).read_bytes() == before


def test_gnu_tar_writes_the_same_bytes(folder: Path) -> None:
    tar = shutil.which("tar")
    if not tar or "GNU" not in subprocess.run([tar, "--version"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("GNU tar is not installed")
    names = sorted(f"evidence_pkg/{name}" for name in contents(folder))
    folder.rename(folder.parent / "evidence_pkg")
    options = ["--format=ustar", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=0644"]
    made = subprocess.run([tar, *options, "-cf", "-", *names], cwd=folder.parent, capture_output=True, check=True)
    assert packed(folder.parent / "evidence_pkg").read_bytes() == made.stdout


def test_the_standard_library_reads_it(folder: Path) -> None:
    with tarfile.open(packed(folder)) as tar:
        members = tar.getmembers()
        read = {member.name: tar.extractfile(member) for member in members}
    assert [member.name for member in members] == sorted(member.name for member in members)
    assert {(member.mode, member.mtime, member.uid, member.uname) for member in members} == {(0o644, 0, 0, "")}
    assert len(read) == 5


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_plain_archive_of_another_tar_is_read(folder: Path, form: int, mode: str) -> None:
    other = folder.parent / "other.tar"
    with tarfile.open(other, mode, format=form) as tar:  # type: ignore[call-overload]
        tar.add(folder, "any name")
    archive.unpack(other, folder.parent / "theirs", silent)
    assert contents(folder.parent / "theirs") == contents(folder)


def test_names_of_every_length_fit_or_are_refused(tmp_path: Path) -> None:
    fits = {f"{'a' * length}.json": b"x" for length in (1, 81, 82, 83, 94, 95)}
    folder = small_package(tmp_path / "mine", fits)
    archive.unpack(packed(folder), tmp_path / "theirs", silent)
    assert contents(tmp_path / "theirs") == contents(folder)
    longer = small_package(tmp_path / "longer", {f"{'a' * 96}.json": b"x"})
    with pytest.raises(PackageError) as caught:
        packed(longer)
    assert caught.value.code == "archive.does_not_fit"


def test_the_format_says_sizes_up_to_eight_gigabytes() -> None:
    assert ustar.header("a", 8 * 1024**3 - 1) is not None
    assert ustar.header("a", 8 * 1024**3) is None


def refused_pack(folder: Path, output: Path, *, overwrite: bool = False) -> tuple[str, int]:
    before = contents(folder.parent)
    with pytest.raises(WorldError) as caught:
        archive.pack(folder, output, silent, overwrite=overwrite)
    assert contents(folder.parent) == before  # nothing is left behind
    return caught.value.code, caught.value.exit_code


def test_what_is_no_member_is_not_sent_along(folder: Path) -> None:
    (folder / ".env").write_text("TOKEN=1")
    assert refused_pack(folder, folder.parent / "x.tar") == ("archive.unlisted_file", 3)


def test_an_unsafe_tree_is_not_packed(folder: Path) -> None:
    (folder / "claim2.json").symlink_to("/etc/passwd")
    assert refused_pack(folder, folder.parent / "x.tar") == ("tree.symlink", 10)


def test_places_that_an_archive_cannot_take(folder: Path) -> None:
    taken, link = folder.parent / "taken.tar", folder.parent / "link.tar"
    taken.write_bytes(b"kept")
    link.symlink_to(taken)
    (folder.parent / "folder.tar").mkdir()
    assert refused_pack(folder, folder.parent / "x.zip") == ("archive.suffix", 2)
    assert refused_pack(folder, folder / "x.tar") == ("archive.inside", 2)
    assert refused_pack(folder, folder / layout.SIGNATURES / "x.tar") == ("archive.inside", 2)
    assert refused_pack(folder, taken) == ("output.exists", 2)
    assert refused_pack(folder, link, overwrite=True) == ("output.exists", 2)
    assert refused_pack(folder, folder.parent / "folder.tar", overwrite=True) == ("output.exists", 2)
    archive.pack(folder, taken, silent, overwrite=True)
    assert taken.read_bytes() != b"kept"


def test_a_folder_without_a_sound_manifest_is_not_packed(folder: Path) -> None:
    (folder / layout.MANIFEST).write_bytes(b"{}")
    with pytest.raises(InputError):
        packed(folder)
    (folder / layout.MANIFEST).unlink()
    assert refused_pack(folder, folder.parent / "x.tar") == ("package.incomplete", 3)


def test_a_full_disk_leaves_the_old_archive(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = packed(folder)
    before = contents(folder.parent)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError):
        packed(folder, output.name)
    assert contents(folder.parent) == before


def test_what_would_be_refused_as_a_bomb_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflated, "BELIEVED_BYTES", 100_000)
    folder = small_package(tmp_path / "mine", {"claim.json": bytes(2_000_000)})
    assert refused_pack(folder, tmp_path / "x.tar.gz") == ("archive.compresses_too_well", 3)
    archive.pack(folder, tmp_path / "x.tar", silent)


def noting(labels: list[str]) -> archive_content.ShowProgress:
    def show(label: str, total: int, size: int) -> contextlib.AbstractContextManager[Progress]:
        labels.append(label)
        return silent(label, total, size)

    return show


@pytest.mark.parametrize(("place", "shown"), [(archive, []), (archive_content, ["packing", "checking"])])
def test_more_than_can_be_unpacked_is_not_packed(
    folder: Path, place: object, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    labels: list[str] = []
    monkeypatch.setattr(place, "MAX_BYTES", 100)
    with pytest.raises(GateError) as caught:
        archive.pack(folder, folder.parent / "x.tar", noting(labels))
    assert (caught.value.code, labels) == ("tree.too_large", shown)
    assert not (folder.parent / "x.tar").exists()


def test_what_appears_while_packing_is_not_replaced(folder: Path) -> None:
    output = folder.parent / "x.tar"

    def show(label: str, total: int, size: int) -> contextlib.AbstractContextManager[Progress]:
        output.write_text("of somebody else")
        return silent(label, total, size)

    with pytest.raises(UsageError):
        archive.pack(folder, output, show)
    assert output.read_text() == "of somebody else"


def test_an_archive_can_be_read_by_everybody(folder: Path) -> None:
    assert packed(folder).stat().st_mode & 0o777 == 0o644


def test_unpacking_replaces_a_package_and_nothing_else(folder: Path) -> None:
    output, target = packed(folder), folder.parent / "theirs"
    archive.unpack(output, target, silent)
    (target / "old.json").write_text("old")
    with pytest.raises(UsageError, match="not empty"):
        archive.unpack(output, target, silent)
    archive.unpack(output, target, silent, overwrite=True)
    assert contents(target) == contents(folder)
    (target / layout.MANIFEST).unlink()
    with pytest.raises(UsageError) as caught:
        archive.unpack(output, target, silent, overwrite=True)
    assert caught.value.code == "archive.not_a_package"


def test_the_folder_of_the_archive_itself_is_not_replaced(folder: Path) -> None:
    output = packed(folder)
    moved = output.rename(folder / output.name)
    with pytest.raises(UsageError) as caught:
        archive.unpack(moved, folder, silent, overwrite=True)
    assert caught.value.code == "output.exists"
    assert moved.exists()


def test_what_is_no_archive_is_said(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("{}" * 1000)
    os.mkfifo(tmp_path / "pipe")
    expected = {
        "nothing": ("package.missing", 3),
        folder.name: ("archive.not_a_file", 3),
        "pipe": ("archive.not_a_file", 3),
        "empty": ("tree.archive_damaged", 10),
        "text": ("tree.archive_format", 10),
    }
    for name, (code, exit_code) in expected.items():
        with pytest.raises(WorldError) as caught:
            archive.unpack(tmp_path / name, tmp_path / "theirs", silent)
        assert (caught.value.code, caught.value.exit_code) == (code, exit_code)
        assert caught.value.where is not None
        assert caught.value.where.file == name
    assert not (tmp_path / "theirs").exists()


def test_an_archive_without_a_manifest_is_not_put_anywhere(folder: Path) -> None:
    other = folder.parent / "other.tar"
    with tarfile.open(other, "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(folder / "claim.json", "evidence_pkg/claim.json")
    with pytest.raises(PackageError) as caught:
        archive.unpack(other, folder.parent / "theirs", silent)
    assert caught.value.code == "package.incomplete"
    with archive.unpacked(other) as unpacked:  # a verifier has its own words for that
        assert contents(unpacked).keys() == {"claim.json"}


def test_a_private_folder_lasts_as_long_as_it_is_read(folder: Path) -> None:
    with archive.unpacked(packed(folder)) as unpacked:
        assert contents(unpacked) == contents(folder)
        assert unpacked.parent.stat().st_mode & 0o777 == 0o700
        assert unpacked.name == "evidence_pkg"
    assert not unpacked.parent.exists()


def test_an_error_of_the_reader_is_not_taken_for_ours(folder: Path) -> None:
    with pytest.raises(FileNotFoundError), archive.unpacked(packed(folder)):
        raise FileNotFoundError


def test_a_full_disk_while_unpacking_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = packed(folder)

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive_content, "_write", full)
    with pytest.raises(StorageError), archive.unpacked(output):
        pytest.fail("nothing was unpacked")
    with pytest.raises(StorageError):
        archive.unpack(output, folder.parent / "theirs", silent)
    assert not (folder.parent / "theirs").exists()


def test_an_archive_that_changes_between_check_and_writing_is_refused(folder: Path) -> None:
    output = packed(folder)
    with archive_content.opened(output) as descriptor:
        content = archive_content.checked(descriptor, output.name, silent)
        data = output.read_bytes()
        for change in (data.replace(b'"a": 1', b'"a": 2'), data[: len(data) // 2]):
            output.write_bytes(change)
            target = folder.parent / f"theirs{len(change)}"
            target.mkdir()
            with pytest.raises(GateError):
                archive_content.extract(descriptor, output.name, content, target, silent)


class Counted(Progress):
    def __init__(self) -> None:
        self.done = 0

    def advance(self, amount: int) -> None:
        self.done += amount


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_progress_reaches_its_total(folder: Path, suffix: str) -> None:
    shown: list[tuple[str, int, Counted]] = []

    @contextlib.contextmanager
    def show(label: str, total: int, _size: int) -> Iterator[Progress]:
        shown.append((label, total, Counted()))
        yield shown[-1][2]

    output = folder.parent / f"x{suffix}"
    archive.pack(folder, output, show)
    archive.unpack(output, folder.parent / "theirs", show)
    assert [label for label, _, _ in shown] == ["packing", "checking", "checking", "unpacking"]
    assert all(counted.done == total > 0 for _, total, counted in shown)


NAMES: Final = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,98}[a-z0-9]", fullmatch=True).filter(
    lambda name: safepath.fault_of(name) is None and name not in (layout.SIGNATURES, layout.SHARE_URL, layout.MANIFEST)
)
PACKAGES: Final = st.dictionaries(NAMES, st.binary(max_size=2000), max_size=8)


@settings(max_examples=40, deadline=None)
@given(members=PACKAGES, signed=st.booleans(), suffix=st.sampled_from(SUFFIXES))
def test_packing_what_was_unpacked_gives_the_same_archive(members: dict[str, bytes], signed: bool, suffix: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        folder = small_package(place / "mine", members, signed=signed)
        first = packed(folder, f"1{suffix}").read_bytes()
        archive.unpack(place / f"1{suffix}", place / "theirs", silent)
        assert contents(place / "theirs") == contents(folder)
        assert packed(place / "theirs", f"2{suffix}").read_bytes() == first == packed(folder, f"3{suffix}").read_bytes()
        with tarfile.open(fileobj=io.BytesIO(first)) as tar:
            assert tar.getnames() == sorted(f"evidence_pkg/{member}" for member in contents(folder))
