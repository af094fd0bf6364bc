"""The `worldforge` command. One file per command; each is imported only when it is called."""

from __future__ import annotations

from typing import NoReturn

import click

from worldbase import __version__
from worldbase.console import LazyGroup, run

_COMMANDS = {
    "benchmark": ("Measure what providers take, against budgets.", "worldforge.cli.benchmark:benchmark"),
    "eval": ("Check what providers do against the contract of a suite.", "worldforge.cli.eval:evaluate"),
    "dataset-manifest": (
        "Check and create manifests of the datasets that evaluations cite.",
        "worldforge.cli.dataset_manifest:dataset_manifest",
    ),
    "runs": ("List, check, compare and share runs that were kept.", "worldforge.cli.runs:runs"),
    "view": ("Look at runs in the terminal.", "worldforge.cli.view:view"),
    "provider": ("List, inspect, check and start providers.", "worldforge.cli.provider:provider"),
    "negotiate": ("Say which providers a workflow can use.", "worldforge.cli.negotiate:negotiate"),
    "schema": ("Show the JSON Schemas of all documents.", "worldforge.cli.schema:schema"),
    "doctor": ("Say what is installed, configured and missing.", "worldforge.cli.doctor:doctor"),
    "completion": ("Print the completion script of a shell.", "worldforge.cli.completion:completion"),
}


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `worldforge benchmark --provider mock`. To judge a finished evaluation, see `worldflux --help`.",
)
@click.version_option(__version__, prog_name="worldforge")
def cli() -> None:
    """Run and measure robot policies and world models.

    Providers are adapters, known by their capabilities: predict, embed, score, policy. What they take is measured,
    kept with its provenance, and compared.
    """


def main() -> NoReturn:
    """Entry point of the `worldforge` command."""
    run(cli, "worldforge")
