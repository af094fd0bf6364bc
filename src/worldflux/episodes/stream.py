"""JSON lines written in windows, hashed and stored beside the encoding.

Hashing and writing release the interpreter lock, so one background thread does both while the next window is being
encoded. Windows are small, so that records stay in the processor's cache; blocks are large, because each handing over
costs two threads a turn of the lock. Memory stays bounded: at most a few blocks are in flight.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec

from worldbase.errors import StorageError, Where
from worldflux.errors import PackageError

S = TypeVar("S", bound=msgspec.Struct)

_BLOCK_BYTES: Final = 4 * 1024 * 1024
_BLOCKS_IN_FLIGHT: Final = 2
_END: Final = bytearray()
_READ_BYTES: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class WrittenLines:
    """What was written: digest and size of the bytes, number of lines."""

    sha256: str
    size: int
    count: int


class LinesWriter:
    """Write Structs as JSON lines to one file; use as a context manager, then read `written`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoder = msgspec.json.Encoder()
        self._pending = bytearray()
        self._blocks: queue.Queue[bytearray] = queue.Queue(_BLOCKS_IN_FLIGHT)
        self._state = hashlib.sha256()
        self._size = 0
        self._count = 0
        self._fault: OSError | MemoryError | None = None
        self._thread = threading.Thread(target=self._drain, name=f"write {path.name}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._hand_over()
        self._blocks.put(_END)
        self._thread.join()
        if kind is None:
            self._raise_fault()

    def write(self, records: Sequence[msgspec.Struct]) -> None:
        """Append one line per record.

        Raises:
            StorageError: `file.unwritable`, possibly for a block that was handed over earlier.
        """
        if not records:
            return
        self._raise_fault()
        lines = self._encoder.encode_lines(records)
        self._count += len(records)
        self._pending += lines
        if len(self._pending) >= _BLOCK_BYTES:
            self._hand_over()

    @property
    def written(self) -> WrittenLines:
        """Digest, size and count; complete once the block is left."""
        return WrittenLines(f"sha256:{self._state.hexdigest()}", self._size, self._count)

    def _hand_over(self) -> None:
        if self._pending:
            self._blocks.put(self._pending)
            self._pending = bytearray()

    def _drain(self) -> None:
        blocks = iter(self._blocks.get, _END)
        try:
            # Buffered, although blocks are large: an unbuffered file may take a part of a block and raise nothing.
            with self._path.open("wb") as stream:
                for block in blocks:
                    self._state.update(block)
                    self._size += len(block)
                    stream.write(block)
        except (OSError, MemoryError) as error:
            # The caller learns of it at the next window; until the end the queue has to be emptied, or it would wait.
            self._fault = error
            for _ in blocks:
                pass

    def _raise_fault(self) -> None:
        if isinstance(self._fault, MemoryError):
            raise self._fault
        if self._fault is not None:
            raise StorageError(
                f"{self._path.name} cannot be written: {self._fault.strerror}",
                code="file.unwritable",
                where=Where(self._path.name),
                hint="Check the free space and the folder's permissions.",
            )


def read_lines(path: Path, kind: type[S]) -> Iterator[list[S]]:
    """Read JSON lines in windows of a few megabytes.

    Yields:
        Records in order.

    Raises:
        PackageError: `episodes.invalid`, with the line.
    """
    decoder = msgspec.json.Decoder(kind)
    line_number = 1
    with path.open("rb") as stream:
        while lines := stream.readlines(_READ_BYTES):
            try:
                window = decoder.decode_lines(b"".join(lines))
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                raise _invalid_line(path, decoder, lines, line_number, error) from None
            line_number += len(lines)
            yield window


def _invalid_line(
    path: Path, decoder: msgspec.json.Decoder[S], lines: list[bytes], first: int, error: Exception
) -> PackageError:
    for number, line in enumerate(lines, start=first):
        try:
            decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
            return PackageError(
                f"not an episode record: {fault}",
                code="episodes.invalid",
                where=Where(path.name, line=number),
                hint="The file was changed after the audit; audit the source again.",
            )
    return PackageError(str(error), code="episodes.invalid", where=Where(path.name, line=first))
