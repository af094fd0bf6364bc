"""Reviewers' counter-signatures: statements about the author's signature file, shown beside the verdict of the gates.

Anybody who has the package can add a file to `signatures/`, so a bad one refuses nothing; it is shown as not good.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import UNSET

from worldbase import digest, document
from worldbase.errors import WorldError
from worldbase.tables import visible
from worldflux.documents.signature import ReviewStatement
from worldflux.documents.verification import ReviewReport, SignerReport
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.verify.reporting import signer_report
from worldflux.verify.seals import MAX_SIGNATURE_BYTES, SUFFIXES, SealOpener
from worldflux.verify.trusted import TrustDecision, Trustees


def read_reviews(package: OpenedPackage, opener: SealOpener, trustees: Trustees, claim_id: str) -> list[ReviewReport]:
    """Verify every counter-signature that is there.

    Args:
        package: The package, opened.
        opener: What signatures are verified with.
        trustees: Whose counter-signatures count.
        claim_id: Of the claim that the package is about.
    """
    names = [name for name in package.names if name.startswith(layout.REVIEWER) and name.endswith(SUFFIXES)]
    return [_review(package, name, opener, trustees, claim_id) for name in names]


def _review(package: OpenedPackage, name: str, opener: SealOpener, trustees: Trustees, claim_id: str) -> ReviewReport:
    try:
        seal = opener.open(package, name)
        statement = document.parse(seal.payload, ReviewStatement, file=name).document
        _require_about(package, statement, name)
    except WorldError as error:
        return ReviewReport(file=name, good=False, problem=visible(error.message))
    predicate = statement.predicate
    decision = trustees.decide(seal.signed_by, claim_id=claim_id, now=datetime.now(tz=UTC), role="reviewer")
    return ReviewReport(
        file=name,
        good=True,
        signer=_signer(decision, predicate.signed_at_claimed),
        decision=predicate.decision,
        note=predicate.note,
        reviewer=predicate.reviewer,
        limits=predicate.limits,
        problem=decision.failure.message if decision.failure else UNSET,
    )


def _require_about(package: OpenedPackage, statement: ReviewStatement, name: str) -> None:
    """Require that the statement is about a signature file and the manifest of this very package."""
    stated = {subject.name: f"sha256:{subject.digest.sha256}" for subject in statement.subject}
    present = [subject for subject in stated if subject in package.names]
    author = [subject for subject in stated if subject.startswith(f"{layout.AUTHOR}.")]
    actual = {subject: digest.of_bytes(package.read(subject, limit=MAX_SIGNATURE_BYTES)) for subject in present}
    if actual != stated or layout.MANIFEST not in stated or len(author) != 1:
        raise GateError(
            "it is about another package, or about an earlier signature of this one",
            gate="subject",
            code="subject.review",
            hint="The reviewer signs again: `worldflux audit review sign`.",
        )


def _signer(decision: TrustDecision, claimed: str) -> SignerReport:
    first = decision.signers[0]
    trust = first.level if decision.failure is None else "unknown"
    return signer_report(first.signed_by, trust, first.label, claimed)
