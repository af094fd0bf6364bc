"""Columns of tables: in CSV, markdown and listings of processes the name of a value stands in the first line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from worldbase.redaction.keys import KeyKind, judge_key
from worldbase.redaction.rule import replace_spans, word_set
from worldbase.redaction.values import redact_under_key

_HINTS = word_set("pass token secret key auth cred host node user login addr machine server")
_HEADER = re.compile(r"[\w.%/|,;\t \"'()-]{3,1000}\r?")
_NAME = re.compile(r"[\w.%/()-]{1,64}(?: [\w-]{1,32})?")
_WORD = re.compile(r"\S+")
_RULER = re.compile(r"[ \t|:+=-]+\r?")
_HARMLESS = frozenset({KeyKind.PLAIN, KeyKind.DIGEST})


class _Table(NamedTuple):
    """How to read the rows below a header.

    Attributes:
        delimiter: What stands between two cells; a space stands for any number of them.
        width: How many cells a row has.
        kinds: What the suspicious columns hold, by their index.
    """

    delimiter: str
    width: int
    kinds: dict[int, KeyKind]


def redact_tables(text: str) -> str:
    """Remove values in columns whose name says that they are secret, or name a host or a user."""
    lowered = text.lower()
    if "\n" not in text or not any(hint in lowered for hint in _HINTS):
        return text
    return replace_spans(text, _find(text))


def _find(text: str) -> Iterator[tuple[int, int, str]]:
    table: _Table | None = None
    start = 0
    for line in text.split("\n"):
        cells = _split(line, table.delimiter) if table else []
        if table is None or not _is_row(table, cells, line):
            table = read_header(line)
        elif not _RULER.fullmatch(line):
            for index, kind in table.kinds.items():
                begin, end = cells[index]
                redacted = redact_under_key(kind, line[begin:end])
                if redacted != line[begin:end]:
                    yield start + begin, start + end, redacted
        start += len(line) + 1


def _is_row(table: _Table, cells: list[tuple[int, int]], line: str) -> bool:
    # The last column of a listing may hold spaces: `ps` ends with the command line.
    has_cells = len(cells) >= table.width if table.delimiter == " " else len(cells) == table.width
    return has_cells or _RULER.fullmatch(line) is not None


def read_header(line: str) -> _Table | None:
    """Read a line as the names of columns, if it is one and names a suspicious one."""
    if not _HEADER.fullmatch(line):
        return None
    # `ps`, `squeue` and `kubectl get pods` write names in capitals with spaces between them.
    delimiter = next((mark for mark in "|\t,;" if mark in line), " " if line.isupper() else "")
    if not delimiter:
        return None
    cells = _split(line, delimiter)
    names = [line[begin:end] for begin, end in cells]
    if len(names) < 2 or not all(map(_NAME.fullmatch, filter(None, names))):
        return None
    kinds = {index: judge_key(name) for index, name in enumerate(names)}
    suspects: dict[int, KeyKind] = {index: kind for index, kind in kinds.items() if kind not in _HARMLESS}
    return _Table(delimiter, len(names), suspects) if suspects else None


def _split(line: str, delimiter: str) -> list[tuple[int, int]]:
    """Where the cells of a line begin and end, without quotes and the spaces around them."""
    if delimiter == " ":
        return [word.span() for word in _WORD.finditer(line)]
    cells, begin, is_quoted = [], 0, False
    for index, character in enumerate(line + delimiter):
        if character == '"':
            is_quoted = not is_quoted
        elif character == delimiter and (not is_quoted or index == len(line)):
            cells.append(_trim(line, begin, index))
            begin = index + 1
    return cells


def _trim(line: str, begin: int, end: int) -> tuple[int, int]:
    while begin < end and line[begin] in " \t\r\"'":
        begin += 1
    while begin < end and line[end - 1] in " \t\r\"'":
        end -= 1
    return begin, end
