"""How the width of a terminal is shared among columns, and the page of a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from worldbase.errors import InputError, Where
from worldforge.view.ink import line, text_of
from worldforge.view.page import Column, Row, fault_page, widths

COLUMNS = (Column("name", flexible=True), Column("n", right=True), Column("note", flexible=True))
ROWS = [Row((line("x" * 20), line("1"), line("y" * 12))), Row((line("x"), line("1,000"), line("")))]


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (80, [20, 5, 12]),
        (41, [20, 5, 12]),
        (40, [19, 5, 12]),
        (30, [10, 5, 11]),
        (25, [8, 5, 8]),
        (24, [17, 5]),
        (15, [8, 5]),
        (14, [14]),
        (7, []),
    ],
)
def test_flexible_columns_shrink_and_then_the_last_ones_go(room: int, expected: list[int]) -> None:
    assert widths(COLUMNS, ROWS, room) == expected


def test_rows_are_not_looked_at_where_columns_have_widths() -> None:
    class Unread(list[Row]):
        def __iter__(self) -> None:  # type: ignore[override]
            raise AssertionError

    assert widths((Column("a", width=5), Column("bbb", width=1)), Unread(), 80) == [5, 3]


def test_a_fault_says_what_is_wrong_where_and_what_to_do() -> None:
    fault = InputError("bad", code="run.manifest_invalid", where=Where("a.json", "/x"), hint="mend it")
    page = fault_page(fault, "a run", [Path("runs/a")], what="cannot be compared")
    assert text_of(page.title) == "a run  cannot be compared"
    assert page.tabs[0].text is not None
    lines = [text_of(each) for each in page.tabs[0].text(60)]
    assert lines == ["bad", "[run.manifest_invalid]", "in: a.json at /x", "", "mend it"]
