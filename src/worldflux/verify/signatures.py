"""Gates `signed`, `signature` and `subject`: is there a signature, is it good, and is it about these bytes?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from worldbase import digest, document
from worldbase.document import Document, Loaded
from worldbase.errors import InputError, Problem, Where
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.signature import EvidenceStatement, PublicViewStatement, Subject
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.package.public_view import public_view_digest
from worldflux.package.statements import PUBLIC_VIEW, Statable, public_view_statement, result_digest, subjects_of
from worldflux.signing.contract import OpenedSeal, SignedBy
from worldflux.verify.seals import DSSE, SUFFIXES, SealOpener

S = TypeVar("S", bound=Document)


@dataclass(frozen=True, slots=True)
class AuthorSignature:
    """A good signature of a package's author, over a statement that may yet be about other bytes.

    Attributes:
        name: Name of its file.
        statement: What is signed.
        signed_by: Who signed.
        signature: The raw bytes of the first signature, which a timestamp is over.
    """

    name: str
    statement: EvidenceStatement
    signed_by: tuple[SignedBy, ...]
    signature: bytes


@dataclass(frozen=True, slots=True)
class PublicSignature:
    """A good signature over a public view."""

    name: str
    statement: PublicViewStatement
    signed_by: tuple[SignedBy, ...]


def author_files(package: OpenedPackage) -> list[str]:
    """Names of the author's signature files that are there."""
    return [layout.AUTHOR + suffix for suffix in SUFFIXES if layout.AUTHOR + suffix in package.names]


def require_present(package: OpenedPackage, *, public_view: bool) -> str:
    """Gate `signed`.

    Args:
        package: The package.
        public_view: Whether a signed public view is needed too: a share shows it.

    Raises:
        GateError: `signed.absent` or `signed.no_public_view`.
    """
    found = author_files(package)
    if not found:
        raise GateError(
            "the package is not signed",
            gate="signed",
            code="signed.absent",
            where=Where(layout.SIGNATURES),
            hint="Its author signs it with `worldflux audit sign`.",
        )
    if public_view and not public_files(package):
        raise GateError(
            "the package holds no signed public view",
            gate="signed",
            code="signed.no_public_view",
            where=Where(layout.SIGNATURES),
            hint="Its author signs it again with this version: `worldflux audit sign --replace`.",
        )
    return ", ".join([*found, *public_files(package)])


def public_files(package: OpenedPackage) -> list[str]:
    """Names of the signature files of the public view that are there."""
    return [layout.PUBLIC + suffix for suffix in SUFFIXES if layout.PUBLIC + suffix in package.names]


def open_author(package: OpenedPackage, opener: SealOpener) -> list[AuthorSignature]:
    """Gate `signature`, for the author's files.

    Raises:
        GateError: A signature is not good, or is over a statement of another kind.
    """
    opened = []
    for name in author_files(package):
        seal = opener.open(package, name)
        statement = _statement(seal, EvidenceStatement, name)
        signed_by = opener.dated(package, seal) if name.endswith(DSSE) else seal.signed_by
        opened.append(AuthorSignature(name, statement, signed_by, seal.signatures[0]))
    return opened


def open_public(package: OpenedPackage, opener: SealOpener, author: Sequence[AuthorSignature]) -> list[PublicSignature]:
    """The same for the public view, which has to come from the author: somebody else may show nothing of a package.

    Raises:
        GateError: A signature is not good, is another statement, or is somebody else's.
    """
    opened = []
    signers = {signer_key(by) for signature in author for by in signature.signed_by}
    for name in public_files(package):
        seal = opener.open(package, name)
        if not signers & {signer_key(by) for by in seal.signed_by}:
            raise GateError(
                "the public view is signed by somebody else than the package",
                gate="signature",
                code="signature.public_signer",
                where=Where(name),
                hint="The author signs both at once with `worldflux audit sign`.",
            )
        opened.append(PublicSignature(name, _statement(seal, PublicViewStatement, name), seal.signed_by))
    return opened


def signer_key(signed_by: SignedBy) -> tuple[str | None, ...]:
    """What makes two signatures those of one signer: a key, or an identity with its issuer."""
    if signed_by.kind == "key":
        return (signed_by.keyid,)
    return signed_by.identity, signed_by.issuer


