"""Text, Markdown and CSV that hostile names cannot break out of.

A task name comes from somebody's file. Nothing in it may move the cursor of a terminal, end a table cell, run as a
formula or make two different names look like one.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

MAX_CELL: Final = 160
_KEPT_OF_LONG: Final = 96
# Characters that begin markup anywhere; an underscore only at the edge of a word; block markers only in front.
_MARKDOWN_ACTIVE: Final = re.compile(
    r"[\\`*\[\]<#|~&$]|(?<![^\W_])_|_(?![^\W_])|^[-+>=]|^\d+(?=[.)])|(?<=www)\.|:(?=//)"
)
# The four signs also in their full-width form, which some spreadsheets take for the same.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Separators, controls, formats, surrogates, unassigned: whatever draws nothing, or draws elsewhere.
_INVISIBLE_CATEGORIES: Final = frozenset(["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"])
# Letters, marks and symbols that draw nothing either: fillers, joiners, variation selectors, the blank of Braille.
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_MARKS: Final = frozenset(["Mn", "Me"])  # drawn upon the character before
_EMPTY: Final = "(empty)"
# How `shortened` ends a text; a name that ends so by itself is marked too, or it would pass for another one.
_SHORTENED: Final = re.compile(r"…\[\d+ characters, [0-9a-f]{8}\]\Z")


def visible(text: str) -> str:
    r"""Return the text with everything invisible or movable written out as `\u{hex}`.

    Distinct texts stay distinct, also for a reader that normalises: where a text is not in NFC, what composition
    would change is written out too. So is white space at either end, and a mark that would be drawn upon what stands
    before the text.
    """
    if not text:
        return _EMPTY
    if text == _EMPTY:
        return _escaped(text[0]) + text[1:]
    if text.isascii() and text.isprintable() and text == text.strip() and "\\u{" not in text:
        return text
    # A text that holds this notation itself must not look like one that was written out.
    text = text.replace("\\u{", "\\u{5c}u{")
    composed = unicodedata.is_normalized("NFC", text)
    return "".join(
        _escaped(character) if _is_misleading(text, index, composed) else character
        for index, character in enumerate(text)
    )


def is_invisible(character: str) -> bool:
    """Whether a character draws nothing, or draws elsewhere, so that it is seen only where it is written out."""
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or _INVISIBLE.match(character) is not None


def shortened(text: str) -> str:
    """Return a text of at most about `MAX_CELL` characters; what was cut is counted and told apart by its digest."""
    if len(text) <= MAX_CELL and not _SHORTENED.search(text):
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{text[:_KEPT_OF_LONG]}…[{len(text)} characters, {digest}]"


def markdown(text: str) -> str:
    """Return the text as Markdown that shows it literally, on one line, and links to nothing."""
    return _MARKDOWN_ACTIVE.sub(_markdown_escaped, visible(text))


def _markdown_escaped(match: re.Match[str]) -> str:
    # A number that would start a list is followed by the character to escape; everything else is escaped itself.
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"


def markdown_cell(text: str) -> str:
    """Return a name as Markdown for a table cell: literal, and `shortened` where it is long."""
    return _MARKDOWN_ACTIVE.sub(_markdown_escaped, _cell(text))


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return a Markdown table. Cells are Markdown already; columns in `right` hold numbers."""
    rule = ["---:" if column in right else "---" for column in range(len(header))]
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, rule, *rows))


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Return an aligned plain-text table, each cell made `visible` and `shortened`; a heading may be blank."""
    headings = [_cell(heading) if heading else "" for heading in header]
    cells = [headings, *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(width(row[column]) for row in cells) for column in range(len(header))]
    return "".join("  ".join(_padded(row, widths, right)).rstrip() + "\n" for row in cells)


def csv_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return CSV (RFC 4180), each cell `visible` or empty.

    A cell that a spreadsheet would run as a formula gets a leading apostrophe, and so does one that has it already:
    distinct cells stay distinct.
    """
    import csv

    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerows([_inert(cell) for cell in row] for row in (header, *rows))
    return stream.getvalue()


def width(text: str) -> int:
    """Return the number of terminal columns of a text that `visible` has made safe."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(character) in _MARKS else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _padded(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> list[str]:
    padding = [" " * (widths[column] - width(cell)) for column, cell in enumerate(row)]
    return [
        pad + cell if column in right else cell + pad
        for column, (cell, pad) in enumerate(zip(row, padding, strict=True))
    ]


def _cell(text: str) -> str:
    """Return a name for a cell; a second blank is written out, or it would pass for a column edge or for no blank."""
    return shortened(visible(text).replace("  ", " " + _escaped(" ")))


def _inert(cell: str) -> str:
    shown = visible(cell) if cell else ""
    return f"'{shown}" if shown.lstrip("'").startswith(_FORMULA_STARTS) else shown


def _is_misleading(text: str, index: int, composed: bool) -> bool:
    character = text[index]
    if character.isspace():
        return character != " " or index in (0, len(text) - 1)
    if is_invisible(character):
        return True
    if composed:
        return index == 0 and unicodedata.category(character) in _MARKS
    if character.isascii():  # composes with nothing before it
        return False
    with_neighbour = text[max(index - 1, 0) : index + 1]
    return unicodedata.combining(character) > 0 or not unicodedata.is_normalized("NFC", with_neighbour)


def _escaped(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"
