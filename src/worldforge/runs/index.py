"""Finding runs: what a workspace holds, by provider, capability, state, kind, time or file."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from worldbase.errors import UsageError
from worldbase.redact import redact_text
from worldforge.benchmark.report import BenchmarkReport
from worldforge.errors import WorldForgeError
from worldforge.runs.manifest import RunManifest, created_at
from worldforge.runs.preserved import EvaluationReportView, ListedRun, list_runs, open_run
from worldforge.runs.workspace import RUNS

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}Z)?\Z", re.ASCII)


class IndexedRun(msgspec.Struct, frozen=True, kw_only=True):
    """One run in an index.

    Attributes:
        run_id: Its id.
        created_at: UTC, from the id.
        path: Its folder, relative to the workspace.
        state: The manifest's status; `interrupted` where the process is gone, `unreadable` without a manifest.
        kind: What was run; like all that follows, empty or left out where the manifest cannot be read.
        provider: Providers, joined by commas.
        operation: Operations or suite, joined by commas.
        command: How it was run.
        event_count: Events that were emitted.
        budget_passed: What the gate said, where one ran.
        result_count: Results of the report.
        error_count: Failed calls in them.
        artifacts: Labels of the files that it names.
        replay_of: Run that it repeats.
        fault: Why it cannot be read.
    """

    run_id: str
    created_at: str
    path: str
    state: str
    kind: str = ""
    provider: str = ""
    operation: str = ""
    command: str = ""
    event_count: int = 0
    budget_passed: bool | None = None
    result_count: int | None = None
    error_count: int | None = None
    artifacts: list[str] = []
    replay_of: str | UnsetType = UNSET
    fault: str | UnsetType = UNSET


class RunIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of a workspace that were asked for, oldest first.

    Attributes:
        schema_version: 1.
        filters: What was asked for.
        run_count: How many there are.
        runs: The runs.
    """

    filters: dict[str, str]
    run_count: int
    runs: list[IndexedRun]
    schema_version: int = 1


def _is_moment(text: str) -> bool:
    if not _DAY.match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # the 45th of a month
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to look for; None asks for nothing.

    Attributes:
        provider: One of the run's providers.
        capability: One of the operations that it measured, or of the capabilities that its suite needs.
        status: Its state.
        kind: What was run.
        created_from: Day or moment in UTC, `2026-05-06` or `2026-05-06T12:00:00Z`.
        created_to: The same; a day counts whole.
        artifact_type: A label or an ending of one of its files, such as `html`.

    Raises:
        UsageError: `run.moment`.
    """

    provider: str | None = None
    capability: str | None = None
    status: str | None = None
    kind: str | None = None
    created_from: str | None = None
    created_to: str | None = None
    artifact_type: str | None = None

    def __post_init__(self) -> None:
        for moment in (self.created_from, self.created_to):
            if moment is not None and not _is_moment(moment):
                raise UsageError(
                    f"{moment[:40]!r} is no day and no moment",
                    code="run.moment",
                    hint="Write it in UTC, as 2026-05-06 or 2026-05-06T12:00:00Z.",
                )

    def named(self) -> dict[str, str]:
        """What is asked for, by name."""
        every = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in every.items() if value is not None}

    def match(self, run: ListedRun) -> bool:
        """Whether a run is what is looked for; one without a manifest has nothing but a time and a state."""
        moment = created_at(run.run_id)
        if self.created_from is not None and moment < self.created_from:
            return False
        if self.created_to is not None and moment[: len(self.created_to)] > self.created_to:
            return False
        if self.status is not None and run.state != self.status:
            return False
        return self._matches_manifest(run)

    def _matches_manifest(self, run: ListedRun) -> bool:
        manifest = run.manifest
        if manifest is None:
            return (self.provider, self.capability, self.kind, self.artifact_type) == (None,) * 4
        return (
            self.kind in (None, manifest.kind)
            and (self.provider is None or self.provider in _split(manifest.provider))
            and (self.artifact_type is None or self.artifact_type in _artifact_types(manifest))
            and (self.capability is None or self.capability in _capabilities(run, manifest))
        )


def index(workspace: Path, filters: Filters = Filters()) -> RunIndex:
    """The runs of a workspace that match.

    Raises:
        WorldForgeError: `run.unreadable` where the workspace cannot be listed.
    """
    found = [indexed(run) for run in list_runs(workspace) if filters.match(run)]
    return RunIndex(filters=filters.named(), run_count=len(found), runs=found)


def indexed(run: ListedRun) -> IndexedRun:
    """A run as an index shows it: redacted, and with its fault where it cannot be read."""
    place = IndexedRun(
        run_id=run.run_id, created_at=created_at(run.run_id), path=f"{RUNS}/{run.run_id}", state=run.state
    )
    manifest = run.manifest
    if manifest is None:
        return msgspec.structs.replace(place, fault=_clean(str(run.fault)))
    summary = manifest.result_summary
    return msgspec.structs.replace(
        place,
        kind=_clean(manifest.kind),
        provider=_clean(manifest.provider),
        operation=_clean(manifest.operation),
        command=_clean(manifest.command),
        event_count=manifest.event_count,
        budget_passed=_of_type(summary.get("budget_passed"), bool),
        result_count=_of_type(summary.get("result_count"), int),
        error_count=_of_type(summary.get("error_count"), int),
        artifacts=[_clean(label) for label in sorted(manifest.artifact_paths)],
        replay_of=manifest.replay_of if manifest.replay_of is UNSET else _clean(manifest.replay_of),
    )


@functools.lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    """Redact what a manifest says; runs of one workspace repeat each other."""
    return redact_text(text)


def _of_type(value: Any, kind: type) -> Any:
    return value if type(value) is kind else None


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]


def _artifact_types(manifest: RunManifest) -> set[str]:
    endings = (PurePosixPath(path).suffix.lstrip(".") for path in manifest.artifact_paths.values())
    return {*manifest.artifact_paths, *endings} - {""}


def _capabilities(run: ListedRun, manifest: RunManifest) -> Iterable[str]:
    if manifest.kind == "benchmark":
        return _split(manifest.operation)
    try:
        report = open_run(run.path).report
    except WorldForgeError:
        return ()
    if not isinstance(report, (BenchmarkReport, EvaluationReportView)) or report.provenance is UNSET:
        return ()
    return report.provenance.capabilities
