"""Manifests: what lies in the package, and what raw evidence lies outside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldflux.documents.episode import Natural
from worldflux.documents.protocol import DigestText

ShareClass = Literal["hosted", "local"]


class ManifestFile(Part, frozen=True, kw_only=True):
    """One member of the package."""

    path: Annotated[str, Meta(min_length=1, max_length=255)]
    sha256: DigestText
    size: Natural
    role: str
    media_type: str
    share_class: ShareClass


class ArtifactManifest(Document, frozen=True, kw_only=True):
    """Every member of the package but this one, by digest. A signature is over these bytes.

    Attributes:
        sequence: 1 for a first package, one more than the package that it supersedes.
        supersedes: Digest of the manifest of that package.
    """

    schema_name: ClassVar[str] = "worldflux.artifact_manifest.v0_draft"

    schema_version: Literal["worldflux.artifact_manifest.v0_draft"]
    evidence_id: str
    sequence: Annotated[int, Meta(ge=1, le=2**53 - 1)] = 1
    supersedes: DigestText | UnsetType = UNSET
    files: list[ManifestFile]

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield a sequence that does not fit, and names that are not in the one order that a manifest has."""
        if (self.sequence > 1) != (self.supersedes is not UNSET):
            message = "sequence is above 1 exactly where supersedes names the package before"
            yield Problem("schema.sequence", message, Where(file, "/sequence"))
        paths = [entry.path for entry in self.files]
        if paths != sorted(set(paths)):
            message = "the files are not sorted by path, each once"
            yield Problem("schema.manifest_order", message, Where(file, "/files"))


class EpisodeRef(Part, frozen=True, kw_only=True):
    """Which episode a piece of raw evidence belongs to."""

    task: str
    run_seed: int
    episode_index: Natural


class RedactedExport(Part, frozen=True, kw_only=True):
    """What stands in the package instead of the raw file."""

    path: str
    sha256: DigestText


class RawEvidence(Part, frozen=True, kw_only=True):
    """A raw file that is referred to, not copied.

    Attributes:
        present: Whether the file was there when the audit ran; its digest is known only then.
    """

    id: str
    kind: Literal["evaluator_output", "run_info", "video"]
    name: str
    present: bool
    copied: Literal[False] = False
    sha256: DigestText | UnsetType = UNSET
    size: Natural | UnsetType = UNSET
    redacted_export: RedactedExport | UnsetType = UNSET
    episode: EpisodeRef | UnsetType = UNSET


class RawEvidenceManifest(Document, frozen=True, kw_only=True):
    """Safe references to raw evidence, none of which is in the package."""

    schema_name: ClassVar[str] = "worldflux.raw_evidence_manifest.v0_draft"

    schema_version: Literal["worldflux.raw_evidence_manifest.v0_draft"]
    policy: str
    entries: list[RawEvidence]
