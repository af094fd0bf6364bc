"""Episodes counted into cells, in whatever pieces and order they come."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence

import pytest
from msgspec import UNSET

from worldbase.document import significant
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import Cell, OutcomeCounts
from worldflux.documents.episode import OUTCOMES, EpisodeRecord, Outcome
from worldflux.episodes.cells import MAX_EPISODE_INDEX, CellCounter, ScoreSums
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import SourceError

LETTERS: dict[str, Outcome] = dict(zip("sfipku", OUTCOMES, strict=True))  # success, failure, infra_error, pending, ...


def grid(tasks: Sequence[str] = ("t",), seeds: Sequence[int] = (0,), episodes: int = 10) -> PlannedGrid:
    return PlannedGrid(
        tasks=tuple(tasks),
        run_seeds=tuple(seeds),
        episodes_per_task=episodes,
        unknown_entries=tuple(tasks),
        benchmark="custom",
    )


def window(
    outcomes: str, indices: Iterable[int] | None = None, *, task: str = "t", seed: int = 0, source: str = "input-1"
) -> EpisodeWindow:
    """Episodes written as letters: s, f, i, p, k (skipped), u."""
    records = [
        EpisodeRecord(index, task, seed, LETTERS[letter])
        for index, letter in zip(indices or range(len(outcomes)), outcomes, strict=True)
    ]
    return EpisodeWindow(task, seed, source, records, "/per_task/0", "eval_info.json (--from 1)")


def counter(*windows: EpisodeWindow) -> CellCounter:
    counted = CellCounter()
    for each in windows:
        counted.add(each)
    return counted


def only_cell(*windows: EpisodeWindow, plan: PlannedGrid | None = None) -> Cell:
    (cell,) = counter(*windows).cells(plan or grid())
    return cell


class TestCounts:
    def test_every_outcome_has_its_count(self) -> None:
        cell = only_cell(window("sssffiipku"))
        assert cell.counts == OutcomeCounts(success=3, failure=2, infra_error=2, pending=1, skipped=1, unknown=1)
        assert (cell.planned, cell.gaps, cell.in_plan, cell.out_of_protocol) == (10, 0, UNSET, 0)

    def test_the_order_of_windows_does_not_matter(self) -> None:
        pieces = [window("sfsf", range(start, start + 4)) for start in (0, 4, 8)]
        pieces += [window("fs", (12, 14)), window("s", (13,))]
        expected = counter(*pieces).cells(grid(episodes=9))
        for seed in range(10):
            shuffled = random.Random(seed).sample(pieces, len(pieces))
            assert counter(*shuffled).cells(grid(episodes=9)) == expected

    def test_an_empty_window_leaves_no_cell(self) -> None:
        assert counter(window("")).cells(grid()) == []
        assert counter(window("")).tally("input-1", "t").episodes == 0

    def test_cells_come_in_the_order_of_the_plan_then_by_name(self) -> None:
        places = [("z", 0), ("b", 5), ("a", 5), ("b", 9), ("a", 9), ("y", 9), ("z", 9)]
        counted = counter(*(window("s", task=task, seed=seed) for task, seed in reversed(places)))
        plan = grid(["b", "a"], [5, 9])
        assert [(cell.task, cell.seed) for cell in counted.cells(plan)] == [
            ("b", 5),
            ("a", 5),
            ("b", 9),
            ("a", 9),
            ("y", 9),
            ("z", 9),
            ("z", 0),
        ]

    def test_files_are_tallied_apart(self) -> None:
        counted = counter(window("ssf", source="input-1"), window("ff", (3, 4), source="input-2"))
        assert [
            (counted.tally(name, "t").successes, counted.tally(name, "t").episodes) for name in ("input-1", "input-2")
        ] == [
            (2, 3),
            (0, 2),
        ]
        assert counted.tally("input-1", "other").episodes == 0


class TestPlan:
    def test_the_first_by_index_stand_in_the_plan_whatever_came_first(self) -> None:
        cell = only_cell(window("ffff", range(4, 8)), window("ssss", range(4)), plan=grid(episodes=6))
        assert cell.in_plan == OutcomeCounts(success=4, failure=2)
        assert cell.counts == OutcomeCounts(success=4, failure=4)
        assert cell.out_of_protocol == 2

    def test_gaps_do_not_shift_an_episode_out_of_the_plan(self) -> None:
        cell = only_cell(window("ssff", (0, 3, 7, 20)), plan=grid(episodes=3))
        assert cell.in_plan == OutcomeCounts(success=2, failure=1)
        assert cell.gaps == 17

    @pytest.mark.parametrize(("task", "seed"), [("other", 0), ("t", 1)])
    def test_nothing_else_stands_in_it(self, task: str, seed: int) -> None:
        cell = only_cell(window("ssf", task=task, seed=seed))
        assert (cell.planned, cell.planned_counts.observed, cell.out_of_protocol) == (0, 0, 3)

    @pytest.mark.parametrize(
        ("indices", "gaps"), [((0, 1, 2), 0), ((1, 2, 3), 1), ((0, 2, 4), 2), ((9, 5, 7), 7)], ids=str
    )
    def test_gaps_are_the_indices_that_are_skipped(self, indices: tuple[int, ...], gaps: int) -> None:
        assert only_cell(window("sss", indices)).gaps == gaps


class TestTwice:
    @pytest.mark.parametrize(
        ("first", "second", "twice"),
        [
            (range(5), range(4, 8), 4),
            (range(5), range(5), 0),
            (range(5, 10), range(3, 6), 5),
            (range(5), (7, 2, 9), 2),
            ((1, 4, 9), range(3, 6), 4),
            ((1, 4, 9), (9, 2), 9),
        ],
        ids=[
            "overlap at the end",
            "the same",
            "overlap at the start",
            "scattered later",
            "scattered first",
            "scattered",
        ],
    )
    def test_in_two_windows(self, first: Sequence[int], second: Sequence[int], twice: int) -> None:
        counted = counter(window("s" * len(first), first))
        with pytest.raises(SourceError) as caught:
            counted.add(window("f" * len(second), second))
        assert caught.value.code == "source.duplicate_episode"
        assert f"episode {twice} of task 't' in the run with seed 0" in caught.value.message
        assert str(caught.value.where) == "eval_info.json (--from 1) at /per_task/0"

    @pytest.mark.parametrize("indices", [(0, 0), (3, 1, 2, 1), (1, 2, 2), (0, 1, 1, 2)])
    def test_in_one_window(self, indices: Sequence[int]) -> None:
        with pytest.raises(SourceError, match="comes twice"):
            counter(window("s" * len(indices), indices))

    def test_another_task_or_another_run_is_another_episode(self) -> None:
        cells = counter(window("s"), window("s", task="u"), window("s", seed=1)).cells(grid())
        assert len(cells) == 3

    @pytest.mark.parametrize("index", [-1, MAX_EPISODE_INDEX + 1, 2**80])
    def test_an_index_that_cannot_be_is_refused_before_room_is_made_for_it(self, index: int) -> None:
        with pytest.raises(SourceError) as caught:
            counter(window("ss", (0, index)))
        assert caught.value.code == "source.episode_index"
        assert str(index) in caught.value.message


class TestBlocks:
    @pytest.mark.parametrize(
        ("sequences", "complete", "successes"),
        [
            (["ssf", "fsf"], 3, "1 2 0"),
            (["ssfs", "fs"], 2, "1 2"),
            (["ssfs", "fips"], 1, "1"),
            (["ssfs", ""], 0, ""),
            (["sfsfs"], 5, "1 0 1 0 1"),
            (["iss"], 0, ""),
            (["s" * 3] * 12, 3, "12 12 12"),
        ],
        ids=[
            "whole",
            "one task shorter",
            "an error ends them",
            "one task absent",
            "a single task",
            "an error first",
            "more tasks than digits",
        ],
    )
    def test_a_block_has_an_outcome_for_every_task(self, sequences: list[str], complete: int, successes: str) -> None:
        tasks = [f"t{number}" for number in range(len(sequences))]
        counted = counter(*(window(letters, task=task) for task, letters in zip(tasks, sequences, strict=True)))
        (blocks,) = counted.blocks(grid(tasks))
        assert (blocks.seed, blocks.tasks, blocks.complete, blocks.successes) == (0, len(tasks), complete, successes)

    def test_tasks_beside_the_plan_are_in_no_block(self) -> None:
        counted = counter(window("ss"), window("f", task="other"))
        (blocks,) = counted.blocks(grid())
        assert (blocks.tasks, blocks.complete) == (1, 2)

    def test_episodes_beyond_the_plan_are_in_no_block(self) -> None:
        (blocks,) = counter(window("ssfs")).blocks(grid(episodes=3))
        assert (blocks.complete, blocks.successes) == (3, "1 1 0")

    def test_of_whole_runs_they_are_listed_only_for_whoever_asks(self) -> None:
        counted = counter(window("ssf"), window("fs", seed=1))
        whole, short = grid(episodes=3), grid(episodes=3, seeds=[0, 1])
        (unasked,) = counted.blocks(whole, path_asked_for=False)
        assert (unasked.complete, unasked.successes) == (3, UNSET)
        assert [blocks.successes for blocks in counted.blocks(whole)] == ["1 1 0"]
        assert [blocks.successes for blocks in counted.blocks(short, path_asked_for=False)] == ["1 1 0", "0 1"]

    def test_every_planned_run_has_its_own(self) -> None:
        counted = counter(window("ss", seed=4), window("f", seed=2), window("f", seed=9))
        assert [(blocks.seed, blocks.complete) for blocks in counted.blocks(grid(seeds=[2, 3, 4]))] == [
            (2, 1),
            (3, 0),
            (4, 2),
        ]


def scored(values: Sequence[float], first: int = 0) -> EpisodeWindow:
    records = [
        EpisodeRecord(index, "t", 0, "success", sum_reward=value, max_reward=-value)
        for index, value in enumerate(values, start=first)
    ]
    return EpisodeWindow("t", 0, "input-1", records)


class TestScores:
    @pytest.mark.parametrize("size", [1, 3, 100, 5000])
    def test_sums_are_exact_whatever_the_windows(self, size: int) -> None:
        draw = random.Random(7)
        values = [draw.uniform(-1, 1) * 10 ** draw.randint(-12, 12) for _ in range(2000)]
        pieces = [scored(values[start : start + size], start) for start in range(0, len(values), size)]
        sums = only_cell(*pieces).sums
        assert sums["sum_reward"].count == 2000
        assert sums["sum_reward"].sum == significant(math.fsum(values))
        assert sums["max_reward"].sum == significant(-math.fsum(values))
        assert sums["sum_reward"].sum_of_squares == significant(math.fsum(value * value for value in values))

    def test_the_last_digit_does_not_depend_on_where_windows_end(self) -> None:
        # The sum stands in the middle between two numbers of 12 digits: any rounding on the way decides which it is.
        values = [1.902763179, -1.091869498, 1.080566922, -555.486544695, -745.322265625, -512.552850698]
        sums = {
            only_cell(*(scored(values[start : start + size], start) for start in range(0, 6, size)))
            .sums["sum_reward"]
            .sum
            for size in (1, 2, 3, 6)
        }
        assert sums == {significant(math.fsum(values))}

    def test_sums_that_a_plain_loop_would_lose_are_kept(self) -> None:
        cell = only_cell(scored([1e16, 1.0, -1e16, 1.0]))
        assert cell.sums["sum_reward"].sum == 2.0

    def test_unknown_scores_are_left_out(self) -> None:
        records = [
            EpisodeRecord(0, "t", 0, "success", sum_reward=2.0),
            EpisodeRecord(1, "t", 0, "failure"),
            EpisodeRecord(2, "t", 0, "failure", sum_reward=4.0),
        ]
        sums = only_cell(EpisodeWindow("t", 0, "input-1", records)).sums
        assert sums.keys() == {"sum_reward"}
        assert (sums["sum_reward"].count, sums["sum_reward"].sum, sums["sum_reward"].sum_of_squares) == (2, 6.0, 20.0)

    @pytest.mark.parametrize("value", [1e151, -1e151, 1e200, 1e308], ids=str)
    def test_numbers_too_large_to_add_up_are_refused(self, value: float) -> None:
        with pytest.raises(SourceError) as caught:
            counter(scored([1.0, value, value]))
        assert caught.value.code == "source.score_range"

    def test_large_numbers_add_up(self) -> None:
        cell = only_cell(scored([1e149] * 3))
        assert cell.sums["sum_reward"].sum == 3e149
        assert math.isfinite(cell.sums["sum_reward"].sum_of_squares)

    def test_merging_is_the_same_as_adding(self) -> None:
        whole, parts = ScoreSums(), ScoreSums()
        whole.add([3.0, 1e16, -1e16])
        for value in (3.0, 1e16, -1e16):
            part = ScoreSums()
            part.add([value])
            parts.merge(part)
        assert (parts.count, parts.sum, parts.largest) == (whole.count, whole.sum, whole.largest) == (3, 3.0, 1e16)


class TestDigests:
    def test_the_same_sequence_of_outcomes_has_the_same_digest(self) -> None:
        counted = counter(window("ssf", seed=0), window("ssf", (4, 5, 6), seed=1), window("sfs", seed=2))
        digests = {sequence.seed: sequence.digest for sequence in counted.outcome_sequences()}
        assert digests[0] == digests[1] != digests[2]

    def test_a_sequence_of_one_kind_is_told_from_a_mixed_one(self) -> None:
        counted = counter(window("ssss"), window("ffff", seed=1), window("sip", seed=2), window("sf", seed=3))
        assert [sequence.mixed for sequence in counted.outcome_sequences()] == [False, False, False, True]
