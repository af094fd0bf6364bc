"""Write the members of a package and the manifest over them."""

from __future__ import annotations

from pathlib import Path

from msgspec import UNSET, UnsetType

from worldbase import digest, document
from worldflux.documents.evidence import Evidence
from worldflux.documents.manifests import ArtifactManifest, ManifestFile
from worldflux.episodes.stream import WrittenLines
from worldflux.package import layout


def write_members(folder: Path, members: dict[str, bytes]) -> None:
    """Write members that are already bytes."""
    for name, data in members.items():
        (folder / name).write_bytes(data)


def write_manifest(
    folder: Path,
    evidence: Evidence,
    streams: dict[str, WrittenLines],
    sequence: int = 1,
    supersedes: str | UnsetType = UNSET,
) -> ArtifactManifest:
    """Write the manifest of everything that lies in the folder.

    Args:
        folder: The staged package, complete but for the manifest.
        evidence: Gives the manifest its evidence id.
        streams: Digests of the members that were hashed while they were written.
        sequence: 1 for a first package of its claim and checkpoint.
        supersedes: Digest of the manifest of the package that this one replaces.
    """
    names = [name for name in sorted(layout.KNOWN) if name in layout.MEMBERS or (folder / name).exists()]
    files = [_entry(folder, name, streams.get(name)) for name in names]
    manifest = ArtifactManifest(
        schema_version="worldflux.artifact_manifest.v0_draft",
        evidence_id=evidence.id,
        sequence=sequence,
        supersedes=supersedes,
        files=files,
    )
    (folder / layout.MANIFEST).write_bytes(document.dump(manifest))
    return manifest


def _entry(folder: Path, name: str, written: WrittenLines | None) -> ManifestFile:
    member = layout.KNOWN[name]
    path = folder / name
    return ManifestFile(
        path=name,
        sha256=written.sha256 if written else digest.of_file(path),
        size=written.size if written else path.stat().st_size,
        role=member.role,
        media_type=member.media_type,
        share_class=member.share_class,
    )
