"""Runs on the shelf: their order, their age, what is searched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worldforge.view.workspaces import BASELINE, CANDIDATE, EVALUATION, EVERY, NOW, UNREADABLE, write_run
from worldforge.view.shelf import Shelf


@pytest.fixture
def shelf(workspace: Path) -> Shelf:
    made = Shelf(workspace, clock=lambda: NOW)
    made.reload()
    return made


def test_the_newest_comes_first(shelf: Shelf) -> None:
    assert list(shelf.ids) == EVERY


@pytest.mark.parametrize(
    ("run_id", "age"),
    [
        ("20260506T140001Z-00000000", "now"),
        ("20260506T135901Z-00000000", "now"),
        ("20260506T135900Z-00000000", "1 min"),
        ("20260506T130001Z-00000000", "59 min"),
        ("20260506T130000Z-00000000", "1 h"),
        ("20260505T140000Z-00000000", "1 d"),
        ("20260401T140000Z-00000000", "1 mo"),
        ("20200506T140000Z-00000000", "6 y"),
        ("20260506T150000Z-00000000", "later"),
        ("99999999T999999Z-00000000", ""),
    ],
)
def test_age(shelf: Shelf, run_id: str, age: str) -> None:
    assert shelf.age(run_id) == age


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", EVERY),
        ("  ", EVERY),
        ("eval", [EVALUATION]),
        ("MOCK benchmark failed", [CANDIDATE]),
        ("gate passed", [BASELINE]),
        ("unreadable", [UNREADABLE]),
        ("--trials", [EVALUATION]),
        ("51f0", [BASELINE]),
        ("mock nothing", []),
    ],
)
def test_a_run_holds_all_words_or_is_not_found(shelf: Shelf, words: str, found: list[str]) -> None:
    assert [run_id for run_id in shelf.ids if shelf.holds(run_id, words)] == found


def test_what_was_read_is_kept_until_a_reload(shelf: Shelf) -> None:
    before = shelf.run(BASELINE)
    write_run(shelf.workspace, BASELINE, provider="another")
    assert shelf.run(BASELINE) is before
    shelf.reload()
    assert shelf.run(BASELINE).provider == "another"
