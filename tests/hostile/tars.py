"""Archives that no honest program writes, header by header."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import Final

from worldflux.package import ustar

FIELDS: Final = {
    "name": slice(0, 100),
    "size": slice(124, 136),
    "sum": slice(148, 156),
    "type": slice(156, 157),
    "link": slice(157, 257),
    "magic": slice(257, 265),
    "device": slice(329, 345),
    "prefix": slice(345, 500),
    "rest": slice(500, 512),
}
END: Final = bytes(1024)


def header(name: str | bytes = "evidence_pkg/claim.json", length: int = 0, **fields: bytes) -> bytes:
    """The header of a regular file with some fields of one's own, and the checksum that belongs to them."""
    block = bytearray(ustar.header("x", length) or b"")
    for field, value in {"name": name if isinstance(name, bytes) else name.encode(), **fields}.items():
        place = FIELDS[field]
        width = place.stop - place.start
        assert len(value) <= width
        block[place] = value.ljust(width, b"\0")
    if "sum" not in fields:
        block[FIELDS["sum"]] = b" " * 8
        block[FIELDS["sum"]] = b"%06o\0 " % sum(block)
    return bytes(block)


def member(name: str | bytes = "evidence_pkg/claim.json", data: bytes = b"", **fields: bytes) -> bytes:
    """A header, its bytes, and zeros up to the next block."""
    return header(name, len(data), **fields) + data + bytes(-len(data) % 512)


def tar(*members: bytes, end: bytes = END) -> bytes:
    """An archive of members."""
    return b"".join(members) + end


def by_tarfile(*members: tuple[tarfile.TarInfo, bytes], form: int) -> bytes:
    """An archive as the standard library writes it."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def gz(data: bytes, level: int = 1) -> bytes:
    """A gzip file of one member."""
    return gzip.compress(data, level, mtime=0)
