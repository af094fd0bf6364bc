"""The members of an evidence package: their names, stated once."""

from __future__ import annotations

from typing import Final, NamedTuple

from worldflux.documents.manifests import ShareClass

CLAIM: Final = "claim.json"
PROTOCOL: Final = "protocol.json"
EVIDENCE: Final = "evidence.json"
REPORT: Final = "evidence.md"
AUDIT_INPUT: Final = "audit_input.json"
PROVENANCE: Final = "audit_provenance.json"
EPISODES: Final = "episode_results.jsonl"
RAW_EVIDENCE: Final = "raw_evidence_manifest.json"
FAILURES: Final = "failure_evidence_index.jsonl"
REPLAYS: Final = "failure_replay_manifest.jsonl"
STOPPING: Final = "stopping.json"
PPI: Final = "ppi.json"
MANIFEST: Final = "artifact_manifest.json"

_JSON: Final = "application/json"
_LINES: Final = "application/jsonl"


class Member(NamedTuple):
    """What a member is for, and who may see it: `hosted` members may go into a share, `local` ones never."""

    role: str
    media_type: str
    share_class: ShareClass


MEMBERS: Final[dict[str, Member]] = {
    CLAIM: Member("claim", _JSON, "hosted"),
    PROTOCOL: Member("protocol", _JSON, "hosted"),
    EVIDENCE: Member("evidence", _JSON, "hosted"),
    REPORT: Member("report", "text/markdown", "hosted"),
    AUDIT_INPUT: Member("audit_input", _JSON, "hosted"),
    PROVENANCE: Member("provenance", _JSON, "hosted"),
    EPISODES: Member("episodes", _LINES, "local"),
    RAW_EVIDENCE: Member("raw_evidence", _JSON, "local"),
    FAILURES: Member("failure_index", _LINES, "local"),
    REPLAYS: Member("failure_replays", _LINES, "local"),
}
"""Every member of a plain package but the manifest itself."""

ASKED_FOR: Final[dict[str, Member]] = {
    STOPPING: Member("stopping", _JSON, "local"),
    PPI: Member("ppi", _JSON, "local"),
}
"""Members that a package has where the protocol or the auditor asks for them."""

KNOWN: Final = {**MEMBERS, **ASKED_FOR}
"""Every member that a package can have, but the manifest itself."""

SIGNATURES: Final = "signatures"
"""Folder of the signature files; they are over the manifest, so the manifest does not list them."""

SHARE_URL: Final = "share_url.txt"
"""Where a share lies; written after signing, part of nothing."""

AUTHOR: Final = f"{SIGNATURES}/author"
PUBLIC: Final = f"{SIGNATURES}/public"
REVIEWER: Final = f"{SIGNATURES}/reviewer-"
TIMESTAMP: Final = f"{SIGNATURES}/author.tsr"


def is_unlisted(name: str) -> bool:
    """Whether a file of a package has no place in its manifest."""
    return name in (MANIFEST, SHARE_URL) or name.startswith(f"{SIGNATURES}/")
