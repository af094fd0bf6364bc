"""Runs that were kept, opened with types: those of this harness and older ones of other harnesses.

A manifest without digests, a report without an envelope, keys that are not known here: all of that is read. What says
that it is of another schema version is not, and neither is anything that a link leads to.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from worldbase.document import pointer_of
from worldbase.errors import Where
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.errors import WorldForgeError
from worldforge.provenance import Provenance
from worldforge.runs import folder
from worldforge.runs.manifest import MANIFEST, RUN_ID, SCHEMA_VERSION, RunManifest
from worldforge.runs.workspace import RUNS

T = TypeVar("T")

INTERRUPTED: Final = "interrupted"
REPORT: Final = "reports/report.json"
GATE: Final = "reports/gate.json"
SUMMARY: Final = "results/summary.json"


class ProviderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What one provider reached in an evaluation."""

    provider: str
    average_score: float | None = None
    scenario_count: int = 0
    passed_scenario_count: int = 0
    failed_scenario_count: int = 0
    pass_rate: float | None = None


class ScenarioResult(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario of an evaluation: a score from 0 to 1, and whether it passed."""

    scenario: str
    provider: str
    score: float
    passed: bool
    suite_id: str = ""
    suite: str = ""
    metrics: dict[str, Any] = {}


class EvaluationReportView(msgspec.Struct, frozen=True, kw_only=True):
    """As much of an evaluation's report as comparing and sharing need."""

    suite_id: str
    suite: str = ""
    provider_summaries: list[ProviderSummary]
    results: list[ScenarioResult] = []
    claim_boundary: str = ""
    metric_semantics: str = ""
    provenance: Provenance | UnsetType = UNSET


Report: TypeAlias = BenchmarkReport | EvaluationReportView | dict[str, Any]
_REPORT_OF_KIND: Final[dict[str, type[BenchmarkReport] | type[EvaluationReportView]]] = {
    "benchmark": BenchmarkReport,
    "eval": EvaluationReportView,
}
_decoder: Final[Callable[[Any], msgspec.json.Decoder[Any]]] = functools.cache(msgspec.json.Decoder)
"""One decoder for thousands of runs: making it takes longer than reading a small report."""


@dataclass(frozen=True, slots=True)
class PreservedRun:
    """A run that was opened.

    Attributes:
        path: Its folder; of a report outside a run, the folder of that file.
        run_id: From the manifest, or the name of a report outside a run.
        kind: `benchmark`, `eval`, `demo_showcase` or another tool's word.
        state: The manifest's status; `interrupted` where it says `running` and its process is gone; `completed` for a
            report outside a run.
        manifest: None for a report outside a run.
        report: The report; of a demo showcase and other kinds, the object in `results/summary.json`; None where the
            run left none.
        report_path: Where the report is, in `path`.
    """

    path: Path
    run_id: str
    kind: str
    state: str
    manifest: RunManifest | None
    report: Report | None
    report_path: str


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as a listing shows it: its manifest, or why there is none.

    Attributes:
        run_id: Name of its folder.
        path: Its folder.
        manifest: None where it cannot be read.
        state: As in `PreservedRun`; `unreadable` without a manifest.
        fault: Why the manifest cannot be read.
    """

    run_id: str
    path: Path
    manifest: RunManifest | None
    state: str
    fault: WorldForgeError | None = None


class _AnyReport(msgspec.Struct):
    """The two keys that tell the kinds of reports apart."""

    run_metadata: msgspec.Raw | UnsetType = UNSET
    provider_summaries: msgspec.Raw | UnsetType = UNSET


class _AnyVersion(msgspec.Struct):
    schema_version: Any = None


def open_run(path: Path | str, *, workspace: Path | None = None) -> PreservedRun:
    """Open a run by its folder, its `run_manifest.json`, its `reports/report.json`, or its id.

    Args:
        path: One of these; a report may also lie outside a run.
        workspace: Where a run with that id is looked for, such as `.worldforge`.

    Raises:
        WorldForgeError: `run.unknown` where nothing is there; `run.schema_version`, `run.manifest_invalid`,
            `run.report_invalid`, `run.not_a_report`; what `folder.read` raises.
    """
    place = find_run(path, workspace=workspace)
    if os.path.isdir(place):  # noqa: PTH112 - called for thousands of runs
        return _open_folder(place)
    return _open_file(place)


def find_run(path: Path | str, *, workspace: Path | None = None) -> Path:
    """Where a run is: the path itself, or the folder of the run with that id.

    Raises:
        WorldForgeError: `run.unknown`.
    """
    text, place = str(path), Path(path)
    if workspace is not None and RUN_ID.match(text):
        place = workspace / RUNS / text
    try:
        os.stat(place)  # noqa: PTH116 - called for thousands of runs
    except (OSError, ValueError):
        raise WorldForgeError(
            f"there is no run at {text[:200]!r}",
            code="run.unknown",
            hint="See `worldforge runs list`. Give an id, or the path of a folder, manifest or report.",
        ) from None
    return place


def folder_of(path: Path | str, *, workspace: Path | None = None) -> Path:
    """The folder of a run that is named as in `open_run`; nothing of it is read.

    Raises:
        WorldForgeError: `run.unknown`.
    """
    place = find_run(path, workspace=workspace)
    if os.path.isdir(place):  # noqa: PTH112 - called for thousands of runs
        return place
    return place.parent.parent if place.parent.name == "reports" else place.parent


def read_manifest(run: Path) -> RunManifest:
    """Read the manifest of a run.

    Raises:
        WorldForgeError: `run.no_manifest`, `run.schema_version`, `run.manifest_invalid`; what `folder.read` raises.
    """
    where = Where(f"{run.name or '.'}/{MANIFEST}")
    data = folder.read(run, MANIFEST, max_bytes=folder.MAX_MANIFEST_BYTES)
    if data is None:
        raise WorldForgeError(
            f"the folder holds no {MANIFEST}",
            code="run.no_manifest",
            where=where,
            hint="Give the folder of a run; `worldforge runs list` shows those of a workspace.",
        )
    version = _decoded(data, _AnyVersion, where, code="run.manifest_invalid").schema_version
    if version != SCHEMA_VERSION or isinstance(version, bool):
        raise WorldForgeError(
            f"the manifest has schema version {version!r:.40}; this program reads {SCHEMA_VERSION}",
            code="run.schema_version",
            where=where._replace(pointer="/schema_version"),
            hint="A newer worldforge may have made it.",
        )
    manifest = _decoded(data, RunManifest, where, code="run.manifest_invalid")
    if not RUN_ID.match(manifest.run_id):
        raise WorldForgeError(
            f"{manifest.run_id[:80]!r} is no run id",
            code="run.manifest_invalid",
            where=where._replace(pointer="/run_id"),
            hint="An id is YYYYMMDDTHHMMSSZ- and eight lower-case hex digits.",
        )
    return manifest


def read_gate(run: PreservedRun) -> GateReport | None:
    """What the budgets said; None where the run kept no gate.

    Raises:
        WorldForgeError: `run.report_invalid`; what `folder.read` raises.
    """
    data = None if run.manifest is None else folder.read(run.path, GATE)
    if data is None:
        return None
    return _decoded(data, GateReport, Where(f"{run.run_id}/{GATE}"), code="run.report_invalid")


def list_runs(workspace: Path) -> list[ListedRun]:
    """Every run of a workspace, oldest first. A run that cannot be read is listed with its fault.

    Raises:
        WorldForgeError: `run.unreadable` where the workspace itself cannot be listed.
    """
    return [listed(workspace / RUNS / run_id) for run_id in run_ids(workspace)]


def run_ids(workspace: Path) -> list[str]:
    """Ids of the runs of a workspace, oldest first; nothing of the runs is read.

    Raises:
        WorldForgeError: `run.unreadable` where the workspace cannot be listed.
    """
    try:
        return sorted(path.name for path in (workspace / RUNS).iterdir() if RUN_ID.match(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise WorldForgeError(
            f"the runs cannot be listed: {error.strerror}",
            code="run.unreadable",
            where=Where(RUNS),
            hint="Check the permissions of the workspace.",
        ) from None


def state_of(run: Path, manifest: RunManifest) -> str:
    """The status of a run, or `interrupted` where it says `running` and its process is gone."""
    return INTERRUPTED if manifest.status == "running" and not folder.is_held(run) else manifest.status


def listed(path: Path) -> ListedRun:
    """A run of a workspace by its folder; one that cannot be read with its fault."""
    try:
        if os.path.islink(path):  # noqa: PTH114 - called for thousands of runs
            raise WorldForgeError(
                "the run's folder is a link",
                code="run.unsafe_path",
                where=Where(path.name),
                hint="Open it by its own path if you trust it.",
            )
        manifest = read_manifest(path)
        if manifest.run_id != path.name:
            raise WorldForgeError(
                f"the manifest is that of {manifest.run_id}",
                code="run.manifest_invalid",
                where=Where(f"{path.name}/{MANIFEST}", "/run_id"),
                hint="The folder was renamed or its manifest replaced; open it by its path to look at it.",
            )
    except WorldForgeError as fault:
        return ListedRun(path.name, path, None, "unreadable", fault)
    return ListedRun(path.name, path, manifest, state_of(path, manifest))


def _open_folder(path: Path) -> PreservedRun:
    manifest = read_manifest(path)
    kind = _REPORT_OF_KIND.get(manifest.kind)
    relative = SUMMARY if kind is None else manifest.artifact_paths.get("json", REPORT)
    return PreservedRun(
        path=path,
        run_id=manifest.run_id,
        kind=manifest.kind,
        state=state_of(path, manifest),
        manifest=manifest,
        report=_report(path, relative, kind),
        report_path=relative,
    )


def _report(
    path: Path, relative: str, kind: type[BenchmarkReport] | type[EvaluationReportView] | None
) -> Report | None:
    data, where = folder.read(path, relative), Where(f"{path.name}/{relative}")
    if data is None:
        return None
    if kind is None:
        return _decoded(data, dict[str, Any], where, code="run.report_invalid")
    return _decoded(data, kind, where, code="run.report_invalid")


def _open_file(path: Path) -> PreservedRun:
    if path.name == MANIFEST:
        return _open_folder(path.parent)
    if path.parent.name == "reports" and os.path.lexists(path.parent.parent / MANIFEST):
        return _open_folder(path.parent.parent)
    return _open_report(path)


def _open_report(path: Path) -> PreservedRun:
    """A report that lies by itself, such as `.worldforge/reports/benchmark-<run-id>.json`."""
    where = Where(path.name)
    data = folder.read_plain(path.resolve(), where) or b""
    keys = _decoded(data, _AnyReport, where, code="run.not_a_report")
    name = next((kind for kind, key in _keys(keys) if key is not UNSET), None)
    if name is None:
        raise WorldForgeError(
            "the file is neither a run nor a report of a benchmark or an evaluation",
            code="run.not_a_report",
            where=where,
            hint="Give a run's folder, its run_manifest.json or its reports/report.json.",
        )
    report: Report = _decoded(data, _REPORT_OF_KIND[name], where, code="run.report_invalid")
    run_id = path.stem.removeprefix("benchmark-").removeprefix("evaluation-")
    return PreservedRun(path.parent, run_id, name, "completed", None, report, path.name)


def _keys(found: _AnyReport) -> Sequence[tuple[str, msgspec.Raw | UnsetType]]:
    return ("benchmark", found.run_metadata), ("eval", found.provider_summaries)


def _decoded(data: bytes, kind: type[T], where: Where, *, code: str) -> T:
    try:
        value: T = _decoder(kind).decode(data)
        return value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WorldForgeError(
            f"not readable as what it should be: {str(error)[:300]}",
            code=code,
            where=where._replace(pointer=pointer_of(str(error))),
            hint="Was the file cut off or edited? `worldforge runs verify` says which files of a run were changed.",
        ) from None
