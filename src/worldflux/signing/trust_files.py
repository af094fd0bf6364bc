"""Changing trust files: each change reads the file, checks what comes out, and replaces it with a higher version."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import UNSET

from worldbase import clock, digest, document, strictjson
from worldbase.document import Loaded
from worldbase.errors import InputError, UsageError, Where
from worldbase.files import write_atomic
from worldflux.documents.trust import (
    RevocationReason,
    RevokedIdentity,
    RevokedKey,
    Role,
    SigstorePolicy,
    SigstoreSigner,
    TrustedSigner,
    TrustedSigners,
)
from worldflux.errors import TrustError
from worldflux.signing import trust_reading, trust_versions
from worldflux.signing.keys import PublicKey
from worldflux.signing.trust import Signer
from worldflux.signing.trust_reading import TrustFile

F = TypeVar("F", bound=TrustFile)
S = TypeVar("S", bound=Signer)

ROLES: Final[tuple[Role, ...]] = ("author", "reviewer")
SHORTEST_KEYID: Final = 8
FULL_KEYID: Final = 64
_KEYID: Final = re.compile(r"[0-9a-f]+")
_ROOT_TYPE: Final = "application/vnd.dev.sigstore.trustedroot+json"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a signer is trusted for.

    Attributes:
        label: What you call this signer; reports show it.
        not_before: Earlier signatures do not count; UTC, as documents write it.
        not_after: Later ones do not.
        projects: Ids of claims, or beginnings of them with `*`; every claim where there are none.
    """

    label: str
    roles: tuple[Role, ...] = ROLES
    not_before: str | None = None
    not_after: str | None = None
    projects: tuple[str, ...] = ()

    def fields(self) -> dict[str, Any]:
        """The fields of a signer that say this."""
        return {
            "label": self.label,
            "roles": list(self.roles),
            "not_before": self.not_before or UNSET,
            "not_after": self.not_after or UNSET,
            "projects": list(self.projects) or UNSET,
        }


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whom an identity provider vouches for; neither half means anything without the other."""

    identity: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why and since when a signer counts no more; `at` is UTC, and now where it is None."""

    reason: RevocationReason
    note: str | None = None
    at: str | None = None

    def fields(self) -> dict[str, Any]:
        """The fields of a revocation that say this."""
        return {"revoked_at": self.at or clock.timestamp(), "reason": self.reason, "note": self.note or UNSET}


def start(
    path: Path, own: Sequence[tuple[str, PublicKey]], *, expires: str | None = None, overwrite: bool = False
) -> TrustedSigners:
    """Write a new file that trusts these keys as authors and reviewers.

    Its version is above every one that was seen of this file, so that starting anew is no way back.

    Raises:
        UsageError: `trust.exists` where the file is there and may not be replaced.
        TrustError: `trust.invalid`, `state.damaged`.
        StorageError: `file.unwritable`, `state.unwritable`, `state.locked`.
    """
    with trust_versions.memory().held():
        if trust_reading.is_there(path) and not overwrite:
            raise UsageError(
                f"{path.name} is there already",
                code="trust.exists",
                where=Where(str(path)),
                hint="Add to it with `worldflux trust add`, or start anew with --overwrite.",
            )
        signers = [_trusted(key, Grant(label)) for label, key in own]
        fresh = msgspec.structs.replace(_no_signers(path), signers=signers, expires=expires or UNSET)
        return _write(path, fresh)


def add_signer(path: Path, key: PublicKey, grant: Grant) -> TrustedSigners:
    """Trust a key; the file is begun where it is not there.

    Raises:
        TrustError: `trust.listed` for a key that is in the file, `trust.withdrawn` for one that it revokes.
    """

    def added(signers: TrustedSigners) -> TrustedSigners:
        if any(entry.keyid == key.keyid for entry in signers.revoked):
            raise _is_withdrawn(f"key {key.keyid}", path)
        if any(signer.keyid == key.keyid for signer in signers.signers):
            raise _is_listed(f"key {key.keyid}", path)
        return msgspec.structs.replace(signers, signers=[*signers.signers, _trusted(key, grant)])

    return _change(path, TrustedSigners, added, lambda: _no_signers(path))


