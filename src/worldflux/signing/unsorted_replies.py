"""Time stamps whose certificates are not in the order that DER wants.

A set is sorted in DER (X.690 section 11.6), and a reader may insist on it. Widespread servers write the certificates of
their replies as they come. That part of a reply is signed by nobody, so it can be put into order.
"""

from __future__ import annotations

from typing import Final, NamedTuple

_CERTIFICATES: Final = 0xA0
_LONG_FORM: Final = 0x80


class _Value(NamedTuple):
    """Where the content of a DER value begins and ends."""

    tag: int
    start: int
    end: int


def in_order(reply: bytes) -> bytes:
    """A DER TimeStampResp (RFC 3161) with its certificates sorted; anything else comes back as it is.

    The sizes stay the same, so nothing but the certificates moves.
    """
    try:
        certificates = _certificates(reply)
        members = _members(reply, certificates)
    except (IndexError, ValueError):
        return reply
    if certificates.tag != _CERTIFICATES:
        return reply
    return reply[: certificates.start] + b"".join(sorted(members)) + reply[certificates.end :]


def _certificates(reply: bytes) -> _Value:
    """The fourth part of the signed data, which holds the certificates where there are any (RFC 5652 section 5.1)."""
    response = _value(reply, 0)
    status = _value(reply, response.start)
    token = _value(reply, status.end)
    kind = _value(reply, token.start)
    signed_data = _value(reply, _value(reply, kind.end).start)
    part = _value(reply, signed_data.start)
    for _ in range(3):
        part = _value(reply, part.end)
    return part


def _members(data: bytes, value: _Value) -> list[bytes]:
    """The values within a value.

    Raises:
        IndexError, ValueError: They do not fill it.
    """
    members, at = [], value.start
    while at < value.end:
        end = _value(data, at).end
        if end > value.end:
            raise ValueError("a member that reaches beyond its set")
        members.append(data[at:end])
        at = end
    return members


def _value(data: bytes, at: int) -> _Value:
    """Read tag and length.

    Raises:
        IndexError: The data end before it does.
        ValueError: Its length is not stated, or reaches beyond the data.
    """
    tag, length, start = data[at], data[at + 1], at + 2
    if length >= _LONG_FORM:
        count = length - _LONG_FORM
        length, start = int.from_bytes(data[start : start + count], "big"), start + count
        if not count:
            raise ValueError("a length that is not stated")
    if start + length > len(data):
        raise ValueError("a value that reaches beyond the data")
    return _Value(tag, start, start + length)
