"""From evaluator output to an audit input that stands alone: counted and written down, and judged by nobody yet.

No claim and no protocol is needed. Nothing is planned, so every cell has `planned` 0 and there are no blocks; the
document and its episodes are what `worldflux audit run audit-input` and a portfolio read later.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
from msgspec import UNSET

from worldbase import document
from worldbase.console import Progress
from worldbase.errors import StorageError, UsageError, Where
from worldbase.plugins import Registry
from worldbase.redact import redact_text
from worldflux.audit import findings
from worldflux.audit.clean_names import CleanNames
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.documents.audit_input import (
    AuditInput,
    BenchmarkFacts,
    EpisodeStream,
    Finding,
    Requested,
    RunFacts,
)
from worldflux.documents.import_report import Conflict
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.stream import LinesWriter, WrittenLines
from worldflux.errors import SourceError
from worldflux.sources.contract import Source, SourceInput, SourceRun
from worldflux.sources.inputs import collect
from worldflux.sources.kept_inputs import refuse_output_over
from worldflux.sources.registry import SOURCES
from worldflux.sources.run_folder import Candidate

EPISODES_SUFFIX: Final = ".episodes.jsonl"
_NO_PLAN: Final = "No protocol was given, so no benchmark was looked up."

ShowProgress = Callable[[str, int, int], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class ImportedAuditInput:
    """What was written.

    Attributes:
        document: The audit input itself.
        path: Where it stands.
        episodes: Where its episodes stand, beside it.
    """

    document: AuditInput
    path: Path
    episodes: Path


def episodes_beside(output: Path) -> Path:
    """Where the episodes of an audit input stand."""
    return output.with_name(f"{output.stem}{EPISODES_SUFFIX}")


def _silent(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
    return nullcontext(Progress())


def import_audit_input(
    source_name: str,
    inputs: Sequence[SourceInput],
    output: Path,
    *,
    overwrite: bool = False,
    more_findings: Iterable[Finding] = (),
    show_progress: ShowProgress = _silent,
    sources: Registry[Source] = SOURCES,
) -> ImportedAuditInput:
    """Count evaluator output without a plan, and write it as an audit input with its episodes beside it.

    Args:
        source_name: Which adapter reads the inputs.
        inputs: What to read; `worldflux.sources.inputs.collect` makes them of paths.
        output: The `audit_input.json` to be written; `<stem>.episodes.jsonl` comes to stand beside it.
        overwrite: Replace both where they exist.
        more_findings: What is known beside what the source finds, such as the conflicts of a scan.
        show_progress: Opens a progress display for a label, an expected number of episodes and a size in bytes.
        sources: Where the adapter is looked up.

    Raises:
        InputError: The evaluator output cannot be used.
        UsageError: The output exists, or the source is unknown.
        StorageError: It cannot be written; nothing is left behind.
    """
    source = sources.get(source_name)
    refuse_output_over([given.path for given in inputs], output, episodes_beside(output))
    with _StagedPair(output, overwrite=overwrite) as staged:
        run = source.open(list(inputs), unplanned_grid(_benchmark_of(inputs)))
        counter = CellCounter()
        with show_progress("counting episodes", run.expected_episodes, run.total_bytes) as progress:
            lines = _write_episodes(staged.episodes_draft, run, counter, progress)
        audit_input = _unplanned(run, counter, staged.episodes.name, lines, more_findings)
        staged.document_draft.write_bytes(document.dump(audit_input))
        staged.commit()
    return ImportedAuditInput(audit_input, staged.document, staged.episodes)


def import_candidates(
    picked: Sequence[Candidate],
    conflicts: Sequence[Conflict],
    output: Path,
    *,
    run_info: Sequence[str] = (),
    overwrite: bool = False,
    show_progress: ShowProgress = _silent,
    sources: Registry[Source] = SOURCES,
) -> ImportedAuditInput:
    """Write candidates of a scanned folder as one audit input; several are its replicates or parts.

    Args:
        picked: What `run_folder.chosen` gave: all of one source, each fit to be counted.
        conflicts: Those of the scan; the ones that these take part in become findings.
        output: As for `import_audit_input`, and so are the rest.
        run_info: Values of `--run-info` about the picked files.
        overwrite: Replace what stands there.
        show_progress: Opens a progress display.
        sources: Where the adapter is looked up.

    Raises:
        SourceError: `import.not_ready` or `import.several_sources`, and what `import_audit_input` raises.
    """
    _require_usable(picked, run_info)
    names = {candidate.entry.source for candidate in picked}
    if len(names) > 1:
        raise SourceError(
            f"the selected candidates come from different sources: {', '.join(sorted(names))}",
            code="import.several_sources",
            hint="Write an audit input for each.",
        )
    (name,) = names
    paths = [path for candidate in picked for path in candidate.inputs]
    numbered = [
        text
        for number, facts in enumerate((candidate.run_info for candidate in picked for _ in candidate.inputs), start=1)
        for text in (f"{number}:{fact}" for fact in facts)
    ]
    return import_audit_input(
        name,
        # What the id stands for comes last and holds, whatever else is declared.
        collect(sources.get(name), paths, [*run_info, *numbered]),
        output,
        overwrite=overwrite,
        more_findings=_findings_of_scan(picked, conflicts),
        show_progress=show_progress,
        sources=sources,
    )


def _require_usable(picked: Sequence[Candidate], run_info: Sequence[str]) -> None:
    """Refuse what cannot be written; what was refused for a fact that is declared now is tried again."""
    for candidate in picked:
        entry = candidate.entry
        if entry.status in ("ready", "uncounted") or (entry.status == "refused" and run_info):
            continue
        why = "" if entry.problem is UNSET else f": {entry.problem.message} [{entry.problem.code}]"
        hint = entry.problem.hint if entry.problem is not UNSET else UNSET
        raise SourceError(
            f"{entry.candidate_id} ({entry.source}) is {entry.status}{why}",
            code="import.not_ready",
            hint="Choose a candidate that is ready." if hint is UNSET else hint,
        )


def _findings_of_scan(picked: Sequence[Candidate], conflicts: Sequence[Conflict]) -> Iterator[Finding]:
    ids = {candidate.id for candidate in picked}
    for conflict in conflicts:
        if ids.intersection(conflict.candidates):
            yield Finding(code=conflict.code, severity=conflict.severity, message=conflict.message)
    inferred = dict.fromkeys(field for candidate in picked for field in candidate.entry.inferred)
    for field in inferred:
        yield Finding(
            code="import.inferred",
            severity="info",
            message=f"{field.field} = {field.value} is stated by no file; it rests on {field.basis}.",
        )


def _benchmark_of(inputs: Sequence[SourceInput]) -> str:
    """The benchmark that somebody declared for all inputs: it tells whose suite has a name that several have."""
    declared = {given.declared.benchmark for given in inputs}
    name = declared.pop() if len(declared) == 1 else UNSET
    return "" if name is UNSET else name


def _write_episodes(path: Path, run: SourceRun, counter: CellCounter, progress: Progress) -> WrittenLines:
    clean_names = CleanNames()
    with LinesWriter(path) as episodes:
        for window in run.windows():
            clean_names.require(window)
            counter.add(window)
            episodes.write(window.records)
            progress.advance(len(window.records))
    return episodes.written


def _unplanned(
    run: SourceRun, counter: CellCounter, episodes_name: str, lines: WrittenLines, more_findings: Iterable[Finding]
) -> AuditInput:
    facts, reported, missing = run.facts(), run.reported(counter), run.missing_evidence()
    cells = counter.cells(unplanned_grid())
    found = chain(
        run.findings(counter),
        findings.reported_findings(reported),
        findings.seed_findings(facts, cells),
        findings.copied_outcome_findings(counter, cells, missing),
        more_findings,
    )
    return AuditInput(
        schema_version="worldflux.audit_input.v0_draft",
        source=run.info,
        run=RunFacts(
            inputs=facts.inputs,
            runs=[msgspec.structs.replace(summary, in_plan=False) for summary in facts.runs],
            evaluator=facts.evaluator,
            measures=facts.measures,
            reported=reported or UNSET,
            benchmark=_unknown_benchmark(),
        ),
        tasks=[],
        cells=cells,
        blocks=[],
        repeated_starts=[],
        requested=Requested(),
        episodes=EpisodeStream(path=episodes_name, sha256=lines.sha256, count=lines.count),
        duplicate=0,
        findings=[_sanitised(finding) for finding in found],
        missing_evidence=missing,
        raw_evidence=run.raw_evidence(),
    )


def _unknown_benchmark() -> BenchmarkFacts:
    return BenchmarkFacts(
        simulated=None,
        perturbation_axes=[],
        starts_verified=False,
        start_key="unknown",
        pairing="none",
        starts_note=_NO_PLAN,
    )


def _sanitised(finding: Finding) -> Finding:
    where = None if finding.where is None else redact_text(finding.where)
    return msgspec.structs.replace(finding, message=redact_text(finding.message), where=where)


class _StagedPair:
    """Two files that appear together or not at all; the document comes last, so that it never names missing episodes.

    Use as a context manager: write both drafts, then call `commit()`.
    """

    def __init__(self, output: Path, *, overwrite: bool) -> None:
        self.document = output.absolute()
        self.episodes = episodes_beside(self.document)
        self._overwrite = overwrite
        self._folder = self.document.parent  # replaced on entry

    def __enter__(self) -> Self:
        if not self._overwrite:
            _refuse_occupied(self.document)
            _refuse_occupied(self.episodes)
        with _as_storage_error(self.document):
            self.document.parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=".audit-input.staging-", dir=self.document.parent))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise _unwritable(self.document, error) from None

    @property
    def document_draft(self) -> Path:
        """Where the document is drafted."""
        return self._folder / "document"

    @property
    def episodes_draft(self) -> Path:
        """Where the episodes are drafted."""
        return self._folder / "episodes"

    def commit(self) -> None:
        """Put both in their places.

        The old document goes first: a process that is killed between two steps leaves no document at all, never one
        beside the episodes of another. What fails is undone.
        """
        kept: list[tuple[Path, Path]] = []
        with _as_storage_error(self.document):
            try:
                for place in (self.document, self.episodes):
                    if _is_taken(place):
                        kept.append((place.replace(self._folder / f"old-{len(kept)}"), place))
                self.episodes_draft.replace(self.episodes)
                self.document_draft.replace(self.document)
            except OSError:
                self._undo(kept)
                raise

    def _undo(self, kept: list[tuple[Path, Path]]) -> None:
        with suppress(OSError):
            self.episodes.unlink(missing_ok=True)
        for backup, place in kept:
            with suppress(OSError):
                backup.replace(place)


def _is_taken(place: Path) -> bool:
    return os.path.lexists(place)


def _refuse_occupied(place: Path) -> None:
    if _is_taken(place):
        raise UsageError(
            f"{place.name} exists",
            code="output.exists",
            where=Where(place.name),
            hint="Choose another --output, or pass --overwrite to replace it.",
        )


@contextmanager
def _as_storage_error(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(place, error) from None


def _unwritable(place: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{place.name} cannot be written: {error.strerror or error}",
        code="file.unwritable",
        where=Where(place.name),
        hint="Check the folder's permissions and the free space.",
    )
