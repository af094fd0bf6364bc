"""`worldforge completion`."""

from __future__ import annotations

import click

from worldbase.console import echo_completion


@click.command(
    epilog="""\b
Example:
  eval "$(worldforge completion bash)\""""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that teaches a shell to complete `worldforge`."""
    echo_completion(context, shell)
