"""Redaction of JSON: of values in memory, and of documents without touching what does not change.

Inside a document a key says what its value is, and a string is known to its last character; both are lost in plain
text. A document is therefore parsed, redacted as a value, and only the literals that changed are written anew: numbers,
spacing and the order of members stay as they were, byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from worldbase.redaction.keys import SAYS_LITTLE, SECRET_KINDS, KeyKind, judge_key
from worldbase.redaction.randomness import is_digest
from worldbase.redaction.rule import SECRET, remove_markers, shrink_markers, spell_markers
from worldbase.redaction.values import is_secret_number, redact_under_key

Clean = Callable[[str], str]

_LITERAL = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s{}\[\],:"]+')
# Containers under these keys hold values of their kind: `{"secrets": {"HF": "..."}}`, `{"digests": {"a.json": "..."}}`.
_PASSED_DOWN = SECRET_KINDS | {KeyKind.DIGEST}
_VARIABLE = re.compile(r"[\w.-]+")
# In a list: `--token` in the arguments of a command, `X-Api-Key` in the pairs of a header.
_ANNOUNCES = re.compile(r"--?[A-Za-z][\w.-]*|[A-Za-z]+-[A-Za-z-]+|(?i:authorization|cookie)")


class _Members(list[tuple[str, Any]]):
    """An object as parsed: its members in order, repeated names included."""


def redact_document(text: str, clean: Clean) -> str | None:
    """Redact a JSON document.

    Args:
        text: What may be a JSON document.
        clean: Redacts the text of one string.

    Returns:
        The document with the changed literals replaced, or None where the text is no JSON document.
    """
    try:
        value = json.loads(text, object_pairs_hook=_Members)
        new_scalars = list(_scalars(redact_tree(value, clean)))
    except (ValueError, RecursionError):
        return None
    pieces: list[str] = []
    done = 0
    for literal, old, new in zip(_LITERAL.finditer(text), _scalars(value), new_scalars, strict=True):
        if new is not old and new != old:
            pieces += text[done : literal.start()], json.dumps(new, ensure_ascii=literal[0].isascii())
            done = literal.end()
    return "".join([*pieces, text[done:]])


def redact_tree(value: Any, clean: Clean, kind: KeyKind = KeyKind.PLAIN, name: str = "") -> Any:
    """Redact a JSON value by its texts and by the names of its keys, into a new value.

    Args:
        value: Anything that `json.loads` returns.
        clean: Redacts the text of one string.
        kind: What the key above says about the value.
        name: The key above.
    """
    if isinstance(value, str):
        return _redact_string(value, clean, kind)
    if isinstance(value, _Members):
        return _Members(_redact_members(value, clean, kind, name))
    if isinstance(value, dict):
        return dict(_redact_members(value.items(), clean, kind, name))
    if isinstance(value, list | tuple):
        return _redact_items(value, clean, kind)
    if isinstance(value, int) and not isinstance(value, bool) and is_secret_number(kind, str(value)):
        return spell_markers(SECRET)
    return value


def _redact_string(text: str, clean: Clean, kind: KeyKind) -> str:
    if kind is KeyKind.DIGEST and is_digest(text):
        return text
    if kind not in {KeyKind.PLAIN, KeyKind.DIGEST}:
        text = spell_markers(redact_under_key(kind, shrink_markers(text)))
    return clean(text)


def _redact_members(
    members: Iterable[tuple[Any, Any]], clean: Clean, above: KeyKind, name_above: str
) -> list[tuple[Any, Any]]:
    members = list(members)
    named = _kind_of_named_value(members)
    taken = {name for name, _ in members}
    redacted = []
    for name, value in members:
        if not isinstance(name, str):
            redacted.append((name, redact_tree(value, clean, above)))
            continue
        kind = named if named and name.lower() == "value" else kind_of_member(name, above, name_above)
        new_name = clean(name)
        if new_name != name:
            new_name = _free_name(new_name, taken)
            taken.add(new_name)
        redacted.append((new_name, redact_tree(value, clean, kind, name)))
    return redacted


def kind_of_member(name: str, above: KeyKind, name_above: str) -> KeyKind:
    """What a key says, together with the key above it: `{"api": {"key": ...}}`, `{"host": {"name": ...}}`."""
    name = remove_markers(f"{name_above} {name}" if name.lower() in SAYS_LITTLE else name)
    kind = judge_key(name)
    return above if kind is KeyKind.PLAIN and above in _PASSED_DOWN else kind


def _free_name(name: str, taken: set[Any]) -> str:
    """Keep two members apart whose redacted names are the same, so that no value is lost."""
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} ({number})"
    return free


def _kind_of_named_value(members: list[tuple[Any, Any]]) -> KeyKind | None:
    """What `{"name": "HF_TOKEN", "value": ...}` says about its value, as containers list their environment."""
    for name, value in members:
        if isinstance(name, str) and name.lower() in {"name", "key"} and _is_variable(value):
            return judge_key(value)
    return None


def _is_variable(value: Any) -> bool:
    """Whether a name may be one of a variable; `put the token in the slot` is one of a task."""
    return isinstance(value, str) and _VARIABLE.fullmatch(value) is not None


def _redact_items(items: Iterable[Any], clean: Clean, kind: KeyKind) -> list[Any]:
    """Redact a list, in which a flag or header name says what the next item is."""
    redacted: list[Any] = []
    next_kind = kind
    for item in items:
        redacted.append(redact_tree(item, clean, next_kind))
        next_kind = _kind_after(item, kind)
    return redacted


def _kind_after(item: Any, kind: KeyKind) -> KeyKind:
    announced = judge_key(item) if isinstance(item, str) and _ANNOUNCES.fullmatch(item) else kind
    return announced if announced in SECRET_KINDS else kind


def _scalars(value: Any) -> Iterator[Any]:
    """Names and scalars of a parsed document, in the order in which they are written."""
    if isinstance(value, _Members):
        for name, member in value:
            yield name
            yield from _scalars(member)
    elif isinstance(value, list):
        for item in value:
            yield from _scalars(item)
    else:
        yield value
