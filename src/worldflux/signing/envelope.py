"""DSSE envelopes (Dead Simple Signing Envelope, version 1.0.2): what is signed, and how it is written down.

The signature is over the raw payload and its type, joined by the pre-authentication encoding, so nothing has to be
brought into a canonical form. An envelope is somebody else's file: it is read strictly, and nothing in it is believed
because it stands there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from worldbase import document, strictjson
from worldbase.errors import Where
from worldbase.strictjson import pointer_join
from worldflux.errors import SignatureError, SigningError
from worldflux.signing import base64_text
from worldflux.signing.keys import PrivateKey, PublicKey, public_key_from_spki

MAX_SIGNATURES: Final = 8
MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_DEPTH: Final = 16


@dataclass(frozen=True, slots=True)
class EnvelopeSignature:
    """One signature of an envelope.

    Attributes:
        keyid: What the envelope calls the key, empty where it says nothing: a hint, no statement about who signed.
        signature: Raw bytes, 64 for Ed25519 and DER for P-256.
        carried: The key that the envelope brings along (base64 of its SubjectPublicKeyInfo in `public_key`, a field
            of ours that other readers ignore). It shows that the bytes are whole; whose key it is, trust decides.
    """

    keyid: str
    signature: bytes
    carried: PublicKey | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope that was read and not yet verified."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...]


def pae(payload_type: str, payload: bytes) -> bytes:
    """The bytes that a signature is over: `DSSEv1 SP len(type) SP type SP len(payload) SP payload` (DSSE 1.0.2)."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sealed(payload_type: str, payload: bytes, keys: Sequence[PrivateKey]) -> bytes:
    """Sign a payload with each of the keys; the envelope as indented JSON, with a line break at the end."""
    signed = pae(payload_type, payload)
    signatures = [_signature_of(key, signed) for key in keys]
    return document.dump(
        {"payload": base64_text.encoded(payload), "payloadType": payload_type, "signatures": signatures}
    )


def signed_too(data: bytes, key: PrivateKey, *, file: str) -> bytes:
    """Add a signature to an envelope, which is read strictly first; what it holds already stays as it is.

    Raises:
        InputError, SignatureError: What `parse` raises about the envelope, before or after.
    """
    envelope = parse(data, file=file)
    value = strictjson.parse(data, file=file, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    value["signatures"].append(_signature_of(key, pae(envelope.payload_type, envelope.payload)))
    signed = document.dump(value)
    parse(signed, file=file)
    return signed


def _signature_of(key: PrivateKey, signed: bytes) -> dict[str, str]:
    return {
        "keyid": key.public.keyid,
        "sig": base64_text.encoded(key.sign(signed)),
        "public_key": base64_text.encoded(key.public.spki),
    }


def parse(data: bytes, *, file: str) -> Envelope:
    """Read an envelope, of one to `MAX_SIGNATURES` signatures. Fields that DSSE does not know are ignored.

    Args:
        data: The bytes of the file, at most `MAX_BYTES`.
        file: Name for error messages.

    Raises:
        InputError: `json.*`, what `strictjson.parse` raises.
        SignatureError: `signature.envelope`, `signature.base64`, `signature.too_many`, `signature.duplicate_key`,
            `signature.carried_key`.
    """
    value = strictjson.parse(data, file=file, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH)
    reader = _Reader(file)
    payload = reader.decoded(value, "payload", "")
    payload_type = reader.text(value, "payloadType", "")
    return Envelope(payload_type, payload, reader.signatures(value))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes values out of the parsed JSON and says where one is not what DSSE prescribes."""

    file: str

    def signatures(self, value: Any) -> tuple[EnvelopeSignature, ...]:
        listed = value.get("signatures")
        if not isinstance(listed, list) or not listed:
            raise self._malformed("/signatures", "is no list of signatures")
        if len(listed) > MAX_SIGNATURES:
            raise SignatureError(
                f"{len(listed)} signatures in one envelope; {MAX_SIGNATURES} are read",
                code="signature.too_many",
                where=Where(self.file, "/signatures"),
                hint="Ask for an envelope of the signer's own.",
            )
        read = tuple(self._signature(entry, f"/signatures/{number}") for number, entry in enumerate(listed))
        named = [signature.keyid for signature in read if signature.keyid]
        if len(set(named)) < len(named):
            raise SignatureError(
                "one key is named for two signatures",
                code="signature.duplicate_key",
                where=Where(self.file, "/signatures"),
                hint="Ask for an envelope that each key signed once.",
            )
        return read

    def _signature(self, entry: Any, pointer: str) -> EnvelopeSignature:
        signature = self.decoded(entry, "sig", pointer)
        keyid = self.text(entry, "keyid", pointer) if "keyid" in entry else ""
        carried = self._carried(self.decoded(entry, "public_key", pointer), pointer) if "public_key" in entry else None
        return EnvelopeSignature(keyid, signature, carried)

    def _carried(self, der: bytes, pointer: str) -> PublicKey:
        try:
            return public_key_from_spki(der, file=self.file)
        except SigningError as error:
            raise SignatureError(
                f"the key that the envelope carries: {error.message}",
                code="signature.carried_key",
                where=Where(self.file, f"{pointer}/public_key"),
                hint="Ask the signer to sign again, with a key that is supported.",
            ) from None

    def decoded(self, value: Any, name: str, pointer: str) -> bytes:
        data = base64_text.decoded(self.text(value, name, pointer), url_safe=True)
        if data is None:
            raise SignatureError(
                f"{name} is not base64 as an encoder writes it",
                code="signature.base64",
                where=Where(self.file, pointer_join(pointer, name)),
                hint="The file was changed after it was signed, or was not written by a signing tool.",
            )
        return data

    def text(self, value: Any, name: str, pointer: str) -> str:
        if not isinstance(value, dict):
            raise self._malformed(pointer, "is no object")
        found = value.get(name)
        if not isinstance(found, str):
            raise self._malformed(pointer_join(pointer, name), "is no text")
        return found

    def _malformed(self, pointer: str, what: str) -> SignatureError:
        return SignatureError(
            f"not a DSSE envelope: {pointer or 'the document'} {what}",
            code="signature.envelope",
            where=Where(self.file, pointer),
            hint="A signature file holds payload, payloadType and signatures; is this the right file?",
        )
