"""Errors of the `worldflux` command, by what a user has to do about them."""

from __future__ import annotations

from worldbase.errors import AnswerIsNoError, InputError


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
