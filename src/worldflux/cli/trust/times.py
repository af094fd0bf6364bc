"""Times on the command line of `worldflux trust`."""

from __future__ import annotations

import re
from typing import Final

from worldbase.errors import UsageError
from worldflux.errors import TrustError
from worldflux.signing.trust import moment

METAVAR: Final = "DATE"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)


def utc_time(text: str | None, option: str, *, ends: bool = False) -> str | None:
    """A day or a time, as documents write it.

    Args:
        text: `2027-01-31` or `2027-01-31T12:00:00Z`; None where the option is not given.
        option: Name of the option, for messages.
        ends: Whether a day is meant to its end, and not from its beginning.

    Raises:
        UsageError: `trust.option_time`.
    """
    if text is None:
        return None
    whole = f"{text}T{'23:59:59' if ends else '00:00:00'}Z" if _DATE.fullmatch(text) else text
    try:
        if _TIME.fullmatch(whole):
            moment(whole)
            return whole
    except TrustError:
        pass
    raise UsageError(
        f"{option} {text[:40]!r} is no time",
        code="trust.option_time",
        hint="Write a day like 2027-01-31, or a time in UTC like 2027-01-31T12:00:00Z.",
    )
