"""Names that want to be more than names.

None of them may execute, leave its cell, line or folder, move a cursor, become a formula, or pass for another one.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import pytest
from markdown_it import MarkdownIt

from tests.support import FIXTURES
from worldbase import console, document, files, safepath, tables
from worldbase.document import Document
from worldbase.errors import InputError, Where

ENTRIES: Final[list[dict[str, Any]]] = json.loads((FIXTURES / "hostile" / "names.json").read_bytes())["entries"]
TEXTS: Final[list[str]] = [entry["text"] for entry in ENTRIES]
EVERY_NAME: Final = pytest.mark.parametrize(
    "name", [pytest.param(entry["text"], id=f"{entry['id']}-{entry['category']}") for entry in ENTRIES]
)
# Bidirectional controls, zero-width characters and line ends, spelled out: the tests do not ask the code what they are.
FORBIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
MARKDOWN: Final = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def lines_of(table: str) -> list[str]:
    """The lines of a table, each without anything that moves or hides."""
    lines = table.split("\n")
    assert lines.pop() == ""
    assert not [line for line in lines if FORBIDDEN.search(line)]
    return lines


def read_markdown(text: str) -> list[str]:
    """What a Markdown reader shows, inline by inline; anything but plain text in it fails."""
    inlines = [token for token in MARKDOWN.parse(text) if token.type == "inline"]
    children = [token.children or [] for token in inlines]
    assert {child.type for inline in children for child in inline} <= {"text"}
    return ["".join(child.content for child in inline) for inline in children]


def test_the_names_are_here_and_different() -> None:
    assert len(ENTRIES) == 104
    assert len(set(TEXTS)) == len(TEXTS)


class TestVisible:
    @EVERY_NAME
    def test_it_is_one_line_without_anything_that_moves_or_hides(self, name: str) -> None:
        shown = tables.visible(name)
        assert shown
        assert FORBIDDEN.search(shown) is None
        assert shown.isprintable()
        shown.encode("utf-8")

    def test_no_two_names_become_one(self) -> None:
        assert len({tables.visible(name) for name in TEXTS}) == len(TEXTS)

    def test_no_two_names_become_one_for_a_reader_that_normalises(self) -> None:
        assert len({unicodedata.normalize("NFC", tables.visible(name)) for name in TEXTS}) == len(TEXTS)

    def test_the_written_out_form_of_a_name_does_not_pass_for_the_name(self) -> None:
        names = dict.fromkeys([*TEXTS, *map(tables.visible, TEXTS), *map(tables.shortened, TEXTS)])
        assert len({tables.visible(name) for name in names}) == len(names)


class TestMarkdown:
    @EVERY_NAME
    def test_a_reader_shows_the_visible_name_and_nothing_else(self, name: str) -> None:
        text = tables.markdown(name)
        assert FORBIDDEN.search(text) is None
        assert [token.type for token in MARKDOWN.parse(text)] == ["paragraph_open", "inline", "paragraph_close"]
        assert read_markdown(text) == [tables.visible(name)]

    @EVERY_NAME
    def test_no_bare_tag_entity_or_address_is_left_for_a_looser_reader(self, name: str) -> None:
        for text in (tables.markdown(name), tables.markdown_cell(name)):
            assert re.search(r"(?<!\\)(?:\\\\)*[<&`\[$]", text) is None
            assert re.search(r"(?<!\\)://|www\.", text) is None

    @EVERY_NAME
    def test_a_row_stays_one_row_with_its_cells(self, name: str) -> None:
        table = tables.markdown_table(["task", "rate"], [[tables.markdown_cell(name), "0.5"]], right=[1])
        lines = lines_of(table)
        assert len(lines) == 3
        assert [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines] == [3, 3, 3]
        task, rate, shown, number = read_markdown(table)
        assert (task, rate, number) == ("task", "rate", "0.5")
        assert shown.startswith(tables.visible(name)[:20].partition("  ")[0])

    def test_all_rows_together_are_one_table_of_different_names(self) -> None:
        table = tables.markdown_table(["task", "rate"], [[tables.markdown_cell(name), "0.5"] for name in TEXTS])
        assert [token.type for token in MARKDOWN.parse(table)].count("table_open") == 1
        cells = read_markdown(table)
        assert len(cells) == 2 * (len(TEXTS) + 1)
        assert len(set(cells[2::2])) == len(TEXTS)

    def test_no_cell_is_longer_than_a_reader_can_take_in(self) -> None:
        assert max(len(tables.shortened(tables.visible(name))) for name in TEXTS) <= tables.MAX_CELL


class TestTextTable:
    @EVERY_NAME
    def test_a_row_stays_one_row(self, name: str) -> None:
        lines = lines_of(tables.text_table(["task", "rate"], [[name, "0.5"]], right=[1]))
        assert len(lines) == 2
        assert lines[1].endswith("  0.5")
        assert "  " not in lines[1].removesuffix("0.5").strip()

    def test_all_rows_together_have_their_numbers_in_one_column(self) -> None:
        lines = lines_of(tables.text_table(["task", "rate"], [[name, "0.5"] for name in TEXTS], right=[1]))
        assert len(lines) == len(TEXTS) + 1
        assert len({tables.width(line) for line in lines}) == 1
        assert len(set(lines)) == len(lines)


class TestCsv:
    @EVERY_NAME
    def test_a_row_stays_one_row_and_no_cell_is_a_formula(self, name: str) -> None:
        table = tables.csv_table(["task", "rate"], [[name, "0.5"], ["before", name]])
        assert table.count("\r\n") == 3
        assert FORBIDDEN.search(table.replace("\r\n", "")) is None
        rows = list(csv.reader(io.StringIO(table, newline="")))
        assert [len(row) for row in rows] == [2, 2, 2]
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]

    def test_no_two_names_become_one(self) -> None:
        names = [*TEXTS, *(f"'{name}" for name in TEXTS)]
        assert len({tables.csv_table([name], []) for name in names}) == len(names)


class TestPaths:
    # Odd, but each a plain name inside its folder on every system.
    ACCEPTED: Final = frozenset(
        f"hn-{number:03}"
        for number in (4, 9, 28, 32, 44, 45, 58, 65, 67, 76, 83, *range(85, 90), 93, 94, *range(97, 103), 104)
    )

    def test_exactly_the_plain_names_are_accepted(self) -> None:
        accepted = {entry["id"] for entry in ENTRIES if safepath.fault_of(entry["text"]) is None}
        assert accepted == self.ACCEPTED

    @pytest.mark.parametrize(
        "category", ["traversal", "windows_reserved", "control", "bidi", "zero_width", "newline", "ansi"]
    )
    def test_a_dangerous_kind_of_name_is_refused(self, category: str) -> None:
        accepted = [e["text"] for e in ENTRIES if e["category"] == category and safepath.fault_of(e["text"]) is None]
        # A per cent sign is no escape in a file name, and capitals are no fault of a single name.
        assert set(accepted) <= {"%2e%2e%2fevidence.json", "EVIDENCE.JSON"}

    @EVERY_NAME
    def test_a_name_is_refused_cleanly_or_stays_a_file_in_its_folder(self, name: str, tmp_path: Path) -> None:
        inside = tmp_path / "inside"
        if safepath.fault_of(name):
            with pytest.raises(InputError) as caught:
                safepath.relative(name)
            assert FORBIDDEN.search(str(caught.value)) is None
            return
        files.write_atomic(inside / safepath.relative(name), b"x")
        assert [path.name for path in tmp_path.iterdir()] == ["inside"]
        assert [path.relative_to(inside).as_posix() for path in inside.rglob("*") if path.is_file()] == [name]


class Named(Document, frozen=True, kw_only=True):
    """A document that carries a name as a value and as a key."""

    schema_name: ClassVar[str] = "test.named.v1"

    schema_version: Literal["test.named.v1"] = "test.named.v1"
    name: str
    counts: dict[str, int]


class TestDocuments:
    @EVERY_NAME
    def test_a_name_is_read_back_as_it_was_or_refused_cleanly(self, name: str) -> None:
        named = Named(name=name, counts={name: 1})
        if any("\ud800" <= character <= "\udfff" for character in name):
            with pytest.raises(InputError) as caught:
                document.dump(named)
            assert caught.value.code == "document.text"
            return
        assert document.parse(document.dump(named), Named).document == named

    @EVERY_NAME
    def test_a_name_in_a_wrong_place_is_reported_on_lines_of_its_own(
        self, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        value = {"schema_version": "test.named.v1", "name": [name], "counts": {name: name}, f"x{name}": 1}
        with pytest.raises(InputError) as caught:
            document.convert(value, Named, file="named.json")
        assert len(caught.value.problems) == 3
        console.report_error(caught.value)
        told = capsys.readouterr().err.rstrip("\n").split("\n")
        assert len(told) == 3 + len(caught.value.problems)
        assert not [line for line in told if FORBIDDEN.search(line)]


@EVERY_NAME
def test_a_name_in_an_error_cannot_forge_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.report_error(InputError(f"no task is called {name!r}", code="x.y", where=Where(name, f"/{name}")))
    told = capsys.readouterr().err
    assert told.count("\n") == 2
    assert FORBIDDEN.search(told.replace("\n", "")) is None


@EVERY_NAME
def test_a_name_in_a_json_report_says_the_same_and_moves_nothing(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "\ud800" in name:
        with pytest.raises(InputError):
            console.echo_report("json", [name], text=str)
        return
    console.echo_report("json", [name], text=str)
    shown = capsys.readouterr().out
    assert json.loads(shown) == [name]
    assert FORBIDDEN.search(shown.replace("\n", "")) is None


def test_normalisation_pairs_look_alike_and_are_told_apart() -> None:
    names = [entry["text"] for entry in ENTRIES if entry["category"] == "normalisation"]
    alike = [pair for pair in combinations(names, 2) if len({unicodedata.normalize("NFC", name) for name in pair}) == 1]
    assert len(alike) == 2
    assert all(tables.visible(one) != tables.visible(other) for one, other in alike)
