"""Lines of text in a few inks, which is all that a page is made of.

There is no markup: a text is a text, whatever is in it, and only its ink says how it is drawn. What a file said goes
through `shown`, so that it is without secrets, and nothing in it moves the cursor or is invisible.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

from worldbase.redact import redact_text
from worldbase.tables import visible

Ink: TypeAlias = Literal["plain", "quiet", "strong", "good", "bad", "mind", "accent", "solid"]
INKS: Final[tuple[Ink, ...]] = ("plain", "quiet", "strong", "good", "bad", "mind", "accent", "solid")

_CUT: Final = "…"


class Span(NamedTuple):
    """A text in one ink."""

    text: str
    ink: Ink = "plain"


Line: TypeAlias = tuple[Span, ...]

BLANK: Final[Line] = ()


def line(*parts: Span | str) -> Line:
    """A line of spans; a bare text is in plain ink."""
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


@functools.lru_cache(maxsize=4096)
def shown(text: str) -> str:
    """A text of a file, fit to be drawn: without secrets, host paths and anything invisible; nothing stays nothing."""
    return visible(redact_text(text)) if text else ""


def inert(text: str) -> str:
    """The same text where every character of it draws something; else with the others written out."""
    return text if text.isprintable() else visible(text)


def text_of(spans: Line) -> str:
    """The text of a line."""
    return "".join(span.text for span in spans)


def width_of(spans: Line) -> int:
    """How many columns of a terminal a line takes."""
    return sum(cell_len(span.text) for span in spans)


def fitted(spans: Line, width: int, *, right: bool = False) -> Line:
    """A line of exactly so many columns: cut with an ellipsis, or filled with blanks at its end or at its beginning."""
    room = width - width_of(spans)
    if room < 0:
        return _cut(spans, width)
    blanks = (Span(" " * room),) if room else ()
    return (*blanks, *spans) if right else (*spans, *blanks)


def wrapped(text: str, width: int, *, ink: Ink = "plain", indent: str = "") -> Iterator[Line]:
    """A text in lines of at most so many columns, the first after an indent and the others below it.

    What is longer than a line is broken where the line ends.
    """
    room = max(width - cell_len(indent), 1)
    before = indent
    for piece in _pieces(text, room):
        yield line(before, Span(piece, ink))
        before = " " * cell_len(indent)


def facts(pairs: Iterable[tuple[str, str]], width: int) -> Iterator[Line]:
    """Names and what is said of them, in two columns; a text that is empty is left out."""
    told = [(name, text) for name, text in pairs if text]
    edge = max((cell_len(name) for name, _ in told), default=0) + 2
    for name, text in told:
        first, *rest = wrapped(text, width - edge)
        yield line(Span(f"{name:{edge}}", "quiet"), *first[1:])
        yield from (line(" " * edge, *more[1:]) for more in rest)


def heading(text: str) -> Line:
    """A heading within a page."""
    return line(Span(text, "accent"))


def _cut(spans: Line, width: int) -> Line:
    kept: list[Span] = []
    room = max(width - 1, 0)
    for span in spans:
        length = cell_len(span.text)
        kept.append(span if length <= room else Span(set_cell_size(span.text, room), span.ink))
        room -= min(length, room)
        if not room:
            break
    ink = kept[-1].ink if kept else "plain"
    return (*kept, Span(_CUT, ink)) if width > 0 else ()


def _pieces(text: str, room: int) -> Iterator[str]:
    current = ""
    for word in text.split(" "):
        joined = f"{current} {word}" if current else word
        if cell_len(joined) <= room:
            current = joined
            continue
        if current:
            yield current
        *full, current = _broken(word, room)
        yield from full
    yield current


def _broken(word: str, room: int) -> list[str]:
    """A word in pieces that fit; a character wider than the room stands alone."""
    pieces, current = [], ""
    for character in word:
        if current and cell_len(current + character) > room:
            pieces.append(current)
            current = ""
        current += character
    return [*pieces, current]
