"""`worldflux audit unpack`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import click

from worldbase.console import Progress, format_option, progress, quiet_option

_LONG_WORK_BYTES = 100_000_000


@click.command(
    epilog="""\b
Example:
  worldflux audit unpack evidence_pkg.tar.gz --output evidence_pkg/
  worldflux audit verify evidence_pkg/""",
)
@click.argument("archive", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder of the package.")
@click.option("--overwrite", is_flag=True, help="Replace a package that stands at --output.")
@click.option("--overwrite-signed", is_flag=True, help="With --overwrite: replace it even if it is signed.")
@format_option
@quiet_option
def unpack(
    archive: Path, output: Path, overwrite: bool, overwrite_signed: bool, output_format: str, quiet: bool
) -> None:
    """Take a package out of its file, safely.

    FILE is an archive that `audit pack` wrote, or a plain tar of one folder. All of it is looked at before anything is
    written: links, devices, paths that lead elsewhere, names that are one on some systems, extensions of the format,
    damage and bombs are refused with exit code 10. Whether the package itself is sound, `audit verify` says.
    """
    from worldflux.audit.succession import refuse_signed_output
    from worldflux.cli.audit.archive_text import echo_archived
    from worldflux.package import archive as archives

    def show(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
        return progress(label, total, worth_showing=size > _LONG_WORK_BYTES and not quiet)

    refuse_signed_output(output, overwrite=overwrite, overwrite_signed=overwrite_signed)
    archived = archives.unpack(archive, output, show, overwrite=overwrite)
    if not quiet:
        places = {"archive": str(archive), "package": str(output)}
        echo_archived(output_format, archived, places, f"worldflux audit verify {output}")
