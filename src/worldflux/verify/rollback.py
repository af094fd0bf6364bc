"""The gate `rollback`: not an older package than one that was verified here, and the one that was expected.

A package that was superseded is still signed, and its numbers still follow from its episodes. Only memory tells it from
the one that replaced it: per signer, claim and checkpoint the highest sequence is kept, with the digest of its
manifest, once every gate has passed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from msgspec import UNSET

from worldbase import clock, digest, identifier
from worldbase.document import Loaded
from worldbase.errors import Problem, UsageError, Where
from worldflux.documents.claim import Claim
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.seen import SeenPackage
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.signing.contract import SignedBy
from worldflux.signing.home import state_home
from worldflux.signing.remembered import Memory, damaged
from worldflux.verify.members import ReadMembers

FOLDER: Final = "packages"
_NAMES: Final = ("claim", "protocol", "package", "evidence")
_EVIDENCE_ID: Final = re.compile(identifier.pattern("evd"))


@dataclass(frozen=True, slots=True)
class RollbackState:
    """What was verified here before."""

    memory: Memory[SeenPackage]

    @classmethod
    def of_user(cls) -> Self:
        """The memory of whoever runs the command."""
        return cls.at(state_home() / FOLDER)

    @classmethod
    def at(cls, folder: Path) -> Self:
        """A memory in a folder, which need not exist yet."""
        return cls(Memory(folder, SeenPackage))

    def require_not_older(
        self,
        signed_by: Sequence[SignedBy],
        claim: Claim,
        manifest: Loaded[ArtifactManifest],
        *,
        allow_older: bool = False,
    ) -> str:
        """Compare a package with the latest of its signers, claim and checkpoint; one sentence about it.

        Args:
            signed_by: Its signatures.
            claim: Its claim.
            manifest: Its manifest.
            allow_older: Say what is wrong, and let it pass.

        Raises:
            GateError: `rollback.older` for a lower sequence, `rollback.other` for another package of the same one.
            TrustError: `state.damaged`.
        """
        places = _places(signed_by, claim, manifest)
        faults = [fault for place in places if (fault := _fault(self._recall(place), place))]
        if faults and not allow_older:
            raise faults[0]
        if faults:
            return f"let pass by --allow-older: {faults[0].message}"
        return self._standing(places, manifest.document.sequence)

    def remember(
        self,
        signed_by: Sequence[SignedBy],
        claim: Claim,
        manifest: Loaded[ArtifactManifest],
        *,
        allow_older: bool = False,
    ) -> None:
        """Keep a package that passed every gate; what is kept never goes down.

        Another process may have kept a later one since the comparison, so it is compared once more.

        Raises:
            GateError: What `require_not_older` raises.
            TrustError: `state.damaged`.
            StorageError: `state.unwritable`, `state.locked`.
        """
        places = _places(signed_by, claim, manifest)
        if all(_is_same(self._recall(place), place) for place in places):
            return
        with self.memory.held():
            for place in places:
                self._keep(place, allow_older)

    def _keep(self, place: SeenPackage, allow_older: bool) -> None:
        seen = self._recall(place)
        fault = _fault(seen, place)
        if fault is not None and not allow_older:
            raise fault
        if fault is None and not _is_same(seen, place):
            self.memory.keep(_key(place), place)

    def _recall(self, place: SeenPackage) -> SeenPackage | None:
        seen = self.memory.recall(_key(place))
        if seen is not None and _series(seen) != _series(place):
            raise damaged(self.memory.path(_key(place)), "it is about another signer, claim or checkpoint")
        return seen

    def _standing(self, places: Sequence[SeenPackage], sequence: int) -> str:
        seen = [known for place in places if (known := self._recall(place))]
        if not seen:
            return f"sequence {sequence}: the first package of this signer, claim and checkpoint seen here"
        latest = max(known.sequence for known in seen)
        if latest == sequence:
            return f"sequence {latest}: the package that was verified here before"
        return f"sequence {sequence}, after {latest} that was verified here before"


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a package has to be, as somebody said who knows; None where nothing was said.

    Attributes:
        claim: Digest of the claim.
        protocol: Digest of the protocol.
        package: Digest of the manifest.
        evidence: Id of the evidence.
    """

    claim: str | None = None
    protocol: str | None = None
    package: str | None = None
    evidence: str | None = None

    def __bool__(self) -> bool:
        return any(getattr(self, name) is not None for name in _NAMES)

    def require(self, manifest: Loaded[ArtifactManifest], members: ReadMembers) -> None:
        """Compare a package with what is expected.

        Raises:
            GateError: `rollback.unexpected`, with every difference.
        """
        actual = {
            "claim": members.claim.digest,
            "protocol": members.protocol.digest,
            "package": digest.of_bytes(manifest.data),
            "evidence": members.evidence.document.id,
        }
        problems = [
            Problem("rollback.unexpected", f"expected {name}={wanted}; this one has {actual[name]}")
            for name in _NAMES
            if (wanted := getattr(self, name)) is not None and wanted != actual[name]
        ]
        if problems:
            raise GateError(
                problems[0].message,
                gate="rollback",
                code="rollback.unexpected",
                hint="This is another package than the one that was meant. Get it again, or correct --expect.",
                problems=problems if len(problems) > 1 else (),
            )


