"""How calls are issued: one after the other, or by workers that each take the next when they are done with one.

A call that hangs is given up: its thread cannot be stopped, so it is left alone and replaced, three times at most.
"""

from __future__ import annotations

import threading
import time
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple

from worldbase.errors import EnvironmentMissingError
from worldforge.benchmark.measuring.calls import Caller
from worldforge.benchmark.measuring.clock import NanosecondClock
from worldforge.benchmark.measuring.recorder import NOT_RUN, Attempt, Recorder

MOST_ABANDONED: Final = 3

_LONGEST_WAIT_SECONDS: Final = 2.0
_LONGEST_START_SECONDS: Final = 60.0
_SLACK_SECONDS: Final = 0.001
_SHORT_NS: Final = 100_000
_MOST_UNRECORDED: Final = 64
_NOT_MADE: Final = Attempt(0, 0, fault=f"not made: {MOST_ABANDONED} calls before it did not return", kind=NOT_RUN)


@dataclass(slots=True)
class Patience:
    """How many more threads of an operation may be given up."""

    left: int = MOST_ABANDONED


class Loop(NamedTuple):
    """One loop over an operation.

    Attributes:
        caller: Makes the calls.
        recorder: Takes in what became of them.
        iterations: How many.
        concurrency: How many at once, at most.
        timeout: Seconds that a call may take, or None.
        patience: Shared by the loops of one operation.
    """

    caller: Caller
    recorder: Recorder
    iterations: int
    concurrency: int
    timeout: float | None
    patience: Patience


def run_loop(loop: Loop, clock: NanosecondClock) -> int:
    """Issue the calls of a loop and return how long all of them took together, in nanoseconds.

    Raises:
        KeyboardInterrupt: Somebody wants it to end; what was recorded by then stays recorded.
        EnvironmentMissingError: `benchmark.workers` where the system gives no thread for a worker.
    """
    if loop.concurrency == 1 and loop.timeout is None:
        return _run_serially(loop, clock)
    return _Crew(loop, clock).run()


def _run_serially(loop: Loop, clock: NanosecondClock) -> int:
    attempt, take = loop.caller.attempt, loop.recorder.take
    begun = loop.caller.started = clock()
    for index in range(loop.iterations):
        take(index, attempt(index))
    return clock() - begun


@dataclass(slots=True, eq=False)
class _Worker:
    """A thread that makes calls.

    Attributes:
        index: Which call it is in.
        since: When that began by `time.monotonic`, in seconds; None between calls.
        is_abandoned: Whether its call was given up, so that nobody waits for what comes of it.
        unrecorded: Attempts that are not recorded yet: a lock for each short call would cost more than the call.
    """

    index: int = 0
    since: float | None = None
    is_abandoned: bool = False
    unrecorded: list[tuple[int, Attempt]] = field(default_factory=list)


