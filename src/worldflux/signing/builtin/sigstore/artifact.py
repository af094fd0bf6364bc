"""Verify a bundle as Sigstore clients do: over any artifact, from one identity. The conformance suite asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worldbase import strictjson
from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.errors import SignatureError
from worldflux.signing.builtin.sigstore import library
from worldflux.signing.builtin.sigstore.opening import Reader, refused, verified
from worldflux.signing.contract import SignedBy

if TYPE_CHECKING:
    from sigstore.models import Bundle
    from sigstore.verify import Verifier


def verify_bundle(
    data: bytes,
    *,
    trusted_root: bytes,
    identity: str,
    issuer: str,
    sha256: bytes | None = None,
    file: str = "",
) -> SignedBy:
    """Verify a bundle over an artifact, or over a Statement about it.

    Args:
        data: The bytes of the bundle.
        trusted_root: Bytes of the trusted root.
        identity: Who has to have signed, compared whole.
        issuer: Who has to have vouched for them, compared whole.
        sha256: SHA-256 of what has to be signed, 32 bytes: of the artifact, which is signed itself or is a subject of
            the signed in-toto Statement. Left out, the bundle has to hold a Statement, about anything.
        file: Name for error messages.

    Raises:
        InputError, EnvironmentMissingError, TrustError: What `open_bundle` raises.
        SignatureError: What `open_bundle` raises; `signature.bundle` also for another artifact, `signature.identity`
            for another signer.
    """

    def check(verifier: Verifier, bundle: Bundle, reader: Reader) -> None:
        from sigstore.hashes import Hashed
        from sigstore_models.common.v1 import HashAlgorithm

        # A bundle holds either a signature over an artifact or an envelope; asked for the wrong one, the library
        # refuses.
        if sha256 is not None and _is_over_artifact(bundle):
            verifier.verify_artifact(Hashed(algorithm=HashAlgorithm.SHA2_256, digest=sha256), bundle, reader)
        else:
            payload_type, payload = verifier.verify_dsse(bundle, reader)
            _check_statement(payload_type, payload, sha256, file)

    root = library.trusted_root(trusted_root)
    signed_by = verified(data, check, file=file, root=root, known=True).signed_by
    if (signed_by.identity, signed_by.issuer) != (identity, issuer):
        raise SignatureError(
            f"signed by {signed_by.identity}, whom {signed_by.issuer} vouches for, and not by {identity} of {issuer}",
            code="signature.identity",
            hint="Do not take this for a signature of whom you expected.",
        )
    return signed_by


def _is_over_artifact(bundle: Bundle) -> bool:
    return "messageSignature" in strictjson.parse(bundle.to_json().encode())


def _check_statement(payload_type: str, payload: bytes, sha256: bytes | None, file: str) -> None:
    if payload_type != PAYLOAD_TYPE:
        raise refused("its envelope holds no in-toto Statement", file)
    statement = strictjson.parse(payload, file=file)
    if sha256 is not None and sha256.hex() not in _subjects(statement):
        raise refused("its Statement is about something else", file)


def _subjects(statement: Any) -> set[str]:
    """SHA-256 digests of what a Statement is about."""
    subjects = statement.get("subject") if isinstance(statement, dict) else None
    found = set()
    for subject in subjects if isinstance(subjects, list) else []:
        digests = subject.get("digest") if isinstance(subject, dict) else None
        digest = digests.get("sha256") if isinstance(digests, dict) else None
        found.update([digest] if isinstance(digest, str) else [])
    return found
