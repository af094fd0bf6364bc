"""A run sheet to print: one HTML file that loads nothing and runs nothing, A4, boxes to tick."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from typing import Final

from worldbase.tables import visible
from worldflux.documents.run_sheet import RunSheet, SheetRow
from worldflux.portfolio.render.run_sheet import blocks
from worldflux.portfolio.render.sheet_blocks import Block, Code, Column, Facts, Heading, Paragraph, Points, Table

_DIGEST_SHOWN: Final = len("sha256:") + 16
_CODE: Final = re.compile("`([^`]+)`")
_BOX: Final = '<span class="box"></span>'


def pieces(sheet: RunSheet, rows: Iterable[SheetRow]) -> Iterator[bytes]:
    """The page, block by block.

    Args:
        sheet: What it says.
        rows: Its rows in order.
    """
    style = _style().replace("{private}", sheet.visibility).replace("{plan}", sheet.plan[:_DIGEST_SHOWN])
    private = f'<p class="private">{sheet.visibility}</p>\n'
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>Run sheet {_text(sheet.plan_id)} ({sheet.visibility})</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{private}<main>\n"
    ).encode()
    for block in blocks(sheet, rows):
        yield _html(block).encode()
    yield f"</main>\n{private}</body>\n</html>\n".encode()


def _style() -> str:
    return (resources.files("worldflux.portfolio.render") / "run_sheet.css").read_text(encoding="utf-8")


def _html(block: Block) -> str:
    match block:
        case Heading(level, text):
            return f"<h{level}>{_text(text)}</h{level}>\n"
        case Paragraph(text):
            return f"<p>{_sentence(text)}</p>\n"
        case Points(texts, boxes):
            box, kind = (_BOX, ' class="boxes"') if boxes else ("", "")
            points = "".join(f"<li>{box}<span>{_sentence(text)}</span></li>\n" for text in texts)
            return f"<ul{kind}>\n{points}</ul>\n"
        case Code(text):
            lines = "\n".join(map(_code_line, text.splitlines()))
            return f"<pre>{lines}</pre>\n"
        case Facts(pairs):
            return _facts(pairs)
        case Table(caption, columns, rows):
            return _table(caption, columns, rows)


def _facts(pairs: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{_text(name)}</th><td>{_text(value) if value else ""}</td></tr>\n'
        for name, value in pairs
    )
    return f'<table class="facts"><tbody>\n{rows}</tbody></table>\n'


def _table(caption: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(column.title)}</th>' for column in columns)
    body = "".join(f"<tr>{_row(columns, row)}</tr>\n" for row in rows)
    return (
        f"<table><caption>{_text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"
    )


def _row(columns: Sequence[Column], row: Sequence[str]) -> str:
    values = iter(row)
    return "".join(_value(column, values, last=column is columns[-1]) for column in columns)


def _value(column: Column, values: Iterator[str], *, last: bool) -> str:
    match column.kind:
        case "box":
            return f'<td class="tick">{_BOX}</td>'
        case "blank":
            return f'<td class="write{" wide" if last else ""}"></td>'
        case "number":
            return f'<td class="number">{_text(next(values))}</td>'
        case _:
            return f"<td>{_text(next(values))}</td>"


def _code_line(line: str) -> str:
    rest = line.lstrip(" ")
    return " " * (len(line) - len(rest)) + _text(rest)


def _sentence(text: str) -> str:
    """A sentence whose names may stand between backticks, as they do in the registry's data."""
    return _CODE.sub(r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return html.escape(visible(text)) if text.strip() else ""
