"""Checkpoints of a log as signed notes (C2SP signed-note and tlog-checkpoint, version 1).

    <origin>
    <number of entries>
    <root of the tree, base64>

    — <origin> <base64 of 4 bytes of key id and the signature>

The signature is Ed25519 over the lines above the empty one, line breaks included. Other lines of signatures, such as a
witness's, may follow; those of unknown keys are ignored, as the format says.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from worldbase.errors import Where
from worldflux.errors import PlanError
from worldflux.portfolio.log import merkle
from worldflux.signing import base64_text
from worldflux.signing.keys import PrivateKey, PublicKey

MAX_BYTES: Final = 10_000
MAX_SIZE: Final = 1_000_000
_ED25519: Final = b"\x01"
_SPKI_HEAD: Final = 12  # bytes of an Ed25519 SubjectPublicKeyInfo before the point (RFC 8410)
_KEY_ID_BYTES: Final = 4
_DASH: Final = "\N{EM DASH}"
_SIZE: Final = re.compile(r"[1-9][0-9]{0,6}")
_SIGNATURE: Final = re.compile(rf"{_DASH} (\S+) (\S+)")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How a log stood.

    Attributes:
        size: Number of entries, from 1 to `MAX_SIZE`.
        root: Root of their tree, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64_text.encoded(self.root)}\n"


def signed(checkpoint: Checkpoint, key: PrivateKey) -> bytes:
    """A checkpoint as a signed note."""
    body = checkpoint.body
    line = base64_text.encoded(key_id(checkpoint.origin, key.public) + key.sign(body.encode()))
    return f"{body}\n{_DASH} {checkpoint.origin} {line}\n".encode()


def opened(data: bytes, *, origin: str, key: PublicKey, file: str) -> Checkpoint:
    """Read a checkpoint of this log, signed by this key.

    Raises:
        PlanError: `plan_log.checkpoint` where it is no such note; `plan_log.other_log` where it is another log's;
            `plan_log.signature` where the key did not sign it.
    """
    body, signatures = _parts(data, file)
    checkpoint = _read(body, file)
    if checkpoint.origin != origin:
        raise other_log(f"it is a checkpoint of the log {checkpoint.origin}, not of {origin}", file)
    # The body is signed as it stands; it has one spelling only, so what was read is what was signed.
    wanted = key_id(origin, key)
    found = [mark for name, mark in signatures if name == origin and mark[:_KEY_ID_BYTES] == wanted]
    if not found or not key.verify(found[0][_KEY_ID_BYTES:], body.encode()):
        raise PlanError(
            "the checkpoint is not signed by the log's key",
            code="plan_log.signature",
            where=Where(file),
            hint="It was changed, or is another log's under the same name. Get the log from its keeper again.",
        )
    return checkpoint


def key_id(name: str, key: PublicKey) -> bytes:
    """Four bytes that tell keys apart: of SHA-256(name || 0x0A || 0x01 || public key), see C2SP signed-note."""
    point = key.spki[_SPKI_HEAD:]
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + point).digest()[:_KEY_ID_BYTES]


def other_log(message: str, file: str) -> PlanError:
    """The error for a checkpoint or a proof of another log than the one that is meant."""
    return PlanError(
        message,
        code="plan_log.other_log",
        where=Where(file),
        hint="Take the checkpoint that this very log gave you earlier; `plan_log.json` says what the log is called.",
    )


def _parts(data: bytes, file: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The signed lines, and names and bytes of the signatures."""
    try:
        text = data.decode("utf-8") if len(data) <= MAX_BYTES else ""
    except UnicodeDecodeError:
        text = ""
    body, blank, rest = text.rpartition("\n\n")
    if not blank or not rest.endswith("\n"):
        raise _malformed(file)
    signatures = []
    for line in rest[:-1].split("\n"):
        found = _SIGNATURE.fullmatch(line)
        mark = base64_text.decoded(found[2]) if found else None
        if not found or mark is None or len(mark) <= _KEY_ID_BYTES:
            raise _malformed(file)
        signatures.append((found[1], mark))
    return f"{body}\n", signatures


def _read(body: str, file: str) -> Checkpoint:
    match body.split("\n"):
        case [origin, size, root, ""] if origin and _SIZE.fullmatch(size) and int(size) <= MAX_SIZE:
            decoded = base64_text.decoded(root)
            if decoded is not None and len(decoded) == merkle.HASH_BYTES:
                return Checkpoint(origin, int(size), decoded)
    raise _malformed(file)


def _malformed(file: str) -> PlanError:
    return PlanError(
        "not a signed checkpoint of a plan log",
        code="plan_log.checkpoint",
        where=Where(file),
        hint="A checkpoint is a file of the log's folder `checkpoints/`: three lines, an empty one, and a signature.",
    )
