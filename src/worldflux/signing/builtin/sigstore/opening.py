"""Verify a bundle: who signed it, over which bytes, and when.

The library checks the certificate's way up to the trusted root, that the certificate log has seen it, that it was
valid at a time that somebody trusted states, that the log holds the entry (proof, signed head and, of version 1, the
log's promise), that the entry is about this signature, and the signature itself. Who signed is read from the
certificate while the library checks it; whether they count, trust decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from worldbase import strictjson
from worldbase.errors import Where
from worldbase.strictjson import pointer_join
from worldflux.errors import SignatureError
from worldflux.signing import base64_text
from worldflux.signing.builtin.sigstore import library
from worldflux.signing.builtin.sigstore.certificate import Named, named
from worldflux.signing.builtin.sigstore.times import Time, trusted_time
from worldflux.signing.contract import OpenedSeal, SignedBy
from worldflux.signing.foreign import called

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from sigstore.models import Bundle, TrustedRoot
    from sigstore.verify import Verifier

T = TypeVar("T")

MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_DEPTH: Final = 32
_BINARY: Final = frozenset(
    [
        "canonicalizedBody",
        "digest",
        "hashes",
        "keyId",
        "payload",
        "rawBytes",
        "rootHash",
        "sig",
        "signature",
        "signedEntryTimestamp",
        "signedTimestamp",
    ]
)


class Reader:
    """Stands where the library asks whether the signer is accepted: it reads who it is, and accepts whoever is named.

    The library asks after it checked the certificate's way up to the trusted root.
    """

    def __init__(self) -> None:
        self.named: Named | None = None

    def verify(self, cert: Certificate) -> None:
        """Read a certificate.

        Raises:
            ValueError: It does not name one identity and one issuer.
        """
        self.named = named(cert)


@dataclass(frozen=True, slots=True)
class Verified(Generic[T]):
    """A bundle that the library found good.

    Attributes:
        result: What the library returned.
        signature: Raw signature bytes.
    """

    result: T
    signature: bytes
    signed_by: SignedBy


Check = Callable[["Verifier", "Bundle", Reader], T]
"""How the library is asked: about an envelope, or about an artifact."""


def open_bundle(data: bytes, *, file: str, trusted_root: bytes | None) -> OpenedSeal:
    """Verify a bundle over an in-toto Statement, without a network.

    Args:
        data: The bytes of the bundle, at most `MAX_BYTES`.
        file: Name for error messages.
        trusted_root: Bytes of the trusted root that the verifier brings. Without it, that of the public service as
            the library brought it along is used, and the signer is not `known`.

    Raises:
        InputError: `json.*`.
        EnvironmentMissingError: `sigstore.not_installed`.
        TrustError: `sigstore.trusted_root`.
        SignatureError: `signature.bundle` with the library's reason, `signature.bundle_spelling`.
    """
    return opened(data, file=file, root=library.trusted_root(trusted_root), known=trusted_root is not None)


def opened(data: bytes, *, file: str, root: TrustedRoot, known: bool) -> OpenedSeal:
    """Verify a bundle over a Statement under a trusted root that was read already; see `open_bundle`."""
    found = verified(data, _envelope, file=file, root=root, known=known)
    payload_type, payload = found.result
    return OpenedSeal(payload_type, payload, (found.signed_by,), (found.signature,))


def _envelope(verifier: Verifier, bundle: Bundle, reader: Reader) -> tuple[str, bytes]:
    return verifier.verify_dsse(bundle, reader)


def verified(data: bytes, check: Check[T], *, file: str, root: TrustedRoot, known: bool) -> Verified[T]:
    """Read a bundle and have the library check it.

    Raises:
        InputError: `json.*`.
        SignatureError: `signature.bundle`, `signature.bundle_spelling`.
    """
    document = strictjson.parse(data, file=file, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    for pointer in _misspelt(document, ""):
        raise SignatureError(
            "a part of the bundle is not spelled as signing tools spell it",
            code="signature.bundle_spelling",
            where=Where(file, pointer),
            hint="The file was changed after it was signed, or was not written by a signing tool.",
        )

    def work() -> Verified[T]:
        from sigstore.models import Bundle
        from sigstore.verify import Verifier

        bundle, reader = Bundle.from_json(data), Reader()
        result = check(Verifier(trusted_root=root), bundle, reader)
        return Verified(
            result, bundle.signature, _signed_by(bundle, reader, trusted_time(bundle, document, root), known)
        )

    return called(work, lambda reason: refused(reason, file, known=known))


def _signed_by(bundle: Bundle, reader: Reader, time: Time | None, known: bool) -> SignedBy:
    certificate = bundle.signing_certificate
    if reader.named is None or time is None:
        raise ValueError("nobody says who signed it and when")
    return SignedBy(
        "sigstore",
        hashlib.sha256(_der(certificate)).hexdigest(),
        _algorithm(certificate),
        known=known,
        identity=reader.named.identity,
        issuer=reader.named.issuer,
        trusted_time=time[0],
        time_source=time[1],
        github=reader.named.github,
    )


def _der(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _algorithm(certificate: Certificate) -> str:
    """The library verifies ECDSA over SHA-256 and nothing else; the service issues certificates for P-256."""
    from cryptography.hazmat.primitives.asymmetric import ec

    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise TypeError("the key in the certificate is not on P-256")
    return "ecdsa-p256-sha256"


def refused(reason: str, file: str, *, known: bool = True) -> SignatureError:
    """A bundle that is not good under the trusted root that was given or, where it is not `known`, the public one."""
    hint = (
        "Do not use this evidence, unless the trusted root is that of another Sigstore service than the signer's."
        if known
        else "Checked with the public Sigstore service's root, as no policy brings another. Where the signer uses a "
        "service of their own, name its root in a policy; otherwise do not use this evidence."
    )
    return SignatureError(
        f"the Sigstore bundle is not good: {reason}", code="signature.bundle", where=Where(file), hint=hint
    )


def _misspelt(value: Any, pointer: str, *, is_binary: bool = False) -> Iterator[str]:
    """Where names or binary values are not spelled in the one way.

    The library would skip what is no base64, and knows a second name for each field; other readers do not.
    """
    if isinstance(value, dict):
        for name, part in value.items():
            inner = pointer_join(pointer, name)
            yield from [inner] if "_" in name else _misspelt(part, inner, is_binary=name in _BINARY)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _misspelt(part, pointer_join(pointer, number), is_binary=is_binary)
    elif is_binary and isinstance(value, str) and base64_text.decoded(value) is None:
        yield pointer
