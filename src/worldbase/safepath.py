"""Paths that stay where they belong."""

from __future__ import annotations

import stat
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Final

from worldbase.errors import InputError, Where
from worldbase.tables import is_invisible

_NUMBERED: Final = tuple(f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10))
_RESERVED_STEMS: Final = frozenset(["con", "prn", "aux", "nul", "conin$", "conout$", *_NUMBERED])
_FORBIDDEN: Final = frozenset('<>:"|?*\\')
# Fraction slash, division slash, box drawing and mathematical slashes and backslashes.
_SEPARATOR_LOOK_ALIKES: Final = frozenset("\u2044\u2215\u2216\u2571\u2572\u29f5\u29f8\u29f9")
_MAX_COMPONENT_BYTES: Final = 255


def fault_of(text: str) -> str | None:
    """Why a relative path must not be used, or None where it is safe on every system.

    Safe means: relative, no `..`, no empty or dot component, no control or separator look-alike, no name that
    Windows reserves, and already in NFC, so that no two safe paths name one file.
    """
    if not text:
        return "it is empty"
    if not text.isprintable() or any(map(is_invisible, text)):
        return "it holds control or invisible characters"
    if unicodedata.normalize("NFKC", text) != text:
        return "it has another Unicode form"
    for component in text.split("/"):
        if fault := _component_fault(component):
            return fault
    return None


def _component_fault(component: str) -> str | None:
    if component in ("", ".", ".."):
        return "it is absolute or climbs out of its folder"
    if component.startswith("~") or (_FORBIDDEN | _SEPARATOR_LOOK_ALIKES) & set(component):
        return "it holds characters that a system treats specially"
    if component != component.strip() or component.endswith("."):
        return "it starts or ends with a space or a dot"
    if component.split(".")[0].rstrip().lower() in _RESERVED_STEMS:
        return "it is a reserved name"
    if len(component.encode("utf-8", "surrogatepass")) > _MAX_COMPONENT_BYTES:
        return "it is too long"
    return None


def relative(text: str, *, file: str = "") -> PurePosixPath:
    """Return a safe relative path.

    Raises:
        InputError: `path.unsafe`.
    """
    if fault := fault_of(text):
        raise InputError(
            f"the path {text[:80]!r} is not allowed: {fault}",
            code="path.unsafe",
            where=Where(file),
            hint="Use plain relative names inside the package.",
        )
    return PurePosixPath(text)


def is_regular(path: Path) -> bool:
    """Whether the path is a regular file itself: not a link, folder, device, socket or FIFO."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
