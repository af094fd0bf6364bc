"""What `audit pack` and `audit unpack` print."""

from __future__ import annotations

from worldbase.console import echo_report
from worldbase.tables import visible
from worldflux.package.archive import Archived


def echo_archived(output_format: str, archived: Archived, places: dict[str, str], advice: str) -> None:
    """Print both digests, where things lie, and the next command.

    Args:
        output_format: `text`, `json` or `markdown`.
        archived: What was packed or unpacked.
        places: Paths by what lies there.
        advice: The next command.
    """
    value = {
        **places,
        "archive_digest": archived.archive,
        "manifest_digest": archived.manifest,
        "files": archived.files,
        "signatures": archived.signatures,
        "bytes": archived.size,
    }
    echo_report(output_format, value, text=lambda: _text(archived, places, advice))


def _text(archived: Archived, places: dict[str, str], advice: str) -> str:
    signatures = f"{archived.signatures:,} signature file(s)" if archived.signatures else "not signed"
    package = f"  package   {visible(places['package'])}\n" if "package" in places else ""
    return (
        f"{archived.files:,} files, {signatures}\n\n"
        f"  archive   {visible(places['archive'])}, {archived.size:,} bytes\n"
        f"            {archived.archive}\n"
        f"{package}"
        f"  manifest  {archived.manifest}\n"
        f"  next      {visible(advice)}\n"
    )
