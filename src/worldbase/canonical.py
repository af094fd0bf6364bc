"""One byte string per JSON value: RFC 8785, the JSON Canonicalization Scheme."""

from __future__ import annotations

from typing import Any

import rfc8785

from worldbase.errors import InputError


def canonical_bytes(value: Any) -> bytes:
    """Serialise a JSON value by RFC 8785.

    Args:
        value: What a strict JSON parser returned: dicts with string keys, lists, strings, numbers, booleans, None.

    Raises:
        InputError: `canonical.value` for NaN, infinities, integers beyond 2^53-1 or lone surrogates.
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InputError(
            f"the value has no canonical JSON form: {error}",
            code="canonical.value",
            hint="Use finite numbers and well-formed text.",
        ) from None
