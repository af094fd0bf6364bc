"""Texts of which the like was seen before: thousands of reports of one kind are judged in the time of a few.

A shape that was found clean once is clean for ever. A document is known by the shapes of its strings; a text by those
of its lines, as long as nothing in it can reach beyond its line.

Law:
    What is familiar here is clean: `is_familiar_text(x)` implies `redact_text(x) == x`. The reverse does not hold: a
    text that is not familiar has to be judged by the rules.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from worldbase.redaction.documents import kind_of_member, redact_tree
from worldbase.redaction.keys import KeyKind
from worldbase.redaction.passes import redact_until_stable
from worldbase.redaction.sections import read_heading
from worldbase.redaction.shapes import shape_of
from worldbase.redaction.tables import read_header

# What may say something about the lines around it. Lines that can only be read with others are judged with them.
_REACHES_OUT: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]|\r(?!$)"  # other ends of lines, terminal codes
    r"|PRIVATE KEY"
    r"|<[\w:.-]+(?:\s[^<>]*)?\r?$"  # an element whose opening goes on in the next line
    r"|[A-Za-z]\S*[ \t]*(?:[:=]|=>|\\u003[dD])[ \t]*[|>][-+]?\r?$"  # a block scalar of YAML, below its key
    r"|(?i:value)\W*(?:quot;\W*)?(?:[:=]|$)"  # `name: TOKEN` may stand above it
    r"|(?i:passw(?:or)?d)(?:\s|$)"  # netrc files spread over lines
    r"|(?:[0-9]{1,3}\.){3}[0-9xX*]"  # `host:` may stand above it
    # Commands, whose flags may follow in the next line.
    r"|sshpass|mysql|mariadb|\blogin\b|redis-cli|zip|7z|curl|wget|\bhttps?[ ]|client|net use|openssl|keytool|htpasswd"
)
_OPENS_DOCUMENT: Final = re.compile(r"\s*[{\[\"]")

# Before and behind a line that is judged alone, so that it is neither the first nor the last and no document.
_NEUTRAL: Final = "-"
_MOST_KNOWN: Final = 200_000

_NUMBERS: Final = frozenset({int, float, bool, type(None)})
# `{"name": "HF_TOKEN", "value": ...}`: here one member says what another one is.
_SAYS_OF_OTHERS: Final = frozenset({"name", "key"})


class Familiar:
    """What was found clean so far. One instance serves one piece of work; it only grows, up to a limit."""

    def __init__(self) -> None:
        self._strings: set[str] = set()
        self._lines: set[str] = set()
        self._suspects: set[str] = set()
        self._members: dict[tuple[tuple[str, ...], KeyKind, str], tuple[KeyKind, ...] | None] = {}

    def is_familiar_text(self, text: str) -> bool:
        """Whether a text that is no document is certainly clean."""
        if _OPENS_DOCUMENT.match(text):
            return False
        lines = set(shape_of(text).split("\n"))
        return all(map(self._is_clean_alone, lines - self._lines))

    def is_familiar_document(self, text: str) -> bool:
        """Whether a text is a JSON document that is certainly clean."""
        try:
            return self._is_clean(json.loads(text, object_pairs_hook=_once), KeyKind.PLAIN, "")
        except (ValueError, RecursionError):
            return False

    def are_familiar_documents(self, text: str) -> bool:
        """Whether a text is JSON Lines, one object a line, and certainly clean."""
        lines = text.removesuffix("\n").split("\n")
        if text.splitlines() != lines:
            return False  # a line that ends elsewhere is read as several
        return all(line.startswith("{") and self.is_familiar_document(line) for line in lines)

    def _is_clean(self, value: Any, kind: KeyKind, name: str) -> bool:
        """Whether a value under a key of that kind and name has nothing to be removed.

        What is common is decided here: numbers, plain strings, objects whose names were seen. The rest by the rules.
        """
        if type(value) is str and (kind is KeyKind.PLAIN or kind is KeyKind.DIGEST) and self._redact(value) == value:
            return True
        if type(value) is dict and (kinds := self._kinds(tuple(value), kind, name)) is not None:
            return _are_numbers(value.values(), kinds) or all(map(self._is_clean, value.values(), kinds, value))
        if type(value) is list and str not in map(type, value):
            return _are_numbers(value, (kind,)) or all(self._is_clean(item, kind, "") for item in value)
        return _are_numbers((value,), (kind,)) or bool(redact_tree(value, self._redact, kind, name) == value)

    def _kinds(self, names: tuple[str, ...], kind: KeyKind, above: str) -> tuple[KeyKind, ...] | None:
        """What the names of an object say of its values; None where that has to be judged with the values."""
        known = (names, kind, above)
        if known not in self._members:
            judged = not any(name.lower() in _SAYS_OF_OTHERS or self._redact(name) != name for name in names)
            found = tuple(kind_of_member(name, kind, above) for name in names) if judged else None
            if len(self._members) >= _MOST_KNOWN:
                return found
            self._members[known] = found
        return self._members[known]

    def _redact(self, text: str) -> str:
        """The text of one string of a document, redacted."""
        if text in self._strings:
            return text
        shape = shape_of(text)
        if shape in self._strings:
            return text
        if redact_until_stable(shape) != shape:
            return redact_until_stable(text)
        _remember(self._strings, shape)
        return text

    def _is_clean_alone(self, line: str) -> bool:
        """Whether a line is clean, and says nothing about the lines around it."""
        if line in self._suspects:
            return False
        alone = f"{_NEUTRAL}\n{line}\n{_NEUTRAL}"
        is_clean = not _reaches_out(line) and redact_until_stable(alone) == alone
        _remember(self._lines if is_clean else self._suspects, line)
        return is_clean


def _reaches_out(line: str) -> bool:
    return _REACHES_OUT.search(line) is not None or read_header(line) is not None or read_heading(line) is not None


def _are_numbers(values: Iterable[Any], kinds: Iterable[KeyKind]) -> bool:
    """Whether all values are numbers and the like, and none of them can be a numeric password."""
    return _NUMBERS.issuperset(map(type, values)) and KeyKind.PASSWORD not in kinds


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; one whose names repeat is not judged here, since a dictionary would hide the first of them."""
    value = dict(members)
    if len(value) != len(members):
        raise ValueError("a name comes twice")
    return value


def _remember(known: set[str], text: str) -> None:
    if len(known) < _MOST_KNOWN:
        known.add(text)
