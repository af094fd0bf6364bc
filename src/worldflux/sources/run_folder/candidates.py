"""From files to candidates: what could be audited, counted, best first."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import UNSET, UnsetType

from worldbase.errors import UsageError, WorldError
from worldbase.plugins import Registry
from worldflux.documents.import_report import (
    CandidateFile,
    CandidateStatus,
    InferredField,
    Refusal,
    RunCandidate,
)
from worldflux.sources.contract import Source
from worldflux.sources.registry import SOURCES
from worldflux.sources.run_folder import commands
from worldflux.sources.run_folder.counting import Counted, count
from worldflux.sources.run_folder.grouping import Group, groups_of
from worldflux.sources.run_folder.scan import FolderScan, ShowProgress, silent

MOST_FILES_LISTED: Final = 100
MOST_TASKS_LISTED: Final = 200
_MOST_NEAREST: Final = 5
_RANK: Final[dict[CandidateStatus, int]] = {"ready": 0, "uncounted": 1, "insufficient": 2, "refused": 3}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Files that one source reads as one result, and what was counted in them.

    Attributes:
        entry: What the report says of it.
        inputs: Values of `--from`.
        run_info: Values of `--run-info` that are needed to open it.
        group: Its files.
        counted: What its source read; None where it was not opened.
    """

    entry: RunCandidate
    inputs: tuple[Path, ...]
    run_info: tuple[str, ...]
    group: Group
    counted: Counted | None

    @property
    def id(self) -> str:
        """Its id."""
        return self.entry.candidate_id


def candidates(
    folder_scan: FolderScan, sources: Registry[Source] = SOURCES, show_progress: ShowProgress = silent
) -> list[Candidate]:
    """Put the files of a scan together, open each group with its source, and count its episodes.

    Args:
        folder_scan: What `scan` saw; files that belong to no group are added to what it left out.
        sources: Who reads the files.
        show_progress: Opens a progress display for a label, a number of bytes and a size.

    Returns:
        Those that can be audited first, the surest first; ties in the order of their ids.
    """
    size = sum(found.size for found in folder_scan.found)
    with show_progress("reading digests", size, size) as progress:
        groups, strays = groups_of(folder_scan.found, folder_scan.root, progress.advance)
    for stray in strays:
        folder_scan.leave_out("companion", stray.place, stray.size)
    found: list[Candidate] = []
    with show_progress("counting candidates", size, size) as progress:
        for group in groups:
            found.extend(_of_group(group, folder_scan, sources, within_limits=_may_count(folder_scan, found)))
            progress.advance(sum(entry.size for entry, _ in group.files()))
    return sorted(found, key=_place)


def chosen(found: Sequence[Candidate], ids: Sequence[str]) -> list[Candidate]:
    """Pick candidates by their ids, in the order of the ids.

    A run that stands in one file with others may be called by its name there, where only one has that name.

    Raises:
        UsageError: `import.unknown_run`, with the nearest ids or all of them.
    """
    by_id = {candidate.id: candidate for candidate in found}
    known = _by_section(found) | by_id
    for wanted in ids:
        if wanted not in known:
            raise _unknown(wanted, list(by_id))
    return list({known[wanted].id: known[wanted] for wanted in ids}.values())


def _by_section(found: Sequence[Candidate]) -> dict[str, Candidate]:
    named = [(section, one) for one in found if (section := one.entry.section) is not UNSET]
    often = Counter(section for section, _ in named)
    return {section: one for section, one in named if often[section] == 1}


def _place(candidate: Candidate) -> tuple[int, float, str]:
    return _RANK[candidate.entry.status], -candidate.entry.confidence, candidate.id


def _unknown(wanted: str, known: list[str]) -> UsageError:
    nearest = difflib.get_close_matches(wanted, known, n=_MOST_NEAREST, cutoff=0.6) or known[:_MOST_NEAREST]
    more = ", ..." if len(known) > len(nearest) else ""
    return UsageError(
        f"the folder holds no run {wanted[:80]!r}",
        code="import.unknown_run",
        hint=f"Choose one of {', '.join(nearest)}{more}" if nearest else "No source knows a file in this folder.",
    )


def _may_count(folder_scan: FolderScan, found: Sequence[Candidate]) -> bool:
    limits = folder_scan.limits
    if sum(candidate.counted is not None for candidate in found) >= limits.candidates:
        folder_scan.limits_reached[f"only the first {limits.candidates:,} candidates are counted"] = None
        return False
    read = sum(entry.size for candidate in found if candidate.counted for entry in candidate.group.counted)
    if read >= limits.counted_bytes:
        folder_scan.limits_reached[f"only about {limits.counted_bytes:,} bytes are counted"] = None
        return False
    return True


