"""Dataset manifests: what an evaluation rests on, without the data itself.

An entry is a small file of the repository (`path`), something public at a stable address (`uri`), or an asset that its
owner keeps (`asset_id`). Checksums are `sha256:<hex>` of the bytes. A report carries only a compact reference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from worldbase import digest, document, safepath, strictjson
from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldbase.redact import redact_value
from worldforge.errors import WorldForgeError

SCHEMA_VERSION: Final = 1
LARGEST_LOCAL_FILE: Final = 1_000_000
"""Bytes: what is larger is an asset, and no fixture."""
LOCAL_SUFFIXES: Final = ("json", "jsonl", "csv", "txt", "md")

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
Identifier = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}(?!\n)$")]
Checksum = Annotated[str, msgspec.Meta(pattern=digest.PATTERN)]
Kind = Literal["local-fixture", "remote-reference", "host-asset"]
Classification = Literal["public", "restricted", "sensitive"]


class DatasetProvenance(Part, frozen=True, kw_only=True):
    """Where a dataset comes from."""

    source: Text
    version: Text
    owner: Text


class DatasetPrivacy(Part, frozen=True, kw_only=True):
    """Whom a dataset concerns."""

    classification: Classification
    contains_personal_data: bool


class DatasetSafety(Part, frozen=True, kw_only=True):
    """What a dataset could be misused for, and whether somebody looked."""

    reviewed: bool
    contains_sensitive_capability_data: bool
    contains_robot_logs: bool


class DatasetEntry(Part, frozen=True, kw_only=True, omit_defaults=True):
    """One thing in a dataset.

    Attributes:
        id: Unique in the manifest.
        kind: Decides which of `path`, `uri` and `asset_id` names it.
        description: What it is.
        sha256: `sha256:` digest of its bytes.
        path: Of a `local-fixture`, relative to the repository.
        uri: Of a `remote-reference`: https, without query and fragment.
        asset_id: Of a `host-asset`: how its owner names it; never a path.
        license: Where it differs from that of the dataset.
        metadata: JSON object.
    """

    id: Text
    kind: Kind
    description: Text
    sha256: Checksum
    path: Text | None = None
    uri: Text | None = None
    asset_id: Text | None = None
    license: Text | None = None
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)


class DatasetManifest(Document, frozen=True, kw_only=True):
    """A dataset manifest, schema version 1.

    Attributes:
        schema_version: 1.
        id: Lower-case letters, digits, `.`, `_` and `-`.
        name: Title.
        description: What it is.
        license: Under which it may be used.
        provenance: Where it comes from.
        privacy: Whom it concerns.
        safety: What it could be misused for.
        host_acquisition_steps: How its owner gets what is not in the repository, a step each.
        entries: What is in it.
        metadata: JSON object.
    """

    schema_name: ClassVar[str] = "worldforge.dataset_manifest.v1"
    shown_by: ClassVar[str] = "worldforge"

    schema_version: Literal[1]
    id: Identifier
    name: Text
    description: Text
    license: Text
    provenance: DatasetProvenance
    privacy: DatasetPrivacy
    safety: DatasetSafety
    host_acquisition_steps: Annotated[list[Text], msgspec.Meta(min_length=1)]
    entries: Annotated[list[DatasetEntry], msgspec.Meta(min_length=1)]
    metadata: dict[str, Any] = msgspec.field(default_factory=dict)

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield what the schema cannot say."""
        seen: set[str] = set()
        for number, entry in enumerate(self.entries):
            pointer = f"/entries/{number}"
            if (looks := _as_read(entry.id)) in seen:
                at = Where(file, f"{pointer}/id")
                yield Problem("dataset.duplicate_entry", f"two entries are called {entry.id!r:.80}", at)
            seen.add(looks)
            yield from entry_problems(entry, Where(file, pointer))
        yield from _private(msgspec.to_builtins(self), Where(file, ""))


class DatasetReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a report carries of a manifest: enough to find and to check it, and none of its entries.

    Attributes:
        id: Of the manifest.
        name: Its title.
        sha256: Digest of the manifest's RFC 8785 form, so that its layout does not matter.
        entry_count: How many entries it has.
        license: Of the dataset.
        privacy: As in the manifest.
        safety: As in the manifest.
        host_owned: Always true: the data stays with whoever has it, and is no part of a report.
        path: Of the manifest, in the repository; none where it lies elsewhere.
        local_only: Whether it lies elsewhere.
        schema_version: Of the manifest.
    """

    id: str
    name: str
    sha256: str
    entry_count: int
    license: str
    privacy: dict[str, Any]
    safety: dict[str, Any]
    host_owned: bool
    schema_version: int
    path: str | None = None
    local_only: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The reference as a JSON object."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value


class CheckedManifest(NamedTuple):
    """A manifest that holds: the document, what a report carries of it, and the bytes that were read."""

    manifest: DatasetManifest
    reference: DatasetReference
    data: bytes


def check_manifest(path: Path, *, root: Path) -> CheckedManifest:
    """Check a manifest with its local files.

    Args:
        path: The manifest.
        root: The repository: local entries lie below it.

    Raises:
        InputError: `file.unreadable`, or `document.invalid` with every problem and its JSON pointer.
        WorldForgeError: `dataset.local_file`, with every entry whose file is missing, too large or another.
    """
    data = strictjson.read_bytes(path, file=path.name)
    loaded = document.parse(data, DatasetManifest, file=path.name)
    if problems := list(_local_problems(loaded.document, root, path.name)):
        raise WorldForgeError(
            f"the local files of {path.name} are not what it says",
            code="dataset.local_file",
            where=Where(path.name),
            hint="Run the command in the folder that the paths start from, or create the manifest again.",
            problems=problems,
        )
    return CheckedManifest(loaded.document, _reference(loaded.document, loaded.digest, path, root), data)


def entry_problems(entry: DatasetEntry, where: Where) -> Iterator[Problem]:
    """Yield what is wrong with one entry, its file apart."""
    named_by = _NAMED_BY[entry.kind]
    for name in _NAMED_BY.values():
        at = Where(where.file, f"{where.pointer}/{name}")
        value = getattr(entry, name)
        if name == named_by and value is None:
            yield Problem("dataset.no_address", f"an entry of the kind {entry.kind} has {named_by!r}", at)
        elif name != named_by and value is not None:
            yield Problem("dataset.other_address", f"an entry of the kind {entry.kind} has no {name!r}", at)
        elif value is not None and (fault := _FAULTS[name](value)):
            yield Problem("dataset.address", f"{name} {value!r:.80}: {fault}", at)


def local_fault(path: str, sha256: str | None, root: Path) -> str | None:
    """Why a local entry's file cannot be used, or None. Without a checksum its content is not looked at."""
    file = root / path
    if not safepath.is_regular(file) or not is_below(file, root):
        return "there is no regular file of this name"
    if file.stat().st_size > LARGEST_LOCAL_FILE:
        return f"it has more than {LARGEST_LOCAL_FILE:,} bytes"
    try:
        found = digest.of_file(file)
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return None if sha256 in (None, found) else "its checksum is another"


def is_below(path: Path, root: Path) -> bool:
    """Whether a path is in a folder, links followed."""
    return path.resolve().is_relative_to(root.resolve())


def _as_read(name: str) -> str:
    """What a reader sees of a name: without case, compatibility forms and characters that do not show."""
    return "".join(each for each in unicodedata.normalize("NFKC", name).casefold() if each.isprintable())


def _path_fault(path: str) -> str | None:
    if fault := safepath.fault_of(path):
        return fault
    if any(part.startswith(".") for part in path.split("/")):
        return "a hidden file is no fixture"
    if path.rpartition(".")[2] not in LOCAL_SUFFIXES:
        return f"its suffix is not one of {', '.join(LOCAL_SUFFIXES)}"
    return None


def _uri_fault(uri: str) -> str | None:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme != "https" or not host or port not in (None, 443):
        return "it is not a plain https address"
    if "?" in uri or "#" in uri:
        return "it has a query or a fragment, so it may be signed and will not last"
    if parts.username is not None or parts.password is not None:
        return "it holds credentials"
    if re.search(r"[^!-~]", uri):
        return "it holds characters that an address spells out"
    if any(part in (".", "..") for part in unquote(parts.path).split("/")):
        return "it holds steps out of a folder"
    return None


def _asset_fault(asset_id: str) -> str | None:
    if not asset_id.isprintable():
        return "it holds characters that do not show"
    looks_like_path = re.search(r"[/\\]|^~|^[A-Za-z]:|^\.+$|^file:", asset_id, re.IGNORECASE)
    return "an asset id is a name, and no path" if looks_like_path else None


_NAMED_BY: Final = {"local-fixture": "path", "remote-reference": "uri", "host-asset": "asset_id"}
_FAULTS: Final = {"path": _path_fault, "uri": _uri_fault, "asset_id": _asset_fault}


def _private(value: Any, where: Where) -> Iterator[Problem]:
    """Yield where a manifest holds a secret or says whose machine it was: it is published with the reports."""
    if redact_value(value) == value:
        return
    if isinstance(value, dict | list):
        below = value.items() if isinstance(value, dict) else enumerate(value)
        found = [
            problem
            for key, item in below
            for problem in _private(item, Where(where.file, strictjson.pointer_join(where.pointer or "", str(key))))
        ]
        if found:
            yield from found
            return
    yield Problem("dataset.private", "it holds a secret, a path of a machine, or a person's or a host's name", where)


def _local_problems(manifest: DatasetManifest, root: Path, file: str) -> Iterator[Problem]:
    for number, entry in enumerate(manifest.entries):
        if entry.path is not None and (fault := local_fault(entry.path, entry.sha256, root)):
            yield Problem("dataset.local_file", f"{entry.path}: {fault}", Where(file, f"/entries/{number}/path"))


def _reference(manifest: DatasetManifest, sha256: str, path: Path, root: Path) -> DatasetReference:
    inside = is_below(path, root) and path.suffix == ".json"
    relative = path.resolve().relative_to(root.resolve()).as_posix() if inside else None
    safe = relative is not None and safepath.fault_of(relative) is None
    return DatasetReference(
        id=manifest.id,
        name=manifest.name,
        sha256=sha256,
        entry_count=len(manifest.entries),
        license=manifest.license,
        privacy=msgspec.to_builtins(manifest.privacy),
        safety=msgspec.to_builtins(manifest.safety),
        host_owned=True,
        schema_version=manifest.schema_version,
        path=relative if safe else None,
        local_only=not safe,
    )
