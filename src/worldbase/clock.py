"""UTC time, and the one switch that makes it stand still.

`SOURCE_DATE_EPOCH` (seconds since 1970, the reproducible-builds convention) fixes every time that is written to disk,
so that the same inputs give the same bytes.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from worldbase.errors import UsageError


def fixed_epoch() -> int | None:
    """The value of SOURCE_DATE_EPOCH, or None where it is not set.

    Raises:
        UsageError: `clock.epoch` where it is not a whole number of seconds that a date can hold.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    # The length comes first: Python refuses to convert very long digit strings at all.
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) < 253402300800):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {text[:40]!r}",
            code="clock.epoch",
            hint="Set it to whole seconds since 1970-01-01, or unset it.",
        )
    return int(text)


def now_seconds() -> float:
    """Seconds since 1970, by SOURCE_DATE_EPOCH where it is set."""
    fixed = fixed_epoch()
    return time.time() if fixed is None else float(fixed)


def timestamp(seconds: float | None = None) -> str:
    """A time in the one form that documents use: `2026-05-06T00:00:00Z`."""
    moment = datetime.fromtimestamp(now_seconds() if seconds is None else seconds, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
