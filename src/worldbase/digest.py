"""`sha256:<hex>` of bytes, canonical JSON values and files."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from worldbase.canonical import canonical_bytes

# Python's `$` also matches before a line break at the end; with the look-ahead, schema and program agree.
PATTERN: Final = r"^sha256:[0-9a-f]{64}(?!\n)$"
_READ_BYTES: Final = 1024 * 1024
_FILES_PER_TASK: Final = 64
_DIGEST: Final = re.compile(PATTERN)
_PLACEHOLDER: Final = re.compile(r"sha256:([0-9a-f])\1{63}\Z")


def of_bytes(data: bytes | memoryview) -> str:
    """Digest of bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def of_pieces(pieces: Iterable[bytes]) -> str:
    """Digest of bytes that come in pieces."""
    state = hashlib.sha256()
    for piece in pieces:
        state.update(piece)
    return f"sha256:{state.hexdigest()}"


def of_value(value: Any) -> str:
    """Digest of a JSON value's RFC 8785 form: equal for two files that differ only in layout and key order."""
    return of_bytes(canonical_bytes(value))


def of_file(path: Path) -> str:
    """Digest of a file's bytes, read in blocks."""
    with path.open("rb", buffering=0) as stream:
        return of_pieces(iter(lambda: stream.read(_READ_BYTES), b""))


def of_files(paths: Sequence[Path]) -> list[str]:
    """Digests of many files, in order.

    Hashing releases the interpreter lock, so threads share the cores; a task takes many files, because handing
    over one small file costs more than hashing it.
    """
    if len(paths) < 2:
        return [of_file(path) for path in paths]
    # Not at the top: it brings logging along, and most commands hash little.
    from concurrent.futures import ThreadPoolExecutor

    batches = [paths[start : start + _FILES_PER_TASK] for start in range(0, len(paths), _FILES_PER_TASK)]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        return [
            digest for batch in pool.map(lambda batch: [of_file(path) for path in batch], batches) for digest in batch
        ]


def is_digest(text: str) -> bool:
    """Whether the text has the form `sha256:<64 lower-case hex digits>`."""
    return _DIGEST.match(text) is not None


def is_placeholder(text: str) -> bool:
    """Whether the text is a digest of one hex digit 64 times: a template's way to say "not bound yet"."""
    return _PLACEHOLDER.match(text) is not None
