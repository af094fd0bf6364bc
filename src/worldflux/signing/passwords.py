"""Passwords of keys, from where no other process sees them: a variable or a file, never an argument."""

from __future__ import annotations

import os
from pathlib import Path

from worldbase.errors import UsageError, Where
from worldflux.signing.secret_files import read_secret


def from_env(name: str) -> bytes:
    """The password in an environment variable.

    Raises:
        UsageError: `key.password_env`.
    """
    password = os.environb.get(os.fsencode(name), b"")
    if not password:
        raise UsageError(
            f"the environment variable {name[:80]!r} holds no password",
            code="key.password_env",
            hint="Give the variable's name, not the password, and export the variable.",
        )
    return password


def from_file(path: Path) -> bytes:
    """The password in a file that only its owner may read; one line break at its end is not part of it.

    Raises:
        SigningError: What `read_secret` raises.
        UsageError: `key.password_file` for an empty one.
    """
    password = read_secret(path).removesuffix(b"\n").removesuffix(b"\r")
    if not password:
        raise UsageError(
            f"{path.name} holds no password",
            code="key.password_file",
            where=Where(path.name),
            hint="Write the password into it, on one line.",
        )
    return password
