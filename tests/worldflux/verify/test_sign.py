"""Signing: what is checked first, what is written, and that nothing is left half done."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

import pytest

from tests.support import REPO
from tests.tampering import (
    AUTHOR,
    AUTHOR_KEY,
    MANIFEST,
    P256_KEY,
    PUBLIC,
    REVIEWER_KEY,
    TestKey,
    copied,
    edit_json,
    sha256,
)
from tests.worldflux.signed_packages import quiet, signed, signer, small_package, trust_author, verified
from tests.worldflux.small_package import contents
from worldbase import files
from worldbase.errors import StorageError, UsageError, WorldError
from worldflux.errors import GateError, SigningError
from worldflux.package import layout
from worldflux.signing.contract import Sealed
from worldflux.verify.contents import CheckedPackage, check
from worldflux.verify.sign import Signed, is_signed, require_outside, require_unsigned, sign, statements_of

WRITER: Final = REPO / "tests" / "hostile" / "signing_writer.py"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package without a signature."""
    return small_package(tmp_path_factory.mktemp("plain"))[1]


@pytest.fixture
def package(plain: Path, tmp_path: Path) -> Path:
    """A copy to sign."""
    return copied(plain, tmp_path / "mine" / "package")


@dataclass
class Pen:
    """A signer that remembers what it was given, or cannot sign."""

    broken: bool = False
    given: list[bytes] = field(default_factory=list)
    name: str = "pen"
    label: str = "a pen"

    def publishes(self, statement: bytes) -> str:
        """Nothing."""
        return ""

    def seal(self, statement: bytes) -> Sealed:
        """The statement itself."""
        self.given.append(statement)
        if self.broken and len(self.given) == 2:
            raise SigningError("the pen is dry", code="key.none")
        return Sealed(statement, "dsse.json", b"signature %d" % len(self.given))


def _checked(package: Path) -> CheckedPackage:
    return check(package, quiet)


def _sign(checked: CheckedPackage, pen: Pen) -> Signed:
    return sign(checked, pen, statements=statements_of(checked), stamp=None)


