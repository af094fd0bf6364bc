"""Gate `binding`: the members of a package are about each other. Hashes and ids only; no episode is refused here."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from worldbase import digest
from worldbase.errors import Problem, Where
from worldflux.documents.manifests import ArtifactManifest
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.verify.members import ReadMembers


def require_bound(manifest: ArtifactManifest, members: ReadMembers) -> str:
    """Compare every hash and id that one member states of another.

    Returns:
        What was compared.

    Raises:
        GateError: `binding.*`, with every difference.
    """
    problems = [
        *_claim_and_protocol(members),
        *_evidence(members),
        *_ids(manifest, members),
        *_episodes(manifest, members),
        *_materials(members),
    ]
    if problems:
        raise GateError(
            problems[0].message if len(problems) == 1 else f"{len(problems)} references between members do not hold",
            gate="binding",
            code=problems[0].code,
            where=problems[0].where,
            hint="Members of different audits were put together; audit the source again.",
            problems=problems,
        )
    if members.evidence.document.protocol.binding == "placeholder":
        return "ids and hashes agree; the protocol holds a placeholder instead of the claim's hash"
    return "claim, protocol, evidence, provenance and episodes name each other's ids and hashes"


def _claim_and_protocol(members: ReadMembers) -> Iterator[Problem]:
    claim, protocol = members.claim, members.protocol.document
    if protocol.claim_id != claim.document.id:
        message = f"the protocol is for claim {protocol.claim_id}, not {claim.document.id}"
        yield Problem("binding.claim_id", message, Where(layout.PROTOCOL, "/claim_id"))
    if not digest.is_placeholder(protocol.claim_hash) and protocol.claim_hash != claim.digest:
        message = f"the claim's hash is {claim.digest}; the protocol names another"
        yield Problem("binding.claim_hash", message, Where(layout.PROTOCOL, "/claim_hash"))


def _evidence(members: ReadMembers) -> Iterator[Problem]:
    evidence = members.evidence.document
    stated = {
        "/claim/id": (evidence.claim.id, members.claim.document.id),
        "/claim/hash": (evidence.claim.hash, members.claim.digest),
        "/protocol/id": (evidence.protocol.id, members.protocol.document.id),
        "/protocol/hash": (evidence.protocol.hash, members.protocol.digest),
        "/protocol/binding": (evidence.protocol.binding, binding_of(members)),
    }
    for pointer, (named, actual) in stated.items():
        if named != actual:
            message = f"the evidence names {named}; it is {actual}"
            yield Problem("binding.evidence", message, Where(layout.EVIDENCE, pointer))


def binding_of(members: ReadMembers) -> str:
    """How the protocol names the claim: by its hash, or by a placeholder."""
    return "placeholder" if digest.is_placeholder(members.protocol.document.claim_hash) else "bound"


def _ids(manifest: ArtifactManifest, members: ReadMembers) -> Iterator[Problem]:
    evidence, provenance = members.evidence.document, members.provenance.document
    stated = [
        (layout.MANIFEST, "/evidence_id", manifest.evidence_id, evidence.id),
        (layout.PROVENANCE, "/evidence_id", provenance.evidence_id, evidence.id),
        (layout.PROVENANCE, "/created_at", provenance.created_at, evidence.created_at),
        (layout.PROVENANCE, "/tool/rules", provenance.tool.rules, evidence.rules),
        (layout.PROVENANCE, "/tool/render", provenance.tool.render, evidence.render),
    ]
    for file, pointer, named, actual in stated:
        if named != actual:
            yield Problem("binding.evidence_id", f"it names {named}; the evidence says {actual}", Where(file, pointer))


def _episodes(manifest: ArtifactManifest, members: ReadMembers) -> Iterator[Problem]:
    listed = {entry.path: entry.sha256 for entry in manifest.files}
    stream = members.audit_input.document.episodes
    if listed.get(stream.path) != stream.sha256 or stream.path != layout.EPISODES:
        message = "the audit input was counted from another episode stream"
        yield Problem("binding.episodes", message, Where(layout.AUDIT_INPUT, "/episodes/sha256"))
    if members.raw_evidence is None:
        return
    for index, entry in enumerate(members.raw_evidence.document.entries):
        export = entry.redacted_export
        if export is not UNSET and (export.path, export.sha256) != (layout.EPISODES, stream.sha256):
            message = f"the redacted export of {entry.id} is another file"
            yield Problem("binding.raw_evidence", message, Where(layout.RAW_EVIDENCE, f"/entries/{index}"))


def _materials(members: ReadMembers) -> Iterator[Problem]:
    """What the provenance says was read is what the other members were made of."""
    stated_materials = members.provenance.document.materials
    materials: dict[tuple[str, str], str] = {(entry.role, entry.name): entry.sha256 for entry in stated_materials}
    read = {
        ("claim", layout.CLAIM): digest.of_bytes(members.claim.data),
        ("protocol", layout.PROTOCOL): digest.of_bytes(members.protocol.data),
    }
    for (role, name), sha256 in read.items():
        if materials.get((role, name)) != sha256:
            message = f"the provenance names another {role}"
            yield Problem("binding.materials", message, Where(layout.PROVENANCE, "/materials"))
    if members.raw_evidence is None:
        return
    stated = {name: sha256 for (role, name), sha256 in materials.items() if role in ("evaluator_output", "run_info")}
    known = {
        entry.id: entry.sha256
        for entry in members.raw_evidence.document.entries
        if entry.kind != "video" and entry.sha256 is not UNSET
    }
    if stated != known:
        message = "provenance and raw evidence manifest name other raw files"
        yield Problem("binding.materials", message, Where(layout.PROVENANCE, "/materials"))
