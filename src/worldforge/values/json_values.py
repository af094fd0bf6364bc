"""Values that JSON can carry, and nothing else."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from worldbase import strictjson
from worldforge.errors import WorldForgeError

JSONValue: TypeAlias = Any
"""None, bool, int, finite float, str, or a list or string-keyed dict of such values."""

_DEEPEST = 64


def require_json(value: Any, what: str) -> Any:
    """Return a value that is JSON-native, unchanged.

    Tuples, objects, numbers that are not finite and keys that are no strings are refused instead of being turned into
    something that looks like what was meant.

    Args:
        value: The value.
        what: What it is, for the message, such as `metrics`.

    Raises:
        WorldForgeError: `value.not_json`, with the JSON pointer of the first fault.
    """
    if not _is_json(value, _DEEPEST):
        pointer, reason = _fault(value, "", _DEEPEST) or ("", "it is not JSON")
        raise WorldForgeError(
            f"{what}{f' at {pointer}' if pointer else ''}: {reason}",
            code="value.not_json",
            hint="Use None, booleans, finite numbers, strings, lists and dicts with string keys.",
        )
    return value


def is_finite(value: float) -> bool:
    """Whether a number is finite; an integer that no float can hold is not."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def require_number(value: Any, what: str, *, low: float | None = None, high: float | None = None) -> float:
    """Return a finite number within bounds; a boolean is no number.

    Raises:
        WorldForgeError: `value.not_a_number` or `value.out_of_range`.
    """
    number = _plain_number(value)
    if number is None:
        raise WorldForgeError(
            f"{what} is {value!r:.60}, not a finite number",
            code="value.not_a_number",
            hint="Give an int or a float that is neither NaN nor infinite.",
        )
    if (low is not None and number < low) or (high is not None and number > high):
        raise WorldForgeError(
            f"{what} is {value!r:.60}, which is not in {_range(low, high)}",
            code="value.out_of_range",
            hint="Check the unit and the scale.",
        )
    return number


def _plain_number(value: Any) -> float | None:
    """The finite float that a number is; what a subclass says of itself is looked at once, and never again."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def require_count(value: Any, what: str, *, low: int = 0) -> int:
    """Return an integer of at least `low`; a boolean is no integer.

    Raises:
        WorldForgeError: `value.not_a_count`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < low:
        raise WorldForgeError(
            f"{what} is {value!r:.60}, not an integer of at least {low}",
            code="value.not_a_count",
            hint=f"Give an integer of at least {low}.",
        )
    return value


def require_text(value: Any, what: str) -> str:
    """Return a string that is not blank.

    Raises:
        WorldForgeError: `value.not_text`.
    """
    if not isinstance(value, str) or not value.strip():
        raise WorldForgeError(
            f"{what} is {value!r:.60}, not a text",
            code="value.not_text",
            hint="Give a string that is not blank.",
        )
    return value


def _range(low: float | None, high: float | None) -> str:
    return f"[{'-inf' if low is None else low}, {'inf' if high is None else high}]"


def _is_json(value: Any, depth_left: int) -> bool:
    """Whether there is no fault in a value; several times quicker than to look for the place of one."""
    kind = type(value)
    if kind is float:
        return math.isfinite(value)
    if kind is str:
        return _is_text(value)
    if kind is dict:
        return depth_left > 0 and all(
            type(key) is str and _is_text(key) and _is_json(item, depth_left - 1) for key, item in value.items()
        )
    if kind is list:
        return depth_left > 0 and all(_is_json(item, depth_left - 1) for item in value)
    return value is None or kind is bool or (kind is int and abs(value) <= strictjson.MAX_SAFE_INTEGER)


def _is_text(value: str) -> bool:
    """Whether UTF-8 can carry a string."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fault(value: Any, pointer: str, depth_left: int) -> tuple[str, str] | None:
    """The place of the first fault, as a JSON pointer, and what is wrong there."""
    if _is_json(value, depth_left):
        return None
    parts = _parts_of(value)
    if parts is None or depth_left == 0:
        return pointer, _reason(value)
    for token, key, item in parts:
        if type(key) is not str or not _is_text(key):
            return pointer, f"the key {key!r:.40} is no text"
        if fault := _fault(item, strictjson.pointer_join(pointer, token), depth_left - 1):
            return fault
    return pointer, _reason(value)


def _parts_of(value: Any) -> list[tuple[str, Any, Any]] | None:
    """What a container holds: token of the pointer, key, item. None for what is no container of JSON."""
    if type(value) is dict:
        return [(str(key), key, item) for key, item in value.items()]
    if type(value) is list:
        return [(str(index), "", item) for index, item in enumerate(value)]
    return None


def _reason(value: Any) -> str:
    kind = type(value)
    if kind is dict or kind is list:
        return "it is nested too deeply"
    if kind is float:
        return f"{value} is not finite"
    if kind is int:
        return "an integer beyond 2^53-1 is not exact"
    return "a lone surrogate is no text" if kind is str else f"a {kind.__name__} is not JSON"
