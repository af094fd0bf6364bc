"""Reading and changing trust files: each change is a whole, valid file with a higher version."""

from __future__ import annotations

import json
import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.trusting import (
    IDENTITY,
    ISSUER,
    NOW,
    ROOT,
    certificate,
    day,
    public,
    revoked,
    revoked_identity,
    signers_file,
    sigstore_file,
    trusted,
    trusted_identity,
    write,
)
from worldbase.errors import InputError, UsageError, WorldError
from worldflux.documents.trust import SigstorePolicy, TrustedSigners
from worldflux.errors import TrustError
from worldflux.signing import trust_files, trust_reading, trust_versions
from worldflux.signing.trust_files import Grant, Identity, Withdrawal
from worldflux.signing.trust_overview import overview
from worldflux.signing.trust_reading import default_policy, load_policy


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trusted.json"


def _read(path: Path) -> TrustedSigners:
    return trust_reading.read_signers(path).document


def _read_identities(path: Path) -> SigstorePolicy:
    return trust_reading.read_sigstore(path).document


class TestReading:
    def test_no_file_is_no_policy(self) -> None:
        assert load_policy(None, None) is None
        assert default_policy() is None

    def test_both_kinds_are_read_together(self, tmp_path: Path) -> None:
        keys = write(tmp_path / "t.json", signers_file(trusted(1), tsa_roots=[certificate()]))
        identities = write(tmp_path / "p.json", sigstore_file(trusted_identity()))
        policy = load_policy(keys, identities)
        assert policy is not None
        assert policy.candidates() == (public(1),)
        assert (policy.trusted_root, policy.label) == (ROOT, "t.json and p.json")
        assert policy.tsa_roots == (certificate(),)

    def test_the_files_of_the_user(self, home: Path) -> None:
        home.mkdir()
        write(home / "trusted_signers.json", signers_file(trusted(1)))
        write(home / "sigstore_policy.json", sigstore_file(trusted_identity()))
        policy = default_policy()
        assert policy is not None
        assert policy.keys is not None
        assert policy.sigstore is not None

    def test_one_label_for_two_signers_of_two_files(self, tmp_path: Path) -> None:
        keys = write(tmp_path / "t.json", signers_file(trusted(1, label="Lab CI")))
        identities = write(tmp_path / "p.json", sigstore_file(trusted_identity()))
        with pytest.raises(TrustError) as raised:
            load_policy(keys, identities)
        assert [problem.code for problem in raised.value.problems] == ["trust.duplicate"]

    def test_every_problem_is_found_at_once(self, path: Path) -> None:
        faulty = signers_file(
            trusted(1, not_before=day("2027-02-01"), not_after=day("2027-01-01")),
            trusted(2, not_before=day("2027-02-30")),
            expires=day("2027-00-01"),
            revoked=[revoked(1, "2027-02-31")],
        )
        with pytest.raises(TrustError) as raised:
            load_policy(write(path, faulty), None)
        assert [(problem.code, problem.where.pointer) for problem in raised.value.problems] == [
            ("trust.time", "/expires"),
            ("trust.window", "/signers/0/not_after"),
            ("trust.time", "/signers/1/not_before"),
            ("trust.time", "/revoked/0/revoked_at"),
        ]

    def test_the_kind_is_found_out(self, tmp_path: Path) -> None:
        identities = write(tmp_path / "p.json", sigstore_file(trusted_identity()))
        assert isinstance(trust_reading.read_any(identities).document, SigstorePolicy)
        with pytest.raises(InputError) as raised:
            load_policy(identities, None)
        assert raised.value.code == "document.kind"

    def test_a_policy_behind_a_link_finds_its_root(self, tmp_path: Path) -> None:
        (tmp_path / "there").mkdir()
        write(tmp_path / "there" / "p.json", sigstore_file(trusted_identity()))
        (tmp_path / "link.json").symlink_to("there/p.json")
        policy = load_policy(None, tmp_path / "link.json")
        assert policy is not None
        assert policy.trusted_root == ROOT


