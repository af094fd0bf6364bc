"""Sections whose heading says that what is below is secret: `secrets:` in YAML, `[credentials]` in TOML and INI."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from worldbase.redaction.keys import SECRET_KINDS, KeyKind, judge_key
from worldbase.redaction.rule import replace_spans, word_set
from worldbase.redaction.values import redact_under_key

_HINTS = word_set("secret cred pass auth key")
_HEADING = re.compile(r"(?P<indent>[ \t]*)(?:(?P<yaml>[\w.-]{2,64}):|\[(?P<ini>[\w.-]{2,64})\])[ \t]*\r?")
_ENTRY = re.compile(
    r"(?P<indent>[ \t]*)(?:-[ ]+(?:[\w.-]+:[ \t]+)?|[\w.-]+[ \t]*[:=][ \t]*)"
    r"[\"']?(?P<value>[^\s\"'|>][^\"']*?)[\"']?[ \t]*\r?"
)


class _Section(NamedTuple):
    """What the heading says; `indent` is its depth in YAML and -1 in INI, where entries are not indented."""

    kind: KeyKind
    indent: int


def redact_sections(text: str) -> str:
    """Remove the values in sections whose heading names secrets."""
    lowered = text.lower()
    if "\n" not in text or not any(hint in lowered for hint in _HINTS):
        return text
    return replace_spans(text, _find(text))


def _find(text: str) -> Iterator[tuple[int, int, str]]:
    section: _Section | None = None
    start = 0
    for line in text.split("\n"):
        entry = _ENTRY.fullmatch(line) if section else None
        if section and entry and len(entry["indent"]) > section.indent:
            redacted = redact_under_key(section.kind, entry["value"])
            if redacted != entry["value"]:
                yield start + entry.start("value"), start + entry.end("value"), redacted
        else:
            section = read_heading(line)
        start += len(line) + 1


def read_heading(line: str) -> _Section | None:
    """Read a line as the heading of a section, if it is one and says that what is below is secret."""
    heading = _HEADING.fullmatch(line)
    if heading is None:
        return None
    kind = judge_key(heading["yaml"] or heading["ini"])
    if kind not in SECRET_KINDS:
        return None
    return _Section(kind, len(heading["indent"]) if heading["yaml"] else -1)
