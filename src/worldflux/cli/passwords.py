"""The options by which a command takes the password of a key."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from worldbase.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def password_options(function: F) -> F:
    """Add `--password-env`, `--password-file` and `--password-prompt`."""
    options = (
        click.option("--password-env", metavar="NAME", help="Environment variable that holds the key's password."),
        click.option(
            "--password-file", type=click.Path(path_type=Path), help="File (mode 0600) that holds the key's password."
        ),
        click.option("--password-prompt", is_flag=True, help="Ask for the key's password."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def new_password(env: str | None, file: Path | None, *, prompt: bool) -> bytes | None:
    """The password for a key that is about to be made, or None where none is wanted.

    Raises:
        UsageError: `key.password_twice`, `key.no_terminal`, `key.password_env`, `key.password_file`.
    """
    _require_one(env, file, prompt)
    return _asked("Password of the new key", confirm=True) if prompt else _given(env, file)


def ask_password(env: str | None, file: Path | None, *, prompt: bool) -> Callable[[], bytes | None]:
    """What opens an existing key: the given password; at a terminal, one that is asked for when it is needed.

    Raises:
        UsageError: `key.password_twice`; the function raises `key.no_terminal`, `key.password_env`,
            `key.password_file`.
    """
    _require_one(env, file, prompt)

    def password() -> bytes | None:
        if prompt or (not env and not file and sys.stdin.isatty()):
            return _asked("Password of the key", confirm=False)
        return _given(env, file)

    return password


def _given(env: str | None, file: Path | None) -> bytes | None:
    from worldflux.signing import passwords

    if env:
        return passwords.from_env(env)
    return passwords.from_file(file) if file else None


def _asked(what: str, *, confirm: bool) -> bytes:
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask at",
            code="key.no_terminal",
            hint="Give the password by --password-env NAME or --password-file FILE.",
        )
    password: str = click.prompt(what, hide_input=True, confirmation_prompt=confirm, err=True)
    return password.encode()


def _require_one(env: str | None, file: Path | None, prompt: bool) -> None:
    if sum([env is not None, file is not None, prompt]) > 1:
        raise UsageError(
            "the password is given in more than one way",
            code="key.password_twice",
            hint="Give one of --password-env, --password-file and --password-prompt.",
        )