def add_identity(path: Path, who: Identity, grant: Grant, *, trusted_root: Path | None = None) -> SigstorePolicy:
    """Trust an identity; the file is begun where it is not there, which takes a trusted root.

    Args:
        path: A `worldflux.sigstore_policy.v0` file.
        who: Compared whole, never by a part.
        grant: What for.
        trusted_root: Sigstore trusted root to pin from now on; a copy is laid beside the file.

    Raises:
        TrustError: `trust.listed`, `trust.withdrawn`, `trust.root_kind`.
        UsageError: `trust.root_needed`.
    """

    def added(policy: SigstorePolicy) -> SigstorePolicy:
        if any(_is(entry, who) for entry in policy.revoked):
            raise _is_withdrawn(who.identity, path)
        if any(_is(entry, who) for entry in policy.signers):
            raise _is_listed(who.identity, path)
        signer = SigstoreSigner(identity=who.identity, issuer=who.issuer, **grant.fields())
        pinned = _pinned(trusted_root, path) if trusted_root else {}
        return msgspec.structs.replace(policy, signers=[*policy.signers, signer], **pinned)

    return _change(path, SigstorePolicy, added, lambda: _no_identities(path, trusted_root))


def revoke(path: Path, who: str, why: Withdrawal) -> TrustFile:
    """Withdraw trust from a signer of either kind of file; what it was trusted for stays written.

    Args:
        path: The trust file.
        who: A key id, the first digits of one (eight or more), or a label. A whole key id may be one that the file
            does not name.
        why: Reason and time.

    Raises:
        TrustError: `trust.no_such_signer` where no signer, or several, are meant.
    """

    def key_withdrawn(file: TrustedSigners) -> TrustedSigners:
        entry = RevokedKey(keyid=_keyid_of(file, who, path), **why.fields())
        return msgspec.structs.replace(file, revoked=[*file.revoked, entry])

    def identity_withdrawn(file: SigstorePolicy) -> SigstorePolicy:
        signer = _only([signer for signer in file.signers if who in (signer.label, signer.identity)], who, path)
        entry = RevokedIdentity(identity=signer.identity, issuer=signer.issuer, **why.fields())
        return msgspec.structs.replace(file, revoked=[*file.revoked, entry])

    if isinstance(trust_reading.read_any(path).document, SigstorePolicy):
        return _change(path, SigstorePolicy, identity_withdrawn)
    return _change(path, TrustedSigners, key_withdrawn)


def _trusted(key: PublicKey, grant: Grant) -> TrustedSigner:
    return TrustedSigner(keyid=key.keyid, public_key_pem=key.pem, algorithm=key.algorithm, **grant.fields())


def _is(entry: SigstoreSigner | RevokedIdentity, who: Identity) -> bool:
    return (entry.identity, entry.issuer) == (who.identity, who.issuer)


def _keyid_of(file: TrustedSigners, who: str, path: Path) -> str:
    is_id = _KEYID.fullmatch(who) is not None
    if is_id and len(who) == FULL_KEYID:
        return who
    found = [
        signer
        for signer in file.signers
        if signer.label == who or (is_id and len(who) >= SHORTEST_KEYID and signer.keyid.startswith(who))
    ]
    return _only(found, who, path).keyid


def _only(found: Sequence[S], who: str, path: Path) -> S:
    if len(found) == 1:
        return found[0]
    raise TrustError(
        f"{who!r} means {'several signers' if found else 'no signer'} of {path.name}",
        code="trust.no_such_signer",
        where=Where(str(path)),
        hint=f"Give a whole key id, or the label; `worldflux trust check {path.name}` lists them.",
    )


def _change(path: Path, kind: type[F], change: Callable[[F], F], begin: Callable[[], F] | None = None) -> F:
    """Apply one change to a file as it is now, while nobody else changes it."""
    with trust_versions.memory().held():
        if begin and not trust_reading.is_there(path):
            return _write(path, change(begin()))
        loaded = _read(path, kind)
        trust_versions.refuse_older(trust_reading.version_of(path, loaded.document, loaded.digest))
        return _write(path, change(loaded.document))


