"""Libraries that read bytes of an adversary, and answers of servers: what they raise and say, made fit to be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from worldbase.errors import WorldError

T = TypeVar("T")

_LONGEST: Final = 200


def called(work: Callable[[], T], refusal: Callable[[str], WorldError]) -> T:
    """Let a library work; whatever it raises becomes a refusal with its reason.

    Args:
        work: Calls the library.
        refusal: Makes the error out of the reason.
    """
    try:
        return work()
    except WorldError:
        raise
    # The libraries for certificates and bundles raise errors of five others, some of them not documented. Whatever
    # stops one, the signature was not found good.
    except Exception as error:
        raise refusal(reason_of(error)) from error


def one_line(text: str) -> str:
    """A text on one line, cut, and without anything that a terminal would obey or hide."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:_LONGEST]


def reason_of(error: BaseException) -> str:
    """Why something failed, as far as it says: its own words, those of its cause, or its kind."""
    return one_line(_without_details(str(error))) or one_line(str(error.__cause__ or "")) or type(error).__name__


def _without_details(text: str) -> str:
    """What pydantic says of a document, without the value that it quotes and the address of its own pages."""
    return text.partition(" [type=")[0]
