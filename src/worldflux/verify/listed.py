"""Gate `manifest`: the files that are there are the files that the manifest lists, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from worldbase.errors import Problem, Where
from worldflux.documents.manifests import ArtifactManifest, ManifestFile
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage

Profile = Literal["local", "share"]


def withheld_by(manifest: ArtifactManifest, package: OpenedPackage) -> list[str]:
    """Listed members that are not there and that a share may withhold.

    Which those are is fixed by the layout of packages and not by what an author writes into the manifest.
    """
    return [
        entry.path
        for entry in manifest.files
        if entry.path not in package.names
        and entry.path in layout.KNOWN
        and layout.KNOWN[entry.path].share_class == "local"
    ]


def require_listed(
    manifest: ArtifactManifest, package: OpenedPackage, profile: Profile, advance: Callable[[int], None]
) -> str:
    """Compare manifest and tree.

    Returns:
        What was compared.

    Raises:
        GateError: `manifest.differs`, with every difference.
    """
    problems = [
        *_unlistable(manifest),
        *_unlisted(manifest, package),
        *_absent(manifest, package, profile),
        *_altered(manifest, package, advance),
    ]
    if problems:
        raise GateError(
            f"manifest and files differ in {len(problems)} place(s)" if len(problems) > 1 else problems[0].message,
            gate="manifest",
            code=problems[0].code,
            where=problems[0].where,
            hint=_hint(problems),
            problems=problems,
        )
    withheld = withheld_by(manifest, package)
    compared = f"{len(manifest.files) - len(withheld)} files have the listed size and SHA-256"
    return (
        f"{compared}; {len(withheld)} listed files are withheld" if withheld else f"{compared}, and there is no other"
    )


def _hint(problems: list[Problem]) -> str:
    if all(problem.code == "manifest.absent_file" for problem in problems):
        return "Members that a share withholds may be absent under --profile share only."
    return "The package was changed after it was made; get it again from its author, or audit the source again."


def _unlistable(manifest: ArtifactManifest) -> Iterator[Problem]:
    """Entries that no manifest of a package has: unknown names, other roles, or a member that is left out."""
    for index, entry in enumerate(manifest.files):
        where = Where(layout.MANIFEST, f"/files/{index}")
        known = layout.KNOWN.get(entry.path)
        if known is None:
            yield Problem("manifest.unknown_member", f"{entry.path[:80]!r} is no member that this tool knows", where)
        elif (entry.role, entry.media_type, entry.share_class) != known:
            message = f"{entry.path} is listed with another role, media type or share class"
            yield Problem("manifest.other_role", message, where)
    listed = {entry.path for entry in manifest.files}
    for name in layout.MEMBERS:
        if name not in listed:
            yield Problem("manifest.not_listed", f"{name} is not listed", Where(layout.MANIFEST, "/files"))


def _unlisted(manifest: ArtifactManifest, package: OpenedPackage) -> Iterator[Problem]:
    listed = {entry.path for entry in manifest.files}
    for name in package.names:
        if name not in listed and not layout.is_unlisted(name):
            yield Problem("manifest.extra_file", f"{name[:80]!r} is there and not listed", Where(name[:80]))


def _absent(manifest: ArtifactManifest, package: OpenedPackage, profile: Profile) -> Iterator[Problem]:
    allowed = withheld_by(manifest, package) if profile == "share" else []
    for entry in manifest.files:
        if entry.path not in package.names and entry.path not in allowed:
            yield Problem(
                "manifest.absent_file", f"{entry.path[:80]!r} is listed and not there", Where(layout.MANIFEST)
            )


def _altered(manifest: ArtifactManifest, package: OpenedPackage, advance: Callable[[int], None]) -> Iterator[Problem]:
    present = [entry for entry in manifest.files if entry.path in package.names]
    other_size = [entry for entry in present if package.size(entry.path) != entry.size]
    for entry in other_size:
        message = f"{entry.path} has {package.size(entry.path):,} bytes; {entry.size:,} are listed"
        yield Problem("manifest.other_bytes", message, Where(entry.path))
    same_size: list[ManifestFile] = [entry for entry in present if entry not in other_size]
    digests = package.digests([entry.path for entry in same_size], advance)
    for entry in same_size:
        if digests[entry.path] != entry.sha256:
            yield Problem("manifest.other_bytes", f"{entry.path} has another SHA-256 than is listed", Where(entry.path))
