"""`worldflux audit pack`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import click

from worldbase.console import Progress, format_option, progress, quiet_option

_LONG_WORK_BYTES = 20_000_000


@click.command(
    epilog="""\b
Examples:
  worldflux audit pack evidence_pkg/ --output evidence_pkg.tar.gz
  worldflux audit pack evidence_pkg/ --output evidence_pkg.tar
Whoever receives it:
  worldflux audit verify evidence_pkg.tar.gz""",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="NAME.tar, or NAME.tar.gz for a compressed archive.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that stands at --output.")
@format_option
@quiet_option
def pack(folder: Path, output: Path, overwrite: bool, output_format: str, quiet: bool) -> None:
    """Put a package into one file.

    DIR is the folder of a package, best a signed one. The same package gives the same NAME.tar on every machine, so
    its digest can be published; the compressed bytes of a NAME.tar.gz depend on the zlib at hand. Only members that
    the manifest lists and signatures go in; share_url.txt stays behind.
    """
    from worldflux.cli.audit.archive_text import echo_archived
    from worldflux.package import archive

    def show(label: str, total: int, size: int) -> AbstractContextManager[Progress]:
        return progress(label, total, worth_showing=size > _LONG_WORK_BYTES and not quiet)

    archived = archive.pack(folder, output, show, overwrite=overwrite)
    if not quiet:
        advice = f"worldflux audit verify {output}" if archived.signatures else f"worldflux audit sign {folder}"
        echo_archived(output_format, archived, {"archive": str(output)}, advice)
