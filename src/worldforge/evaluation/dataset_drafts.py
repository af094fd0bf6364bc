"""A dataset manifest of local files, filled in as far as files can say it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from worldbase import digest, document
from worldbase.errors import Where
from worldforge.errors import WorldForgeError
from worldforge.evaluation.dataset_manifest import (
    LARGEST_LOCAL_FILE,
    LOCAL_SUFFIXES,
    SCHEMA_VERSION,
    DatasetEntry,
    DatasetManifest,
    DatasetPrivacy,
    DatasetProvenance,
    DatasetSafety,
    entry_problems,
    is_below,
    local_fault,
)


def draft(
    manifest_id: str,
    files: Sequence[Path],
    *,
    root: Path,
    name: str,
    description: str,
    license: str,
    provenance: DatasetProvenance,
    privacy: DatasetPrivacy,
    safety: DatasetSafety,
    host_acquisition_steps: Sequence[str],
) -> DatasetManifest:
    """A manifest whose entries are local files.

    Args:
        manifest_id: Its id.
        files: Files below `root`.
        root: The repository.
        name: Title.
        description: What it is.
        license: Under which it may be used.
        provenance: Where it comes from.
        privacy: Whom it concerns.
        safety: What it could be misused for.
        host_acquisition_steps: How to get what is not in the repository.

    Raises:
        WorldForgeError: `dataset.local_file` for a file that a manifest may not name.
        InputError: `document.invalid` where the whole does not hold.
    """
    manifest = DatasetManifest(
        schema_version=SCHEMA_VERSION,
        id=manifest_id,
        name=name,
        description=description,
        license=license,
        provenance=provenance,
        privacy=privacy,
        safety=safety,
        host_acquisition_steps=list(host_acquisition_steps),
        entries=[entry_of(file, root) for file in files],
    )
    # Made of typed pieces, it has been checked by nobody yet.
    return document.parse(document.dump(manifest), DatasetManifest, file="the new manifest").document


def entry_of(file: Path, root: Path) -> DatasetEntry:
    """The entry of a local file.

    Raises:
        WorldForgeError: `dataset.local_file`.
    """
    if not is_below(file, root):
        raise _unusable(file, "it lies outside of the folder that paths start from")
    relative = file.absolute().relative_to(root.absolute()).as_posix() if file.is_absolute() else file.as_posix()
    if fault := local_fault(relative, None, root):
        raise _unusable(file, fault)
    entry = DatasetEntry(
        id=relative.replace("/", "-"),
        kind="local-fixture",
        description=f"The file {file.name}.",
        sha256=digest.of_file(root / relative),
        path=relative,
    )
    for problem in entry_problems(entry, Where()):
        raise _unusable(file, problem.message)
    return entry


def _unusable(file: Path, reason: str) -> WorldForgeError:
    return WorldForgeError(
        f"{file.name[:80]} cannot be an entry: {reason}",
        code="dataset.local_file",
        where=Where(file.name),
        hint=f"Local entries are {', '.join(LOCAL_SUFFIXES)} files of at most {LARGEST_LOCAL_FILE:,} bytes.",
    )
