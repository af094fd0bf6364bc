"""`worldforge completion`."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(
    epilog="""\b
Example:
  eval "$(worldforge completion bash)\""""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that teaches a shell to complete `worldforge`."""
    root = context.find_root()
    name = root.info_name or "worldforge"
    kind = get_completion_class(shell)
    if kind is None:  # click.Choice allows only shells that click knows
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(root.command, {}, name, f"_{name.upper()}_COMPLETE").source())