def _read(path: Path, kind: type[F]) -> Loaded[F]:
    return _parsed(strictjson.read_bytes(path), kind, str(path))


def _parsed(data: bytes, kind: type[F], file: str) -> Loaded[F]:
    parse = trust_reading.parse_sigstore if kind is SigstorePolicy else trust_reading.parse_signers
    return cast(Loaded[F], parse(data, file))


def _write(path: Path, changed: F) -> F:
    """Check a file as every reader will, replace it, and remember its version."""
    data = document.dump(msgspec.structs.replace(changed, version=changed.version + 1))
    try:
        loaded = _parsed(data, type(changed), str(path))
    except InputError as error:
        raise TrustError(
            f"{path.name} would not be valid, and was not changed",
            code="trust.change",
            where=Where(str(path)),
            hint="Correct what you asked for.",
            problems=error.problems,
        ) from None
    write_atomic(trust_versions.real_path(path), data)
    trust_versions.keep(trust_reading.version_of(path, loaded.document, loaded.digest))
    return loaded.document


def _no_signers(path: Path) -> TrustedSigners:
    version = _last_version(path, TrustedSigners)
    return TrustedSigners(schema_version="worldflux.trusted_signers.v0", version=version, signers=[])


def _no_identities(path: Path, trusted_root: Path | None) -> SigstorePolicy:
    if trusted_root is None:
        raise UsageError(
            f"{path.name} is not there yet, and a new one needs a Sigstore trusted root",
            code="trust.root_needed",
            hint="Pass --trusted-root trusted_root.json: the roots of the Sigstore instance that signs.",
        )
    version = _last_version(path, SigstorePolicy)
    root = _pinned(trusted_root, path)
    return SigstorePolicy(
        schema_version="worldflux.sigstore_policy.v0",
        version=version,
        trusted_root=root["trusted_root"],
        trusted_root_sha256=root["trusted_root_sha256"],
        signers=[],
    )


def _last_version(path: Path, kind: type[TrustFile]) -> int:
    """The highest version that anybody here may know of a file; 0 where there was none."""
    seen = trust_versions.last_seen(path, kind.schema_name)
    try:
        written = trust_reading.read_any(path).document.version if trust_reading.is_there(path) else 0
    except InputError:  # what cannot be read was trusted by nobody
        written = 0
    return max(written, seen.version if seen else 0)


def _pinned(trusted_root: Path, path: Path) -> dict[str, str]:
    """Lay a copy of a trusted root beside a policy, and say how the policy names it."""
    data = strictjson.read_bytes(trusted_root)
    value = strictjson.parse(data, file=str(trusted_root))
    kind = value.get("mediaType") if isinstance(value, dict) else None
    if not isinstance(kind, str) or not kind.startswith(_ROOT_TYPE):
        raise TrustError(
            f"{trusted_root.name} is no Sigstore trusted root",
            code="trust.root_kind",
            where=Where(str(trusted_root), "/mediaType"),
            hint="A trusted root holds the certificate authorities and logs of a Sigstore instance.",
        )
    pinned = digest.of_bytes(data)
    # Named by its content: a policy that is replaced never loses the root that it names.
    name = f"trusted_root-{pinned.removeprefix('sha256:')[:16]}.json"
    write_atomic(trust_versions.real_path(path).parent / name, data)
    return {"trusted_root": name, "trusted_root_sha256": pinned}


def _is_listed(who: str, path: Path) -> TrustError:
    return TrustError(
        f"{path.name} names {who} already",
        code="trust.listed",
        where=Where(str(path)),
        hint="To change what it is trusted for, edit its entry, raise `version`, and run `worldflux trust check`.",
    )


def _is_withdrawn(who: str, path: Path) -> TrustError:
    return TrustError(
        f"{path.name} revokes {who}",
        code="trust.withdrawn",
        where=Where(str(path)),
        hint="A revoked signer is not trusted again; ask for a signature by a new key.",
    )
