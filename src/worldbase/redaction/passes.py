"""The rules in their order, run until nothing changes any more."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from worldbase.redaction.addresses import redact_addresses
from worldbase.redaction.commands import redact_commands
from worldbase.redaction.documents import redact_document, redact_tree
from worldbase.redaction.hosts import redact_hosts
from worldbase.redaction.literals import redact_literals
from worldbase.redaction.pairs import redact_pairs
from worldbase.redaction.paths import redact_paths
from worldbase.redaction.people import redact_people
from worldbase.redaction.plain import is_plain
from worldbase.redaction.randomness import redact_random
from worldbase.redaction.rule import SECRET, count_markers, shrink_markers, spell_markers
from worldbase.redaction.sections import redact_sections
from worldbase.redaction.tables import redact_tables
from worldbase.redaction.tokens import redact_parameters, redact_private_keys, redact_tokens
from worldbase.redaction.urls import redact_urls

# A rule that reads a context (a URL, a pair, a command) comes before those that would remove parts of it.
_RULES = (
    redact_private_keys,
    redact_urls,
    redact_parameters,
    redact_tables,
    redact_sections,
    redact_pairs,
    redact_commands,
    redact_tokens,
    redact_people,
    redact_paths,
    redact_addresses,
    redact_hosts,
    redact_random,
)
# Two passes settle nearly every text: one that changes it and one that finds it clean.
_MOST_PASSES = 12

_OPENS_JSON = re.compile(r"\s*[{\[\"]")

_ENCODED = re.compile(r"(?<![\w.~+-])[\w.~+-]*+%[0-9A-Fa-f]{2}[\w.~%+-]*+")
_ENCODED_BYTE = re.compile(r"%([0-9A-Fa-f]{2})")
_MOST_ENCODINGS = 3
_SAFE_DECODED = re.compile(r"[\w./:@?=\U0010FF00-\U0010FF05-]*")

# A code that sets colours or moves the cursor. The text of a hyperlink or window title is not part of it: it is read.
_TERMINAL_CODE = re.compile(r"\x1b(?:\[[0-9:;<=>?]*+[ -/]*+[@-~]|[@-_])?")
_CODE_BEFORE_PATH = re.compile(r"(?<=[\w\]])" + _TERMINAL_CODE.pattern + r"(?=[/~\\])")


def redact_until_stable(text: str) -> str:
    """Apply all rules until the text stays as it is, which makes the result a clean text by construction.

    A text that does not settle is withheld as a whole.
    """
    clean: str = _repeat(_redact_once, text)
    return clean


def redact_value_until_stable(value: Any) -> Any:
    """Redact a JSON value in the same way; a key that is redacted may say something new about its value."""
    return _repeat(lambda found: redact_tree(found, _redact_once), value)


def _repeat(redact: Callable[[Any], Any], found: Any) -> Any:
    for _ in range(_MOST_PASSES):
        redacted = redact(found)
        if redacted == found:
            return redacted
        found = redacted
    return spell_markers(SECRET)


def _redact_once(text: str) -> str:
    if is_plain(text):
        return text
    if "\x1b" in text:
        return _redact_coloured(text)
    if _OPENS_JSON.match(text):
        document = redact_document(text, _redact_once)
        if document is not None:
            return document
    return _redact_around_documents(text) if "{" in text or "[" in text else apply_all(text)


def _redact_coloured(text: str) -> str:
    """Redact a text with terminal codes, which split tokens and stand where a space would.

    The text is read without them, and with a space before what may be a path; the reading that finds more holds. A
    text in which neither finds anything keeps its colours.
    """
    joined = _TERMINAL_CODE.sub("", text)
    spaced = _TERMINAL_CODE.sub("", _CODE_BEFORE_PATH.sub(" ", text))
    readings = [(reading, _redact_once(reading)) for reading in dict.fromkeys((joined, spaced))]
    changed = [redacted for reading, redacted in readings if redacted != reading]
    return max(changed, key=count_markers) if changed else text


def _redact_around_documents(text: str) -> str:
    """Redact a text whose lines may hold JSON documents: JSON Lines, structured logs, a document after a message."""
    pieces: list[str] = []
    done = start = 0
    for line in text.splitlines(keepends=True):
        for begin, end in _find_documents(line):
            document = redact_document(line[begin:end], _redact_once)
            if document is not None:
                pieces += apply_all(text[done : start + begin]), document
                done = start + end
                break
        start += len(line)
    return "".join([*pieces, apply_all(text[done:])])


def _find_documents(line: str) -> Iterator[tuple[int, int]]:
    """Yield where a line may hold a document: a list where it is all there is, an object anywhere."""
    bare = line.strip()
    if bare.startswith("[") and bare.endswith("]"):
        yield line.index("["), line.rindex("]") + 1
    if "{" in line and "}" in line:
        yield line.index("{"), line.rindex("}") + 1


def apply_all(text: str) -> str:
    """Apply every rule once to a text that is no document."""
    text = shrink_markers(text)
    for rule in _RULES:
        text = rule(text)
    if "%" in text:
        text = _ENCODED.sub(_judge_encoded, text)
    return redact_literals(spell_markers(text), _redact_once)


def _judge_encoded(match: re.Match[str]) -> str:
    """Redact what is percent-encoded, once or several times, and would be redacted if it were not."""
    decoded = match[0]
    for _ in range(_MOST_ENCODINGS):
        decoded = redacted = _ENCODED_BYTE.sub(lambda byte: chr(int(byte[1], 16)), decoded)
        for rule in _RULES:
            redacted = rule(redacted)
        if redacted != decoded:
            return redacted if _SAFE_DECODED.fullmatch(redacted) else SECRET
        if "%" not in decoded:
            break
    return match[0]
