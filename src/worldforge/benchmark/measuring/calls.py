"""One timed call: nothing but the provider's work stands between the two readings of the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from worldforge.benchmark.measuring.clock import NanosecondClock
from worldforge.benchmark.measuring.operations import Operation
from worldforge.benchmark.measuring.recorder import TIMED_OUT, Attempt
from worldforge.providers.observed import kind_of

Sleep = Callable[[float], None]

_NS_PER_SECOND: Final = 1_000_000_000
_LONGEST_NS: Final = 30 * 86_400 * _NS_PER_SECOND
_WITHOUT_FRAMES: Final = BaseException.with_traceback  # whatever the class of an error made of it
_AWAKE_NS: Final = 200_000
"""How long before a call is due its worker stops sleeping, since sleeping ends late."""


class Caller:
    """Makes the calls of one operation.

    Args:
        operation: What to call.
        clock: Monotonic, in nanoseconds.
        sleep: Waits for seconds.
        rate: Calls due each second, for an open loop; None where a worker calls again when its call returned.
        timeout: Seconds that a call may take; None where it may take for ever.
    """

    def __init__(
        self, operation: Operation, clock: NanosecondClock, sleep: Sleep, rate: float | None, timeout: float | None
    ) -> None:
        self._call = operation.call
        self._fault_of = operation.fault_of
        self._clock = clock
        self._sleep = sleep
        self._period = None if rate is None else _NS_PER_SECOND / rate
        self._limit = None if timeout is None else int(timeout * _NS_PER_SECOND)
        self._timeout = timeout
        self.started = 0

    def attempt(self, index: int) -> Attempt:
        """Make one call, in an open loop when it is due.

        Whatever the provider raises is the outcome of the call; only `KeyboardInterrupt` goes through.
        """
        clock, due = self._clock, None
        if self._period is not None:
            due = self.started + int(index * self._period)
            self._wait_until(due)
        begun = clock()
        try:
            result = self._call()
            ended = clock()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a call's outcome, whatever it is; the run goes on
            ended = clock()
            # Its frames would keep each other alive until a garbage collection comes into another call's time.
            _WITHOUT_FRAMES(error, None)
            return _measured(ended - (begun if due is None else due), ended - begun, error=error)
        took = ended - begun
        latency = took if due is None else ended - due
        if self._limit is not None and took > self._limit:
            return self.timed_out(latency, took)
        try:
            fault = self._fault_of(result)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a foreign result may do anything when it is looked at
            fault = f"the result cannot be looked at: {kind_of(error)}"
        if fault is None and 0 <= took <= latency <= _LONGEST_NS:
            return Attempt(latency, took)
        return _measured(latency, took, fault=fault)

    def timed_out(self, latency: int, service: int) -> Attempt:
        """The outcome of a call that took too long."""
        return Attempt(latency, service, fault=f"the call took longer than {self._timeout:g} s", kind=TIMED_OUT)

    def _wait_until(self, due: int) -> None:
        while (left := due - self._clock()) > 0:
            self._sleep(max(0, left - _AWAKE_NS) / _NS_PER_SECOND)


def _measured(latency: int, service: int, *, error: BaseException | None = None, fault: str | None = None) -> Attempt:
    """An attempt, unless the clock gave times that cannot be: then it has none, and is no success."""
    if 0 <= service <= latency <= _LONGEST_NS:
        return Attempt(latency, service, error, fault)
    return Attempt(0, 0, fault="the clock went back, or on by more than 30 days, in the call", kind="ClockError")
