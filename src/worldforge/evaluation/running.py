"""Running a suite over providers, and what is watched meanwhile."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from worldforge.errors import CapabilityError, UnknownProviderError, WorldForgeError
from worldforge.evaluation.context import EvaluationContext
from worldforge.evaluation.definition import SuiteDefinition
from worldforge.evaluation.documents import EvaluationResult, ProviderSummary, Timing
from worldforge.evaluation.envelope import ReportContext, with_provenance
from worldforge.evaluation.report import EvaluationReport
from worldforge.evaluation.scenario import EvaluationScenario
from worldforge.evaluation.shifts import run_trials
from worldforge.evaluation.trials import combined
from worldforge.evaluation.wording import carried
from worldforge.providers.observed import observing
from worldforge.values import EventHandler, ProviderEvent

if TYPE_CHECKING:
    from worldforge.forge.facade import WorldForge

_ENDS: Final = frozenset(["success", "failure"])


class Settings(NamedTuple):
    """How a suite is run.

    Attributes:
        trials: Trials of each scenario, at least 1.
        seed: Of the first trial; trial `i` has the seed `seed + i`, for every provider and scenario alike.
        timeout: Seconds that a trial may take; None for as long as it takes.
        on_trial: Called after each trial.
        on_event: Called with each event of a provider.
        context: What the report says of how it came about.
    """

    trials: int = 1
    seed: int = 0
    timeout: float | None = None
    on_trial: Callable[[], None] | None = None
    on_event: EventHandler | None = None
    context: ReportContext = ReportContext()


def run(suite: SuiteDefinition, providers: Sequence[str], forge: WorldForge, settings: Settings) -> EvaluationReport:
    """Run every scenario with every provider, one after the other.

    Raises:
        WorldForgeError: `suite.no_provider`.
        CapabilityError: `suite.capability`; nothing has run then.
        UnknownProviderError: `provider.unknown`; nothing has run then.
        OutcomeError: A scenario returned what is no outcome.
    """
    names = distinct(providers)
    require_capabilities(suite, names, forge)
    watch = _Watch(settings.on_event)
    results: list[EvaluationResult] = []
    timings: list[Timing] = []
    with observing(watch):
        try:
            for result, timing in _results(suite, names, forge, settings, watch):
                results.append(result)
                timings.append(timing)
        finally:
            watch.close()
    shown = [carried(name, "a provider's name") for name in names]
    report = EvaluationReport(
        suite_id=suite.suite_id,
        suite=suite.name,
        claim_boundary=suite.claim_boundary,
        metric_semantics=suite.metric_semantics,
        provider_summaries=[_summary(name, results) for name in shown],
        results=results,
        timings=timings,
    )
    return with_provenance(
        report,
        suite,
        asked=suite.described(trials=settings.trials, seed=settings.seed),
        runtime_manifests=_manifests(suite, names, forge),
        event_count=watch.count,
        context=settings.context,
    )


class _Watch:
    """Counts events and the time that calls took, from whatever thread they come.

    A trial that took too long goes on in its own thread; after `close`, what it still does is heard no more.
    """

    def __init__(self, also: EventHandler | None) -> None:
        self.count = 0
        self.milliseconds = 0.0
        self._also = also
        self._open = True
        self._lock = threading.Lock()

    def __call__(self, event: ProviderEvent) -> None:
        with self._lock:
            if not self._open:
                return
            self.count += 1
            if event.phase in _ENDS:
                self.milliseconds += event.duration_ms or 0.0
            if self._also is not None:
                self._also(event)

    def close(self) -> None:
        """Hear nothing more."""
        with self._lock:
            self._open = False


def _results(
    suite: SuiteDefinition,
    names: Sequence[str],
    forge: WorldForge,
    settings: Settings,
    watch: _Watch,
) -> Iterator[tuple[EvaluationResult, Timing]]:
    seeds = range(settings.seed, settings.seed + settings.trials)
    for name in names:
        for scenario in suite.scenarios:
            contexts = [
                EvaluationContext(forge, name, suite.suite_id, suite.name, scenario.name, trial, seed)
                for trial, seed in enumerate(seeds)
            ]
            yield _result(scenario, contexts, settings, watch)


def _result(
    scenario: EvaluationScenario,
    contexts: Sequence[EvaluationContext],
    settings: Settings,
    watch: _Watch,
) -> tuple[EvaluationResult, Timing]:
    begun, in_provider = time.perf_counter(), watch.milliseconds
    trials = run_trials(scenario, contexts, timeout=settings.timeout, on_trial=settings.on_trial)
    took = time.perf_counter() - begun
    result = combined(scenario, contexts[0], trials)
    timing = Timing(
        provider=result.provider,
        scenario=result.scenario,
        total_ms=_milliseconds(took),
        provider_ms=round(watch.milliseconds - in_provider, 3),
        parts_ms=_parts(contexts),
    )
    return result, timing


def _parts(contexts: Sequence[EvaluationContext]) -> dict[str, float]:
    total: dict[str, float] = {}
    for context in contexts:
        for part, seconds in list(context.seconds.items()):
            # A scenario may write there what it likes; only `timed` is sure to write times.
            if _is_time(part, seconds):
                total[part] = total.get(part, 0.0) + seconds
    return {carried(part, "the name of what was timed"): _milliseconds(total[part]) for part in sorted(total)}


def _is_time(part: Any, seconds: Any) -> bool:
    return isinstance(part, str) and bool(part.strip()) and type(seconds) is float and math.isfinite(seconds)


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _summary(provider: str, results: Sequence[EvaluationResult]) -> ProviderSummary:
    own = [result for result in results if result.provider == provider]
    passed = sum(result.passed for result in own)
    return ProviderSummary(
        provider=provider,
        average_score=sum(result.score for result in own) / len(own),
        scenario_count=len(own),
        passed_scenario_count=passed,
        failed_scenario_count=len(own) - passed,
        pass_rate=passed / len(own),
    )


def _manifests(suite: SuiteDefinition, names: Sequence[str], forge: WorldForge) -> dict[str, str]:
    """References of the runtimes that answered; a suite that requires nothing may ask anything."""
    named: dict[str, str] = {}
    for name in names:
        for capability in suite.required_capabilities or forge.capabilities_of(name):
            reference = forge.implementation(name, capability).runtime_manifest
            if reference is not None:
                named[carried(name, "a provider's name")] = reference
    return named


def distinct(names: Sequence[str]) -> list[str]:
    """Names of providers, each once, in order.

    Raises:
        WorldForgeError: `suite.no_provider`.
    """
    distinct = list(dict.fromkeys(names))
    if not distinct or not all(isinstance(name, str) for name in distinct):
        raise WorldForgeError(
            "no provider was named" if not distinct else "providers are given by name",
            code="suite.no_provider",
            hint="Give the name of at least one registered provider.",
        )
    return distinct


def _enrol(suite: SuiteDefinition, names: Sequence[str], forge: WorldForge) -> None:
    """Register what comes with the suite, is asked for, and is not known by that name."""
    for implementation in suite.providers:
        if implementation.name in names:
            try:
                forge.capabilities_of(implementation.name)
            except UnknownProviderError:
                forge.register(implementation)


def require_capabilities(suite: SuiteDefinition, names: Sequence[str], forge: WorldForge) -> None:
    """See that every provider is there and has what the suite needs.

    Raises:
        CapabilityError: `suite.capability`.
        UnknownProviderError: `provider.unknown`.
        WorldForgeError: What `WorldForge.register` raises for a provider that comes with the suite.
    """
    _enrol(suite, names, forge)
    offered = {name: forge.capabilities_of(name) for name in names}
    missing = [
        f"{name} lacks {capability}"
        for name in names
        for capability in suite.required_capabilities
        if capability not in offered[name]
    ]
    if missing:
        raise CapabilityError(
            f"the suite {suite.suite_id!r} cannot run: {'; '.join(missing)}",
            code="suite.capability",
            hint="`worldforge provider list` shows what each provider can do.",
        )
