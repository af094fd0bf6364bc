"""Repeated initial states through real audits: what the package says against a count by hand."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import FIXTURES
from tests.worldflux.audit.runs import the_metric
from tests.worldflux.auditing import Bench, Package, bench
from tests.worldflux.results import layout_b, write

RUNS = FIXTURES / "lerobot-runs"
FIRST, SECOND = "pusht_pushtmpc24_s1000", "pusht_pushtmpc24_s2000"


def outcomes(run: str) -> list[bool]:
    found: list[bool] = json.loads((RUNS / run / "eval_info.json").read_bytes())["per_task"][0]["metrics"]["successes"]
    return found


def declared(runs: Sequence[str], starts: Sequence[int], episodes: int, folder: Path, *, savi: bool = False) -> Package:
    """Real runs whose start seeds somebody declares."""
    place = bench(folder, seeds=range(len(runs)), episodes=episodes)
    info = [f"{index}:start_seed={start}" for index, start in enumerate(starts, start=1)]
    return place.audit(*(RUNS / run for run in runs), run_info=info, savi=savi)


def brute(runs: Sequence[str], starts: Sequence[int], episodes: int) -> dict[int, list[bool]]:
    states: dict[int, list[bool]] = defaultdict(list)
    for run, start in zip(runs, starts, strict=True):
        for index, success in enumerate(outcomes(run)[:episodes]):
            states[start + index].append(success)
    return states


def numbers(states: dict[int, list[bool]]) -> tuple[int, int, float, float]:
    shares = [sum(each) / len(each) for each in states.values()]
    trials = sum(map(len, states.values()))
    return len(states), trials, math.fsum(shares), math.fsum(share**2 for share in shares)


@pytest.mark.parametrize(
    ("runs", "starts", "episodes"),
    [
        ([FIRST, SECOND], [1000, 1001], 50),
        ([FIRST, SECOND], [1000, 1049], 50),
        ([FIRST, SECOND], [1000, 1000], 50),
        ([SECOND, FIRST], [5, 0], 30),
        ([FIRST, SECOND, "pusht_pushtmpc6_s2000"], [0, 1, 2], 50),
        ([FIRST, SECOND, "pusht_pushtmpc6_s3000"], [0, 100, 25], 50),
    ],
)
def test_overlapping_start_seeds(tmp_path: Path, runs: list[str], starts: list[int], episodes: int) -> None:
    package = declared(runs, starts, episodes, tmp_path)
    (entry,) = package.audit_input.repeated_starts
    states = brute(runs, starts, episodes)
    assert (entry.starts, entry.trials, entry.sum, entry.sum_of_squares) == pytest.approx(numbers(states), rel=1e-11)
    metric = the_metric(package.evidence)
    assert metric.estimate == pytest.approx(entry.sum / entry.starts, rel=1e-10)
    assert metric.method == "design_effect_wilson"
    assert "starts_repeated" in metric.flags
    assert "independent_episodes" in {reading.reading for reading in metric.sensitivity}
    assert {"starts.repeated", "seed.overlap"} <= set(package.findings)
    seen: set[int] = set()
    for start, blocks in zip(starts, package.audit_input.blocks, strict=True):
        own = set(range(start, start + episodes))
        assert (blocks.complete, blocks.repeated) == (episodes, len(own & seen))
        seen |= own


@pytest.mark.parametrize("starts", [[1000, 1050], [1000, 2000], [2000, 1000]])
def test_start_seeds_apart_share_nothing(tmp_path: Path, starts: list[int]) -> None:
    package = declared([FIRST, SECOND], starts, 50, tmp_path)
    assert package.audit_input.repeated_starts == []
    assert "starts.repeated" not in package.findings
    metric = the_metric(package.evidence)
    assert (metric.method, metric.design_effect) == ("wilson", 1.0)
    assert "starts_repeated" not in metric.flags


def test_episodes_beyond_the_plan_repeat_nothing(tmp_path: Path) -> None:
    """Of each run only the first thirty episodes were planned; what overlaps are the others."""
    package = declared([FIRST, SECOND], [0, 30], 30, tmp_path)
    assert package.audit_input.repeated_starts == []
    assert the_metric(package.evidence).method == "wilson"
    assert "starts.repeated" not in package.findings


def test_blocks_from_known_states_are_not_counted_again(tmp_path: Path) -> None:
    runs, starts = [FIRST, SECOND], [0, 10]
    package = declared(runs, starts, 50, tmp_path, savi=True)
    assert package.blocks == [outcomes(FIRST), outcomes(SECOND)[40:]]


def libero(folder: Path, *, episodes: int, seeds: int = 1) -> tuple[Bench, list[Path]]:
    """Ten tasks; success by task, run and index, so that no two shares are alike by accident."""
    place = bench(folder, tasks=["libero-spatial"], seeds=range(seeds), episodes=episodes, benchmark="LIBERO")
    files = [
        write(
            folder / f"run{seed}" / "eval_info.json",
            layout_b({("libero_spatial", task): success(task, seed, episodes) for task in range(10)}),
        )
        for seed in range(seeds)
    ]
    return place, files


def success(task: int, seed: int, episodes: int) -> list[bool]:
    return [(7 * task + 5 * index + 3 * seed * (index % 4)) % 10 < 8 for index in range(episodes)]


@pytest.mark.parametrize("batch", [1, 2, 5, 7])
def test_a_small_batch_of_an_old_version_plays_the_same_states_again(tmp_path: Path, batch: int) -> None:
    place, files = libero(tmp_path, episodes=10)
    package = place.audit(*files, run_info=["evaluator_version=0.4.0", f"batch_size={batch}"], savi=True)
    assert package.audit_input.run.benchmark.start_key == "index_modulo_batch"
    entries = package.audit_input.repeated_starts
    assert len(entries) == 10
    for task, entry in enumerate(entries):
        states: dict[int, list[bool]] = defaultdict(list)
        for index, value in enumerate(success(task, 0, 10)):
            states[index % batch].append(value)
        found = (entry.starts, entry.trials, entry.sum, entry.sum_of_squares)
        assert found == pytest.approx(numbers(states), rel=1e-11)
        assert entry.starts == batch
    (blocks,) = package.audit_input.blocks
    assert (blocks.complete, blocks.repeated, len(package.blocks[0])) == (10, 10 - batch, batch)


def test_one_state_per_task_leaves_the_spread_between_tasks(tmp_path: Path) -> None:
    place, files = libero(tmp_path, episodes=10)
    package = place.audit(*files, run_info=["evaluator_version=0.4.0", "batch_size=1"])
    metric = the_metric(package.evidence)
    rates = [sum(success(task, 0, 10)) / 10 for task in range(10)]
    mean = sum(rates) / 10
    variance = sum((rate - mean) ** 2 for rate in rates) / 9 / 10
    assert metric.design_effect == pytest.approx(max(1.0, variance / (mean * (1 - mean) / 100)), rel=1e-9)
    assert metric.estimate == pytest.approx(mean)


def test_three_runs_of_a_whole_batch_start_from_the_same_fifty_states(tmp_path: Path) -> None:
    place, files = libero(tmp_path, episodes=50, seeds=3)
    package = place.audit(*files, run_info=["evaluator_version=0.4.0", "batch_size=50"])
    assert package.audit_input.run.benchmark.start_key == "episode_index"
    for task, entry in enumerate(package.audit_input.repeated_starts):
        states = {index: [success(task, seed, 50)[index] for seed in range(3)] for index in range(50)}
        found = (entry.starts, entry.trials, entry.sum, entry.sum_of_squares)
        assert found == pytest.approx(numbers(states), rel=1e-11)
        assert (entry.starts, entry.trials) == (50, 150)
    assert [blocks.repeated for blocks in package.audit_input.blocks] == [0, 50, 50]
    flags = the_metric(package.evidence).flags
    assert "starts_repeated" in flags
    assert "starts_unverified" not in flags


def test_one_run_of_a_whole_batch_repeats_nothing(tmp_path: Path) -> None:
    place, files = libero(tmp_path, episodes=50)
    package = place.audit(*files, run_info=["evaluator_version=0.4.0", "batch_size=50"])
    assert package.audit_input.repeated_starts == []
    assert the_metric(package.evidence).method == "wilson"
    assert "starts_unverified" not in the_metric(package.evidence).flags


@pytest.mark.parametrize(
    "info", [[], ["batch_size=1"], ["evaluator_version=0.4.0"], ["evaluator_version=0.4.4", "batch_size=1"]]
)
def test_where_starts_are_unknown_nothing_is_averaged_and_nothing_is_robust(tmp_path: Path, info: list[str]) -> None:
    place, files = libero(tmp_path, episodes=10)
    package = place.audit(*files, run_info=info)
    metric = the_metric(package.evidence)
    assert package.audit_input.repeated_starts == []
    assert ("starts_unverified" in metric.flags, metric.robust) == (True, False)
    assert "one_start_per_task" in {reading.reading for reading in metric.sensitivity}
    assert "starts.unverified" in package.findings


def test_episode_seeds_are_one_state_per_run(tmp_path: Path) -> None:
    """Every episode of a task within a run has the same seed: two tries of one state."""
    values = [True, False, True, True, False, True, False, True]
    folder = tmp_path / "run"
    result = write(
        folder / "eval_info.json",
        {
            "per_episode": [
                {"episode_ix": index, "sum_reward": 1.0, "max_reward": 1.0, "success": value, "seed": 10 + index // 2}
                for index, value in enumerate(values)
            ],
            "aggregated": {
                "avg_sum_reward": 1.0,
                "avg_max_reward": 1.0,
                "pc_success": 62.5,
                "eval_s": 1.0,
                "eval_ep_s": 1.0,
            },
        },
    )
    place = bench(tmp_path, "protocol.execution.seed_semantics=episode_seed", seeds=[10, 11, 12, 13], episodes=2)
    package = place.audit(result, run_info=["task=pusht"])
    (entry,) = package.audit_input.repeated_starts
    pairs = [(first + second) / 2 for first, second in zip(values[::2], values[1::2], strict=True)]
    assert (entry.starts, entry.trials, entry.sum) == (4, 8, sum(pairs))
