"""Trust files: whose signatures count, for what, and until when."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType, field

from worldbase.document import Document, Part
from worldflux.documents.claim import UtcTime
from worldflux.documents.protocol import DigestText

Algorithm = Literal["ed25519", "ecdsa-p256-sha256"]
Role = Literal["author", "reviewer"]
RevocationReason = Literal["compromised", "superseded", "ceased"]
KeyId = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
Pem = Annotated[str, Meta(min_length=1, max_length=10_000)]
Identity = Annotated[str, Meta(min_length=1, max_length=500)]
HttpsUrl = Annotated[str, Meta(pattern=r"^https://[^\s?#]{1,500}(?!\n)$")]
Version = Annotated[int, Meta(ge=1)]
Threshold = Annotated[int, Meta(ge=1, le=16)]
ClaimPattern = Annotated[str, Meta(pattern=r"^clm_[0-9A-Z]*\*?(?!\n)$")]


class TrustedSigner(Part, frozen=True, kw_only=True):
    """A key and what it may sign.

    Attributes:
        keyid: SHA-256 of the DER SubjectPublicKeyInfo, in hex; it has to be that of `public_key_pem`.
        not_before: Signatures of an earlier time do not count; the time is a trusted one where the signature carries
            it, and now where it does not. Never what the signer says.
        not_after: The same for a later time.
        projects: Ids of claims that the key may sign, or a beginning with `*`; all of them where absent.
    """

    label: Label
    keyid: KeyId
    public_key_pem: Pem
    algorithm: Algorithm
    roles: Annotated[list[Role], Meta(min_length=1, max_length=2)]
    not_before: UtcTime | UnsetType = UNSET
    not_after: UtcTime | UnsetType = UNSET
    projects: list[ClaimPattern] | UnsetType = UNSET


class RevokedKey(Part, frozen=True, kw_only=True):
    """A key that counts no more.

    Attributes:
        revoked_at: Signatures with a trusted time before it still count; those without a trusted time do not.
    """

    keyid: KeyId
    revoked_at: UtcTime
    reason: RevocationReason
    note: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET


class TrustedSigners(Document, frozen=True, kw_only=True):
    """`worldflux.trusted_signers.v0`: keys that are trusted.

    Attributes:
        version: Grows with every change; a file with a lower one than was seen before is refused.
        expires: After it nothing is trusted by this file.
        min_signers: How many different trusted signers a package needs.
        require_timestamp: Whether a signature has to carry a trusted time.
        tsa_roots: Root certificates of time-stamping authorities, PEM.
    """

    schema_name: ClassVar[str] = "worldflux.trusted_signers.v0"

    schema_version: Literal["worldflux.trusted_signers.v0"]
    version: Version
    expires: UtcTime | UnsetType = UNSET
    signers: Annotated[list[TrustedSigner], Meta(max_length=1000)]
    revoked: Annotated[list[RevokedKey], Meta(max_length=1000)] = field(default_factory=list)
    min_signers: Threshold = 1
    require_timestamp: bool = False
    tsa_roots: Annotated[list[Pem], Meta(max_length=32)] = field(default_factory=list)


class GithubWorkflow(Part, frozen=True, kw_only=True):
    """What the certificate of a GitHub Actions run has to say, besides its identity."""

    repository: Identity | UnsetType = UNSET
    workflow_ref: Identity | UnsetType = UNSET
    ref: Identity | UnsetType = UNSET


class SigstoreSigner(Part, frozen=True, kw_only=True):
    """An identity and the issuer that has to vouch for it: always both, compared whole."""

    label: Label
    identity: Identity
    issuer: HttpsUrl
    roles: Annotated[list[Role], Meta(min_length=1, max_length=2)]
    not_before: UtcTime | UnsetType = UNSET
    not_after: UtcTime | UnsetType = UNSET
    projects: list[ClaimPattern] | UnsetType = UNSET
    github: GithubWorkflow | UnsetType = UNSET


class RevokedIdentity(Part, frozen=True, kw_only=True):
    """An identity that counts no more."""

    identity: Identity
    issuer: HttpsUrl
    revoked_at: UtcTime
    reason: RevocationReason
    note: Annotated[str, Meta(max_length=1000)] | UnsetType = UNSET


class SigstorePolicy(Document, frozen=True, kw_only=True):
    """`worldflux.sigstore_policy.v0`: identities that are trusted, and the trusted root that proves them.

    Attributes:
        trusted_root: Name of the Sigstore trusted root, which lies beside this file.
        trusted_root_sha256: Its digest; another file is refused.
        require_timestamp: Whether a bundle needs the time of a time-stamping authority besides that of the log.
    """

    schema_name: ClassVar[str] = "worldflux.sigstore_policy.v0"

    schema_version: Literal["worldflux.sigstore_policy.v0"]
    version: Version
    expires: UtcTime | UnsetType = UNSET
    trusted_root: Annotated[str, Meta(min_length=1, max_length=255)]
    trusted_root_sha256: DigestText
    signers: Annotated[list[SigstoreSigner], Meta(max_length=1000)]
    revoked: Annotated[list[RevokedIdentity], Meta(max_length=1000)] = field(default_factory=list)
    min_signers: Threshold = 1
    require_timestamp: bool = False
