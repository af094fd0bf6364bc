"""Whose signatures count: every rule of a trust file, and what no change to one may do."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worldflux.trusting import (
    CLAIM,
    NOW,
    at,
    day,
    identities_policy,
    keys_policy,
    public,
    revoked,
    revoked_identity,
    signed,
    signers_file,
    sigstore_file,
    trusted,
    trusted_identity,
    vouched,
)
from worldflux.documents.trust import GithubWorkflow, RevokedKey, Role, TrustedSigner
from worldflux.errors import TrustError
from worldflux.signing.contract import SignedBy
from worldflux.signing.trust import Judgement, TrustPolicy, judge, moment


def _judged(policy: TrustPolicy, *signed_by: SignedBy, role: Role = "author", now: datetime = NOW) -> Judgement:
    return judge(policy, signed_by, role=role, claim_id=CLAIM, now=now)


def _codes(policy: TrustPolicy, *signed_by: SignedBy, **more: Any) -> list[str]:
    return [refusal.code for refusal in _judged(policy, *signed_by, **more).refusals]


class TestKeys:
    def test_a_listed_key_counts_and_gets_its_label(self) -> None:
        judgement = _judged(keys_policy(trusted(1)), signed(1))
        assert judgement.ok
        assert judgement.accepted == ("signer 1",)
        assert [entry.label for entry in judgement.standings] == ["signer 1"]

    def test_another_key_is_unknown_and_has_no_label(self) -> None:
        judgement = _judged(keys_policy(trusted(1)), signed(2))
        assert [refusal.code for refusal in judgement.refusals] == ["policy.unknown_signer"]
        assert judgement.standings[0].label is None
        assert public(2).keyid in judgement.refusals[0].message

    def test_the_role_has_to_be_granted(self) -> None:
        policy = keys_policy(trusted(1, roles=["reviewer"]))
        assert _codes(policy, signed(1)) == ["policy.role"]
        assert _codes(policy, signed(1), role="reviewer") == []

    @pytest.mark.parametrize("pattern", [CLAIM, "clm_*", "clm_01*", f"{CLAIM}*"])
    def test_a_claim_pattern_that_covers_the_claim(self, pattern: str) -> None:
        assert _codes(keys_policy(trusted(1, projects=["clm_02*", pattern])), signed(1)) == []

    @pytest.mark.parametrize("patterns", [[], [CLAIM[:-1]], ["clm_02*"], [f"{CLAIM}0*"]])
    def test_claim_patterns_that_do_not(self, patterns: list[str]) -> None:
        assert _codes(keys_policy(trusted(1, projects=patterns)), signed(1)) == ["policy.claim"]

    def test_the_keys_of_a_policy_are_candidates_even_when_revoked(self) -> None:
        policy = keys_policy(trusted(1), trusted(2), revoked=[revoked(1, "2026-01-01")])
        assert policy.candidates() == (public(1), public(2))


class TestWindow:
    POLICY = keys_policy(trusted(1, not_before=day("2026-06-01"), not_after=day("2026-10-01")))

    @pytest.mark.parametrize("date", ["2026-06-01", "2026-08-15", "2026-10-01"])
    def test_a_trusted_time_within_counts_also_when_now_is_outside(self, date: str) -> None:
        assert _codes(self.POLICY, signed(1, at(date))) == []

    @pytest.mark.parametrize("date", ["2026-05-31", "2026-10-02"])
    def test_a_trusted_time_outside_does_not_also_when_now_is_within(self, date: str) -> None:
        assert _codes(self.POLICY, signed(1, at(date)), now=at("2026-08-15")) == ["policy.window"]

    def test_without_a_trusted_time_now_counts(self) -> None:
        assert _codes(self.POLICY, signed(1), now=at("2026-08-15")) == []
        (refusal,) = _judged(self.POLICY, signed(1)).refusals
        assert refusal.code == "policy.window"
        assert "carries no trusted time" in refusal.message


class TestRevocation:
    @pytest.mark.parametrize("reason", ["superseded", "ceased"])
    def test_what_was_signed_before_still_counts(self, reason: Any) -> None:
        policy = keys_policy(trusted(1), revoked=[revoked(1, "2026-11-01", reason)])
        assert _codes(policy, signed(1, at("2026-10-31"))) == []
        assert _codes(policy, signed(1, at("2026-11-01"))) == ["policy.revoked"]
        assert _codes(policy, signed(1)) == ["policy.revoked"]
        assert _codes(policy, signed(1), now=at("2026-10-31")) == []

    def test_a_compromised_key_needs_a_trusted_time_whenever_it_is_asked(self) -> None:
        policy = keys_policy(trusted(1), revoked=[revoked(1, "2026-11-01", "compromised")])
        assert _codes(policy, signed(1, at("2026-10-31"))) == []
        assert _codes(policy, signed(1, at("2026-11-01"))) == ["policy.revoked"]
        assert _codes(policy, signed(1), now=at("2026-10-31")) == ["policy.revoked"]

    def test_every_revocation_of_a_key_is_looked_at(self) -> None:
        both = [revoked(1, "2026-11-01"), revoked(1, "2026-02-01", "compromised")]
        for entries in (both, both[::-1]):
            assert _codes(keys_policy(trusted(1), revoked=entries), signed(1, at("2026-10-01"))) == ["policy.revoked"]

    def test_a_key_that_is_revoked_and_not_listed_is_revoked_and_not_merely_unknown(self) -> None:
        assert _codes(keys_policy(revoked=[revoked(1, "2026-01-01")]), signed(1)) == ["policy.revoked"]

    def test_other_keys_are_not_touched(self) -> None:
        assert _codes(keys_policy(trusted(1), trusted(2), revoked=[revoked(1, "2026-01-01")]), signed(2)) == []

    def test_an_identity_is_revoked_with_its_issuer(self) -> None:
        mine = identities_policy(trusted_identity(), revoked=[revoked_identity("2026-01-01")])
        others = [revoked_identity("2026-01-01", issuer="https://elsewhere.example")]
        assert _codes(mine, vouched()) == ["policy.revoked"]
        assert _codes(identities_policy(trusted_identity(), revoked=others), vouched()) == []


class TestExpiry:
    @pytest.mark.parametrize("policy", [keys_policy, identities_policy])
    def test_an_expired_file_trusts_nobody(self, policy: Any) -> None:
        signer, signature = (trusted(1), signed(1)) if policy is keys_policy else (trusted_identity(), vouched())
        expiring = policy(signer, expires=day("2026-11-21"))
        assert _codes(expiring, signature, now=at("2026-11-21")) == []
        assert _codes(expiring, signature, now=at("2026-11-21") + timedelta(seconds=1)) == ["policy.expired"]

    def test_a_trusted_time_before_it_does_not_help(self) -> None:
        assert _codes(keys_policy(trusted(1), expires=day("2026-11-01")), signed(1, at("2026-10-01"))) == [
            "policy.expired"
        ]

    def test_one_of_two_files_is_enough_to_refuse(self) -> None:
        policy = TrustPolicy(
            keys=signers_file(trusted(1)), sigstore=sigstore_file(expires=day("2026-11-01")), label="both"
        )
        assert _codes(policy, signed(1)) == ["policy.expired"]


class TestThreshold:
    TWO = keys_policy(trusted(1), trusted(2), min_signers=2)

    def test_two_different_signers(self) -> None:
        judgement = _judged(self.TWO, signed(2), signed(1))
        assert (judgement.ok, judgement.accepted) == (True, ("signer 1", "signer 2"))

    def test_one_signer_twice_is_one(self) -> None:
        assert _codes(self.TWO, signed(1), signed(1, at("2026-10-01"))) == ["policy.threshold"]

    def test_a_stranger_does_not_count(self) -> None:
        assert _codes(self.TWO, signed(1), signed(3)) == ["policy.threshold", "policy.unknown_signer"]

    def test_a_key_and_an_identity_are_two(self) -> None:
        policy = TrustPolicy(
            keys=signers_file(trusted(1), min_signers=2), sigstore=sigstore_file(trusted_identity()), label="both"
        )
        assert _codes(policy, signed(1), vouched()) == []
        assert _codes(policy, signed(1)) == ["policy.threshold"]

    def test_the_higher_of_two_thresholds_holds(self) -> None:
        policy = TrustPolicy(
            keys=signers_file(trusted(1)), sigstore=sigstore_file(trusted_identity(), min_signers=2), label="both"
        )
        assert _codes(policy, signed(1)) == ["policy.threshold"]

    def test_two_certificates_of_one_identity_are_one(self) -> None:
        policy = identities_policy(trusted_identity(), min_signers=2)
        later = dataclasses.replace(vouched(), keyid="e" * 64)
        assert _codes(policy, vouched(), later) == ["policy.threshold"]

    def test_a_review_stands_for_itself(self) -> None:
        policy = keys_policy(trusted(1, roles=["reviewer"]), trusted(2), min_signers=2)
        assert _codes(policy, signed(1), role="reviewer") == []

    def test_no_signature_is_too_few(self) -> None:
        assert _codes(keys_policy(trusted(1))) == ["policy.threshold"]


class TestTimestamps:
    def test_a_key_needs_a_trusted_time_where_the_file_says_so(self) -> None:
        policy = keys_policy(trusted(1), require_timestamp=True)
        assert _codes(policy, signed(1)) == ["policy.timestamp"]
        assert _codes(policy, signed(1, at("2026-10-01"))) == []

    def test_the_time_of_the_log_is_not_that_of_an_authority(self) -> None:
        policy = identities_policy(trusted_identity(), require_timestamp=True)
        assert _codes(policy, vouched()) == ["policy.timestamp"]
        assert _codes(policy, vouched(time_source="rfc3161")) == []


class TestIdentities:
    def test_identity_and_issuer_together_count(self) -> None:
        judgement = _judged(identities_policy(trusted_identity()), vouched())
        assert (judgement.ok, judgement.accepted) == (True, ("lab CI",))

    def test_a_chain_to_another_root_does_not(self) -> None:
        assert _codes(identities_policy(trusted_identity()), vouched(known=False)) == ["policy.identity"]

    def test_the_identity_of_another_issuer_does_not(self) -> None:
        assert _codes(identities_policy(trusted_identity()), vouched(issuer="https://accounts.example")) == [
            "policy.identity"
        ]

    def test_any_other_identity_is_unknown(self) -> None:
        stranger = vouched("https://github.com/lab/policy/.github/workflows/eval.yml@refs/tags/v2")
        assert _codes(identities_policy(trusted_identity()), stranger) == ["policy.unknown_signer"]

    def test_an_identity_is_not_looked_for_among_keys(self) -> None:
        assert _codes(keys_policy(trusted(1)), vouched()) == ["policy.unknown_signer"]

    WORKFLOW = GithubWorkflow(repository="lab/policy", ref="refs/tags/v1")

    @pytest.mark.parametrize(
        ("said", "codes"),
        [
            ({"repository": "lab/policy", "ref": "refs/tags/v1", "workflow_ref": "anything"}, []),
            ({"repository": "lab/policy", "ref": "refs/tags/v2"}, ["policy.identity"]),
            ({"repository": "lab/Policy", "ref": "refs/tags/v1"}, ["policy.identity"]),
            ({"repository": "lab/policy"}, ["policy.identity"]),
            (None, ["policy.identity"]),
        ],
    )
    def test_what_the_certificate_says_of_the_workflow(self, said: dict[str, str] | None, codes: list[str]) -> None:
        policy = identities_policy(trusted_identity(github=self.WORKFLOW))
        assert _codes(policy, vouched(github=said)) == codes


def test_the_gravest_refusal_comes_first() -> None:
    signers = trusted(1, roles=["reviewer"]), trusted(2)
    policy = keys_policy(*signers, revoked=[revoked(2, "2026-01-01")])
    signatures = signed(3), signed(1), signed(2)
    assert _codes(policy, *signatures) == ["policy.revoked", "policy.role", "policy.unknown_signer"]
    expired = keys_policy(*signers, revoked=[revoked(2, "2026-01-01")], expires=day("2026-02-01"))
    assert _codes(expired, *signatures) == ["policy.revoked", "policy.expired", "policy.unknown_signer"]


@pytest.mark.parametrize("text", ["2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:01Z", "soon"])
def test_a_time_that_does_not_exist(text: str) -> None:
    with pytest.raises(TrustError) as raised:
        moment(text)
    assert raised.value.code == "trust.time"


DAYS = st.integers(min_value=0, max_value=40).map(lambda days: at("2026-11-01") + timedelta(days=days))
MAYBE_DAYS = st.none() | DAYS


def _text(when: datetime | None) -> Any:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else msgspec.UNSET


@st.composite
def entries(draw: st.DrawFn, number: int) -> TrustedSigner:
    return trusted(
        number,
        roles=draw(st.sampled_from([["author"], ["reviewer"], ["author", "reviewer"]])),
        not_before=_text(draw(MAYBE_DAYS)),
        not_after=_text(draw(MAYBE_DAYS)),
        projects=draw(st.sampled_from([msgspec.UNSET, [CLAIM], ["clm_02*"], []])),
    )


NUMBERS = st.integers(min_value=1, max_value=4)
REVOCATIONS = st.builds(
    lambda number, when, reason: RevokedKey(keyid=public(number).keyid, revoked_at=_text(when), reason=reason),
    NUMBERS,
    DAYS,
    st.sampled_from(["compromised", "superseded", "ceased"]),
)
SIGNATURES = st.lists(st.builds(signed, NUMBERS, MAYBE_DAYS), max_size=4)


@st.composite
def policies(draw: st.DrawFn) -> TrustPolicy:
    numbers = draw(st.lists(NUMBERS, unique=True, max_size=4))
    return keys_policy(
        *(draw(entries(number)) for number in numbers),
        revoked=draw(st.lists(REVOCATIONS, max_size=2)),
        expires=_text(draw(MAYBE_DAYS)),
        min_signers=draw(st.integers(min_value=1, max_value=3)),
        require_timestamp=draw(st.booleans()),
    )


def _accepted(policy: TrustPolicy, signatures: list[SignedBy], now: datetime) -> set[str]:
    return set(_judged(policy, *signatures, now=now).accepted)


def _ok(policy: TrustPolicy, signatures: list[SignedBy], now: datetime) -> bool:
    return _judged(policy, *signatures, now=now).ok


def _with(policy: TrustPolicy, **changes: Any) -> TrustPolicy:
    assert policy.keys is not None
    return TrustPolicy(keys=msgspec.structs.replace(policy.keys, **changes), label=policy.label)


@given(policies(), SIGNATURES, DAYS, REVOCATIONS, st.integers(min_value=0, max_value=2))
def test_a_further_revocation_never_makes_anything_trusted(
    policy: TrustPolicy, signatures: list[SignedBy], now: datetime, entry: RevokedKey, place: int
) -> None:
    assert policy.keys is not None
    more = list(policy.keys.revoked)
    more.insert(place, entry)
    stricter = _with(policy, revoked=more)
    assert _accepted(stricter, signatures, now) <= _accepted(policy, signatures, now)
    assert _ok(policy, signatures, now) or not _ok(stricter, signatures, now)


@given(policies(), SIGNATURES, DAYS, st.integers(min_value=0, max_value=30))
def test_a_wider_window_never_refuses(
    policy: TrustPolicy, signatures: list[SignedBy], now: datetime, days: int
) -> None:
    assert policy.keys is not None
    wider = _with(policy, signers=[_widened(signer, timedelta(days=days)) for signer in policy.keys.signers])
    assert _accepted(policy, signatures, now) <= _accepted(wider, signatures, now)
    assert _ok(wider, signatures, now) or not _ok(policy, signatures, now)


def _widened(signer: TrustedSigner, by: timedelta) -> TrustedSigner:
    begins = signer.not_before if signer.not_before is msgspec.UNSET else _text(moment(signer.not_before) - by)
    ends = signer.not_after if signer.not_after is msgspec.UNSET else _text(moment(signer.not_after) + by)
    return msgspec.structs.replace(signer, not_before=begins, not_after=ends)


@given(policies(), SIGNATURES, DAYS)
def test_asking_for_more_never_makes_anything_trusted(
    policy: TrustPolicy, signatures: list[SignedBy], now: datetime
) -> None:
    assert policy.keys is not None
    more = _with(policy, min_signers=policy.keys.min_signers + 1)
    timed = _with(policy, require_timestamp=True)
    for stricter in (more, timed):
        assert _ok(policy, signatures, now) or not _ok(stricter, signatures, now)


@given(policies(), SIGNATURES, DAYS, st.randoms(use_true_random=False))
def test_no_order_matters(policy: TrustPolicy, signatures: list[SignedBy], now: datetime, random: Any) -> None:
    assert policy.keys is not None
    mixed, signers = list(signatures), list(policy.keys.signers)
    random.shuffle(mixed)
    random.shuffle(signers)
    before, after = _judged(policy, *signatures, now=now), _judged(_with(policy, signers=signers), *mixed, now=now)
    assert (before.accepted, before.refusals) == (after.accepted, after.refusals)


@given(policies(), SIGNATURES, DAYS)
def test_nobody_is_trusted_who_is_not_listed(policy: TrustPolicy, signatures: list[SignedBy], now: datetime) -> None:
    assert policy.keys is not None
    listed = {signer.keyid for signer in policy.keys.signers}
    for entry in _judged(policy, *signatures, now=now).standings:
        assert entry.refusal is not None or entry.signed_by.keyid in listed
