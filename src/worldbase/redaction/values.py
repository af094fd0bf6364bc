"""Whether a value under a suspicious key is a secret, a host or a user, or only a setting."""

from __future__ import annotations

import re

from worldbase.redaction.keys import SECRET_KINDS, KeyKind
from worldbase.redaction.randomness import is_digest, is_opaque
from worldbase.redaction.rule import HOST, SECRET, USER, says_nothing

# Settings, masks and placeholders: never a credential.
_SETTING = re.compile(
    r"(?i:true|false|null|none|nil|undefined|nan|yes|no|on|off|enabled|disabled|required|optional|unset"
    r"|redacted|hidden|masked|removed|[*•x.#-]{3,})"
    r"|</?[A-Za-z _|-]{0,40}>|\$[A-Z_][A-Z0-9_]*|\$\{\w+\}|\$?\{\{?[\w .]*\}?\}|%\(?[a-z_]*\)?s|%[A-Z_]+%"
    r"|(?:os\.environ|os\.getenv|getpass|getenv|self\.|args\.|cfg\.|config\.|settings\.|env\.|env:|vault:).*"
)
# What follows `password:` in a sentence or a type annotation.
_NEXT_WORD = re.compile(
    r"(?i)missing|expired|invalid|valid|set|not|is|was|are|has|the|a|an|in|at|of|to|for|from|and|or|with|found|denied"
    r"|rejected|ok|empty|default|str|string|int|bool|bytes|any"
)
_SCHEME = re.compile(
    r"(?i)basic|bearer|token|digest|oauth2?|oidc|ssh|jwt|kerberos|ldap|negotiate|ntlm|anonymous|api-?key|hawk"
    r"|aws4-hmac-sha256|signature|sharedkey(?:lite)?"
)
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?%?")
_PIN = re.compile(r"[0-9]{4,}")
_LONG_ENOUGH = 256  # to tell a credential from a name
_SPACE = re.compile(r"\s")
_ARCHITECTURE = re.compile(r"(?i)x86[_-]64|amd64|arm64|aarch64|i[3-6]86|armv[0-9]\w*|v?[0-9.]+|ppc64le|s390x|riscv64")
_HOST_NAME = re.compile(r"(?=\S*[0-9-])(?=\S*[a-z])[a-z0-9][\w-]{2,}(?:\[[0-9,-]+\])?(?::[0-9]{2,5})?")


def redact_under_key(kind: KeyKind, value: str) -> str:
    """Redact one whole value by what its key says; only for kinds that say something."""
    if _SETTING.fullmatch(value) or says_nothing(value):
        return value
    if kind is KeyKind.HOST:
        return value if "://" in value else HOST  # a URL is judged by its own host
    if kind is KeyKind.MAYBE_HOST:
        return HOST if _is_host_name(value) else value
    if kind is KeyKind.USER:
        return value if _NUMBER.fullmatch(value) or _SPACE.search(value) else USER
    return SECRET if _is_secret(kind, value) else value


def is_next_word(value: str) -> bool:
    """Whether a value without quotes is rather the next word of a sentence."""
    return _NEXT_WORD.fullmatch(value) is not None


def is_secret_number(kind: KeyKind, digits: str) -> bool:
    """Whether a number under a key of this kind is a secret: a numeric password, never a count."""
    return kind is KeyKind.PASSWORD and _PIN.fullmatch(digits) is not None


def redact_credentials(value: str) -> str:
    """Remove the credentials of an Authorization header and keep the scheme where it is a known one."""
    scheme, space, credentials = value.partition(" ")
    if not space or not _SCHEME.fullmatch(scheme):
        return redact_under_key(KeyKind.CREDENTIALS, value)
    return value if _SETTING.fullmatch(credentials) or says_nothing(credentials) else f"{scheme} {SECRET}"


def _is_secret(kind: KeyKind, value: str) -> bool:
    if _NUMBER.fullmatch(value):
        return is_secret_number(kind, value)
    if kind is KeyKind.MAYBE_SECRET:
        return is_opaque(value[:_LONG_ENOUGH]) and not _SPACE.search(value)
    if kind is KeyKind.COOKIE:
        return "=" in value or is_opaque(value)
    return kind is KeyKind.PASSWORD or (kind in SECRET_KINDS and not _SCHEME.fullmatch(value))


def _is_host_name(value: str) -> bool:
    return _HOST_NAME.fullmatch(value) is not None and not _ARCHITECTURE.fullmatch(value) and not is_digest(value)
