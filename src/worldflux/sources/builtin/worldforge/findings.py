"""What a reader has to know about a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from worldbase.errors import Where
from worldbase.redact import redact_text
from worldflux.documents.audit_input import Finding
from worldflux.sources.builtin.worldforge.documents import Manifest, Report
from worldflux.sources.builtin.worldforge.task_trials import TaskTrials

_LONGEST_QUOTE: Final = 400
_LONGEST_NAME: Final = 80
_SHOWN: Final = 5


def contract_scores(report: Report, label: str) -> Finding:
    """That scores of a contract are no performance of a robot, in the words of the report."""
    return Finding(
        code="source.worldforge.contract_scores",
        severity="warning",
        message="The scores say whether an adapter keeps its contract; they are no success of a robot and cannot "
        f"become a success rate.{_quoted(report.claim_boundary)}",
        where=str(Where(label, "/claim_boundary" if report.claim_boundary else None)),
    )


def declared_episodes(report: Report, trials: Sequence[TaskTrials], label: str) -> Finding:
    """That nothing but the suite itself says that its trials are episodes."""
    environments = _shown(each.scenario.environment for each in trials)
    notes = f' It was run from: "{_clean(report.provenance.notes)}".' if report.provenance.notes else ""
    return Finding(
        code="source.worldforge.declared_episodes",
        severity="warning",
        message=f"The suite declares that each trial of {_shown(each.scenario.scenario for each in trials)} is one "
        f"episode of {environments}. The report does not show what was simulated, by which rule a trial passed, or "
        f"which policy stood behind the name of the provider.{notes}{_quoted(report.claim_boundary)}",
        where=str(Where(label, "/results")),
    )


def infra_errors(errors: Counter[str], episodes: int, label: str) -> Finding:
    """That WorldForge counts as failed what came to no outcome."""
    return Finding(
        code="source.worldforge.infra_errors",
        severity="warning",
        message=f"{errors.total():,} of {episodes:,} episodes came to no outcome ({_shown(sorted(errors))}). WorldForge"
        " counts them as failed; here they are infrastructure errors, and the protocol says what becomes of them.",
        where=str(Where(label, "/results")),
    )


def not_completed(manifest: Manifest, label: str) -> Finding:
    """That the run did not come to the end that it should have."""
    return Finding(
        code="source.worldforge.not_completed",
        severity="warning",
        message=f"The manifest says that the run is {redact_text(manifest.status)[:_LONGEST_NAME]!r}.",
        where=str(Where(label, "/status")),
    )


def report_changed(label: str) -> Finding:
    """That the report is not the one that the run ended with."""
    return Finding(
        code="source.worldforge.report_changed",
        severity="error",
        message="The manifest names another digest of the report: one of the two was changed after the run.",
        where=label,
    )


def _quoted(boundary: str) -> str:
    return f' The report says: "{_clean(boundary)}"' if boundary else ""


def _clean(text: str) -> str:
    return redact_text(text)[:_LONGEST_QUOTE]


def _shown(texts: Iterable[str]) -> str:
    names = list(dict.fromkeys(redact_text(text)[:_LONGEST_NAME] for text in texts))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
