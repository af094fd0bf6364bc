"""What became of the calls of one measured operation: blocks of latencies, and errors by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from worldbase.redact import redact_text
from worldforge.benchmark.measuring.clock import milliseconds
from worldforge.benchmark.measuring.event_tally import CallTotals, EventTally
from worldforge.benchmark.measuring.histogram import Latencies
from worldforge.providers.observed import kind_of, text_of
from worldforge.values import EventHandler, ProviderEvent

MOST_BLOCKS: Final = 20
MOST_MESSAGES: Final = 100
NOT_RUN: Final = "NotRun"
TIMED_OUT: Final = "TimeoutError"

_LONGEST_MESSAGE: Final = 300
_LOOKED_AT: Final = 4000
_MOST_KINDS: Final = 50
_OTHER_KINDS: Final = "other"
_LATE_NS: Final = 1_000_000


class Attempt(NamedTuple):
    """One call.

    Attributes:
        latency: Nanoseconds: from the call to its return, or in an open loop from when it was due.
        service: Nanoseconds from the call to its return.
        error: What it raised; None where it returned.
        fault: What is wrong with what it returned, or why it does not count; None where nothing is.
        kind: Kind of the fault.
    """

    latency: int
    service: int
    error: BaseException | None = None
    fault: str | None = None
    kind: str = "InvalidResult"


@dataclass(frozen=True, slots=True)
class BenchmarkSample:
    """One measured call, as `on_sample` gets it.

    Attributes:
        provider: Who was asked.
        operation: For what.
        iteration: Number of the call, from 0.
        latency_ms: Milliseconds; of a call that was not made, 0.
        error: Kind and message, redacted; None for a success.
    """

    provider: str
    operation: str
    iteration: int
    latency_ms: float
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the call returned what it should."""
        return self.error is None


SampleHandler = Callable[[BenchmarkSample], None]


class Recorder:
    """Takes in attempts one at a time; whoever has several threads holds a lock.

    Args:
        provider: Who is asked.
        operation: For what.
        iterations: How many attempts there will be, which decides the size of a block.
        tally: Whose waiting events are handed on after each attempt.
        on_sample: Gets every sample.
        on_failure: Gets an event for each failure.
        on_block: Called between two blocks.
    """

    def __init__(
        self,
        provider: str,
        operation: str,
        iterations: int,
        tally: EventTally,
        *,
        on_sample: SampleHandler | None = None,
        on_failure: EventHandler | None = None,
        on_block: Callable[[], None] | None = None,
    ) -> None:
        self._names = (provider, operation)
        self._block_size = max(1, -(-iterations // MOST_BLOCKS))
        self._left = [self._block_size] * -(-iterations // self._block_size)
        self._tally = tally
        self._on_sample = on_sample
        self._on_failure = on_failure
        self._on_block = on_block
        self._kinds: dict[str, str] = {}
        self._failed = _Failures()
        self.blocks = [Latencies() for _ in self._left]
        self.service: Latencies | None = None
        self.late_starts = 0
        self.messages: list[str] = []
        self.error_kinds: dict[str, int] = {}

    def take(self, index: int, attempt: Attempt) -> None:
        """Record an attempt."""
        if attempt.error is None and attempt.fault is None:
            place = index // self._block_size
            block = self.blocks[place]
            block.add(attempt.latency)
            if self.service is not None:
                self._take_load(attempt)
            error = None
        else:
            place, error = index // self._block_size, self._take_error(attempt)
        self._left[place] -= 1
        if not self._left[place]:
            self.blocks[place].freeze()
            if self._on_block is not None and place < len(self.blocks) - 1:
                self._on_block()
        if self._on_sample is not None:
            self._on_sample(BenchmarkSample(*self._names, index, milliseconds(attempt.latency), error))
        self._tally.forward()

    def watch_load(self) -> None:
        """Keep service times apart from latencies, for an open loop."""
        self.service = Latencies()

    @property
    def error_count(self) -> int:
        """Attempts that were no success."""
        return sum(self.error_kinds.values())

    def call_totals(self) -> CallTotals:
        """The calls as one row of events; calls that were not made are none."""
        frozen = [block for block in self.blocks if block.freeze().count]
        successes = sum(block.freeze().count for block in frozen)
        failed = self._failed
        return CallTotals(
            successes=successes,
            failures=failed.count,
            timed=successes + failed.count,
            total=sum(block.total for block in frozen) + failed.total,
            least=min((*(block.least for block in frozen if block.least is not None), *failed.bounds), default=None),
            most=max((*(block.most for block in frozen if block.most is not None), *failed.bounds), default=None),
        )

    def _take_load(self, attempt: Attempt) -> None:
        assert self.service is not None  # noqa: S101 - asked by the caller
        self.service.add(attempt.service)
        self.late_starts += attempt.latency - attempt.service > _LATE_NS

    def _take_error(self, attempt: Attempt) -> str:
        kind = self._kind(attempt)
        self.error_kinds[kind] = self.error_kinds.get(kind, 0) + 1
        if kind != NOT_RUN:
            self._failed.add(attempt.service)
        if len(self.messages) >= MOST_MESSAGES and self._on_sample is None and self._on_failure is None:
            return kind
        message = f"{kind}: {_told(attempt)}"
        if len(self.messages) < MOST_MESSAGES:
            self.messages.append(message)
        if self._on_failure is not None and kind != NOT_RUN:
            self._on_failure(self._event(attempt, message))
        return message

    def _kind(self, attempt: Attempt) -> str:
        raw = attempt.kind if attempt.error is None else kind_of(attempt.error)
        if raw not in self._kinds:
            # A class may be called anything and made at each call: cleaned once, and there is an end to new ones.
            if len(self._kinds) >= _MOST_KINDS:
                return _OTHER_KINDS
            self._kinds[raw] = redact_text(raw[:80])
        return self._kinds[raw]

    def _event(self, attempt: Attempt, message: str) -> ProviderEvent:
        provider, operation = self._names
        took = milliseconds(attempt.service)
        return ProviderEvent(provider=provider, operation=operation, phase="failure", duration_ms=took, message=message)


class _Failures:
    """Durations of calls that failed."""

    __slots__ = ("bounds", "count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.bounds: tuple[int, ...] = ()

    def add(self, took: int) -> None:
        self.count += 1
        self.total += took
        self.bounds = (min(took, *self.bounds), max(took, *self.bounds)) if self.bounds else (took, took)


def _told(attempt: Attempt) -> str:
    """What went wrong, redacted before it is cut, so that no half of a secret stays."""
    text = attempt.fault or "" if attempt.error is None else text_of(attempt.error)
    clean = " ".join(redact_text(text[:_LOOKED_AT]).split())
    return clean if len(clean) <= _LONGEST_MESSAGE else clean[: _LONGEST_MESSAGE - 1] + "…"
