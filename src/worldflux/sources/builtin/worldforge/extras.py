"""A scenario's own numbers, as an episode carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from worldbase.redact import redact_text

Extra: TypeAlias = dict[str, str | int | float | bool]

_MOST: Final = 30
_LARGEST: Final = 2**53 - 1
_LONGEST_NAME: Final = 200


def extras(metrics: Mapping[str, Any], **own: float | bool) -> Extra:
    """The first numbers and booleans among the metrics, and those of WorldForge itself.

    Args:
        metrics: By name; left out is what is no plain number or boolean, and a number that JSON readers disagree on.
        own: What WorldForge says beside them.
    """
    kept: Extra = {}
    for name, value in list(metrics.items())[:_MOST]:
        if isinstance(value, float) or (isinstance(value, int) and abs(value) <= _LARGEST):
            kept[redact_text(name)[:_LONGEST_NAME]] = value
    return {**kept, **own}
