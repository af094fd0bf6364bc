"""Errors of `worldforge`. Each carries a stable code, and its class decides the exit code of the command."""

from __future__ import annotations

from collections.abc import Sequence

from worldbase.errors import InputError, Problem, Where, WorldError


class WorldForgeError(InputError):
    """A caller gave something that cannot be used: an argument, a document, a result of the wrong form.

    Authors of providers and suites may raise it with a message alone.
    """

    code = "worldforge.invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: Where | None = None,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, code=code or type(self).code, where=where, hint=hint, problems=problems)


class WorldStateError(WorldForgeError):
    """A world that was kept on disk cannot be read or does not hold together."""


class CapabilityError(WorldForgeError):
    """A provider was asked for a capability that it does not advertise."""

    default_exit_code = 2


class ComparisonRefusedError(WorldForgeError):
    """Runs that do not measure the same thing were asked to be compared."""

    default_exit_code = 2


class ProviderError(WorldError):
    """A provider could not do what it was asked; authors of providers raise it with a message alone."""

    default_exit_code = 4

    code = "provider.failed"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        where: Where | None = None,
        hint: str | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, code=code or type(self).code, where=where, hint=hint, problems=problems)


class UnknownProviderError(ProviderError):
    """No provider of this name is registered."""

    default_exit_code = 2


class ProviderBudgetExceededError(ProviderError):
    """A call and its retries took longer than the time they were allowed."""
