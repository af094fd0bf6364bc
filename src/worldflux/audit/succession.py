"""Which package a new one replaces, and whether what stands at its place may go."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from msgspec import UNSET, UnsetType

from worldbase import digest, document
from worldbase.errors import UsageError, Where
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.claim import Claim
from worldflux.documents.manifests import ArtifactManifest
from worldflux.errors import PackageError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage


@dataclass(frozen=True, slots=True)
class Succession:
    """The place of a package among those of one claim and checkpoint.

    Attributes:
        sequence: 1 for the first.
        supersedes: Digest of the manifest of the one before.
    """

    sequence: int = 1
    supersedes: str | UnsetType = UNSET


def succession_of(previous: Path | None, pair: ClaimPair) -> Succession:
    """Count on from a package that the new one supersedes.

    Raises:
        PackageError: `supersedes.other_claim`, or the package is not whole.
        InputError: Its manifest or claim is not valid.
    """
    if previous is None:
        return Succession()
    with OpenedPackage.open(previous) as package:
        data = package.read(layout.MANIFEST)
        manifest = document.parse(data, ArtifactManifest, file=layout.MANIFEST).document
        claim = document.parse(package.read(layout.CLAIM), Claim, file=layout.CLAIM).document
        _require_claim_of(manifest, package.digests([layout.CLAIM])[layout.CLAIM], previous)
    own = pair.claim.document
    if (claim.id, claim.subject.checkpoint_uri) != (own.id, own.subject.checkpoint_uri):
        raise PackageError(
            f"{previous.name} is about another claim or another checkpoint",
            code="supersedes.other_claim",
            where=Where(previous.name),
            hint="A package supersedes an earlier one of the same claim id and checkpoint; leave --supersedes out.",
        )
    return Succession(manifest.sequence + 1, digest.of_bytes(data))


def _require_claim_of(manifest: ArtifactManifest, claim_digest: str, previous: Path) -> None:
    listed = {entry.path: entry.sha256 for entry in manifest.files}
    if listed.get(layout.CLAIM) != claim_digest:
        raise PackageError(
            f"{previous.name} was changed after it was made",
            code="supersedes.changed",
            where=Where(previous.name),
            hint=f"See what `worldflux audit verify {previous.name}` says.",
        )


def refuse_signed_output(output: Path, *, overwrite: bool, overwrite_signed: bool) -> None:
    """A signed package is evidence that somebody may rely on: it goes only where that was said in so many words.

    Raises:
        UsageError: `output.signed`.
    """
    signatures = output / layout.SIGNATURES
    if overwrite and not overwrite_signed and os.path.lexists(signatures):
        raise UsageError(
            f"{output.name} is signed",
            code="output.signed",
            where=Where(output.name),
            hint="Write to another --output with --supersedes, or pass --overwrite-signed too.",
        )
