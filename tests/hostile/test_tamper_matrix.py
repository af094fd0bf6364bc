"""Every member, spoilt in every way, by every kind of forger: refused, and at the gate that the forgery belongs to."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import REPO
from tests.tampering import AUTHOR, AUTHOR_KEY, MANIFEST, PUBLIC, STRANGER, copied, edit_json, rehash, resign
from tests.worldflux.signed_packages import run_of, signed, small_package, trust_author, verified
from worldflux.documents.evidence import VERDICTS
from worldflux.package import layout

Edit = Callable[[Path, Path], None]


def bit_flip(path: Path, other: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncate(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def delete(path: Path, other: Path) -> None:
    path.unlink()


def replace(path: Path, other: Path) -> None:
    path.write_bytes(other.read_bytes())


def duplicate_line(path: Path, other: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines]))


def reorder_lines(path: Path, other: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[1:], lines[0]]))


def change_number(path: Path, other: Path) -> None:
    data = path.read_bytes()
    at = max(index for index, byte in enumerate(data) if 0x30 <= byte <= 0x39)
    path.write_bytes(data[:at] + (b"8" if data[at : at + 1] != b"8" else b"7") + data[at + 1 :])


EDITS: Final = (bit_flip, truncate, delete, replace, duplicate_line, reorder_lines, change_number)
MEMBERS: Final = tuple(layout.MEMBERS)
SCHEMAS: Final = {
    "claim.json": "worldflux.claim.v0_draft",
    "protocol.json": "worldflux.protocol.v0_draft",
    "evidence.json": "worldflux.evidence.v0_draft",
    "audit_input.json": "worldflux.audit_input.v0_draft",
    "audit_provenance.json": "worldflux.audit_provenance.v0_draft",
    "raw_evidence_manifest.json": "worldflux.raw_evidence_manifest.v0_draft",
    MANIFEST: "worldflux.artifact_manifest.v0_draft",
}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A signed package, and another valid one of the same plan whose every member is different."""
    folder = tmp_path_factory.mktemp("packages")
    place, first = small_package(folder)
    signed(first)
    second = folder / "second"
    place.audit(run_of(folder / "other", 12, 11), output=second)
    # Another claim too, or claim and protocol would be the same files.
    edit_json(second / "claim.json", lambda value: value.update(capability="another capability"))
    edit_json(second / "protocol.json", lambda value: value["execution"].update(max_steps_per_episode=77))
    rehash(second)
    return first, second


@pytest.fixture(autouse=True)
def _own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))


def spoilt(packages: tuple[Path, Path], tmp_path: Path, member: str, edit: Edit) -> Path:
    first, second = packages
    folder = copied(first, tmp_path / "package")
    before = (folder / member).read_bytes()
    edit(folder / member, second / member)
    after = (folder / member).read_bytes() if (folder / member).exists() else None
    if before == after:
        pytest.skip(f"{edit.__name__} changes nothing in {member}, which has a single line")
    return folder


def content_gate(folder: Path, member: str) -> int | None:
    """The gate that a member fails by its own content, judged without the project's readers; None where it is valid."""
    path = folder / member
    if member not in SCHEMAS or not path.exists():
        return None
    try:
        value = json.loads(path.read_bytes(), object_pairs_hook=_no_key_twice)
    except ValueError:
        return 11
    schema = json.loads((REPO / "schemas" / f"{SCHEMAS[member]}.schema.json").read_bytes())
    return None if jsonschema.Draft202012Validator(schema).is_valid(value) else 12


NEWER_RENDERER: Final = ("evidence.json", change_number)
"""Its last number is the version of the renderer, and one that this tool does not have is gate 12 by itself."""


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("member", MEMBERS)
def test_as_it_is(packages: tuple[Path, Path], tmp_path: Path, member: str, edit: Edit) -> None:
    folder = spoilt(packages, tmp_path, member, edit)
    assert verified(folder, trusted=trust_author(tmp_path)).exit_code == 13


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("member", MEMBERS)
def test_with_the_manifest_made_to_agree(packages: tuple[Path, Path], tmp_path: Path, member: str, edit: Edit) -> None:
    folder = spoilt(packages, tmp_path, member, edit)
    rehash(folder)
    report = verified(folder, trusted=trust_author(tmp_path))
    if edit is delete:
        assert report.exit_code == 13
    elif (member, edit) == NEWER_RENDERER:
        assert report.exit_code == 12
    elif member.endswith(".jsonl"):
        assert report.exit_code in (11, 12, 16)
    else:
        assert report.exit_code == (content_gate(folder, member) or 16)
    assert report.exit_code == 13 or "fail" in {gate.status for gate in report.gates if gate.id == "subject"}


