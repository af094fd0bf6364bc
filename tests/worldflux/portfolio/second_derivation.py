"""The derivation of a plan's choices, written a second time from docs/reference/seed-derivation.md.

HKDF comes from `cryptography`, a whole stream is expanded before it is read, and a sample is drawn from a list: nothing
is shared with `worldflux.portfolio.derivation`.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

BLOCK = 8160


def key(material: bytes, profile: str, registry: str) -> bytes:
    """PRK."""
    salt = hashlib.sha256(profile.encode() + registry.encode()).digest()
    return HKDF.extract(SHA256(), salt, material)


def octets(prk: bytes, purpose: str, blocks: int = 4) -> bytes:
    """The first blocks of the stream of a purpose."""
    infos = [b"worldflux.plan.v0/" + purpose.encode() + b"\x00" + block.to_bytes(4, "big") for block in range(blocks)]
    return b"".join(HKDFExpand(SHA256(), BLOCK, info).derive(prk) for info in infos)


class Reader:
    """Integers off the front of a stream."""

    def __init__(self, stream: bytes) -> None:
        self.left = stream

    def below(self, bound: int) -> int:
        """One integer."""
        if bound == 1:
            return 0
        while True:
            word, self.left = int.from_bytes(self.left[:8], "big"), self.left[8:]
            if word < 2**64 - (2**64 % bound):
                return word % bound


def integers(prk: bytes, purpose: str, below: int, count: int) -> list[int]:
    """The first integers of a purpose."""
    reader = Reader(octets(prk, purpose))
    return [reader.below(below) for _ in range(count)]


def sample(prk: bytes, purpose: str, n: int, k: int) -> list[int]:
    """Fisher and Yates, from the front of a list."""
    reader, pool = Reader(octets(prk, purpose)), list(range(n))
    for place in range(min(k, n)):
        other = place + reader.below(n - place)
        pool[place], pool[other] = pool[other], pool[place]
    return pool[: min(k, n)]
