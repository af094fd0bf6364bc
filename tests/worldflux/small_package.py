"""A package of a few bytes: files of any content and the manifest that lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from worldbase import digest, document
from worldflux.documents.manifests import ArtifactManifest, ManifestFile
from worldflux.package import layout

MEMBERS: Final = {
    "claim.json": b'{"a": 1}\n',
    "episode_results.jsonl": b'{"success": true}\n' * 50,
    "evidence.md": b"# x\n",
}
SIGNATURE: Final = f"{layout.AUTHOR}.dsse.json"


def small_package(folder: Path, members: dict[str, bytes] | None = None, *, signed: bool = True) -> Path:
    """Write members, their manifest and a file where the signature lies; return the folder."""
    members = MEMBERS if members is None else members
    folder.mkdir(parents=True)
    for name, data in members.items():
        (folder / name).write_bytes(data)
    (folder / layout.MANIFEST).write_bytes(manifest_of(members))
    if signed:
        (folder / layout.SIGNATURES).mkdir()
        (folder / SIGNATURE).write_bytes(b"{}\n")
    return folder


def manifest_of(members: dict[str, bytes]) -> bytes:
    """The manifest of members."""
    files = [
        ManifestFile(
            path=name,
            sha256=digest.of_bytes(data),
            size=len(data),
            role="claim",
            media_type="application/json",
            share_class="hosted",
        )
        for name, data in sorted(members.items())
    ]
    manifest = ArtifactManifest(schema_version="worldflux.artifact_manifest.v0_draft", evidence_id="ev_1", files=files)
    return document.dump(manifest)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
