"""The members of a package, read from the bytes whose digests the manifest states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from worldbase import document, strictjson
from worldbase.document import Document, Loaded
from worldbase.errors import InputError, Problem, Where
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Evidence
from worldflux.documents.manifests import ArtifactManifest, RawEvidenceManifest
from worldflux.documents.ppi import Ppi
from worldflux.documents.protocol import Protocol
from worldflux.documents.provenance import AuditProvenance
from worldflux.documents.stopping import Stopping
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.verify.gates import as_gate_error

D = TypeVar("D", bound=Document)

KINDS: Final[dict[str, type[Document]]] = {
    layout.CLAIM: Claim,
    layout.PROTOCOL: Protocol,
    layout.EVIDENCE: Evidence,
    layout.AUDIT_INPUT: AuditInput,
    layout.PROVENANCE: AuditProvenance,
    layout.RAW_EVIDENCE: RawEvidenceManifest,
    layout.STOPPING: Stopping,
    layout.PPI: Ppi,
}
"""The JSON members and what each is."""


@dataclass(frozen=True, slots=True)
class ReadMembers:
    """The JSON members of a package; a share may lack the last three."""

    claim: Loaded[Claim]
    protocol: Loaded[Protocol]
    evidence: Loaded[Evidence]
    audit_input: Loaded[AuditInput]
    provenance: Loaded[AuditProvenance]
    report: bytes
    raw_evidence: Loaded[RawEvidenceManifest] | None
    stopping: Loaded[Stopping] | None
    ppi: Loaded[Ppi] | None


def read_manifest(package: OpenedPackage) -> Loaded[ArtifactManifest]:
    """Read the manifest, before any other member.

    Raises:
        GateError: `manifest.absent`, or whatever is wrong with it, in the name of the gate that it fails.
    """
    if layout.MANIFEST not in package.names:
        raise GateError(
            f"there is no {layout.MANIFEST}",
            gate="manifest",
            code="manifest.absent",
            hint="Is this the --output folder of `worldflux audit run`?",
        )
    return _document(package, layout.MANIFEST, ArtifactManifest)


def read_members(package: OpenedPackage) -> ReadMembers:
    """Read every JSON member that is there.

    Raises:
        GateError: A member is not strict JSON (`json`) or not a valid document (`schema`); all problems of all
            members of the first such gate.
    """
    read = _read_all(package)
    return ReadMembers(
        claim=read[layout.CLAIM],
        protocol=read[layout.PROTOCOL],
        evidence=read[layout.EVIDENCE],
        audit_input=read[layout.AUDIT_INPUT],
        provenance=read[layout.PROVENANCE],
        report=package.read(layout.REPORT),
        raw_evidence=read.get(layout.RAW_EVIDENCE),
        stopping=read.get(layout.STOPPING),
        ppi=read.get(layout.PPI),
    )


def _read_all(package: OpenedPackage) -> dict[str, Loaded[Any]]:
    """All JSON members that are there, or one error about all that are wrong."""
    read: dict[str, Loaded[Any]] = {}
    faults: list[GateError] = []
    for name in [name for name in KINDS if name in package.names]:
        try:
            read[name] = _document(package, name, KINDS[name])
        except GateError as error:
            faults.append(error)
    if faults:
        raise _together(faults)
    return read


def _together(faults: list[GateError]) -> GateError:
    gate = "json" if any(fault.gate == "json" for fault in faults) else "schema"
    own = [fault for fault in faults if fault.gate == gate]
    if len(own) == 1:
        return own[0]
    problems = [
        problem
        for fault in own
        for problem in fault.problems or [Problem(fault.code, fault.message, fault.where or Where())]
    ]
    message = f"{len(own)} members are not what they have to be"
    return GateError(message, gate=gate, code=own[0].code, where=own[0].where, hint=own[0].hint, problems=problems)


def _document(package: OpenedPackage, name: str, kind: type[D]) -> Loaded[D]:
    try:
        return document.parse(package.read(name, limit=strictjson.MAX_BYTES), kind, file=name)
    except InputError as error:
        if error.code == "document.kind":
            raise _other_kind(error) from None
        raise as_gate_error("json" if error.code.startswith("json.") else "schema", error) from None


def _other_kind(error: InputError) -> GateError:
    return GateError(
        error.message,
        gate="schema",
        code="schema.unsupported",
        where=error.where,
        hint="It may be newer than this tool: update worldflux, or verify with the version that made the package.",
    )
