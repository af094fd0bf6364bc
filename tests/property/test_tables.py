"""Laws of names in terminals, Markdown and spreadsheets."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from worldbase import tables

AWKWARD = st.lists(
    st.sampled_from(
        [
            *"ab \\u{}|`*_<>[]()#&$~-+=1.)@'\",\t\r\n:/",
            *"\u0301\u0338\u200b\u202e\u00a0\u212b",
            "\\u{",
            "://",
            "www.",
            "```",
            "\n\n",
        ]
    ),
    max_size=20,
).map("".join)
CONJOINING = st.text("\u1100\u1161\u11a8\uac00\u09c7\u09be\u0ddc\u0dd9\u0dcf\u0dca\u0301\u0334\u0345 a")
NAMES = st.text(st.characters(codec=None), max_size=30) | AWKWARD | CONJOINING | st.text(max_size=400)
TABLES = st.integers(1, 4).flatmap(
    lambda columns: st.lists(st.lists(NAMES, min_size=columns, max_size=columns), min_size=1)
)
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def decoded(shown: str) -> str:
    """What `visible` was given."""
    if shown == "(empty)":
        return ""
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), shown)


def unescaped(markdown: str) -> str:
    """What a Markdown reader shows (CommonMark 2.4: a backslash before ASCII punctuation goes)."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


def unescaped_pipes(line: str) -> int:
    return len(re.findall(r"(?<!\\)(?:\\\\)*\|", line))


@given(NAMES)
@example("")
@example("(empty)")
@example("\u1100\u1161\u11a8")
def test_a_visible_name_is_one_line_of_printing_characters(name: str) -> None:
    shown = tables.visible(name)
    assert shown.isprintable()
    assert not any(map(tables.is_invisible, shown))
    assert shown == shown.strip() != ""


@given(NAMES)
@example("(empty)")
@example(r"\u{200b}")
@example("\\\u200b")
@example("\u212a\\u{")
def test_a_visible_name_leads_back_to_the_name(name: str) -> None:
    assert decoded(tables.visible(name)) == name


@given(NAMES)
def test_normalising_does_not_change_a_visible_name(name: str) -> None:
    assert unicodedata.is_normalized("NFC", tables.visible(name))


@given(NAMES, st.sampled_from("=<>a“| "))
def test_a_visible_name_does_not_change_what_stands_before_it(name: str, before: str) -> None:
    shown = tables.visible(name)
    assert unicodedata.normalize("NFC", before + shown).startswith(before)


@given(NAMES)
@example("a  b   c")
def test_a_cell_leads_back_to_the_name_or_is_marked_as_cut(name: str) -> None:
    cell = unescaped(tables.markdown_cell(name))
    if "characters, " in cell:
        assert len(cell) <= tables.MAX_CELL
    else:
        assert decoded(cell) == name
        assert "  " not in cell


@given(st.text("ab", min_size=161, max_size=300))
def test_a_name_that_looks_like_a_cut_one_is_none(long: str) -> None:
    assert tables.markdown_cell(tables.shortened(long)) != tables.markdown_cell(long)


@given(TABLES)
def test_a_markdown_table_has_one_line_per_row_and_as_many_cells_as_columns(rows: list[list[str]]) -> None:
    cells = [[tables.markdown_cell(name) for name in row] for row in rows]
    table = tables.markdown_table(cells[0], cells[1:], right=[0])
    lines = table.splitlines()
    assert table == "".join(f"{line}\n" for line in lines)
    assert len(lines) == len(rows) + 1
    assert {unescaped_pipes(line) for line in lines} == {len(rows[0]) + 1}


@given(NAMES)
def test_markdown_begins_no_block_and_no_link(name: str) -> None:
    shown = tables.markdown(name)
    assert not re.match(r"[-+>#=|]|\d+[.)]|```|~~~| ", shown)
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[<`*]", shown)
    assert not re.search(r"(?<!\\)://|www\.", shown)


@given(NAMES)
def test_a_markdown_reader_shows_the_visible_name_as_one_paragraph_of_text(name: str) -> None:
    opened, inline, closed = READER.parse(tables.markdown(name))
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    children = inline.children or []
    assert {child.type for child in children} == {"text"}
    assert "".join(child.content for child in children) == tables.visible(name)


@given(NAMES)
def test_a_markdown_reader_shows_a_cell_as_one_cell_of_text(name: str) -> None:
    cell = tables.markdown_cell(name)
    table = READER.parse(tables.markdown_table(["name", "x"], [[cell, "1"]]))
    inlines = [token.children or [] for token in table if token.type == "inline"]
    assert {child.type for inline in inlines for child in inline} == {"text"}
    shown = ["".join(child.content for child in inline) for inline in inlines]
    assert shown == ["name", "x", unescaped(cell), "1"]


@given(TABLES)
def test_a_text_table_has_one_line_per_row_and_no_line_is_wider_than_the_cells(rows: list[list[str]]) -> None:
    table = tables.text_table(rows[0], rows[1:])
    lines = table.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(rows)
    assert all(line.isprintable() and line == line.rstrip() for line in lines)


@given(TABLES)
def test_csv_has_one_line_per_row_and_no_cell_is_a_formula(rows: list[list[str]]) -> None:
    text = tables.csv_table(rows[0], rows[1:])
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert len(lines) == len(rows)
    assert all(line.isprintable() for line in lines)
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [len(row) for row in read] == [len(row) for row in rows]
    assert not [cell for row in read for cell in row if cell.startswith(FORMULA_STARTS)]


@given(NAMES)
@example("=1")
@example("'=1")
@example("''@")
@example("'")
@example("")
def test_a_csv_cell_leads_back_to_the_name(name: str) -> None:
    ((cell, _),) = csv.reader(io.StringIO(tables.csv_table([name, "end"], []), newline=""))
    if cell.lstrip("'").startswith(FORMULA_STARTS):
        cell = cell.removeprefix("'")
    assert (decoded(cell) if cell else "") == name
