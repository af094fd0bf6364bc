"""Texts of suites and foreign errors, as a report may carry them."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final

from worldbase.redact import redact_text, redact_value
from worldbase.redaction.plain import is_plain
from worldforge.values.json_values import require_text

_LONGEST_MESSAGE: Final = 300
_ADDRESS: Final = re.compile(r" at 0x[0-9A-Fa-f]{6,16}\b")
_NUMBERS: Final = frozenset([int, float, bool, type(None)])


class OwnText(str):
    """A text of this package: looking through it for secrets would only load the rules for that."""

    __slots__ = ()


def carried(text: str, what: str) -> str:
    """Return an author's text without secrets and host paths, in characters that UTF-8 can carry.

    Args:
        text: The text.
        what: What it is, for the message.

    Raises:
        WorldForgeError: `value.not_text` where it is blank or no text.
    """
    if isinstance(text, OwnText):
        return str(text)
    return _encodable(redact_text(require_text(text, what)))


def carried_metrics(metrics: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of metrics without secrets and host paths.

    Numbers under plain names have nothing to hide, and there are thousands of them: no rule is asked, or even loaded.
    """
    if all(type(value) in _NUMBERS for value in metrics.values()) and _are_plain(tuple(metrics)):
        return dict(metrics)
    redacted: dict[str, Any] = redact_value(deepcopy(metrics))
    return redacted


@lru_cache(maxsize=256)
def _are_plain(names: tuple[str, ...]) -> bool:
    if not all(is_plain(name) for name in names):
        return False
    from worldbase.redaction.keys import KeyKind, judge_key

    return all(judge_key(name) is KeyKind.PLAIN for name in names)


def told(error: BaseException) -> str:
    """The message of an exception, made fit in the same way and cut to 300 characters."""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - a foreign exception need not know how to say what it is
        said = "it has no message"
    # Where an object lies in memory differs from process to process, and tells nobody anything.
    text = _ADDRESS.sub(" at 0x…", _encodable(redact_text(said)))
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
