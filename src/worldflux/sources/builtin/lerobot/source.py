"""The `lerobot` source: open `eval_info.json` files, bind them to runs, stream their episodes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, ClassVar, Final

from msgspec import UNSET, UnsetType

from worldbase import digest
from worldbase.errors import Where
from worldbase.redact import redact_value
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import Finding, InputFile, RunSummary, SourceFacts, SourceInfo
from worldflux.documents.manifests import EpisodeRef, RawEvidence
from worldflux.documents.protocol import Protocol
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import SourceError
from worldflux.sources import run_binding
from worldflux.sources.builtin.lerobot import videos
from worldflux.sources.builtin.lerobot.episode_list import EpisodeListResult
from worldflux.sources.builtin.lerobot.findings import findings_of
from worldflux.sources.builtin.lerobot.layouts import LayoutA, recognise
from worldflux.sources.builtin.lerobot.opened import NAME, OpenedResult
from worldflux.sources.builtin.lerobot.task_lists import TaskListsResult
from worldflux.sources.contract import Source, SourceInput, SourceRun
from worldflux.sources.mapped_json import MappedJson

# What LeRobot leaves out of its result file and a reviewer needs to know.
UNRECORDED_FACTS: Final = (
    "evaluator_version",
    "batch_size",
    "n_action_steps",
    "max_steps",
    "policy_revision",
    "simulator_version",
)
_NEVER_RECORDED: Final = ("episode_length", "success_criterion")
_EVALUATOR_FACTS: Final = (*UNRECORDED_FACTS, "benchmark_version", "episode_order")
# What LeRobot does unless somebody declares that a fork does otherwise.
_USUAL_FACTS: Final = {"name": NAME, "episode_order": "task_by_task"}


class LeRobotRun(SourceRun):
    """Opened result files, each bound to a run."""

    def __init__(self, files: list[OpenedResult], runs: list[run_binding.BoundRun], protocol: Protocol) -> None:
        self._files = files
        self._runs = runs
        self._protocol = protocol
        for run in runs:
            for member in run.members:
                files[member].run_seed = run.run_seed or 0

    @property
    def info(self) -> SourceInfo:
        """Which layouts were read."""
        layouts = "+".join(sorted({opened.format for opened in self._files}))
        version = LeRobotSource.adapter_version
        return SourceInfo(name=NAME, format=f"lerobot.eval_info.{layouts}", adapter_version=version)

    @property
    def total_bytes(self) -> int:
        """Size of all files."""
        return sum(opened.file.size for opened in self._files)

    @property
    def expected_episodes(self) -> int:
        """About how many episodes all files hold."""
        return sum(opened.expected_episodes for opened in self._files)

    def windows(self) -> Iterator[EpisodeWindow]:
        """Yield all episodes, file by file."""
        for opened in self._files:
            yield from opened.windows()
            opened.file.refuse_duplicate_keys(opened.expected_quotes())

    def facts(self) -> SourceFacts:
        """Inputs with digests, runs with their seeds, and what was declared about the evaluator."""
        return SourceFacts(
            inputs=[_input_file(opened) for opened in self._files],
            runs=[self._summary(run) for run in self._runs],
            evaluator={**_USUAL_FACTS, **_agreed_facts(self._files)},
        )

    def _summary(self, run: run_binding.BoundRun) -> RunSummary:
        members = [self._files[member] for member in run.members]
        starts = {opened.declared.start_seed for opened in members} - {UNSET}
        kinds = {opened.seeds_are for opened in members}
        return RunSummary(
            run_seed=run.run_seed or 0,
            in_plan=run.run_seed in self._protocol.execution.seeds,
            bound_by=run.bound_by,
            inputs=[opened.id for opened in members],
            start_seed=starts.pop() if len(starts) == 1 else UNSET,
            seed_provenance=kinds.pop() if len(kinds) == 1 else "unknown",
        )

    def findings(self, counter: CellCounter) -> list[Finding]:
        """Recount, and everything odd that was seen on the way."""
        unrecorded = None if self._by_episode_seed else run_binding.unrecorded_seed_finding(self._runs)
        of_files = chain.from_iterable(findings_of(opened, counter) for opened in self._files)
        return [*([unrecorded] if unrecorded else ()), *of_files]

    def missing_evidence(self) -> list[str]:
        """Facts that at least one file lacks and nobody declared."""
        missing = [
            name for name in UNRECORDED_FACTS if any(getattr(opened.declared, name) is UNSET for opened in self._files)
        ]
        if any(opened.seeds_are == "unknown" for opened in self._files):
            missing.append("environment_seeds")
        if any(run.bound_by == "order" for run in self._runs) and not self._by_episode_seed:
            missing.append("run_seed")
        return [*missing, *_NEVER_RECORDED]

    def raw_evidence(self) -> list[RawEvidence]:
        """The result files, and the videos of their first episodes."""
        results = [
            RawEvidence(
                id=opened.id,
                kind="evaluator_output",
                name=opened.name,
                present=True,
                sha256=opened.file.sha256,
                size=opened.file.size,
            )
            for opened in self._files
        ]
        run_infos = chain.from_iterable(map(_run_info_file, self._files))
        of_files = (_videos(opened, by_episode_seed=self._by_episode_seed) for opened in self._files)
        return [*results, *run_infos, *chain.from_iterable(of_files)]

    @property
    def _by_episode_seed(self) -> bool:
        """Whether run seeds are read off the episodes, so that it does not matter which run a file is bound to."""
        return self._protocol.execution.seed_semantics == "episode_seed"


class LeRobotSource(Source):
    """Reads LeRobot's `eval_info.json`."""

    name: ClassVar[str] = NAME
    adapter_version: ClassVar[str] = "1"
    file_patterns: ClassVar[tuple[str, ...]] = ("eval_info.json", "*eval_info.json")

    def open(self, inputs: list[SourceInput], protocol: Protocol, grid: PlannedGrid) -> SourceRun:
        """Open the files, refuse what would be counted wrongly, bind each file to a run."""
        hashing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="digest")
        files = [_open(number, given, grid, hashing) for number, given in enumerate(inputs, start=1)]
        # Digests are computed while the episodes are streamed; whoever needs one earlier waits for it.
        hashing.shutdown(wait=False)
        _refuse_same_bytes(files)
        _refuse_names_that_merge(files)
        parts = [
            # With a single file there is nothing to tell apart, and a big file need not be read twice.
            run_binding.PartOfRun(opened.declared, opened.extents() if len(files) > 1 else {})
            for opened in files
        ]
        by_start_seed = protocol.execution.seed_semantics == "start_seed"
        runs = run_binding.bind(parts, protocol.execution.seeds, start_seeds_are_run_seeds=by_start_seed)
        return LeRobotRun(files, runs, protocol)


