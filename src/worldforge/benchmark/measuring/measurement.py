"""One operation of one provider, measured: made ready, warmed up, called, and looked at afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.measuring.calls import Caller, Sleep
from worldforge.benchmark.measuring.clock import NanosecondClock
from worldforge.benchmark.measuring.event_tally import EventTally
from worldforge.benchmark.measuring.loads import Loop, Patience, run_loop
from worldforge.benchmark.measuring.operations import Operation, prepare
from worldforge.benchmark.measuring.recorder import Recorder, SampleHandler
from worldforge.benchmark.measuring.results import Measured
from worldforge.benchmark.measuring.yardstick import PaceMeter
from worldforge.capabilities.names import Capability
from worldforge.providers.contract import BaseProvider
from worldforge.providers.observed import observing
from worldforge.values import EventHandler


class Subject(NamedTuple):
    """What is measured: an operation of a provider."""

    provider: BaseProvider
    operation: Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """How it is measured; the same for every operation of a run.

    Attributes:
        inputs: What providers are asked.
        iterations: Calls that are measured.
        concurrency: Calls at once, at most.
        warmup: Calls before, which are not counted.
        rate: Calls due each second of an open loop; None for a closed one.
        timeout: Seconds that a call may take, or None.
        clock: Monotonic, in nanoseconds.
        sleep: Waits for seconds.
        on_sample: Gets every measured call.
        on_event: Gets events of measured calls, and failures.
    """

    inputs: BenchmarkInputs
    iterations: int
    concurrency: int
    warmup: int
    rate: float | None
    timeout: float | None
    clock: NanosecondClock
    sleep: Sleep
    on_sample: SampleHandler | None = None
    on_event: EventHandler | None = None


def measure(subject: Subject, request: Request) -> Measured:
    """Measure an operation; where somebody interrupts, what was recorded by then.

    Raises:
        KeyboardInterrupt: Before anything was recorded.
    """
    operation = prepare(subject.provider, subject.operation, request.inputs)
    before = operation.fingerprint()
    patience = Patience()
    warmup_errors = _warm_up(operation, request, patience)
    tally = EventTally(request.on_event)
    meter = PaceMeter()
    recorder = _recorder(operation, request, tally, meter)
    if takes_pace(request):
        meter.read()
    begun, cpu_begun = request.clock(), time.process_time_ns()
    is_interrupted = False
    try:
        with observing(tally):
            wall = run_loop(_loop(operation, request, recorder, request.iterations, patience), request.clock)
    except KeyboardInterrupt:
        wall, is_interrupted = request.clock() - begun, True
    cpu = time.process_time_ns() - cpu_begun - meter.spent
    if takes_pace(request):
        meter.read()
    tally.close()
    return Measured(
        operation=operation,
        recorder=recorder,
        tally=tally,
        wall=max(wall - meter.spent, 0),  # a clock that went back gives no throughput
        cpu=max(cpu, 0),
        paces=meter.of_blocks(len(recorder.blocks)),
        concurrency=request.concurrency,
        rate=request.rate,
        warmup=(request.warmup, warmup_errors),
        is_input_changed=operation.fingerprint() != before,
        is_interrupted=is_interrupted,
    )


def takes_pace(request: Request) -> bool:
    """Whether the machine's pace is taken: a clock that was put in its place has none."""
    return request.clock is time.perf_counter_ns


def _warm_up(operation: Operation, request: Request, patience: Patience) -> int:
    """Make the calls that are not counted, and return how many of them failed."""
    if not request.warmup:
        return 0
    tally = EventTally()
    recorder = Recorder(operation.provider, operation.name, request.warmup, tally)
    with observing(tally):
        run_loop(_loop(operation, request, recorder, request.warmup, patience, is_open=False), request.clock)
    return recorder.error_count


def _recorder(operation: Operation, request: Request, tally: EventTally, meter: PaceMeter) -> Recorder:
    # Between blocks only where no other call is under way or due then.
    is_serial = request.concurrency == 1 and request.rate is None
    recorder = Recorder(
        operation.provider,
        operation.name,
        request.iterations,
        tally,
        on_sample=request.on_sample,
        on_failure=request.on_event,
        on_block=meter.read_within if is_serial and takes_pace(request) else None,
    )
    if request.rate is not None:
        recorder.watch_load()
    return recorder


def _loop(
    operation: Operation,
    request: Request,
    recorder: Recorder,
    iterations: int,
    patience: Patience,
    *,
    is_open: bool = True,
) -> Loop:
    rate = request.rate if is_open else None
    caller = Caller(operation, request.clock, request.sleep, rate, request.timeout)
    return Loop(caller, recorder, iterations, request.concurrency, request.timeout, patience)
