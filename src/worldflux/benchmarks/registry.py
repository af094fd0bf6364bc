"""What is known about benchmarks, as data: suites, aliases, true task counts, limits, starts, traps, advisories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import resources
from typing import Final

import msgspec


class StartIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one has to know of a harness to tell which initial state an episode had.

    Attributes:
        needs: Facts about the run without which nothing can be told.
        seed_moves_start: Whether another start seed gives other initial states; if not, states are stored.
        known: Whether it can be told at all from what the harness leaves behind; if not, `note` says why.
        stored_states: Number of stored initial states per task; 0 where they do not come again.
        batch_repeats_from: First version that deals out only as many stored states as the batch is large.
        batch_repeats_before: First version that no longer does so.
        in_order_from: First version that deals out the stored states in order, in batches of any size. In every version
            a single batch that holds all episodes of a task does.
        index_pairs: Whether the n-th episode of a task has the same state in every run, so that it may be paired.
    """

    needs: tuple[str, ...]
    seed_moves_start: bool
    note: str
    known: bool = True
    stored_states: int = 0
    batch_repeats_from: str = ""
    batch_repeats_before: str = ""
    in_order_from: str = ""
    index_pairs: bool = False


class Axis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a benchmark changes against the plain task, and what tools call it."""

    id: str
    aliases: tuple[str, ...] = ()


class Trap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something about a benchmark that makes a number mean less than it seems to.

    Attributes:
        harness: Evaluators that it concerns; none: all.
        versions: Their versions, in words; empty: all.
        source: Where it is to be read.
    """

    text: str
    harness: tuple[str, ...] = ()
    versions: str = ""
    source: str = ""


class Advisory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known defect of certain versions or settings: what they do to a result.

    Attributes:
        applies_to: Facts about a run, each with a range: `>=0.4.0, <0.4.4`, `mujoco>=3.4`, `<episodes_per_task`.
        harness: Evaluators that it concerns; none: all.
        tasks: Tasks that it concerns; none: all.
        source: Where it was reported.
    """

    id: str
    applies_to: dict[str, str]
    effect: str
    source: str
    harness: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


# Names that were looked up; a log asks for the same few with every task.
_NAMES_KEPT: Final = 1024

# LIBERO's long suites put the scene before the instruction: `KITCHEN_SCENE3_turn_on_the_stove`.
_SCENE: Final = re.compile(r"^[A-Z_]+_SCENE\d+_")


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named set of tasks.

    Attributes:
        tasks: Number of tasks.
        max_steps: Step limit per episode, by harness.
        default_episodes: Episodes per task that a harness runs unless told otherwise.
        task_names: The tasks' own names, in order, where they are known; unique, unlike instructions.
        named: Whether the names are the tasks' keys; else the keys are `<id>/0` to `<id>/<tasks-1>`.
        category_counts: Tasks per kind of perturbation, where the suite consists of perturbed tasks.
    """

    id: str
    aliases: tuple[str, ...]
    tasks: int
    max_steps: dict[str, int]
    default_episodes: dict[str, int] = {}  # msgspec copies the default
    task_names: tuple[str, ...] = ()
    named: bool = False
    category_counts: dict[str, int] = {}

    def task_of(self, instruction: str) -> int | None:
        """Index of the task with this instruction or name; None where no task has it, or several do."""
        wanted = normalised(instruction)
        exact = [index for index, name in enumerate(self.task_names) if normalised(name) == wanted]
        alike = exact or [
            index for index, name in enumerate(self.task_names) if normalised(_SCENE.sub("", name)) == wanted
        ]
        return alike[0] if len(alike) == 1 else None

    def named_task(self, name: str) -> str | None:
        """Key of the task with exactly this name, scene and all."""
        wanted = normalised(name)
        found = (index for index, known in enumerate(self.task_names) if normalised(known) == wanted)
        return next((self.task_key(index) for index in found), None)

    def task_key(self, task_id: int | str) -> str:
        """Key of the task with this id."""
        if self.named and str(task_id).isdecimal() and int(task_id) < len(self.task_names):
            return self.task_names[int(task_id)]
        return f"{self.id}/{task_id}"

    def task_keys(self) -> list[str]:
        """Keys of all tasks, in order."""
        return [self.task_key(index) for index in range(self.tasks)]


