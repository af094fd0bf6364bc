"""Read a package, or the `evidence.json` of one."""

from __future__ import annotations

from pathlib import Path

from worldbase import document, files
from worldbase.errors import Where
from worldflux.documents.evidence import Evidence
from worldflux.errors import PackageError
from worldflux.package import layout


def read_evidence(path: Path) -> Evidence:
    """Read the evidence of a package folder, or an `evidence.json`.

    Raises:
        PackageError: `package.missing` or `package.incomplete`.
        InputError: The document is not valid.
    """
    files.recover(path)
    if path.is_dir():
        path = path / layout.EVIDENCE
        if not path.is_file():
            raise PackageError(
                f"{path.parent.name} holds no {layout.EVIDENCE}",
                code="package.incomplete",
                where=Where(path.parent.name),
                hint="Give the --output folder of `worldflux audit run`.",
            )
    elif not path.exists():
        raise PackageError(
            f"{path.name} does not exist",
            code="package.missing",
            where=Where(path.name),
            hint="Make one with `worldflux audit run`, or see `worldflux demo`.",
        )
    return document.load(path, Evidence, file=path.name).document
