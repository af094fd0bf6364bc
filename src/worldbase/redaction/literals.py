"""String literals inside a text: what was logged as JSON or as a Python value, with its escapes.

Inside a literal a line break is two characters, a quote follows a backslash and a colour is spelled out, so that the
rules for text see neither lines nor quotes. The literal is read, redacted as a text of its own and written again.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# A literal that is cut off ends with its line.
_LITERAL = re.compile(r"(?<!\\)(?P<quote>[\"'])(?P<body>(?:(?!(?P=quote))[^\\\n]|\\[^\n])*+)")
_QUOTED_DOCUMENT = re.compile(r"[\"'][{\[]")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([nrtbf0ve\\/\"']))")
_MEANING = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "0": "\0", "v": "\v", "e": "\x1b"}
_SPELLING = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\"}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\\]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def redact_literals(text: str, clean: Callable[[str], str]) -> str:
    """Redact the string literals in a text that hold escapes or a JSON document.

    Args:
        text: Any text.
        clean: Redacts a text.
    """
    if "\\" not in text and not _QUOTED_DOCUMENT.search(text):
        return text
    return _LITERAL.sub(lambda match: match["quote"] + _redact_body(match, clean), text)


def _redact_body(match: re.Match[str], clean: Callable[[str], str]) -> str:
    body = match["body"]
    if "\\" not in body and not body.startswith(("{", "[")):
        return body
    read = _ESCAPE.sub(_read_escape, body)
    redacted = clean(read)
    return body if redacted == read else _write(redacted, match["quote"], is_ascii=body.isascii())


def _read_escape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _MEANING.get(match[3], match[3])


def _write(text: str, quote: str, *, is_ascii: bool) -> str:
    written = _UNPRINTABLE.sub(_spell, text).replace(quote, "\\" + quote)
    return _NOT_ASCII.sub(_spell_code, written) if is_ascii else written


def _spell(match: re.Match[str]) -> str:
    return _SPELLING.get(match[0]) or f"\\u{ord(match[0]):04x}"


def _spell_code(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code > 0xFFFF:  # as two surrogates, which is how JSON writes it
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"
