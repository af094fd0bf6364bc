"""Sign a Statement as an identity, and say beforehand what becomes public."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from worldbase import strictjson
from worldbase.errors import StorageError, Where
from worldflux.errors import SigningError
from worldflux.signing.builtin.sigstore import library
from worldflux.signing.builtin.sigstore.opening import opened
from worldflux.signing.contract import Sealed
from worldflux.signing.foreign import called, one_line

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken

NAME: Final = "sigstore"
_MOST_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class SigstoreSigner:
    """Signs with a key that lives as long as the signing takes, certified for the identity of a token.

    Attributes:
        token: Identity token; it is sent to the certificate authority and shown to nobody.
        config: Where the services are, and the trusted root that their answers are checked against.
    """

    token: IdentityToken = field(repr=False)
    config: ClientTrustConfig = field(repr=False)

    @property
    def name(self) -> str:
        """Name of the backend."""
        return NAME

    @property
    def label(self) -> str:
        """The identity, as the library reads it from the token; the certificate may spell it otherwise."""
        return one_line(self.token.identity)

    def publishes(self, statement: bytes) -> str:
        """What the public logs keep for ever, and what their servers are sent besides."""
        is_version_2, url = self._log()
        what = (_BY_2 if is_version_2 else _BY_1).format(url=url, names=_some(list(_names(statement))))
        return "\n".join([_WHO.format(identity=self.label, issuer=one_line(self.token.issuer)), _AND, what])

    def _log(self) -> tuple[bool, str]:
        """Whether the transparency log is of version 2, and where it is."""
        from sigstore._internal.rekor.client_v2 import RekorV2Client

        log = self.config.signing_config.get_tlogs()[0]
        return isinstance(log, RekorV2Client), str(getattr(log, "url", "its server"))

    def seal(self, statement: bytes) -> Sealed:
        """Sign the bytes of a Statement; the bundle is verified as a verifier would before it is handed out.

        Raises:
            StorageError: `sigstore.service` where a service does not do its part.
            SignatureError: `signature.bundle` where what the services answered does not verify.
        """
        data = called(lambda: self._sealed(statement), _failed)
        seal = opened(data, file="the new bundle", root=self.config.trusted_root, known=True)
        if seal.payload != statement:
            raise _failed("the bundle is over another statement")
        return Sealed(data, "sigstore.json", seal.signatures[0])

    def _sealed(self, statement: bytes) -> bytes:
        from sigstore.dsse import Statement
        from sigstore.sign import SigningContext

        with SigningContext.from_trust_config(self.config).signer(self.token) as signer:
            bundle = signer.sign_dsse(Statement(statement))
        return bundle.to_json().encode() + b"\n"


_WHO: Final = (
    "Who signs: {identity}, vouched for by {issuer}, in a certificate; of a CI run it also names the repository, the "
    "workflow, the commit and the run."
)
_BY_1: Final = (
    "What is signed: the SHA-256 of the statement and of its envelope, the signature and, for searches, the SHA-256 of "
    "{names}. The whole statement is sent to {url}, the names of these files and what it says of them; that log keeps "
    "no more of it than the digests."
)
_BY_2: Final = (
    "What is signed: the SHA-256 of the statement in its envelope, and the signature. The statement itself is not sent "
    "to {url}: no name of a file, no claim, no verdict."
)
_AND: Final = "When: the time of signing. Nobody can take any of it back. The files themselves are not sent."


def trust_config(path: Path | None) -> ClientTrustConfig:
    """Read where the services are and how their answers are checked.

    Args:
        path: A client trust configuration (`ClientTrustConfig` of sigstore/protobuf-specs, JSON); without it, that of
            the public service is fetched and kept by the library, which checks its signatures (TUF).

    Raises:
        EnvironmentMissingError: `sigstore.not_installed`.
        SigningError: `sigstore.trust_config`.
        StorageError: `sigstore.service` where the public service's cannot be fetched.
    """
    library.require()
    from sigstore.models import ClientTrustConfig

    if path is None:
        return called(ClientTrustConfig.production, _failed)
    data = strictjson.read_bytes(path)
    strictjson.parse(data, file=path.name)

    def read() -> ClientTrustConfig:
        config = ClientTrustConfig.from_json(data.decode("utf-8"))
        # Both are checked when they are asked for; a bad one is better found before anything is signed.
        _ = config.trusted_root, config.signing_config.get_tlogs()
        return config

    return called(read, lambda reason: _unusable_config(reason, path))


def identity_token(variable: str | None) -> IdentityToken:
    """Find the token that says who signs.

    Args:
        variable: Environment variable that holds it. Without one, the CI service that this runs on is asked.

    Raises:
        EnvironmentMissingError: `sigstore.not_installed`.
        SigningError: `sigstore.no_token` where there is none, `sigstore.token` where it is no token or has expired.
    """
    library.require()
    from sigstore.oidc import IdentityToken

    raw = os.environ.get(variable, "").strip() if variable else called(_ambient, _no_token)
    if not raw:
        raise _no_token(f"{variable} is not set" if variable else "this is no CI run that gives one")
    return called(lambda: IdentityToken(raw), _bad_token)


def _ambient() -> str:
    from sigstore.oidc import detect_credential

    return detect_credential() or ""


def _names(statement: bytes) -> Iterator[str]:
    """Names of the files that a Statement of ours is about."""
    document: Any = strictjson.parse(statement)
    for subject in document["subject"]:
        yield one_line(subject["name"])


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return shown if len(names) <= _MOST_NAMES else f"{shown} and {len(names) - _MOST_NAMES} more files"


def _failed(reason: str) -> StorageError:
    return StorageError(
        f"signing with Sigstore failed: {reason}",
        code="sigstore.service",
        hint="Check the network and try again with a fresh token. Parts of this attempt may be in the public logs.",
    )


def _unusable_config(reason: str, path: Path) -> SigningError:
    return SigningError(
        f"not a client trust configuration that can be used: {reason}",
        code="sigstore.trust_config",
        where=Where(path.name),
        hint="Get the file from the operator of the Sigstore service.",
    )


def _no_token(reason: str) -> SigningError:
    return SigningError(
        f"there is no identity token: {reason}",
        code="sigstore.no_token",
        hint="Put one into an environment variable and name it with --identity-token-env, or sign in CI with the "
        "permission `id-token: write`.",
    )


def _bad_token(reason: str) -> SigningError:
    return SigningError(
        f"the identity token cannot be used: {reason}",
        code="sigstore.token",
        hint="Tokens live for minutes: get a fresh one, made for the audience `sigstore`.",
    )
