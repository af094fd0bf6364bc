"""Provenance and failure gallery of an evaluation report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import UnsetType

from worldbase import __version__, clock, digest
from worldbase.redact import redact_text
from worldforge.evaluation.definition import SuiteDefinition
from worldforge.evaluation.documents import EvaluationResult, Timing
from worldforge.evaluation.gallery import gallery_of
from worldforge.evaluation.report import EvaluationReport
from worldforge.provenance import Provenance
from worldforge.values.command_line import recorded


@dataclass(frozen=True, slots=True)
class ReportContext:
    """What a report says of how it came about.

    Attributes:
        command: The argv vector, where a command made the report.
        dataset_manifests: Compact references to dataset manifests.
        notes: Free text.
    """

    command: tuple[str, ...] = ()
    dataset_manifests: tuple[Mapping[str, Any], ...] = ()
    notes: str | None = None


def result_digest(results: Sequence[EvaluationResult]) -> str:
    """Digest (RFC 8785, SHA-256) of everything that came out, without times."""
    return digest.of_value(msgspec.to_builtins(results))


def timing_digest(timings: Sequence[Timing]) -> str:
    """Digest of the times."""
    return digest.of_value(msgspec.to_builtins(timings))


def with_provenance(
    report: EvaluationReport,
    suite: SuiteDefinition,
    *,
    asked: Mapping[str, Any],
    runtime_manifests: dict[str, str],
    event_count: int,
    context: ReportContext,
) -> EvaluationReport:
    """Add the provenance, and the gallery where something failed.

    Args:
        report: The report, without either.
        suite: What was run.
        asked: What was asked for, as `SuiteDefinition.described` tells it.
        runtime_manifests: Provider -> reference of its runtime.
        event_count: Events that the providers emitted.
        context: How the report came about.
    """
    provenance = Provenance(
        kind="evaluation",
        suite_id=suite.suite_id,
        suite_version=suite.suite_version,
        worldforge_version=__version__,
        created_at=clock.timestamp(),
        command=recorded(context.command),
        providers=[summary.provider for summary in report.provider_summaries],
        capabilities=list(suite.required_capabilities),
        runtime_manifests=runtime_manifests,
        input_digest=digest.of_value(dict(asked)),
        result_digest=result_digest(report.results),
        timing_digest=timing_digest([] if isinstance(report.timings, UnsetType) else report.timings),
        dataset_manifests=[dict(reference) for reference in context.dataset_manifests],
        event_count=event_count,
        claim_boundary=suite.claim_boundary,
        metric_semantics=suite.metric_semantics,
        notes=None if context.notes is None else redact_text(context.notes),
    )
    report = msgspec.structs.replace(report, provenance=provenance)
    if all(result.passed for result in report.results):
        return report
    notes = {scenario.name: scenario.contract for scenario in suite.scenarios}
    return msgspec.structs.replace(report, failure_gallery=gallery_of(report, notes))
