"""Command lines as documents keep them: whole, but without secrets and host paths."""

from __future__ import annotations

from collections.abc import Sequence

from worldbase.redact import redact_text, redact_value
from worldbase.redaction.plain import is_plain


def recorded(argv: Sequence[str]) -> list[str]:
    """The arguments of a command with secrets and host paths replaced, one for one.

    An argument is judged with the flag that it stands behind: `--api-key` says what follows, and the value alone might
    not.
    """
    # Bytes of an argument that are no UTF-8 are surrogates here, which no document can hold.
    texts = [argument.encode("utf-8", "backslashreplace").decode() for argument in argv]
    return [_recorded(argument, before) for argument, before in zip(texts, ["", *texts], strict=False)]


def _recorded(argument: str, before: str) -> str:
    if is_plain(f"{before} {argument}"):
        return argument  # most are, and the rules are not even loaded for them
    if before.startswith("-") and "=" not in before:
        under_flag = redact_value({before.lstrip("-"): argument})
        argument = next(iter(under_flag.values()))
    return redact_text(argument)
