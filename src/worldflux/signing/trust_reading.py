"""Reading trust files: every fault of a file is found before anything is trusted by it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import UNSET, UnsetType

from worldbase import digest, document, safepath, strictjson
from worldbase.document import Loaded
from worldbase.errors import Problem, Where
from worldbase.tables import is_invisible
from worldflux.documents.trust import SigstorePolicy, SigstoreSigner, TrustedSigner, TrustedSigners
from worldflux.errors import SigningError, TrustError
from worldflux.signing import trust_versions
from worldflux.signing.home import home
from worldflux.signing.keys import public_key_from_pem
from worldflux.signing.trust import Revocation, Signer, TrustPolicy, look_alike, moment
from worldflux.signing.trust_versions import TrustVersion

SIGNERS_FILE: Final = "trusted_signers.json"
SIGSTORE_FILE: Final = "sigstore_policy.json"
_ROOT_BYTES: Final = 4 * 1024 * 1024

TrustFile = TrustedSigners | SigstorePolicy
LoadedTrustFile = Loaded[TrustedSigners] | Loaded[SigstorePolicy]


def default_signers() -> Path:
    """The user's own file of trusted keys."""
    return home() / SIGNERS_FILE


def default_sigstore() -> Path:
    """The user's own file of trusted identities."""
    return home() / SIGSTORE_FILE


def is_there(path: Path) -> bool:
    """Whether something lies there. A link to nothing does: whoever made it did not mean to trust nobody's rules."""
    return os.path.lexists(path)


def default_policy(*, state: bool = True) -> TrustPolicy | None:
    """What the user's own files say; None where there are none.

    Raises:
        InputError: What `load_policy` raises.
    """
    signers, sigstore = (path if is_there(path) else None for path in (default_signers(), default_sigstore()))
    return load_policy(signers, sigstore, state=state)


def load_policy(
    trusted_signers: Path | None, sigstore_policy: Path | None, *, state: bool = True
) -> TrustPolicy | None:
    """Read the trust files that were given; None where none was.

    Args:
        trusted_signers: A `worldflux.trusted_signers.v0` file.
        sigstore_policy: A `worldflux.sigstore_policy.v0` file; its trusted root lies beside it.
        state: Whether to compare the versions with those that were seen here before, and to remember them.

    Raises:
        InputError: `document.invalid`, `document.kind`, `json.*`, `file.*`.
        TrustError: `trust.invalid` with every problem, `trust.older`, `trust.same_version`, `state.damaged`.
        StorageError: `state.unwritable`, `state.locked`.
    """
    keys = read_signers(trusted_signers) if trusted_signers else None
    identities = read_sigstore(sigstore_policy) if sigstore_policy else None
    paths = [path for path in (trusted_signers, sigstore_policy) if path]
    if not paths:
        return None
    label = " and ".join(path.name for path in paths)
    _refuse_shared_labels(keys, identities, label)
    if state and trusted_signers and keys:
        trust_versions.remember(version_of(trusted_signers, keys.document, keys.digest))
    if state and sigstore_policy and identities:
        trust_versions.remember(version_of(sigstore_policy, identities.document, identities.digest))
    return TrustPolicy(
        keys=keys.document if keys else None,
        sigstore=identities.document if identities else None,
        trusted_root=read_root(identities.document, sigstore_policy) if identities and sigstore_policy else None,
        label=label,
    )


def read_any(path: Path) -> LoadedTrustFile:
    """Read a trust file of either kind.

    Raises:
        InputError: What `load_policy` raises of one file.
    """
    value = strictjson.load(path)
    is_sigstore = isinstance(value, dict) and value.get("schema_version") == SigstorePolicy.schema_name
    return read_sigstore(path) if is_sigstore else read_signers(path)


def read_signers(path: Path) -> Loaded[TrustedSigners]:
    """Read a file of trusted keys, without looking at what was seen before."""
    return parse_signers(strictjson.read_bytes(path), str(path))


