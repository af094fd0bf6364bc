"""What a run says of itself that comparing needs, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, Final

from msgspec import UNSET

from worldbase import safepath
from worldbase.redact import redact_text
from worldforge.benchmark.report import BenchmarkReport, InputFile, RunMetadata
from worldforge.errors import ComparisonRefusedError
from worldforge.provenance import Provenance
from worldforge.runs.comparison.documents import ComparedRun, Kind, Missing, ProvenanceRefs
from worldforge.runs.manifest import RunManifest
from worldforge.runs.preserved import EvaluationReportView, PreservedRun, Report

KINDS: Final[tuple[Kind, ...]] = ("benchmark", "eval", "demo_showcase")

_SAFE_ENDINGS: Final = frozenset({".csv", ".html", ".json", ".jsonl", ".md", ".txt"})
_LONGEST: Final = 400
_LONGEST_BOUNDARY: Final = 4000
_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run, ready to be compared.

    Attributes:
        run: The run.
        kind: What was run.
        providers: Who.
        operations: What; of evaluations the suite, of showcases the workflow.
        capabilities: For what; of a benchmark that does not say it, its operations.
        stated_capabilities: Those that the run itself names.
        fixture_digest: Of the inputs: that of their file, or else that of their value.
        value_digest: Of the inputs' value by this harness's one rule; None in reports of others.
        suite_version: Version of the suite's contract.
        budget_name: File of the budgets.
        budget_digest: Its digest.
        budget_passed: What they said.
        event_count: Events that were emitted.
        claim_boundary: What the report does not show.
        artifacts: Label -> file, of what is safe to name.
        unsafe_count: How many files are not.
        skip_reason: Why nothing was measured.
    """

    run: PreservedRun
    kind: Kind
    providers: tuple[str, ...]
    operations: tuple[str, ...]
    capabilities: tuple[str, ...]
    stated_capabilities: tuple[str, ...]
    fixture_digest: str | None
    value_digest: str | None
    suite_version: str | None
    budget_name: str | None
    budget_digest: str | None
    budget_passed: bool | None
    event_count: int
    claim_boundary: str
    artifacts: Mapping[str, str]
    unsafe_count: int
    skip_reason: str | None

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.run.run_id

    @property
    def origin(self) -> Provenance | None:
        """The envelope of its report."""
        return origin_of(self.run.report)

    @property
    def budget_ref(self) -> str | None:
        """Name and digest of the budgets."""
        return None if self.budget_digest is None else f"{self.budget_name or 'budget'}#{self.budget_digest}"

    @property
    def missing(self) -> list[Missing]:
        """What the run does not say."""
        known: dict[Missing, object] = {
            "capability": self.capabilities or None,
            "fixture_digest": self.fixture_digest,
            "suite_version": self.suite_version,
            "budget_status": self.budget_passed,
        }
        return [name for name, value in known.items() if value is None]


def facts_of(run: PreservedRun) -> RunFacts:
    """Gather what a run says.

    Raises:
        ComparisonRefusedError: `compare.kind` for a kind that cannot be compared, `compare.no_report` for a run that
            left nothing to compare and was not skipped.
    """
    kind = _kind(run)
    manifest, origin, report = run.manifest, origin_of(run.report), run.report
    asked = report.run_metadata if isinstance(report, BenchmarkReport) else None
    summary = {} if manifest is None else manifest.result_summary
    skip_reason = _text(summary.get("skip_reason") or (summary.get("reason") if run.state == "skipped" else None))
    if report is None and skip_reason is None and run.state != "skipped":
        raise ComparisonRefusedError(
            f"the run {run.run_id} left no report (its status is {run.state})",
            code="compare.no_report",
            hint="Compare runs that were finished; `worldforge runs list` shows them.",
        )
    operations, capabilities = _operations(run), _capabilities(run, origin)
    safe, unsafe_count = _artifacts(manifest)
    budget_name, budget_digest = _budget(asked, origin)
    return RunFacts(
        run=run,
        kind=kind,
        providers=_providers(run),
        operations=operations,
        # What a benchmark measures is called as the capability that it needs.
        capabilities=capabilities or (operations if kind == "benchmark" else ()),
        stated_capabilities=capabilities,
        fixture_digest=_fixture_digest(asked, manifest, origin),
        value_digest=_value_digest(origin),
        suite_version=origin.suite_version if origin else None,
        budget_name=budget_name,
        budget_digest=budget_digest,
        budget_passed=_flag(summary.get("budget_passed")),
        event_count=origin.event_count if origin else manifest.event_count if manifest else 0,
        claim_boundary=_claim_boundary(report),
        artifacts=safe,
        unsafe_count=unsafe_count,
        skip_reason=skip_reason,
    )


def compared_run(facts: RunFacts) -> ComparedRun:
    """A run as a document shows it."""
    run, manifest = facts.run, facts.run.manifest
    folder = run.run_id
    return ComparedRun(
        run_id=run.run_id,
        created_at=manifest.created_at if manifest else facts.origin.created_at if facts.origin else "",
        status=run.state,
        command=clean(manifest.command if manifest else " ".join(facts.origin.command) if facts.origin else ""),
        provider=",".join(facts.providers),
        operation=",".join(facts.operations),
        path=folder,
        report_path=run.report_path if _is_safe(run.report_path) else "",
        artifact_refs={label: f"{folder}/{path}" for label, path in facts.artifacts.items()},
        safe_artifacts=dict(facts.artifacts),
        excluded_unsafe_artifact_count=facts.unsafe_count,
        provenance_refs=_refs(facts),
        budget_passed=facts.budget_passed,
        event_count=facts.event_count,
        skip_reason=facts.skip_reason,
        missing_evidence=facts.missing,
        replay_of=manifest.replay_of if manifest and isinstance(manifest.replay_of, str) else None,
    )


