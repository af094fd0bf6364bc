"""The backend that is registered under `worldflux.signers`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from worldflux.signing.builtin.sigstore.opening import open_bundle
from worldflux.signing.builtin.sigstore.sealing import NAME, SigstoreSigner, identity_token, trust_config
from worldflux.signing.contract import OpenedSeal, SignerSettings
from worldflux.signing.keys import PublicKey


@dataclass(frozen=True, slots=True)
class SigstoreBackend:
    """Signatures of identities."""

    name: str = NAME
    suffix: Literal["sigstore.json"] = "sigstore.json"

    def signer(self, settings: SignerSettings) -> SigstoreSigner:
        """A signer with the identity of a token.

        Raises:
            EnvironmentMissingError: `sigstore.not_installed`.
            SigningError: `sigstore.no_token`, `sigstore.token`, `sigstore.trust_config`.
            StorageError: `sigstore.service`.
        """
        token = identity_token(settings.identity_token_env)
        return SigstoreSigner(token, trust_config(settings.trust_config))

    def open(
        self, data: bytes, *, file: str, candidates: Sequence[PublicKey] = (), trusted_root: bytes | None = None
    ) -> OpenedSeal:
        """Verify a bundle; see `open_bundle`. Keys play no part in it."""
        return open_bundle(data, file=file, trusted_root=trusted_root)


BACKEND: Final = SigstoreBackend()
