"""What is said to a worker process and what it answers: one JSON object a line."""

from __future__ import annotations

from typing import Any, Final

import msgspec

PROTOCOL: Final = 1
MODULE: Final = "worldforge.benchmark.in_turns.worker"


class Prepare(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="prepare"):
    """Make operations of a provider ready.

    Attributes:
        protocol: 1.
        provider: Name of the provider.
        operations: Its operations.
        inputs: Benchmark inputs as a JSON object.
    """

    protocol: int = PROTOCOL
    provider: str
    operations: list[str]
    inputs: dict[str, Any]


class Measure(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", tag="measure"):
    """Call one of them again and again, at least once, until so many nanoseconds were spent in calls."""

    operation: str
    nanoseconds: int


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch of calls took; of no calls after `Prepare`.

    Attributes:
        median_ns: Median of the calls that succeeded, in nanoseconds; null where none did.
        calls: Calls that were made.
        failures: Calls of them that failed.
        error: What went wrong instead; null where nothing did.
    """

    median_ns: float | None = None
    calls: int = 0
    failures: int = 0
    error: str | None = None
