"""Identifiers: ULIDs with a prefix (`clm_01HXY...`) and slugs."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from typing import Final

from worldbase import clock

ULID_PATTERN: Final = r"[0-7][0-9A-HJKMNP-TV-Z]{25}"


def pattern(prefix: str) -> str:
    """Regular expression of an identifier with this prefix; no line break may follow it."""
    return rf"^{prefix}_{ULID_PATTERN}(?!\n)$"


def new(prefix: str, *, content: tuple[str, ...] = ()) -> str:
    """Make a fresh identifier.

    Args:
        prefix: Kind of thing, such as `clm`.
        content: Digests of what the identifier names. Under SOURCE_DATE_EPOCH its random part is taken from
            them, so that the same content gets the same identifier.
    """
    # Not at the top: every document names the pattern of its ids, and few commands make one.
    from ulid import ULID

    milliseconds = int(clock.now_seconds() * 1000)
    if clock.fixed_epoch() is None or not content:
        entropy = os.urandom(10)
    else:
        entropy = hashlib.sha256("\n".join((prefix, *content)).encode()).digest()[:10]
    return f"{prefix}_{ULID.from_bytes(milliseconds.to_bytes(6, 'big') + entropy)}"


def slug(text: str, *, max_length: int = 80) -> str:
    """Lower-case words joined by hyphens, ASCII only; `untitled` where nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:max_length].strip("-") or "untitled"
