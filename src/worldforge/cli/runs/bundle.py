"""`worldforge runs bundle`."""

from __future__ import annotations

from pathlib import Path

import click

from worldforge.cli.runs.options import workspace_option

_FORMATS = ("markdown", "html", "json")


@click.command(
    epilog="""\b
Example:
  worldforge runs bundle 20260506T120000Z-0123abcd
  worldforge runs bundle 20260506T120000Z-0123abcd --output /tmp/for-the-issue --overwrite"""
)
@click.argument("run")
@workspace_option
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder of the bundle.  [default: issue-bundles/RUN in the workspace]",
)
@click.option("--overwrite", is_flag=True, help="Replace what stands at --output.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(_FORMATS),
    default="markdown",
    show_default=True,
    help="Print the text of an issue, the same as a page, or the manifest of the bundle.",
)
def bundle(run: str, workspace: Path, output: Path | None, overwrite: bool, output_format: str) -> None:
    """Make a copy of one run that is safe to attach, and print the text of an issue.

    RUN is an id in the workspace, or the path of a run's folder. Secrets, host paths, and names of machines and people
    are replaced in every file; what cannot be read as text, such as a checkpoint, is left out and named.
    """
    from worldbase.tables import visible
    from worldforge.runs.bundling.build import bundle_issue
    from worldforge.runs.bundling.evidence_manifest import EVIDENCE_MANIFEST, ISSUE_HTML, ISSUE_MARKDOWN

    made = bundle_issue(run, workspace, output=output, overwrite=overwrite)
    name = {"markdown": ISSUE_MARKDOWN, "html": ISSUE_HTML, "json": EVIDENCE_MANIFEST}[output_format]
    click.echo((made.path / name).read_text(encoding="utf-8"), nl=False)
    click.echo(f"\nThe bundle is {visible(str(made.path))}", err=True)
    if not made.manifest.safe_to_attach:
        click.echo(
            f"NOT safe to attach: what was needed could not be copied or not be made clean; see {EVIDENCE_MANIFEST}.",
            err=True,
        )
