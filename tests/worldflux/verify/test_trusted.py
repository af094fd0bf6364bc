"""The gate `policy`: `policy`, `self` or `unknown`, and what refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.trusting import (
    CLAIM,
    NOW,
    ROOT,
    certificate,
    day,
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
from worldbase.errors import InputError
from worldflux.signing import trust_files, trust_reading
from worldflux.signing.contract import SignedBy
from worldflux.signing.keystore import Keystore
from worldflux.signing.trust import TrustPolicy
from worldflux.verify.trusted import TrustDecision, Trustees, trustees_of

OWN = (public(9),)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _decided(trustees: Trustees, *signed_by: SignedBy, **more: Any) -> TrustDecision:
    return trustees.decide(signed_by, claim_id=CLAIM, now=NOW, **more)


def _outcome(trustees: Trustees, *signed_by: SignedBy, **more: Any) -> tuple[str, str | None]:
    """Level, and code of the failure."""
    decision = _decided(trustees, *signed_by, **more)
    if decision.failure is None:
        return decision.level, None
    assert (decision.failure.gate, decision.failure.exit_code) == ("policy", 20)
    assert decision.failure.hint
    return decision.level, decision.failure.code


class TestWithoutATrustFile:
    TRUSTEES = Trustees(own=OWN, own_revoked=(public(8),))

    def test_ones_own_key(self) -> None:
        decision = _decided(self.TRUSTEES, signed(9))
        assert (decision.level, decision.detail, decision.failure) == ("self", "signed by your own key", None)
        assert [(signer.level, signer.label) for signer in decision.signers] == [("self", None)]

    def test_a_stranger_is_unknown_and_not_refused(self) -> None:
        decision = _decided(self.TRUSTEES, signed(1))
        assert (decision.level, decision.failure) == ("unknown", None)
        assert decision.detail.startswith("integrity only, signer unknown: there is no trust file")

    def test_an_identity_is_unknown(self) -> None:
        assert _outcome(self.TRUSTEES, vouched()) == ("unknown", None)

    def test_a_key_of_ones_own_that_was_revoked(self) -> None:
        assert _outcome(self.TRUSTEES, signed(8)) == ("unknown", "policy.revoked")

    def test_ones_own_signature_beside_that_of_a_stranger(self) -> None:
        decision = _decided(self.TRUSTEES, signed(1), signed(9))
        assert decision.level == "self"
        assert [signer.level for signer in decision.signers] == ["unknown", "self"]

    def test_a_share_is_never_accepted_for_ones_own_key(self) -> None:
        assert _outcome(self.TRUSTEES, signed(9), share=True) == ("unknown", "policy.self_not_accepted")
        assert _outcome(self.TRUSTEES, signed(1), share=True) == ("unknown", None)

    def test_where_a_policy_is_required_there_has_to_be_one(self) -> None:
        for by in (signed(9), signed(1)):
            assert _outcome(Trustees(own=OWN, require_policy=True), by) == ("unknown", "policy.required")


def _own_file(policy: TrustPolicy) -> Trustees:
    return Trustees(policy, own=OWN)


class TestWithTheFileOfTheUser:
    def test_a_signer_in_it(self) -> None:
        decision = _decided(_own_file(keys_policy(trusted(1))), signed(1))
        assert (decision.level, decision.detail) == ("policy", "trusted.json trusts signer 1")
        assert [(signer.level, signer.label) for signer in decision.signers] == [("policy", "signer 1")]

    def test_ones_own_key_that_it_does_not_name(self) -> None:
        assert _outcome(_own_file(keys_policy(trusted(1))), signed(9)) == ("self", None)

    def test_ones_own_key_that_it_names(self) -> None:
        assert _outcome(_own_file(keys_policy(trusted(9))), signed(9)) == ("policy", None)

    def test_a_stranger_is_unknown(self) -> None:
        decision = _decided(_own_file(keys_policy(trusted(1))), signed(2))
        assert (decision.level, decision.failure) == ("unknown", None)
        assert "trusted.json does not name the signer" in decision.detail

    @pytest.mark.parametrize("number", [1, 9])
    @pytest.mark.parametrize(
        ("signer", "more", "code"),
        [
            ({}, {"revoked": True}, "policy.revoked"),
            ({}, {"expires": day("2026-01-01")}, "policy.expired"),
            ({"not_after": day("2026-01-01")}, {}, "policy.window"),
            ({"roles": ["reviewer"]}, {}, "policy.role"),
            ({"projects": ["clm_02*"]}, {}, "policy.claim"),
            ({}, {"min_signers": 2}, "policy.threshold"),
            ({}, {"require_timestamp": True}, "policy.timestamp"),
        ],
    )
    def test_what_it_refuses_is_refused_also_of_ones_own_key(
        self, number: int, signer: dict[str, Any], more: dict[str, Any], code: str
    ) -> None:
        if more.get("revoked"):
            more = {"revoked": [revoked(number, "2026-01-01")]}
        assert _outcome(_own_file(keys_policy(trusted(number, **signer), **more)), signed(number)) == ("unknown", code)

    def test_ones_own_key_that_it_revokes_without_naming_it(self) -> None:
        trustees = _own_file(keys_policy(revoked=[revoked(9, "2026-01-01")]))
        assert _outcome(trustees, signed(9)) == ("unknown", "policy.revoked")
        assert [signer.level for signer in _decided(trustees, signed(9)).signers] == ["unknown"]

    def test_a_look_alike_is_refused_and_not_merely_unknown(self) -> None:
        policy = identities_policy(trusted_identity(identity="ann@lab.example"))
        assert _outcome(_own_file(policy), vouched("Ann@lab.example")) == ("unknown", "policy.identity")

    def test_reviewers_are_judged_as_reviewers(self) -> None:
        trustees = _own_file(keys_policy(trusted(1, roles=["reviewer"])))
        assert _outcome(trustees, signed(1), role="reviewer") == ("policy", None)

    def test_a_share_by_a_named_signer(self) -> None:
        assert _outcome(_own_file(keys_policy(trusted(9))), signed(9), share=True) == ("policy", None)


class TestWithANamedFile:
    @pytest.mark.parametrize("explicit", [True, False])
    def test_only_the_file_counts(self, explicit: bool) -> None:
        trustees = Trustees(keys_policy(trusted(1)), explicit=explicit, require_policy=not explicit, own=OWN)
        assert _outcome(trustees, signed(1)) == ("policy", None)
        for number in (2, 9):
            decision = _decided(trustees, signed(number))
            assert decision.failure is not None
            assert decision.failure.code == "policy.unknown_signer"
            assert [signer.level for signer in decision.signers] == ["unknown"]


class TestWhereTrustComesFrom:
    def test_nothing_is_there(self) -> None:
        assert trustees_of(None, None) == Trustees()

    def test_the_users_keys_and_file(self) -> None:
        store = Keystore.of_user()
        mine = store.generate("mine").public
        gone = store.generate("gone").public
        store.revoke("gone", "ceased", None)
        trust_files.add_signer(trust_reading.default_signers(), public(1), trust_files.Grant("one"))
        found = trustees_of(None, None)
        assert (found.own, found.own_revoked, found.explicit) == ((mine,), (gone,), False)
        assert found.policy is not None
        assert found.opener().candidates == (public(1), mine, gone)

    def test_a_named_file_leaves_out_the_users_own(self, tmp_path: Path) -> None:
        Keystore.of_user().generate("mine")
        trust_files.add_signer(trust_reading.default_signers(), public(1), trust_files.Grant("one"))
        found = trustees_of(write(tmp_path / "t.json", signers_file(trusted(2))), None)
        assert (found.explicit, found.own, found.opener().candidates) == (True, (), (public(2),))

    def test_a_required_policy_leaves_out_the_users_keys(self) -> None:
        Keystore.of_user().generate("mine")
        assert trustees_of(None, None, require_policy=True) == Trustees(require_policy=True)

    def test_what_signatures_are_opened_with(self, tmp_path: Path) -> None:
        keys = write(tmp_path / "t.json", signers_file(trusted(1), tsa_roots=[certificate()]))
        identities = write(tmp_path / "p.json", sigstore_file(trusted_identity()))
        opener = trustees_of(keys, identities).opener()
        assert (opener.candidates, opener.trusted_root, opener.tsa_roots) == ((public(1),), ROOT, (certificate(),))

    def test_a_named_file_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError):
            trustees_of(tmp_path / "gone.json", None)

    def test_nothing_is_remembered_where_nothing_is_to_be(self, tmp_path: Path, home: Path) -> None:
        trustees_of(write(tmp_path / "t.json", signers_file(trusted(1))), None, remember=False)
        assert not home.exists()
