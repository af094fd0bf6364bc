"""Archives that were made to be unpacked wrongly: refused with exit 10 before a byte of them is written."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.tars import END, by_tarfile, gz, header, member, tar
from tests.worldflux.small_package import MEMBERS, contents, manifest_of
from worldbase.errors import WorldError
from worldflux.errors import GateError
from worldflux.package import archive, archive_content, inflated, tree
from worldflux.package.archive_content import silent

CLAIM: Final = member("evidence_pkg/claim.json", MEMBERS["claim.json"])
GOOD: Final = tar(
    member("evidence_pkg/artifact_manifest.json", manifest_of({"claim.json": MEMBERS["claim.json"]})), CLAIM
)
PAX: Final = tarfile.PAX_FORMAT
GNU: Final = tarfile.GNU_FORMAT


def info(name: str, **fields: Any) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def named(name: str) -> bytes:
    return tar(CLAIM, member(name, b"evil"))


def zeros_compressed(size: int) -> bytes:
    """A gzip file of one tar member that is nothing but zeros."""
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=9, mtime=0) as stream:
        stream.write(header(length=size))
        for _ in range(size >> 20):
            stream.write(bytes(1 << 20))
        stream.write(END)
    return target.getvalue()


ATTACKS: Final[dict[str, tuple[bytes, str]]] = {
    # Where a member would land.
    "climbs out": (named("evidence_pkg/../../evil.json"), "tree.unsafe_name"),
    "climbs out at once": (named("../evil.json"), "tree.unsafe_name"),
    "climbs out of the signatures": (named("evidence_pkg/signatures/../../evil.json"), "tree.unsafe_name"),
    "climbs by its prefix": (tar(member("evil.json", prefix=b"evidence_pkg/..")), "tree.unsafe_name"),
    "absolute": (named("/etc/cron.d/evil"), "tree.unsafe_name"),
    "absolute by its prefix": (tar(member("evil.json", prefix=b"/etc")), "tree.unsafe_name"),
    "twice absolute": (named("//host/share/evil"), "tree.unsafe_name"),
    "drive": (named("C:/evil.json"), "tree.unsafe_name"),
    "drive inside": (named("evidence_pkg/C:evil.json"), "tree.unsafe_name"),
    "share of Windows": (named("\\\\host\\share\\evil.json"), "tree.unsafe_name"),
    "backslashes": (named("evidence_pkg\\..\\..\\evil.json"), "tree.unsafe_name"),
    "stream of Windows": (named("evidence_pkg/claim.json:evil"), "tree.unsafe_name"),
    "home": (named("~/evil.json"), "tree.unsafe_name"),
    "dot": (named("./evidence_pkg/evil.json"), "tree.unsafe_name"),
    "empty part": (named("evidence_pkg//evil.json"), "tree.unsafe_name"),
    "a folder's name on a file": (named("evidence_pkg/signatures/"), "tree.unsafe_name"),
    "no name": (named(""), "tree.unsafe_name"),
    "no text": (tar(member(b"evidence_pkg/\xff.json")), "tree.unsafe_name"),
    "escape code": (named("evidence_pkg/\x1b[2J.json"), "tree.unsafe_name"),
    "beside the folder": (named("claim.json"), "tree.archive_layout"),
    "in another folder": (named("other_pkg/claim2.json"), "tree.archive_layout"),
    "a file in place of the folder": (named("evidence_pkg"), "tree.archive_layout"),
    "too deep": (named("evidence_pkg/signatures/old/x.json"), "tree.folder"),
    "another folder inside": (named("evidence_pkg/videos/x.mp4"), "tree.folder"),
    "another folder inside, empty": (tar(CLAIM, member("evidence_pkg/videos/", type=b"5")), "tree.folder"),
    # What a member would be.
    "symlink": (tar(member("evidence_pkg/claim.json", type=b"2", link=b"/etc/passwd")), "tree.symlink"),
    "symlink to a folder": (
        tar(member("evidence_pkg/signatures", type=b"2", link=b"/etc"), member("evidence_pkg/signatures/evil")),
        "tree.symlink",
    ),
    "hard link": (tar(CLAIM, member("evidence_pkg/x.json", type=b"1", link=b"/etc/passwd")), "tree.hard_link"),
    "character device": (tar(member(type=b"3", device=b"0000001\x000000003\x00")), "tree.special_file"),
    "block device": (tar(member(type=b"4", device=b"0000010\x000000000\x00")), "tree.special_file"),
    "pipe": (tar(member(type=b"6")), "tree.special_file"),
    "regular file with a link": (tar(member(link=b"/etc/passwd")), "tree.archive_damaged"),
    "folder with bytes": (tar(member("evidence_pkg/", b"evil", type=b"5")), "tree.archive_damaged"),
    # Two members for one file.
    "duplicate": (tar(CLAIM, CLAIM), "tree.duplicate"),
    "duplicate by its prefix": (tar(CLAIM, member("claim.json", prefix=b"evidence_pkg")), "tree.duplicate"),
    "other case": (named("evidence_pkg/CLAIM.json"), "tree.collision"),
    "other form": (named("evidence_pkg/\uff43laim.json"), "tree.unsafe_name"),
    # What only some programs read.
    "extended header renames": (
        by_tarfile((info("evidence_pkg/a", pax_headers={"path": "../evil.json"}), b"evil"), form=PAX),
        "tree.archive_extension",
    ),
    "extended header changes the size": (
        by_tarfile((info("evidence_pkg/a", pax_headers={"size": "1"}), b"evil"), form=PAX),
        "tree.archive_extension",
    ),
    "global extended header": (tar(member("g", b"12 path=x/y\n", type=b"g"), CLAIM), "tree.archive_extension"),
    "long name of GNU": (
        by_tarfile((info("evidence_pkg/" + "a" * 200), b"evil"), form=GNU),
        "tree.archive_extension",
    ),
    "long link of GNU": (
        by_tarfile((info("evidence_pkg/a", type=tarfile.SYMTYPE, linkname="b" * 200), b""), form=GNU),
        "tree.archive_extension",
    ),
    "sparse": (tar(member(type=b"S")), "tree.archive_extension"),
    "volume label": (tar(member(type=b"V"), CLAIM), "tree.archive_extension"),
    "continued from another volume": (tar(member(type=b"M")), "tree.archive_extension"),
    "contiguous": (tar(member(type=b"7")), "tree.archive_extension"),
    "unknown type": (tar(member(type=b"\xff")), "tree.archive_extension"),
    "prefix in the manner of GNU": (tar(member(magic=b"ustar  \0", prefix=b"evidence_pkg")), "tree.archive_damaged"),
    "more behind the prefix": (tar(member(rest=b"tar\0")), "tree.archive_damaged"),
    "a second name behind the name": (
        tar(member(b"evidence_pkg/claim.json\0evil.json")),
        "tree.archive_damaged",
    ),
    # Sizes and sums.
    "size too large by far": (tar(member(size=b"77777777777\0")), "tree.archive_damaged"),
    "size larger than what follows": (tar(member(size=b"00000777777\0")), "tree.archive_damaged"),
    "size smaller than what follows": (tar(member(data=b"x" * 600, size=b"00000000001\0")), "tree.archive_damaged"),
    "size of one block less": (tar(member(data=b"x" * 1024, size=b"00000001000\0")), "tree.archive_format"),
    "negative size": (tar(member(size=b"\xff" * 12)), "tree.archive_damaged"),
    "negative size, with a sign": (tar(member(size=b"-0000000001\0")), "tree.archive_damaged"),
    "size in base 256": (tar(member(data=b"x", size=b"\x80" + bytes(10) + b"\x01")), "tree.archive_damaged"),
    "size that is not octal": (tar(member(size=b"00000000089\0")), "tree.archive_damaged"),
    "size in hexadecimal": (tar(member(data=b"x", size=b"0x000000001\0")), "tree.archive_damaged"),
    "size with an underscore": (tar(member(data=b"x", size=b"0000_000001\0")), "tree.archive_damaged"),
    "size with something behind": (tar(member(data=b"x", size=b"1\x0000000000\0")), "tree.archive_damaged"),
    "no size": (tar(member(size=bytes(12))), "tree.archive_damaged"),
    "size without an end": (tar(member(data=b"x", size=b"000000000001")), "tree.archive_damaged"),
    "wrong sum": (tar(member(sum=b"000000\0 ")), "tree.archive_damaged"),
    "no sum": (tar(member(sum=bytes(8))), "tree.archive_damaged"),
    "old format": (tar(member(magic=bytes(8))), "tree.archive_format"),
    "something between the members": (
        tar(CLAIM[:-1] + b"x", member("evidence_pkg/evidence.md")),
        "tree.archive_damaged",
    ),
    # The end.
    "no end": (tar(CLAIM, end=b""), "tree.archive_damaged"),
    "half an end": (tar(CLAIM, end=bytes(512)), "tree.archive_damaged"),
    "half an end, then more": (tar(CLAIM, bytes(512), named("evidence_pkg/evil.json")), "tree.archive_damaged"),
    "cut off in a file": (GOOD[:700], "tree.archive_damaged"),
    "cut off in a header": (GOOD[:100], "tree.archive_damaged"),
    "another archive behind": (GOOD + named("evidence_pkg/evil.json"), "tree.archive_trailing"),
    "a byte behind": (GOOD + b"\0" * 511 + b"x", "tree.archive_trailing"),
    "very many zeros behind": (GOOD + bytes(2 * 1024 * 1024), "tree.archive_trailing"),
    # Compressed.
    "compressed and climbs out": (gz(named("../evil.json")), "tree.unsafe_name"),
    "two compressed members": (gz(GOOD) + gz(named("evidence_pkg/evil.json")), "tree.archive_trailing"),
    "two compressed halves": (gz(GOOD[:512]) + gz(GOOD[512:]), "tree.archive_trailing"),
    "a byte behind the compressed": (gz(GOOD) + b"x", "tree.archive_trailing"),
    "zeros behind the compressed": (gz(GOOD) + bytes(512), "tree.archive_trailing"),
    "compressed and cut off": (gz(GOOD)[:-20], "tree.archive_damaged"),
    "compressed without its sum": (gz(GOOD)[:-4], "tree.archive_damaged"),
    "compressed with a wrong sum": (gz(GOOD)[:-8] + bytes(8), "tree.archive_damaged"),
    "compressed twice": (gz(gz(os.urandom(600))), "tree.archive_format"),
    "only the mark of compression": (b"\x1f\x8b", "tree.archive_damaged"),
    "other archives": (b"PK\x03\x04" + bytes(1024), "tree.archive_format"),
}


def refusal(path: Path) -> str:
    """The code with which an archive is refused, by both ways to unpack; nothing may be written."""
    target = path.with_name("theirs")
    before = contents(path.parent)
    with pytest.raises(GateError) as caught:
        archive.unpack(path, target, silent)
    with pytest.raises(GateError) as again, archive.unpacked(path):
        pytest.fail("it was unpacked")
    assert contents(path.parent) == before
    assert not target.exists()
    assert {(error.value.gate, error.value.exit_code, error.value.code) for error in (caught, again)} == {
        ("tree", 10, caught.value.code)
    }
    assert caught.value.hint
    return caught.value.code


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_unsafe_archive_is_refused(tmp_path: Path, attack: str) -> None:
    data, code = ATTACKS[attack]
    (tmp_path / "x.tar").write_bytes(data)
    assert refusal(tmp_path / "x.tar") == code


MANY: Final = {
    "members": ("evidence_pkg/{}.json", b"0", tree.MAX_FILES + 1),
    "signatures": ("evidence_pkg/signatures/{}.json", b"0", tree.MAX_SIGNATURES + 1),
    "folders": ("evidence_pkg/", b"5", tree.MAX_FILES + 1),
}


@pytest.mark.parametrize("what", MANY)
def test_very_many_members_are_refused(tmp_path: Path, what: str) -> None:
    name, kind, count = MANY[what]
    (tmp_path / "x.tar").write_bytes(tar(*(member(name.format(number), type=kind) for number in range(count))))
    assert refusal(tmp_path / "x.tar") == "tree.too_many_files"


def test_the_archive_that_the_attacks_start_from_is_good(tmp_path: Path) -> None:
    for number, data in enumerate((GOOD, gz(GOOD))):
        (tmp_path / f"{number}").write_bytes(data)
        archive.unpack(tmp_path / f"{number}", tmp_path / f"theirs{number}", silent)
        assert contents(tmp_path / f"theirs{number}")["claim.json"] == MEMBERS["claim.json"]


def test_a_bomb_is_refused_early(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(zeros_compressed(256 << 20))
    assert path.stat().st_size < 300_000
    reader = inflated.inflated(io.BytesIO(path.read_bytes()))
    believed = (inflated.BELIEVED_BYTES >> 20) - 1  # the reader looks one piece ahead
    assert all(len(reader.read(1 << 20)) == 1 << 20 for _ in range(believed))
    with pytest.raises(GateError):
        reader.read(2 << 20)
    assert refusal(path) == "tree.archive_bomb"


@pytest.mark.parametrize("behind", [b"x", b"\0", gz(GOOD)])
def test_what_stands_behind_is_found_wherever_a_reading_ends(
    tmp_path: Path, behind: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflated, "_READ_BYTES", 1)
    (tmp_path / "x.tar.gz").write_bytes(gz(GOOD) + behind)
    assert refusal(tmp_path / "x.tar.gz") == "tree.archive_trailing"


def test_more_than_an_archive_may_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_content, "MAX_BYTES", 1000)
    (tmp_path / "x.tar").write_bytes(tar(CLAIM, member("evidence_pkg/evidence.md", bytes(999))))
    assert refusal(tmp_path / "x.tar") == "tree.too_large"


def test_extraction_is_refused_a_file_that_was_not_checked(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(GOOD)
    (tmp_path / "theirs").mkdir()
    with archive_content.opened(path) as descriptor:
        content = archive_content.checked(descriptor, path.name, silent)
        path.write_bytes(named("evidence_pkg/../evil.json"))
        with pytest.raises(GateError) as caught:
            archive_content.extract(descriptor, path.name, content, tmp_path / "theirs", silent)
    assert caught.value.code == "tree.changed"
    assert not (tmp_path / "evil.json").exists()


def test_modes_of_the_archive_are_not_taken_over(tmp_path: Path) -> None:
    made = info("evidence_pkg/artifact_manifest.json", mode=0o7777, uid=0, gid=0, mtime=2**33 - 1)
    (tmp_path / "x.tar").write_bytes(by_tarfile((made, b"{}"), form=tarfile.USTAR_FORMAT))
    archive.unpack(tmp_path / "x.tar", tmp_path / "theirs", silent)
    status = (tmp_path / "theirs" / "artifact_manifest.json").stat()
    assert status.st_mode & 0o7111 == 0
    assert status.st_mtime < 2**33 - 1


@settings(max_examples=150, deadline=None)
@given(
    position=st.integers(0, len(GOOD) - 1),
    value=st.integers(0, 255),
    compressed=st.booleans(),
)
def test_a_changed_byte_is_refused_or_stays_in_its_place(
    position: int, value: int, compressed: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    data = bytearray(GOOD)
    data[position] = value
    (folder / "x").write_bytes(gz(bytes(data)) if compressed else bytes(data))
    try:
        archive.unpack(folder / "x", folder / "theirs", silent)
    except GateError:
        assert not (folder / "theirs").exists()
    assert {path.name for path in folder.iterdir()} <= {"x", "theirs"}
    if (folder / "theirs").exists():
        names = contents(folder / "theirs").keys()
        assert names == {"artifact_manifest.json", "claim.json"}  # a header's sum does not let a name change
    for leftover in folder.rglob("*"):
        assert not leftover.is_symlink()


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=2000))
def test_no_bytes_end_in_anything_but_a_refusal(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for number, tried in enumerate((data, gz(data), b"\x1f\x8b\x08" + data)):
        path = folder / str(number)
        path.write_bytes(tried)
        with pytest.raises(WorldError):
            archive.unpack(path, folder / "theirs", silent)
    assert len(os.listdir(folder)) == 3  # noqa: PTH208 - a count