def read_sigstore(path: Path) -> Loaded[SigstorePolicy]:
    """Read a file of trusted identities and its trusted root, without looking at what was seen before."""
    loaded = parse_sigstore(strictjson.read_bytes(path), str(path))
    read_root(loaded.document, path)
    return loaded


def parse_signers(data: bytes, file: str) -> Loaded[TrustedSigners]:
    """Check the bytes of a file of trusted keys."""
    loaded = document.parse(data, TrustedSigners, file=file)
    _refuse_faulty([*_problems(loaded.document, file), *_key_problems(loaded.document, file)], file)
    return loaded


def parse_sigstore(data: bytes, file: str) -> Loaded[SigstorePolicy]:
    """Check the bytes of a file of trusted identities; its trusted root is not looked at."""
    loaded = document.parse(data, SigstorePolicy, file=file)
    _refuse_faulty([*_problems(loaded.document, file), *_identity_problems(loaded.document, file)], file)
    return loaded


def read_root(policy: SigstorePolicy, path: Path) -> bytes:
    """Bytes of the trusted root that lies beside a policy, and that the policy pins.

    Raises:
        TrustError: `trust.root_name`, `trust.root_missing`, `trust.root_differs`.
    """
    name, where = policy.trusted_root, Where(str(path), "/trusted_root")
    if "/" in name or (fault := safepath.fault_of(name)):
        reason = "it is not beside the policy" if "/" in name else fault
        raise TrustError(
            f"the trusted root {name[:80]!r} cannot be used: {reason}",
            code="trust.root_name",
            where=where,
            hint="Put the trusted root beside the policy, and name it by its plain file name.",
        )
    root = trust_versions.real_path(path).parent / name
    if not safepath.is_regular(root):
        raise TrustError(
            f"there is no file {name} beside {path.name}",
            code="trust.root_missing",
            where=where,
            hint="Put the trusted root beside the policy; `worldflux trust add --trusted-root FILE` does.",
        )
    data = strictjson.read_bytes(root, max_bytes=_ROOT_BYTES)
    if digest.of_bytes(data) != policy.trusted_root_sha256:
        raise TrustError(
            f"{name} is not the trusted root that {path.name} pins",
            code="trust.root_differs",
            where=Where(str(path), "/trusted_root_sha256"),
            hint="Get the file again from where you got it first; `trust add --trusted-root FILE` pins another one.",
        )
    return data


def version_of(path: Path, policy: TrustFile, content: str) -> TrustVersion:
    """What there is to remember of a trust file; `content` is the digest of its canonical form."""
    return TrustVersion(path, policy.schema_name, policy.version, content)


def _refuse_faulty(problems: list[Problem], file: str) -> None:
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise TrustError(
            f"nothing can be trusted by this file: {count}",
            code="trust.invalid",
            where=Where(file),
            hint="Correct the file, and look at it with `worldflux trust check FILE`.",
            problems=problems,
        )


def _refuse_shared_labels(
    keys: Loaded[TrustedSigners] | None, identities: Loaded[SigstorePolicy] | None, label: str
) -> None:
    """A report names a signer by label, so one label may not stand for two signers of two files."""
    if keys and identities:
        both: list[Signer] = [*keys.document.signers, *identities.document.signers]
        _refuse_faulty(list(_repeated(both, lambda signer: look_alike(signer.label), "label", label)), label)


def _problems(policy: TrustFile, file: str) -> Iterator[Problem]:
    """What can be wrong with trusted keys and trusted identities alike."""
    yield from _time_problem(policy.expires, "/expires", file)
    signers: Sequence[Signer] = policy.signers
    for index, signer in enumerate(signers):
        yield from _window_problems(signer, f"/signers/{index}", file)
        if fault := _text_fault(signer.label):
            yield Problem("trust.text", f"the label {fault}", Where(file, f"/signers/{index}/label"))
    revoked: Sequence[Revocation] = policy.revoked
    for index, revocation in enumerate(revoked):
        yield from _time_problem(revocation.revoked_at, f"/revoked/{index}/revoked_at", file)
    yield from _repeated(signers, lambda signer: look_alike(signer.label), "label", file)


