"""Base64 with one spelling for each value, so that two readers never take one text for different bytes."""

from __future__ import annotations

import base64
import re
from typing import Final

_STANDARD: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_URL_SAFE: Final = re.compile(r"(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?")


def encoded(data: bytes) -> str:
    """Bytes in the standard alphabet (RFC 4648 section 4), padded."""
    return base64.b64encode(data).decode("ascii")


def decoded(text: str, *, url_safe: bool = False) -> bytes | None:
    """The bytes of a base64 text, or None where the text is not exactly what an encoder writes.

    Padding is required, white space and mixed alphabets are refused, and so are unused bits that are not zero.

    Args:
        text: In the standard alphabet (RFC 4648 section 4).
        url_safe: Whether the alphabet of RFC 4648 section 5 is accepted too.
    """
    if _STANDARD.fullmatch(text):
        standard = text
    elif url_safe and _URL_SAFE.fullmatch(text):
        standard = text.replace("-", "+").replace("_", "/")
    else:
        return None
    data = base64.b64decode(standard)
    return data if encoded(data) == standard else None