class TestWhatIsWritten:
    def test_two_files_and_nothing_else(self, package: Path) -> None:
        before = contents(package)
        done = signed(package)
        after = contents(package)
        assert set(after) - set(before) == {AUTHOR, PUBLIC} == set(done.files)
        assert {name: after[name] for name in before} == before
        assert (done.signer, done.manifest) == (AUTHOR_KEY.keyid, sha256(before[MANIFEST]))
        assert [path.name for path in package.parent.iterdir()] == ["package"]

    def test_the_very_bytes_of_the_statements_are_signed(self, package: Path) -> None:
        checked = _checked(package)
        statements = statements_of(checked)
        sign(checked, signer(AUTHOR_KEY), statements=statements, stamp=None)
        payloads = [base64.b64decode(json.loads((package / name).read_bytes())["payload"]) for name in (AUTHOR, PUBLIC)]
        assert tuple(payloads) == statements

    def test_at_a_fixed_time_the_same_key_writes_the_same_bytes(
        self, package: Path, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795219200")
        again = copied(plain, tmp_path / "again")
        signed(package)
        signed(again)
        assert contents(again) == contents(package)

    @pytest.mark.parametrize("key", [AUTHOR_KEY, P256_KEY], ids=["ed25519", "p256"])
    def test_it_verifies(self, package: Path, tmp_path: Path, key: TestKey) -> None:
        signed(package, key)
        assert verified(package, trusted=trust_author(tmp_path, key)).exit_code == 0

    def test_a_time_stamp_is_over_the_first_signature_of_the_author(self, package: Path) -> None:
        checked, pen = _checked(package), Pen()
        statements = statements_of(checked)
        done = sign(checked, pen, statements=statements, stamp=lambda signature: b"stamp over " + signature)
        assert pen.given == list(statements)
        assert (package / layout.TIMESTAMP).read_bytes() == b"stamp over signature 1"
        assert done.files == (AUTHOR, PUBLIC, layout.TIMESTAMP)

    def test_where_a_share_lies_is_kept_and_old_signatures_go(self, package: Path) -> None:
        signed(package, P256_KEY)
        (package / layout.SHARE_URL).write_text("https://share.example/x\n")
        (package / layout.SIGNATURES / "reviewer-00000000.dsse.json").write_text("{}")
        (package / layout.TIMESTAMP).write_bytes(b"old")
        signed(package)
        assert {name for name in contents(package) if "/" in name} == {AUTHOR, PUBLIC}
        assert (package / layout.SHARE_URL).read_text() == "https://share.example/x\n"

    def test_the_folder_keeps_its_mode(self, package: Path) -> None:
        package.chmod(0o750)
        signed(package)
        assert stat.S_IMODE(package.stat().st_mode) == 0o750

    def test_without_hard_links_members_are_copied(self, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*arguments: object, **options: object) -> None:
            raise OSError("no hard links here")

        before = contents(package)
        monkeypatch.setattr(os, "link", refuse)
        signed(package)
        assert {name: data for name, data in contents(package).items() if "/" not in name} == before

    def test_a_link_to_the_folder_stays_a_link(self, package: Path, tmp_path: Path) -> None:
        (tmp_path / "latest").symlink_to(package)
        signed(tmp_path / "latest")
        assert (tmp_path / "latest").is_symlink()
        assert is_signed(package)


class TestTwice:
    @pytest.mark.parametrize("suffix", ["dsse.json", "sigstore.json"])
    def test_an_authors_signature_of_any_kind_is_in_the_way(self, package: Path, suffix: str) -> None:
        require_unsigned(package)
        (package / layout.SIGNATURES).mkdir()
        (package / f"{layout.AUTHOR}.{suffix}").symlink_to("nowhere")
        with pytest.raises(UsageError, match="package is signed already") as caught:
            require_unsigned(package)
        assert (caught.value.code, caught.value.exit_code) == ("sign.signed", 2)
        assert "--replace" in (caught.value.hint or "")

    def test_what_others_left_there_is_not(self, package: Path) -> None:
        (package / layout.SIGNATURES).mkdir()
        (package / layout.SIGNATURES / "reviewer-00000000.dsse.json").write_text("{}")
        require_unsigned(package)


@pytest.mark.parametrize("below", ["", "signatures"])
def test_from_inside_the_package_nothing_is_signed(package: Path, below: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (package / "signatures").mkdir()
    monkeypatch.chdir(package / below)
    with pytest.raises(UsageError) as caught:
        require_outside(Path(os.path.relpath(package)))
    assert caught.value.code == "sign.inside"
    assert "worldflux audit sign package" in (caught.value.hint or "")
    monkeypatch.chdir(package.parent)
    require_outside(Path("package"))


class TestNothingIsLeftHalfDone:
    def _unchanged(self, package: Path, before: dict[str, bytes]) -> None:
        assert contents(package.parent) == {f"package/{name}": data for name, data in before.items()}
        assert [path.name for path in package.parent.iterdir()] == ["package"]

    def test_a_signer_that_fails_at_the_second_statement(self, package: Path) -> None:
        before = contents(package)
        with pytest.raises(SigningError, match="dry"):
            _sign(_checked(package), Pen(broken=True))
        self._unchanged(package, before)

    def test_a_time_stamp_that_nobody_gives(self, package: Path) -> None:
        def refuse(signature: bytes) -> bytes:
            raise StorageError("the service is away", code="file.unwritable")

        before, checked = contents(package), _checked(package)
        with pytest.raises(StorageError, match="away"):
            sign(checked, Pen(), statements=statements_of(checked), stamp=refuse)
        self._unchanged(package, before)

    def test_a_manifest_that_changes_after_the_check(self, package: Path) -> None:
        checked, pen = _checked(package), Pen()
        (package / MANIFEST).write_bytes((package / MANIFEST).read_bytes() + b"\n")
        before = contents(package)
        with pytest.raises(GateError) as caught:
            _sign(checked, pen)
        assert (caught.value.code, caught.value.exit_code) == ("manifest.changed", 13)
        assert pen.given == []
        self._unchanged(package, before)

    def test_a_member_that_changes_after_the_check_is_refused_by_whoever_verifies(
        self, package: Path, tmp_path: Path
    ) -> None:
        checked = _checked(package)
        edit_json(package / "evidence.json", lambda value: value.update(verdict="refuted"))
        sign(checked, signer(AUTHOR_KEY), statements=statements_of(checked), stamp=None)
        assert verified(package, trusted=trust_author(tmp_path)).exit_code == 13

    def test_a_package_that_is_gone_after_the_check(self, package: Path) -> None:
        checked, pen = _checked(package), Pen()
        shutil.rmtree(package)
        with pytest.raises(WorldError) as caught:
            _sign(checked, pen)
        assert caught.value.exit_code == 5
        assert pen.given == []
        assert list(package.parent.iterdir()) == []

    def test_where_nothing_can_be_written_nobody_signs(self, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*arguments: object, **options: object) -> None:
            raise PermissionError(13, "Permission denied")

        checked, pen = _checked(package), Pen()
        monkeypatch.setattr("worldbase.files.Path.mkdir", refuse)
        with pytest.raises(StorageError) as caught:
            _sign(checked, pen)
        assert (caught.value.code, pen.given) == ("file.unwritable", [])


def _phases(names: Sequence[str]) -> list[str]:
    return [name for name, _ in groupby(names)]


@pytest.mark.slow
@pytest.mark.parametrize("before", ["unsigned", "signed"])
def test_killed_at_any_step_the_old_state_or_the_new_one_is_there(plain: Path, tmp_path: Path, before: str) -> None:
    old = copied(plain, tmp_path / "old")
    if before == "signed":
        signed(old)
    command = [sys.executable, str(WRITER), str(old), str(tmp_path / "rooms")]
    subprocess.run(command, check=True, cwd=REPO, env={**os.environ, "PYTHONPATH": str(REPO)}, timeout=300)
    rooms = sorted((tmp_path / "rooms").iterdir(), key=lambda room: int(room.name))
    found = [_state(room / "package", contents(old)) for room in rooms]
    assert len(rooms) > 30
    assert _phases(found) == ["old", "gone", "new"]
    for room in rooms:
        files.recover(room / "package")
    assert _phases([_state(room / "package", contents(old)) for room in rooms]) == ["old", "new"]
    _require_that_it_goes_on(rooms, trust_author(tmp_path, AUTHOR_KEY, REVIEWER_KEY), 0 if before == "signed" else 14)


def _state(package: Path, old: dict[str, bytes]) -> str:
    """Which of the two states stands there, to the byte."""
    if not package.exists():
        return "gone"
    now = contents(package)
    if now == old:
        return "old"
    plain = {name: data for name, data in old.items() if "/" not in name}
    assert {name: data for name, data in now.items() if "/" not in name} == plain
    assert {name for name in now if "/" in name} == {AUTHOR, PUBLIC, layout.TIMESTAMP}
    assert json.loads(now[AUTHOR])["signatures"][0]["keyid"] == REVIEWER_KEY.keyid
    return "new"


def _require_that_it_goes_on(rooms: Sequence[Path], trusted: Path, old: int) -> None:
    """What was left can be verified, and signed again, which clears up."""
    for room in (rooms[0], rooms[len(rooms) // 2], rooms[-2]):
        was_new = (room / "package" / layout.TIMESTAMP).exists()
        assert verified(room / "package", trusted=trusted).exit_code == (0 if was_new else old)
        signed(room / "package")
        assert verified(room / "package", trusted=trusted).exit_code == 0
        assert [path.name for path in room.iterdir()] == ["package"]
