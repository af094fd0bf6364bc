"""The transparency log: a Merkle tree whose head is signed, with entries of versions 1 and 2.

Tree: RFC 9162 section 2. Signed head: the checkpoint format of the transparency-dev logs. Entries: `dsse` 0.0.1 of
Rekor v1, which comes with a promise and a time, and `hashedrekord` 0.0.2 of Rekor v2, which has neither.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import rfc8785

from tests.local_sigstore.certificates import base64_text, new_key, now, signed, spki_digest

ORIGIN: Final = "log.example.test"
Version = Literal[1, 2]


@dataclass(frozen=True)
class Place:
    """Where an entry lies in the tree, and the proof of it."""

    index: int
    size: int
    root: bytes
    path: tuple[bytes, ...]
    checkpoint: str


class Rekor:
    """Keeps entries."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self.key = new_key()
        self._leaves: list[bytes] = []
        self._lock = threading.Lock()

    @property
    def id(self) -> bytes:
        return spki_digest(self.key)

    def entry(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep an entry; it comes back in the form in which bundles carry it."""
        data = rfc8785.dumps(body)
        place = self._append(data)
        entry: dict[str, Any] = {
            "logIndex": str(place.index),
            "logId": {"keyId": base64_text(self.id)},
            "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "inclusionProof": {
                "logIndex": str(place.index),
                "rootHash": base64_text(place.root),
                "treeSize": str(place.size),
                "hashes": [base64_text(sibling) for sibling in place.path],
                "checkpoint": {"envelope": place.checkpoint},
            },
            "canonicalizedBody": base64_text(data),
        }
        return entry | (self.promise(data, place.index, int(now().timestamp())) if self.version == 1 else {})

    def promise(self, body: bytes, index: int, seconds: int) -> dict[str, Any]:
        """The time at which version 1 took an entry, and its signature over it."""
        said: dict[str, str | int] = {
            "body": base64_text(body),
            "integratedTime": seconds,
            "logID": self.id.hex(),
            "logIndex": index,
        }
        promise = base64_text(signed(self.key, rfc8785.dumps(said)))
        return {"integratedTime": str(seconds), "inclusionPromise": {"signedEntryTimestamp": promise}}

    def _append(self, data: bytes) -> Place:
        with self._lock:
            self._leaves.append(hashlib.sha256(b"\0" + data).digest())
            leaves = tuple(self._leaves)
        index, root = len(leaves) - 1, _root(leaves)
        return Place(index, len(leaves), root, _path(index, leaves), self.checkpoint(len(leaves), root))

    def checkpoint(self, size: int, root: bytes) -> str:
        note = f"{ORIGIN}\n{size}\n{base64_text(root)}\n"
        signature = base64_text(self.id[:4] + signed(self.key, note.encode()))
        return f"{note}\n\N{EM DASH} {ORIGIN} {signature}\n"


def entry_of_version_1(envelope: str, verifiers: Sequence[str]) -> dict[str, Any]:
    """A `dsse` entry: digests of the envelope and its payload, its signatures, who verifies them (base64 of PEM)."""
    parsed = json.loads(envelope)
    signatures = zip(parsed["signatures"], verifiers, strict=True)
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": _digest(envelope.encode()),
            "payloadHash": _digest(base64.b64decode(parsed["payload"], validate=True)),
            "signatures": [{"signature": part["sig"], "verifier": verifier} for part, verifier in signatures],
        },
    }


def entry_of_version_2(digest: str, signature: dict[str, Any]) -> dict[str, Any]:
    """A `hashedrekord` entry: a digest in base64, and a signature with who verifies it."""
    data = {"algorithm": "SHA2_256", "digest": digest}
    return {
        "apiVersion": "0.0.2",
        "kind": "hashedrekord",
        "spec": {"hashedRekordV002": {"data": data, "signature": signature}},
    }


def _digest(data: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(data).hexdigest()}


def _split(leaves: Sequence[bytes]) -> int:
    """The largest power of two below the number of leaves."""
    return 1 << (len(leaves) - 1).bit_length() - 1


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    split = _split(leaves)
    return hashlib.sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def _path(index: int, leaves: Sequence[bytes]) -> tuple[bytes, ...]:
    """Roots of the siblings from the leaf up."""
    if len(leaves) == 1:
        return ()
    split = _split(leaves)
    if index < split:
        return (*_path(index, leaves[:split]), _root(leaves[split:]))
    return (*_path(index - split, leaves[split:]), _root(leaves[:split]))
