"""Signing a package: checked first, stated, sealed, and put in place whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from worldbase import digest
from worldbase.errors import UsageError, Where
from worldbase.files import StagedFolder, write_atomic
from worldflux.documents.signature import statement_bytes
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.package.statements import evidence_statement, public_view_statement
from worldflux.signing import envelope
from worldflux.signing.builtin.self_sign import SelfSigner
from worldflux.signing.contract import Signer
from worldflux.verify import signatures
from worldflux.verify.contents import CheckedPackage
from worldflux.verify.seals import DSSE, SUFFIXES, SealOpener

Stamp = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Signed:
    """What signing wrote.

    Attributes:
        signer: Key id or identity.
        manifest: Digest of the signed manifest.
        files: Names of the signature files.
    """

    signer: str
    manifest: str
    files: tuple[str, ...]


def is_signed(folder: Path) -> bool:
    """Whether a folder holds an author's signature, good or not."""
    return any(os.path.lexists(folder / (layout.AUTHOR + suffix)) for suffix in SUFFIXES)


def require_unsigned(folder: Path) -> None:
    """Refuse to sign twice.

    Raises:
        UsageError: `sign.signed`.
    """
    if is_signed(folder):
        raise UsageError(
            f"{folder.name} is signed already",
            code="sign.signed",
            where=Where(folder.name),
            hint="--add signs beside whoever signed; --replace signs anew, and reviewers' counter-signatures go.",
        )


def require_outside(folder: Path) -> None:
    """Refuse to sign a package from within: its folder is replaced, and the shell would stay in the one that is gone.

    Raises:
        UsageError: `sign.inside`.
    """
    here, package = Path.cwd().resolve(), folder.resolve()
    if here.is_relative_to(package):
        raise UsageError(
            "the current directory is inside the package, whose folder is replaced when it is signed",
            code="sign.inside",
            where=Where(package.name),
            hint=f"Go to the folder above it (`cd ..`), then: worldflux audit sign {package.name}",
        )


def statements_of(checked: CheckedPackage) -> tuple[bytes, bytes]:
    """The two statements that an author signs: about the package, and about its public view."""
    package = checked.statable
    return statement_bytes(evidence_statement(package)), statement_bytes(public_view_statement(package))


def sign(checked: CheckedPackage, signer: Signer, *, statements: tuple[bytes, bytes], stamp: Stamp | None) -> Signed:
    """Sign a checked package and put the signature files into it.

    An interruption leaves the package as it was: it is staged beside itself, member by member as hard links, with the
    new signatures, and swapped.

    Args:
        checked: The package; only a check makes one.
        signer: Who signs.
        statements: What `statements_of` gave.
        stamp: Asks a time-stamping authority about the author's signature.

    Raises:
        SigningError: The key or the service cannot be used.
        GateError: `manifest.changed` where the package is no longer the one that was checked.
        StorageError: The signatures cannot be written.
    """
    # Members come first: what cannot be put in place is not signed either, for a signature may become public at once.
    with StagedFolder(checked.folder.resolve(), overwrite=True) as staged:
        _link_members(checked, staged.path)
        files = _sealed(signer, statements, stamp)
        (staged.path / layout.SIGNATURES).mkdir()
        for name, data in files.items():
            (staged.path / name).write_bytes(data)
        staged.commit()
    return Signed(signer.label, checked.statable.manifest_digest, tuple(files))


def _sealed(signer: Signer, statements: tuple[bytes, bytes], stamp: Stamp | None) -> dict[str, bytes]:
    """The signature files by name."""
    author, public = (signer.seal(statement) for statement in statements)
    files = {f"{layout.AUTHOR}.{author.suffix}": author.data, f"{layout.PUBLIC}.{public.suffix}": public.data}
    if stamp is not None:
        files[layout.TIMESTAMP] = stamp(author.signature)
    return files


def add_signature(checked: CheckedPackage, signer: Signer) -> Signed:
    """Sign the author's statement too: the same bytes, a second key. A trust file may ask for several signers.

    Args:
        checked: The package; the statement has to be about it, and every signature on it good.
        signer: Who signs, with a key: only an envelope can hold several signatures.

    Raises:
        UsageError: `sign.add_backend`.
        GateError: The package is not signed, or its signature is not good or is about other bytes.
        SigningError, SignatureError: The key cannot be used, or has signed already.
        StorageError: The file cannot be written.
    """
    name = layout.AUTHOR + DSSE
    has_bundle = is_signed(checked.folder) and not (checked.folder / name).exists()
    if has_bundle or not isinstance(signer, SelfSigner):
        raise UsageError(
            "a signature can only be added by a key, to an envelope that a key signed",
            code="sign.add_backend",
            hint="An identity signs a bundle of its own, which holds one signature: sign anew with --replace.",
        )
    with OpenedPackage.open(checked.folder) as package:
        signatures.require_present(package, public_view=False)
        author = signatures.open_author(package, SealOpener())
        signatures.require_subjects(checked.manifest, author, ())
        signatures.require_repeats(checked.statable, author, ())
        data = package.read(name)
    write_atomic(checked.folder / name, envelope.signed_too(data, signer.key, file=name))
    return Signed(signer.label, checked.statable.manifest_digest, (name,))


def _link_members(checked: CheckedPackage, folder: Path) -> None:
    names = [layout.MANIFEST, *(entry.path for entry in checked.manifest.document.files), layout.SHARE_URL]
    for name in names:
        member = checked.folder / name
        if os.path.lexists(member):
            _link(member, folder / name)
    if digest.of_file(folder / layout.MANIFEST) != checked.statable.manifest_digest:
        raise GateError(
            "the package was changed while it was signed",
            gate="manifest",
            code="manifest.changed",
            where=Where(layout.MANIFEST),
            hint="Sign again when nothing else writes there.",
        )


def _link(member: Path, target: Path) -> None:
    try:
        os.link(member, target, follow_symlinks=False)
    except OSError:
        # Some file systems have no hard links; a copy does as well.
        shutil.copyfile(member, target, follow_symlinks=False)
