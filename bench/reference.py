"""The reference that `worldflux audit run` is measured against: the same work with the standard library's json.

It is what a competent engineer writes first: load the file, check each value, build one dict per episode, dump one
line per dict, hash and count on the way. It is meant to be neither slow nor tuned; it imports nothing of the project.
What it leaves out, to its own advantage: refusing keys that come twice, forks' odd values, and bounded memory.

Run as `python -m bench.reference SOURCE --output FOLDER --task KEY [--start-seed N]`; with `--verify PACKAGE` it then
compares every line and count with an evidence package of the same source.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from statistics import NormalDist
from types import TracebackType
from typing import Any, Self

EPISODES = "episode_results.jsonl"
FAILURES = "failure_evidence_index.jsonl"
REPLAYS = "failure_replay_manifest.jsonl"
COUNTS = "counts.json"

INPUT = "input-1"
CONFIDENCE = 0.95
TOLERANCE = 1e-9

Record = dict[str, Any]


class LinesFile:
    """JSON lines, hashed while they are written."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb")
        self._hash = hashlib.sha256()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def write(self, record: Record) -> None:
        line = json.dumps(record).encode() + b"\n"
        self._stream.write(line)
        self._hash.update(line)
        self.count += 1

    def summary(self) -> Record:
        return {"sha256": f"sha256:{self._hash.hexdigest()}", "count": self.count}


@dataclass
class Cell:
    """What was counted for one task in one run."""

    seen: set[int] = field(default_factory=set)
    success: int = 0
    failure: int = 0
    sum_reward: float = 0.0
    sum_reward_squared: float = 0.0
    max_reward: float = 0.0
    max_reward_squared: float = 0.0

    def add(self, record: Record) -> None:
        index = record["episode_index"]
        if index in self.seen:
            raise ValueError(f"episode {index} of task {record['task']!r} comes twice")
        self.seen.add(index)
        if record["success"]:
            self.success += 1
        else:
            self.failure += 1
        self.sum_reward += record["sum_reward"]
        self.sum_reward_squared += record["sum_reward"] ** 2
        self.max_reward += record["max_reward"]
        self.max_reward_squared += record["max_reward"] ** 2

    def summary(self) -> Record:
        lower, upper = wilson(self.success, self.success + self.failure)
        return {
            "success": self.success,
            "failure": self.failure,
            "sum_reward": [self.sum_reward, self.sum_reward_squared],
            "max_reward": [self.max_reward, self.max_reward_squared],
            "wilson": [lower, upper],
        }


def audit(source: Path, output: Path, task: str, run_seed: int, start_seed: int | None) -> Record:
    """Do the work: read, check, write the three files of lines, count, recount.

    Args:
        source: `eval_info.json`.
        output: Folder to write into.
        task: Key of the task of layout A; layout B names its own.
        run_seed: Run seed of the whole file.
        start_seed: Environment seed of the first episode of each task, for layout B.
    """
    with source.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    with source.open(encoding="utf-8") as text:
        info = json.load(text)
    if "per_episode" in info:
        records = records_of_layout_a(info, task, run_seed)
    else:
        records = records_of_layout_b(info, run_seed, start_seed)
    cells: dict[tuple[str, int], Cell] = defaultdict(Cell)
    with (
        LinesFile(output / EPISODES) as episodes,
        LinesFile(output / FAILURES) as failures,
        LinesFile(output / REPLAYS) as replays,
    ):
        for line, record in enumerate(records, start=1):
            cells[record["task"], run_seed].add(record)
            episodes.write(record)
            if record["outcome"] != "success":
                failures.write(failure_of(record, line))
                replays.write(replay_of(record))
    success = sum(cell.success for cell in cells.values())
    counts = {
        "source": f"sha256:{digest}",
        "cells": {f"{key} {seed}": cell.summary() for (key, seed), cell in cells.items()},
        "wilson": wilson(success, episodes.count),
        "mismatches": mismatches(info, cells),
        "lines": {
            EPISODES: episodes.summary(),
            FAILURES: failures.summary(),
            REPLAYS: replays.summary(),
        },
    }
    (output / COUNTS).write_text(json.dumps(counts, indent=2))
    return counts


def records_of_layout_a(info: Record, task: str, run_seed: int) -> Iterator[Record]:
    clips = len(info.get("video_paths", []))
    for entry in info["per_episode"]:
        index, seed = entry["episode_ix"], entry["seed"]
        if type(index) is not int or index < 0:
            raise ValueError(f"{index!r} is not an episode's index")
        if type(seed) is not int:
            raise ValueError(f"{seed!r} is not a seed")
        check_outcome(entry["success"], entry["sum_reward"], entry["max_reward"])
        record = {
            "episode_index": index,
            "task": task,
            "run_seed": run_seed,
            "outcome": "success" if entry["success"] else "failure",
            "seed": seed,
            "seed_provenance": "recorded",
            "success": entry["success"],
            "sum_reward": entry["sum_reward"],
            "max_reward": entry["max_reward"],
        }
        if index < clips:
            record["video"] = f"{INPUT}/video/0/{index}"
        yield record


def records_of_layout_b(info: Record, run_seed: int, start_seed: int | None) -> Iterator[Record]:
    for position, entry in enumerate(info["per_task"]):
        task = f"{entry['task_group']}/{entry['task_id']}"
        metrics = entry["metrics"]
        clips = len(metrics.get("video_paths", []))
        columns = zip(metrics["successes"], metrics["sum_rewards"], metrics["max_rewards"], strict=True)
        for index, (success, sum_reward, max_reward) in enumerate(columns):
            check_outcome(success, sum_reward, max_reward)
            record = {
                "episode_index": index,
                "task": task,
                "run_seed": run_seed,
                "outcome": "success" if success else "failure",
                "success": success,
                "sum_reward": sum_reward,
                "max_reward": max_reward,
            }
            if start_seed is not None:
                record["seed"] = start_seed + index
                record["seed_provenance"] = "derived"
            if index < clips:
                record["video"] = f"{INPUT}/video/{position}/{index}"
            yield record


