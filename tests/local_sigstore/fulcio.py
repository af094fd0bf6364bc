"""The certificate authority: short-lived certificates that name an identity, and the log that has seen them.

Profile of the certificates: the Fulcio certificate specification and its list of object identifiers. Signed
certificate timestamps: RFC 6962 section 3.2.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from tests.local_sigstore.certificates import (
    SHA256,
    authority,
    draft,
    key_usage,
    new_key,
    now,
    signed,
    spki_digest,
)

LIFETIME: Final = dt.timedelta(minutes=10)
_ARC: Final = "1.3.6.1.4.1.57264.1"
ISSUER_AS_TEXT: Final = 1
ISSUER: Final = 8
BUILD_SIGNER: Final = 9
SOURCE_REPOSITORY: Final = 12
SOURCE_REF: Final = 14
BUILD_CONFIG: Final = 18


@dataclass(frozen=True)
class Wanted:
    """What a certificate is to say.

    Attributes:
        identity: An e-mail address or, where it begins with `https://`, a URI.
        issuer: Who vouches for it; without one the certificate does not say.
        claims: More of what the identity token said, by the last number of its object identifier.
        age: How long ago the certificate was issued.
        names: Other names in place of that of the identity.
        is_seen: Whether the certificate-transparency log has seen the certificate.
        for_code: Whether the certificate is for signing code.
    """

    identity: str = "alice@example.test"
    issuer: str | None = "https://issuer.test"
    claims: Mapping[int, str] = field(default_factory=dict)
    age: dt.timedelta = dt.timedelta(seconds=2)
    names: tuple[x509.GeneralName, ...] | None = None
    is_seen: bool = True
    for_code: bool = True


class Fulcio:
    """Issues certificates."""

    def __init__(self) -> None:
        self.root = authority("local certificate root")
        self.intermediate = authority(
            "local certificates", self.root, [ExtendedKeyUsageOID.CODE_SIGNING], path_length=0
        )
        self.log_key = new_key()

    def issue(self, public_key: ec.EllipticCurvePublicKey, wanted: Wanted) -> x509.Certificate:
        since = now() - wanted.age
        builder = draft(x509.Name([]), public_key, self.intermediate, since, since + LIFETIME)
        usage = ExtendedKeyUsageOID.CODE_SIGNING if wanted.for_code else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = builder.add_extension(key_usage(signs_data=True), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(_names(wanted)), critical=True)
        for number, value in _claims(wanted).items():
            oid = x509.ObjectIdentifier(f"{_ARC}.{number}")
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
        if wanted.is_seen:
            # The log signs the certificate as it is without the log's own answer, which is added last.
            before = builder.sign(self.intermediate.key, SHA256)
            oid = ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS
            builder = builder.add_extension(x509.UnrecognizedExtension(oid, self._seen(before)), critical=False)
        return builder.sign(self.intermediate.key, SHA256)

    def _seen(self, certificate: x509.Certificate) -> bytes:
        """The log's answer, a list of one signed certificate timestamp, as the value of an extension."""
        milliseconds = int(now().timestamp() * 1000)
        body = certificate.tbs_certificate_bytes
        entry = spki_digest(self.intermediate.key) + len(body).to_bytes(3, "big") + body
        signature = signed(self.log_key, struct.pack("!BBQH", 0, 0, milliseconds, 1) + entry + b"\0\0")
        timestamp = b"\0" + spki_digest(self.log_key) + struct.pack("!QH", milliseconds, 0)
        timestamp += b"\x04\x03" + struct.pack("!H", len(signature)) + signature
        return der(4, struct.pack("!HH", len(timestamp) + 2, len(timestamp)) + timestamp)


def der(tag: int, content: bytes) -> bytes:
    """One DER value of less than 64 KiB."""
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _names(wanted: Wanted) -> list[x509.GeneralName]:
    if wanted.names is not None:
        return list(wanted.names)
    if wanted.identity.startswith("https://"):
        return [x509.UniformResourceIdentifier(wanted.identity)]
    return [x509.RFC822Name(wanted.identity)]


def _claims(wanted: Wanted) -> dict[int, bytes]:
    claims = {number: der(0x0C, text.encode()) for number, text in wanted.claims.items()}
    if wanted.issuer is not None:
        claims = {
            ISSUER_AS_TEXT: wanted.issuer.encode(),
            ISSUER: der(0x0C, wanted.issuer.encode()),
            **claims,
        }
    return claims
