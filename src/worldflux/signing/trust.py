"""Whose signatures count: what trust files say about signatures that verified.

A signature that verified shows which key or identity made it, never whether that key may be believed. Trust comes from
the reader's own files alone: nothing in a package adds to it. Every comparison here is exact; an identity that merely
looks like a trusted one, to a person or after normalisation, is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from msgspec import UNSET, UnsetType

from worldflux.documents.trust import (
    RevokedIdentity,
    RevokedKey,
    Role,
    SigstorePolicy,
    SigstoreSigner,
    TrustedSigner,
    TrustedSigners,
)
from worldflux.errors import TrustError
from worldflux.signing.contract import SignedBy
from worldflux.signing.keys import PublicKey, public_key_from_pem

Signer = TrustedSigner | SigstoreSigner
Revocation = RevokedKey | RevokedIdentity

UNKNOWN_SIGNER: Final = "policy.unknown_signer"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a signature, or a whole package, is not trusted."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """The trust files that count, read and checked.

    Attributes:
        trusted_root: Bytes of the Sigstore trusted root that `sigstore` pins.
        label: Names of the files, as they are shown.
    """

    keys: TrustedSigners | None = None
    sigstore: SigstorePolicy | None = None
    trusted_root: bytes | None = None
    label: str = ""

    def candidates(self) -> tuple[PublicKey, ...]:
        """The keys to verify with; revoked and expired ones too, so that a refusal can say what is wrong."""
        signers = self.keys.signers if self.keys else []
        return tuple(public_key_from_pem(signer.public_key_pem, file=self.label) for signer in signers)

    @property
    def tsa_roots(self) -> tuple[str, ...]:
        """Root certificates of time-stamping authorities that are believed, PEM."""
        return tuple(self.keys.tsa_roots) if self.keys else ()

    @property
    def min_signers(self) -> int:
        """How many different signers have to be trusted; keys and identities count alike."""
        return max((section.min_signers for section in (self.keys, self.sigstore) if section), default=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the trust files say about one signature.

    Attributes:
        label: What a trust file calls the signer; None where none names it.
        refusal: Why the signature does not count; None where it does.
    """

    signed_by: SignedBy
    label: str | None
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the trust files say about all signatures of one file.

    Attributes:
        standings: One per signature, in their order.
        refusals: Why the package is not trusted, the gravest first; none where it is.
    """

    standings: tuple[Standing, ...]
    refusals: tuple[Refusal, ...]

    @property
    def ok(self) -> bool:
        """Whether as many different signers are trusted as are needed."""
        return not self.refusals

    @property
    def accepted(self) -> tuple[str, ...]:
        """Labels of the trusted signers, in alphabetical order."""
        return tuple(sorted({entry.label for entry in self.standings if entry.label and not entry.refusal}))


@dataclass(frozen=True, slots=True)
class _Asked:
    role: Role
    claim_id: str
    now: datetime


def judge(policy: TrustPolicy, signed_by: Sequence[SignedBy], *, role: Role, claim_id: str, now: datetime) -> Judgement:
    """Say which signatures count, for this role and this claim, at this time.

    A package needs as many different authors as the files ask for; a review stands for itself.

    Args:
        policy: The trust files that count.
        signed_by: Signatures that verified over the same bytes.
        role: What the signatures are to count as.
        claim_id: Of the claim that the package is about.
        now: The verifier's clock. It judges whether a file has expired, and every signature without a trusted time.
    """
    asked = _Asked(role, claim_id, now)
    standings = tuple(_standing(policy, signature, asked) for signature in signed_by)
    return Judgement(standings, _refusals_of_package(policy, standings, asked))


def moment(text: str) -> datetime:
    """The time that a document states.

    Raises:
        TrustError: `trust.time` for a day or an hour that does not exist.
    """
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise TrustError(
            f"{text} is no time", code="trust.time", hint="Write a time that exists, like 2027-01-31T00:00:00Z."
        ) from None


def signer_identity(signature: SignedBy) -> tuple[str, ...]:
    """What tells one signer from another: the key, or the identity together with its issuer."""
    if signature.kind == "key":
        return ("key", signature.keyid)
    return ("sigstore", signature.identity or "", signature.issuer or "")


def look_alike(text: str) -> str:
    """The form in which two texts that a reader may confuse are the same; never used to accept anything."""
    return unicodedata.normalize("NFKC", text).casefold().strip().rstrip("./")


def _refusals_of_package(policy: TrustPolicy, standings: Sequence[Standing], asked: _Asked) -> tuple[Refusal, ...]:
    expired = [
        refusal for section in (policy.keys, policy.sigstore) for refusal in _expired(section, policy, asked.now)
    ]
    trusted = {signer_identity(entry.signed_by) for entry in standings if not entry.refusal}
    needed = policy.min_signers if asked.role == "author" else 1
    enough = len(trusted) >= needed
    if enough and not expired:
        return ()
    refusals = [*expired, *(entry.refusal for entry in standings if entry.refusal)]
    if not enough and (trusted or not refusals):
        refusals.append(_too_few(len(trusted), needed, policy.label))
    return tuple(sorted(dict.fromkeys(refusals), key=_gravity))


def _expired(section: TrustedSigners | SigstorePolicy | None, policy: TrustPolicy, now: datetime) -> Iterator[Refusal]:
    if section and section.expires is not UNSET and now > moment(section.expires):
        message = f"the trust file {policy.label} expired at {section.expires}"
        yield Refusal(code="policy.expired", message=message)


def _too_few(trusted: int, needed: int, label: str) -> Refusal:
    signers = "a trusted signer" if needed == 1 else f"{needed} different trusted signers"
    return Refusal(code="policy.threshold", message=f"{label} asks for {signers}; there are {trusted}")


_GRAVEST_FIRST: Final = (
    "policy.revoked",
    "policy.identity",
    "policy.expired",
    "policy.window",
    "policy.timestamp",
    "policy.role",
    "policy.claim",
    "policy.threshold",
    UNKNOWN_SIGNER,
)


def _gravity(refusal: Refusal) -> tuple[int, str]:
    return _GRAVEST_FIRST.index(refusal.code), refusal.message


def _standing(policy: TrustPolicy, signature: SignedBy, asked: _Asked) -> Standing:
    signer = _listed(policy, signature)
    refusal = next(_objections(policy, signature, signer, asked), None)
    return Standing(signature, signer.label if signer else None, refusal)


def _listed(policy: TrustPolicy, signature: SignedBy) -> Signer | None:
    if signature.kind == "key":
        keys = policy.keys.signers if policy.keys and _is_own_id(signature) else []
        return next((signer for signer in keys if signer.keyid == signature.keyid), None)
    identities = policy.sigstore.signers if policy.sigstore and signature.known else []
    return next(
        (
            signer
            for signer in identities
            if signer.identity == signature.identity and signer.issuer == signature.issuer
        ),
        None,
    )


def _is_own_id(signature: SignedBy) -> bool:
    """Whether the key id is that of the key that verified, so that no other key passes under its name."""
    return signature.public_key is not None and signature.public_key.keyid == signature.keyid


def _objections(policy: TrustPolicy, signature: SignedBy, signer: Signer | None, asked: _Asked) -> Iterator[Refusal]:
    """Whatever speaks against one signature, the gravest first."""
    yield from _revoked(policy, signature, signer, asked.now)
    if signer is None:
        yield _not_listed(policy, signature)
        return
    yield from _other_workflow(signature, signer)
    yield from _expired(policy.keys if signature.kind == "key" else policy.sigstore, policy, asked.now)
    yield from _outside_window(signature, signer, asked.now)
    yield from _without_time(policy, signature, signer)
    if asked.role not in signer.roles:
        message = f"{signer.label} is trusted as {' and '.join(signer.roles)}, not as {asked.role}"
        yield Refusal(code="policy.role", message=message)
    if signer.projects is not UNSET and not any(_covers(pattern, asked.claim_id) for pattern in signer.projects):
        message = f"{signer.label} is not trusted for the claim {asked.claim_id}"
        yield Refusal(code="policy.claim", message=message)


def _covers(pattern: str, claim_id: str) -> bool:
    beginning = pattern.removesuffix("*")
    return claim_id.startswith(beginning) if beginning != pattern else claim_id == pattern


def _revoked(policy: TrustPolicy, signature: SignedBy, signer: Signer | None, now: datetime) -> Iterator[Refusal]:
    for revocation in _revocations(policy, signature):
        if not _still_counts(revocation, signature, now):
            name = signer.label if signer else "this signer"
            at = f"at {revocation.revoked_at}: {revocation.reason}"
            yield Refusal(code="policy.revoked", message=f"{name} was revoked {at}")


def _revocations(policy: TrustPolicy, signature: SignedBy) -> Iterator[Revocation]:
    if signature.kind == "key":
        revoked_keys = policy.keys.revoked if policy.keys else []
        yield from (entry for entry in revoked_keys if entry.keyid == signature.keyid)
        return
    revoked = policy.sigstore.revoked if policy.sigstore else []
    yield from (entry for entry in revoked if entry.identity == signature.identity and entry.issuer == signature.issuer)


def _still_counts(revocation: Revocation, signature: SignedBy, now: datetime) -> bool:
    revoked_at = moment(revocation.revoked_at)
    if signature.trusted_time is not None:
        return signature.trusted_time < revoked_at
    # Whoever holds a stolen key can give a signature any date: without a trusted time none of them counts.
    return revocation.reason != "compromised" and now < revoked_at


def _not_listed(policy: TrustPolicy, signature: SignedBy) -> Refusal:
    if signature.kind == "sigstore" and policy.sigstore:
        for signer in policy.sigstore.signers:
            if fault := _nearly(signer, signature):
                return Refusal(code="policy.identity", message=fault)
    name = f"{signature.identity} of {signature.issuer}" if signature.kind == "sigstore" else f"key {signature.keyid}"
    return Refusal(code=UNKNOWN_SIGNER, message=f"{policy.label} does not name {name}")


def _nearly(signer: SigstoreSigner, signature: SignedBy) -> str | None:
    """How a signature that is not this signer's could be taken for it."""
    identity, issuer = signature.identity or "", signature.issuer or ""
    if (identity, issuer) == (signer.identity, signer.issuer):
        return f"the certificate of {identity} does not lead to the trusted root that {signer.label} needs"
    if identity == signer.identity:
        return f"{signer.label} is trusted by {signer.issuer}; this identity was vouched for by {issuer}"
    if look_alike(identity) == look_alike(signer.identity):
        return f"the identity {identity} looks like {signer.label}'s {signer.identity}, and is another one"
    return None


