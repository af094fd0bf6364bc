"""All documents whose schemas are published. `python -m worldflux.documents.published FOLDER` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from worldbase.document import schema_of
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.brief import ReviewerBrief
from worldflux.documents.claim import Claim
from worldflux.documents.column_mapping import ColumnMapping
from worldflux.documents.episode import DetailedEpisode, FailureRecord, ReplayRecord
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.evidence import Evidence
from worldflux.documents.import_report import ImportReport
from worldflux.documents.manifests import ArtifactManifest, RawEvidenceManifest
from worldflux.documents.packet import Packet, PacketCell
from worldflux.documents.paper_claims import PaperClaims
from worldflux.documents.plan import Plan, PlannedCell
from worldflux.documents.plan_freeze import PlanFreezeStatement
from worldflux.documents.plan_log import LogEntry, LogHeader, LogProof
from worldflux.documents.ppi import Ppi, PpiInput
from worldflux.documents.profile import EvalProfile
from worldflux.documents.protocol import Protocol
from worldflux.documents.provenance import AuditProvenance
from worldflux.documents.public_view import PublicView
from worldflux.documents.run_info import RunInfo
from worldflux.documents.run_sheet import ArmKey, RunSheet, SheetRow
from worldflux.documents.seed_commitment import SeedCommitment
from worldflux.documents.signature import EvidenceStatement, PublicViewStatement, ReviewStatement
from worldflux.documents.stopping import Stopping
from worldflux.documents.trial_sheet import GovernanceSheet, TrialSheet, VideoScores
from worldflux.documents.trust import SigstorePolicy, TrustedSigners
from worldflux.documents.verification import VerificationReport

PUBLISHED: dict[str, type[msgspec.Struct]] = {
    **{
        kind.schema_name: kind
        for kind in (
            Claim,
            Protocol,
            RunInfo,
            ColumnMapping,
            TrialSheet,
            GovernanceSheet,
            VideoScores,
            Evidence,
            AuditInput,
            AuditProvenance,
            ArtifactManifest,
            RawEvidenceManifest,
            Stopping,
            PpiInput,
            Ppi,
            PaperClaims,
            ImportReport,
            EvidenceStatement,
            PublicView,
            PublicViewStatement,
            ReviewStatement,
            TrustedSigners,
            SigstorePolicy,
            VerificationReport,
            EvalProfile,
            CustomEvalContract,
            SeedCommitment,
            Plan,
            PlanFreezeStatement,
            RunSheet,
            ArmKey,
            Packet,
            ReviewerBrief,
            LogHeader,
            LogEntry,
            LogProof,
        )
    },
    "worldflux.episode_result.v0_draft": DetailedEpisode,
    "worldflux.failure_evidence.v0_draft": FailureRecord,
    "worldflux.failure_replay.v0_draft": ReplayRecord,
    "worldflux.planned_cell.v0_draft": PlannedCell,
    "worldflux.run_sheet_row.v0_draft": SheetRow,
    "worldflux.packet_cell.v0_draft": PacketCell,
}
"""Every document, and every kind of line of a JSON-lines file, by schema name."""


def schema(name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a published document or line."""
    return schema_of(PUBLISHED[name], name)


def write(folder: Path) -> None:
    """Write one file per schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PUBLISHED:
        (folder / f"{name}.schema.json").write_text(json.dumps(schema(name), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
