"""What all sources that read recorded results have in common: files bound to runs, facts, findings, references.

A source of this kind implements two classes in one file: a `RecordedFile`, which reads one input and yields its
episodes, and a `RecordedSource`, which makes one of it. Everything else is here.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, ClassVar, Final

from msgspec import UNSET, UnsetType

from worldbase import digest
from worldbase.errors import Where
from worldbase.redact import redact_value
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.audit_input import Finding, InputFile, Reported, RunSummary, SourceFacts, SourceInfo
from worldflux.documents.episode import ScoreKind
from worldflux.documents.manifests import RawEvidence
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import SourceError
from worldflux.sources import run_binding
from worldflux.sources.contract import Source, SourceInput, SourceRun
from worldflux.sources.recorded_file import RecordedFile

EVALUATOR_FACTS: Final = (
    "evaluator_version",
    "benchmark_version",
    "simulator_version",
    "batch_size",
    "n_action_steps",
    "max_steps",
    "policy_revision",
    "episode_order",
    "perturbation",
)
"""Facts about a run that stand in `SourceFacts.evaluator` where all inputs agree on them."""


class RecordedRun(SourceRun):
    """Opened inputs, each bound to a run."""

    def __init__(self, source: RecordedSource, files: Sequence[RecordedFile], grid: PlannedGrid) -> None:
        self._source = source
        self._files = files
        self._grid = grid
        self._runs = self._bound()

    def _bound(self) -> list[run_binding.BoundRun]:
        parts = [
            # With a single input there is nothing to tell apart, and a big one need not be read twice.
            run_binding.PartOfRun(file.facts, file.extents() if len(self._files) > 1 else {}, file.kin)
            for file in self._files
        ]
        by_start_seed = self._grid.seed_semantics == "start_seed"
        runs = run_binding.bind(parts, self._grid.run_seeds, start_seeds_are_run_seeds=by_start_seed)
        for run in runs:
            for member in run.members:
                self._files[member].run_seed = run.run_seed or 0
        return runs

    @property
    def info(self) -> SourceInfo:
        """Which formats were read."""
        formats = "+".join(sorted({file.format for file in self._files}))
        return SourceInfo(name=self._source.name, format=formats, adapter_version=self._source.adapter_version)

    @property
    def total_bytes(self) -> int:
        """Size of all inputs."""
        return sum(file.size for file in self._files)

    @property
    def expected_episodes(self) -> int:
        """About how many episodes all inputs hold."""
        return sum(file.expected_episodes for file in self._files)

    def windows(self) -> Iterator[EpisodeWindow]:
        """Yield all episodes, input by input."""
        for file in self._files:
            yield from file.windows()

    def facts(self) -> SourceFacts:
        """Inputs with digests, runs with their seeds, and what is known about the evaluator."""
        return SourceFacts(
            inputs=[_input_file(file) for file in self._files],
            runs=[self._summary(run) for run in self._runs],
            evaluator={"name": self._source.evaluator_name, **self._source.usual_facts, **_agreed_facts(self._files)},
            measures=self._source.measured(self._files),
        )

    def reported(self, counter: CellCounter) -> list[Reported]:
        """The evaluators' own aggregates, recounted."""
        return list(chain.from_iterable(file.reported(counter) for file in self._files))

    def _summary(self, run: run_binding.BoundRun) -> RunSummary:
        members = [self._files[member] for member in run.members]
        starts = {file.facts.start_seed for file in members} - {UNSET}
        kinds = {file.seeds_are for file in members}
        return RunSummary(
            run_seed=run.run_seed or 0,
            in_plan=run.run_seed in self._grid.run_seeds,
            bound_by=run.bound_by,
            inputs=[file.id for file in members],
            start_seed=starts.pop() if len(starts) == 1 else UNSET,
            seed_provenance=kinds.pop() if len(kinds) == 1 else "unknown",
        )

    def findings(self, counter: CellCounter) -> list[Finding]:
        """What every input has to say, and whether the runs got their seeds by order alone."""
        unrecorded = None if self._by_episode_seed else run_binding.unrecorded_seed_finding(self._runs)
        of_files = chain.from_iterable(file.findings(counter) for file in self._files)
        return [*([unrecorded] if unrecorded else ()), *of_files]

    def missing_evidence(self) -> list[str]:
        """Facts that the source asks for and at least one input lacks."""
        missing = [
            name
            for name in self._source.needed_facts
            if any(getattr(file.facts, name) is UNSET for file in self._files)
        ]
        if any(file.has_seeds and file.seeds_are == "unknown" for file in self._files):
            missing.append("environment_seeds")
        if any(run.bound_by == "order" for run in self._runs) and not self._by_episode_seed:
            missing.append("run_seed")
        return list(dict.fromkeys([*missing, *chain.from_iterable(file.missing() for file in self._files)]))

    def raw_evidence(self) -> list[RawEvidence]:
        """The inputs, the `run_info.json` beside them, and what else belongs to them."""
        return list(chain.from_iterable(_raw_evidence(file) for file in self._files))

    @property
    def _by_episode_seed(self) -> bool:
        return self._grid.seed_semantics == "episode_seed"


