"""Markdown pages as a reader meets them: fenced blocks with the marks above them, and links.

A mark is an HTML comment on the line above a fence. It does not show on the page:

* `<!-- output -->`: the block shows what the commands (or the Python block) before it print. A line `...` stands for
  any number of lines. Ids, digests, keys and times are compared by their kind, not by their value.
* `<!-- output measured -->`: the same, and every number is compared by being one. Run ids that an output shows
  stand, in later commands, for those that the reader really got.
* `<!-- file: NAME -->`: the reader saves the block under that name.
* `<!-- exit N -->`: the last command of the block leaves with N.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support import REPO

DOCS: Final = REPO / "docs"
PAGES: Final = [
    REPO / "README.md",
    *(path for path in sorted(DOCS.rglob("*.md")) if path.name != "template.md"),
]

_FENCE: Final = re.compile(r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[a-z]*)[^`]*$")
_MARK: Final = re.compile(r"^ *<!-- *(?P<mark>.*?) *-->$")
_KNOWN_MARKS: Final = re.compile(r"output(?: measured)?|file: \S+|exit \d+|")
_CODE_SPAN: Final = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
_LINK: Final = re.compile(r"\]\((?P<target>[^()\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        place: Page and line, for messages.
        mark: Text of the mark above it, or nothing.
    """

    place: str
    language: str
    text: str
    mark: str


def name(page: Path) -> str:
    """The page's path below the repository."""
    return str(page.relative_to(REPO)) if page.is_relative_to(REPO) else page.name


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    opened: re.Match[str] | None = None
    start, mark, lines = 0, "", list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if opened is None:
            if opened := _FENCE.match(line):
                start, lines = number, []
                assert _KNOWN_MARKS.fullmatch(mark), f"{name(page)}:{number}: nobody knows the mark {mark!r}"
            elif line.strip():
                found = _MARK.match(line)
                mark = found["mark"] if found else ""
        elif line.strip() == opened["fence"]:
            text = "".join(f"{kept.removeprefix(opened['indent'])}\n" for kept in lines)
            yield Block(f"{name(page)}:{start}", opened["language"], text, mark)
            opened, mark = None, ""
        else:
            lines.append(line)
    assert opened is None, f"{name(page)}:{start}: this block has no end"


def prose_lines(page: Path) -> Iterator[str]:
    """Lines of the page that stand in no fenced block."""
    fence = ""
    for line in page.read_text(encoding="utf-8").splitlines():
        found = _FENCE.match(line)
        if fence:
            fence = "" if line.strip() == fence else fence
        elif found:
            fence = found["fence"]
        else:
            yield line


def links(page: Path) -> list[str]:
    """Targets of the page's links."""
    return [found["target"] for found in _LINK.finditer(_CODE_SPAN.sub("", "\n".join(prose_lines(page))))]
