"""`worldflux audit sign`, as somebody types it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests import forgeries as forge
from tests.command import worldflux
from tests.conftest import Golden
from tests.forgeries import Change, all_of
from tests.tampering import (
    AUTHOR,
    AUTHOR_KEY,
    MANIFEST,
    P256_KEY,
    PUBLIC,
    copied,
    payload_of,
    rehash,
    resign,
    sha256,
    trust_file,
)
from tests.worldflux.cli.signing import EPOCH, masked, refused, report, settle
from tests.worldflux.signed_packages import small_package
from tests.worldflux.small_package import contents
from worldflux.signing.keystore import Keystore


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    return settle(monkeypatch, tmp_path / "home")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("plain"))[1]


@pytest.fixture
def package(plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return copied(plain, tmp_path / "evidence_pkg")


def test_the_first_time_a_key_is_made_and_that_is_said(package: Path, golden: Golden, home: Path) -> None:
    done = worldflux("audit sign evidence_pkg")
    assert done.code == 0
    golden("sign.txt", masked(done.out))
    (key,) = Keystore.of_user().public_keys()
    assert done.err == (
        f"made your key {key.keyid} (not encrypted; see worldflux key generate --help): {key.private_file}\n"
    )
    again = worldflux("audit sign evidence_pkg --replace")
    assert (again.code, again.err, again.out) == (0, "", done.out)
    assert len(Keystore.of_user().public_keys()) == 1


def test_the_report_as_json_and_as_markdown(package: Path) -> None:
    value = report("audit sign evidence_pkg")
    assert value == {
        "signer": AUTHOR_KEY.keyid,
        "manifest": sha256((package / MANIFEST).read_bytes()),
        "files": [AUTHOR, PUBLIC],
    }
    assert worldflux("audit sign evidence_pkg --replace --format markdown").out.startswith(
        "```\nSIGNED  evidence_pkg\n"
    )


def test_an_empty_name_of_a_key_is_not_the_default_key(package: Path) -> None:
    """`--key "$LAB_KEY"` with a variable that is not set must not sign with another key."""
    assert worldflux("key generate").code == 0
    done = worldflux("audit sign evidence_pkg --key ''")
    assert (done.code, "key.unknown" in done.err) == (3, True)
    assert not (package / "signatures").exists()


def test_quiet_prints_nothing_but_where_the_first_key_lies(package: Path) -> None:
    first = worldflux("audit sign evidence_pkg -q")
    assert (first.code, first.out) == (0, "")
    again = worldflux("audit sign evidence_pkg -q --replace")
    assert (again.code, again.out, again.err) == (0, "", "")


def test_it_is_not_signed_twice_without_a_word(package: Path) -> None:
    worldflux("audit sign evidence_pkg")
    before = contents(package)
    assert refused("audit sign evidence_pkg") == (2, "sign.signed")
    assert refused("audit sign evidence_pkg --key nobody --replace") == (3, "key.unknown")
    assert contents(package) == before


def test_replacing_drops_the_reviews_of_the_old_signature(package: Path) -> None:
    worldflux("audit sign evidence_pkg")
    (package / "signatures" / "reviewer-00000000.dsse.json").write_text("{}")
    assert worldflux("audit sign evidence_pkg --replace").code == 0
    assert {name for name in contents(package) if "/" in name} == {AUTHOR, PUBLIC}


def test_from_inside_it_is_refused_and_the_folder_stays(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(package)
    inode = package.stat().st_ino
    assert refused("audit sign .") == (2, "sign.inside")
    assert refused("audit sign", package) == (2, "sign.inside")
    assert package.stat().st_ino == inode
    assert Keystore.of_user().public_keys() == []


class TestKeys:
    def test_another_key_by_label_or_id(self, package: Path) -> None:
        worldflux("key generate --label first")
        worldflux("key generate --label second --algorithm p256")
        assert report("audit sign evidence_pkg --key second")["signer"] == P256_KEY.keyid
        done = report(f"audit sign evidence_pkg --replace --key {AUTHOR_KEY.keyid[:12]}")
        assert done["signer"] == AUTHOR_KEY.keyid

    def test_a_password_for_the_first_key(self, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RIGHT", "correct horse")
        monkeypatch.setenv("WRONG", "battery staple")
        done = worldflux("audit sign evidence_pkg --password-env RIGHT")
        assert (done.code, "(encrypted with your password)" in done.err) == (0, True)
        before = contents(package)
        assert refused("audit sign evidence_pkg --replace --password-env WRONG") == (3, "key.password")
        code, error = refused("audit sign evidence_pkg --replace --password-env UNSET_VARIABLE")
        assert (code, error) == (2, "key.password_env")
        assert refused("audit sign evidence_pkg --replace") == (3, "key.password_needed")
        assert contents(package) == before
        assert worldflux("audit sign evidence_pkg --replace --password-env RIGHT").code == 0
        for said in (done.out, done.err):
            assert "correct horse" not in said

    def test_two_ways_to_give_a_password(self, package: Path) -> None:
        assert refused("audit sign evidence_pkg --password-env A --password-file B") == (2, "key.password_twice")
        assert not (package / "signatures").exists()

    def test_a_revoked_key_signs_no_more(self, package: Path) -> None:
        worldflux("key generate --label mine")
        worldflux("key revoke mine --reason compromised")
        assert refused("audit sign evidence_pkg --key mine") == (3, "key.revoked")
        assert refused("audit sign evidence_pkg") == (3, "key.none")


class TestAdd:
    @pytest.fixture
    def twice(self, package: Path, tmp_path: Path) -> Path:
        """Signed with one key, and then with another."""
        (tmp_path / "two.json").write_bytes(trust_file(AUTHOR_KEY.trusted(), P256_KEY.trusted(), min_signers=2))
        worldflux("key generate --label first")
        worldflux("key generate --label second --algorithm p256")
        assert worldflux("audit sign -q evidence_pkg --key first").code == 0
        assert report("audit verify evidence_pkg --trusted-signer-config two.json", code=20)["signer"]
        assert report("audit sign evidence_pkg --add --key second")["files"] == [AUTHOR]
        return package

    def test_two_signers_meet_a_threshold_of_two(self, twice: Path) -> None:
        value = report("audit verify evidence_pkg --trusted-signer-config two.json")
        assert [signer["keyid"] for signer in value["signers"]] == [AUTHOR_KEY.keyid, P256_KEY.keyid]
        assert len(json.loads((twice / AUTHOR).read_bytes())["signatures"]) == 2

    def test_the_first_signature_and_the_statement_stay(self, twice: Path) -> None:
        both = json.loads((twice / AUTHOR).read_bytes())
        assert worldflux("audit sign -q evidence_pkg --replace --key first").code == 0
        first = json.loads((twice / AUTHOR).read_bytes())
        assert both == {**first, "signatures": [*first["signatures"], both["signatures"][1]]}

    def test_one_key_signs_once(self, twice: Path) -> None:
        before = contents(twice)
        code, _ = refused("audit sign evidence_pkg --add --key second")
        assert code == 15
        assert contents(twice) == before

    def test_an_unsigned_package_has_nothing_to_add_to(self, package: Path) -> None:
        assert refused("audit sign evidence_pkg --add -q --key nobody") == (3, "key.unknown")
        worldflux("key generate")
        assert refused("audit sign evidence_pkg --add") == (14, "signed.absent")

    def test_nothing_is_added_to_a_signature_over_other_bytes(self, twice: Path) -> None:
        worldflux("key generate --label third")
        forge.signature(lambda value: value["signatures"].pop())(twice)
        forge.first_signature(forge.one_bit)(twice)
        assert refused("audit sign evidence_pkg --add --key second") == (15, "signature.bad")
        resign(twice, AUTHOR_KEY, change=lambda value: value["subject"].pop())
        assert refused("audit sign evidence_pkg --add --key second") == (16, "subject.files")

    @pytest.mark.parametrize("option", ["--replace", "--tsa-url http://localhost:9"])
    def test_what_does_not_go_with_it(self, package: Path, option: str) -> None:
        assert refused(f"audit sign evidence_pkg --add {option}") == (2, "sign.add_alone")


@pytest.mark.parametrize(
    ("change", "exit_code"),
    [
        (lambda folder: os.mkfifo(folder / "pipe"), 10),
        (lambda folder: (folder / "link").symlink_to("claim.json"), 10),
        (all_of(forge.appended("claim.json", b"{}"), rehash), 11),
        (all_of(forge.edited("claim.json", lambda value: value.update(more=1)), rehash), 12),
        (forge.other_byte("evidence.md"), 13),
        (forge.share, 13),
        (forge.removed(MANIFEST), 13),
        (
            all_of(forge.edited("protocol.json", lambda value: value.update(claim_hash="sha256:" + "ab" * 32)), rehash),
            17,
        ),
        (all_of(forge.flipped_outcome, rehash), 18),
        (all_of(forge.edited("evidence.json", lambda value: value.update(verdict="refuted")), rehash), 18),
    ],
)
def test_what_does_not_hold_is_not_signed_and_makes_no_key(package: Path, change: Change, exit_code: int) -> None:
    change(package)
    before = sorted(path.name for path in package.iterdir())
    done = worldflux("audit sign evidence_pkg")
    assert (done.code, done.out) == (exit_code, "")
    assert done.err.startswith("error: ")
    assert "next: " in done.err
    assert "Traceback" not in done.err
    assert sorted(path.name for path in package.iterdir()) == before
    assert Keystore.of_user().public_keys() == []


def test_what_is_no_folder(package: Path, tmp_path: Path) -> None:
    assert refused("audit sign nothing") == (3, "package.missing")
    (tmp_path / "file").write_text("x")
    assert worldflux("audit sign file").code == 2


def test_the_private_key_is_in_nothing_that_is_written_or_said(package: Path, home: Path) -> None:
    done = worldflux("audit sign evidence_pkg")
    (secret_file,) = (home / "keys").glob("*.key.pem")
    secret = "".join(secret_file.read_text().splitlines()[1:-1]).encode()
    assert len(secret) > 60
    for data in (*contents(package).values(), done.out.encode(), done.err.encode()):
        assert secret not in data


def test_at_a_fixed_time_two_homes_with_the_same_key_sign_the_same_bytes(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worldflux("audit sign evidence_pkg")
    first = contents(package)
    settle(monkeypatch, tmp_path / "another-home")
    worldflux("audit sign evidence_pkg --replace")
    assert contents(package) == first
    assert payload_of(package / AUTHOR)["predicate"]["signed_at_claimed"] == "2026-11-21T00:00:00Z"


def test_sigstore_publishes_nothing_without_a_word(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", raising=False)
    assert refused("audit sign evidence_pkg --backend sigstore") == (2, "sign.public_log")
    assert not (package / "signatures").exists()
    assert Keystore.of_user().public_keys() == []


def test_the_examples_of_the_help_are_commands(package: Path) -> None:
    text = worldflux("audit sign --help").out
    assert "worldflux audit sign evidence_pkg/" in text
    assert worldflux("audit sign evidence_pkg/").code == 0
    assert worldflux("audit verify evidence_pkg/").code == 0
    assert worldflux("key export --output my-key.pem").code == 0
    assert json.loads(worldflux("key list --format json").out)["keys"][0]["keyid"] == AUTHOR_KEY.keyid
