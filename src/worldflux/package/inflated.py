"""A gzip file, read as the bytes that are in it, no further than its own size makes believable."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from worldflux.errors import GateError
from worldflux.package import tree

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_FROM_ONE_BYTE: Final = 100
BELIEVED_BYTES: Final = 100 * 1024 * 1024  # so few are no bomb, whatever they come from
_GZIP: Final = zlib.MAX_WBITS | 16
_READ_BYTES: Final = 64 * 1024
_BUFFER_BYTES: Final = 1024 * 1024


def inflated(source: BinaryIO) -> BinaryIO:
    """Return a reader of what is in a gzip file (RFC 1952) of one member.

    Reading raises:
        GateError: `tree.archive_bomb`, `tree.archive_damaged` or `tree.archive_trailing`.
    """
    return io.BufferedReader(_InflatedReader(source), _BUFFER_BYTES)


class _InflatedReader(io.RawIOBase):
    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._state = zlib.decompressobj(_GZIP)
        self._taken = 0
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = b""
        while not piece and not self._state.eof:
            piece = self._next(len(view))
        if not piece:
            self._refuse_rest()
        self._given += len(piece)
        if self._given > max(BELIEVED_BYTES, MOST_FROM_ONE_BYTE * self._taken):
            raise _bomb()
        view[: len(piece)] = piece
        return len(piece)

    def _next(self, most: int) -> bytes:
        data = self._state.unconsumed_tail
        if not data:
            data = self._source.read(_READ_BYTES)
            self._taken += len(data)
        try:
            piece = self._state.decompress(data, most)
        except zlib.error as error:
            raise _damaged(str(error)) from None
        if not (piece or data or self._state.eof):
            raise _damaged("it is cut off")
        return piece

    def _refuse_rest(self) -> None:
        if self._state.unused_data or self._source.read(1):
            raise tree.refused(
                "something stands behind the end of the compressed archive",
                code="tree.archive_trailing",
                name="",
                hint="Programs do not agree on what such an archive holds; ask the author for it again.",
            )


def _bomb() -> GateError:
    return tree.refused(
        f"each byte of the archive holds more than {MOST_FROM_ONE_BYTE}: it was made to fill a disk",
        code="tree.archive_bomb",
        name="",
        hint="Do not unpack it by other means; ask the author for the package again.",
    )


def _damaged(message: str) -> GateError:
    return tree.refused(
        f"the archive cannot be inflated: {message}",
        code="tree.archive_damaged",
        name="",
        hint="Fetch it again and compare its digest.",
    )
