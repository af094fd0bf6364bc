"""Attacks on trust: identities that look right, files that say what nobody meant, files that go back in time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.trusting import (
    CLAIM,
    IDENTITY,
    NOW,
    ROOT,
    certificate,
    identities_policy,
    keys_policy,
    public,
    revoked,
    signed,
    signers_file,
    sigstore_file,
    trusted,
    trusted_identity,
    vouched,
    write,
)
from worldbase.errors import InputError, StorageError, WorldError
from worldflux.documents.seen import SeenTrustFile
from worldflux.errors import TrustError
from worldflux.signing import remembered, trust_files, trust_reading, trust_versions
from worldflux.signing.contract import SignedBy
from worldflux.signing.trust import TrustPolicy, judge
from worldflux.signing.trust_files import Grant
from worldflux.signing.trust_reading import load_policy

MAIL = "ann@lab.example"
NEUTRAL_POINT = "MCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
SMALL_ORDER = f"-----BEGIN PUBLIC KEY-----\n{NEUTRAL_POINT}\n-----END PUBLIC KEY-----\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _code(policy: TrustPolicy, signature: SignedBy) -> str:
    judgement = judge(policy, [signature], role="author", claim_id=CLAIM, now=NOW)
    assert judgement.accepted == ()
    return judgement.refusals[0].code


@pytest.mark.parametrize(
    "identity",
    [
        "Ann@lab.example",
        "ann@LAB.example",
        "ann@lab.example.",
        "ann@lab.example ",
        " ann@lab.example",
        "ann@lab.example/",
        "ａnn@lab.example",  # noqa: RUF001 - full-width: NFKC makes it the trusted one
        "ann@lab.example\u00a0",
    ],
)
def test_an_identity_that_normalises_to_a_trusted_one_is_refused_as_such(identity: str) -> None:
    policy = identities_policy(trusted_identity(identity=MAIL))
    assert _code(policy, vouched(identity)) == "policy.identity"


@pytest.mark.parametrize(
    "identity",
    [
        "аnn@lab.example",  # noqa: RUF001 - a Cyrillic letter
        "ann@lab.example.evil.example",
        "evil-ann@lab.example",
        "ann@lab\u200b.example",
        "ann%40lab.example",
        "ann@lab.example\nann@lab.example",
        "",
    ],
)
def test_an_identity_that_only_looks_like_a_trusted_one_is_nobody(identity: str) -> None:
    policy = identities_policy(trusted_identity(identity=MAIL))
    assert _code(policy, vouched(identity)) == "policy.unknown_signer"


@pytest.mark.parametrize(
    "issuer",
    [
        "https://token.actions.githubusercontent.com/",
        "https://token.actions.githubusercontent.com.evil.example",
        "https://TOKEN.actions.githubusercontent.com",
        "http://token.actions.githubusercontent.com",
        "https://token.actions.githubusercontent.com:443",
        "https://evil.example/https://token.actions.githubusercontent.com",
        "",
    ],
)
def test_a_look_alike_issuer_vouches_for_nobody(issuer: str) -> None:
    assert _code(identities_policy(trusted_identity()), vouched(issuer=issuer)) == "policy.identity"


def test_a_signature_under_the_key_id_of_a_trusted_key_is_nobodys() -> None:
    borrowed = replace(signed(2), keyid=public(1).keyid)
    assert _code(keys_policy(trusted(1)), borrowed) == "policy.unknown_signer"
    nameless = replace(signed(1), public_key=None)
    assert _code(keys_policy(trusted(1)), nameless) == "policy.unknown_signer"


def test_a_key_cannot_pass_as_an_identity_nor_the_other_way_round() -> None:
    posing = replace(signed(2), identity=IDENTITY, issuer=trusted_identity().issuer)
    assert _code(identities_policy(trusted_identity()), posing) == "policy.unknown_signer"
    certificate_with_the_id = replace(vouched("someone"), keyid=public(1).keyid)
    assert _code(keys_policy(trusted(1)), certificate_with_the_id) == "policy.unknown_signer"


def _problems(path: Path) -> list[tuple[str, str | None]]:
    with pytest.raises(InputError) as raised:
        trust_reading.read_any(path)
    return [(problem.code, problem.where.pointer) for problem in raised.value.problems]


def test_the_key_id_of_another_key(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", signers_file(trusted(1, keyid=public(2).keyid)))
    assert _problems(path) == [("trust.keyid", "/signers/0/keyid")]


def test_the_algorithm_of_another_key(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", signers_file(trusted(1, algorithm="ecdsa-p256-sha256")))
    assert _problems(path) == [("trust.algorithm", "/signers/0/algorithm")]


@pytest.mark.parametrize(
    ("pem", "code"),
    [
        (SMALL_ORDER, "key.invalid"),
        ("-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n", "key.invalid"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "key.private"),
        (public(1).pem + public(2).pem, "key.invalid"),
        (certificate(), "key.invalid"),
    ],
)
def test_what_is_not_one_good_public_key(pem: str, code: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", signers_file(trusted(1, public_key_pem=pem)))
    assert _problems(path) == [(code, "/signers/0/public_key_pem")]


def test_one_key_under_two_labels_and_two_keys_under_one(tmp_path: Path) -> None:
    twice = write(tmp_path / "a.json", signers_file(trusted(1), trusted(1, label="other", roles=["reviewer"])))
    assert _problems(twice) == [("trust.duplicate", "/signers/1/keyid")]
    for label in ("signer 1", "Signer 1", "ｓigner 1"):  # noqa: RUF001 - full-width
        shared = write(tmp_path / "b.json", signers_file(trusted(1), trusted(2, label=label)))
        assert _problems(shared) == [("trust.duplicate", "/signers/1/label")]


def test_one_identity_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", sigstore_file(trusted_identity(), trusted_identity(label="again")))
    assert _problems(path) == [("trust.duplicate", "/signers/1/identity")]


@pytest.mark.parametrize("label", ["lab\u202e", " lab", "lab\u200b", "lab\n"])
def test_a_label_that_cannot_be_compared_by_eye(label: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", signers_file(trusted(1, label=label)))
    assert _problems(path) == [("trust.text", "/signers/0/label")]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("identity", "ann@lab.example\u200b", "trust.text"),
        ("identity", "ann@lab.example ", "trust.text"),
        ("issuer", "https://accounts.example@evil.example", "trust.issuer"),
        ("issuer", "https://аccounts.example", "trust.issuer"),  # noqa: RUF001 - a Cyrillic letter
    ],
)
def test_an_identity_or_issuer_that_is_not_what_it_seems(field: str, value: str, code: str, tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", sigstore_file(trusted_identity(**{field: value})))
    assert _problems(path) == [(code, f"/signers/0/{field}")]


@pytest.mark.parametrize(
    "issuer", ["http://accounts.example", "accounts.example", "https://a.example?x", "https://a b"]
)
def test_an_issuer_that_is_no_https_address(issuer: str, tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", sigstore_file(trusted_identity(issuer=issuer)))
    assert _problems(path) == [("document.value", "/signers/0/issuer")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"min_signer": 2}, "document.invalid"),
        ({"min_signers": 0}, "document.invalid"),
        ({"version": 0}, "document.invalid"),
        ({"version": 1.0}, "document.invalid"),
        ({"version": True}, "document.invalid"),
        ({"require_timestamp": "yes"}, "document.invalid"),
        ({"expires": "2027-02-30T00:00:00Z"}, "trust.invalid"),
        ({"expires": "2027-01-31"}, "document.invalid"),
        ({"tsa_roots": ["no certificate"]}, "trust.invalid"),
        ({"tsa_roots": [certificate() * 2]}, "trust.invalid"),
        ({"schema_version": "worldflux.trusted_signers.v1"}, "document.kind"),
        ({"signers": [None]}, "document.invalid"),
    ],
)
def test_a_field_that_is_not_what_it_has_to_be(changes: dict[str, Any], code: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", signers_file(trusted(1)), **changes)
    with pytest.raises(InputError) as raised:
        load_policy(path, None)
    assert raised.value.code == code
    assert not (tmp_path / "home").exists(), "a file that is refused is not remembered"


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'{"version": 1, "version": 2}', b"\xef\xbb\xbf{}", b"[" * 9000])
def test_bytes_that_are_no_trust_file(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(data)
    for read in (trust_reading.read_any, trust_reading.read_signers, trust_reading.read_sigstore):
        with pytest.raises(InputError):
            read(path)


@pytest.mark.parametrize(
    "name", ["../root.json", "/root.json", "sub/root.json", "..", ".", "root.json ", "C:root.json"]
)
def test_a_trusted_root_that_lies_elsewhere(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", sigstore_file(trusted_identity()), trusted_root=name)
    with pytest.raises(TrustError) as raised:
        load_policy(None, path)
    assert raised.value.code == "trust.root_name"


def test_a_trusted_root_that_is_a_link_a_pipe_or_not_there(tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", sigstore_file(trusted_identity()))
    root = tmp_path / "root.json"
    root.rename(tmp_path / "elsewhere.json")
    makers: list[Callable[[], None]] = [
        lambda: None,
        lambda: root.symlink_to("elsewhere.json"),
        lambda: os.mkfifo(root),
    ]
    codes = []
    for make in makers:
        root.unlink(missing_ok=True)
        make()
        with pytest.raises(TrustError) as raised:
            load_policy(None, path)
        codes.append(raised.value.code)
    assert codes == ["trust.root_missing"] * 3


def test_a_trusted_root_that_was_exchanged(tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", sigstore_file(trusted_identity()))
    assert load_policy(None, path) is not None
    (tmp_path / "root.json").write_bytes(ROOT + b"\n")
    with pytest.raises(TrustError) as raised:
        load_policy(None, path)
    assert raised.value.code == "trust.root_differs"


def _load(path: Path, **more: Any) -> str:
    """The code of what `load_policy` raises, or nothing."""
    try:
        load_policy(path, None, **more)
    except WorldError as error:
        return error.code
    return ""


class TestGoingBack:
    def test_an_older_version_that_still_trusts_a_revoked_key(self, tmp_path: Path) -> None:
        path = tmp_path / "t.json"
        assert _load(write(path, signers_file(trusted(1), version=7))) == ""
        newer = signers_file(trusted(1), version=8, revoked=[revoked(1, "2026-01-01")])
        assert _load(write(path, newer)) == ""
        assert _load(write(path, signers_file(trusted(1), version=7))) == "trust.older"
        assert _load(path, state=False) == ""
        assert _load(write(path, newer)) == ""

    def test_other_content_under_the_same_version(self, tmp_path: Path) -> None:
        path = tmp_path / "t.json"
        assert _load(write(path, signers_file(trusted(1)))) == ""
        assert _load(write(path, signers_file(trusted(1), trusted(2)))) == "trust.same_version"

    def test_another_layout_of_the_same_content_is_no_change(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1)))
        assert _load(path) == ""
        path.write_text(json.dumps(json.loads(path.read_text()), indent=8, sort_keys=True))
        assert _load(path) == ""

    def test_a_link_is_the_file_that_it_leads_to(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1), version=2))
        link = tmp_path / "link.json"
        link.symlink_to(path)
        assert _load(link) == ""
        assert _load(write(path, signers_file(trusted(1)))) == "trust.older"

    def test_starting_anew_goes_up_all_the_same(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1), version=41))
        assert _load(path) == ""
        path.unlink()
        started = trust_files.start(path, [("me", public(2))])
        assert started.version == 42
        assert _load(path) == ""

    def test_a_change_to_an_older_copy_is_refused(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1), version=9))
        assert _load(path) == ""
        old = write(path, signers_file(trusted(1), version=8)).read_bytes()
        with pytest.raises(TrustError) as raised:
            trust_files.add_signer(path, public(2), Grant("two"))
        assert raised.value.code == "trust.older"
        assert path.read_bytes() == old

    def test_nothing_is_written_without_state(self, tmp_path: Path, home: Path) -> None:
        assert _load(write(tmp_path / "t.json", signers_file(trusted(1))), state=False) == ""
        assert not home.exists()


class TestDamagedMemory:
    @pytest.mark.parametrize("data", [b"", b"{}", b"\x00\xff", b'{"version": 1, "version": 2}', b"[]"])
    def test_it_is_an_error_and_not_forgotten(self, data: bytes, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1)))
        assert _load(path) == ""
        (record,) = trust_versions.memory().folder.glob("*.json")
        record.write_bytes(data)
        with pytest.raises(TrustError) as raised:
            load_policy(path, None)
        assert raised.value.code == "state.damaged"
        assert raised.value.where is not None
        assert raised.value.where.file == str(record), "the way out names the one file"
        assert record.read_bytes() == data
        assert _load(path, state=False) == ""
        record.unlink()
        assert _load(path) == ""

    def test_the_record_of_another_file_in_its_place(self, tmp_path: Path) -> None:
        first = write(tmp_path / "a.json", signers_file(trusted(1), version=9))
        assert _load(first) == ""
        (of_first,) = trust_versions.memory().folder.glob("*.json")
        second = write(tmp_path / "b.json", signers_file(trusted(1)))
        assert _load(second) == ""
        (of_second,) = set(trust_versions.memory().folder.glob("*.json")) - {of_first}
        of_first.write_bytes(of_second.read_bytes())
        assert _load(first) == "state.damaged"

    def test_a_folder_where_the_record_should_be(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1)))
        assert _load(path) == ""
        (record,) = trust_versions.memory().folder.glob("*.json")
        record.unlink()
        record.mkdir()
        assert _load(path) == "state.damaged"


class TestHeldMemory:
    def test_somebody_who_never_lets_go_is_an_error_and_no_hang(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1)))
        impatient = remembered.Memory(trust_versions.memory().folder, SeenTrustFile, patience=0)
        monkeypatch.setattr(trust_versions, "memory", lambda: impatient)
        impatient.folder.mkdir(parents=True)
        with (impatient.folder / remembered.LOCK).open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            assert _load(path) == "state.locked"
            assert _load(path, state=False) == ""
        assert _load(path) == ""
        # What is known already needs no lock.
        with (impatient.folder / remembered.LOCK).open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            assert _load(path) == ""

    def test_a_link_in_place_of_the_lock_is_not_followed(self, tmp_path: Path) -> None:
        path = write(tmp_path / "t.json", signers_file(trusted(1)))
        folder = trust_versions.memory().folder
        folder.mkdir(parents=True)
        (folder / remembered.LOCK).symlink_to(tmp_path / "victim")
        assert _load(path) == "state.unwritable"
        assert not (tmp_path / "victim").exists()

    def test_a_file_in_place_of_the_folder(self, tmp_path: Path, home: Path) -> None:
        home.mkdir()
        (home / "state").write_text("")
        with pytest.raises(StorageError) as raised:
            load_policy(write(tmp_path / "t.json", signers_file(trusted(1))), None)
        assert raised.value.code == "state.unwritable"
        assert "--no-state" in str(raised.value.hint)


def test_a_link_to_nothing_in_place_of_the_own_trust_file_is_no_missing_file(home: Path) -> None:
    home.mkdir()
    trust_reading.default_signers().symlink_to("gone.json")
    with pytest.raises(InputError):
        trust_reading.default_policy()


def test_links_in_a_circle_are_an_error_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.symlink_to(path)
    assert _load(path) == "file.unreadable"
    with pytest.raises(WorldError):
        trust_files.add_signer(path, public(1), Grant("one"))
