"""Outcome codes come back as they were entered, whatever pieces they are kept in."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldflux.episodes import outcome_codes
from worldflux.episodes.outcome_codes import OutcomeCodes

PIECE = 4
codes = st.binary(min_size=1, max_size=11).map(lambda data: bytes(1 + byte % 6 for byte in data))
entries = st.lists(st.tuples(st.integers(0, 30), codes, st.booleans()), max_size=8)


@pytest.fixture(autouse=True, scope="module")
def small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outcome_codes, "_PIECE", PIECE)
        yield


@given(entries)
def test_what_was_entered_is_read_and_what_comes_twice_is_told(windows: list[tuple[int, bytes, bool]]) -> None:
    kept, expected = OutcomeCodes(), bytearray()
    for first, window, in_order in windows:
        indices = list(range(first, first + len(window)))
        known = [index for index in indices if index < len(expected) and expected[index]]
        again = kept.enter_run(first, window) if in_order else kept.enter_each(indices, window)
        assert again == (known[0] if known else None)
        if known:
            return
        expected.extend(bytes(max(0, first + len(window) - len(expected))))
        expected[first : first + len(window)] = window
        assert (bytes(kept), len(kept)) == (bytes(expected), len(expected))


@given(st.permutations(range(3 * PIECE)))
def test_any_order_gives_the_same(indices: list[int]) -> None:
    kept = OutcomeCodes()
    assert kept.enter_each(indices, bytes(index % 6 + 1 for index in indices)) is None
    assert bytes(kept) == bytes(index % 6 + 1 for index in range(3 * PIECE))
    assert kept.enter_run(5, b"\1") == 5


def test_complete_pieces_take_a_quarter_of_a_byte_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome_codes, "_PIECE", 65_536)
    kept, episodes = OutcomeCodes(), 4 * 65_536
    kept.enter_run(0, bytes(random.Random(1).choices((1, 2), (4, 1), k=episodes)))
    assert sum(map(sys.getsizeof, kept._pieces)) < episodes / 4
