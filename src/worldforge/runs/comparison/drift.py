"""What else differs between two runs: failures by fingerprint, files by digest, how the runs came about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase import digest
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, RunMetadata
from worldforge.errors import WorldForgeError
from worldforge.provenance import Machine, Provenance
from worldforge.runs import folder
from worldforge.runs.comparison.documents import ArtifactChanges, Difference, FailureChanges, ProvenanceChanges
from worldforge.runs.comparison.facts import RunFacts, clean
from worldforge.runs.preserved import EvaluationReportView

_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_MOST: Final = 200
_TIMED: Final = frozenset({"json", "markdown", "csv", "html", "events", "gate", "gate_markdown", "summary"})
"""Labels of files that hold timings or times, which no two runs have in common."""
_OF_THE_ENVELOPE: Final = ("worldforge_version", "suite_version", "input_digest", "result_digest", "notes")
_OF_THE_MACHINE: Final = ("machine_class", "system", "cpu_model", "usable_cpus", "governor", "python")
_OF_THE_REQUEST: Final = (
    "iterations",
    "concurrency",
    "warmup",
    "rate_per_second",
    "timeout_seconds",
    "preset",
    "yardstick",
)


def failure_changes(baseline: RunFacts, candidate: RunFacts) -> FailureChanges:
    """Which failures are new, gone, and still there."""
    before, after = set(_failures(baseline)), set(_failures(candidate))
    return FailureChanges(
        status="changed" if before != after else "unchanged",
        new_failures=sorted(after - before)[:_MOST],
        removed_failures=sorted(before - after)[:_MOST],
        lasting_failures=sorted(before & after)[:_MOST],
    )


def artifact_changes(baseline: RunFacts, candidate: RunFacts) -> ArtifactChanges:
    """Which files came, went and changed, by label."""
    before, after = baseline.artifacts, candidate.artifacts
    added, removed = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    changed = [
        label
        for label in sorted(before.keys() & after.keys())
        if _digest(baseline, before[label]) != _digest(candidate, after[label])
    ]
    return ArtifactChanges(
        status="changed" if added or removed or changed else "unchanged",
        added=added,
        removed=removed,
        changed=changed,
        expected=[label for label in changed if label in _TIMED],
        excluded_unsafe_count=baseline.unsafe_count + candidate.unsafe_count,
    )


def provenance_changes(baseline: RunFacts, candidate: RunFacts) -> ProvenanceChanges:
    """How the runs came about otherwise."""
    before, after = dict(_provenance(baseline)), dict(_provenance(candidate))
    differences = [
        Difference(field=name, baseline=before.get(name), candidate=after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]
    return ProvenanceChanges(status="changed" if differences else "unchanged", differences=differences[:_MOST])


def _failures(facts: RunFacts) -> Iterator[str]:
    report = facts.run.report
    if isinstance(report, BenchmarkReport):
        for result in report.results:
            yield from (f"benchmark:{clean(result.operation)}:{kind}" for kind in _error_kinds(result))
    elif isinstance(report, EvaluationReportView):
        suite = clean(report.suite_id)
        for scenario in report.results:
            if not scenario.passed:
                yield f"evaluation:{suite}:{clean(scenario.provider)}:{clean(scenario.scenario)}"
    if facts.run.state in ("failed", "cancelled", "interrupted") and facts.kind == "demo_showcase":
        yield f"run:{facts.run.state}:{_failure_reason(facts)}"


def _error_kinds(result: BenchmarkResult) -> Iterator[str]:
    if result.error_kinds is not UNSET:
        yield from map(clean, result.error_kinds)
        return
    # Reports of others hold messages alone; what differs from call to call in them is mostly a number.
    yield from (_NUMBER.sub("#", clean(message, longest=_MOST)) for message in result.errors)


def _failure_reason(facts: RunFacts) -> str:
    summary = facts.run.manifest.result_summary if facts.run.manifest else {}
    return clean(str(summary.get("failure_reason") or summary.get("error") or ""), longest=_MOST)


def _digest(facts: RunFacts, path: str) -> str | None:
    """Digest of a file by the manifest, or of what lies there now in a run without digests."""
    manifest = facts.run.manifest
    if manifest is not None and manifest.files is not UNSET:
        entry = manifest.files.get(path)
        return entry.sha256 if entry else None
    try:
        data = folder.read(facts.run.path, path)
    except WorldForgeError:
        return None
    return None if data is None else digest.of_bytes(data)


def _provenance(facts: RunFacts) -> Iterator[tuple[str, str]]:
    origin, report = facts.origin, facts.run.report
    if origin is not None:
        yield from _named(origin, _OF_THE_ENVELOPE)
        yield from (("runtime_manifests." + clean(name), clean(of)) for name, of in origin.runtime_manifests.items())
        machine = _machine(origin)
        if machine is not None:
            yield from _named(machine, _OF_THE_MACHINE)
            yield from (("versions." + clean(name), clean(version)) for name, version in machine.versions.items())
    if isinstance(report, BenchmarkReport):
        yield from _named(report.run_metadata, _OF_THE_REQUEST)
        yield from _clock(report.run_metadata)
    if facts.run.manifest is not None:
        yield "command", clean(facts.run.manifest.command)
    if facts.budget_ref is not None:
        yield "budget", facts.budget_ref


def _named(struct: msgspec.Struct, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        value: Any = getattr(struct, name)
        if value is not None and value is not UNSET:
            yield name, clean(str(value))


def _machine(origin: Provenance) -> Machine | None:
    return None if origin.machine is UNSET else origin.machine


def _clock(asked: RunMetadata) -> Iterator[tuple[str, str]]:
    if asked.clock is not UNSET:
        yield "clock", clean(asked.clock.name)
