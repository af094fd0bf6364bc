"""The `worldforge` command."""

from __future__ import annotations

from typing import NoReturn

import click

from worldbase import __version__
from worldbase.console import LazyGroup, run


@click.group(
    cls=LazyGroup,
    table={},
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="To judge a finished evaluation, see `worldflux --help`.",
)
@click.version_option(__version__, prog_name="worldforge")
def cli() -> None:
    """Run and measure robot policies and world models.

    Providers by capability, benchmarks with budgets, evaluation suites and run workspaces come with the next releases.
    """


def main() -> NoReturn:
    """Entry point of the `worldforge` command."""
    run(cli, "worldforge")
