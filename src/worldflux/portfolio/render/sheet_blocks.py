"""What a run sheet's page is made of, before it is Markdown or HTML. Texts are plain: each renderer escapes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1, 2 or 3."""

    level: Literal[1, 2, 3]
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or two."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list; with boxes, one to be ticked off."""

    texts: Sequence[str]
    boxes: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """What is typed, or stands in a file, as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they stand for; a value may be something to copy letter by letter."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Boxes and blanks are for a pen: no value is given for them."""

    title: str
    kind: Literal["text", "number", "box", "blank"] = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows hold the values of the text and number columns only.

    Attributes:
        caption: What it holds.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]] = field(default=())


Block: TypeAlias = Heading | Paragraph | Points | Code | Facts | Table
