"""Keys that sign and verify: Ed25519 (RFC 8032), and ECDSA on P-256 with SHA-256 (FIPS 186-5), and nothing else.

A public key is known by its bytes, so every key has one spelling only: the SubjectPublicKeyInfo (RFC 5280) that
RFC 8410 and RFC 5480 prescribe. What the library would read besides is refused here: other curves, compressed points,
Ed25519 points that are not canonical or that lie in the group of order eight, whose signatures prove nothing.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from worldbase.errors import Where
from worldflux.documents.trust import Algorithm
from worldflux.errors import SigningError
from worldflux.signing import base64_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUPPORTED: Final = "Supported are Ed25519 and ECDSA on P-256."

_ED25519_SPKI: Final = bytes.fromhex("302a300506032b6570032100")
_P256_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_ED25519_BYTES: Final = 32
_P256_BYTES: Final = 65
_UNCOMPRESSED: Final = b"\x04"

_FIELD: Final = 2**255 - 19
_GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_CURVE_D: Final = -121665 * pow(121666, -1, _FIELD) % _FIELD
_Y_OF_ORDER_EIGHT: Final = int.from_bytes(
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"
)
# Of the eight points of small order: the neutral one, the one of order two, two of order four, four of order eight.
_SMALL_ORDER_Y: Final = {1, _FIELD - 1, 0, _Y_OF_ORDER_EIGHT, _FIELD - _Y_OF_ORDER_EIGHT}

_PEM: Final = re.compile(
    r"\s*-----BEGIN PUBLIC KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END PUBLIC KEY-----\s*", re.ASCII
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies. Made by `public_key_from_pem` and `public_key_from_spki`, which check it.

    Attributes:
        spki: DER SubjectPublicKeyInfo, 44 bytes for Ed25519 and 91 for P-256.
    """

    algorithm: Algorithm
    spki: bytes

    @property
    def keyid(self) -> str:
        """SHA-256 of the SubjectPublicKeyInfo, 64 hex digits."""
        return hashlib.sha256(self.spki).hexdigest()

    @property
    def pem(self) -> str:
        """The key as PEM (RFC 7468), with a line break at the end."""
        text = base64_text.encoded(self.spki)
        lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
        return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether this is a signature of the key over the message.

        Args:
            signature: Ed25519: 64 bytes, whose second half is below the group's order (RFC 8032 section 5.1.7).
                P-256: DER `SEQUENCE {r, s}` (RFC 3279 section 2.2.3).
            message: The signed bytes.
        """
        if self.algorithm == "ed25519":
            return _verify_ed25519(self.spki[len(_ED25519_SPKI) :], signature, message)
        return _verify_p256(self.spki[len(_P256_SPKI) :], signature, message)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs. It shows nothing of itself but its public half."""

    public: PublicKey
    secret: Ed25519PrivateKey | EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def generate(cls, algorithm: Algorithm = "ed25519") -> Self:
        """A new key, from the system's source of randomness."""
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519

        return cls.of(
            ed25519.Ed25519PrivateKey.generate() if algorithm == "ed25519" else ec.generate_private_key(ec.SECP256R1())
        )

    @classmethod
    def of(cls, secret: object, *, file: str = "") -> Self:
        """A private key of the library as one of ours.

        Raises:
            SigningError: `key.unsupported`.
        """
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519

        if isinstance(secret, ed25519.Ed25519PrivateKey):
            return cls(_public_of(secret), secret)
        if isinstance(secret, ec.EllipticCurvePrivateKey) and isinstance(secret.curve, ec.SECP256R1):
            return cls(_public_of(secret), secret)
        raise _unsupported(_kind_of(secret), file)

    def sign(self, message: bytes) -> bytes:
        """Sign a message: 64 bytes for Ed25519, DER for P-256."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519

        if isinstance(self.secret, ed25519.Ed25519PrivateKey):
            return self.secret.sign(message)
        return self.secret.sign(message, ec.ECDSA(hashes.SHA256()))


def public_key_from_pem(text: str, *, file: str) -> PublicKey:
    """Read one public key from PEM (RFC 7468, label `PUBLIC KEY`).

    Args:
        text: The whole file: nothing but white space may stand around the key.
        file: Name for error messages.

    Raises:
        SigningError: `key.private` for a private key, `key.invalid`, `key.unsupported`.
    """
    if "PRIVATE KEY-----" in text:
        raise SigningError(
            "this is a private key; a public one is needed",
            code="key.private",
            where=Where(file),
            hint="Give this file to nobody. `worldflux key export` and `openssl pkey -pubout` write the public half.",
        )
    found = _PEM.fullmatch(text)
    der = base64_text.decoded(re.sub(r"[\r\n]", "", found[1])) if found else None
    if der is None:
        raise SigningError(
            "not one public key in PEM form",
            code="key.invalid",
            where=Where(file),
            hint="It begins with `-----BEGIN PUBLIC KEY-----`; `openssl pkey -pubout` writes it so.",
        )
    return public_key_from_spki(der, file=file)


def public_key_from_spki(der: bytes, *, file: str) -> PublicKey:
    """Read a public key from its DER SubjectPublicKeyInfo.

    Raises:
        SigningError: `key.unsupported` for another algorithm or curve, `key.invalid` for a point that no key has or
            another spelling of a key.
    """
    if der.startswith(_ED25519_SPKI) and len(der) == len(_ED25519_SPKI) + _ED25519_BYTES:
        _check_ed25519(der[len(_ED25519_SPKI) :], file)
        return PublicKey("ed25519", der)
    point = der[len(_P256_SPKI) :]
    if der.startswith(_P256_SPKI) and len(point) == _P256_BYTES and point.startswith(_UNCOMPRESSED):
        _check_p256(point, file)
        return PublicKey("ecdsa-p256-sha256", der)
    raise _not_our_spelling(der, file)


def _check_ed25519(point: bytes, file: str) -> None:
    y = int.from_bytes(point, "little") & (2**255 - 1)
    if y >= _FIELD:
        raise _invalid("the Ed25519 point is not in canonical form", file)
    if y in _SMALL_ORDER_Y:
        raise _invalid("the Ed25519 point has small order, so that anybody can sign for it", file)
    # x^2 = (y^2 - 1) / (d y^2 + 1); a product is a square exactly where the quotient is one (Euler's criterion).
    square = (y * y - 1) * (_CURVE_D * y * y + 1) % _FIELD
    if pow(square, (_FIELD - 1) // 2, _FIELD) != 1:
        raise _invalid("the Ed25519 point is not on the curve", file)


def _check_p256(point: bytes, file: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise _invalid("the point is not on P-256", file) from None


def _not_our_spelling(der: bytes, file: str) -> SigningError:
    """Say what it is instead, as far as the library can read it."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        kind = _kind_of(load_der_public_key(der))
    except (ValueError, UnsupportedAlgorithm):
        return _invalid("not a public key that can be read", file)
    if kind in {"an Ed25519 key", "an EC key on secp256r1"}:
        return _invalid(f"{kind}, but not in the one form that it is known by", file)
    return _unsupported(kind, file)


def _kind_of(key: object) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec

    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return f"an EC key on {key.curve.name}"
    name = re.sub("^_|(Public|Private)Key.*", "", type(key).__name__)
    return f"an {name} key" if name[:1] in "AEIMORSX" else f"a {name} key"


def _unsupported(kind: str, file: str) -> SigningError:
    return SigningError(
        f"{kind} cannot be used",
        code="key.unsupported",
        where=Where(file),
        hint=f"{SUPPORTED} Make one with `worldflux key generate`.",
    )


def _invalid(what: str, file: str) -> SigningError:
    return SigningError(
        what,
        code="key.invalid",
        where=Where(file),
        hint=f"Ask its owner for the key again. {SUPPORTED} `openssl pkey -pubout` writes the form that is read here.",
    )


def _public_of(secret: Ed25519PrivateKey | EllipticCurvePrivateKey) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return public_key_from_spki(der, file="")


def _verify_ed25519(point: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _GROUP_ORDER:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(point).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _verify_p256(point: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
