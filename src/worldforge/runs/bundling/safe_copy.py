"""One file of a run as it may leave the machine: rewritten by the sanitiser, or not at all.

Documents are rewritten by their structure, so that they stay documents; everything else as text. Nothing is left out
because of a word in it. What cannot be read as text cannot be judged, and stays.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final, NamedTuple

from worldbase import redact
from worldbase.redaction.familiar import Familiar

MAX_BYTES: Final = 1_000_000
TEXT_SUFFIXES: Final = frozenset({".csv", ".html", ".json", ".jsonl", ".md", ".txt"})
_MOST_REMEMBERED: Final = 256

TOO_LARGE: Final = f"it is larger than {MAX_BYTES:,} bytes"
NOT_CLEAN: Final = "it was still not clean after it had been rewritten"


class SafeCopy(NamedTuple):
    """The bytes of a copy, and whether they differ from the source."""

    data: bytes
    rewritten: bool


class Sanitiser:
    """Makes safe copies. One instance serves one bundle: it remembers what it saw, since runs are alike."""

    def __init__(self) -> None:
        self._familiar = Familiar()
        self._copies: dict[tuple[str, bytes], SafeCopy | str] = {}

    def copy(self, name: str, data: bytes) -> SafeCopy | str:
        """The copy of a file, or why there can be none.

        Args:
            name: Name of the file; its suffix says how it is read.
            data: Its bytes.
        """
        known = self._copies.get((name, data))
        if known is not None:
            return known
        made = self._make(name, data)
        if len(self._copies) < _MOST_REMEMBERED:
            self._copies[name, data] = made
        return made

    def _make(self, name: str, data: bytes) -> SafeCopy | str:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return "it is not UTF-8 text"
        if "\x00" in text:
            return "it is binary"
        return SafeCopy(data, rewritten=False) if self._is_familiar(name, text) else self.rewritten(text)

    def rewritten(self, text: str) -> SafeCopy | str:
        """A text that is not familiar, rewritten and checked."""
        # A lone surrogate, which only an escape in a document can have brought, goes back to its escape.
        rewritten = rewrite(text).encode("utf-8", "backslashreplace")
        if not redact.is_clean(rewritten.decode()):
            return NOT_CLEAN
        return SafeCopy(rewritten, rewritten=rewritten != text.encode("utf-8", "backslashreplace"))

    def _is_familiar(self, name: str, text: str) -> bool:
        if name.endswith(".json"):
            return self._familiar.is_familiar_document(text)
        if name.endswith(".jsonl"):
            return self._familiar.are_familiar_documents(text)
        return self._familiar.is_familiar_text(text)


def rewrite(text: str) -> str:
    """The text, or the JSON document that it is, without secrets and without what points to a machine or a person."""
    return redact.redact_text(text)


def fault_of_name(name: str) -> str | None:
    """Why a file cannot be judged by what it is called: a checkpoint, a recording, an archive."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in TEXT_SUFFIXES:
        return None
    return f"only {', '.join(sorted(TEXT_SUFFIXES))} can be checked and rewritten"


def fault_of_size(size: int) -> str | None:
    """Why a file is too large for a bundle."""
    return TOO_LARGE if size > MAX_BYTES else None
