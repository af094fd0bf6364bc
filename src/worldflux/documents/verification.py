"""The report of `audit verify`: every gate with its outcome, and who signed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.claim import UtcTime
from worldflux.documents.evidence import Verdict
from worldflux.documents.protocol import DigestText
from worldflux.documents.signature import Decision

GateId = Literal[
    "tree",
    "json",
    "schema",
    "manifest",
    "signed",
    "signature",
    "subject",
    "binding",
    "recomputation",
    "policy",
    "rollback",
]
GateStatus = Literal["pass", "fail", "skipped"]
TrustLevel = Literal["self", "policy", "unknown"]
ShareLevel = Literal["episodes", "cells"]


class GateReport(Part, frozen=True, kw_only=True):
    """What one gate found.

    Attributes:
        exit_code: What the process returns where this gate is the first that fails.
        detail: What was checked, why it failed, or why it was skipped.
        code: Of a failure.
        where: File and place of a failure.
        next: The first thing to do about a failure.
    """

    id: GateId
    name: str
    exit_code: Annotated[int, Meta(ge=10, le=21)]
    status: GateStatus
    detail: str
    code: str | UnsetType = UNSET
    where: str | UnsetType = UNSET
    next: str | UnsetType = UNSET


class SignerReport(Part, frozen=True, kw_only=True):
    """Who signed, as far as it could be verified.

    Attributes:
        keyid: SHA-256 of the public key, or of the certificate of a Sigstore identity.
        trust: `policy`: a trust file names this signer; `self`: it is your own key; `unknown`: neither.
        label: What your trust file calls this signer. Absent where no trust file names it: a name that a stranger
            gives himself is not shown.
        trusted_time: When a time-stamping authority or a transparency log saw the signature.
    """

    kind: Literal["key", "sigstore"]
    keyid: str
    algorithm: str
    trust: TrustLevel
    label: str | UnsetType = UNSET
    identity: str | UnsetType = UNSET
    issuer: str | UnsetType = UNSET
    trusted_time: UtcTime | UnsetType = UNSET
    time_source: Literal["rfc3161", "rekor"] | UnsetType = UNSET
    signed_at_claimed: UtcTime | UnsetType = UNSET


class ReviewReport(Part, frozen=True, kw_only=True):
    """A reviewer's counter-signature: good over the author's signature file, or not counted.

    Attributes:
        file: Name of the signature file.
        good: Whether the signature is good over this package.
        problem: Why it is not, or why its signer does not count.
    """

    file: str
    good: bool
    signer: SignerReport | UnsetType = UNSET
    decision: Decision | UnsetType = UNSET
    note: str | UnsetType = UNSET
    reviewer: str | UnsetType = UNSET
    limits: list[str] | UnsetType = UNSET
    problem: str | UnsetType = UNSET


class PackageReport(Part, frozen=True, kw_only=True):
    """Which package was verified.

    Attributes:
        level: `episodes`: cells were counted again from the episodes; `cells`: the episodes are withheld, and what
            follows from the cells was computed again.
        binding: `placeholder` where the protocol does not name the claim's hash.
    """

    manifest: DigestText
    evidence_id: str
    claim_id: str
    sequence: int
    verdict: Verdict
    headline: str
    binding: Literal["bound", "placeholder"]
    precedence: Literal["proven", "declared", "not_shown"]
    level: ShareLevel
    withheld: list[str]


class VerificationReport(Document, frozen=True, kw_only=True):
    """What `worldflux audit verify` found.

    Attributes:
        ok: Whether no gate refused and the signer is known. True exactly where `exit_code` is 0.
        exit_code: 0, the code of the first gate that failed, or 21 for a good package of an unknown signer.
        not_checked: What this verification does not show.
    """

    schema_name: ClassVar[str] = "worldflux.verification_report.v0_draft"

    schema_version: Literal["worldflux.verification_report.v0_draft"]
    ok: bool
    exit_code: int
    profile: Literal["local", "share"]
    conclusion: str
    gates: list[GateReport]
    package: PackageReport | UnsetType = UNSET
    signer: SignerReport | UnsetType = UNSET
    signers: list[SignerReport]
    reviews: list[ReviewReport]
    not_checked: list[str]
