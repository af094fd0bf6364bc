"""Names in terminals, Markdown and spreadsheets show what they are, and nothing else."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest

from worldbase import tables
from worldbase.tables import (
    MAX_CELL,
    csv_table,
    markdown,
    markdown_cell,
    markdown_table,
    shortened,
    text_table,
    visible,
)


class TestVisible:
    @pytest.mark.parametrize(
        "text",
        [
            "pick cup",
            "libero_spatial/3",
            "a  b",
            "C:\\runs",
            "100% = {all}",
            "café",
            "赤いカップを皿の上に置く",
            "🤖 🍎",
            "หยิบถ้วย",
            "(none)",
        ],
    )
    def test_what_can_be_seen_stays_as_it_is(self, text: str) -> None:
        assert visible(text) == text

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            pytest.param("", "(empty)", id="nothing"),
            pytest.param("(empty)", r"\u{28}empty)", id="what stands for nothing"),
            pytest.param("a\nb", r"a\u{a}b", id="line break"),
            pytest.param("a\tb", r"a\u{9}b", id="tab"),
            pytest.param("\x1b[31mred", r"\u{1b}[31mred", id="escape sequence"),
            pytest.param("\x9b31m", r"\u{9b}31m", id="escape sequence in one character"),
            pytest.param("a\x00", r"a\u{0}", id="NUL"),
            pytest.param("\x7f", r"\u{7f}", id="delete"),
            pytest.param("a\u202eb", r"a\u{202e}b", id="right to left"),
            pytest.param("a\u2067b", r"a\u{2067}b", id="isolate"),
            pytest.param("a\u200bb", r"a\u{200b}b", id="zero-width space"),
            pytest.param("a\u200db", r"a\u{200d}b", id="joiner"),
            pytest.param("a\ufeff", r"a\u{feff}", id="byte order mark"),
            pytest.param("a\u00adb", r"a\u{ad}b", id="soft hyphen"),
            pytest.param("a\u2028b", r"a\u{2028}b", id="line separator"),
            pytest.param("a\u00a0b", r"a\u{a0}b", id="no-break space"),
            pytest.param("a\u3000b", r"a\u{3000}b", id="ideographic space"),
            pytest.param("a\u3164b", r"a\u{3164}b", id="Hangul filler"),
            pytest.param("a\u115fb", r"a\u{115f}b", id="conjoining filler"),
            pytest.param("a\u2800b", r"a\u{2800}b", id="blank of Braille"),
            pytest.param("a\ufe0fb", r"a\u{fe0f}b", id="variation selector"),
            pytest.param("a\U000e0100b", r"a\u{e0100}b", id="variation selector beyond"),
            pytest.param("a\u034fb", r"a\u{34f}b", id="grapheme joiner"),
            pytest.param("a\U000e0041b", r"a\u{e0041}b", id="tag"),
            pytest.param("a\ue000b", r"a\u{e000}b", id="private use"),
            pytest.param("a\uffffb", r"a\u{ffff}b", id="no character"),
            pytest.param("a\ud800b", r"a\u{d800}b", id="surrogate"),
            pytest.param(" a ", r"\u{20}a\u{20}", id="white space at the ends"),
            pytest.param("   ", r"\u{20} \u{20}", id="nothing but blanks"),
            pytest.param("cafe\u0301", r"cafe\u{301}", id="decomposed"),
            pytest.param("a\u0334\u0301", r"a\u{334}\u{301}", id="decomposed with a mark between"),
            pytest.param("\u1100\u1161", "\u1100" + r"\u{1161}", id="conjoining letters"),
            pytest.param("\u212b", r"\u{212b}", id="another code of the same letter"),
            pytest.param("\u0338=", r"\u{338}=", id="mark without a base"),
            pytest.param(r"\u{200b}", r"\u{5c}u{200b}", id="the notation itself"),
        ],
    )
    def test_what_cannot_be_seen_is_written_out(self, text: str, shown: str) -> None:
        assert visible(text) == shown

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("", "(empty)"),
            ("\u200b", r"\u{200b}"),
            ("\\\u200b", r"\\u{200b}"),
            ("café", "cafe\u0301"),
            ("パン", "ハ\u309aン"),
            ("\uac00", "\u1100\u1161"),
            ("\u00c5", "\u212b"),
            ("a", "a "),
            ("a", "a\ufe0f"),
        ],
    )
    def test_different_names_stay_different_also_where_somebody_normalises(self, one: str, other: str) -> None:
        shown = {unicodedata.normalize("NFC", visible(one)), unicodedata.normalize("NFC", visible(other))}
        assert len(shown) == 2

    def test_every_character_that_draws_nothing_is_found(self) -> None:
        # Unicode's Default_Ignorable_Code_Point, the blank of Braille, and one of each kind of control.
        nothing = [
            0x00AD,
            0x034F,
            0x061C,
            0x115F,
            0x1160,
            0x17B4,
            0x17B5,
            *range(0x180B, 0x1810),
            *range(0x200B, 0x2010),
        ]
        nothing += [
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2070),
            0x2800,
            0x3164,
            *range(0xFE00, 0xFE10),
            0xFEFF,
            0xFFA0,
        ]
        nothing += [
            *range(0xFFF0, 0xFFF9),
            *range(0x1BCA0, 0x1BCA4),
            *range(0x1D173, 0x1D17B),
            *range(0xE0000, 0xE1000),
        ]
        nothing += [0x00, 0x0A, 0x1B, 0x7F, 0x85, 0x9B, 0x2028, 0x2029, 0xD800, 0xFFFF]
        assert [hex(code) for code in nothing if not tables.is_invisible(chr(code))] == []

    def test_every_character_of_ascii_that_prints_is_left_alone(self) -> None:
        text = "".join(map(chr, range(0x21, 0x7F)))
        assert visible(text) == text


class TestShortened:
    def test_up_to_the_limit_nothing_is_cut(self) -> None:
        assert shortened("x" * MAX_CELL) == "x" * MAX_CELL

    def test_what_is_cut_is_counted(self) -> None:
        short = shortened("x" * 300)
        assert len(short) <= MAX_CELL
        assert short.startswith("x" * 50)
        assert "[300 characters, " in short

    def test_names_that_differ_only_in_what_is_cut_stay_different(self) -> None:
        assert shortened("x" * 300 + "a") != shortened("x" * 300 + "b")

    def test_a_name_that_imitates_a_cut_one_stays_different(self) -> None:
        long = "x" * 300
        assert shortened(shortened(long)) != shortened(long)


class TestMarkdown:
    @pytest.mark.parametrize(
        ("text", "escaped"),
        [
            ("pick cup", "pick cup"),
            ("libero_spatial/3", "libero_spatial/3"),
            ("_under_ score_", r"\_under\_ score\_"),
            ("*star* `code` ~~gone~~", r"\*star\* \`code\` \~\~gone\~\~"),
            ("[a](b) ![c](d)", r"\[a\](b) !\[c\](d)"),
            ("<b>&lt;", r"\<b>\&lt;"),
            ("# head", r"\# head"),
            ("> quote", r"\> quote"),
            ("- item", r"\- item"),
            ("+ item", r"\+ item"),
            ("---", r"\---"),
            ("===", r"\==="),
            ("1. item", r"1\. item"),
            ("12) item", r"12\) item"),
            ("1.5", r"1\.5"),
            ("a | b", r"a \| b"),
            ("a \\| b", r"a \\\| b"),
            ("https://e.example www.e.example", r"https\://e.example www\.e.example"),
            ("a: b", "a: b"),
            ("$x$", r"\$x\$"),
            ("a\nb", r"a\\u{a}b"),
            ("", "(empty)"),
        ],
    )
    def test_what_would_be_markup_is_escaped_and_nothing_else(self, text: str, escaped: str) -> None:
        assert markdown(text) == escaped
        assert markdown_cell(text) == escaped

    def test_a_long_text_is_cut_in_a_cell_only(self) -> None:
        assert markdown("x" * 500) == "x" * 500
        assert "500 characters" in markdown_cell("x" * 500)

    def test_a_second_blank_can_be_seen_in_a_cell(self) -> None:
        assert markdown_cell("a  b") == r"a \\u{20}b"

    def test_a_table_aligns_numbers_to_the_right(self) -> None:
        assert markdown_table(["task", "rate"], [["a", "0.5"], ["b", "1"]], right=[1]) == (
            "| task | rate |\n| --- | ---: |\n| a | 0.5 |\n| b | 1 |\n"
        )

    def test_a_table_may_have_no_rows(self) -> None:
        assert markdown_table(["task"], []) == "| task |\n| --- |\n"


class TestTextTable:
    def test_columns_are_aligned_and_no_blank_ends_a_line(self) -> None:
        assert text_table(["task", "rate"], [["pick", "0.5"], ["b", "10"]], right=[1]) == (
            "task  rate\npick   0.5\nb       10\n"
        )

    def test_wide_and_combining_characters_count_as_terminals_draw_them(self) -> None:
        table = text_table(["", "x"], [["赤い", "1"], ["หยิบ", "2"], ["ab", "3"]])
        assert table == "      x\n赤い  1\nหยิบ   2\nab    3\n"

    def test_a_heading_may_be_blank_and_a_cell_says_that_it_is_empty(self) -> None:
        assert text_table(["", "x"], [["", "1"]]) == "         x\n(empty)  1\n"

    def test_a_name_cannot_fake_a_column(self) -> None:
        assert text_table(["task", "rate"], [["a  1.0", "0.0"]]).splitlines()[1] == r"a \u{20}1.0  0.0"

    def test_a_long_name_does_not_push_the_table_out_of_sight(self) -> None:
        assert all(len(line) < 200 for line in text_table(["task", "rate"], [["x" * 5_000, "0"]]).splitlines())


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("", 0), ("赤", 2), ("\uff41", 2), ("é", 1), ("q\u0301", 1), ("🤖", 2), ("ยิ", 1)]
)
def test_width_is_what_a_terminal_needs(text: str, columns: int) -> None:
    assert tables.width(text) == columns


class TestCsv:
    def test_rows_end_as_rfc_4180_asks_and_cells_are_quoted_where_needed(self) -> None:
        table = csv_table(["task", "rate"], [['say "cup", twice', "0.5"], ["b", ""]])
        assert table == 'task,rate\r\n"say ""cup"", twice",0.5\r\nb,\r\n'

    @pytest.mark.parametrize(
        ("cell", "inert"),
        [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\uff1d1+1", "'\uff1d1+1"),
            ("'=1+1", "''=1+1"),
            ("'tis", "'tis"),
            ("1-1", "1-1"),
            ("\t=1", r"\u{9}=1"),
            (" =1", r"\u{20}=1"),
            ("a\r\nb", r"a\u{d}\u{a}b"),
            ("", ""),
        ],
    )
    def test_no_cell_is_a_formula_and_each_stays_on_its_line(self, cell: str, inert: str) -> None:
        rows = list(csv.reader(io.StringIO(csv_table(["x"], [[cell, "end"]]), newline="")))
        assert rows == [["x"], [inert, "end"]]
