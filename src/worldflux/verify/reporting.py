"""From the ledger of the gates to one report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET, UnsetType

from worldbase import clock, digest
from worldbase.document import Loaded
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.verification import (
    PackageReport,
    ReviewReport,
    SignerReport,
    TrustLevel,
    VerificationReport,
)
from worldflux.package import layout
from worldflux.signing.contract import SignedBy
from worldflux.verify.gates import UNKNOWN_SIGNER, GateLedger
from worldflux.verify.listed import Profile
from worldflux.verify.members import ReadMembers

_NOT_CHECKED: Final = (
    "whether the recorded episodes happened as recorded: raw files are named by digest and lie with the author",
    "whether other runs were made and left out, unless a plan was frozen before them",
    "anything beyond the recorded episodes: no certification, no ranking, no statement about deployment",
)
_BY_TRUST: Final[tuple[TrustLevel, ...]] = ("policy", "self", "unknown")


def package_report(manifest: Loaded[ArtifactManifest], members: ReadMembers, withheld: Sequence[str]) -> PackageReport:
    """Which package was verified."""
    evidence = members.evidence.document
    return PackageReport(
        manifest=digest.of_bytes(manifest.data),
        evidence_id=evidence.id,
        claim_id=evidence.claim.id,
        sequence=manifest.document.sequence,
        verdict=evidence.verdict,
        headline=evidence.headline,
        binding=evidence.protocol.binding,
        precedence=evidence.protocol.precedence,
        level="cells" if layout.EPISODES in withheld else "episodes",
        withheld=list(withheld),
    )


def signer_report(
    signed_by: SignedBy, trust: TrustLevel, label: str | None, claimed: str | UnsetType = UNSET
) -> SignerReport:
    """Who made one signature."""
    return SignerReport(
        kind=signed_by.kind,
        keyid=signed_by.keyid,
        algorithm=signed_by.algorithm,
        trust=trust,
        label=label or UNSET,
        identity=signed_by.identity or UNSET,
        issuer=signed_by.issuer or UNSET,
        trusted_time=_time(signed_by.trusted_time),
        time_source=signed_by.time_source or UNSET,
        signed_at_claimed=claimed,
    )


def report_of(
    ledger: GateLedger,
    profile: Profile,
    *,
    package: PackageReport | None = None,
    signers: Sequence[SignerReport] = (),
    reviews: Sequence[ReviewReport] = (),
) -> VerificationReport:
    """The whole report; its exit code is that of the first gate that failed, or 21 without a known signer."""
    failed = ledger.first_failure()
    best = _best(signers)
    known = best is not None and best.trust != "unknown"
    exit_code = failed.exit_code if failed else 0 if known else UNKNOWN_SIGNER
    return VerificationReport(
        schema_version="worldflux.verification_report.v0_draft",
        ok=exit_code == 0,
        exit_code=exit_code,
        profile=profile,
        conclusion=_conclusion(ledger, best, exit_code),
        gates=ledger.reports(),
        package=package or UNSET,
        signer=best or UNSET,
        signers=list(signers),
        reviews=list(reviews),
        not_checked=_not_checked(package),
    )


def _best(signers: Sequence[SignerReport]) -> SignerReport | None:
    """The signer who is trusted most; the first of several."""
    return min(signers, key=lambda signer: _BY_TRUST.index(signer.trust), default=None)


def _conclusion(ledger: GateLedger, best: SignerReport | None, exit_code: int) -> str:
    failed = ledger.first_failure()
    if failed is not None:
        place = f" (in {failed.where})" if failed.where else ""
        return f"refused at gate {failed.exit_code}, {failed.name}: {failed.detail.splitlines()[0]}{place}"
    if best is None or exit_code == UNKNOWN_SIGNER:
        return "integrity only, signer unknown"
    if best.trust == "self":
        return "verified; signed by your own key"
    return f"verified; signed by {best.label or best.identity or best.keyid}"


def _not_checked(package: PackageReport | None) -> list[str]:
    if package is None or package.level == "episodes":
        return list(_NOT_CHECKED)
    return ["the counts of the cells: the episodes are withheld and the author attests them", *_NOT_CHECKED]


def _time(moment: datetime | None) -> str | UnsetType:
    return clock.timestamp(moment.timestamp()) if moment else UNSET
