"""The one form of tar that a package travels in, written the same everywhere and read without mercy.

Format: POSIX.1-1988 `ustar` (IEEE Std 1003.1, `pax` utility, "ustar Interchange Format"): a header of 512 bytes per
file, its bytes, zeros up to the next block; two blocks of zeros at the end, and zeros up to a record of 20 blocks.

`tarfile` of the standard library is used for neither way. Its headers differ between Python versions (the device
fields), and it cannot be held to a strict reading: it takes names and sizes from extended headers without a word, ends
silently at a header that is damaged, and does not look at what stands behind the end. Two programs that read such an
archive would see two packages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from worldflux.errors import GateError
from worldflux.package import tree

MAX_FILE_BYTES: Final = 8**11 - 1  # what eleven octal digits can say
_BLOCK: Final = 512
_RECORD: Final = 20 * _BLOCK
_ZEROS: Final = bytes(_BLOCK)
_READ_BYTES: Final = 1024 * 1024
_MOST_END_ZEROS: Final = 1024 * 1024

_NAME, _SIZE, _SUM = slice(0, 100), slice(124, 136), slice(148, 156)
_TYPE, _LINK, _MAGIC, _PREFIX, _REST = (
    slice(156, 157),
    slice(157, 257),
    slice(257, 265),
    slice(345, 500),
    slice(500, 512),
)
_POSIX: Final = b"ustar\x0000"
_GNU: Final = b"ustar  \x00"
_OCTAL: Final = re.compile(rb" *([0-7]{1,11})[ \0]+\Z")
_FILE_TYPES: Final = (b"0", b"\0")
_FOLDER_TYPE: Final = b"5"
_UNSAFE_TYPES: Final = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a pipe",
}


class Member(NamedTuple):
    """One header: the path as it is written, without the slash at the end of a folder's, and the bytes that follow."""

    path: str
    size: int
    is_folder: bool


def header(path: str, size: int) -> bytes | None:
    """Return the header of a regular file of mode 0644, of nobody and of no time; None where none can say it.

    Args:
        path: Relative, with `/`. Its last part, and the rest of a long one, have at most 100 and 155 bytes.
        size: At most `MAX_FILE_BYTES`.
    """
    prefix, name = _split(path.encode())
    if len(name) > 100 or len(prefix) > 155 or size > MAX_FILE_BYTES:
        return None
    nobody = b"0000000\0"
    head = name.ljust(100, b"\0") + b"0000644\0" + nobody + nobody + b"%011o\0" % size + b"%011o\0" % 0
    tail = b"0" + bytes(100) + _POSIX + bytes(64) + nobody + nobody + prefix.ljust(167, b"\0")
    return head + b"%06o\0 " % sum(head + b" " * 8 + tail) + tail


def padding(size: int) -> bytes:
    """Zeros between the bytes of a file and the next block."""
    return bytes(-size % _BLOCK)


def end(written: int) -> bytes:
    """Two blocks of zeros, and zeros up to the end of the record, after so many bytes."""
    return bytes(2 * _BLOCK + -(written + 2 * _BLOCK) % _RECORD)


def members(source: BinaryIO) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Yield each file and folder of an archive with the pieces of its bytes, in order, up to the very end.

    The pieces have to be taken before the next member is; what is left of them is skipped. Owners, times and modes
    are not looked at.

    Raises:
        GateError: `tree.archive_format`, `tree.archive_damaged`, `tree.archive_extension`, `tree.archive_trailing`,
            `tree.symlink`, `tree.hard_link` or `tree.special_file`.
    """
    while (block := _exactly(source, _BLOCK)) != _ZEROS:
        member = _member(block)
        pieces = _pieces(source, member.size)
        yield member, pieces
        for _ in pieces:
            pass
        if any(_exactly(source, len(padding(member.size)))):
            raise _damaged(f"{member.path[:80]!r} is not followed by zeros")
    if _exactly(source, _BLOCK) != _ZEROS:
        raise _damaged("something stands behind its end")
    _refuse_rest(source)


def _split(path: bytes) -> tuple[bytes, bytes]:
    if len(path) <= 100:
        return b"", path
    prefix, _, name = path.rpartition(b"/")
    return prefix, name


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise _damaged("it is cut off")
    return data


def _pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = _exactly(source, min(left, _READ_BYTES))
        left -= len(piece)
        yield piece


def _refuse_rest(source: BinaryIO) -> None:
    left = _MOST_END_ZEROS
    while piece := source.read(_READ_BYTES):
        left -= len(piece)
        if left < 0 or any(piece):
            raise tree.refused(
                "something stands behind the end of the archive",
                code="tree.archive_trailing",
                name="",
                hint="Programs do not agree on what such an archive holds; ask the author for it again.",
            )


def _member(block: bytes) -> Member:
    if block[_MAGIC] not in (_POSIX, _GNU):
        raise tree.refused(
            "the file is no tar archive in the ustar format",
            code="tree.archive_format",
            name="",
            hint="Give a file that `worldflux audit pack` wrote.",
        )
    if _number(block[_SUM], "a checksum") != sum(block[: _SUM.start] + b" " * 8 + block[_SUM.stop :]):
        raise _damaged("a header does not have the checksum that it says")
    path = _path(block)
    kind = block[_TYPE]
    if kind not in (*_FILE_TYPES, _FOLDER_TYPE):
        raise _unsafe(path, kind)
    size = _number(block[_SIZE], f"the size of {path[:80]!r}")
    if any(block[_LINK]) or (kind == _FOLDER_TYPE and size):
        raise _damaged(f"the header of {path[:80]!r} contradicts itself")
    return Member(path.removesuffix("/") if kind == _FOLDER_TYPE else path, size, kind == _FOLDER_TYPE)


def _path(block: bytes) -> str:
    name, prefix = _text(block[_NAME]), _text(block[_PREFIX])
    # In GNU headers the place of the prefix holds other things, which programs read differently.
    if any(block[_REST]) or (prefix and block[_MAGIC] == _GNU):
        raise _damaged(f"the header of {name[:80]!r} holds more than the format has")
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    text, _, rest = field.partition(b"\0")
    if any(rest):
        raise _damaged("a name in it does not end where it ends")
    return text.decode("utf-8", "surrogateescape")


def _number(field: bytes, what: str) -> int:
    found = _OCTAL.match(field)
    if not found:
        raise _damaged(f"{what} is no octal number")
    return int(found[1], 8)


def _unsafe(path: str, kind: bytes) -> GateError:
    what = _UNSAFE_TYPES.get(kind)
    if what is None:
        return tree.refused(
            f"the archive uses an extension of tar (type {kind.decode('latin-1')!r}) at {path[:80]!r}",
            code="tree.archive_extension",
            name=path,
            hint="Ask for an archive that `worldflux audit pack` made; it needs no extension.",
        )
    codes = {b"1": "tree.hard_link", b"2": "tree.symlink"}
    return tree.refused(
        f"the archive holds {what} {path[:80]!r}; a package holds regular files",
        code=codes.get(kind, "tree.special_file"),
        name=path,
        hint="Do not unpack it by other means; ask the author for the package again.",
    )


def _damaged(message: str) -> GateError:
    return tree.refused(
        f"the archive is damaged: {message}",
        code="tree.archive_damaged",
        name="",
        hint="Fetch it again and compare its digest; other programs may read something else in it.",
    )