class TestStarting:
    def test_it_trusts_the_keys_for_everything(self, path: Path) -> None:
        started = trust_files.start(path, [("me", public(1)), ("old", public(2))], expires=day("2027-01-01"))
        assert started == _read(path)
        assert [(signer.label, signer.roles) for signer in started.signers] == [
            ("me", ["author", "reviewer"]),
            ("old", ["author", "reviewer"]),
        ]
        assert (started.version, started.expires) == (1, day("2027-01-01"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o644

    def test_a_file_that_is_there_stays(self, path: Path) -> None:
        path.write_text("mine")
        with pytest.raises(UsageError) as raised:
            trust_files.start(path, [("me", public(1))])
        assert (raised.value.code, path.read_text()) == ("trust.exists", "mine")

    def test_replacing_goes_up(self, path: Path) -> None:
        write(path, signers_file(trusted(2), version=4))
        assert trust_files.start(path, [("me", public(1))], overwrite=True).version == 5
        path.write_text("no JSON")
        assert trust_files.start(path, [("me", public(1))], overwrite=True).version == 6


class TestAddingKeys:
    def test_the_file_begins_and_grows(self, path: Path) -> None:
        trust_files.add_signer(path, public(1), Grant("one"))
        grant = Grant("two", ("reviewer",), day("2026-01-01"), day("2027-01-01"), ("clm_01*",))
        changed = trust_files.add_signer(path, public(2), grant)
        assert changed == _read(path)
        one, two = changed.signers
        assert one == trusted(1, label="one", roles=["author", "reviewer"])
        assert two == trusted(
            2,
            label="two",
            roles=["reviewer"],
            not_before=day("2026-01-01"),
            not_after=day("2027-01-01"),
            projects=["clm_01*"],
        )
        assert changed.version == 2

    def test_what_the_file_says_otherwise_stays(self, path: Path) -> None:
        before = signers_file(
            trusted(1), version=3, min_signers=2, tsa_roots=[certificate()], expires=day("2027-01-01")
        )
        trust_files.add_signer(write(path, before), public(2), Grant("two"))
        after = _read(path)
        assert (after.min_signers, after.tsa_roots, after.expires) == (2, [certificate()], day("2027-01-01"))

    def test_a_key_that_is_listed_or_revoked(self, path: Path) -> None:
        write(path, signers_file(trusted(1), revoked=[revoked(2, "2026-01-01")]))
        before = path.read_bytes()
        for number, code in ((1, "trust.listed"), (2, "trust.withdrawn")):
            with pytest.raises(TrustError) as raised:
                trust_files.add_signer(path, public(number), Grant("again"))
            assert raised.value.code == code
        assert path.read_bytes() == before

    @pytest.mark.parametrize(
        "grant",
        [
            Grant("Signer 1"),
            Grant(""),
            Grant("x" * 201),
            Grant("lab\u200b"),
            Grant("a", not_after="2027-02-30T00:00:00Z"),
        ],
    )
    def test_a_change_that_would_not_be_valid_changes_nothing(self, path: Path, grant: Grant) -> None:
        write(path, signers_file(trusted(1)))
        before = path.read_bytes()
        with pytest.raises(TrustError) as raised:
            trust_files.add_signer(path, public(2), grant)
        assert raised.value.code == "trust.change"
        assert raised.value.problems
        assert path.read_bytes() == before
        assert trust_versions.last_seen(path, TrustedSigners.schema_name) is None

    def test_a_link_stays_a_link(self, path: Path, tmp_path: Path) -> None:
        real = write(tmp_path / "real.json", signers_file(trusted(1)))
        path.symlink_to(real)
        trust_files.add_signer(path, public(2), Grant("two"))
        assert path.is_symlink()
        assert len(_read(real).signers) == 2

    def test_two_at_once_lose_nothing(self, path: Path) -> None:
        barrier = threading.Barrier(4)

        def add(number: int) -> None:
            barrier.wait()
            trust_files.add_signer(path, public(number), Grant(f"signer {number}"))

        threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        after = _read(path)
        assert {signer.keyid for signer in after.signers} == {public(number).keyid for number in range(1, 5)}
        assert after.version == 4

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(WorldError):
            trust_files.add_signer(tmp_path / "file" / "t.json", public(1), Grant("one"))


class TestAddingIdentities:
    WHO = Identity(IDENTITY, ISSUER)

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        path = tmp_path / "downloads" / "root.json"
        path.parent.mkdir()
        path.write_bytes(ROOT)
        return path

    def test_the_first_one_pins_a_root(self, path: Path, root: Path) -> None:
        with pytest.raises(UsageError) as raised:
            trust_files.add_identity(path, self.WHO, Grant("CI"))
        assert raised.value.code == "trust.root_needed"
        assert not path.exists()
        policy = trust_files.add_identity(path, self.WHO, Grant("CI", ("author",)), trusted_root=root)
        root.unlink()
        loaded = load_policy(None, path)
        assert loaded is not None
        assert loaded.trusted_root == ROOT
        assert policy.signers == [trusted_identity(label="CI")]

    def test_another_root_lies_beside_the_first(self, path: Path, root: Path) -> None:
        trust_files.add_identity(path, self.WHO, Grant("CI"), trusted_root=root)
        root.write_bytes(ROOT + b"\n")
        other = Identity("ann@lab.example", "https://accounts.example")
        trust_files.add_identity(path, other, Grant("Ann"), trusted_root=root)
        loaded = load_policy(None, path)
        assert loaded is not None
        assert loaded.trusted_root == ROOT + b"\n"
        assert len(list(path.parent.glob("trusted_root-*.json"))) == 2

    def test_the_root_stays_where_none_is_given(self, path: Path, root: Path) -> None:
        trust_files.add_identity(path, self.WHO, Grant("CI"), trusted_root=root)
        other = Identity(IDENTITY, "https://accounts.example")
        assert trust_files.add_identity(path, other, Grant("other")).version == 2
        assert load_policy(None, path) is not None

    @pytest.mark.parametrize("data", [b"{}", b"[]", b'{"mediaType": "application/vnd.dev.sigstore.signingconfig"}'])
    def test_a_file_that_is_no_trusted_root(self, path: Path, root: Path, data: bytes) -> None:
        root.write_bytes(data)
        with pytest.raises(TrustError) as raised:
            trust_files.add_identity(path, self.WHO, Grant("CI"), trusted_root=root)
        assert raised.value.code == "trust.root_kind"
        assert not path.exists()

    def test_an_identity_that_is_listed_or_revoked(self, path: Path) -> None:
        write(path, sigstore_file(trusted_identity(), revoked=[revoked_identity("2026-01-01", identity="gone")]))
        for who, code in ((self.WHO, "trust.listed"), (Identity("gone", ISSUER), "trust.withdrawn")):
            with pytest.raises(TrustError) as raised:
                trust_files.add_identity(path, who, Grant("again"))
            assert raised.value.code == code


class TestRevoking:
    WHY = Withdrawal("compromised", "laptop stolen", day("2026-11-01"))

    @pytest.mark.parametrize("who", [public(1).keyid, public(1).keyid[:8], "signer 1"])
    def test_a_key_by_any_of_its_names(self, path: Path, who: str) -> None:
        write(path, signers_file(trusted(1), trusted(2)))
        trust_files.revoke(path, who, self.WHY)
        after = _read(path)
        (entry,) = after.revoked
        assert (entry.keyid, entry.reason, entry.note, entry.revoked_at) == (
            public(1).keyid,
            "compromised",
            "laptop stolen",
            day("2026-11-01"),
        )
        assert (after.version, len(after.signers)) == (2, 2)

    def test_a_whole_key_id_need_not_be_listed(self, path: Path) -> None:
        trust_files.revoke(write(path, signers_file()), public(3).keyid, self.WHY)
        assert _read(path).revoked[0].keyid == public(3).keyid

    @pytest.mark.parametrize("who", [public(1).keyid[:7], "nobody", "", public(3).keyid[:63], public(1).keyid.upper()])
    def test_nobody(self, path: Path, who: str) -> None:
        write(path, signers_file(trusted(1)))
        with pytest.raises(TrustError) as raised:
            trust_files.revoke(path, who, self.WHY)
        assert raised.value.code == "trust.no_such_signer"

    @pytest.mark.parametrize("who", ["lab CI", IDENTITY])
    def test_an_identity(self, path: Path, who: str) -> None:
        trust_files.revoke(write(path, sigstore_file(trusted_identity())), who, self.WHY)
        (entry,) = _read_identities(path).revoked
        assert (entry.identity, entry.issuer) == (IDENTITY, ISSUER)

    def test_an_identity_that_two_issuers_vouch_for_is_named_by_its_label(self, path: Path) -> None:
        write(path, sigstore_file(trusted_identity(), trusted_identity(label="two", issuer="https://accounts.example")))
        with pytest.raises(TrustError) as raised:
            trust_files.revoke(path, IDENTITY, self.WHY)
        assert "several signers" in raised.value.message
        trust_files.revoke(path, "two", self.WHY)
        assert _read_identities(path).revoked[0].issuer == "https://accounts.example"

    def test_the_time_is_now_where_none_is_given(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
        trust_files.revoke(write(path, signers_file(trusted(1))), "signer 1", Withdrawal("ceased"))
        assert _read(path).revoked[0].revoked_at == "2027-01-15T08:00:00Z"

    def test_a_file_that_is_not_there(self, path: Path) -> None:
        with pytest.raises(InputError) as raised:
            trust_files.revoke(path, "signer 1", self.WHY)
        assert raised.value.code == "file.missing"


class TestOverview:
    def _status(self, path: Path, *signers: Any, **more: Any) -> dict[str, str]:
        write(path, signers_file(*signers, **more))
        return {row.label: row.now for row in overview(path, now=NOW).signers}

    def test_what_each_signer_is_now(self, path: Path) -> None:
        assert self._status(
            path,
            trusted(1),
            trusted(2, not_before=day("2027-01-01")),
            trusted(3, not_after=day("2026-01-01")),
            trusted(4),
            trusted(5),
            trusted(6),
            revoked=[
                revoked(4, "2026-01-01"),
                revoked(5, "2027-01-01", "compromised"),
                revoked(6, "2027-01-01", "ceased"),
            ],
        ) == {
            "signer 1": "trusted",
            "signer 2": "not yet",
            "signer 3": "no longer",
            "signer 4": "revoked",
            "signer 5": "revoked",
            "signer 6": "trusted",
        }

    def test_what_ends_soon_is_named(self, path: Path) -> None:
        soon = (NOW + timedelta(days=29)).strftime("%Y-%m-%dT%H:%M:%SZ")
        later = (NOW + timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")
        write(path, signers_file(trusted(1, not_after=soon), trusted(2, not_after=later), expires=soon))
        assert overview(path, now=NOW).warnings == [
            f"the file expires at {soon}",
            f"signer 1 is trusted until {soon} only",
        ]

    def test_what_can_trust_nobody_is_named(self, path: Path) -> None:
        write(path, signers_file(trusted(1, projects=[]), min_signers=2, expires=day("2026-01-01")))
        known = overview(path, now=NOW)
        assert known.expired
        assert known.warnings == [
            f"the file expired at {day('2026-01-01')}: nothing is trusted by it",
            "2 different signers are needed; trusted now: 1",
            "signer 1 is trusted for no claim: projects is empty",
        ]

    def test_what_may_be_misspelt_is_named(self, path: Path) -> None:
        policy = sigstore_file(
            trusted_identity(identity="žana@lab.example"),
            revoked=[revoked_identity("2026-01-01", identity="zana@lab.example")],
        )
        assert overview(write(path, policy), now=NOW).warnings == [
            "the identity of lab CI holds letters beyond ASCII; is each of them the one that is meant?",
            "zana@lab.example is revoked, and no signer has this identity and issuer: is it spelled right?",
        ]

    def test_nothing_is_remembered_and_going_back_is_found(self, path: Path, home: Path) -> None:
        overview(write(path, signers_file(trusted(1), version=2)), now=NOW)
        assert not home.exists()
        load_policy(path, None)
        with pytest.raises(TrustError) as raised:
            overview(write(path, signers_file(trusted(1))), now=NOW)
        assert raised.value.code == "trust.older"


def test_the_memory_is_for_its_owner_alone(path: Path) -> None:
    load_policy(write(path, signers_file(trusted(1))), None)
    folder = trust_versions.memory().folder
    (record,) = folder.glob("*.json")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(record.stat().st_mode) == 0o600
    assert json.loads(record.read_text())["path"] == str(path)
    assert {entry.name for entry in folder.iterdir()} == {".lock", record.name}
