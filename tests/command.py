"""Run the commands in process, the way `main` runs them."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from worldbase import console
from worldflux.cli import cli
from worldforge.cli import cli as worldforge_cli


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


def worldflux(line: str, *more: object, command: click.Command = cli) -> Outcome:
    """Run `worldflux LINE MORE...`, where `line` is split as a shell would."""
    return _run("worldflux", command, [*shlex.split(line), *map(str, more)])


def worldforge(line: str, *more: object) -> Outcome:
    """Run `worldforge LINE MORE...`, where `line` is split as a shell would."""
    return _run("worldforge", worldforge_cli, [*shlex.split(line), *map(str, more)])


def _run(program: str, command: click.Command, arguments: list[str]) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr("sys.argv", [program, *arguments])
        with pytest.raises(SystemExit) as left:
            console.run(command, program)
    return Outcome(int(left.value.code or 0), out.getvalue(), err.getvalue())


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder for the length of the block."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
