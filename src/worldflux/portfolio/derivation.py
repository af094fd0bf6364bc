"""Random choices that anybody can make again: HKDF-SHA256 (RFC 5869), and integers without bias.

A plan chooses tasks, environment seeds and an order. Each choice has a purpose of its own and is drawn from

    IKM  = the seed material (`seed_sources.material`)
    salt = SHA-256(profile digest || registry digest), both as the text `sha256:<hex>`
    PRK  = HKDF-Extract(salt, IKM)
    OKM  = HKDF-Expand(PRK, "worldflux.plan.v0/" || purpose || 0x00 || block, 8160)   block = 0, 1, 2, ... (32 bits)

where the blocks follow one another as one stream of octets. `docs/reference/seed-derivation.md` says the same for
somebody who writes it in another language; `tests/vectors_plan/derivation.json` holds values to test against.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from itertools import count
from typing import Final

DERIVATION: Final = "worldflux.plan.v0: HKDF-SHA256 (RFC 5869), rejection sampling, Fisher-Yates"
START_SEEDS: Final = 2**31 - 2**20
"""Start seeds lie below this, so that a million episodes on they still fit the 31 bits that simulators take."""

_LABEL: Final = b"worldflux.plan.v0/"
_BLOCK_STEPS: Final = 255  # RFC 5869 section 2.3: an expansion is at most 255 hash values long
_SPAN: Final = 2**64
_WORDS: Final = struct.Struct(">4Q")


class Stream:
    """All random choices of one plan.

    Args:
        material: What the seed brings, see `seed_sources.material`.
        profile_digest: `sha256:` of the profile that the plan is for.
        registry_digest: `sha256:` of the probes that there were to choose from.
    """

    def __init__(self, material: bytes, profile_digest: str, registry_digest: str) -> None:
        salt = hashlib.sha256((profile_digest + registry_digest).encode()).digest()
        self._key = hmac.digest(salt, material, "sha256")

    def integers(self, purpose: str, below: int) -> Iterator[int]:
        """Draw integers from 0 to `below` - 1, each as likely as the others, without end.

        Args:
            purpose: What they are for; the same purpose gives the same integers.
            below: From 1 to 2^64.
        """
        draws = _Draws(self._key, purpose)
        while True:
            yield draws.below(below)

    def sample(self, purpose: str, n: int, k: int) -> list[int]:
        """Draw `k` of the integers from 0 to `n` - 1, none twice, in the order in which they are drawn.

        With k = n this is a shuffle: each order is as likely as the others (Fisher and Yates; Knuth 3.4.2, P).
        """
        draws = _Draws(self._key, purpose)
        moved: dict[int, int] = {}
        drawn = []
        for place in range(min(k, n)):
            other = place + draws.below(n - place)
            here = moved.pop(place, place)
            drawn.append(here if other == place else moved.get(other, other))
            if other != place:
                moved[other] = here
        return drawn

    def start_seed(self, probe: str) -> int:
        """Environment seed of a probe's first episode of each task, below `START_SEEDS`."""
        return next(self.integers(f"start_seed/{probe}", START_SEEDS))


class _Draws:
    """One stream of 64-bit words, and integers drawn from it by rejection."""

    def __init__(self, key: bytes, purpose: str) -> None:
        self._words = _words(key, _LABEL + purpose.encode("ascii") + b"\x00")

    def below(self, bound: int) -> int:
        """An integer below `bound`. The last words, which would favour small integers, are passed over.

        Where only 0 is possible nothing is drawn.
        """
        if bound == 1:
            return 0
        limit = _SPAN - _SPAN % bound
        for word in self._words:
            if word < limit:
                return word % bound
        raise AssertionError("the stream has no end")


def expanded(key: bytes, info: bytes, steps: int = _BLOCK_STEPS) -> Iterator[bytes]:
    """HKDF-Expand (RFC 5869 section 2.3), 32 octets at a time."""
    last = b""
    for step in range(1, steps + 1):
        last = hmac.digest(key, last + info + bytes([step]), "sha256")
        yield last


def _words(key: bytes, info: bytes) -> Iterator[int]:
    for block in count():
        for octets in expanded(key, info + block.to_bytes(4, "big")):
            yield from _WORDS.unpack(octets)
