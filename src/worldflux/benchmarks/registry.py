"""What is known about benchmarks, as data: suites, aliases, true task counts, what identifies a start."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

import msgspec


class StartIdentity(msgspec.Struct, frozen=True):
    """What one has to know of a harness to tell which initial state an episode had.

    Attributes:
        needs: Facts about the run without which nothing can be told.
        seed_moves_start: Whether another start seed gives other initial states; if not, states are stored.
        stored_states: Number of stored initial states per task.
        batch_repeats_from: First version that deals out only as many stored states as the batch is large.
        batch_repeats_before: First version that no longer does so.
        in_order_from: First version that deals out the stored states in order, in batches of any size. In every version
            a single batch that holds all episodes of a task does.
    """

    needs: tuple[str, ...]
    seed_moves_start: bool
    note: str
    stored_states: int = 0
    batch_repeats_from: str = ""
    batch_repeats_before: str = ""
    in_order_from: str = ""


class Suite(msgspec.Struct, frozen=True):
    """A named set of tasks.

    Attributes:
        tasks: Number of tasks; their keys are `<id>/0` to `<id>/<tasks-1>`.
        max_steps: Step limit per episode, by harness.
    """

    id: str
    aliases: tuple[str, ...]
    tasks: int
    max_steps: dict[str, int]

    def task_keys(self) -> list[str]:
        """Keys of all tasks, in order."""
        return [f"{self.id}/{index}" for index in range(self.tasks)]


class Benchmark(msgspec.Struct, frozen=True):
    """A benchmark and its suites."""

    benchmark: str
    aliases: tuple[str, ...]
    simulated: bool
    source: str
    perturbation_axes: tuple[str, ...]
    start_identity: dict[str, StartIdentity]
    suites: tuple[Suite, ...]


def normalised(name: str) -> str:
    """Return a name in the form in which aliases are compared: lower case, one underscore between words."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


@lru_cache(maxsize=1)
def benchmarks() -> tuple[Benchmark, ...]:
    """All known benchmarks, by file name."""
    folder = resources.files("worldflux.benchmarks") / "data"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".json")), key=lambda item: item.name)
    return tuple(msgspec.json.decode(item.read_bytes(), type=Benchmark) for item in files)


def find_benchmark(name: str) -> Benchmark | None:
    """The benchmark of this name or alias."""
    wanted = normalised(name)
    for benchmark in benchmarks():
        if wanted in {normalised(alias) for alias in (benchmark.benchmark, *benchmark.aliases)}:
            return benchmark
    return None


def find_suite(name: str, benchmark_name: str) -> Suite | None:
    """The suite of this name or alias.

    Short aliases such as `hard` mean something only within their benchmark; a suite's full id is known everywhere.
    """
    wanted = normalised(name)
    benchmark = find_benchmark(benchmark_name)
    for suite in benchmark.suites if benchmark else ():
        if wanted in {normalised(alias) for alias in (suite.id, *suite.aliases)}:
            return suite
    return next((suite for known in benchmarks() for suite in known.suites if normalised(suite.id) == wanted), None)
