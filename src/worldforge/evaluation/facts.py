"""What a reader has to know beside the scores: who asked for what, and which digests to cite.

Pairs of a name and a plain text; whoever shows them escapes them. What an older report does not say is left out.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from msgspec import UnsetType

from worldforge.evaluation.documents import EvaluationResult, ReportDocument, Timing
from worldforge.provenance import Provenance

Fact: TypeAlias = tuple[str, str]


def facts(report: ReportDocument) -> list[Fact]:
    """Name and text of everything that the report says of its origin."""
    origin = [] if isinstance(report.provenance, UnsetType) else _of_origin(report.provenance)
    return [(name, text) for name, text in (*_of_episodes(report), *origin) if text]


def verdict(report: ReportDocument) -> str:
    """How many scenarios passed with each provider, as a sentence."""
    told = [
        f"{summary.provider} passed {summary.passed_scenario_count} of {summary.scenario_count}"
        for summary in report.provider_summaries
    ]
    return f"{'; '.join(told)}." if told else "No provider was asked."


def trials(result: EvaluationResult) -> str:
    """How many trials passed, with the interval where there are several; empty where the report does not say."""
    if isinstance(result.trial_count, UnsetType) or isinstance(result.passed_trial_count, UnsetType):
        return ""
    told = f"{result.passed_trial_count} of {result.trial_count}"
    if result.trial_count < 2 or isinstance(result.pass_interval, UnsetType):
        return told
    low, high = result.pass_interval
    return f"{told} ({low:.2f} to {high:.2f})"


def errors(result: EvaluationResult) -> Iterator[str]:
    """Each way in which trials came to no outcome, once, and how often."""
    seen: dict[str, int] = {}
    for trial in [] if isinstance(result.trials, UnsetType) else result.trials:
        if trial.error is not None:
            line = f"{trial.error.kind}: {trial.error.message}"
            seen[line] = seen.get(line, 0) + 1
    for line, count in seen.items():
        yield line if count == 1 else f"{line} ({count:,} times)"


def one_line(value: Any) -> str:
    """A JSON value on one line, keys in order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def at_a_glance(metrics: dict[str, Any]) -> str:
    """Metrics on one line, with four significant digits; the exact ones are in the JSON and CSV forms."""
    return ", ".join(f"{name} {_short(value)}" for name, value in metrics.items())


def times(timing: Timing, *, escaped: Callable[[str], str] = str) -> str:
    """What a scenario took, and how much of it where; the parts have names of the suite's author."""
    parts = [f"{escaped(name)} {milliseconds:,.1f}" for name, milliseconds in timing.parts_ms.items()]
    return ", ".join([f"{timing.total_ms:,.1f}", f"provider {timing.provider_ms:,.1f}", *parts])


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else one_line(value)


def _of_episodes(report: ReportDocument) -> Iterator[Fact]:
    """Which scenarios declare that their trials are episodes of a simulated task; of which, by its name."""
    by_environment: dict[str, dict[str, None]] = {}
    for result in report.results:
        if not isinstance(result.episode_kind, UnsetType) and not isinstance(result.environment, UnsetType):
            by_environment.setdefault(result.environment, {})[result.scenario] = None
    for environment, scenarios in by_environment.items():
        yield "Episodes", f"each trial of {', '.join(scenarios)} is one of {environment}, as the suite declares"


def _of_origin(origin: Provenance) -> Iterator[Fact]:
    yield "Suite", f"{origin.suite_id}, version {origin.suite_version}"
    yield "Providers", ", ".join(origin.providers)
    yield "Capabilities", ", ".join(origin.capabilities)
    yield "Runtime manifests", ", ".join(origin.runtime_manifests.values())
    yield "Command", shlex.join(origin.command)
    yield "Created", origin.created_at
    yield "WorldForge", origin.worldforge_version
    yield "Events", f"{origin.event_count:,}"
    yield "Datasets", "; ".join(map(_dataset, origin.dataset_manifests))
    yield "Input digest", origin.input_digest or ""
    yield "Result digest", origin.result_digest or ""
    yield "Notes", origin.notes or ""


def _dataset(reference: dict[str, Any]) -> str:
    return f"{reference.get('id', 'unnamed')} {reference.get('sha256', '')}".strip()