class RecordedSource(Source):
    """A source whose inputs are `RecordedFile`s.

    Attributes:
        needed_facts: Names of facts (fields of `RunInfo`) that the evaluator never writes down and a reviewer needs;
            those that nobody declares are named as missing evidence.
        usual_facts: What the evaluator does unless somebody declares otherwise.
        measures: What its scores measure, where it gives no success at all.
    """

    needed_facts: ClassVar[tuple[str, ...]] = ()
    usual_facts: ClassVar[dict[str, Any]] = {}
    measures: ClassVar[ScoreKind | UnsetType] = UNSET

    @property
    def evaluator_name(self) -> str:
        """The evaluator, as protocols name it."""
        return self.name

    @abstractmethod
    def open_file(self, number: int, given: SourceInput, grid: PlannedGrid) -> RecordedFile:
        """Open one input.

        Raises:
            SourceError: It is unreadable, or not this evaluator's.
        """

    def open_parts(self, number: int, given: SourceInput, grid: PlannedGrid) -> Sequence[RecordedFile]:
        """Open one input as the runs that it holds: for nearly all sources, one; the first is the `number`-th."""
        return [self.open_file(number, given, grid)]

    def open(self, inputs: list[SourceInput], grid: PlannedGrid) -> SourceRun:
        """Open the inputs, refuse what would be counted twice, bind each to a run."""
        files: list[RecordedFile] = []
        for given in inputs:
            files.extend(self.open_parts(len(files) + 1, given, grid))
        refuse_copies(files, in_sections=type(self).sections is not Source.sections)
        self.look_across(files)
        return RecordedRun(self, files, grid)

    def measured(self, files: Sequence[RecordedFile]) -> ScoreKind | UnsetType:
        """What the inputs' scores measure, where they give no success at all; of nearly all sources always the same."""
        return self.measures

    def look_across(self, files: Sequence[RecordedFile]) -> None:
        """Look at all inputs together before they are bound to runs, such as at parts beside their merged whole.

        Raises:
            SourceError: Two of them hold the same episodes.
        """


def refuse_copies(files: Sequence[RecordedFile], *, in_sections: bool) -> None:
    """Refuse a file that comes twice, also where it was indented anew or got other line ends.

    Args:
        files: All inputs.
        in_sections: Whether one file may hold several runs, of which each `--from` selects another.
    """
    sizes = Counter(file.size for file in files)
    _refuse_same([file for file in files if sizes[file.size] > 1], _bytes_of, "bytes", in_sections)
    if len(files) > 1:
        what = "content in another form"
        by_file, by_run = ([file for file in files if file.content_is_of_selection is own] for own in (False, True))
        _refuse_same([file for file in by_file if file.content], _content_of, what, in_sections)
        _refuse_same([file for file in by_run if file.content], _content_of, what, in_sections=False)


def _refuse_same(
    files: Iterable[RecordedFile], told_by: Callable[[RecordedFile], str], what: str, in_sections: bool
) -> None:
    seen: dict[str, dict[object, RecordedFile]] = {}
    for file in files:
        section = file.facts.select if in_sections else UNSET
        others = seen.setdefault(told_by(file), {})
        # Where nothing was selected, the file holds one run only, however somebody else calls it.
        other = next(iter(others.values()), None) if section is UNSET else others.get(section) or others.get(UNSET)
        if other is not None:
            raise SourceError(
                f"{file.label} and {other.label} hold the same {what}",
                code="source.duplicate_bytes",
                where=Where(file.label),
                hint="A copied file is not a second run; give each result once.",
            )
        others[section] = file


def _bytes_of(file: RecordedFile) -> str:
    return file.sha256


def _content_of(file: RecordedFile) -> str:
    return file.content


def _input_file(file: RecordedFile) -> InputFile:
    return InputFile(
        id=file.id,
        name=file.name,
        sha256=file.sha256,
        size=file.size,
        format=file.format,
        run_seed=file.run_seed,
        tasks=len(file.tasks_read),
        episodes=file.read,
        declared=redact_value(file.given.declared.known()),
        declared_on_command_line=list(file.given.on_command_line),
        requested=file.requested,
    )


def _agreed_facts(files: Sequence[RecordedFile]) -> dict[str, Any]:
    """Facts about the evaluator that every input states alike."""
    first, *others = (file.facts.known() for file in files)
    agreed: dict[str, Any] = redact_value(
        {
            name: first[name]
            for name in EVALUATOR_FACTS
            if name in first and all(other.get(name) == first[name] for other in others)
        }
    )
    return agreed


def _raw_evidence(file: RecordedFile) -> Iterator[RawEvidence]:
    yield RawEvidence(
        id=file.id, kind="evaluator_output", name=file.name, present=True, sha256=file.sha256, size=file.size
    )
    info = file.given.run_info_file
    if info is not None:
        yield RawEvidence(
            id=f"{file.id}/run_info",
            kind="run_info",
            name=info.name,
            present=True,
            sha256=digest.of_file(info),
            size=info.stat().st_size,
        )
    yield from file.raw_evidence()
