"""Outcome codes by episode index, in a fifth of a byte each.

The codes are kept in pieces. Once every index of a piece has been entered nothing more can be, so it is compressed;
a piece with gaps is not, in whatever order its episodes come.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final

_PIECE: Final = 65_536
_FASTEST: Final = 1


class OutcomeCodes:
    """One byte per episode index: 0 where nothing was entered."""

    def __init__(self) -> None:
        self._pieces: list[bytearray | bytes] = []  # `bytes` are complete and compressed

    def __len__(self) -> int:
        """The highest index entered, plus 1."""
        if not self._pieces:
            return 0
        last = self._pieces[-1]
        return _PIECE * (len(self._pieces) - 1) + (_PIECE if isinstance(last, bytes) else len(last))

    def __bytes__(self) -> bytes:
        """The code of every index up to the highest entered."""
        return b"".join(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        """The same, some ten thousand indices at a time."""
        last = len(self._pieces) - 1
        for number, piece in enumerate(self._pieces):
            if isinstance(piece, bytes):
                yield zlib.decompress(piece)
            else:
                yield bytes(piece if number == last else piece.ljust(_PIECE, b"\0"))

    def enter_run(self, first: int, codes: bytes) -> int | None:
        """Enter the codes of consecutive indices.

        Returns:
            The first index that had been entered before, if any; then the rest is not entered.
        """
        done = 0
        while done < len(codes):
            number, offset = divmod(first + done, _PIECE)
            part = codes[done : done + _PIECE - offset]
            piece = self._opened(number, offset + len(part))
            if piece is None:
                return first + done
            met = piece[offset : offset + len(part)]
            if met.count(0) != len(part):
                return first + done + len(met) - len(met.lstrip(b"\0"))
            piece[offset : offset + len(part)] = part
            self._close((number,))
            done += len(part)
        return None

    def enter_each(self, indices: list[int], codes: bytes) -> int | None:
        """Enter the codes of indices in any order; returns what `enter_run` does."""
        for index, code in zip(indices, codes, strict=True):
            number, offset = divmod(index, _PIECE)
            piece = self._opened(number, offset + 1)
            if piece is None or piece[offset]:
                return index
            piece[offset] = code
        self._close({index // _PIECE for index in indices})
        return None

    def _opened(self, number: int, length: int) -> bytearray | None:
        """A piece of at least this length, to be written to; None where it is complete."""
        while len(self._pieces) <= number:
            self._pieces.append(bytearray())
        piece = self._pieces[number]
        if isinstance(piece, bytes):
            return None
        piece.extend(bytes(max(0, length - len(piece))))
        return piece

    def _close(self, numbers: Iterable[int]) -> None:
        """Compress those of the pieces that have become complete."""
        for number in numbers:
            piece = self._pieces[number]
            if len(piece) == _PIECE and 0 not in piece:
                self._pieces[number] = zlib.compress(piece, _FASTEST)