class _Crew:
    """Workers over one loop, watched by the thread that waits for them."""

    def __init__(self, loop: Loop, clock: NanosecondClock) -> None:
        self._loop = loop
        self._clock = clock
        self._indices = count()
        self._changed = threading.Condition(threading.Lock())
        self._workers: list[_Worker] = []
        self._at_work = 0
        self._is_stopping = loop.patience.left <= 0
        self._is_closed = False
        self._error: BaseException | None = None
        self._ended = 0

    def run(self) -> int:
        """Run the loop to its end."""
        try:
            self._start_all()
            self._watch()
        except KeyboardInterrupt as error:
            self._error = error
        finally:
            self._close()
        if self._error is not None:
            raise self._error
        self._leave_the_rest()
        return self._ended - self._loop.caller.started

    def _start_all(self) -> None:
        size = min(self._loop.concurrency, self._loop.iterations)
        gate = threading.Barrier(size + 1, action=self._begin)
        try:
            for _ in range(size):
                self._start(gate)
            gate.wait(_LONGEST_START_SECONDS)
        except threading.BrokenBarrierError:
            raise _unstartable("not all of them began") from None
        except BaseException:
            gate.abort()  # those that began would wait for the others for ever
            raise

    def _close(self) -> None:
        """Take in what is not recorded yet, and nothing that comes later."""
        self._is_stopping = True
        with self._changed:
            self._is_closed = True
            if self._error is None or isinstance(self._error, KeyboardInterrupt):
                for worker in self._workers:
                    self._record(worker)

    def _begin(self) -> None:
        self._loop.caller.started = self._ended = self._clock()

    def _start(self, gate: threading.Barrier | None) -> None:
        worker = _Worker()
        self._workers.append(worker)
        self._at_work += 1
        # Each thread gets the caller's context, and with it whoever observes the caller.
        target = copy_context().run
        thread = threading.Thread(target=target, args=(self._work, worker, gate), name="benchmark", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system gives no more threads
            raise _unstartable(str(error)) from None

    def _work(self, worker: _Worker, gate: threading.Barrier | None) -> None:
        try:
            if gate is not None:
                gate.wait()
            self._make_calls(worker)
        except BaseException as error:  # noqa: BLE001 - raised again by the thread that waits
            self._error = self._error or error
            self._is_stopping = True
        with self._changed:
            self._at_work -= not worker.is_abandoned
            self._changed.notify()

    def _make_calls(self, worker: _Worker) -> None:
        loop, is_timed, unrecorded = self._loop, self._loop.timeout is not None, worker.unrecorded
        while not self._is_stopping:
            index = next(self._indices)
            if index >= loop.iterations:
                break
            worker.index = index
            if is_timed:
                worker.since = time.monotonic()
            attempt = loop.caller.attempt(index)
            if is_timed and not self._is_in_time(worker):
                return
            unrecorded.append((index, attempt))
            if attempt.service > _SHORT_NS or len(unrecorded) >= _MOST_UNRECORDED:
                self._record_now(worker)
        self._record_now(worker)

    def _is_in_time(self, worker: _Worker) -> bool:
        with self._changed:
            worker.since = None
            return not worker.is_abandoned

    def _record_now(self, worker: _Worker) -> None:
        with self._changed:
            if not self._is_closed:
                self._record(worker)
                self._ended = self._clock()

    def _record(self, worker: _Worker) -> None:
        for index, attempt in worker.unrecorded:
            self._loop.recorder.take(index, attempt)
        worker.unrecorded.clear()

    def _watch(self) -> None:
        with self._changed:
            while self._at_work and self._error is None:
                self._changed.wait(self._next_look())
                self._abandon_late()

    def _next_look(self) -> float:
        """Seconds until a call could be late: those that begin from now on cannot be late before then.

        Never long: a signal that arrives just before a wait begins does not end it.
        """
        if self._loop.timeout is None:
            return _LONGEST_WAIT_SECONDS
        now = time.monotonic()
        since = [worker.since for worker in self._workers if worker.since is not None]
        left = max(0.0, min(since, default=now) + self._loop.timeout - now) + _SLACK_SECONDS
        return min(left, _LONGEST_WAIT_SECONDS)

    def _abandon_late(self) -> None:
        if self._loop.timeout is None:
            return
        now = time.monotonic()
        for worker in sorted(self._workers, key=lambda worker: worker.index):
            if worker.since is not None and now - worker.since > self._loop.timeout:
                self._abandon(worker, int((now - worker.since) * 1e9))

    def _abandon(self, worker: _Worker, waited: int) -> None:
        worker.is_abandoned = True
        worker.since = None
        self._at_work -= 1
        self._ended = self._clock()
        self._loop.recorder.take(worker.index, self._loop.caller.timed_out(waited, waited))
        patience = self._loop.patience
        patience.left -= 1
        if patience.left > 0:
            self._start(None)
        else:
            self._is_stopping = True

    def _leave_the_rest(self) -> None:
        """Say of the calls that nobody will make that they were not made."""
        for index in range(next(self._indices), self._loop.iterations):
            self._loop.recorder.take(index, _NOT_MADE)


def _unstartable(reason: str) -> EnvironmentMissingError:
    return EnvironmentMissingError(
        f"the workers cannot be started: {reason}",
        code="benchmark.workers",
        hint="Lower --concurrency, or raise the limit of threads (`ulimit -u`).",
    )
