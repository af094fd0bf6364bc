"""`worldforge dataset-manifest`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from worldbase.console import echo_report, format_option
from worldbase.errors import UsageError

if TYPE_CHECKING:
    from worldforge.evaluation.dataset_manifest import CheckedManifest


@click.group(name="dataset-manifest")
def dataset_manifest() -> None:
    """Check and create manifests of the datasets that evaluations cite.

    A manifest names files, addresses and assets with their checksums, licence, privacy and safety. It holds no data.
    """


@dataset_manifest.command(
    epilog="""\b
Example:
  worldforge dataset-manifest check examples/dataset-manifests/mock-evaluation-fixtures.json"""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    help="Folder that the paths of local files start from.",
)
@format_option
def check(file: Path, root: Path, output_format: str) -> None:
    """Check a manifest, its local files included, and show what a report would carry of it."""
    from worldforge.evaluation.dataset_manifest import check_manifest

    checked = check_manifest(file, root=root)
    echo_report(output_format, checked.reference, text=lambda: _text(checked))


@dataset_manifest.command(
    epilog="""\b
Example:
  worldforge dataset-manifest create fixtures/a.json fixtures/b.json --id my-fixtures --license Apache-2.0 \\
    --owner "Lab 3" --source "made for the suite" --output my-fixtures.json"""
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--id", "manifest_id", required=True, help="Lower-case letters, digits, '.', '_' and '-'.")
@click.option("--name", help="Title.  [default: the id]")
@click.option("--description", default="Local fixtures.", show_default=True, help="What it is, in a sentence.")
@click.option("--license", required=True, help="Under which it may be used, such as Apache-2.0.")
@click.option("--source", required=True, help="Where it comes from.")
@click.option("--owner", required=True, help="Who answers for it: a role or a group.")
@click.option("--dataset-version", default="1", show_default=True, help="Version of the dataset.")
@click.option(
    "--privacy",
    type=click.Choice(["public", "restricted", "sensitive"]),
    default="restricted",
    show_default=True,
    help="Who may see it.",
)
@click.option("--personal-data", is_flag=True, help="It holds data of persons.")
@click.option("--robot-logs", is_flag=True, help="It holds logs of robots.")
@click.option("--sensitive-capabilities", is_flag=True, help="It holds data about sensitive capabilities.")
@click.option("--reviewed", is_flag=True, help="Somebody looked at it with these questions in mind.")
@click.option("--step", "steps", multiple=True, help="How its owner gets what is not in the repository. Repeatable.")
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    show_default=True,
    help="Folder that the paths of local files start from.",
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="File to write.")
@click.option("--overwrite", is_flag=True, help="Replace that file.")
def create(
    files: tuple[Path, ...],
    manifest_id: str,
    name: str | None,
    description: str,
    license: str,
    source: str,
    owner: str,
    dataset_version: str,
    privacy: str,
    personal_data: bool,
    robot_logs: bool,
    sensitive_capabilities: bool,
    reviewed: bool,
    steps: tuple[str, ...],
    root: Path,
    output: Path,
    overwrite: bool,
) -> None:
    """Write a manifest of local FILES with their checksums.

    Addresses and assets of others are entries too; add those to the file and check it again.
    """
    import msgspec

    from worldbase.document import dump
    from worldbase.files import write_atomic
    from worldforge.evaluation import dataset_manifest as documents
    from worldforge.evaluation.dataset_drafts import draft

    if os.path.lexists(output) and not overwrite:
        raise UsageError(
            f"{output} is there already",
            code="dataset.output_exists",
            hint="Choose another name, or add --overwrite.",
        )
    manifest = draft(
        manifest_id,
        files,
        root=root,
        name=name or manifest_id,
        description=description,
        license=license,
        provenance=documents.DatasetProvenance(source=source, version=dataset_version, owner=owner),
        privacy=documents.DatasetPrivacy(
            classification=msgspec.convert(privacy, documents.Classification), contains_personal_data=personal_data
        ),
        safety=documents.DatasetSafety(
            reviewed=reviewed,
            contains_sensitive_capability_data=sensitive_capabilities,
            contains_robot_logs=robot_logs,
        ),
        host_acquisition_steps=steps or ("None: every entry is a file of the repository.",),
    )
    write_atomic(output, dump(manifest))
    click.echo(f"Written: {output}", err=True)


def _text(checked: CheckedManifest) -> str:
    from worldbase.tables import text_table, visible

    reference = checked.reference
    rows = [[entry.id, entry.kind, entry.sha256] for entry in checked.manifest.entries]
    return (
        f"{visible(reference.name)}: {reference.entry_count} entries, licence {visible(reference.license)}\n"
        f"{reference.sha256}\n\n{text_table(['entry', 'kind', 'checksum'], rows)}"
    )