def _open(number: int, given: SourceInput, grid: PlannedGrid, hashing: ThreadPoolExecutor) -> OpenedResult:
    label = f"{redact_value(given.path.name)} (--from {given.number})"
    file = MappedJson(given.path, source=NAME, label=label, hashing=hashing)
    content, pointer = recognise(file)
    if isinstance(content, LayoutA):
        return EpisodeListResult(number, given, file, content, pointer, grid)
    return TaskListsResult(number, given, file, content, pointer, grid)


def _refuse_same_bytes(files: list[OpenedResult]) -> None:
    by_size: dict[int, list[OpenedResult]] = {}
    for opened in files:
        for other in by_size.setdefault(opened.file.size, []):
            if other.file.sha256 == opened.file.sha256:
                raise SourceError(
                    f"{opened.file.label} and {other.file.label} hold the same bytes",
                    code="source.duplicate_bytes",
                    where=Where(opened.file.label),
                    hint="A copied file is not a second run; give each result once.",
                )
        by_size[opened.file.size].append(opened)


def _refuse_names_that_merge(files: list[OpenedResult]) -> None:
    """Without the path or secret in its name, a task may be taken for another one."""
    own_names: dict[str, str] = {}
    for opened in files:
        for task, own_name in zip(opened.tasks, opened.own_names, strict=True):
            if own_names.setdefault(task, own_name) != own_name:
                raise SourceError(
                    f"two tasks would both be shown as {task!r}",
                    code="source.task_names",
                    where=Where(opened.file.label),
                    hint="Rename them: a task's name is shown without the paths, hosts and secrets in it.",
                )


def _input_file(opened: OpenedResult) -> InputFile:
    return InputFile(
        id=opened.id,
        name=opened.name,
        sha256=opened.file.sha256,
        size=opened.file.size,
        format=f"lerobot.eval_info.{opened.format}",
        run_seed=opened.run_seed,
        tasks=len(opened.tasks),
        episodes=opened.episodes,
        declared=redact_value(opened.declared.known()),
        declared_on_command_line=list(opened.given.on_command_line),
    )


def _run_info_file(opened: OpenedResult) -> Iterator[RawEvidence]:
    path = opened.given.run_info_file
    if path is not None:
        yield RawEvidence(
            id=f"{opened.id}/run_info",
            kind="run_info",
            name=path.name,
            present=True,
            sha256=digest.of_file(path),
            size=path.stat().st_size,
        )


def _agreed_facts(files: list[OpenedResult]) -> dict[str, Any]:
    """Facts about the evaluator that every file states alike."""
    first, *others = (opened.declared.known() for opened in files)
    agreed: dict[str, Any] = redact_value(
        {
            name: first[name]
            for name in _EVALUATOR_FACTS
            if name in first and all(other.get(name) == first[name] for other in others)
        }
    )
    return agreed


def _videos(opened: OpenedResult, *, by_episode_seed: bool) -> Iterator[RawEvidence]:
    for position, (paths, episodes) in enumerate(opened.videos()):
        for text, index in zip(paths, episodes, strict=False):
            episode: EpisodeRef | UnsetType = UNSET
            if not by_episode_seed:  # else run seed and index are given later; the episode names its video all the same
                episode = EpisodeRef(task=opened.tasks[position], run_seed=opened.run_seed, episode_index=index)
            yield videos.raw_evidence(videos.video_id(opened.id, position, index), text, opened.given.path, episode)