class Benchmark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A benchmark and its suites.

    Attributes:
        simulated: Whether it runs in simulation; None where it cannot be told.
        perturbation_axes: What a critic would vary next.
        axes: What the benchmark itself varies.
        axis_to_declare: Whether a run varies one axis that no output records.
        named_tasks: Whether tasks go by their own names and the registry need not list them, so that a name that it
            does not know is no surprise.
    """

    benchmark: str
    aliases: tuple[str, ...]
    simulated: bool | None
    source: str
    perturbation_axes: tuple[str, ...]
    start_identity: dict[str, StartIdentity]
    suites: tuple[Suite, ...]
    named_tasks: bool = False
    axes: tuple[Axis, ...] = ()
    axis_to_declare: bool = False
    traps: tuple[Trap, ...] = ()
    advisories: tuple[Advisory, ...] = ()

    @property
    def harnesses(self) -> list[str]:
        """Evaluators of which anything is known here, in the order of the data."""
        named = (*self.start_identity, *(name for suite in self.suites for name in suite.max_steps))
        return list(dict.fromkeys(named))

    def suite(self, name: str) -> Suite | None:
        """The suite of this id, or else of this alias."""
        wanted = normalised(name)
        by_id = (suite for suite in self.suites if normalised(suite.id) == wanted)
        by_alias = (suite for suite in self.suites if wanted in map(normalised, suite.aliases))
        return next(by_id, None) or next(by_alias, None)

    def axis(self, name: str) -> Axis | None:
        """The axis of this id or alias."""
        wanted = normalised(name)
        return next((axis for axis in self.axes if wanted in map(normalised, (axis.id, *axis.aliases))), None)


def normalised(name: str) -> str:
    """Return a name in the form in which aliases are compared: lower case, one underscore between words."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


@lru_cache(maxsize=1)
def benchmarks() -> tuple[Benchmark, ...]:
    """All known benchmarks, by file name."""
    folder = resources.files("worldflux.benchmarks") / "data"
    files = sorted((item for item in folder.iterdir() if item.name.endswith(".json")), key=lambda item: item.name)
    return tuple(msgspec.json.decode(item.read_bytes(), type=Benchmark) for item in files)


@lru_cache(maxsize=_NAMES_KEPT)
def find_benchmark(name: str) -> Benchmark | None:
    """The benchmark of this name or alias."""
    wanted = normalised(name)
    for benchmark in benchmarks():
        if wanted in {normalised(alias) for alias in (benchmark.benchmark, *benchmark.aliases)}:
            return benchmark
    return None


@lru_cache(maxsize=_NAMES_KEPT)
def find_suite(name: str, benchmark_name: str) -> Suite | None:
    """The suite of this name or alias.

    Short aliases such as `hard` mean something only within their benchmark; a suite's full id is known everywhere.
    """
    benchmark = find_benchmark(benchmark_name)
    if benchmark and (suite := benchmark.suite(name)):
        return suite
    wanted = normalised(name)
    return next((suite for known in benchmarks() for suite in known.suites if normalised(suite.id) == wanted), None)


def find_named_task(name: str, benchmark_name: str) -> str | None:
    """Key of the task of a benchmark that has exactly this name.

    An evaluator's prefix (`libero_sim/`) is left out where names are no keys; where they are, what stands before a name
    may tell another setting of the same task.
    """
    benchmark = find_benchmark(benchmark_name)
    suites = benchmark.suites if benchmark else ()
    found = (suite.named_task(name if suite.named else name.rpartition("/")[2]) for suite in suites)
    return next((key for key in found if key), None)


def benchmark_of(groups: Iterable[str]) -> Benchmark | None:
    """The benchmark to which all of these suites (or groups of tasks, as an evaluator names them) belong.

    Where several benchmarks have suites of that name, such as a benchmark and its perturbed variant, the one whose own
    ids they are. None where no benchmark has all of them, or where several do.
    """
    wanted = {normalised(group) for group in groups}
    for names_of in (_ids, _names):
        found = [benchmark for benchmark in benchmarks() if wanted and wanted <= set(names_of(benchmark))]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _ids(benchmark: Benchmark) -> Iterator[str]:
    for suite in benchmark.suites:
        yield normalised(suite.id)
        if suite.named:
            yield from map(normalised, suite.task_names)


def _names(benchmark: Benchmark) -> Iterator[str]:
    yield from _ids(benchmark)
    yield from (normalised(alias) for suite in benchmark.suites for alias in suite.aliases)
