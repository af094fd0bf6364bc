"""`worldforge provider scaffold`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import quiet_option
from worldbase.tables import visible
from worldforge.capabilities import CAPABILITIES
from worldforge.capabilities.names import Capability
from worldforge.providers.registry import BUILTINS
from worldforge.workflows import scaffold as package


@click.command(
    epilog="""\b
Example:
  worldforge provider scaffold my-model --capability score --capability predict
  uv pip install --editable worldforge-my-model/
  worldforge provider contract my-model"""
)
@click.argument("name")
@click.option(
    "--capability",
    "capabilities",
    multiple=True,
    type=click.Choice(CAPABILITIES),
    help="What the provider is to do. Repeatable; at least one.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Folder of the package.  [default: worldforge-NAME]")
@click.option(
    "--overwrite", is_flag=True, help="Replace the scaffold's files in a folder that is not empty, and no other file."
)
@quiet_option
def scaffold(
    name: str, capabilities: tuple[Capability, ...], output: Path | None, overwrite: bool, quiet: bool
) -> None:
    """Start a provider of your own: write a small package that can be installed.

    The package holds a provider that keeps its contract with made-up results, its entry point, and a test that runs
    the contract kit. NAME is lower-case words joined by hyphens.
    """
    wanted = package.scaffold(name, capabilities, taken=tuple(BUILTINS))
    target = output or Path(wanted.distribution)
    files = package.write(wanted, target, overwrite=overwrite)
    if quiet:
        return
    place = visible(str(target))
    click.echo(f"Wrote {place}/:")
    click.echo("".join(f"  {file}\n" for file in files))
    click.echo(f"Next: put your runtime into src/{wanted.module}/provider.py, and check it after each step:")
    click.echo(f"  uv pip install --editable {place}/")
    click.echo(f"  worldforge provider contract {name}")
