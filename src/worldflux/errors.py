"""Errors of the `worldflux` command, by what a user has to do about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from worldbase.errors import AnswerIsNoError, InputError, Problem, Where, WorldError


class ClaimError(InputError):
    """A claim and its protocol do not belong together, or cannot be audited."""


class SourceError(InputError):
    """Evaluator output cannot be read, or is not what it seems to be."""


class PackageError(InputError):
    """An evidence package is not whole."""


class VerdictNotMetError(AnswerIsNoError):
    """The audit was done; the verdict is not the one that was required."""


class StatisticsError(InputError):
    """A statistical function was given numbers that it is not defined for."""


class PlanError(InputError):
    """A plan cannot be made, is not the one that was frozen, or does not follow from its seed."""


class SigningError(InputError):
    """A key or a signing service cannot be used."""


class TrustError(InputError):
    """A trust file is not what it must be, or has gone back in time."""


class SignatureError(WorldError):
    """A signature is not good over these bytes."""

    default_exit_code = 15


EXIT_CODES: Final = {
    "tree": 10,
    "json": 11,
    "schema": 12,
    "manifest": 13,
    "signed": 14,
    "signature": 15,
    "subject": 16,
    "binding": 17,
    "recomputation": 18,
    "policy": 20,
    "rollback": 19,
}
"""The gates of `audit verify` in order, and what the process returns where one of them is the first that fails."""


class GateError(WorldError):
    """A gate of `audit verify` does not let the package pass."""

    default_exit_code: ClassVar[int] = 18

    def __init__(
        self,
        message: str,
        *,
        gate: str,
        code: str,
        where: Where | None = None,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, code=code, where=where, hint=hint, problems=problems)
        self.gate = gate
        self.exit_code = EXIT_CODES[gate]
