"""Bundles made by hand from the parts of a local Sigstore: a right one, and one with any single part wrong.

Format: Sigstore bundle 0.3 of sigstore/protobuf-specs; envelopes: DSSE v1.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.local_sigstore.certificates import base64_text, new_key, signed
from tests.local_sigstore.fulcio import Wanted
from tests.local_sigstore.rekor import entry_of_version_1, entry_of_version_2
from tests.local_sigstore.service import LocalSigstore

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT: Final = json.dumps(
    {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "artifact_manifest.json", "digest": {"sha256": hashlib.sha256(b"manifest").hexdigest()}}],
        "predicateType": "urn:worldflux:test",
        "predicate": {"verdict": "supported"},
    }
).encode()


def pae(payload_type: str, payload: bytes) -> bytes:
    """What is signed, as the protocol of DSSE spells it."""
    return b"DSSEv1 %d %s %d %s" % (len(payload_type), payload_type.encode(), len(payload), payload)


def forged(
    sigstore: LocalSigstore,
    payload: bytes = STATEMENT,
    *,
    wanted: Wanted | None = None,
    payload_type: str = PAYLOAD_TYPE,
    timestamps: Sequence[bytes] | None = None,
    certified: ec.EllipticCurvePrivateKey | None = None,
) -> dict[str, Any]:
    """A bundle with every part as it has to be, but for what is said otherwise.

    Args:
        sigstore: Whose certificate, log and time stamp it carries.
        payload: What is signed.
        wanted: What the certificate says.
        payload_type: What the envelope calls its payload.
        timestamps: Replies of a time-stamping authority; left out, one where the log gives no time of its own.
        certified: Key in the certificate, where it is not the one that signs.
    """
    key = new_key()
    certificate = sigstore.fulcio.issue((certified or key).public_key(), wanted or Wanted())
    signature = signed(key, pae(payload_type, payload))
    envelope = {
        "payload": base64_text(payload),
        "payloadType": payload_type,
        "signatures": [{"sig": base64_text(signature)}],
    }
    entry = sigstore.rekor.entry(_entry(sigstore, envelope, certificate))
    if timestamps is None:
        timestamps = [sigstore.tsa.timestamp(signature)] if sigstore.rekor.version == 2 else []
    stamps = {"rfc3161Timestamps": [{"signedTimestamp": base64_text(stamp)} for stamp in timestamps]}
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": {"rawBytes": base64_text(certificate.public_bytes(Encoding.DER))},
            "tlogEntries": [entry],
            "timestampVerificationData": stamps,
        },
        "dsseEnvelope": envelope,
    }


def signature_of(bundle: dict[str, Any]) -> bytes:
    return base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"], validate=True)


def written(bundle: dict[str, Any]) -> bytes:
    """A bundle as it lies in a file."""
    return json.dumps(bundle).encode()


def _entry(sigstore: LocalSigstore, envelope: dict[str, Any], certificate: x509.Certificate) -> dict[str, Any]:
    if sigstore.rekor.version == 1:
        verifier = base64_text(certificate.public_bytes(Encoding.PEM))
        return entry_of_version_1(json.dumps(envelope), [verifier])
    payload = base64.b64decode(envelope["payload"], validate=True)
    digest = hashlib.sha256(pae(envelope["payloadType"], payload)).digest()
    verifier_2 = {
        "keyDetails": "PKIX_ECDSA_P256_SHA_256",
        "x509Certificate": {"rawBytes": base64_text(certificate.public_bytes(Encoding.DER))},
    }
    return entry_of_version_2(
        base64_text(digest), {"content": envelope["signatures"][0]["sig"], "verifier": verifier_2}
    )
