"""`worldflux claim create`."""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import quiet_option
from worldbase.files import StagedFolder
from worldflux.claims.drafting import draft


@click.command(
    epilog="""\b
Example:
  worldflux claim create --template lerobot-pusht --output claim_pkg/ \\
      --set claim.expected_metrics.0.value=0.6 --set protocol.execution.episodes_per_task=50"""
)
@click.option("--template", required=True, help="Name of a template; `worldflux claim templates` lists them.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder for claim.json and protocol.json.",
)
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Fill a field; repeat as needed.")
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
@quiet_option
def create(template: str, output: Path, settings: tuple[str, ...], overwrite: bool, quiet: bool) -> None:
    """Write claim.json and protocol.json from a template, with fresh ids and the claim's hash bound."""
    drafted = draft(template, list(settings))
    with StagedFolder(output, overwrite=overwrite, holds="claim.json") as staged:
        (staged.path / "claim.json").write_bytes(drafted.claim)
        (staged.path / "protocol.json").write_bytes(drafted.protocol)
        staged.commit()
    if not quiet:
        click.echo(
            f"Wrote {output / 'claim.json'} and {output / 'protocol.json'}.\n"
            f"Edit both for your policy, then:\n"
            f"  worldflux claim bind {output / 'claim.json'} {output / 'protocol.json'}\n"
            f"  worldflux claim check {output / 'claim.json'} {output / 'protocol.json'}"
        )
