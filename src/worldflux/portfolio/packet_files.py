"""`packet.json`, its page and its cells: written whole, read only as they were written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from msgspec import UNSET

from worldbase import digest, document, safepath, strictjson
from worldbase.document import Loaded
from worldbase.errors import InputError, StorageError, UsageError, Where
from worldbase.files import staged_file, write_atomic
from worldflux.documents.packet import Packet
from worldflux.portfolio.packet import PacketRequest, digest_of_value, packet_of, require_whole
from worldflux.portfolio.render import packet as page
from worldflux.sources.kept_inputs import refuse_output_over

_MAKE_AGAIN = "Make both again with `worldflux eval-portfolio packet`; neither is edited."


@dataclass(frozen=True, slots=True)
class PacketPaths:
    """Where a packet is to stand.

    Attributes:
        page: The page for people, Markdown.
        packet: The document.
        overwrite: Whether what stands there is replaced.
    """

    page: Path
    packet: Path
    overwrite: bool = False

    @property
    def stream(self) -> Path:
        """Where the cells stand if they are too many for the document."""
        return self.packet.with_name(f"{self.packet.stem}.cells.jsonl")


@dataclass(frozen=True, slots=True)
class OpenedPacket:
    """A packet with its page, both as they were written.

    Attributes:
        sha256: Digest of the document's bytes.
        page_sha256: Digest of the page's bytes.
    """

    loaded: Loaded[Packet]
    sha256: str
    page_sha256: str

    @property
    def packet(self) -> Packet:
        """The document."""
        return self.loaded.document


def write_packet(request: PacketRequest, paths: PacketPaths, *, strict: bool = False) -> Packet:
    """Make a packet and write it with its page; the document comes last.

    Args:
        request: What it is made from.
        paths: Where it is to stand.
        strict: Whether missing or underpowered evidence is an answer of no; then nothing is written.

    Raises:
        UsageError: `output.exists`, `output.name`, `packet.one_file`, and what `packet_of` raises.
        InputError: What `packet_of` raises.
        AnswerIsNoError: `packet.missing_evidence`.
        StorageError: `file.unwritable`.
    """
    refuse_occupied(paths.page, paths.packet, overwrite=paths.overwrite)
    for path in (paths.page, paths.packet, paths.stream):
        refuse_output_over([request.frozen.path, *(given.path for given in request.attachments)], path)
    if request.frozen.plan.cell_stream is UNSET:
        made = _required(packet_of(request), strict=strict)
    else:
        refuse_occupied(paths.stream, overwrite=paths.overwrite)
        with staged_file(paths.stream) as stream:
            made = _required(packet_of(request, stream), strict=strict)
    _write(made, paths)
    return made


def load_packet(path: Path, page_path: Path) -> OpenedPacket:
    """Read a packet and its page, and refuse either where it is not as it was written.

    Raises:
        InputError: What `document.load` raises; `packet.altered`; `packet.page_differs` where the page is not the one
            that the packet gives.
    """
    loaded = document.load(path, Packet, file=path.name)
    if digest_of_value(loaded.value) != loaded.document.digest:
        raise InputError(
            "the packet is not the one that its digest names",
            code="packet.altered",
            where=Where(path.name, "/digest"),
            hint=_MAKE_AGAIN,
        )
    data = strictjson.read_bytes(page_path, file=page_path.name)
    if data != page.markdown(loaded.document).encode():
        raise InputError(
            f"{page_path.name} is not the page of {path.name}: it was edited, or belongs to another packet",
            code="packet.page_differs",
            where=Where(page_path.name),
            hint=_MAKE_AGAIN,
        )
    return OpenedPacket(loaded, digest.of_bytes(loaded.data), digest.of_bytes(data))


def refuse_occupied(*places: Path, overwrite: bool) -> None:
    """Refuse to write two documents into one file, or over what stands.

    Raises:
        UsageError: `packet.one_file`, `output.exists`, `output.name`.
    """
    if len({os.path.realpath(place) for place in places}) < len(places):
        raise UsageError(
            "the page and the document cannot be one file",
            code="packet.one_file",
            hint="Give two names, such as --output packet.md --packet-json packet.json.",
        )
    for place in places:
        if safepath.fault_of(place.name):
            hint = "Choose a plain name, such as packet.json."
            raise UsageError(f"{place.name} cannot be the name of a file here", code="output.name", hint=hint)
        if os.path.lexists(place) and not overwrite:
            raise UsageError(
                f"{place.name} exists",
                code="output.exists",
                where=Where(place.name),
                hint="Choose another name, or pass --overwrite to replace it.",
            )


def _write(made: Packet, paths: PacketPaths) -> None:
    """A page whose packet cannot be written does not stay behind."""
    is_new = not os.path.lexists(paths.page)
    write_atomic(paths.page, page.markdown(made).encode())
    try:
        write_atomic(paths.packet, document.dump(made))
    except StorageError:
        if is_new:
            paths.page.unlink(missing_ok=True)
        raise


def _required(made: Packet, *, strict: bool) -> Packet:
    if strict:
        require_whole(made)
    return made
