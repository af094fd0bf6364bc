"""The gates about the members of a package: manifest, JSON, schemas, binding, recomputation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from worldbase.console import Progress
from worldbase.document import Loaded
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.verification import GateId
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.package.statements import Statable
from worldflux.verify import recompute
from worldflux.verify.binding import require_bound
from worldflux.verify.gates import GateLedger
from worldflux.verify.listed import Profile, require_listed, withheld_by
from worldflux.verify.members import ReadMembers, read_manifest, read_members

ShowProgress = Callable[[str, int, int], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """A package whose members and numbers hold, whoever signed it. Only a check makes one.

    Attributes:
        folder: Where it lies; its bytes may have changed since.
        withheld: Names of listed members that were not there.
    """

    folder: Path
    manifest: Loaded[ArtifactManifest]
    members: ReadMembers
    withheld: tuple[str, ...]

    @property
    def statable(self) -> Statable:
        """What a statement about it is made from."""
        return Statable(self.manifest, self.members.evidence)


def listed_manifest(
    package: OpenedPackage, profile: Profile, ledger: GateLedger, show_progress: ShowProgress
) -> Loaded[ArtifactManifest] | None:
    """Read the manifest alone and compare it with the tree: nothing else is parsed before that holds.

    Returns:
        The manifest, or None where a gate failed; then the later gates are skipped.
    """
    try:
        manifest = read_manifest(package)
    except GateError as error:
        ledger.fail(error)
        ledger.skip_rest("the manifest cannot be read")
        return None
    total = sum(package.size(name) for name in package.names)

    def compared() -> str:
        with show_progress("hashing members", total, total) as progress:
            return require_listed(manifest.document, package, profile, progress.advance)

    if not ledger.run("manifest", compared):
        ledger.skip_rest("the files are not those that the manifest lists")
        return None
    return manifest


def checked_contents(
    package: OpenedPackage,
    folder: Path,
    manifest: Loaded[ArtifactManifest],
    ledger: GateLedger,
    show_progress: ShowProgress,
) -> CheckedPackage | None:
    """Read all members and run the gates about them.

    Returns:
        What was read, or None where a member cannot be read. Whether the gates passed, the ledger says.
    """
    try:
        members = read_members(package)
    except GateError as error:
        ledger.fail(error)
        if error.gate == "schema":
            ledger.passed("json", "every member is strict JSON")
        gates: tuple[GateId, ...] = ("schema", "binding", "recomputation")
        for gate in gates:
            ledger.skip(gate, "a member cannot be read")
        return None
    ledger.run("binding", lambda: require_bound(manifest.document, members))
    ledger.run("recomputation", lambda: _recomputed(package, manifest.document, members, show_progress))
    ledger.passed("json", "every member is strict JSON: no key twice, no number that readers disagree on")
    ledger.passed("schema", "every member is valid against its published schema")
    return CheckedPackage(folder, manifest, members, tuple(withheld_by(manifest.document, package)))


def _recomputed(
    package: OpenedPackage, manifest: ArtifactManifest, members: ReadMembers, show_progress: ShowProgress
) -> str:
    listed = {entry.path: entry.sha256 for entry in manifest.files}
    present = {name: listed[name] for name in listed if name in package.names}
    episodes = package.stream(layout.EPISODES) if layout.EPISODES in present else None
    given = recompute.Members(
        claim=members.claim,
        protocol=members.protocol,
        audit_input=members.audit_input,
        evidence=members.evidence,
        report=members.report,
        stopping=members.stopping,
        ppi=members.ppi,
        episodes=episodes,
        failures=present.get(layout.FAILURES),
        replays=present.get(layout.REPLAYS),
        episodes_sha256=listed[layout.EPISODES],
    )
    try:
        return recompute.recompute(given, show_progress).detail
    finally:
        if episodes is not None:
            episodes.close()


def check(folder: Path, show_progress: ShowProgress) -> CheckedPackage:
    """Check everything but signatures: what has to hold before anybody signs.

    Raises:
        GateError: Of the first gate that the package does not pass.
        PackageError: There is no package.
    """
    ledger = GateLedger()
    with OpenedPackage.open(folder) as package:
        manifest = listed_manifest(package, "local", ledger, show_progress)
        checked = checked_contents(package, folder, manifest, ledger, show_progress) if manifest else None
    ledger.raise_first_failure()
    assert checked is not None  # noqa: S101 - without a failure there is a package
    return checked
