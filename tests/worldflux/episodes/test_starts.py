"""Which episodes start from a state that came before."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from worldflux.documents.audit_input import StartKey
from worldflux.episodes.starts import UNKNOWN_STARTS, FreshRanges, StartNumbers

spans = st.builds(lambda start, length: range(start, start + length), st.integers(0, 60), st.integers(0, 20))


@given(st.lists(spans, max_size=12))
def test_fresh_positions_are_those_of_numbers_that_no_earlier_range_held(ranges: list[range]) -> None:
    fresh, seen = FreshRanges(), set[int]()
    for numbers in ranges:
        positions = [position for part in fresh.add(numbers) for position in part]
        assert positions == [place for place, number in enumerate(numbers) if number not in seen]
        seen.update(numbers)


def test_seeds_number_the_starts_of_a_run_from_its_first_on() -> None:
    starts = StartNumbers("environment_seed", 0, {0: 1000})
    assert starts.of_run(0, 5) == range(1000, 1005)
    assert starts.of_run(7, 5) is None
    assert UNKNOWN_STARTS.of_run(0, 5) is None


def test_stored_states_come_again_after_the_last_one() -> None:
    for key in ("episode_index", "index_modulo_batch"):
        starts = StartNumbers(_key(key), 3, {})
        assert starts.of_run(0, 2) == range(2)
        assert starts.of_run(0, 8) == range(3)
        assert starts.of_episodes(0, np.arange(5)).tolist() == [0, 1, 2, 0, 1]


def test_with_one_seed_per_run_its_episodes_share_a_start() -> None:
    starts = StartNumbers("environment_seed", 0, {4: 4}, one_per_run=True)
    assert starts.of_run(4, 9) == range(4, 5)
    assert starts.of_episodes(4, np.arange(3)).tolist() == [4, 4, 4]


def _key(text: str) -> StartKey:
    return "episode_index" if text == "episode_index" else "index_modulo_batch"
