"""Passwords that commands take without naming them, in netrc files, and passwords that sentences tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worldbase.redaction.keys import SECRET_KINDS, KeyKind, judge_key
from worldbase.redaction.randomness import is_opaque
from worldbase.redaction.rule import SECRET, apply_rules, make_rule, replace_group, replace_spans, says_nothing

# What stands between the command and its flag is bounded, so that a text full of commands stays cheap.
_UP_TO = r"(?=[ ])[^\n|;]{0,200}?\s"
_ARGUMENT = r"[\"']?(?P<value>[^\s\"'-][^\s\"']*)"
_NAME_AND_VALUE = r"[\"']?(?P<value>[^\s\"':]{0,100}:[^\s\"']+)"
_SMB_USER = r"[\"']?(?P<value>[^\s\"'%]{1,100}%[^\s\"']+)"
_ECHOED = r"(?:echo|printf)[ \t]+[\"']?(?P<value>[^\s\"'|]{1,200})[\"']?[ \t]*\|[ \t]*"
_REGISTRY = r"(?:docker|podman|nerdctl|helm|oras|az|skopeo)[ ][^\n|;]{0,40}?login"
_WORDS = r"\s{1,8}(?:\S{1,200}\s{1,8}){0,4}?"  # a netrc file may spread over lines

_COMMANDS = {
    "sshpass": "sshpass" + _UP_TO + r"-p[ \t]*" + _ARGUMENT,
    "mysql|mariadb": "(?:mysql|mariadb)[a-z-]*" + _UP_TO + r"-p[ \t]*" + _ARGUMENT,
    " login ": _REGISTRY + _UP_TO + "-p[ =]*" + _ARGUMENT,
    "redis-cli": "redis-cli" + _UP_TO + r"-a[ \t]*" + _ARGUMENT,
    "zip |7z": "(?:zip|unzip|7za?)" + _UP_TO + r"(?:-P[ \t]*|-p)" + _ARGUMENT,
    "curl |wget ": "(?:curl|wget)" + _UP_TO + "(?:-u|-U|--user|--proxy-user)[ =]*" + _NAME_AND_VALUE,
    "http |https ": "https?" + _UP_TO + "(?:-a|--auth)[ =]*" + _NAME_AND_VALUE,
    "client": "(?:smb|rpc)client" + _UP_TO + r"-U[ \t]*" + _SMB_USER,
    "net use": "net use" + _UP_TO + r"(?P<value>\S+)(?=[ \t]+/user:)",
    "openssl": "openssl" + _UP_TO + r"-pass(?:in|out)?[ \t]+(?:pass:)?" + _ARGUMENT,
    "keytool": "keytool" + _UP_TO + r"-(?:storepass|keypass)[ \t]+" + _ARGUMENT,
    "htpasswd": "htpasswd" + _UP_TO + r"-\w*b\w*[ \t]+\S{1,100}[ \t]+\S{1,100}[ \t]+" + _ARGUMENT,
    "sudo|passwd|-stdin|with-token": _ECHOED + r"(?:sudo -S|[^\n|;]{0,80}(?:passwd|-stdin|with-token))",
    "machine |login |default ": r"(?:machine|login|default)" + _WORDS + r"passw(?:or)?d\s{1,8}(?P<value>\S{1,500})",
}
_RULES = tuple(
    make_rule(r"(?<![\w.-])" + pattern, replace_group("value", SECRET), hints) for hints, pattern in _COMMANDS.items()
)

_NOUN = re.compile(
    r"(?<![A-Za-z0-9])(?i:pass(?:word|wd|phrase|code)|pwd|secret|token|key|credentials?|otp)(?![A-Za-z0-9])(?=[ ])"
)
_WORD_BEFORE = re.compile(r"[A-Za-z]{2,20}[ _-]$")
_SAID = re.compile(
    r"[ ](?P<verb>(?:is|was|are|set to|of|equals)[ ])?(?P<quote>[\"'`])?(?P<value>[^\s\"'`,;()<>]{6,500})"
)
_NAMED = SECRET_KINDS | {KeyKind.MAYBE_SECRET}
_DIGIT_IN_WORD = re.compile(r"(?=[^A-Z]*[A-Z])[A-Za-z]+[0-9]+[A-Za-z]")  # `Passw0rd`


def redact_commands(text: str) -> str:
    """Remove passwords on command lines, in netrc files and after `password` in a sentence."""
    text = apply_rules(text, _RULES)
    return replace_spans(text, _find_said(text))


def _find_said(text: str) -> Iterator[tuple[int, int, str]]:
    """Find what follows `password` and the like and is a credential, not the next word of the sentence."""
    for noun in _NOUN.finditer(text):
        said = _SAID.match(text, noun.end())
        if said is None:
            continue
        before = _WORD_BEFORE.search(text[max(0, noun.start() - 24) : noun.start()])
        kind = judge_key((before[0] if before else "") + noun[0])
        value = said["value"].rstrip(".:!?")
        is_told = said["verb"] is not None or said["quote"] is not None
        if kind in _NAMED and _is_password(value, is_told=is_told):
            yield said.start("value"), said.start("value") + len(value), SECRET


def _is_password(value: str, *, is_told: bool) -> bool:
    """Whether a word after `password` is one; after `password is` a letter and a digit are enough."""
    if says_nothing(value):
        return False
    if is_told:
        return any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return is_opaque(value) or (len(value) >= 8 and _DIGIT_IN_WORD.search(value) is not None)
