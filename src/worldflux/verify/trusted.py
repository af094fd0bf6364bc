"""The gate `policy`: whether the signer is one that the reader trusts.

Trust has three levels. `policy`: a trust file names the signer. `self`: it is the reader's own key, which shows that
the package is the one that was signed here, and nothing to anybody else. `unknown`: neither; then bytes and numbers
hold, and who stands behind them is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from worldflux.documents.trust import Role
from worldflux.documents.verification import TrustLevel
from worldflux.errors import GateError
from worldflux.signing import trust_reading
from worldflux.signing.contract import SignedBy
from worldflux.signing.keys import PublicKey
from worldflux.signing.keystore import Keystore
from worldflux.signing.trust import UNKNOWN_SIGNER, Judgement, Refusal, Standing, TrustPolicy, judge
from worldflux.verify.seals import SealOpener

_WHAT_TO_DO: Final = {
    "policy.revoked": "Ask for the package with a signature by a key that is not revoked.",
    "policy.identity": "Find out who signed. Only the whole identity together with its issuer is trusted.",
    "policy.expired": "Get a newer trust file; of one of your own, set `expires` later and raise `version`.",
    "policy.window": "Ask for a signature with a trusted time (`--tsa-url`), or for one by a key that is trusted now.",
    "policy.timestamp": "Ask for a signature with a trusted time: `worldflux audit sign --tsa-url URL`.",
    "policy.role": "Ask an author to sign, or give the signer this role in your trust file.",
    "policy.claim": "Is this the signer of this claim? Your trust file says for which ones it is.",
    "policy.threshold": "Ask the other signers to sign as well.",
    "policy.required": "Name one with --trusted-signer-config, or begin your own with `worldflux trust init`.",
    "policy.self_not_accepted": "Add the key to the trust file that this is verified with: `worldflux trust init`.",
    UNKNOWN_SIGNER: "If you know whose key it is: `worldflux trust add KEY.pem --label NAME`.",
}
_NO_POLICY: Final = Refusal(code="policy.required", message="a trust file has to name the signer, and there is none")
_OWN_IS_NOT_ENOUGH: Final = Refusal(
    code="policy.self_not_accepted",
    message="this is your own key, which says nothing to others; a share needs a signer that a trust file names",
)
_OWN_IS_REVOKED: Final = Refusal(code="policy.revoked", message="signed by a key of your own that you revoked")


@dataclass(frozen=True, slots=True)
class SignerTrust:
    """How far one signature is trusted.

    Attributes:
        label: What a trust file calls the signer; None where none names it.
    """

    signed_by: SignedBy
    level: TrustLevel
    label: str | None


@dataclass(frozen=True, slots=True)
class TrustDecision:
    """What the gate `policy` found.

    Attributes:
        level: The highest of all signatures, where the gate did not fail.
        signers: One per signature, in their order.
        detail: One sentence for the report.
        failure: Why the gate fails; None where it passes, or where the signer is unknown and it is skipped.
    """

    level: TrustLevel
    signers: tuple[SignerTrust, ...]
    detail: str
    failure: GateError | None = None

    @property
    def signed_by(self) -> tuple[SignedBy, ...]:
        """The signatures that this is about."""
        return tuple(signer.signed_by for signer in self.signers)


@dataclass(frozen=True, slots=True)
class Trustees:
    """Whose signatures count for this reader.

    Attributes:
        policy: What trust files say; None where there is none.
        explicit: Whether the reader named the files for this verification; then nothing else counts.
        own: The reader's own keys that sign.
        own_revoked: The reader's own keys that were revoked.
        require_policy: Whether a key of one's own is not enough.
    """

    policy: TrustPolicy | None = None
    explicit: bool = False
    own: tuple[PublicKey, ...] = ()
    own_revoked: tuple[PublicKey, ...] = ()
    require_policy: bool = False

    def opener(self) -> SealOpener:
        """What signatures are verified with."""
        policy = self.policy or TrustPolicy()
        keys = {key.keyid: key for key in (*policy.candidates(), *self.own, *self.own_revoked)}
        return SealOpener(tuple(keys.values()), policy.trusted_root, policy.tsa_roots)

    def decide(
        self, signed_by: Sequence[SignedBy], *, claim_id: str, now: datetime, share: bool = False, role: Role = "author"
    ) -> TrustDecision:
        """Say how far signatures over the same bytes are trusted.

        Args:
            signed_by: Signatures that verified.
            claim_id: Of the claim that the package is about.
            now: The verifier's clock.
            share: Whether the package is to be believed by others, to whom a key of one's own says nothing.
            role: What the signatures are to count as.
        """
        judgement = judge(self.policy, signed_by, role=role, claim_id=claim_id, now=now) if self.policy else None
        standings = judgement.standings if judgement else [Standing(by, None, _NO_POLICY) for by in signed_by]
        signers = tuple(SignerTrust(entry.signed_by, self._level(entry), entry.label) for entry in standings)
        if refusal := self._refusal(judgement, signers, share):
            return _refused(refusal, signers)
        if judgement and judgement.ok:
            names = " and ".join(judgement.accepted)
            return TrustDecision("policy", signers, f"{self.policy.label if self.policy else ''} trusts {names}")
        if any(signer.level == "self" for signer in signers):
            return TrustDecision("self", signers, "signed by your own key")
        return TrustDecision("unknown", signers, self._unknown())

    def _level(self, standing: Standing) -> TrustLevel:
        if standing.refusal is None:
            return "policy"
        # What a trust file says of a key of one's own stands above its being one's own.
        is_unlisted = standing.refusal.code in (UNKNOWN_SIGNER, _NO_POLICY.code)
        return (
            "self" if is_unlisted and not self._is_strict() and standing.signed_by.public_key in self.own else "unknown"
        )

    def _refusal(self, judgement: Judgement | None, signers: Sequence[SignerTrust], share: bool) -> Refusal | None:
        """What refuses the package; an unknown signer does so only where the reader asked for a known one."""
        if judgement and judgement.ok:
            return None
        worst = judgement.refusals[0] if judgement else _NO_POLICY
        if self._is_strict() or worst.code not in (UNKNOWN_SIGNER, _NO_POLICY.code):
            return worst
        if any(signer.signed_by.public_key in self.own_revoked for signer in signers):
            return _OWN_IS_REVOKED
        return _OWN_IS_NOT_ENOUGH if share and any(signer.level == "self" for signer in signers) else None

    def _is_strict(self) -> bool:
        return self.explicit or self.require_policy

    def _unknown(self) -> str:
        where = f"{self.policy.label} does not name the signer" if self.policy else "there is no trust file"
        return f"integrity only, signer unknown: {where}, and it is no key of yours"


def trustees_of(
    trusted_signers: Path | None,
    sigstore_policy: Path | None,
    *,
    require_policy: bool = False,
    remember: bool = True,
) -> Trustees:
    """Whose signatures count: the files that were named, or else the user's own files and keys.

    Args:
        trusted_signers: What `--trusted-signer-config` names.
        sigstore_policy: What `--sigstore-policy-config` names.
        require_policy: Whether a key of the user's own is not enough.
        remember: Whether to compare the versions of trust files with those that were seen before.

    Raises:
        InputError: A trust file is not what it must be, or has gone back; see `trust_reading.load_policy`.
    """
    if trusted_signers or sigstore_policy:
        named = trust_reading.load_policy(trusted_signers, sigstore_policy, state=remember)
        return Trustees(named, explicit=True, require_policy=require_policy)
    policy = trust_reading.default_policy(state=remember)
    if require_policy:
        return Trustees(policy, require_policy=True)
    keys = Keystore.of_user().public_keys()
    return Trustees(
        policy,
        own=tuple(key.public for key in keys if key.revoked is None),
        own_revoked=tuple(key.public for key in keys if key.revoked is not None),
    )


def _refused(refusal: Refusal, signers: tuple[SignerTrust, ...]) -> TrustDecision:
    failure = GateError(refusal.message, gate="policy", code=refusal.code, hint=_WHAT_TO_DO[refusal.code])
    return TrustDecision("unknown", signers, refusal.message, failure)
