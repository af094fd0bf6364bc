"""`worldflux trust`: from a first file to a revocation, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command import Outcome, inside, worldflux
from tests.worldflux.trusting import IDENTITY, ISSUER, ROOT, day, key, public, signers_file, trusted, write
from worldflux.signing.keystore import Keystore
from worldflux.signing.trust_reading import default_signers, default_sigstore


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "lab.pem"
    path.write_text(public(1).pem)
    return path


def _report(line: str, *more: object) -> dict[str, Any]:
    command, _, options = line.partition(" ")
    outcome = worldflux(f"trust {command} --format json {options}", *more)
    assert outcome.code == 0, outcome.err
    report: dict[str, Any] = json.loads(outcome.out)
    return report


def _refused(outcome: Outcome, exit_code: int, code: str) -> None:
    assert (outcome.code, f"[{code}]" in outcome.err) == (exit_code, True), outcome.err


class TestInit:
    def test_the_first_key_is_made_and_trusted(self) -> None:
        report = _report("init")
        (mine,) = Keystore.of_user().public_keys()
        (row,) = report["signers"]
        assert (row["id"], row["roles"], row["now"]) == (mine.keyid, ["author", "reviewer"], "trusted")
        assert report["file"] == str(default_signers())

    def test_keys_that_are_revoked_are_left_out(self, tmp_path: Path) -> None:
        store = Keystore.of_user()
        store.generate("kept")
        store.generate("gone")
        store.revoke("gone", "ceased", None)
        report = _report("init --expires 2099-12-31 --output", tmp_path / "trusted.json")
        assert [row["label"] for row in report["signers"]] == ["kept"]
        assert report["expires"] == "2099-12-31T23:59:59Z"
        assert not default_signers().exists()

    def test_a_second_time_needs_a_word(self) -> None:
        _report("init")
        _refused(worldflux("trust init"), 2, "trust.exists")
        assert _report("init --overwrite")["version"] == 2


class TestAdd:
    def test_a_key_with_everything_said(self, pem: Path, tmp_path: Path) -> None:
        line = (
            "add --label Lab --role author --role author --not-before 2026-01-01 --not-after 2099-06-30 "
            "--claim 'clm_01*' --claim clm_02"
        )
        report = _report(line, "--file", tmp_path / "t.json", pem)
        (row,) = report["signers"]
        assert row == {
            "label": "Lab",
            "kind": "key",
            "id": public(1).keyid,
            "issuer": None,
            "roles": ["author"],
            "not_before": "2026-01-01T00:00:00Z",
            "not_after": "2099-06-30T23:59:59Z",
            "claims": ["clm_01*", "clm_02"],
            "now": "trusted",
        }

    def test_a_key_with_nothing_said(self, pem: Path) -> None:
        (row,) = _report("add", pem)["signers"]
        assert (row["label"], row["roles"], row["claims"]) == ("lab", ["author", "reviewer"], None)
        assert default_signers().exists()

    def test_an_identity(self, tmp_path: Path) -> None:
        root = tmp_path / "root.json"
        root.write_bytes(ROOT)
        line = f"add --sigstore-identity {IDENTITY} --sigstore-issuer {ISSUER}"
        _refused(worldflux(f"trust {line}"), 2, "trust.root_needed")
        (row,) = _report(f"{line} --label CI --trusted-root", root)["signers"]
        assert (row["kind"], row["id"], row["issuer"]) == ("sigstore", IDENTITY, ISSUER)
        assert default_sigstore().exists()
        assert not default_signers().exists()

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ("", "trust.option_who"),
            ("--sigstore-identity ann@lab.example", "trust.option_who"),
            ("--sigstore-issuer https://accounts.example", "trust.option_who"),
            ("{pem} --sigstore-identity ann@lab.example --sigstore-issuer https://a.example", "trust.option_who"),
            ("{pem} --trusted-root root.json", "trust.option_root"),
            ("{pem} --claim prt_01", "trust.option_claim"),
            ("{pem} --claim 'clm_*01'", "trust.option_claim"),
            ("{pem} --not-after 2027-02-30", "trust.option_time"),
            ("{pem} --not-before tomorrow", "trust.option_time"),
            ("{pem} --not-before 2027-01-01T00:00:00+01:00", "trust.option_time"),
        ],
    )
    def test_what_does_not_make_sense(self, line: str, code: str, pem: Path) -> None:
        _refused(worldflux(f"trust add {line.format(pem=pem)}"), 2, code)
        assert not default_signers().exists()

    def test_a_private_key_is_refused_and_not_shown(self, tmp_path: Path) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        secret = key(1).secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / "mine.pem").write_bytes(secret)
        outcome = worldflux("trust add", tmp_path / "mine.pem")
        _refused(outcome, 3, "key.private")
        assert secret.decode().splitlines()[1] not in outcome.err + outcome.out

    @pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"-----BEGIN PUBLIC KEY-----\n", b"x" * 20_000])
    def test_a_file_that_is_no_key(self, data: bytes, tmp_path: Path) -> None:
        (tmp_path / "x.pem").write_bytes(data)
        assert worldflux("trust add", tmp_path / "x.pem").code == 3


class TestRevoke:
    def test_a_key_by_its_first_digits(self, pem: Path) -> None:
        _report("add", pem)
        outcome = worldflux(f"trust revoke {public(1).keyid[:8]} --reason compromised --since 2026-01-31 --note stolen")
        assert outcome.code == 0, outcome.err
        entry = json.loads(default_signers().read_text())["revoked"][0]
        assert (entry["revoked_at"], entry["reason"], entry["note"]) == (day("2026-01-31"), "compromised", "stolen")
        assert "revoked" in outcome.out

    def test_nobody_of_that_name(self, pem: Path) -> None:
        _report("add", pem)
        _refused(worldflux("trust revoke nobody --reason ceased"), 3, "trust.no_such_signer")

    def test_without_a_file(self) -> None:
        _refused(worldflux("trust revoke lab --reason ceased"), 3, "file.missing")


class TestCheck:
    def test_a_good_file(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1, not_after=day("2099-01-01"))))
        outcome = worldflux("trust check", path)
        assert outcome.code == 0
        assert outcome.out.startswith(f"{path}, version 1\nA package needs one trusted signer; no expiry.\n\n")
        assert "signer 1  author      -     2099-01-01  all     trusted  " + public(1).keyid in outcome.out

    def test_an_expired_file_is_shown_and_the_answer_is_no(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1), expires=day("2026-01-01")))
        outcome = worldflux("trust check", path)
        _refused(outcome, 1, "trust.expired")
        assert "nothing is trusted by it" in outcome.out

    def test_every_problem_is_listed(self, tmp_path: Path) -> None:
        faulty = signers_file(
            trusted(1, keyid=public(2).keyid), trusted(3, label="signer 1"), expires=day("2026-02-30")
        )
        outcome = worldflux("trust check", write(tmp_path / "t.json", faulty))
        _refused(outcome, 3, "trust.invalid")
        for code in ("trust.keyid", "trust.duplicate", "trust.time"):
            assert f"[{code}]" in outcome.err

    def test_markdown_shows_names_literally(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1, label="a|b [c](d)")))
        outcome = worldflux("trust check --format markdown", path)
        assert r"| a\|b \[c\](d) | author |" in outcome.out

    def test_hostile_names_do_not_move_the_cursor(self, tmp_path: Path) -> None:
        path = tmp_path / "a\x1b[2Jb.json"
        write(path, signers_file(trusted(1)))
        assert "\x1b" not in worldflux("trust check", path).out


class TestShow:
    def test_nothing_yet(self) -> None:
        assert worldflux("trust show").out == "You have no trust file; `worldflux trust init` begins one.\n"

    def test_files_and_own_keys(self, pem: Path) -> None:
        mine = Keystore.of_user().generate("mine").public
        _report("add", pem)
        report = _report("show")
        assert [row["id"] for row in report["files"][0]["signers"]] == [public(1).keyid]
        assert report["own_keys"] == [{"label": "mine", "keyid": mine.keyid}]
        text = worldflux("trust show").out
        assert public(1).keyid in text
        assert mine.keyid in text


def test_the_examples_of_the_help_work(tmp_path: Path, pem: Path) -> None:
    with inside(tmp_path):
        assert worldflux("trust init").code == 0
        assert worldflux("trust init --output trusted.json --expires 2027-12-31").code == 0
        assert worldflux(f'trust add {pem.name} --label "Robot lab" --role author').code == 0
        assert worldflux(f"trust add {pem.name} --not-after 2027-12-31 --file trusted.json").code == 0
        assert worldflux('trust revoke "Robot lab" --reason superseded').code == 0
        assert worldflux("trust check trusted.json").code in (0, 1)