def _statement(seal: OpenedSeal, kind: type[S], name: str) -> S:
    """The signed statement, which has to be of exactly this kind: another one of the same signer says other things."""
    try:
        return document.parse(seal.payload, kind, file=f"{name} (payload)").document
    except InputError as error:
        raise GateError(
            "what is signed is not the statement that belongs here",
            gate="signature",
            code="signature.statement",
            where=Where(name),
            hint="The file may belong to another place, or to a newer version of this tool.",
            problems=error.problems or [Problem(error.code, error.message, error.where or Where(name))],
        ) from None


def require_subjects(
    manifest: Loaded[ArtifactManifest], author: Sequence[AuthorSignature], public: Sequence[PublicSignature]
) -> str:
    """Gate `subject`: every statement names the manifest and every listed file by its digest, and nothing else.

    Raises:
        GateError: `subject.*`.
    """
    expected = subjects_of(manifest)
    for signature in author:
        _require_same(signature.statement.subject, expected, signature.name)
    for signature_of_view in public:
        _require_view_subjects(manifest, signature_of_view)
    return f"{len(expected)} subjects: the manifest and every file that it lists"


def _require_same(stated: Sequence[Subject], expected: Sequence[Subject], name: str) -> None:
    if list(stated) == list(expected):
        return
    same_names = [subject.name for subject in stated] == [subject.name for subject in expected]
    actual = {subject.name: subject.digest.sha256 for subject in expected}
    differing = [subject.name for subject in stated if actual.get(subject.name) != subject.digest.sha256]
    raise GateError(
        f"the signature is over other bytes of {', '.join(differing[:3])}"
        if same_names
        else "the signature names other files than the manifest, or in another order",
        gate="subject",
        code="subject.digest" if same_names else "subject.files",
        where=Where(name, "/payload"),
        hint="The signature belongs to another package, or this one was changed after it was signed.",
    )


def _require_view_subjects(manifest: Loaded[ArtifactManifest], signature: PublicSignature) -> None:
    stated = {subject.name: f"sha256:{subject.digest.sha256}" for subject in signature.statement.subject}
    view = signature.statement.predicate.view
    expected = {PUBLIC_VIEW: public_view_digest(view), layout.MANIFEST: digest.of_bytes(manifest.data)}
    if stated != expected:
        raise GateError(
            "the signed public view belongs to another package",
            gate="subject",
            code="subject.public_view",
            where=Where(signature.name, "/payload"),
            hint="The author signs again: `worldflux audit sign --replace`.",
        )


def require_repeats(package: Statable, author: Sequence[AuthorSignature], public: Sequence[PublicSignature]) -> None:
    """The rest of the gate `subject`, once the members are read: what a statement repeats is what the files say.

    Raises:
        GateError: `subject.predicate` or `subject.public_view_content`.
    """
    for signature in author:
        problems = [
            Problem("subject.predicate", f"it states {stated}; the package says {actual}", Where(signature.name, place))
            for place, stated, actual in _repeats(package, signature.statement)
            if stated != actual
        ]
        if problems:
            raise GateError(
                problems[0].message if len(problems) == 1 else "the signed statement and the package say other things",
                gate="subject",
                code="subject.predicate",
                where=problems[0].where,
                hint="The statement was not made from this package.",
                problems=problems,
            )
    for signature_of_view in public:
        derived = public_view_statement(package).predicate.view
        if derived != signature_of_view.statement.predicate.view:
            raise GateError(
                "the signed public view is not what this package shows",
                gate="subject",
                code="subject.public_view_content",
                where=Where(signature_of_view.name, "/payload"),
                hint="The author signs again: `worldflux audit sign --replace`.",
            )


def _repeats(package: Statable, statement: EvidenceStatement) -> list[tuple[str, object, object]]:
    predicate = statement.predicate
    manifest, evidence = package.manifest.document, package.evidence.document
    return [
        ("/predicate/evidence_id", predicate.evidence_id, evidence.id),
        ("/predicate/sequence", predicate.sequence, manifest.sequence),
        ("/predicate/supersedes", predicate.supersedes, manifest.supersedes),
        ("/predicate/claim/id", predicate.claim.id, evidence.claim.id),
        ("/predicate/claim/hash", predicate.claim.hash, evidence.claim.hash),
        ("/predicate/protocol/id", predicate.protocol.id, evidence.protocol.id),
        ("/predicate/protocol/hash", predicate.protocol.hash, evidence.protocol.hash),
        ("/predicate/result/verdict", predicate.result.verdict, evidence.verdict),
        ("/predicate/result/digest", predicate.result.digest, result_digest(package.evidence.value)),
    ]
