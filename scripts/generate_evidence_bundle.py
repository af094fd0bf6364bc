"""Make an evidence bundle: copies of kept runs that are safe to attach, with a manifest and a summary.

Run as ``uv run python scripts/generate_evidence_bundle.py --workspace-dir .worldforge``.
"""

from __future__ import annotations

from pathlib import Path

import click

from worldbase.console import run
from worldbase.tables import visible
from worldforge.runs.bundling.build import bundle_workspace


@click.command()
@click.option(
    "--workspace-dir",
    "workspace",
    type=click.Path(file_okay=False, path_type=Path),
    default=".worldforge",
    show_default=True,
    help="Folder that holds runs/.",
)
@click.option("--run-id", "run_ids", multiple=True, metavar="ID", help="One of the runs. Repeatable.  [default: all]")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder of the bundle.  [default: evidence-bundles/TIME in the workspace]",
)
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
def main(workspace: Path, run_ids: tuple[str, ...], output: Path | None, overwrite: bool) -> None:
    """Copy runs so that they are safe to attach: rewritten where something had to go, checked as they were written."""
    made = bundle_workspace(workspace, run_ids=run_ids, output=output, overwrite=overwrite)
    manifest = made.manifest
    click.echo(
        f"{visible(str(made.path))}: {manifest.run_count} run(s), {manifest.included_count} files copied, "
        f"{manifest.rewritten_count} of them rewritten, {manifest.excluded_count} left out; "
        f"safe to attach: {'yes' if manifest.safe_to_attach else 'NO'}"
    )


if __name__ == "__main__":
    run(main, "generate_evidence_bundle.py")