def _other_workflow(signature: SignedBy, signer: Signer) -> Iterator[Refusal]:
    if not isinstance(signer, SigstoreSigner) or signer.github is UNSET:
        return
    said = signature.github or {}
    for name in ("repository", "workflow_ref", "ref"):
        wanted: str | UnsetType = getattr(signer.github, name)
        if wanted is not UNSET and said.get(name) != wanted:
            found = said.get(name, "nothing")
            message = f"{signer.label} is trusted for the {name} {wanted}; the certificate says {found}"
            yield Refusal(code="policy.identity", message=message)


def _outside_window(signature: SignedBy, signer: Signer, now: datetime) -> Iterator[Refusal]:
    time, source = (signature.trusted_time, "signed") if signature.trusted_time else (now, "verified")
    early = signer.not_before is not UNSET and time < moment(signer.not_before)
    late = signer.not_after is not UNSET and time > moment(signer.not_after)
    if early or late:
        limit = f"from {signer.not_before}" if early else f"until {signer.not_after}"
        at = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        untimed = "" if signature.trusted_time else "; the signature carries no trusted time"
        message = f"{signer.label} is trusted {limit}, and this was {source} at {at}{untimed}"
        yield Refusal(code="policy.window", message=message)


def _without_time(policy: TrustPolicy, signature: SignedBy, signer: Signer) -> Iterator[Refusal]:
    if isinstance(signer, TrustedSigner):
        missing = bool(policy.keys and policy.keys.require_timestamp) and signature.trusted_time is None
    else:
        missing = bool(policy.sigstore and policy.sigstore.require_timestamp) and signature.time_source != "rfc3161"
    if missing:
        message = f"the signature of {signer.label} carries no time of a time-stamping authority that is trusted"
        yield Refusal(code="policy.timestamp", message=message)
