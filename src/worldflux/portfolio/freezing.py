"""Freezing a plan in time: a signature over it, and somebody else's word for when that existed.

The time stamp is over the bytes of the freeze file, not over the raw signature as Sigstore's is. The difference
matters where nobody knows the key beforehand: to an ECDSA signature that was stamped once, its maker can find, at any
later time, a key under which it is a signature over whatever he likes. Over the file, everything is fixed at once:
statement, signature and key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from msgspec import UNSET

from worldbase import __version__, clock, digest, document, strictjson
from worldbase.errors import InputError, Where
from worldflux.documents.packet import Witness
from worldflux.documents.plan import Plan
from worldflux.documents.plan_freeze import PLAN_CONTENT, PLAN_FILE, FrozenPlanPredicate, PlanFreezeStatement
from worldflux.documents.signature import PAYLOAD_TYPE, DigestSet, StatedTool, Subject, statement_bytes
from worldflux.errors import PlanError
from worldflux.portfolio.proof_trust import ProofTrust
from worldflux.signing.contract import OpenedSeal, SignedBy, Signer
from worldflux.signing.registry import SIGNERS

Stamp = Callable[[bytes], bytes]
BOUNDARY: Final = (
    "This says that a plan existed, not that it was followed: no certification and no statement about deployment."
)
MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_STAMP: Final = 64 * 1024
_SUFFIXES: Final = (".freeze.json", ".json")


@dataclass(frozen=True, slots=True)
class Freeze:
    """A freeze that was just made.

    Attributes:
        data: Bytes of the freeze file: a DSSE envelope or a Sigstore bundle.
        time_stamp: What a time-stamping authority said about these bytes, or None.
        signer: Key id or identity.
    """

    data: bytes
    time_stamp: bytes | None
    signer: str


@dataclass(frozen=True, slots=True)
class OpenedFreeze:
    """A freeze whose signatures are good over a statement that may yet be about another plan.

    Attributes:
        sha256: Digest of the freeze file.
        at: When it existed, by somebody else's clock; None where nobody trusted says so.
        witness: Whose clock.
        unknown_stamp: Whether there is a time stamp that no trusted authority made.
    """

    statement: PlanFreezeStatement
    sha256: str
    signed_by: tuple[SignedBy, ...]
    at: datetime | None
    witness: Witness
    unknown_stamp: bool

    @property
    def protocols(self) -> tuple[str, ...]:
        """Digests of the protocols that are frozen with the plan."""
        return () if self.statement.predicate.protocols is UNSET else tuple(self.statement.predicate.protocols)


def statement_of(plan: Plan, data: bytes, protocols: Sequence[str] = ()) -> bytes:
    """What is signed.

    Args:
        plan: The plan.
        data: Bytes of its file.
        protocols: Digests of the protocols that are frozen with it.
    """
    predicate = FrozenPlanPredicate(
        plan=plan.digest,
        profile=plan.profile.digest,
        registry=plan.registry.digest,
        cells=plan.planned,
        protocols=list(dict.fromkeys(protocols)) or UNSET,
        tool=StatedTool(name="worldflux", version=__version__),
        signed_at_claimed=clock.timestamp(),
        boundary=BOUNDARY,
    )
    return statement_bytes(PlanFreezeStatement(subject=_subjects(plan, digest.of_bytes(data)), predicate=predicate))


def freeze(statement: bytes, signer: Signer, *, stamp: Stamp | None = None) -> Freeze:
    """Sign a statement of `statement_of`, and have the signed file stamped.

    Raises:
        SigningError: The key or a service cannot be used.
        StorageError: `http.*`.
    """
    sealed = signer.seal(statement)
    return Freeze(sealed.data, stamp(sealed.data) if stamp else None, signer.label)


def stamp_path(path: Path) -> Path:
    """Where the time stamp of a freeze lies: `plan.tsr` beside `plan.freeze.json`."""
    ending = next((suffix for suffix in _SUFFIXES if path.name.endswith(suffix)), "")
    return path.with_name(f"{path.name.removesuffix(ending)}.tsr")


def load_freeze(path: Path, trust: ProofTrust) -> OpenedFreeze:
    """Read a freeze, and the time stamp beside it.

    Raises:
        InputError: `file.*`, `json.*`.
        SignatureError: A signature is not good, or the time stamp is over something else.
        PlanError: `plan_freeze.statement`.
    """
    data = strictjson.read_bytes(path, file=path.name, max_bytes=MAX_BYTES)
    stamp = stamp_path(path)
    reply = strictjson.read_bytes(stamp, file=stamp.name, max_bytes=_MAX_STAMP) if stamp.is_file() else None
    return open_freeze(data, trust, time_stamp=reply, file=path.name)


def open_freeze(data: bytes, trust: ProofTrust, *, time_stamp: bytes | None, file: str) -> OpenedFreeze:
    """Verify the signatures of a freeze, and find out when it existed."""
    value = strictjson.parse(data, file=file, max_bytes=MAX_BYTES)
    backend = SIGNERS.get("sigstore" if isinstance(value, dict) and "mediaType" in value else "self-sign")
    seal = backend.open(data, file=file, candidates=trust.keys, trusted_root=trust.trusted_root)
    statement = _statement(seal, file)
    at, witness = _earliest(seal, trust.time_of(time_stamp, data, stamp_path(Path(file)).name))
    unknown = time_stamp is not None and witness != "tsa"
    return OpenedFreeze(statement, digest.of_bytes(data), seal.signed_by, at, witness, unknown)


def require_same_plan(opened: OpenedFreeze, plan: Plan, *, file: str) -> None:
    """Refuse a freeze of another plan: what was edited after it was frozen has another digest.

    How the file is laid out does not matter, only what it says; the digest of the bytes is for other tools.

    Raises:
        PlanError: `plan_freeze.other_plan`.
    """
    stated = opened.statement
    if stated.predicate.plan == plan.digest and stated.subject == _subjects(plan, _file_digest(stated)):
        return
    raise PlanError(
        f"the freeze is of another plan ({stated.predicate.plan[:23]}), not of this one ({plan.digest[:23]})",
        code="plan_freeze.other_plan",
        where=Where(file),
        hint="The plan was changed after it was frozen, or this is another plan's freeze. Bring back the frozen plan.",
    )


def _subjects(plan: Plan, file_digest: str) -> list[Subject]:
    return [
        Subject(name=name, digest=DigestSet(sha256=value.removeprefix("sha256:")))
        for name, value in ((PLAN_FILE, file_digest), (PLAN_CONTENT, plan.digest))
    ]


def _file_digest(statement: PlanFreezeStatement) -> str:
    return f"sha256:{statement.subject[0].digest.sha256}"


def _statement(seal: OpenedSeal, file: str) -> PlanFreezeStatement:
    """The signed statement, which has to be one that freezes a plan: others of the same signer say other things."""
    problem = "it is no in-toto Statement"
    if seal.payload_type == PAYLOAD_TYPE:
        try:
            return document.parse(seal.payload, PlanFreezeStatement, file=f"{file} (payload)").document
        except InputError as error:
            problem = error.problems[0].message if error.problems else error.message
    raise PlanError(
        f"what is signed does not freeze a plan: {problem}",
        code="plan_freeze.statement",
        where=Where(file),
        hint="Name the file that `worldflux eval-portfolio freeze` wrote.",
    )


def _earliest(seal: OpenedSeal, stamped: datetime | None) -> tuple[datetime | None, Witness]:
    """The earliest time that somebody trusted says, and who: the stamp beside the file, or what a bundle carries."""
    times: list[tuple[datetime, Witness]] = [] if stamped is None else [(stamped, "tsa")]
    times += [
        (signed_by.trusted_time, "rekor" if signed_by.time_source == "rekor" else "tsa")
        for signed_by in seal.signed_by
        if signed_by.trusted_time is not None
    ]
    return min(times, default=(None, "none"), key=lambda entry: entry[0])
