"""Events of one measured operation, summed up as they come, in bounded memory."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from worldbase.redact import redact_text
from worldforge.benchmark.measuring.clock import milliseconds
from worldforge.benchmark.report import EventLatency, EventMetrics
from worldforge.values import EventHandler, ProviderEvent

_MOST_ROWS: Final = 100
_OTHERS: Final = ("others", "others")
_LONGEST_NAME: Final = 200
_MOST_WAITING: Final = 1000


@dataclass(slots=True)
class _Row:
    events: int = 0
    calls: int = 0
    failures: int = 0
    retries: int = 0
    timed: int = 0
    total_ms: float = 0.0
    least_ms: float | None = None
    most_ms: float | None = None

    def add_duration(self, took: float) -> None:
        self.timed += 1
        self.total_ms += took
        self.least_ms = took if self.least_ms is None else min(self.least_ms, took)
        self.most_ms = took if self.most_ms is None else max(self.most_ms, took)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTotals:
    """Calls as their observer counted them; times in nanoseconds."""

    successes: int = 0
    failures: int = 0
    timed: int = 0
    total: int = 0
    least: int | None = None
    most: int | None = None


class EventTally:
    """Counts events per provider and operation, and hands them on outside the calls.

    Args:
        forward_to: Gets each event after the call that emitted it; None where nobody listens.
    """

    def __init__(self, forward_to: EventHandler | None = None) -> None:
        self._forward_to = forward_to
        self._rows: dict[tuple[str, str], _Row] = {}
        self._waiting: deque[ProviderEvent] = deque()
        self._lock = threading.Lock()
        self._is_closed = False

    def __call__(self, event: ProviderEvent) -> None:
        """Count an event; called from within the provider's call."""
        with self._lock:
            if self._is_closed:
                return  # from a call that was given up, after its run ended
            self._count(event)
            if self._forward_to is not None:
                self._waiting.append(event)
        if len(self._waiting) >= _MOST_WAITING:
            self.forward()

    def forward(self) -> None:
        """Hand on what waits. Not while a call is timed, unless it floods."""
        if self._forward_to is None:
            return
        while self._waiting:
            try:
                event = self._waiting.popleft()
            except IndexError:
                return  # another thread was quicker
            self._forward_to(event)

    def close(self) -> None:
        """Stop counting and hand on what still waits."""
        with self._lock:
            self._is_closed = True
        self.forward()

    def metrics(self, provider: str, operation: str, calls: CallTotals) -> list[EventMetrics]:
        """One row for each provider and operation, that of the measured calls first, the others sorted."""
        own = (provider, operation)
        others = sorted(key for key in self._rows if key != own)
        with_calls = _with_calls(self._rows.get(own, _Row()), calls)
        return [_metrics(own, with_calls), *(_metrics(key, self._rows[key]) for key in others)]

    def _count(self, event: ProviderEvent) -> None:
        row = self._row(event.provider, event.operation)
        row.events += 1
        row.calls += event.phase in ("success", "failure")
        row.failures += event.phase == "failure"
        row.retries += event.phase == "retry"
        if event.duration_ms is not None:
            row.add_duration(event.duration_ms)

    def _row(self, provider: str, operation: str) -> _Row:
        key = (provider, operation)
        if key not in self._rows:
            # What a provider puts into a name is printed: it is cleaned once, and there is an end to new ones.
            key = _OTHERS if len(self._rows) >= _MOST_ROWS else (_cleaned(provider), _cleaned(operation))
        return self._rows.setdefault(key, _Row())


def _cleaned(name: str) -> str:
    return redact_text(name[:_LONGEST_NAME])


def _with_calls(emitted: _Row, calls: CallTotals) -> _Row:
    made = calls.successes + calls.failures
    least = [value for value in (emitted.least_ms, _ms(calls.least)) if value is not None]
    most = [value for value in (emitted.most_ms, _ms(calls.most)) if value is not None]
    return _Row(
        events=emitted.events + made,
        calls=emitted.calls + made,
        failures=emitted.failures + calls.failures,
        retries=emitted.retries,
        timed=emitted.timed + calls.timed,
        total_ms=emitted.total_ms + milliseconds(calls.total),
        least_ms=min(least, default=None),
        most_ms=max(most, default=None),
    )


def _ms(nanoseconds: int | None) -> float | None:
    return None if nanoseconds is None else milliseconds(nanoseconds)


def _metrics(key: tuple[str, str], row: _Row) -> EventMetrics:
    return EventMetrics(
        provider=key[0],
        operation=key[1],
        request_count=row.events,
        error_count=row.failures,
        retry_count=row.retries,
        call_count=row.calls,
        latency=EventLatency(
            sample_count=row.timed,
            total_ms=row.total_ms,
            average_ms=row.total_ms / row.timed if row.timed else None,
            min_ms=row.least_ms,
            max_ms=row.most_ms,
        ),
    )
