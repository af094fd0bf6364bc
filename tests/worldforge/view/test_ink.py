"""Lines: cut, filled, wrapped and made safe."""

from __future__ import annotations

import pytest

from worldforge.view.ink import BLANK, Span, facts, fitted, inert, line, shown, text_of, width_of, wrapped


@pytest.mark.parametrize(
    ("width", "right", "text"),
    [
        (0, False, ""),
        (1, False, "…"),
        (4, False, "abc…"),
        (6, False, "abcdef"),
        (8, False, "abcdef  "),
        (8, True, "  abcdef"),
    ],
)
def test_a_line_is_cut_or_filled(width: int, right: bool, text: str) -> None:
    assert text_of(fitted(line(Span("abc", "good"), "def"), width, right=right)) == text


def test_a_wide_character_is_not_cut_in_half() -> None:
    cut = fitted(line("日本語"), 4)
    assert width_of(cut) == 4
    assert text_of(cut).startswith("日")


def test_an_empty_line_is_filled() -> None:
    assert text_of(fitted(BLANK, 3)) == "   "


def test_words_go_on_below_the_first_one() -> None:
    lines = [text_of(each) for each in wrapped("one two three", 9, indent="1. ")]
    assert lines == ["1. one", "   two", "   three"]
    assert [text_of(each) for each in wrapped("abcdefgh ij", 3)] == ["abc", "def", "gh", "ij"]
    assert [text_of(each) for each in wrapped("", 3)] == [""]


def test_facts_stand_in_two_columns_and_empty_ones_are_left_out() -> None:
    lines = [text_of(each) for each in facts([("a", "one two"), ("none", ""), ("long", "x")], 10)]
    assert lines == ["a     one", "      two", "long  x"]


def test_what_a_file_says_is_redacted_and_made_visible() -> None:
    assert shown("") == ""
    assert shown("api_key=sk-abcdefghijklmnopqrstuvwx123456") != "api_key=sk-abcdefghijklmnopqrstuvwx123456"
    assert shown("a\x1b[2Jb\nc") == "a\\u{1b}[2Jb\\u{a}c"
    assert shown("[bold red]x[/]") == "[bold red]x[/]"


def test_the_last_guard_lets_pictures_through_and_nothing_that_moves_the_cursor() -> None:
    assert inert("▁█├─●┤ ok") == "▁█├─●┤ ok"
    assert inert("a\x1b[2J") == "a\\u{1b}[2J"
