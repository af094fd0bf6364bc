"""The failure gallery: failed scenarios, small enough to attach and safe to show."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import UNSET, UnsetType

from worldbase.redact import redact_text, redact_value
from worldbase.tables import markdown, markdown_cell, markdown_table, shortened
from worldforge.evaluation.documents import EvaluationResult, FailureGallery, GalleryCase, ReportDocument, TrialError

MOST_CASES: Final = 10
"""Cases shown of one provider, the lowest scores first."""

_MOST_KEYS: Final = 12
_LONGEST_LIST: Final = 8
_DEEPEST: Final = 2
_ARRAYS: Final = ("tensor", "array")
_NO_NOTES: Final = "The scenario's own contract; see its suite."


def gallery_of(report: ReportDocument, notes: Mapping[str, str] | None = None) -> FailureGallery:
    """The failures of a report.

    Args:
        report: The report.
        notes: Scenario -> what is expected of a provider.
    """
    notes = notes or {}
    cases = [
        _case(result, notes.get(result.scenario, _NO_NOTES))
        for summary in report.provider_summaries
        for result in _worst(report, summary.provider)
    ]
    provenance = None if isinstance(report.provenance, UnsetType) else report.provenance
    return FailureGallery(
        suite_id=report.suite_id,
        suite=report.suite,
        case_count=len(cases),
        claim_boundary=report.claim_boundary,
        metric_semantics=report.metric_semantics,
        source_input_digest=provenance.input_digest if provenance else None,
        source_result_digest=provenance.result_digest if provenance else None,
        suite_version=provenance.suite_version if provenance else "unknown",
        cases=cases,
    )


def preview(metrics: dict[str, Any]) -> dict[str, Any]:
    """A small picture of metrics: sanitised, few keys, long lists and arrays only counted, long texts cut."""
    return _object(redact_value(metrics), 0)


def gallery_markdown(gallery: FailureGallery) -> str:
    """The gallery for people, as a page of its own."""
    sources = {
        "Suite version": gallery.suite_version,
        "Input digest": gallery.source_input_digest or "unknown",
        "Result digest": gallery.source_result_digest or "unknown",
    }
    head = [
        f"# Failure gallery: {markdown(gallery.suite)}\n",
        f"**Claim boundary.** {markdown(gallery.claim_boundary)}\n",
        f"**Metric semantics.** {markdown(gallery.metric_semantics)}\n",
        "".join(f"- {name}: {markdown(text)}\n" for name, text in sources.items()),
    ]
    cases = list(cases_markdown(gallery, heading="##")) or ["No scenario failed.\n"]
    return "\n".join([*head, *cases])


def cases_markdown(gallery: FailureGallery, *, heading: str) -> Iterator[str]:
    """Each case of a gallery, under a heading of the given level."""
    for case in gallery.cases:
        yield f"{heading} {markdown(case.scenario)}, {markdown(case.provider)}\n"
        yield "".join(f"- {name}: {markdown(text)}\n" for name, text in case_facts(case))
        rows = [[markdown_cell(name), markdown_cell(text)] for name, text in preview_rows(case)]
        if rows:
            yield markdown_table(["metric", "value"], rows)
        yield "".join(f"{number}. {markdown(step)}\n" for number, step in enumerate(case.triage_steps, start=1))


def case_facts(case: GalleryCase) -> list[tuple[str, str]]:
    """What is said of a case, by name."""
    facts = [
        ("fixture", case.fixture_id),
        ("expected", case.expected_contract_notes),
        ("observed", case.observed_result),
    ]
    if not isinstance(case.error, UnsetType):
        facts.append(("error", f"{case.error.kind}: {case.error.message}"))
    return facts


def preview_rows(case: GalleryCase) -> list[list[str]]:
    """Metrics of a case and their values as text."""
    return [[name, json.dumps(value, ensure_ascii=False)] for name, value in case.metrics_preview.items()]


def _worst(report: ReportDocument, provider: str) -> list[EvaluationResult]:
    failed = [result for result in report.results if result.provider == provider and not result.passed]
    return sorted(failed, key=lambda result: result.score)[:MOST_CASES]


def _case(result: EvaluationResult, notes: str) -> GalleryCase:
    error = _first_error(result)
    return GalleryCase(
        fixture_id=f"evaluation:{result.suite_id}:{result.scenario}",
        suite_id=result.suite_id,
        suite=result.suite,
        scenario=result.scenario,
        provider=result.provider,
        score=result.score,
        expected_contract_notes=redact_text(notes),
        observed_result=_observed(result),
        metrics_preview=preview(result.metrics),
        triage_steps=_triage_steps(result, error),
        error=UNSET if error is None else error,
    )


def _triage_steps(result: EvaluationResult, error: TrialError | None) -> list[str]:
    look = (
        "Compare the metrics with what the contract expects."
        if error is None
        else f"Look for the {error.kind} in the provider's own log: without an outcome there are no metrics."
    )
    return [
        f"Run the suite {result.suite_id} with {result.provider} alone and the same seed.",
        look,
        "Call the provider with this scenario's input outside of the suite.",
    ]


def _first_error(result: EvaluationResult) -> TrialError | None:
    trials = [] if isinstance(result.trials, UnsetType) else result.trials
    return next((trial.error for trial in trials if trial.error is not None), None)


def _observed(result: EvaluationResult) -> str:
    keys = ", ".join(sorted(redact_value(result.metrics))) or "none"
    of_trials = ""
    if not isinstance(result.trial_count, UnsetType) and result.trial_count > 1:
        of_trials = f"; {result.passed_trial_count} of {result.trial_count} trials passed"
    return f"score={result.score:.6g}; passed=false{of_trials}; metric keys: {shortened(keys)}"


def _object(value: dict[str, Any], depth: int) -> dict[str, Any]:
    if depth >= _DEEPEST:
        return {"type": "object", "key_count": len(value)}
    kept = sorted(value)[:_MOST_KEYS]
    shown = {key: _under_key(key, value[key], depth + 1) for key in kept}
    if len(value) > len(kept):
        shown["_omitted_key_count"] = len(value) - len(kept)
    return shown


def _under_key(key: str, value: Any, depth: int) -> Any:
    match value:
        case dict():
            return _object(value, depth)
        case list():
            nested = any(isinstance(item, dict | list) for item in value)
            array = any(word in key.lower() for word in _ARRAYS)
            if array or nested or depth >= _DEEPEST or len(value) > _LONGEST_LIST:
                return {"type": "array", "item_count": len(value), "nested": nested}
            return [shortened(item) if isinstance(item, str) else item for item in value]
        case str():
            return shortened(value)
        case _:
            return value
