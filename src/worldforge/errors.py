"""Errors of the `worldforge` command."""

from __future__ import annotations

from worldbase.errors import InputError


class WorldForgeError(InputError):
    """A provider, a suite or a workspace was asked for something it cannot do."""