def _of_group(
    group: Group, folder_scan: FolderScan, sources: Registry[Source], *, within_limits: bool
) -> Iterator[Candidate]:
    """One candidate; of a file that holds several runs one for each."""
    source = sources.get(group.source)
    paths = tuple(folder_scan.root / place for place in group.inputs)
    if group.insufficient:
        problem = Refusal(code="import.insufficient", message=commands.clean_text(group.insufficient))
        yield _candidate(group, folder_scan, paths, "", None, problem)
        return
    for section in _sections(source, paths):
        run_info = commands.given_run_info(section)
        counted = count(source, paths, run_info) if within_limits else None
        yield _candidate(group, folder_scan, paths, section, counted, counted.problem if counted else None)


def _sections(source: Source, paths: Sequence[Path]) -> tuple[str, ...]:
    if len(paths) > 1:
        return ("",)
    try:
        return source.sections(paths[0]) or ("",)
    except (WorldError, OSError):
        return ("",)  # opening it tells what is wrong with it


def _candidate(
    group: Group,
    folder_scan: FolderScan,
    paths: tuple[Path, ...],
    section: str,
    counted: Counted | None,
    problem: Refusal | None,
) -> Candidate:
    identifier, run_info = group.candidate_id(section), commands.given_run_info(section)
    whole = counted if counted and counted.problem is None else Counted()
    tasks = whole.tasks()
    problem = problem or _nothing_to_judge(counted, whole)
    entry = RunCandidate(
        candidate_id=identifier,
        source=group.source,
        format=group.sighting.format,
        confidence=round(group.sighting.confidence, 3),
        reasons=list(group.sighting.reasons),
        status=_status(counted, problem),
        files=list(_files(group)),
        file_count=sum(1 for _ in group.files()),
        section=commands.clean_text(section) if section else UNSET,
        counts=whole.counts if whole.facts else UNSET,
        tasks=tasks[:MOST_TASKS_LISTED],
        task_count=len(tasks),
        runs=len(whole.facts.runs) if whole.facts else 0,
        measures=whole.facts.measures if whole.facts else UNSET,
        reported=whole.reported,
        inferred=_inferred(group, whole),
        findings=whole.findings,
        missing=whole.missing,
        conflicts=[],
        problem=problem or UNSET,
        next_command=commands.import_command(folder_scan.given, identifier),
        audit_command=commands.audit_command(group.source, paths, run_info),
        run_info=commands.run_info_line(whole.missing),
    )
    return Candidate(entry, paths, run_info, group, counted)


def _nothing_to_judge(counted: Counted | None, whole: Counted) -> Refusal | None:
    if counted is None or whole.facts is None:
        return None
    counts = whole.counts
    if counts.observed == 0:
        return Refusal(code="import.insufficient", message="There is no episode in it.")
    if whole.facts.measures is UNSET and counts.success + counts.failure == 0:
        return Refusal(code="import.insufficient", message="No episode in it is a success or a failure.")
    return None


def _status(counted: Counted | None, problem: Refusal | None) -> CandidateStatus:
    if problem is not None:
        return "insufficient" if problem.code == "import.insufficient" else "refused"
    return "ready" if counted else "uncounted"


def _files(group: Group) -> Iterator[CandidateFile]:
    for (found, role), _ in zip(group.files(), range(MOST_FILES_LISTED), strict=False):
        known: str | UnsetType = group.digests.get(found.place, UNSET)
        yield CandidateFile(path=commands.encodable(found.place), size=found.size, role=role, sha256=known)


def _inferred(group: Group, counted: Counted) -> list[InferredField]:
    fields = dict.fromkeys(inferred for found, _ in group.files() for inferred in found.sighting.inferred)
    known = [InferredField(field=name, value=value, basis=basis) for name, value, basis in fields]
    for run in counted.facts.runs if counted.facts else ():
        if run.bound_by == "order" and len(counted.facts.runs if counted.facts else ()) > 1:
            basis = "the order of the files; no file says to which run it belongs"
            known.append(InferredField(field="run_seed", value=run.run_seed, basis=basis))
        if run.seed_provenance == "derived":
            basis = "the start seed and the position of each episode"
            known.append(InferredField(field="environment_seeds", value="derived", basis=basis))
    return known
