"""Small result files in the layouts that LeRobot has written, aggregates included."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from worldbase.strictjson import pointer_join

START_SEED: Final = 1000
Result = dict[str, Any]
Tasks = Mapping[tuple[str, Any], Sequence[bool]]


def rewards(successes: Sequence[bool], shift: float = 0.0) -> tuple[list[float], list[float]]:
    """A return and a highest reward per episode, all different, so that nothing can be taken for its neighbour."""
    sums = [round(10 + 0.125 * index + shift, 6) for index in range(len(successes))]
    maxima = [1.0 if success else round(0.5 - 0.001 * index, 6) for index, success in enumerate(successes)]
    return sums, maxima


def averages(sums: Sequence[float], maxima: Sequence[float], successes: Sequence[bool]) -> Result:
    """The averages of one block, in percent where LeRobot writes percent."""
    count = len(successes)
    if not count:
        return {"avg_sum_reward": None, "avg_max_reward": None, "pc_success": None}
    return {
        "avg_sum_reward": sum(sums) / count,
        "avg_max_reward": sum(maxima) / count,
        "pc_success": 100 * sum(successes) / count,
    }


def layout_a(
    successes: Sequence[bool], *, first: int = 0, start_seed: int | None = START_SEED, videos: int = 0
) -> Result:
    """One task as LeRobot to 0.3.3 wrote it; a later part of a run starts at index `first`."""
    sums, maxima = rewards(successes)
    result: Result = {
        "per_episode": [
            {
                "episode_ix": index,
                "sum_reward": total,
                "max_reward": highest,
                "success": success,
                "seed": None if start_seed is None else start_seed + index,
            }
            for index, (total, highest, success) in enumerate(zip(sums, maxima, successes, strict=True), start=first)
        ],
        "aggregated": averages(sums, maxima, successes) | {"eval_s": 12.5, "eval_ep_s": 0.25},
    }
    if videos:
        result["video_paths"] = [f"outputs/eval/videos/eval_episode_{index}.mp4" for index in range(videos)]
    return result


def layout_b(tasks: Tasks, *, videos: int = 0, predicted: bool = False) -> Result:
    """Many tasks as LeRobot from 0.4.0 on writes them; `predicted` makes it layout C."""
    extra: Result = {"predicted_video_paths": []} if predicted else {}
    entries = []
    for position, ((group, task_id), successes) in enumerate(tasks.items()):
        sums, maxima = rewards(successes, shift=position)
        paths = [f"outputs/eval/videos/{group}_{task_id}/eval_episode_{index}.mp4" for index in range(videos)]
        metrics = {"sum_rewards": sums, "max_rewards": maxima, "successes": list(successes), "video_paths": paths}
        entries.append({"task_group": group, "task_id": task_id, "metrics": metrics | extra})
    groups = {group: [entry for entry in entries if entry["task_group"] == group] for group, _ in tasks}
    return {
        "per_task": entries,
        "per_group": {group: _pooled(members) | extra for group, members in groups.items()},
        "overall": _pooled(entries) | {"eval_s": 12.5, "eval_ep_s": 0.25} | extra,
    }


def _pooled(entries: Sequence[Result]) -> Result:
    columns = [
        [value for entry in entries for value in entry["metrics"][name]]
        for name in ("sum_rewards", "max_rewards", "successes", "video_paths")
    ]
    sums, maxima, successes, paths = columns
    return averages(sums, maxima, successes) | {"n_episodes": len(successes), "video_paths": paths}


def write(path: Path, result: Any, *, indent: int | None = 2) -> Path:
    """Write a result the way LeRobot does (`json.dump(info, f, indent=2)`), or compactly."""
    path.parent.mkdir(parents=True, exist_ok=True)
    separators = (",", ":") if indent is None else None
    path.write_text(json.dumps(result, indent=indent, separators=separators), encoding="utf-8")
    return path


def pointers_of_objects(value: Any, pointer: str = "") -> list[tuple[str, str]]:
    """Every object key of a JSON value: the pointer of the object, and the key."""
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        for key, child in value.items():
            found += [(pointer, key), *pointers_of_objects(child, pointer_join(pointer, key))]
    elif isinstance(value, list):
        for index, child in enumerate(value):
            found += pointers_of_objects(child, pointer_join(pointer, index))
    return found