def _key_problems(policy: TrustedSigners, file: str) -> Iterator[Problem]:
    for index, signer in enumerate(policy.signers):
        yield from _key_problem(signer, f"/signers/{index}", file)
    yield from _repeated(policy.signers, lambda signer: signer.keyid, "keyid", file)
    for index, pem in enumerate(policy.tsa_roots):
        if not _is_certificate(pem):
            where = Where(file, f"/tsa_roots/{index}")
            yield Problem("trust.tsa_root", "this is not one certificate in PEM form", where)


def _key_problem(signer: TrustedSigner, pointer: str, file: str) -> Iterator[Problem]:
    try:
        key = public_key_from_pem(signer.public_key_pem, file=file)
    except SigningError as error:
        yield Problem(error.code, error.message, Where(file, f"{pointer}/public_key_pem"))
        return
    if key.keyid != signer.keyid:
        message = f"the key of {signer.label} has the id {key.keyid}, not the one that is written here"
        yield Problem("trust.keyid", message, Where(file, f"{pointer}/keyid"))
    if key.algorithm != signer.algorithm:
        message = f"the key of {signer.label} is for {key.algorithm}"
        yield Problem("trust.algorithm", message, Where(file, f"{pointer}/algorithm"))


def _is_certificate(pem: str) -> bool:
    from cryptography import x509

    try:
        return len(x509.load_pem_x509_certificates(pem.encode())) == 1
    except ValueError:
        return False


def _identity_problems(policy: SigstorePolicy, file: str) -> Iterator[Problem]:
    for index, signer in enumerate(policy.signers):
        yield from _name_problems(signer, f"/signers/{index}", file)
    for index, revocation in enumerate(policy.revoked):
        yield from _name_problems(revocation, f"/revoked/{index}", file)
    yield from _repeated(policy.signers, lambda signer: f"{signer.identity} of {signer.issuer}", "identity", file)


def _name_problems(entry: SigstoreSigner | Revocation, pointer: str, file: str) -> Iterator[Problem]:
    identity, issuer = getattr(entry, "identity", ""), getattr(entry, "issuer", "")
    if fault := _text_fault(identity):
        yield Problem("trust.text", f"the identity {fault}", Where(file, f"{pointer}/identity"))
    if not issuer.isascii() or not issuer.isprintable() or {"@", "\\"} & set(issuer):
        message = "the issuer holds characters that no issuer's address has"
        yield Problem("trust.issuer", message, Where(file, f"{pointer}/issuer"))


def _text_fault(text: str) -> str | None:
    """Why a name could not be compared by eye; such a name matches no honest one."""
    if text != text.strip():
        return "starts or ends with a blank"
    if any(map(is_invisible, text)):
        return "holds invisible characters"
    return None


def _window_problems(signer: Signer, pointer: str, file: str) -> Iterator[Problem]:
    faults = [
        *_time_problem(signer.not_before, f"{pointer}/not_before", file),
        *_time_problem(signer.not_after, f"{pointer}/not_after", file),
    ]
    yield from faults
    if faults or signer.not_before is UNSET or signer.not_after is UNSET:
        return
    if moment(signer.not_before) > moment(signer.not_after):
        message = f"{signer.label} is trusted at no time: not_after comes before not_before"
        yield Problem("trust.window", message, Where(file, f"{pointer}/not_after"))


def _time_problem(text: str | UnsetType, pointer: str, file: str) -> Iterator[Problem]:
    if text is UNSET:
        return
    try:
        moment(text)
    except TrustError as error:
        yield Problem(error.code, error.message, Where(file, pointer))


def _repeated(signers: Iterable[Signer], named: Callable[..., str], field: str, file: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, signer in enumerate(signers):
        name = named(signer)
        if name in seen:
            message = f"the {field} of {signer.label} stands here twice"
            yield Problem("trust.duplicate", message, Where(file, f"/signers/{index}/{field}"))
        seen.add(name)
