"""`ProviderBenchmarkHarness`: measure what providers take, one operation after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import UNSET

from worldbase.redact import redact_text
from worldforge.benchmark.envelope import ReportContext, envelope
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.machine import machine
from worldforge.benchmark.measuring.calls import Sleep
from worldforge.benchmark.measuring.clock import NanosecondClock, measure_clock
from worldforge.benchmark.measuring.measurement import Request, Subject, measure, takes_pace
from worldforge.benchmark.measuring.recorder import BenchmarkSample, SampleHandler
from worldforge.benchmark.measuring.results import result_of
from worldforge.benchmark.measuring.selection import Selection, select
from worldforge.benchmark.measuring.yardstick import YARDSTICK
from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult, RunMetadata
from worldforge.forge.facade import WorldForge
from worldforge.providers.contract import BaseProvider
from worldforge.providers.manifests import runtime_manifest
from worldforge.values import EventHandler
from worldforge.values.json_values import require_count, require_number

__all__ = [
    "BenchmarkInterruptedError",
    "BenchmarkSample",
    "ProviderBenchmarkHarness",
    "ReportContext",
]

MOST_WORKERS: Final = 1024

_LONGEST_REFERENCE: Final = 200
_SHORTEST_TIMEOUT: Final = 1e-6
_LONGEST_TIMEOUT: Final = 86_400.0
_SLOWEST_RATE: Final = 1e-3
_QUICKEST_RATE: Final = 1e6

ResultHandler = Callable[[BenchmarkResult], None]


class BenchmarkInterruptedError(KeyboardInterrupt):
    """Somebody ended a run.

    Attributes:
        report: What was measured by then: the results of operations that were finished, and of the one that was under
            way with the iterations that it had made and the flag `interrupted`. It may have no result at all.
    """

    def __init__(self, report: BenchmarkReport) -> None:
        super().__init__("the benchmark was interrupted")
        self.report = report


class ProviderBenchmarkHarness:
    """Measures operations of providers.

    A latency is the time from a call of the provider's method to its return: arguments are made before, results are
    checked after, and calls to warm up are not counted. Providers are measured one after the other, so that none
    slows another down. Whatever a provider raises is an error of that one call.

    Args:
        forge: Where the providers are.
        clock: Monotonic, in nanoseconds.
        sleep: Waits for seconds; an open loop waits by it until a call is due.

    Example:
        >>> from worldforge.forge.facade import WorldForge
        >>> report = ProviderBenchmarkHarness(forge=WorldForge()).run("mock", ["embed"], iterations=3)
        >>> report.results[0].success_count
        3
    """

    def __init__(
        self, *, forge: WorldForge, clock: NanosecondClock = time.perf_counter_ns, sleep: Sleep = time.sleep
    ) -> None:
        self._forge = forge
        self._clock = clock
        self._sleep = sleep

    def run(
        self,
        providers: str | Sequence[str],
        operations: Sequence[str] | None = None,
        iterations: int = 5,
        concurrency: int = 1,
        inputs: BenchmarkInputs | None = None,
        *,
        warmup: int = 1,
        rate: float | None = None,
        timeout: float | None = None,
        intersect_operations: bool = False,
        on_sample: SampleHandler | None = None,
        on_event: EventHandler | None = None,
        on_result: ResultHandler | None = None,
        context: ReportContext | None = None,
    ) -> BenchmarkReport:
        """Measure.

        Args:
            providers: A name or several; each is measured once, in order.
            operations: Of `predict`, `embed`, `score` and `policy`; None for all that each provider has.
            iterations: Calls of each operation that are measured, at least 1.
            concurrency: Calls at once, at most; 1 to 1024. With 1 and no timeout no thread is started.
            inputs: What the providers are asked; None for the defaults.
            warmup: Calls of each operation before, which are not counted.
            rate: Calls due each second of an open loop: latency counts from when a call was due. None for a closed
                loop, in which a worker calls again when its call returned.
            timeout: Seconds that one call may take; one that takes longer is an error. A thread that hangs cannot be
                stopped: it is left behind, and after three of them the rest of the operation is not made.
            intersect_operations: Leave out what a provider does not have, instead of refusing.
            on_sample: Gets every measured call, one at a time, outside the timed region.
            on_event: Gets events that providers emit in measured calls, and one for each call that failed.
            on_result: Gets each result when it is there.
            context: What the report says of its origin.

        Returns:
            The report, with one result for each provider and operation.

        Raises:
            UnknownProviderError: No provider has such a name; nothing was measured.
            CapabilityError: An operation is unknown, cannot be measured or is missing; nothing was measured.
            UsageError: No provider is named.
            WorldForgeError: A number is out of its range.
            EnvironmentMissingError: `benchmark.workers` where the system gives no thread for a worker.
            BenchmarkInterruptedError: By Ctrl-C; it carries what was measured.
        """
        _check_numbers(iterations, concurrency, warmup, rate, timeout)
        selection = select(self._forge, providers, operations, intersect=intersect_operations)
        request = Request(
            inputs=inputs or BenchmarkInputs(),
            iterations=iterations,
            concurrency=concurrency,
            warmup=warmup,
            rate=rate,
            timeout=timeout,
            clock=self._clock,
            sleep=self._sleep,
            on_sample=on_sample,
            on_event=on_event,
        )
        run = _Run(self._subjects(selection), request)
        is_interrupted = run.measure_all(on_result)
        report = run.report(selection, context or ReportContext())
        if is_interrupted:
            raise BenchmarkInterruptedError(report)
        return report

    def _subjects(self, selection: Selection) -> list[Subject]:
        return [
            Subject(self._forge.implementation(name, operation), operation)
            for name, operations in selection.selected.items()
            for operation in operations
        ]


class _Run:
    """One run: its subjects, where and by which clock they are measured, and the results so far."""

    def __init__(self, subjects: list[Subject], request: Request) -> None:
        self._subjects = subjects
        self._request = request
        self._clock = measure_clock(request.clock)
        self._machine = machine(distributions=[subject.provider.profile_spec.package for subject in subjects])
        self._results: list[BenchmarkResult] = []

    def measure_all(self, on_result: ResultHandler | None) -> bool:
        """Measure one subject after the other; whether somebody interrupted it."""
        try:
            for subject in self._subjects:
                measured = measure(subject, self._request)
                result = result_of(measured, self._clock, self._machine)
                if not (measured.is_interrupted and result.iterations == 0):
                    self._results.append(result)
                    if on_result is not None:
                        on_result(result)
                if measured.is_interrupted:
                    return True
        except KeyboardInterrupt:
            return True
        return False

    def report(self, selection: Selection, context: ReportContext) -> BenchmarkReport:
        """Everything that is known, as one document."""
        asked = self._asked(selection, context)
        manifests = dict(_manifest_of(subject.provider) for subject in self._subjects)
        provenance = envelope(
            asked,
            self._results,
            runtime_manifests={name: reference for name, reference in manifests.items() if reference},
            machine=self._machine,
            context=context,
        )
        return BenchmarkReport(run_metadata=asked, results=self._results, provenance=provenance)

    def _asked(self, selection: Selection, context: ReportContext) -> RunMetadata:
        request = self._request
        return RunMetadata(
            providers=list(selection.selected),
            requested_operations=None if selection.requested is None else list(selection.requested),
            selected_operations={name: list(operations) for name, operations in selection.selected.items()},
            iterations=request.iterations,
            concurrency=request.concurrency,
            inputs=request.inputs.to_dict(),
            warmup=request.warmup,
            rate_per_second=request.rate,
            timeout_seconds=request.timeout,
            clock=self._clock,
            yardstick=YARDSTICK if takes_pace(request) else UNSET,
            input_file=context.input_file or UNSET,
            budget_file=context.budget_file or UNSET,
            preset=context.preset or UNSET,
            skipped_operations={name: list(skipped) for name, skipped in selection.skipped.items()} or UNSET,
        )


def _manifest_of(provider: BaseProvider) -> tuple[str, str | None]:
    manifest = runtime_manifest(provider.name)
    known, own = manifest.reference if manifest else None, provider.runtime_manifest
    if not own or own == known:
        return provider.name, known
    return provider.name, redact_text(str(own)[:_LONGEST_REFERENCE])


def _check_numbers(iterations: int, concurrency: int, warmup: int, rate: float | None, timeout: float | None) -> None:
    require_count(iterations, "iterations", low=1)
    require_number(require_count(concurrency, "concurrency", low=1), "concurrency", high=MOST_WORKERS)
    require_count(warmup, "warmup")
    if rate is not None:
        require_number(rate, "rate", low=_SLOWEST_RATE, high=_QUICKEST_RATE)
    if timeout is not None:
        require_number(timeout, "timeout", low=_SHORTEST_TIMEOUT, high=_LONGEST_TIMEOUT)
