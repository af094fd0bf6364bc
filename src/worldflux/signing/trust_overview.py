"""A trust file as a person needs to see it: who is trusted, for what, until when, and what to look after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from msgspec import UNSET, UnsetType

from worldflux.documents.trust import SigstorePolicy, SigstoreSigner, TrustedSigner
from worldflux.signing import trust_versions
from worldflux.signing.trust import Revocation, Signer, moment
from worldflux.signing.trust_reading import TrustFile, read_any, version_of

SOON: Final = timedelta(days=30)
Status = Literal["trusted", "not yet", "no longer", "revoked"]


@dataclass(frozen=True, slots=True)
class SignerRow:
    """One signer of a trust file.

    Attributes:
        id: Key id, or the identity.
        issuer: Who vouches for the identity; of a key, None.
        claims: Patterns of claim ids; None where every claim is meant.
        now: Whether a signature without a trusted time would count now.
    """

    label: str
    kind: Literal["key", "sigstore"]
    id: str
    issuer: str | None
    roles: list[str]
    not_before: str | None
    not_after: str | None
    claims: list[str] | None
    now: Status


@dataclass(frozen=True, slots=True)
class Overview:
    """One trust file.

    Attributes:
        expired: Whether nothing is trusted by it any more.
        warnings: What to look after, in sentences.
    """

    file: str
    schema: str
    version: int
    expires: str | None
    expired: bool
    min_signers: int
    require_timestamp: bool
    signers: list[SignerRow]
    warnings: list[str]


def overview(path: Path, *, now: datetime) -> Overview:
    """Read a trust file, compare its version with what was seen before, and describe it. Nothing is remembered.

    Raises:
        InputError: What is wrong with the file; see `trust_reading.load_policy`.
    """
    loaded = read_any(path)
    trust_versions.refuse_older(version_of(path, loaded.document, loaded.digest))
    policy: TrustFile = loaded.document
    signers: Sequence[Signer] = policy.signers
    rows = [_row(signer, policy, now) for signer in signers]
    return Overview(
        file=str(path),
        schema=policy.schema_name,
        version=policy.version,
        expires=_text(policy.expires),
        expired=policy.expires is not UNSET and now > moment(policy.expires),
        min_signers=policy.min_signers,
        require_timestamp=policy.require_timestamp,
        signers=rows,
        warnings=[*_file_warnings(policy, rows, now), *_signer_warnings(rows, now), *_revocation_warnings(policy)],
    )


def _row(signer: Signer, policy: TrustFile, now: datetime) -> SignerRow:
    is_key = isinstance(signer, TrustedSigner)
    return SignerRow(
        label=signer.label,
        kind="key" if is_key else "sigstore",
        id=_id(signer),
        issuer=signer.issuer if isinstance(signer, SigstoreSigner) else None,
        roles=list(signer.roles),
        not_before=_text(signer.not_before),
        not_after=_text(signer.not_after),
        claims=None if signer.projects is UNSET else list(signer.projects),
        now=_status(signer, policy, now),
    )


def _id(entry: Signer | Revocation) -> str:
    keyid: str | None = getattr(entry, "keyid", None)
    return keyid or str(getattr(entry, "identity", ""))


def _who(entry: Signer | Revocation) -> tuple[str, str]:
    return _id(entry), str(getattr(entry, "issuer", ""))


def _status(signer: Signer, policy: TrustFile, now: datetime) -> Status:
    revocations: Sequence[Revocation] = policy.revoked
    for entry in revocations:
        if _who(entry) == _who(signer) and (entry.reason == "compromised" or now >= moment(entry.revoked_at)):
            return "revoked"
    if signer.not_before is not UNSET and now < moment(signer.not_before):
        return "not yet"
    if signer.not_after is not UNSET and now > moment(signer.not_after):
        return "no longer"
    return "trusted"


def _file_warnings(policy: TrustFile, rows: Sequence[SignerRow], now: datetime) -> Iterator[str]:
    if policy.expires is not UNSET:
        if now > moment(policy.expires):
            yield f"the file expired at {policy.expires}: nothing is trusted by it"
        elif moment(policy.expires) - now < SOON:
            yield f"the file expires at {policy.expires}"
    trusted = sum(row.now == "trusted" for row in rows)
    if trusted < policy.min_signers:
        needed = "one signer is" if policy.min_signers == 1 else f"{policy.min_signers} different signers are"
        yield f"{needed} needed; trusted now: {trusted}"


def _signer_warnings(rows: Sequence[SignerRow], now: datetime) -> Iterator[str]:
    for row in rows:
        if row.now == "trusted" and row.not_after and moment(row.not_after) - now < SOON:
            yield f"{row.label} is trusted until {row.not_after} only"
        if row.claims == []:
            yield f"{row.label} is trusted for no claim: projects is empty"
        if not row.id.isascii():
            yield f"the identity of {row.label} holds letters beyond ASCII; is each of them the one that is meant?"


def _revocation_warnings(policy: TrustFile) -> Iterator[str]:
    """A misspelt revocation revokes nobody. A key id may well be revoked without being listed, an identity hardly."""
    if isinstance(policy, SigstorePolicy):
        known = {_who(signer) for signer in policy.signers}
        for entry in policy.revoked:
            if _who(entry) not in known:
                yield f"{entry.identity} is revoked, and no signer has this identity and issuer: is it spelled right?"


def _text(value: str | UnsetType) -> str | None:
    return None if value is UNSET else value
