"""`audit_provenance.json`: which tool made the package from which bytes."""

from __future__ import annotations

from typing import ClassVar, Literal

from worldbase.document import Document, Part
from worldflux.documents.claim import UtcTime
from worldflux.documents.protocol import DigestText


class Tool(Part, frozen=True, kw_only=True):
    """The auditing program and what its numbers depend on."""

    name: str
    version: str
    rules: str
    render: str
    python: str
    libraries: dict[str, str]


class Material(Part, frozen=True, kw_only=True):
    """Something the audit read."""

    role: Literal["claim", "protocol", "evaluator_output", "run_info", "simulation_pairs", "plan_freeze"]
    name: str
    sha256: DigestText


class AuditProvenance(Document, frozen=True, kw_only=True):
    """How the package came to be. Holds no path, host, user or duration."""

    schema_name: ClassVar[str] = "worldflux.audit_provenance.v0_draft"

    schema_version: Literal["worldflux.audit_provenance.v0_draft"]
    evidence_id: str
    created_at: UtcTime
    reproducible_clock: bool
    tool: Tool
    materials: list[Material]
    sanitiser: str
