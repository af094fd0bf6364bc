"""What happened while a provider worked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final, TypeAlias

from worldbase.redact import redact_text, redact_value
from worldforge.errors import WorldForgeError
from worldforge.values.json_values import require_count, require_json, require_number, require_text

_PHASE: Final = re.compile(r"[a-z][a-z_]{0,39}\Z")
_REDACTED: Final = (
    "provider",
    "operation",
    "method",
    "target",
    "message",
    "run_id",
    "request_id",
    "trace_id",
    "span_id",
    "artifact_id",
    "input_digest",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEvent:
    """One event of a provider's work. Everything in it is redacted when it is made.

    Attributes:
        provider: Name of the provider.
        operation: What it was doing: a capability such as `predict`, or a step of its own such as `poll`.
        phase: `success` or `failure` of a call (said by whoever observes it), `retry`, `budget_exceeded`, or the
            provider's own.
        attempt: Which attempt, from 1.
        max_attempts: How many attempts there may be, at least `attempt`.
        method: HTTP method or the like.
        target: What was called; without credentials, query and host paths.
        status_code: HTTP status, 100 to 599.
        duration_ms: Milliseconds, at least 0.
        message: A sentence for people.
        metadata: JSON object.
        run_id: Run that it belongs to.
        request_id: Request that it belongs to.
        trace_id: Trace that it belongs to.
        span_id: Span that it belongs to.
        artifact_id: Artifact that it is about.
        input_digest: `sha256:` digest of the input.
    """

    provider: str
    operation: str
    phase: str
    attempt: int = 1
    max_attempts: int = 1
    method: str | None = None
    target: str | None = None
    status_code: int | None = None
    duration_ms: float | None = None
    message: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    run_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None
    span_id: str | None = None
    artifact_id: str | None = None
    input_digest: str | None = None

    def __post_init__(self) -> None:
        require_text(self.provider, "an event's provider")
        require_text(self.operation, "an event's operation")
        if not _PHASE.match(require_text(self.phase, "an event's phase")):
            raise _invalid(f"the phase {self.phase!r:.40} is not a word in lower case")
        require_count(self.attempt, "attempt", low=1)
        require_count(self.max_attempts, "max_attempts", low=self.attempt)
        if self.status_code is not None and not 100 <= require_count(self.status_code, "status_code") <= 599:
            raise _invalid(f"the status code {self.status_code} is not in 100..599")
        if self.duration_ms is not None:
            require_number(self.duration_ms, "duration_ms", low=0)
        require_json(self.metadata, "metadata")
        self._redact()

    def _redact(self) -> None:
        for name in _REDACTED:
            if text := getattr(self, name):
                object.__setattr__(self, name, redact_text(str(text)))
        if self.metadata:
            object.__setattr__(self, "metadata", redact_value(self.metadata))

    def to_dict(self) -> dict[str, Any]:
        """The event as a JSON object, without what is not known."""
        named = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: value for name, value in named.items() if value is not None and value != {}}


EventHandler: TypeAlias = Callable[[ProviderEvent], None]


def _invalid(message: str) -> WorldForgeError:
    return WorldForgeError(message, code="event.invalid", hint="See the docstring of ProviderEvent.")