def origin_of(report: Report | None) -> Provenance | None:
    """The envelope of a report, where it has one."""
    if isinstance(report, BenchmarkReport | EvaluationReportView) and report.provenance is not UNSET:
        return report.provenance
    return None


@lru_cache(maxsize=_REMEMBERED)
def clean(text: str, *, longest: int = _LONGEST) -> str:
    """A text from a run's file, without secrets and host paths, and not longer than a row can hold.

    Runs that are compared say mostly the same, so what was cleaned once is remembered.
    """
    found = redact_text(text[: 2 * longest])
    return found if len(found) <= longest else f"{found[:longest]}..."


def _kind(run: PreservedRun) -> Kind:
    for kind in KINDS:
        if run.kind == kind:
            return kind
    raise ComparisonRefusedError(
        f"the run {run.run_id} is of the kind {run.kind[:40]!r}, which is not compared",
        code="compare.kind",
        hint=f"Compared are: {', '.join(KINDS)}.",
    )


def _providers(run: PreservedRun) -> tuple[str, ...]:
    report = run.report
    if isinstance(report, BenchmarkReport):
        return _distinct(result.provider for result in report.results)
    if isinstance(report, EvaluationReportView):
        return _distinct(summary.provider for summary in report.provider_summaries)
    return _distinct(run.manifest.provider.split(",")) if run.manifest else ()


def _operations(run: PreservedRun) -> tuple[str, ...]:
    report = run.report
    if isinstance(report, BenchmarkReport):
        return _distinct(result.operation for result in report.results)
    if isinstance(report, EvaluationReportView):
        return (clean(report.suite_id),)
    return _distinct(run.manifest.operation.split(",")) if run.manifest else ()


def _capabilities(run: PreservedRun, origin: Provenance | None) -> tuple[str, ...]:
    if origin is not None and origin.capabilities:
        return _distinct(origin.capabilities)
    asked = run.manifest.input_summary.get("capabilities") if run.manifest else None
    return _distinct(str(name) for name in asked) if isinstance(asked, list) else ()


def _distinct(names: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean(name) for name in names if name.strip()))


def _fixture_digest(asked: RunMetadata | None, manifest: RunManifest | None, origin: Provenance | None) -> str | None:
    if asked is not None and asked.input_file is not UNSET:
        return _prefixed(asked.input_file.sha256)
    if manifest is not None and isinstance(manifest.input_digest, str):
        return _prefixed(manifest.input_digest)
    return _prefixed(origin.input_digest) if origin and origin.input_digest else None


def _value_digest(origin: Provenance | None) -> str | None:
    # Only envelopes of this harness have a digest of timings, and with it the one digest rule.
    return origin.input_digest if origin and isinstance(origin.timing_digest, str) else None


def _budget(asked: RunMetadata | None, origin: Provenance | None) -> tuple[str | None, str | None]:
    if asked is not None and asked.budget_file is not UNSET:
        return _file_name(asked.budget_file.path), _prefixed(asked.budget_file.sha256)
    if origin is not None and origin.budget_file is not None:
        return _file_name(origin.budget_file.path), _prefixed(origin.budget_file.sha256)
    return None, None


def _file_name(path: str) -> str:
    """The last part of a path; older reports hold the whole of it."""
    return clean(PurePosixPath(path.replace("\\", "/")).name)


def _prefixed(digest: str) -> str:
    """A digest as `sha256:<hex>`; older fields hold the bare digits."""
    return clean(digest if digest.startswith("sha256:") else f"sha256:{digest}")


def _artifacts(manifest: RunManifest | None) -> tuple[dict[str, str], int]:
    paths = {} if manifest is None else manifest.artifact_paths
    safe = {clean(label): path for label, path in sorted(paths.items()) if _is_safe(path)}
    return safe, len(paths) - len(safe)


@lru_cache(maxsize=_REMEMBERED)
def _is_safe(path: str) -> bool:
    """Whether a path stays in its run and names a file of text; no document names anything else."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix in _SAFE_ENDINGS and safepath.fault_of(path) is None and clean(path) == path


def _claim_boundary(report: Report | None) -> str:
    if isinstance(report, BenchmarkReport | EvaluationReportView):
        return clean(report.claim_boundary, longest=_LONGEST_BOUNDARY)
    return clean(str(report.get("claim_boundary") or ""), longest=_LONGEST_BOUNDARY) if report else ""


def _refs(facts: RunFacts) -> ProvenanceRefs:
    origin, report = facts.origin, facts.run.report
    file = report.run_metadata.input_file if isinstance(report, BenchmarkReport) else UNSET
    machine = origin.machine if origin else UNSET
    return ProvenanceRefs(
        input_file=_file_ref(file) if file is not UNSET else None,
        input_digest=_known(origin.input_digest) if origin else None,
        budget_file=facts.budget_ref,
        result_digest=_known(origin.result_digest) if origin else None,
        timing_digest=_known(origin.timing_digest) if origin else None,
        worldforge_version=clean(origin.worldforge_version) if origin else None,
        machine_class=clean(machine.machine_class) if machine is not UNSET else None,
    )


def _file_ref(file: InputFile) -> str:
    return f"{_file_name(file.path)}#{_prefixed(file.sha256)}"


def _known(value: object) -> str | None:
    return clean(value) if isinstance(value, str) else None


def _text(value: Any) -> str | None:
    return clean(value) if isinstance(value, str) and value.strip() else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
