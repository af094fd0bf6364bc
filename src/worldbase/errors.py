"""Errors that say what is wrong, where, and what to do next.

Every failure a user can cause is a `WorldError` with a stable dotted code (`source.unreadable`). The command line
prints it as one block and exits with its `exit_code`; nothing a user does may end in a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple


class Where(NamedTuple):
    """A place in a file: its name, and a JSON pointer (RFC 6901) or a 1-based line where one is known."""

    file: str = ""
    pointer: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f":{self.line}"
        if self.pointer is not None:
            place += f" at {self.pointer or 'the top level'}"
        return place.strip()


class Problem(NamedTuple):
    """One of possibly many things wrong with a document."""

    code: str
    message: str
    where: Where = Where()

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place}: {self.message} [{self.code}]" if place else f"{self.message} [{self.code}]"


class WorldError(Exception):
    """Root of every error the two commands raise on purpose.

    Attributes:
        code: Stable dotted identifier, safe to match on in scripts.
        where: File and pointer or line, or None where no file is involved.
        hint: The first thing to do about it.
        problems: All problems of a document, when the error stands for several.
        exit_code: What the process returns: 1 the answer is no, 2 usage, 3 bad input, 4 environment, 5 disk or remote.
    """

    default_exit_code: ClassVar[int] = 3

    def __init__(
        self,
        message: str,
        *,
        code: str,
        where: Where | None = None,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.where = where
        self.hint = hint
        self.problems = tuple(problems)
        self.exit_code = self.default_exit_code

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where and str(self.where) else ""
        return f"{self.message}{place} [{self.code}]"


class AnswerIsNoError(WorldError):
    """The command worked and its answer is no: a gate failed or a required verdict was not met."""

    default_exit_code = 1


class UsageError(WorldError):
    """The command line asks for something that does not make sense."""

    default_exit_code = 2


class InputError(WorldError):
    """A document or an input file is not what it must be."""

    default_exit_code = 3


class EnvironmentMissingError(WorldError):
    """Something that has to be installed or configured is not there."""

    default_exit_code = 4


class StorageError(WorldError):
    """The disk or a remote service refused."""

    default_exit_code = 5
