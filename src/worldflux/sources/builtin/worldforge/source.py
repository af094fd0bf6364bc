"""The adapter: what it takes, what it recognises, and what its scores measure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from msgspec import UNSET, UnsetType

from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.benchmarks.planned_grid import PlannedGrid
from worldflux.documents.episode import ScoreKind
from worldflux.errors import SourceError
from worldflux.sources.builtin.worldforge.documents import FORMAT, MANIFEST, NAME, REPORT
from worldflux.sources.builtin.worldforge.opening import open_report
from worldflux.sources.builtin.worldforge.report_file import WorldforgeReport
from worldflux.sources.contract import SourceInput
from worldflux.sources.recorded import RecordedSource
from worldflux.sources.recorded_file import RecordedFile
from worldflux.sources.sighting import HEAD_BYTES, Sample, Sighting

_DECLARATION: Final = b'"episode_kind"'
_BLOCK: Final = 1 << 20


class WorldforgeSource(RecordedSource):
    """Reads WorldForge's evaluation reports."""

    name: ClassVar[str] = NAME
    adapter_version: ClassVar[str] = "2"
    file_patterns: ClassVar[tuple[str, ...]] = (REPORT,)
    needed_facts: ClassVar[tuple[str, ...]] = ("evaluator_version", "policy_revision")
    measures: ClassVar[ScoreKind | UnsetType] = "contract"

    def open_file(self, number: int, given: SourceInput, grid: PlannedGrid) -> WorldforgeReport:
        """Open a report, or the report that a manifest names."""
        return WorldforgeReport(number, given, grid)

    def look_across(self, files: Sequence[RecordedFile]) -> None:
        """Refuse reports of contracts beside reports of tasks."""
        if len({_has_episodes(file) for file in files}) > 1:
            contract = next(file for file in files if not _has_episodes(file))
            raise SourceError(
                "this report checks contracts, and another one holds episodes of a task",
                code="source.worldforge.mixed_inputs",
                where=Where(contract.label),
                hint="Audit them one by one: what the one measures the other does not.",
            )

    def measured(self, files: Sequence[RecordedFile]) -> ScoreKind | UnsetType:
        """Success where a suite declares its trials to be episodes of a task; else the keeping of a contract."""
        return UNSET if any(map(_has_episodes, files)) else self.measures

    def sight(self, sample: Sample) -> Sighting | None:
        """Recognise a report and the manifest of a run."""
        if sample.name == MANIFEST:
            return _sight_manifest(sample)
        if sample.name != REPORT or not sample.size:
            return None
        if b'"claim_boundary"' not in sample.head or b'"suite_id"' not in sample.head + sample.tail:
            return None
        declared = _declares_episodes(sample)
        return Sighting(
            source=NAME,
            format=FORMAT,
            confidence=0.95,
            reasons=("claim_boundary and suite_id, as WorldForge writes them",),
            run_key=f"{NAME}:{sample.relative.parent.parent}",
            insufficient="" if declared else "It holds contract scores of adapters, and no outcome of a robot.",
        )

    def sections(self, path: Path) -> tuple[str, ...]:
        """The providers, where there are several."""
        report = open_report(path, redact_text(path.name)).report
        providers = tuple(dict.fromkeys(entry.provider for entry in report.results))
        return providers if len(providers) > 1 else ()


def _has_episodes(file: RecordedFile) -> bool:
    return isinstance(file, WorldforgeReport) and file.has_episodes


def _declares_episodes(sample: Sample) -> bool:
    """Whether a scenario declares its trials to be episodes; in a report of many trials that may stand anywhere."""
    if _DECLARATION in sample.head or sample.size <= HEAD_BYTES:
        return _DECLARATION in sample.head
    kept = b""
    with sample.path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if _DECLARATION in kept + block:
                return True
            kept = block[-len(_DECLARATION) :]
    return False


def _sight_manifest(sample: Sample) -> Sighting | None:
    if not all(key in sample.head for key in (b'"schema_version"', b'"kind"', b'"result_summary"', b'"operation"')):
        return None
    return Sighting(
        source=NAME,
        format="worldforge.manifest",
        confidence=0.95,
        reasons=("schema_version, kind and result_summary of a WorldForge run",),
        run_key=f"{NAME}:{sample.relative.parent}",
        role="companion",
    )


SOURCE: Final = WorldforgeSource()
