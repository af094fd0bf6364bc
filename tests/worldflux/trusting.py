"""Keys, signatures that verified, and trust files, for tests of whose signatures count."""

from __future__ import annotations

import datetime as dt
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from worldbase import digest, document
from worldflux.documents.trust import (
    RevocationReason,
    RevokedIdentity,
    RevokedKey,
    SigstorePolicy,
    SigstoreSigner,
    TrustedSigner,
    TrustedSigners,
)
from worldflux.signing.contract import SignedBy
from worldflux.signing.keys import PrivateKey, PublicKey
from worldflux.signing.trust import TrustPolicy

CLAIM: Final = "clm_01JZZZZZZZZZZZZZZZZZZZZZZZ"
NOW: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
ISSUER: Final = "https://token.actions.githubusercontent.com"
IDENTITY: Final = "https://github.com/lab/policy/.github/workflows/eval.yml@refs/tags/v1"
ROOT: Final = b'{"mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1"}\n'


def day(text: str) -> str:
    """Midnight of a day, as documents write it."""
    return f"{text}T00:00:00Z"


def at(text: str) -> datetime:
    """Midnight of a day."""
    return datetime.fromisoformat(day(text))


@cache
def key(number: int) -> PrivateKey:
    """The same key for the same number."""
    return PrivateKey.of(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def public(number: int) -> PublicKey:
    """Its public half."""
    return key(number).public


def signed(number: int, when: datetime | None = None) -> SignedBy:
    """A signature by a key that verified, with a trusted time or without one."""
    known = public(number)
    return SignedBy(
        "key",
        known.keyid,
        known.algorithm,
        known=True,
        public_key=known,
        trusted_time=when,
        time_source="rfc3161" if when else None,
    )


def vouched(identity: str = IDENTITY, issuer: str = ISSUER, **more: Any) -> SignedBy:
    """A signature by an identity, verified up to the trusted root."""
    fields: dict[str, Any] = {"known": True, "trusted_time": NOW - timedelta(days=1), "time_source": "rekor"}
    return SignedBy("sigstore", "f" * 64, "ecdsa-p256-sha256", identity=identity, issuer=issuer, **(fields | more))


def trusted(number: int, **more: Any) -> TrustedSigner:
    """An entry for a key."""
    known = public(number)
    fields: dict[str, Any] = {
        "label": f"signer {number}",
        "roles": ["author"],
        "keyid": known.keyid,
        "public_key_pem": known.pem,
        "algorithm": known.algorithm,
    }
    return TrustedSigner(**(fields | more))


def trusted_identity(**more: Any) -> SigstoreSigner:
    """An entry for an identity."""
    fields: dict[str, Any] = {"label": "lab CI", "identity": IDENTITY, "issuer": ISSUER, "roles": ["author"]}
    return SigstoreSigner(**(fields | more))


def revoked(number: int, since: str, reason: RevocationReason = "superseded") -> RevokedKey:
    """A revocation of a key."""
    return RevokedKey(keyid=public(number).keyid, revoked_at=day(since), reason=reason)


def revoked_identity(since: str, reason: RevocationReason = "superseded", **more: Any) -> RevokedIdentity:
    """A revocation of an identity."""
    fields: dict[str, Any] = {"identity": IDENTITY, "issuer": ISSUER}
    return RevokedIdentity(revoked_at=day(since), reason=reason, **(fields | more))


def signers_file(*signers: TrustedSigner, **more: Any) -> TrustedSigners:
    """A file of trusted keys."""
    fields: dict[str, Any] = {"version": 1}
    return TrustedSigners(schema_version="worldflux.trusted_signers.v0", signers=list(signers), **(fields | more))


def sigstore_file(*signers: SigstoreSigner, **more: Any) -> SigstorePolicy:
    """A file of trusted identities that pins `ROOT`."""
    fields: dict[str, Any] = {"version": 1, "trusted_root": "root.json", "trusted_root_sha256": digest.of_bytes(ROOT)}
    return SigstorePolicy(schema_version="worldflux.sigstore_policy.v0", signers=list(signers), **(fields | more))


def keys_policy(*signers: TrustedSigner, **more: Any) -> TrustPolicy:
    """A policy of keys alone."""
    return TrustPolicy(keys=signers_file(*signers, **more), label="trusted.json")


def identities_policy(*signers: SigstoreSigner, **more: Any) -> TrustPolicy:
    """A policy of identities alone."""
    return TrustPolicy(sigstore=sigstore_file(*signers, **more), trusted_root=ROOT, label="policy.json")


def write(path: Path, policy: TrustedSigners | SigstorePolicy, **changes: Any) -> Path:
    """Write a trust file, with top-level fields changed; beside a Sigstore policy also its trusted root."""
    value = json.loads(document.dump(policy)) | changes
    path.write_text(json.dumps(value), encoding="utf-8")
    if isinstance(policy, SigstorePolicy):
        (path.parent / "root.json").write_bytes(ROOT)
    return path


@cache
def certificate() -> str:
    """A self-signed certificate, PEM."""
    secret = Ed25519PrivateKey.from_private_bytes(bytes(32))
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a time-stamping authority")])
    begins = dt.datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder(name, name, secret.public_key(), 1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
        .sign(secret, None)
    )
    return built.public_bytes(Encoding.PEM).decode()
