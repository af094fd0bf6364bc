"""A reviewer's counter-signature: verified first, then stated over the author's signature file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from worldbase import digest
from worldbase.console import Progress
from worldbase.errors import UsageError, Where
from worldbase.files import write_atomic
from worldbase.redact import redact_text
from worldflux.documents.signature import MAX_NAME, MAX_NOTE, statement_bytes
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.statements import Review, review_statement
from worldflux.signing.contract import Signer
from worldflux.verify.run import VerifyRequest, raise_refused, verify
from worldflux.verify.sign import Signed
from worldflux.verify.trusted import Trustees


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A verified package and what its reviewer states about it."""

    folder: Path
    manifest: str
    statement: bytes


def verified_for_review(folder: Path, review: Review, trustees: Trustees) -> Reviewed:
    """Verify a package and make the reviewer's statement.

    Raises:
        GateError: A gate failed and the decision is not `reject`, the package cannot be read or holds no manifest, or
            it is not signed at all.
        UsageError: `review.length`: a text is empty or too long; `review.private_note`: it names a path, a host or a
            secret.
    """
    _require_readable(review)
    _require_public(review)
    verification = verify(VerifyRequest(folder, trustees), lambda label, total, size: nullcontext(Progress()))
    report, digests = verification.report, verification.digests
    if review.decision != "reject" or layout.MANIFEST not in digests:
        raise_refused(report)
    manifest, author = digests[layout.MANIFEST], _author_file(digests)
    statement = review_statement(
        review,
        author_file=author,
        author_digest=digests[author],
        manifest_digest=manifest,
        checked=[gate.id for gate in report.gates if gate.status == "pass"],
        trust=report.signer.trust if report.signer else "unknown",
    )
    return Reviewed(folder, manifest, statement_bytes(statement))


def counter_sign(reviewed: Reviewed, signer: Signer) -> Signed:
    """Put a reviewer's counter-signature beside the author's signature.

    Raises:
        SigningError: The key or the service cannot be used.
        StorageError: The file cannot be written.
    """
    sealed = signer.seal(reviewed.statement)
    name = f"{layout.REVIEWER}{_short(signer)}.{sealed.suffix}"
    write_atomic(reviewed.folder / name, sealed.data)
    return Signed(signer.label, reviewed.manifest, (name,))


def _author_file(digests: Mapping[str, str]) -> str:
    found = next((name for name in digests if name != layout.MANIFEST), None)
    if found is None:
        raise GateError(
            "the package is not signed, so there is nothing to counter-sign",
            gate="signed",
            code="signed.absent",
            where=Where(layout.SIGNATURES),
            hint="Ask its author to sign it: `worldflux audit sign`.",
        )
    return found


def _require_readable(review: Review) -> None:
    """Require what every reader of the statement requires; bytes of a command line that are no text are none here."""
    texts = [("--note", review.note, MAX_NOTE), *(("--limit", limit, MAX_NOTE) for limit in review.limits)]
    named = [] if review.reviewer is None else [("--reviewer", review.reviewer, MAX_NAME)]
    for option, text, most in texts + named:
        if not 1 <= len(text) <= most or any("\ud800" <= character <= "\udfff" for character in text):
            raise UsageError(
                f"{option} has to be a text of 1 to {most:,} characters", code="review.length", hint="Write it shorter."
            )


def _require_public(review: Review) -> None:
    for text in (review.note, review.reviewer or "", *review.limits):
        if redact_text(text) != text:
            raise UsageError(
                f"this would be shown to others as {redact_text(text)[:200]!r}",
                code="review.private_note",
                hint="Name the thing without its path, host or secret.",
            )


def _short(signer: Signer) -> str:
    """Eight hex digits that tell reviewers apart: of the key id, or of the digest of the identity."""
    if digest.is_digest(f"sha256:{signer.label}"):
        return signer.label[:8]
    return digest.of_bytes(signer.label.encode()).removeprefix("sha256:")[:8]
