"""Write big `eval_info.json` files as LeRobot writes them: `json.dump(info, f, indent=2)`, aggregates included.

Run as `python -m bench.generate A|B FILE [--episodes N] [--success-rate P] [--seed S]`. The bytes depend on the
arguments alone. Rewards are doubles of full precision, which is the longest that a parser can meet.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Layout = Literal["A", "B"]

EPISODES: Final = 1_000_000
SUCCESS_RATE: Final = 0.8
START_SEED: Final = 1000
# Layout A holds one task and does not name it; layout B here holds ten tasks of one group.
TASK_A: Final = "pusht/0"
GROUP_B: Final = "libero_spatial"
TASKS_B: Final = 10

_VIDEOS_PER_TASK: Final = 10
_EPISODES_PER_WRITE: Final = 50_000
_RUN_FOLDER: Final = "outputs/eval/2025-01-01/12-00-00"
_EPISODE_A: Final = """\
    {
      "episode_ix": %d,
      "sum_reward": %r,
      "max_reward": %r,
      "success": %s,
      "seed": %d
    }"""


class Episodes(NamedTuple):
    """What happened: one element per episode."""

    sum_rewards: npt.NDArray[np.float64]
    max_rewards: npt.NDArray[np.float64]
    successes: npt.NDArray[np.bool_]

    def cut(self, start: int, stop: int) -> Episodes:
        """The episodes from one position to another."""
        return Episodes(self.sum_rewards[start:stop], self.max_rewards[start:stop], self.successes[start:stop])


def generate(layout: Layout, path: Path, episodes: int, success_rate: float = SUCCESS_RATE, seed: int = 0) -> None:
    """Write a result file.

    Args:
        layout: A is one task as a list of objects; B is ten tasks as parallel lists.
        path: Where to write.
        episodes: Number of episodes, over all tasks.
        success_rate: Chance of each episode to succeed.
        seed: Seed of the random numbers.
    """
    drawn = _draw(episodes, success_rate, seed)
    with path.open("w", encoding="utf-8") as stream:
        write = _write_layout_a if layout == "A" else _write_layout_b
        write(stream, drawn)


def _draw(episodes: int, success_rate: float, seed: int) -> Episodes:
    random = np.random.default_rng(seed)
    successes = random.random(episodes) < success_rate
    return Episodes(
        sum_rewards=random.random(episodes) * 300,
        max_rewards=np.where(successes, 1.0, random.random(episodes)),
        successes=successes,
    )


def _write_layout_a(stream: IO[str], drawn: Episodes) -> None:
    stream.write('{\n  "per_episode": [\n')
    separator = ""
    for objects in _objects(drawn):
        stream.write(separator + objects)
        separator = ",\n"
    tail = {
        "aggregated": _averages(drawn) | _durations(drawn),
        "video_paths": _videos("", len(drawn.successes)),
    }
    # The tail is dumped as an object of its own; its opening brace becomes the comma after the list.
    stream.write("\n  ]," + json.dumps(tail, indent=2)[1:])


def _objects(drawn: Episodes) -> Iterator[str]:
    for start in range(0, len(drawn.successes), _EPISODES_PER_WRITE):
        chunk = drawn.cut(start, start + _EPISODES_PER_WRITE)
        lists = (chunk.sum_rewards.tolist(), chunk.max_rewards.tolist(), chunk.successes.tolist())
        yield ",\n".join(
            _EPISODE_A % (number, total, highest, "true" if success else "false", START_SEED + number)
            for number, (total, highest, success) in enumerate(zip(*lists, strict=True), start=start)
        )


def _write_layout_b(stream: IO[str], drawn: Episodes) -> None:
    bounds = [len(drawn.successes) * index // TASKS_B for index in range(TASKS_B + 1)]
    parts = [drawn.cut(start, stop) for start, stop in pairwise(bounds)]
    videos = [_videos(f"{GROUP_B}_{index}", len(part.successes)) for index, part in enumerate(parts)]
    all_videos = [path for paths in videos for path in paths]
    pooled = _averages(drawn) | {"n_episodes": len(drawn.successes)}
    info = {
        "per_task": [
            {
                "task_group": GROUP_B,
                "task_id": index,
                "metrics": {
                    "sum_rewards": part.sum_rewards.tolist(),
                    "max_rewards": part.max_rewards.tolist(),
                    "successes": part.successes.tolist(),
                    "video_paths": paths,
                },
            }
            for index, (part, paths) in enumerate(zip(parts, videos, strict=True))
        ],
        "per_group": {GROUP_B: pooled | {"video_paths": all_videos}},
        "overall": pooled | _durations(drawn) | {"video_paths": all_videos},
    }
    json.dump(info, stream, indent=2)


def _averages(drawn: Episodes) -> dict[str, Any]:
    """Averages as LeRobot forms them."""
    return {
        "avg_sum_reward": float(np.nanmean(drawn.sum_rewards)),
        "avg_max_reward": float(np.nanmean(drawn.max_rewards)),
        "pc_success": float(np.nanmean(drawn.successes) * 100),
    }


def _durations(drawn: Episodes) -> dict[str, float]:
    return {"eval_s": 0.5597131919860839 * len(drawn.successes), "eval_ep_s": 0.5597131919860839}


def _videos(folder: str, episodes: int) -> list[str]:
    place = "/".join(filter(None, (_RUN_FOLDER, "videos", folder)))
    return [f"{place}/eval_episode_{number}.mp4" for number in range(min(_VIDEOS_PER_TASK, episodes))]


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(prog="python -m bench.generate", description=main.__doc__)
    parser.add_argument("layout", choices=["A", "B"])
    parser.add_argument("path", type=Path)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--success-rate", type=float, default=SUCCESS_RATE)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    generate(options.layout, options.path, options.episodes, options.success_rate, options.seed)


if __name__ == "__main__":
    main()
