"""Texts so plain that no rule can apply: most task names, which come by the thousand."""

from __future__ import annotations

import re

# Words and numbers without punctuation. A longer word, or one in which digits and letters alternate, may be a token.
_PLAIN = re.compile(
    r"(?:(?:[a-z]{1,15}+|(?:[A-Z][a-z]{2,15}+){1,4}+|[A-Z][a-z]|[A-Z]{1,12}+)?+[0-9]{0,4}+(?:[ ,_()]++|-|$))*+"
)
_SUSPECT = (
    *("pass", "pwd", "secret", "token", "key", "auth", "cred", "bearer", "basic", "otp", "cookie", "session"),
    *("ssh", "scp", "sync", "mosh", "sftp", "telnet", "ping", "zip", "7z", "sql", "mariadb", "redis"),
    *("login", "user", "net use", " by ", " as ", "host", "node", "station", "linux", "darwin", "freebsd"),
    *("ip-", "ec2-"),
)
_LONGEST_PLAIN = 256
_SHORTEST_SUSPECT = 3  # `::1`


def is_plain(text: str) -> bool:
    """Whether a text is so plain that no rule can apply to it."""
    if len(text) < _SHORTEST_SUSPECT:
        return True
    if len(text) > _LONGEST_PLAIN or _PLAIN.fullmatch(text) is None or text.count("-") > 4:
        return False
    lowered = text.lower()
    for word in _SUSPECT:  # noqa: SIM110 - twice as quick as `any(...)`, and this is the way out for most texts
        if word in lowered:
            return False
    return True
