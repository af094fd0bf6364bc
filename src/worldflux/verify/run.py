"""A whole verification: every gate, one report, and the type that only a verification makes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from worldbase.document import Loaded
from worldbase.errors import Where
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.verification import GateId, ReviewReport, SignerReport, VerificationReport
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.verify import signatures
from worldflux.verify.contents import CheckedPackage, ShowProgress, checked_contents, listed_manifest
from worldflux.verify.gates import UNKNOWN_SIGNER, GateLedger
from worldflux.verify.listed import Profile
from worldflux.verify.reporting import package_report, report_of, signer_report
from worldflux.verify.reviews import read_reviews
from worldflux.verify.rollback import Expectations, RollbackState
from worldflux.verify.seals import SealOpener
from worldflux.verify.signatures import AuthorSignature, PublicSignature
from worldflux.verify.trusted import TrustDecision, Trustees

# Signatures that cannot be checked with what is at hand are neither good nor bad.
_NOT_CHECKABLE: Final = frozenset(["signature.no_key"])
_AFTER_SIGNATURE: Final[tuple[GateId, ...]] = ("signature", "subject", "policy", "rollback")
_WHOM_TO_TRUST: Final = "If you know the signer's key: `worldflux key trust KEY.pem --label NAME`, then verify again."


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """What `worldflux audit verify` was asked to do.

    Attributes:
        path: A package folder, or an archive that `audit pack` wrote.
        trustees: Whose signatures count.
        profile: `share` lets the members be absent that a share withholds, and accepts no key of one's own.
        state: What was verified before; None where nothing is compared and nothing remembered.
        expectations: What the package has to be, by hash or id.
        allow_older: Whether a package may be older than one that was verified before.
    """

    path: Path
    trustees: Trustees
    profile: Profile = "local"
    state: RollbackState | None = None
    expectations: Expectations = field(default_factory=Expectations)
    allow_older: bool = False


@dataclass(frozen=True, slots=True)
class VerifiedPackage:
    """A package that passed every gate, with its signer. Only `verify` makes one."""

    checked: CheckedPackage
    decision: TrustDecision
    report: VerificationReport


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of a verification: the report, and the package where no gate refused and the signer is known.

    Attributes:
        digests: Of the manifest and the author's signature files, as they were read; none where the tree is not safe.
            Whoever states something about what was verified states it about these bytes.
    """

    report: VerificationReport
    package: VerifiedPackage | None = None
    digests: Mapping[str, str] = field(default_factory=dict)

    def verified(self) -> VerifiedPackage:
        """The verified package.

        Raises:
            GateError: Of the first gate that failed; `policy.unknown_signer` with exit code 21 for an unknown signer.
        """
        if self.package is not None:
            return self.package
        raise_refused(self.report)
        error = GateError(self.report.conclusion, gate="policy", code="policy.unknown_signer", hint=_WHOM_TO_TRUST)
        error.exit_code = UNKNOWN_SIGNER
        raise error


def raise_refused(report: VerificationReport) -> None:
    """Raise what the first gate that failed says; nothing where none did.

    Raises:
        GateError: A gate failed.
    """
    failed = next((gate for gate in report.gates if gate.status == "fail"), None)
    if failed is not None:
        first, *_ = failed.detail.splitlines()
        where = Where(failed.where) if failed.where else None
        raise GateError(first, gate=failed.id, code=failed.code or "", where=where, hint=failed.next or None)


@dataclass(slots=True)
class _Run:
    """One verification under way."""

    request: VerifyRequest
    package: OpenedPackage
    ledger: GateLedger
    opener: SealOpener
    manifest: Loaded[ArtifactManifest]
    author: Sequence[AuthorSignature] = ()
    public: Sequence[PublicSignature] = ()
    checked: CheckedPackage | None = None
    decision: TrustDecision | None = None


def verify(request: VerifyRequest, show_progress: ShowProgress) -> Verification:
    """Verify a package or an archive of one.

    Raises:
        PackageError: There is nothing of that name.
        TrustError: The record of what was verified before is damaged.
    """
    ledger = GateLedger()
    try:
        with _folder_of(request.path) as folder, OpenedPackage.open(folder) as package:
            verification = _verified(request, folder, package, ledger, show_progress)
            return replace(verification, digests=_signed_files(package))
    except GateError as error:
        # Whatever is raised past a gate's own check is about the tree: a file that changed while it was read.
        ledger.fail(error)
        ledger.skip_rest("the tree is not safe to read")
        return Verification(report_of(ledger, request.profile))


def _signed_files(package: OpenedPackage) -> dict[str, str]:
    names = [name for name in (layout.MANIFEST, *signatures.author_files(package)) if name in package.names]
    digests = package.digests(names)
    return {name: digests[name] for name in names}


@contextmanager
def _folder_of(path: Path) -> Iterator[Path]:
    if not os.path.isfile(path):  # noqa: PTH113 - `Path.is_file` raises for a name that no system has
        yield path
        return
    from worldflux.package import archive

    with archive.unpacked(path) as folder:
        yield folder


