"""With what proofs about plans are checked: keys, a Sigstore root, and roots of time-stamping authorities.

What matters here is when something existed, and that somebody else's clock says so. Who signed is shown, and decides
nothing: a plan that a stranger froze before the first episode was frozen before the first episode.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from worldflux.errors import SignatureError
from worldflux.signing import trust_reading
from worldflux.signing.contract import SignedBy
from worldflux.signing.keys import PublicKey
from worldflux.signing.keystore import Keystore
from worldflux.signing.trust import TrustPolicy


@dataclass(frozen=True, slots=True)
class ProofTrust:
    """What a reader brings.

    Attributes:
        keys: Keys that the reader knows.
        names: What the reader calls them, by key id.
        trusted_root: Sigstore trusted root; the public service's where it is None.
        tsa_roots: Root certificates of time-stamping authorities, PEM.
    """

    keys: tuple[PublicKey, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    trusted_root: bytes | None = None
    tsa_roots: tuple[str, ...] = ()

    def name_of(self, signed_by: SignedBy) -> str:
        """Who signed, as far as the reader knows."""
        if signed_by.kind == "sigstore":
            return f"{signed_by.identity} ({signed_by.issuer})"
        return self.names.get(signed_by.keyid, f"the key {signed_by.keyid[:16]}, which is not known here")

    def time_of(self, stamp: bytes | None, data: bytes, file: str) -> datetime | None:
        """When a trusted authority saw these bytes; None where there is no stamp, or nobody trusts its authority.

        Args:
            stamp: An authority's reply (RFC 3161, DER).
            data: The bytes that were stamped.
            file: Name for error messages.

        Raises:
            SignatureError: `signature.timestamp_form`, `signature.timestamp`: it is no time stamp of these bytes.
        """
        if stamp is None or not self.tsa_roots:
            return None
        from worldflux.signing.timestamps import verified_time

        try:
            return verified_time(stamp, data, self.tsa_roots, file=file)
        except SignatureError as error:
            # Whoever made the stamp could have left it out: one that nobody trusts is as good as none.
            if error.code == "signature.timestamp_authority":
                return None
            raise


def proof_trust(trusted_signers: Path | None = None, sigstore_policy: Path | None = None) -> ProofTrust:
    """What the files say that were named, or else the user's own files and keys.

    Raises:
        InputError: What `trust_reading.load_policy` and the key store raise.
    """
    if trusted_signers or sigstore_policy:
        return _of_policy(trust_reading.load_policy(trusted_signers, sigstore_policy, state=False), {})
    own = {key.public: f"your own key {key.label!r}" for key in Keystore.of_user().public_keys()}
    return _of_policy(trust_reading.default_policy(state=False), own)


def _of_policy(policy: TrustPolicy | None, own: Mapping[PublicKey, str]) -> ProofTrust:
    known = policy or TrustPolicy()
    labels = {signer.keyid: f"{signer.label!r}" for signer in (known.keys.signers if known.keys else ())}
    return ProofTrust(
        keys=tuple(dict.fromkeys([*known.candidates(), *own])),
        names={key.keyid: name for key, name in own.items()} | labels,
        trusted_root=known.trusted_root,
        tsa_roots=known.tsa_roots,
    )
