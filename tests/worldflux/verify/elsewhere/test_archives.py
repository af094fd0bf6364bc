"""Archives: both programs read the same packages in them, and refuse the same ones."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
import unicodedata
from pathlib import Path
from typing import Any, Final

import pytest

from tests.forgeries import adding, whole
from tests.worldflux.signed_packages import quiet, signed, small_package, trust_author, verified
from tests.worldflux.verify.elsewhere.node import Asked, ask, reports
from worldflux.errors import GateError
from worldflux.package import archive, tree


@pytest.fixture
def package(tmp_path: Path) -> Path:
    _, folder = small_package(tmp_path / "work")
    signed(folder)
    return folder


def compared(folder: Path, archives: dict[str, bytes]) -> dict[str, int]:
    """Exit codes by name, which have to be those of both."""
    trusted = trust_author(folder)
    asked: dict[str, Asked] = {}
    for name, data in archives.items():
        (folder / name).write_bytes(data)
        asked[name] = Asked(folder / name, trusted)
    ours = {name: verified(one.path, trusted=trusted).exit_code for name, one in asked.items()}
    found = reports(list(asked.values()))
    theirs = {name: report["exit_code"] for name, report in zip(asked, found, strict=True)}
    assert {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]} == {}
    return ours


def test_what_pack_writes(package: Path, tmp_path: Path) -> None:
    for name in ("p.tar", "p.tar.gz"):
        archive.pack(package, tmp_path / name, quiet)
    packed = {f"copy-{name}": (tmp_path / name).read_bytes() for name in ("p.tar", "p.tar.gz")}
    assert set(compared(tmp_path, packed).values()) == {0}


def test_what_other_programs_write(package: Path, tmp_path: Path) -> None:
    kinds = {"gnu.tar": tarfile.GNU_FORMAT, "ustar.tar": tarfile.USTAR_FORMAT, "pax.tar": tarfile.PAX_FORMAT}
    for name, kind in kinds.items():
        with tarfile.open(tmp_path / f"made-{name}", "w", format=kind) as target:
            target.add(package, "evidence_pkg")
    made = {name: (tmp_path / f"made-{name}").read_bytes() for name in kinds}
    codes = compared(tmp_path, made)
    assert codes["ustar.tar"] == 0


FORGED: Final = {
    "symbolic link": adding("evidence_pkg/x", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": adding("evidence_pkg/x", tarfile.LNKTYPE, "evidence_pkg/claim.json"),
    "character device": adding("evidence_pkg/x", tarfile.CHRTYPE),
    "block device": adding("evidence_pkg/x", tarfile.BLKTYPE),
    "pipe": adding("evidence_pkg/x", tarfile.FIFOTYPE),
    "contiguous file": adding("evidence_pkg/x", tarfile.CONTTYPE),
    "sparse file": adding("evidence_pkg/x", tarfile.GNUTYPE_SPARSE),
    "long name": adding("evidence_pkg/x", tarfile.GNUTYPE_LONGNAME, data=b"evidence_pkg/claim.json\0"),
    "extended header": adding("evidence_pkg/x", tarfile.XHDTYPE, data=b"20 path=claim.json\n"),
    "global header": adding("evidence_pkg/x", tarfile.XGLTYPE, data=b"20 path=claim.json\n"),
    "climbing": adding("evidence_pkg/../x"),
    "absolute": adding("/x"),
    "drive": adding("evidence_pkg/C:x"),
    "backslash": adding("evidence_pkg\\x"),
    "reserved": adding("evidence_pkg/nul.txt"),
    "another folder": adding("other/x"),
    "beside the folder": adding("x"),
    "folder below": adding("evidence_pkg/more", tarfile.DIRTYPE),
    "below signatures": adding("evidence_pkg/signatures/more/x"),
    "unlisted": adding("evidence_pkg/notes.txt", data=b"x"),
    "twice": adding("evidence_pkg/claim.json", data=b"{}"),
    "other case": adding("evidence_pkg/Claim.JSON", data=b"{}"),
    "other form": adding("evidence_pkg/\uff43laim.json", data=b"{}"),
    "sharp s": adding("evidence_pkg/stra\u00dfe", data=b""),
}


def test_forged_members(package: Path, tmp_path: Path) -> None:
    codes = compared(tmp_path, {name.replace(" ", "-"): make(package) for name, make in FORGED.items()})
    assert codes.pop("unlisted") == 13
    assert codes.pop("sharp-s") == 13
    assert set(codes.values()) == {10}


def test_spoilt_bytes(package: Path, tmp_path: Path) -> None:
    source = random.Random(3)
    data = whole(package)
    with tarfile.open(fileobj=io.BytesIO(data)) as made:
        headers = [member.offset for member in made]
    spoilt: dict[str, bytes] = {}
    for number in range(60):
        changed = bytearray(data)
        header = source.choice(headers)
        changed[header + source.choice([*range(40), *range(100, 270), 345, 400, 499, 505])] ^= 1 << source.randrange(8)
        spoilt[f"flipped-{number}"] = bytes(changed)
    for number in range(15):
        spoilt[f"cut-{number}"] = data[: source.randrange(len(data))]
    spoilt |= {
        "longer": data + b"x",
        "zeros": data + bytes(2048),
        "odd": data + bytes(7),
        "one end block": data.rstrip(b"\0") + bytes(512),
        "twice": data + data,
        "nothing": b"",
        "zeros alone": bytes(1024),
    }
    codes = compared(tmp_path, {name.replace(" ", "-"): each for name, each in spoilt.items()})
    assert list(codes.values()).count(10) > 50


def test_gzip(package: Path, tmp_path: Path) -> None:
    data = whole(package)
    packed = gzip.compress(data, mtime=0)
    half = len(data) // 2
    made = {
        "good": packed,
        "two-members": gzip.compress(data[:half]) + gzip.compress(data[half:]),
        "trailing": packed + b"x",
        "trailing-zeros": packed + bytes(512),
        "cut": packed[:-5],
        "wrong-sum": packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:],
        "wrong-size": packed[:-1] + bytes([packed[-1] ^ 1]),
        "head": packed[:10],
        "bomb": gzip.compress(bytes(120 * 1024 * 1024)),
    }
    codes = compared(tmp_path, made)
    assert codes.pop("good") == 0
    assert set(codes.values()) == {10}


NAMES: Final = (
    *("claim.json", "signatures/a", "signatures/a/b", "a/b", "", ".", "..", "a/../b", "/a", "a//b", "a/", "~a", "a~"),
    *(
        "a.",
        "a. ",
        " a",
        "a b",
        "CON",
        "con.txt",
        "com1",
        "com10",
        "lpt9.x",
        "nul ",
        "conin$",
        "a:b",
        "a|b",
        'a"b',
        "a\\b",
    ),
    *(
        "a\u2215b",
        "a\u202eb",
        "a\u200bb",
        "a\u00a0b",
        "e\u0301",
        "\u00e9",
        "\ufb01",
        "\u1160",
        "a\nb",
        "\x7f",
        "x" * 255,
    ),
    *("x" * 256, "\u00e9" * 128, ".hidden", "..a", "a..", "\U000e0101a", "\u2800", "\ue000", "\U0001f600"),
)


def accepted(names: list[list[str]]) -> list[bool]:
    body = """
        return given.map((names) => {
          try {
            V.requireSafeNames(names);
            return true;
          } catch (error) {
            if (!(error instanceof V.GateFailure)) throw error;
            return false;
          }
        });
    """
    answers: list[bool] = ask(body, names)
    return answers


def _is_safe(names: list[str]) -> bool:
    try:
        tree.check_names(names)
    except GateError:
        return False
    return True


def test_names() -> None:
    sets: list[list[Any]] = [[name] for name in NAMES]
    sets += [[f"x{name}", name.upper()] for name in NAMES] + [
        ["stra\u00dfe", "STRASSE"],
        ["\u03c3", "\u03c2"],
        ["k", "\u212a"],
    ]
    sets += [["i", "\u0131"], ["I", "i"], ["\u0130", "i\u0307"], ["ab", "a b"], ["a", "a"]]
    assert accepted(sets) == [_is_safe(names) for names in sets]


def test_names_that_are_one_to_some_system_are_the_same_pairs_for_both() -> None:
    signs = [chr(number) for number in range(0x110000) if unicodedata.category(chr(number)) not in ("Cn", "Cs", "Co")]
    theirs: list[str] = ask("return given.map(V.foldedName);", signs)
    ours = [tree._folded(sign) for sign in signs]
    assert len(set(zip(ours, theirs, strict=True))) == len(set(ours)) == len(set(theirs))