def _verified(
    request: VerifyRequest, folder: Path, package: OpenedPackage, ledger: GateLedger, show_progress: ShowProgress
) -> Verification:
    ledger.passed("tree", "; ".join([f"{len(package.names)} regular files, no links, safe names", *package.notes]))
    manifest = listed_manifest(package, request.profile, ledger, show_progress)
    if manifest is None:
        return Verification(report_of(ledger, request.profile))
    run = _Run(request, package, ledger, request.trustees.opener(), manifest)
    _open_signatures(run)
    run.checked = checked_contents(package, folder, manifest, ledger, show_progress)
    _compare_subjects(run)
    _judge(run)
    _compare_with_earlier(run)
    return _concluded(run)


def _open_signatures(run: _Run) -> None:
    """Is there a signature, and is it good?"""
    share = run.request.profile == "share"
    run.ledger.run("signed", lambda: signatures.require_present(run.package, public_view=share))
    if not signatures.author_files(run.package):
        _skip(run, "there is no signature")
        return
    try:
        author = signatures.open_author(run.package, run.opener)
        run.public = signatures.open_public(run.package, run.opener, author)
    except GateError as error:
        if error.code in _NOT_CHECKABLE:
            _skip(run, error.message)
        else:
            run.ledger.fail(error)
            _skip(run, "the signature is not good")
        return
    run.author = author
    signers = ", ".join(f"{by.algorithm} {by.keyid[:16]}" for signature in author for by in signature.signed_by)
    run.ledger.passed("signature", f"good over the exact bytes of its statement: {signers}")


def _skip(run: _Run, reason: str) -> None:
    for gate in _AFTER_SIGNATURE:
        run.ledger.skip(gate, reason)


def _compare_subjects(run: _Run) -> None:
    """Is the signature about these bytes?"""
    if not run.author:
        return

    def compared() -> str:
        detail = signatures.require_subjects(run.manifest, run.author, run.public)
        if run.checked is None:
            return f"{detail}; the rest of the statement was not compared, since a member cannot be read"
        signatures.require_repeats(run.checked.statable, run.author, run.public)
        return detail

    run.ledger.run("subject", compared)


def _judge(run: _Run) -> None:
    """Does the signer count?"""
    if not run.author:
        return
    run.decision = decision = run.request.trustees.decide(
        [by for signature in run.author for by in signature.signed_by],
        claim_id=run.author[0].statement.predicate.claim.id,
        now=datetime.now(tz=UTC),
        share=run.request.profile == "share",
    )
    if decision.failure is not None:
        run.ledger.fail(decision.failure)
    elif decision.level == "unknown":
        run.ledger.skip("policy", decision.detail)
    else:
        run.ledger.passed("policy", decision.detail)


def _compare_with_earlier(run: _Run) -> None:
    """Is it what was expected, and not older than what was verified before?"""
    if run.checked is None:
        run.ledger.skip("rollback", "a member cannot be read")
    elif not run.request.expectations and (run.request.state is None or run.decision is None):
        run.ledger.skip("rollback", "nothing was expected, and nothing is remembered to compare with")
    else:
        checked = run.checked
        run.ledger.run("rollback", lambda: _expected(run, checked) + _standing(run, checked))


def _expected(run: _Run, checked: CheckedPackage) -> str:
    if not run.request.expectations:
        return ""
    run.request.expectations.require(checked.manifest, checked.members)
    return "as expected; "


def _standing(run: _Run, checked: CheckedPackage) -> str:
    if run.request.state is None or run.decision is None:
        return "nothing is remembered to compare with"
    signed_by, claim = run.decision.signed_by, checked.members.claim.document
    try:
        return run.request.state.require_not_older(
            signed_by, claim, checked.manifest, allow_older=run.request.allow_older
        )
    except GateError as error:
        # Whoever audits the same claim again makes another package of sequence 1; only from somebody else is that odd.
        if error.code == "rollback.other" and run.decision.level == "self":
            return f"your own: {error.message}"
        raise


def _concluded(run: _Run) -> Verification:
    checked, decision = run.checked, run.decision
    report = report_of(
        run.ledger,
        run.request.profile,
        package=package_report(run.manifest, checked.members, checked.withheld) if checked else None,
        signers=_signers(run),
        reviews=_reviews(run),
    )
    if checked is None or decision is None or not report.ok:
        return Verification(report)
    if run.request.state is not None:
        own = decision.level == "self"
        claim = checked.members.claim.document
        run.request.state.remember(
            decision.signed_by, claim, checked.manifest, allow_older=run.request.allow_older or own
        )
    return Verification(report, VerifiedPackage(checked, decision, report))


def _reviews(run: _Run) -> list[ReviewReport]:
    if not run.author:
        return []
    claim_id = run.author[0].statement.predicate.claim.id
    return read_reviews(run.package, run.opener, run.request.trustees, claim_id)


def _signers(run: _Run) -> list[SignerReport]:
    if run.decision is None:
        return []
    claimed = run.author[0].statement.predicate.signed_at_claimed
    return [signer_report(signer.signed_by, signer.level, signer.label, claimed) for signer in run.decision.signers]