def check_outcome(success: Any, sum_reward: Any, max_reward: Any) -> None:
    if not isinstance(success, bool):
        raise ValueError(f"{success!r} is neither success nor failure")
    if type(sum_reward) not in (float, int) or type(max_reward) not in (float, int):
        raise ValueError("a reward is not a number")
    if not math.isfinite(sum_reward) or not math.isfinite(max_reward):
        raise ValueError("a reward is not finite")


def failure_of(record: Record, line: int) -> Record:
    failure = {
        "task": record["task"],
        "run_seed": record["run_seed"],
        "episode_index": record["episode_index"],
        "outcome": record["outcome"],
        "line": line,
        "input": INPUT,
        "max_reward": record["max_reward"],
    }
    for key in ("seed", "video"):
        if key in record:
            failure[key] = record[key]
    return failure


def replay_of(record: Record) -> Record:
    replay = {
        "task": record["task"],
        "run_seed": record["run_seed"],
        "episode_index": record["episode_index"],
        "input": INPUT,
    }
    if "seed" in record:
        replay["seed"] = record["seed"]
        replay["seed_provenance"] = record["seed_provenance"]
    else:
        replay["missing"] = "environment_seed"
    return replay


def mismatches(info: Record, cells: dict[tuple[str, int], Cell]) -> list[str]:
    """Aggregates of the file that its own episodes do not give."""
    if "per_episode" in info:
        return list(recount(info["aggregated"], list(cells.values()), "aggregated"))
    found = list(recount(info["overall"], list(cells.values()), "overall"))
    for group, stored in info["per_group"].items():
        members = [cell for (task, _), cell in cells.items() if task.rpartition("/")[0] == group]
        found += recount(stored, members, group)
    return found


def recount(stored: Record, cells: list[Cell], where: str) -> Iterator[str]:
    success = sum(cell.success for cell in cells)
    episodes = success + sum(cell.failure for cell in cells)
    if not episodes:
        return
    recounted = {
        "n_episodes": episodes,
        "pc_success": 100 * success / episodes,
        "avg_sum_reward": sum(cell.sum_reward for cell in cells) / episodes,
        "avg_max_reward": sum(cell.max_reward for cell in cells) / episodes,
    }
    for key, value in recounted.items():
        if key in stored and not math.isclose(stored[key], value, rel_tol=TOLERANCE):
            yield f"{where}: {key} is {stored[key]}, recounted {value}"


def wilson(successes: int, trials: int) -> tuple[float, float]:
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    rate = successes / trials
    centre = rate + z * z / (2 * trials)
    spread = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def differences(folder: Path, counts: Record, package: Path) -> Iterator[str]:
    """Say where the reference's output and an evidence package do not say the same."""
    for name in (EPISODES, FAILURES, REPLAYS):
        yield from _different_lines(folder / name, package / name)
    audit_input = json.loads((package / "audit_input.json").read_bytes())
    evidence = json.loads((package / "evidence.json").read_bytes())
    if audit_input["run"]["inputs"][0]["sha256"] != counts["source"]:
        yield "the digests of the source differ"
    ours = {f"{cell['task']} {cell['seed']}": cell for cell in audit_input["cells"]}
    if ours.keys() != counts["cells"].keys():
        yield "the cells differ"
        return
    for key, cell in counts["cells"].items():
        yield from _different_cell(key, cell, ours[key])
    found = [item for item in audit_input["findings"] if item["code"].endswith("aggregate_mismatch")]
    if len(found) != len(counts["mismatches"]):
        yield f"{len(found)} mismatching aggregates against {len(counts['mismatches'])}"
    interval = evidence["metrics"][0]["interval_descriptive"]
    if not _close(counts["wilson"], [interval["lower"], interval["upper"]]):
        yield "the Wilson intervals differ"


def _different_lines(theirs: Path, ours: Path) -> Iterator[str]:
    with theirs.open("rb") as left, ours.open("rb") as right:
        for number, (one, other) in enumerate(zip_longest(left, right), start=1):
            if one is None or other is None or json.loads(one) != json.loads(other):
                yield f"{theirs.name}: line {number} differs"
                return


def _different_cell(key: str, theirs: Record, ours: Record) -> Iterator[str]:
    counts = {outcome: number for outcome, number in ours["counts"].items() if number}
    if counts != {outcome: theirs[outcome] for outcome in ("success", "failure") if theirs[outcome]}:
        yield f"{key}: the counts differ"
    for score, moments in ours["sums"].items():
        if not _close(theirs[score], [moments["sum"], moments["sum_of_squares"]]):
            yield f"{key}: the sums of {score} differ"


def _close(left: list[float], right: list[float]) -> bool:
    return all(math.isclose(one, other, rel_tol=TOLERANCE) for one, other in zip(left, right, strict=True))


def main() -> None:
    """Run the reference, and compare it where asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.reference", description=main.__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--task", default="pusht/0", help="key of the task of layout A")
    parser.add_argument("--run-seed", type=int, default=1000)
    parser.add_argument("--start-seed", type=int, help="environment seed of each task's first episode, for layout B")
    parser.add_argument("--verify", type=Path, help="evidence package of the same source")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    counts = audit(options.source, options.output, options.task, options.run_seed, options.start_seed)
    if options.verify:
        found = list(differences(options.output, counts, options.verify))
        print("\n".join(found) or f"equal: {counts['lines'][EPISODES]['count']:,} episodes")
        sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
