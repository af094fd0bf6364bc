"""What a forger can do to a package: edit members, make the manifest agree again, and sign with whatever key there is.

Nothing here uses the code that makes statements or verifies them: a forger has an editor, SHA-256 and a key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import rfc8785
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

MANIFEST: Final = "artifact_manifest.json"
AUTHOR: Final = "signatures/author.dsse.json"
PUBLIC: Final = "signatures/public.dsse.json"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True)
class TestKey:
    """A key that everybody can derive from its name, and that nobody may trust outside of tests."""

    __test__ = False

    name: str
    algorithm: str = "ed25519"

    @property
    def private(self) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
        """The private half."""
        seed = hashlib.sha256(f"worldflux test key: {self.name}".encode()).digest()
        if self.algorithm == "ed25519":
            return ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        return ec.derive_private_key(int.from_bytes(seed) % (P256_ORDER - 1) + 1, ec.SECP256R1())

    @property
    def spki(self) -> bytes:
        """DER of the public half."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def pem(self) -> str:
        """PEM of the public half."""
        return (
            self.private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    @property
    def keyid(self) -> str:
        """SHA-256 of the public half."""
        return hashlib.sha256(self.spki).hexdigest()

    def sign(self, message: bytes) -> bytes:
        """The raw signature."""
        private = self.private
        if isinstance(private, ed25519.Ed25519PrivateKey):
            return private.sign(message)
        return private.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def trusted(self, **fields: Any) -> dict[str, Any]:
        """The entry of a trust file."""
        return {
            "label": self.name,
            "keyid": self.keyid,
            "public_key_pem": self.pem,
            "algorithm": self.algorithm,
            "roles": ["author", "reviewer"],
            **fields,
        }


AUTHOR_KEY: Final = TestKey("author")
P256_KEY: Final = TestKey("author p256", "ecdsa-p256-sha256")
REVIEWER_KEY: Final = TestKey("reviewer")
STRANGER: Final = TestKey("stranger")


def trust_file(*signers: dict[str, Any], **fields: Any) -> bytes:
    """A `worldflux.trusted_signers.v0`."""
    document = {
        "schema_version": "worldflux.trusted_signers.v0",
        "version": 1,
        "signers": list(signers),
        "revoked": [],
        "min_signers": 1,
        "require_timestamp": False,
        "tsa_roots": [],
        **fields,
    }
    return json.dumps(document, indent=2).encode() + b"\n"


def pae(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """Pre-authentication encoding of DSSE v1."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def envelope(payload: bytes, *keys: TestKey, payload_type: str = PAYLOAD_TYPE) -> dict[str, Any]:
    """A DSSE envelope with a signature by each key."""
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [
            {
                "keyid": key.keyid,
                "sig": base64.b64encode(key.sign(pae(payload, payload_type))).decode(),
                "public_key": base64.b64encode(key.spki).decode(),
            }
            for key in keys
        ],
    }


def write_json(path: Path, value: Any) -> None:
    """Write JSON as packages hold it."""
    path.write_bytes(json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n")


def edit_json(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file in place; what `change` returns is not used."""
    value = json.loads(path.read_bytes())
    change(value)
    write_json(path, value)


def sha256(data: bytes) -> str:
    """`sha256:` digest."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def rehash(folder: Path) -> None:
    """Make the manifest list what is there now: digests and sizes of every listed file, and no file that is gone."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["files"] = [entry for entry in manifest["files"] if (folder / entry["path"]).is_file()]
    for entry in manifest["files"]:
        data = (folder / entry["path"]).read_bytes()
        entry |= {"sha256": sha256(data), "size": len(data)}
    write_json(folder / MANIFEST, manifest)


def payload_of(path: Path) -> dict[str, Any]:
    """The statement in an envelope."""
    value: dict[str, Any] = json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))
    return value


def restated(folder: Path) -> dict[str, Any]:
    """The author's statement, brought up to what the members say now, as far as they can be read."""
    statement = payload_of(folder / AUTHOR)
    data = (folder / MANIFEST).read_bytes()
    files = _parsed(data).get("files", [])
    subjects = [(MANIFEST, sha256(data)), *((entry["path"], entry["sha256"]) for entry in files)]
    statement["subject"] = [
        {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}} for name, digest in subjects
    ]
    evidence = _parsed((folder / "evidence.json").read_bytes()) if (folder / "evidence.json").is_file() else {}
    if {"id", "claim", "protocol", "verdict"} <= evidence.keys():
        result = {name: value for name, value in evidence.items() if name not in ("id", "created_at")}
        statement["predicate"] |= {
            "evidence_id": evidence["id"],
            "claim": {name: evidence["claim"][name] for name in ("id", "hash")},
            "protocol": {name: evidence["protocol"][name] for name in ("id", "hash")},
            "result": {"verdict": evidence["verdict"], "digest": sha256(rfc8785.dumps(result))},
        }
    return statement


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
        rfc8785.dumps(value)
    except (ValueError, rfc8785.CanonicalizationError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def resign(folder: Path, key: TestKey, *, change: Callable[[dict[str, Any]], Any] = lambda statement: None) -> None:
    """Sign what is there now with a key; the public view, which only the author's tool makes, goes.

    Args:
        folder: The package.
        key: The forger's key, or the author's where the author is the forger.
        change: Edits the statement before it is signed.
    """
    statement = restated(folder)
    change(statement)
    write_json(folder / AUTHOR, envelope(json.dumps(statement).encode(), key))
    (folder / PUBLIC).unlink(missing_ok=True)


def copied(package: Path, target: Path) -> Path:
    """A copy to spoil."""
    shutil.copytree(package, target)
    return target
