"""`worldflux demo`."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path

import click

from worldbase.console import Progress, progress, quiet_option
from worldbase.tables import visible
from worldflux.demo.walkthrough import Example, write_demo
from worldflux.documents.evidence import Evidence


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("worldflux-demo"),
    show_default=True,
    help="Folder to write; an earlier demo there is replaced.",
)
@quiet_option
def demo(output: Path, quiet: bool) -> None:
    """Audit real runs that come with the package: one claim holds, one falls.

    Works offline, in seconds. Writes claims, protocols, the runs and the evidence packages.
    """

    def show(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
        return progress(label, total, worth_showing=False)

    for example, evidence in write_demo(output, show):
        if not quiet:
            click.echo(_told(example, evidence))
    if not quiet:
        click.echo(_next(output))


def _told(example: Example, evidence: Evidence) -> str:
    return (
        f"{click.style(evidence.verdict.upper(), bold=True)}  {example.name}\n"
        f"  claimed  {visible(evidence.claim.text)}\n"
        f"  shown    {visible(evidence.headline)}\n"
    )


def _next(output: Path) -> str:
    # `uv run` tells its child where uv is: whoever came that way has no `worldflux` on the path.
    command = "uv run worldflux" if "UV" in os.environ else "worldflux"
    return (
        f"Both packages are in {output}. Next:\n"
        f"  {command} evidence inspect {output}/metaworld/evidence_pkg\n"
        f"  {command} evidence diff {output}/metaworld/evidence_pkg {output}/pusht/evidence_pkg\n"
        f"  {command} claim create --template lerobot-libero --output claim_pkg/\n"
        f"  {command} audit run lerobot --from YOUR/eval_info.json --claim claim_pkg/claim.json "
        f"--protocol claim_pkg/protocol.json --output evidence_pkg/"
    )
