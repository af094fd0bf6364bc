"""The episode lines of a package, read again: strictly, in windows, hashed on the way.

A window is decoded and encoded again. Where that gives the same bytes, the lines are in the form in which audits write
them, and nothing that two JSON readers could take differently stands in them: no key twice, no stray space, no number
that a double does not carry. Where it does not, the lines are read one by one by the strict reader; one that is valid
and only written otherwise is accepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, BinaryIO, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worldbase import strictjson
from worldbase.document import pointer_of
from worldbase.errors import InputError, Where
from worldbase.strictjson import MAX_SAFE_INTEGER
from worldflux.documents.episode import DetailedEpisode, EpisodeRecord
from worldflux.errors import GateError
from worldflux.package import layout

MAX_LINE_BYTES: Final = 1024 * 1024
_READ_BYTES: Final = 256 * 1024

SafeInteger = Annotated[int, Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)]
SafeNatural = Annotated[int, Meta(ge=0, le=MAX_SAFE_INTEGER)]


class PlainLine(EpisodeRecord, frozen=True, gc=False, forbid_unknown_fields=True):
    """An episode as it has to stand in a line: integers are those that every JSON reader has."""

    episode_index: SafeNatural
    run_seed: SafeInteger
    seed: SafeInteger | UnsetType = UNSET


class _DetailedLine(DetailedEpisode, frozen=True, gc=False, forbid_unknown_fields=True):
    """The positional fields, apart: a field keeps its place among the others only as what it was."""

    episode_index: SafeNatural
    run_seed: SafeInteger
    seed: SafeInteger | UnsetType = UNSET


class DetailedLine(_DetailedLine, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """The same with everything that an evaluator may have written down."""

    global_index: SafeNatural | UnsetType = UNSET
    init_state: SafeNatural | UnsetType = UNSET
    attempt: Annotated[int, Meta(ge=1, le=MAX_SAFE_INTEGER)] | UnsetType = UNSET
    steps: SafeNatural | UnsetType = UNSET
    max_steps: SafeNatural | UnsetType = UNSET
    extra: Annotated[dict[str, str | SafeInteger | float | bool], Meta(max_length=32)] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class LineWindow:
    """Consecutive lines: their records, all of one type, and the 1-based number of the first."""

    records: list[EpisodeRecord]
    first_line: int


class EpisodeLines:
    """Reads all lines once; afterwards `sha256` and `count` say what was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._state = hashlib.sha256()
        self._encoder = msgspec.json.Encoder()
        self._decoders: list[msgspec.json.Decoder[EpisodeRecord]] = [
            msgspec.json.Decoder(PlainLine),
            msgspec.json.Decoder(DetailedLine),
        ]
        self.count = 0

    @property
    def sha256(self) -> str:
        """Digest of the bytes read so far."""
        return f"sha256:{self._state.hexdigest()}"

    def windows(self) -> Iterator[LineWindow]:
        """Yield the episodes in windows of a few hundred kilobytes.

        Raises:
            GateError: In the name of the gate `json` or `schema`, with the line.
        """
        for data in self._whole_lines():
            records = self._fast(data)
            if records is None:
                records = [_strict(line, number) for number, line in enumerate(_split(data), start=self.count + 1)]
            yield LineWindow(records, self.count + 1)
            self.count += len(records)

    def _whole_lines(self) -> Iterator[bytes]:
        rest = b""
        while block := self._stream.read(_READ_BYTES):
            self._state.update(block)
            first, last = block.find(b"\n"), block.rfind(b"\n") + 1
            if len(rest) + (first if last else len(block)) > MAX_LINE_BYTES:
                raise _too_long()
            if last:
                yield rest + block[:last]
                rest = block[last:]
            else:
                rest += block
        if rest:
            yield rest

    def _fast(self, data: bytes) -> list[EpisodeRecord] | None:
        """The records of lines in the form in which audits write them; None for anything else."""
        for decoder in self._decoders:
            try:
                records = decoder.decode_lines(data)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue
            if self._encoder.encode_lines(records) != data:
                return None
            if decoder is not self._decoders[0]:
                self._decoders.reverse()  # the next window is likely to be of the same kind
            return records
        return None


def _too_long() -> GateError:
    return GateError(
        f"a line is longer than {MAX_LINE_BYTES:,} bytes",
        gate="json",
        code="json.line_size",
        where=Where(layout.EPISODES),
        hint="An episode is a few hundred bytes; this is no file of episodes.",
    )


def _split(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _strict(line: bytes, number: int) -> EpisodeRecord:
    try:
        value = strictjson.parse(line, file=layout.EPISODES, max_bytes=MAX_LINE_BYTES)
    except InputError as error:
        pointer = error.where.pointer if error.where else None
        raise GateError(
            error.message,
            gate="json",
            code=error.code,
            where=Where(layout.EPISODES, pointer, number),
            hint="The line was not written by an audit; audit the source again.",
        ) from None
    try:
        return msgspec.convert(value, DetailedLine, strict=True)
    except msgspec.ValidationError as error:
        raise GateError(
            f"not an episode record: {error}",
            gate="schema",
            code="schema.episode_line",
            where=Where(layout.EPISODES, pointer_of(str(error)), number),
            hint="The line was not written by an audit; audit the source again.",
        ) from None
