"""What is said about an average that the episodes do not give."""

from __future__ import annotations

from typing import Any

import pytest

from worldflux.episodes.cells import InputTally
from worldflux.sources.builtin.lerobot.recount import recount


def tally(successes: int, episodes: int) -> InputTally:
    """A task with these counts."""
    made = InputTally()
    made.successes, made.episodes = successes, episodes
    return made


def messages(stored: dict[str, Any], *tasks: tuple[int, int]) -> dict[str, str]:
    """What is found, by code."""
    found = recount(stored, [tally(*task) for task in tasks], where="eval_info.json at /overall")
    return {finding.code: finding.message for finding in found}


def test_a_rate_that_no_count_gives_is_called_so_with_its_neighbours() -> None:
    found = messages({"pc_success": 97.65, "n_episodes": 200}, (98, 100), (97, 100))
    assert found == {
        "source.lerobot.aggregate_mismatch": "pc_success is stored as 97.65; the episodes give 97.5.",
        "forensics.granularity": "No number of successes among 200 episodes gives a pc_success of 97.65; "
        "the nearest: 195 (97.5) and 196 (98).",
    }


def test_a_rate_is_weighed_against_the_blocks_own_number_of_episodes() -> None:
    assert "forensics.granularity" not in messages({"pc_success": 97.65, "n_episodes": 2000}, (97, 100))
    assert "forensics.granularity" in messages({"pc_success": 97.65, "n_episodes": None}, (97, 100))
    assert "forensics.granularity" in messages({"pc_success": 97.65, "n_episodes": 10**30}, (97, 100))


def test_the_mean_of_the_tasks_rates_is_recognised() -> None:
    found = messages({"pc_success": 50.0, "n_episodes": 120}, (80, 100), (4, 20))
    assert (
        found["forensics.average"] == "pc_success is the mean of the 2 tasks' rates, 50, and not the pooled rate, 70."
    )


def test_a_rate_that_is_neither_average_is_called_so() -> None:
    found = messages({"pc_success": 60.0, "n_episodes": 120}, (80, 100), (4, 20))
    assert found["forensics.average"] == (
        "pc_success is neither the pooled rate, 70, nor the mean of the 2 tasks' rates, 50, but 60."
    )


def test_where_both_averages_are_one_the_mismatch_says_enough() -> None:
    assert set(messages({"pc_success": 61.0}, (80, 100), (40, 100))) == {"source.lerobot.aggregate_mismatch"}


@pytest.mark.parametrize("stored", ["97", [], True, 10**400])
def test_what_is_no_number_is_a_mismatch_and_no_more(stored: Any) -> None:
    assert set(messages({"pc_success": stored}, (80, 100), (4, 20))) == {"source.lerobot.aggregate_mismatch"}


@pytest.mark.parametrize("stored", [28.000000000000004, 28, 28.0, None])
def test_an_honest_rate_is_nothing_to_say(stored: Any) -> None:
    assert messages({"pc_success": stored, "n_episodes": 50}, (14, 50)) == {}
