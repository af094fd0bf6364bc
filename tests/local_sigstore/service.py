"""All services of the local Sigstore, and the trusted root that names them.

Formats: `TrustedRoot` and `ClientTrustConfig` of sigstore/protobuf-specs, in the JSON form of Protocol Buffers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from tests.local_sigstore.certificates import Holder, base64_text, spki, spki_digest
from tests.local_sigstore.fulcio import Fulcio
from tests.local_sigstore.rekor import ORIGIN, Rekor, Version
from tests.local_sigstore.tsa import Tsa

OPERATOR: Final = "example.test"
SINCE: Final = {"start": "2020-01-01T00:00:00Z"}
_NOBODY_CHECKS: Final = "the local Sigstore believes every token, whoever signed it"


class LocalSigstore:
    """One instance: its authorities, its logs, their keys.

    Args:
        rekor: Version of the transparency log.
        tsa: The time-stamping authority.
    """

    def __init__(self, rekor: Version = 2, *, tsa: Tsa | None = None) -> None:
        self.fulcio = Fulcio()
        self.rekor = Rekor(rekor)
        self.tsa = tsa or Tsa()

    def token(self, identity: str = "alice@example.test", issuer: str = "https://issuer.test", **claims: str) -> str:
        """An identity token (OpenID Connect), valid for ten minutes."""
        now = int(time.time())
        said = {
            "iss": issuer,
            "aud": "sigstore",
            "sub": identity,
            "email": identity,
            "email_verified": True,
            "iat": now - 5,
            "nbf": now - 5,
            "exp": now + 600,
        }
        return jwt.encode(said | claims, _NOBODY_CHECKS, algorithm="HS256")

    def trusted_root(self) -> bytes:
        """What a verifier has to know."""
        return json.dumps(self.trusted_root_document(), indent=2).encode()

    def trusted_root_document(self) -> dict[str, Any]:
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log(self.rekor.key, f"https://{ORIGIN}")],
            "certificateAuthorities": [_chain("fulcio", [self.fulcio.intermediate, self.fulcio.root])],
            "ctlogs": [_log(self.fulcio.log_key, "https://ct.example.test")],
            "timestampAuthorities": [_chain("tsa", self.tsa.chain)],
        }

    def trust_config(self, url: str) -> bytes:
        """What a signer has to know, where the services answer at `url`."""
        stamps = [_service(f"{url}/timestamp", 1)] if self.rekor.version == 2 else []
        signing_config = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [_service(url, 1)],
            "oidcUrls": [],
            "rekorTlogUrls": [_service(url, self.rekor.version)],
            "tsaUrls": stamps,
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }
        config = {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.trusted_root_document(),
            "signingConfig": signing_config,
        }
        return json.dumps(config, indent=2).encode()


def _service(url: str, version: int) -> dict[str, Any]:
    return {"url": url, "majorApiVersion": version, "operator": OPERATOR, "validFor": SINCE}


def _log(key: ec.EllipticCurvePrivateKey, url: str) -> dict[str, Any]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": base64_text(spki(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": SINCE,
        },
        "logId": {"keyId": base64_text(spki_digest(key))},
    }


def _chain(host: str, holders: Sequence[Holder]) -> dict[str, Any]:
    return {
        "subject": {"organization": OPERATOR, "commonName": host},
        "uri": f"https://{host}.{OPERATOR}",
        "certChain": {"certificates": [{"rawBytes": base64_text(holder.der)} for holder in holders]},
        "validFor": SINCE,
    }
