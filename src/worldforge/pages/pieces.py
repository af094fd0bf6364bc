"""Reports as self-contained pages: no script, nothing loaded from elsewhere, readable in the dark and on a phone.

These pieces escape what they are given, unless it is a `Markup`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Final

from worldbase.tables import shortened, visible

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Markup(str):
    """Text that is HTML already; whatever is not gets escaped."""

    __slots__ = ()


def page(title: str, body: Iterable[str]) -> str:
    """A whole page of pieces."""
    style = (resources.files("worldforge.pages") / "page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{style}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escaped(title)}</h1>\n{''.join(body)}</main>\n</body>\n</html>\n"
    )


def escaped(text: str) -> Markup:
    """A text as HTML that shows it literally, with what is invisible written out."""
    return text if isinstance(text, Markup) else Markup(html.escape(visible(text)) if text.strip() else "")


def paragraph(text: str, *, kind: str = "") -> Markup:
    """A paragraph; `kind` is a class of the style sheet: `soft`, `verdict good`, `verdict bad`."""
    return Markup(f"<p{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escaped(text)}</p>\n")


def boundary(claim: str, semantics: str = "") -> Markup:
    """What a page does not show, set apart so that it is read first."""
    said = "".join(paragraph(text) for text in (claim, semantics) if text.strip())
    return Markup(f'<aside class="boundary" aria-label="Claim boundary">\n{said}</aside>\n' if said else "")


def section(title: str, body: Iterable[str]) -> Markup:
    """A heading and what belongs to it; nothing where there is nothing."""
    inside = "".join(body)
    return Markup(f"<section>\n<h2>{escaped(title)}</h2>\n{inside}</section>\n" if inside else "")


def points(texts: Iterable[str]) -> Markup:
    """A list of sentences."""
    return Markup("<ul>\n" + "".join(f"<li>{escaped(text)}</li>\n" for text in texts) + "</ul>\n")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, numbers: Sequence[int] = ()) -> Markup:
    """A table that scrolls by itself where it is wider than the page.

    Args:
        header: Titles of the columns.
        rows: Cells; a long one is shortened.
        caption: What it shows; read out before it.
        numbers: Columns that hold numbers.
    """
    head = "".join(
        f'<th{_class(column, numbers)} scope="col">{_cell(title)}</th>' for column, title in enumerate(header)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{_class(column, numbers)}>{_cell(cell)}</td>" for column, cell in enumerate(row))
        + "</tr>\n"
        for row in rows
    )
    return _scrolling(
        caption,
        f"<table>\n<caption>{escaped(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n",
    )


def facts_table(pairs: Iterable[tuple[str, str]], *, caption: str) -> Markup:
    """Names and what stands behind each, in two columns."""
    rows = "".join(f'<tr><th scope="row">{escaped(name)}</th><td>{escaped(text)}</td></tr>\n' for name, text in pairs)
    return _scrolling(caption, f'<table class="facts"><tbody>\n{rows}</tbody></table>\n')


def _scrolling(label: str, inside: str) -> Markup:
    # Focusable, so that a keyboard can scroll it.
    return Markup(f'<div class="scroll" role="region" tabindex="0" aria-label="{escaped(label)}">\n{inside}</div>\n')


def _cell(text: str) -> str:
    return text if isinstance(text, Markup) else escaped(shortened(text))


def _class(column: int, numbers: Sequence[int]) -> str:
    return ' class="number"' if column in numbers else ""
