"""The flags of `eval-profile create`, one for each field of a profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from worldflux.portfolio.profile_fields import FIELDS, ProfileField

F = TypeVar("F", bound=Callable[..., Any])
_METAVARS = {"text": "TEXT", "word": "WORD", "list": "TEXT", "integer": "N", "number": "HZ"}


class _Word(click.types.StringParamType):
    """One of a few words. A wrong one is not refused here: it is reported together with everything else."""

    name = "word"

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The words that begin so."""
        return [CompletionItem(word) for word in self._words if word.startswith(incomplete)]


def profile_flags(function: F) -> F:
    """Add a flag for each field, in the order of the fields."""
    for row in reversed(FIELDS):
        function = _flag(row)(function)
    return function


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """What was given by flags, by the path of the field."""
    typed = ((row, arguments[row.option]) for row in FIELDS)
    return {
        row.path: list(value) if row.kind == "list" else value
        for row, value in typed
        if value is not None and value != ()
    }


def _flag(row: ProfileField) -> Callable[[F], F]:
    about = f"{row.about[0].upper()}{row.about[1:]}"
    if row.kind == "switch":
        return click.option(
            f"{row.flag}/--no-{row.flag.lstrip('-')}", row.option, default=None, help=f"{about}; not given: it is not."
        )
    after = f": {', '.join(row.words)}." if row.words else "; repeat as needed." if row.kind == "list" else "."
    return click.option(
        row.flag,
        row.option,
        type=_Word(row.words) if row.words else str,
        multiple=row.kind == "list",
        metavar=_METAVARS[row.kind],
        help=f"{about}{after}" + ("" if row.needed else "  [may be left out]"),
    )
