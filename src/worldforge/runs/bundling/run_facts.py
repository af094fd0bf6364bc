"""What a bundle says of a run, read from the copies: what went into the bundle is all that can come out here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from worldforge.benchmark.report import BudgetViolation
from worldforge.runs.bundling.evidence_manifest import RunEntry
from worldforge.runs.manifest import MANIFEST, RunManifest
from worldforge.runs.preserved import GATE, INTERRUPTED, REPORT, state_of

T = TypeVar("T")

UNREADABLE: Final = "unreadable"
_EXPECTED: Final = {
    "benchmark": "every call succeeds and the command exits 0",
    "eval": "every scenario is run and passes",
}
_MORE_KINDS: Final = "the run ends with status completed"
_WITH_BUDGETS: Final = "every call succeeds, every budget holds and the command exits 0"


class _Failures(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a result of any kind as failures need."""

    provider: str = ""
    operation: str = ""
    error_count: int = 0
    errors: list[str] = []
    scenario: str = ""
    passed: bool = True


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    results: list[_Failures] = []


class _Gate(msgspec.Struct, frozen=True, kw_only=True):
    violations: list[BudgetViolation] = []


class _Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """Where a report says what it was run with; `sha256` is raw hex."""

    class _Metadata(msgspec.Struct, frozen=True):
        class _File(msgspec.Struct, frozen=True):
            sha256: str = ""

        input_file: _File = _File()

    class _Provenance(msgspec.Struct, frozen=True):
        input_digest: str | None = None

    run_metadata: _Metadata = _Metadata()
    provenance: _Provenance = _Provenance()


def run_entry(run: Path, source: str, copies: Mapping[str, bytes], *, fault: str = "") -> RunEntry:
    """Tell what a run was from its copies.

    Args:
        run: Its folder, which is asked only whether somebody still writes it.
        source: What it is called in the workspace.
        copies: Path in the run -> bytes of the copy.
        fault: Why there are no copies.
    """
    manifest = _decoded(copies, MANIFEST, RunManifest)
    if not isinstance(manifest, RunManifest):
        why = fault or manifest or f"there is no copy of {MANIFEST}"
        return RunEntry(run_id=run.name, kind="", status=UNREADABLE, source_path=source, validation_errors=[why])
    status = state_of(run, manifest)
    return RunEntry(
        run_id=manifest.run_id,
        kind=manifest.kind,
        status=status,
        command=manifest.command,
        provider=manifest.provider,
        operation=manifest.operation,
        expected_signal=_expected(manifest),
        observed_failure="; ".join(_failures(manifest, status, copies)) or None,
        skip_reason=_text(manifest.result_summary, "skip_reason", "reason") if status == "skipped" else None,
        validation_errors=[],
        source_path=source,
    )


def fixture_digest(copies: Mapping[str, bytes]) -> str | None:
    """Digest of what a run was run with: that of the file, where there was one, else that of the inputs."""
    report = _decoded(copies, REPORT, _Inputs)
    if not isinstance(report, _Inputs):
        return None
    file = report.run_metadata.input_file.sha256
    return f"sha256:{file}" if file else report.provenance.input_digest


def _expected(manifest: RunManifest) -> str:
    if manifest.kind == "benchmark" and manifest.result_summary.get("budget_passed") is not None:
        return _WITH_BUDGETS
    return _EXPECTED.get(manifest.kind, _MORE_KINDS)


def _failures(manifest: RunManifest, status: str, copies: Mapping[str, bytes]) -> Iterator[str]:
    summary = manifest.result_summary
    if status == INTERRUPTED:
        yield "the run was interrupted: its process is gone"
    elif status in ("cancelled", "running"):
        yield f"the run is {status}"
    if summary.get("budget_passed") is False:
        yield from _gate_failures(_decoded(copies, GATE, _Gate))
    if summary.get("error_count") or manifest.kind == "eval":
        yield from _report_failures(_decoded(copies, REPORT, _Report))
    elif status == "failed" and summary.get("budget_passed") is not False:
        yield _text(summary, "error", "reason") or "the run failed"


def _gate_failures(gate: _Gate | str | None) -> Iterator[str]:
    violations = gate.violations if isinstance(gate, _Gate) else []
    first = next(iter(violations), None)
    if first is None:
        yield "a budget was not met"
        return
    yield (
        f"{len(violations)} of the budgets' thresholds not met, the first {first.provider}/{first.operation} "
        f"{first.metric}: {_number(first.observed)} where {first.condition} {_number(first.threshold)} was asked for"
    )


def _number(number: float | None) -> str:
    return "nothing measured" if number is None else f"{number:.6g}"


def _report_failures(report: _Report | str | None) -> Iterator[str]:
    for result in report.results if isinstance(report, _Report) else []:
        if result.error_count:
            first = f", the first: {result.errors[0]}" if result.errors else ""
            yield f"{result.provider}/{result.operation}: {result.error_count} calls failed{first}"
        elif not result.passed:
            yield f"{result.provider}: the scenario {result.scenario} did not pass"


def _text(summary: Mapping[str, Any], *keys: str) -> str | None:
    return next((summary[key] for key in keys if isinstance(summary.get(key), str)), None)


def _decoded(copies: Mapping[str, bytes], relative: str, kind: type[T]) -> T | str | None:
    """The document, why it cannot be read, or None where there is no copy."""
    if relative not in copies:
        return None
    try:
        return msgspec.json.decode(copies[relative], type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        return f"{relative}: {error}"[:300]