def expectations_of(texts: Sequence[str]) -> Expectations:
    """Read the values of `--expect`.

    Raises:
        UsageError: `expect.name`, `expect.value`, `expect.twice`.
    """
    expected: dict[str, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        if name not in _NAMES:
            raise UsageError(
                f"--expect {text[:80]!r} names nothing that can be expected",
                code="expect.name",
                hint=f"Write NAME=VALUE, where NAME is one of {', '.join(_NAMES)}.",
            )
        if name in expected:
            raise UsageError(f"--expect {name} is given twice", code="expect.twice", hint="Give each of them once.")
        expected[name] = _value(name, value)
    return Expectations(**expected)


def _value(name: str, value: str) -> str:
    is_id = name == "evidence"
    form = _EVIDENCE_ID if is_id else re.compile(digest.PATTERN)
    if form.match(value) is None:
        raise UsageError(
            f"--expect {name}={value[:80]} is not {'the id of evidence' if is_id else 'a digest'}",
            code="expect.value",
            hint="Write evidence=evd_..." if is_id else f"Write {name}=sha256: and 64 hex digits, in lower case.",
        )
    return value


def _places(signed_by: Sequence[SignedBy], claim: Claim, manifest: Loaded[ArtifactManifest]) -> tuple[SeenPackage, ...]:
    """What there is to remember of a package, one for each of its signers."""
    places = {_key(place): place for place in (_place(by, claim, manifest) for by in signed_by)}
    return tuple(places[key] for key in sorted(places))


def _place(by: SignedBy, claim: Claim, manifest: Loaded[ArtifactManifest]) -> SeenPackage:
    return SeenPackage(
        schema_version="worldflux.seen_package.v0_draft",
        signer=by.keyid if by.kind == "key" else by.identity or "",
        issuer=UNSET if by.kind == "key" else by.issuer or "",
        claim_id=claim.id,
        checkpoint=digest.of_bytes(claim.subject.checkpoint_uri.encode()),
        sequence=manifest.document.sequence,
        manifest=digest.of_bytes(manifest.data),
        seen_at=clock.timestamp(),
    )


def _series(place: SeenPackage) -> tuple[str, ...]:
    issuer = "" if place.issuer is UNSET else place.issuer
    return place.signer, issuer, place.claim_id, place.checkpoint


def _key(place: SeenPackage) -> str:
    return hashlib.sha256("\0".join(_series(place)).encode()).hexdigest()


def _is_same(seen: SeenPackage | None, place: SeenPackage) -> bool:
    return seen is not None and (seen.sequence, seen.manifest) == (place.sequence, place.manifest)


def _fault(seen: SeenPackage | None, place: SeenPackage) -> GateError | None:
    if seen is None or seen.sequence < place.sequence or _is_same(seen, place):
        return None
    where = Where(layout.MANIFEST, "/sequence")
    if place.sequence < seen.sequence:
        return GateError(
            f"this package has sequence {place.sequence}; sequence {seen.sequence} was verified here at {seen.seen_at}",
            gate="rollback",
            code="rollback.older",
            where=where,
            hint="Get the latest package of this claim. To read an older one on purpose: --allow-older.",
        )
    return GateError(
        f"another package with sequence {place.sequence} was verified here at {seen.seen_at}; its manifest is "
        f"{seen.manifest}, and this one's {place.manifest}",
        gate="rollback",
        code="rollback.other",
        where=where,
        hint="A package that replaces another says so: `worldflux audit run --supersedes DIR`. Or pass --allow-older.",
    )
