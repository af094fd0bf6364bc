"""The one sanitiser: what leaves a machine holds no secrets and does not say whose machine it was.

Everything that is published or logged goes through `redact_text` or `redact_value`: logs, tracebacks, configurations,
result files. Removed are secrets of any vendor, credentials in URLs, headers and pairs, absolute paths, names and
addresses of machines and people. Kept are task names, statistics, digests, commits, public URLs and relative paths.

Laws:
    `redact_text(redact_text(x)) == redact_text(x)`: a result is clean, so that a gate may test for it.
    A JSON document stays a JSON document.
    The time grows in proportion to the text, whatever the text is.
"""

from __future__ import annotations

from typing import Any

from worldbase.redaction.plain import is_plain


def redact_text(text: str) -> str:
    """Remove secrets and everything that points to a machine or a person from a text.

    Args:
        text: Any text, also JSON, JSON Lines, CSV, markdown or a cut-off log.

    Returns:
        The text with markers such as `[redacted:secret]` and `[path]/eval_episode_0.mp4` in place of what was
        removed. Terminal colours go with the first removal, since they may split a token; a clean text keeps them.
    """
    if is_plain(text):
        return text
    # Not at the top: the rules hold many patterns, and most processes never meet a text that needs them.
    from worldbase.redaction.passes import redact_until_stable

    return redact_until_stable(text)


def redact_value(value: Any) -> Any:
    """Remove the same from a JSON value, by the names of its keys too.

    A value under `api_key`, `password` or `hostname` goes even where it looks harmless.

    Args:
        value: What `json.loads` returns: dict, list, str, number, bool or None.

    Returns:
        A new value; the input is not changed.
    """
    from worldbase.redaction.passes import redact_value_until_stable

    return redact_value_until_stable(value)


def is_clean(text: str) -> bool:
    """Whether there is nothing to remove from a text."""
    return redact_text(text) == text
