"""Network addresses: IPv4 of local networks, IPv6, and MAC."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

from worldbase.redaction.rule import ADDRESS

_IPV4 = re.compile(
    r"(?:(?<![A-Za-z0-9.])|(?<=\\[nrt]))(?P<ip>(?:[0-9]{1,3}\.){3}(?:[0-9]{1,3}|[xX*]))(?P<port>:[0-9]{1,5})?"
    r"(?![\w*]|\.[0-9])"
)
_SOME_IPV4 = re.compile(r"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9xX*]")
# `4.5.0.0` after a name of software is a version; some versions start like a local network (`cu12==10.3.5.147`).
_BEFORE_VERSION = re.compile(
    r"(?i)(?:[=<>~!]=|\bv|version|release|driver|build|sdk|firmware|runtime|toolkit"
    r"|(?:nvidia|cuda|cudnn|isaac|cu[0-9]{2})[\w-]*)[\"']?[ \t:=(\"'-]*$"
)
_BEFORE_ADDRESS = re.compile(
    r"(?i)(?:\bip|inet|addr\w*|host|peer|server|client|remote|from|to|connect\w*|listen\w*|ping)\W{0,4}$"
)
_LOOK_BACK = 40

_IPV6 = re.compile(
    r"(?:(?<![\w.])(?<![0-9A-Fa-f:]:)|(?<=\\[nrt]))(?P<open>\[)?"
    r"(?P<ip>[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:(?:\.[0-9]{1,3}){3})?)"
    r"(?P<zone>%(?:25)?[\w.-]{1,32})?(?P<after>(?(open)\](?::[0-9]{1,5})?))(?!\w|:[0-9A-Fa-f:])"
)
_SOME_IPV6 = re.compile(r"::|:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
_FOUR_DIGITS = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{4}(?![0-9A-Fa-f])")

_MAC = re.compile(
    r"(?:(?<![\w:-])|(?<=\\[nrt]))(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}"
    r"|(?=[0-9-]*[A-Fa-f])[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"
    r"|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w-]|:[0-9A-Fa-f]|\.[0-9a-f])"
)
_SOME_MAC = re.compile(r"[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-]|\.[0-9a-f]{4}\.[0-9a-f]{4}")


def redact_addresses(text: str) -> str:
    """Remove private, loopback and link-local IPv4 addresses, IPv6 addresses and MAC addresses."""
    if _SOME_MAC.search(text):
        text = _MAC.sub(ADDRESS, text)
    if _SOME_IPV6.search(text):
        text = _IPV6.sub(_judge_ipv6, text)
    return _IPV4.sub(_judge_ipv4, text) if _SOME_IPV4.search(text) else text


def _judge_ipv4(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _LOOK_BACK) : match.start()]
    numbers = [int(octet) if octet.isdigit() else 0 for octet in match["ip"].split(".")]
    if max(numbers) > 255 or _BEFORE_VERSION.search(before):
        return match[0]
    is_called_address = match["port"] is not None or _BEFORE_ADDRESS.search(before) is not None
    return ADDRESS if is_called_address or _is_private(numbers) else match[0]


def _is_private(numbers: list[int]) -> bool:
    """Whether these are the octets of a private, shared, loopback, link-local or unspecified address."""
    first, second = numbers[0], numbers[1]
    return (
        first in {10, 127}
        or numbers == [0, 0, 0, 0]
        or (first, second) in {(192, 168), (169, 254)}
        or (first == 172 and 16 <= second <= 31)
        or (first == 100 and 64 <= second <= 127)
    )


def _judge_ipv6(match: re.Match[str]) -> str:
    """Decide on colons and hexadecimal digits: an address, a time, a slice such as `[::2]` or a C++ name."""
    address = match["ip"]
    after = ":" if address.endswith(":") and not address.endswith("::") else ""  # `fe80::1: timed out`
    address = address.removesuffix(after) if after else address
    before = match.string[max(0, match.start() - 2) : match.start()] + (match["open"] or "")
    is_slice = before.endswith("[") and (before[-2:-1].isalnum() or before[-2:-1] in {"_", ")", "]"})
    if is_slice or not _is_ipv6(address):
        return match[0]
    groups = [group for group in address.split(":") if group]
    is_long = len(groups) >= 3 or _FOUR_DIGITS.search(address) or "." in address
    has_port = match["after"] not in {"", "]"}
    if not (address == "::1" or is_long or has_port or match["zone"]):
        return match[0]
    return ADDRESS + after


def _is_ipv6(address: str) -> bool:
    try:
        IPv6Address(address)
    except AddressValueError:
        return False
    return True