@pytest.mark.parametrize("known", [True, False], ids=["with-policy", "without-policy"])
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("member", MEMBERS)
def test_signed_again_by_a_stranger(
    packages: tuple[Path, Path], tmp_path: Path, member: str, edit: Edit, known: bool
) -> None:
    folder = spoilt(packages, tmp_path, member, edit)
    rehash(folder)
    resign(folder, STRANGER)
    report = verified(folder, trusted=trust_author(tmp_path) if known else None)
    statuses = {gate.id: gate.status for gate in report.gates}
    own = content_gate(folder, member)
    if edit is delete:
        assert report.exit_code == 13
    elif own is not None:
        assert report.exit_code == own
    else:
        assert report.exit_code in (11, 12, 16, 17, 18, 20, 21)
    if report.exit_code == 20:
        assert known
        assert all(status == "pass" for gate, status in statuses.items() if gate not in ("policy", "rollback"))
    if report.exit_code == 21:
        assert not known
        # Nothing computed can be edited so: what is left is what an honest author could have written himself.
        assert member in ("claim.json", "protocol.json", "audit_provenance.json", "raw_evidence_manifest.json")


VERDICT_OF_THE_PACKAGE: Final = "supported"


@pytest.mark.parametrize("verdict", [verdict for verdict in VERDICTS if verdict != VERDICT_OF_THE_PACKAGE])
def test_a_trusted_key_over_an_edited_verdict_is_refused_by_recomputation(
    packages: tuple[Path, Path], tmp_path: Path, verdict: str
) -> None:
    folder = copied(packages[0], tmp_path / "package")
    assert json.loads((folder / "evidence.json").read_bytes())["verdict"] == VERDICT_OF_THE_PACKAGE

    def other(evidence: dict[str, Any]) -> None:
        evidence["verdict"] = verdict
        evidence["headline"] = evidence["headline"].replace(VERDICT_OF_THE_PACKAGE, verdict)
        for metric in evidence["metrics"]:
            metric["verdict"] = verdict

    edit_json(folder / "evidence.json", other)
    report_text = (folder / "evidence.md").read_text()
    (folder / "evidence.md").write_text(report_text.replace(VERDICT_OF_THE_PACKAGE, verdict))
    rehash(folder)
    resign(folder, AUTHOR_KEY)
    report = verified(folder, trusted=trust_author(tmp_path))
    assert report.exit_code == 18
    assert [gate.id for gate in report.gates if gate.status == "fail"] == ["recomputation"]


@pytest.mark.parametrize("edit", EDITS)
def test_the_manifest_itself(packages: tuple[Path, Path], tmp_path: Path, edit: Edit) -> None:
    folder = spoilt(packages, tmp_path, MANIFEST, edit)
    report = verified(folder, trusted=trust_author(tmp_path))
    assert report.exit_code == (content_gate(folder, MANIFEST) or 13)


def test_a_manifest_that_says_the_same_in_other_bytes(packages: tuple[Path, Path], tmp_path: Path) -> None:
    folder = copied(packages[0], tmp_path / "package")
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes() + b"\n")
    assert verified(folder, trusted=trust_author(tmp_path)).exit_code == 16


@pytest.mark.parametrize("edit", EDITS)
def test_the_envelope_itself(packages: tuple[Path, Path], tmp_path: Path, edit: Edit) -> None:
    folder = copied(packages[0], tmp_path / "package")
    other = copied(packages[1], tmp_path / "other")
    signed_by_stranger = other / AUTHOR
    signed_by_stranger.parent.mkdir()
    signed_by_stranger.write_bytes((folder / PUBLIC).read_bytes())
    edit(folder / AUTHOR, signed_by_stranger)
    report = verified(folder, trusted=trust_author(tmp_path))
    assert report.exit_code == (14 if edit is delete else 15)


@pytest.mark.parametrize("edit", EDITS)
def test_the_signed_public_view_itself(packages: tuple[Path, Path], tmp_path: Path, edit: Edit) -> None:
    folder = copied(packages[0], tmp_path / "package")
    edit(folder / PUBLIC, folder / AUTHOR)
    local = verified(folder, trusted=trust_author(tmp_path))
    share = verified(folder, trusted=trust_author(tmp_path), profile="share")
    # Only a share needs it, so nobody gains by removing it; whatever else is done to it is refused everywhere.
    assert (local.exit_code, share.exit_code) == ((0, 14) if edit is delete else (15, 15))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_byte_anywhere(packages: tuple[Path, Path], tmp_path: Path, data: st.DataObject) -> None:
    first = packages[0]
    names = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    name = data.draw(st.sampled_from(names))
    content = (first / name).read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(1, 255))
    folder = Path(tempfile.mkdtemp(dir=tmp_path)) / "package"
    copied(first, folder)
    (folder / name).write_bytes(content[:at] + bytes([content[at] ^ byte]) + content[at + 1 :])
    report = verified(folder, trusted=trust_author(tmp_path))
    # An envelope may say the same in other letters: a blank elsewhere, or a field that DSSE tells readers to ignore.
    if report.exit_code == 0:
        assert name in (AUTHOR, PUBLIC)
        assert report.signer
        assert report.signer.keyid == AUTHOR_KEY.keyid
    else:
        assert 10 <= report.exit_code <= 20
