"""Finding the report of what was given, and the manifest of its run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from worldbase import safepath
from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.errors import SourceError
from worldflux.sources.builtin.worldforge.documents import KNOWN_MANIFEST, MANIFEST, NAME, REPORT, Manifest, Report
from worldflux.sources.reading.mapped_json import MappedJson

T = TypeVar("T")


class Opened(NamedTuple):
    """A report, and the manifest of its run where there is one."""

    path: Path
    file: MappedJson
    report: Report
    manifest_path: Path | None
    manifest: Manifest | None


def open_report(given: Path, label: str) -> Opened:
    """Open a report, or the report that a manifest names.

    Args:
        given: `report.json` or `run_manifest.json`.
        label: What the user calls it.

    Raises:
        SourceError: Either is not what WorldForge writes, or the report is not in the run's folder.
    """
    if given.name == MANIFEST:
        manifest = _manifest(given, label)
        path = _named_by(manifest, given, label)
        return Opened(path, *_decoded(path, label, Report), given, manifest)
    beside = given.parent.parent / MANIFEST
    if not safepath.is_regular(beside):
        return Opened(given, *_decoded(given, label, Report), None, None)
    return Opened(given, *_decoded(given, label, Report), beside, _manifest(beside, label))


def _named_by(manifest: Manifest, at: Path, label: str) -> Path:
    named = manifest.artifact_paths.get("json", f"reports/{REPORT}")
    report = at.parent / named
    if safepath.fault_of(named) is None and safepath.is_regular(report) and _is_below(report, at.parent):
        return report
    raise SourceError(
        f"the manifest's report {redact_text(named[:80])!r} is not in the run's folder",
        code="source.worldforge.no_report",
        where=Where(label, "/artifact_paths/json"),
        hint="Give the whole run folder, or report.json itself.",
    )


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _manifest(path: Path, label: str) -> Manifest:
    manifest = _decoded(path, label, Manifest)[1]
    if manifest.schema_version != KNOWN_MANIFEST:
        raise SourceError(
            f"the manifest has schema version {manifest.schema_version}; {KNOWN_MANIFEST} is known",
            code="source.worldforge.manifest_version",
            where=Where(label, "/schema_version"),
            hint="Give report.json alone, outside the run's folder.",
        )
    return manifest


def _decoded(path: Path, label: str, kind: type[T]) -> tuple[MappedJson, T]:
    with ThreadPoolExecutor(max_workers=1) as hashing:
        file = MappedJson(path, source=NAME, label=label, hashing=hashing)
        content = file.decode(kind)
        file.refuse_duplicate_keys()
    return file, content
