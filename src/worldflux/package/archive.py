"""A package in one file: the same bytes on every machine, and taken apart only after all of it was looked at.

An archive is a tar (`worldflux.package.ustar`) of the folder `evidence_pkg/`: its files sorted by path, of mode 0644,
without owner and time. Packing the same package twice gives the same tar; of a `.tar.gz` that holds for what is in it,
while its compressed bytes depend on the version of zlib. What a share's address says (`share_url.txt`) stays behind.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from worldbase import digest, document, files, safepath
from worldbase.errors import StorageError, UsageError, Where
from worldflux.documents.manifests import ArtifactManifest
from worldflux.errors import GateError, PackageError
from worldflux.package import archive_content, layout, tree, ustar
from worldflux.package.archive_content import MAX_BYTES, Content, ShowProgress, silent
from worldflux.package.opened import OpenedPackage
from worldflux.package.positioned import BLOCK_BYTES
from worldflux.sources.kept_inputs import refuse_output_over

FOLDER: Final = "evidence_pkg"
_COMPRESSED: Final = (".tar.gz", ".tgz")
_SUFFIXES: Final = (".tar", *_COMPRESSED)

_Target = IO[bytes] | gzip.GzipFile


@dataclass(frozen=True, slots=True)
class Archived:
    """A package and the archive of it, as they are.

    Attributes:
        archive: Digest of the archive's bytes.
        manifest: Digest of the package's manifest, which a signature is over.
        files: How many files it holds.
        signatures: How many of them are signatures.
        size: Bytes of the archive.
    """

    archive: str
    manifest: str
    files: int
    signatures: int
    size: int


def pack(folder: Path, output: Path, show_progress: ShowProgress, *, overwrite: bool = False) -> Archived:
    """Put a package into one file.

    Args:
        folder: The package. What its manifest does not list, and is no signature, is refused rather than sent along.
        output: `NAME.tar`, or `NAME.tar.gz` for a compressed one. It appears whole or not at all.
        show_progress: Opens a progress display for a label, a number of bytes and a size.
        overwrite: Replace a file that stands there.

    Raises:
        UsageError: `archive.suffix`, `archive.inside` or `output.exists`.
        PackageError: `archive.unlisted_file`, `archive.does_not_fit`, `archive.compresses_too_well`,
            `package.incomplete`, or what `OpenedPackage.open` raises.
        GateError: The tree is not safe.
        InputError: The manifest is not valid.
        StorageError: `file.unwritable`.
    """
    _refuse_place(folder, output, overwrite=overwrite)
    with OpenedPackage.open(folder) as package:
        sizes = _packed_sizes(package)
        with files.staged_file(output) as staged:
            with _compressing(staged, output) as target:
                _write(package, sizes, target, show_progress)
            content = _read_back(staged, output, show_progress)
            _refuse_place(folder, output, overwrite=overwrite)
        return _archived(content, package.digests([layout.MANIFEST])[layout.MANIFEST])


def unpack(archive: Path, output: Path, show_progress: ShowProgress, *, overwrite: bool = False) -> Archived:
    """Take a package out of its file; nothing is written before all of the archive was found to be safe.

    Args:
        archive: A tar, or a gzip file of one, told apart by their bytes. Members lie in one folder of any name.
        output: The folder of the package. It appears whole or not at all.
        show_progress: Opens a progress display for a label, a number of bytes and a size.
        overwrite: Replace a package that stands there.

    Raises:
        GateError: `tree....`: the archive is not safe to unpack, or no two programs would read the same in it.
        PackageError: `package.missing`, `package.unreadable`, `archive.not_a_file`, or `package.incomplete` where it
            holds no manifest.
        UsageError: `output.exists`, `output.not_a_folder`, or `archive.not_a_package` where `overwrite` would
            replace a folder that is none.
        StorageError: `file.unwritable`.
    """
    refuse_output_over([archive], output)
    _refuse_replacing(output, overwrite=overwrite)
    with archive_content.opened(archive) as descriptor:
        content = archive_content.checked(descriptor, archive.name, show_progress)
        if layout.MANIFEST not in content.sizes:
            raise _incomplete(archive.name)
        with files.StagedFolder(output, overwrite=overwrite) as staged:
            archive_content.extract(descriptor, archive.name, content, staged.path, show_progress)
            manifest = digest.of_file(staged.path / layout.MANIFEST)
            staged.commit()
    return _archived(content, manifest)


@contextmanager
def unpacked(archive: Path, show_progress: ShowProgress = silent) -> Iterator[Path]:
    """Unpack an archive into a folder that nobody else can read, for the length of the block.

    Raises:
        GateError, PackageError: As `unpack` raises them.
        StorageError: `file.unwritable`: there is no space.
    """
    with tempfile.TemporaryDirectory(prefix="worldflux-") as private:
        folder = Path(private) / FOLDER
        with archive_content.opened(archive) as descriptor:
            content = archive_content.checked(descriptor, archive.name, show_progress)
            try:
                folder.mkdir()
                archive_content.extract(descriptor, archive.name, content, folder, show_progress)
            except OSError as error:
                raise _unwritable(folder, error) from None
        yield folder


def _archived(content: Content, manifest: str) -> Archived:
    signatures = sum(name.startswith(f"{layout.SIGNATURES}/") for name in content.sizes)
    return Archived(content.digest, manifest, len(content.sizes), signatures, content.size)


def _packed_sizes(package: OpenedPackage) -> dict[str, int]:
    """Bytes of every file that goes into the archive, by path, in its order."""
    if layout.MANIFEST not in package.names:
        raise _incomplete(package.folder)
    manifest = document.parse(package.read(layout.MANIFEST), ArtifactManifest, file=layout.MANIFEST).document
    listed = {entry.path for entry in manifest.files}
    names = [name for name in package.names if name != layout.SHARE_URL]
    for name in names:
        if name not in listed and not layout.is_unlisted(name):
            raise PackageError(
                f"{name} is not a member of the package",
                code="archive.unlisted_file",
                where=Where(name),
                hint="Take it out of the folder. An archive holds the members that the manifest lists, and signatures.",
            )
    sizes = {name: package.size(name) for name in names}
    tree.refuse_too_large(sum(sizes.values()), MAX_BYTES)
    return sizes


def _write(package: OpenedPackage, sizes: dict[str, int], target: _Target, show_progress: ShowProgress) -> None:
    total, written = sum(sizes.values()), 0
    with show_progress("packing", total, total) as progress:
        for name, size in sizes.items():
            written += target.write(_header(name, size))
            with package.stream(name) as stream:
                while block := stream.read(BLOCK_BYTES):
                    written += target.write(block)
                    progress.advance(len(block))
            written += target.write(ustar.padding(size))
        target.write(ustar.end(written))


def _header(name: str, size: int) -> bytes:
    header = ustar.header(f"{FOLDER}/{name}", size)
    if header is None:
        raise PackageError(
            f"{name[:80]} cannot be said in an archive: the name is too long, or {size:,} bytes are too many",
            code="archive.does_not_fit",
            where=Where(name),
            hint="Send the folder itself.",
        )
    return header


def _compressing(staged: IO[bytes], output: Path) -> AbstractContextManager[_Target]:
    if output.name.endswith(_COMPRESSED):
        # Neither name nor time in its header.
        return gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=staged, mtime=0)
    return nullcontext[_Target](staged)


def _read_back(staged: IO[bytes], output: Path, show_progress: ShowProgress) -> Content:
    """Look at what was written as whoever receives it will."""
    staged.flush()
    try:
        return archive_content.checked(staged.fileno(), output.name, show_progress)
    except GateError as error:
        if error.code != "tree.archive_bomb":
            raise
        raise PackageError(
            "the package is so repetitive that its compressed archive looks like a bomb",
            code="archive.compresses_too_well",
            where=Where(output.name),
            hint="Choose an --output that ends in .tar, which is not compressed.",
        ) from None


def _refuse_place(folder: Path, output: Path, *, overwrite: bool) -> None:
    if not output.name.endswith(_SUFFIXES):
        raise UsageError(
            f"{output.name} does not say which kind of archive it is to be",
            code="archive.suffix",
            where=Where(output.name),
            hint=f"Choose a name that ends in one of {', '.join(_SUFFIXES)}.",
        )
    if Path(os.path.realpath(output.absolute().parent)).is_relative_to(os.path.realpath(folder)):
        raise UsageError(
            f"{output.name} would lie in the package itself, which would then hold a file too many",
            code="archive.inside",
            where=Where(output.name),
            hint="Choose an --output beside the package.",
        )
    if os.path.lexists(output) and not (overwrite and safepath.is_regular(output)):
        raise UsageError(
            f"{output.name} exists",
            code="output.exists",
            where=Where(output.name),
            hint="Choose another --output, or pass --overwrite to replace a file.",
        )


def _refuse_replacing(output: Path, *, overwrite: bool) -> None:
    """Refuse to replace a folder that is no package, where `--overwrite` was meant for one."""
    if overwrite and not _is_empty(output) and not safepath.is_regular(output / layout.MANIFEST):
        raise UsageError(
            f"{output.name} is not a package, and is not replaced by one",
            code="archive.not_a_package",
            where=Where(output.name),
            hint="Choose another --output.",
        )


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _incomplete(name: str) -> PackageError:
    return PackageError(
        f"{name} holds no {layout.MANIFEST}",
        code="package.incomplete",
        where=Where(name),
        hint="Give what `worldflux audit run` or `worldflux audit pack` wrote.",
    )


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path.name} cannot be written: {error.strerror}",
        code="file.unwritable",
        where=Where(path.name),
        hint="Check the folder's permissions and the free space.",
    )
