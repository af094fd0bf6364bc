"""What the tree of a package may look like, in a folder and in an archive alike.

A package is flat: regular files, and one folder `signatures/` of regular files. Everything else is refused before a
byte of it is read, because what cannot be read safely, or is read differently by two systems, cannot be verified.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from worldbase import safepath
from worldbase.errors import Where
from worldflux.errors import GateError
from worldflux.package.layout import SIGNATURES

MAX_FILES: Final = 10_000
MAX_SIGNATURES: Final = 64
MAX_BYTES: Final = 64 * 1024**3


def refused(message: str, *, code: str, name: str, hint: str) -> GateError:
    """Make the error of a tree that is not safe: gate `tree`, exit 10."""
    return GateError(message, gate="tree", code=code, where=Where(name), hint=hint)


def unsafe_name(name: str, fault: str) -> GateError:
    """Make the error of a name that not every system can hold, or that leads elsewhere."""
    return refused(
        f"the name {name[:80]!r} is not safe: {fault}",
        code="tree.unsafe_name",
        name=name,
        hint="No member of a package has such a name; ask the author for the package again.",
    )


def check_names(names: Iterable[str]) -> None:
    """Refuse names that some system cannot hold, and two names that some system takes for one.

    Args:
        names: Paths of the files, relative to the package.

    Raises:
        GateError: `tree.duplicate`, `tree.collision`, `tree.unsafe_name`, `tree.folder`, `tree.too_many_files`.
    """
    known: dict[str, str] = {}
    signatures = 0
    for number, name in enumerate(names, start=1):
        refuse_too_many(number)
        _refuse_second(name, known)
        _refuse_unsafe(name)
        signatures += _is_signature(name)
    if signatures > MAX_SIGNATURES:
        raise refused(
            f"{SIGNATURES}/ holds {signatures:,} files; at most {MAX_SIGNATURES} are read",
            code="tree.too_many_files",
            name=SIGNATURES,
            hint="Keep the signatures that you rely on.",
        )


def refuse_too_many(files: int) -> None:
    """Refuse more files than a package can have.

    Raises:
        GateError: `tree.too_many_files`.
    """
    if files > MAX_FILES:
        raise refused(
            f"there are more than {MAX_FILES:,} files",
            code="tree.too_many_files",
            name="",
            hint="A package has a dozen members. Is this the right folder?",
        )


def refuse_too_large(size: int, limit: int = MAX_BYTES) -> None:
    """Refuse more bytes than a package can have.

    Raises:
        GateError: `tree.too_large`.
    """
    if size > limit:
        raise refused(
            f"the files have more than {limit:,} bytes together",
            code="tree.too_large",
            name="",
            hint="A package has a few hundred bytes per episode. Is this the right one?",
        )


def refuse_folder(name: str) -> None:
    """Refuse a folder that is not the one that a package may have.

    Raises:
        GateError: `tree.folder`.
    """
    if name != SIGNATURES:
        raise refused(
            f"there is a folder {name[:80]!r}; a package has no folder but {SIGNATURES}/",
            code="tree.folder",
            name=name,
            hint="Remove it; nothing in it belongs to the package.",
        )


def _refuse_second(name: str, known: dict[str, str]) -> None:
    folded = _folded(name)
    if folded not in known:
        known[folded] = name
        return
    same = known[folded] == name
    raise refused(
        f"there are two files {name[:80]!r}"
        if same
        else f"{name[:80]!r} and {known[folded][:80]!r} are one name on some systems",
        code="tree.duplicate" if same else "tree.collision",
        name=name,
        hint="Ask the author for the package again; a package never has both.",
    )


def _refuse_unsafe(name: str) -> None:
    if fault := safepath.fault_of(name):
        raise unsafe_name(name, fault)
    folder, slash, _ = name.rpartition("/")
    if slash:
        refuse_folder(folder)


def _is_signature(name: str) -> bool:
    return name.startswith(f"{SIGNATURES}/")


def _folded(name: str) -> str:
    """The name as a system compares it that heeds neither case nor the form of characters (Unicode 15, D147)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
