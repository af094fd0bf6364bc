"""What a signer is, and what is known after a signature was verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from worldflux.signing.keys import PrivateKey, PublicKey

Suffix = Literal["dsse.json", "sigstore.json"]


@dataclass(frozen=True, slots=True)
class SignedBy:
    """A signature that verified over exactly these bytes. Whether it counts, trust decides.

    Attributes:
        kind: By a key, or by an identity that Sigstore vouches for.
        keyid: 64 hex digits: SHA-256 of the key's SubjectPublicKeyInfo; of a Sigstore bundle, of the DER of its leaf
            certificate.
        algorithm: Such as `ed25519`.
        known: By a key that the verifier brought, not the envelope; of Sigstore, up to a root that the verifier gave.
        public_key: None for Sigstore.
        identity: Whom the certificate names; Sigstore only.
        issuer: Who vouched for the identity; Sigstore only.
        trusted_time: When it was signed, by somebody else's clock.
        time_source: Whose clock.
        github: What the certificate says of a GitHub Actions run: `repository`, `workflow_ref`, `ref`.
    """

    kind: Literal["key", "sigstore"]
    keyid: str
    algorithm: str
    known: bool
    public_key: PublicKey | None = None
    identity: str | None = None
    issuer: str | None = None
    trusted_time: datetime | None = None
    time_source: Literal["rfc3161", "rekor"] | None = None
    github: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class OpenedSeal:
    """A signature file whose every signature verified: what was signed, and by whom.

    Attributes:
        signatures: Raw signature bytes, in the order of `signed_by`: what a time stamp is over.
    """

    payload_type: str
    payload: bytes
    signed_by: tuple[SignedBy, ...]
    signatures: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signature file that was just made.

    Attributes:
        data: The bytes of the file.
        suffix: What its name ends with.
        signature: Raw signature bytes: what a time stamp is over.
    """

    data: bytes
    suffix: Suffix
    signature: bytes


class Signer(Protocol):
    """Somebody who can sign now."""

    @property
    def name(self) -> str:
        """Name of the backend, such as `self-sign`."""

    @property
    def label(self) -> str:
        """Who signs, as it is shown: a key id or an identity."""

    def publishes(self, statement: bytes) -> str:
        """What becomes public for ever when this statement is signed, in sentences; empty where nothing does."""

    def seal(self, statement: bytes) -> Sealed:
        """Sign the bytes of an in-toto Statement, as `application/vnd.in-toto+json`.

        Raises:
            SigningError: The key or the service cannot be used.
        """


@dataclass(frozen=True, slots=True)
class SignerSettings:
    """What the command line gives a backend. Each takes what it needs; secrets come as functions, called when needed.

    Attributes:
        load_key: Opens the user's key, asking for its password where it has one.
        identity_token_env: Environment variable that holds an OIDC identity token.
        trust_config: Sigstore client trust configuration; the public service where it is None.
    """

    load_key: Callable[[], PrivateKey] | None = None
    identity_token_env: str | None = None
    trust_config: Path | None = None


@runtime_checkable
class Backend(Protocol):
    """A way to sign and to verify; one is registered under `worldflux.signers`."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""

    @property
    def suffix(self) -> Suffix:
        """What the names of its signature files end with."""

    def signer(self, settings: SignerSettings) -> Signer:
        """Make ready to sign.

        Raises:
            SigningError: What it needs was not given, or cannot be used.
            EnvironmentMissingError: A library is not installed.
        """

    def open(
        self, data: bytes, *, file: str, candidates: Sequence[PublicKey] = (), trusted_root: bytes | None = None
    ) -> OpenedSeal:
        """Verify every signature of a signature file, without a network.

        Args:
            data: The bytes of the file.
            file: Name for error messages.
            candidates: Keys that the verifier brings.
            trusted_root: Bytes of the Sigstore trusted root that the verifier brings.

        Raises:
            InputError: `json.*`.
            SignatureError: A signature is not good, or cannot be checked.
        """
