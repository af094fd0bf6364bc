"""Sign with a key of one's own, in a DSSE envelope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from worldbase.errors import Where
from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.errors import SignatureError, SigningError
from worldflux.signing import envelope
from worldflux.signing.contract import OpenedSeal, Sealed, SignedBy, SignerSettings
from worldflux.signing.envelope import EnvelopeSignature
from worldflux.signing.keys import PrivateKey, PublicKey

NAME: Final = "self-sign"


@dataclass(frozen=True, slots=True)
class SelfSigner:
    """Signs with a private key."""

    key: PrivateKey

    @property
    def name(self) -> str:
        """Name of the backend."""
        return NAME

    @property
    def label(self) -> str:
        """The key id."""
        return self.key.public.keyid

    def publishes(self, statement: bytes) -> str:
        """Nothing."""
        return ""

    def seal(self, statement: bytes) -> Sealed:
        """Sign a statement, and write the public key beside the signature."""
        data = envelope.sealed(PAYLOAD_TYPE, statement, [self.key])
        (made,) = envelope.parse(data, file="").signatures
        return Sealed(data, "dsse.json", made.signature)


def open_envelope(data: bytes, *, file: str, candidates: Sequence[PublicKey]) -> OpenedSeal:
    """Verify every signature of an envelope.

    All candidates are tried, whatever key the envelope names: the name is nobody's statement. The key that the
    envelope carries comes last, and a signature that only this one verifies is not `known`.

    Raises:
        InputError: `json.*`.
        SignatureError: What `envelope.parse` raises; `signature.bad` where a signature verifies under no key;
            `signature.no_key` where there is no key that could verify it; `signature.duplicate_key` where one key
            signed twice.
    """
    read = envelope.parse(data, file=file)
    signed = envelope.pae(read.payload_type, read.payload)
    signed_by = tuple(_signed_by(entry, signed, candidates, file) for entry in read.signatures)
    if len({signer.keyid for signer in signed_by}) < len(signed_by):
        raise SignatureError(
            "one key signed the envelope twice",
            code="signature.duplicate_key",
            where=Where(file, "/signatures"),
            hint="Ask for an envelope that each key signed once.",
        )
    return OpenedSeal(read.payload_type, read.payload, signed_by, tuple(entry.signature for entry in read.signatures))


def _signed_by(entry: EnvelopeSignature, signed: bytes, candidates: Sequence[PublicKey], file: str) -> SignedBy:
    # The named key first: with many candidates it is most likely the one.
    carried = entry.carried
    for key in sorted(candidates, key=lambda key: key.keyid != entry.keyid):
        if key.verify(entry.signature, signed):
            if carried not in (None, key):
                raise _bad(file)  # It carries another key than it was signed with: somebody edited it.
            return SignedBy("key", key.keyid, key.algorithm, known=True, public_key=key)
    if carried is None:
        raise _no_key(entry, file) if _is_stranger(entry, candidates) else _bad(file)
    if carried.keyid != entry.keyid or not carried.verify(entry.signature, signed):
        raise _bad(file)
    return SignedBy("key", carried.keyid, carried.algorithm, known=False, public_key=carried)


def _is_stranger(entry: EnvelopeSignature, candidates: Sequence[PublicKey]) -> bool:
    """Whether the named key is not at hand, so that nothing can be said about the signature."""
    if not entry.keyid:
        return not candidates
    return all(key.keyid != entry.keyid for key in candidates)


def _bad(file: str) -> SignatureError:
    return SignatureError(
        "the signature is not good over these bytes",
        code="signature.bad",
        where=Where(file, "/signatures"),
        hint="Do not use this evidence. The signed bytes or the signature were changed; get it from its author again.",
    )


def _no_key(entry: EnvelopeSignature, file: str) -> SignatureError:
    named = f" {entry.keyid[:80]}" if entry.keyid else ""
    return SignatureError(
        f"the key{named} that signed is not at hand, and the signature file does not carry it",
        code="signature.no_key",
        where=Where(file, "/signatures"),
        hint="Ask the signer for the public key and trust it with `worldflux key trust FILE.pem --label NAME`.",
    )


@dataclass(frozen=True, slots=True)
class SelfSignBackend:
    """The backend for keys of one's own."""

    name: str = NAME
    suffix: Literal["dsse.json"] = "dsse.json"

    def signer(self, settings: SignerSettings) -> SelfSigner:
        """A signer with the user's key.

        Raises:
            SigningError: `key.needed` where no key was given; what opening the key raises.
        """
        if settings.load_key is None:
            raise SigningError(
                "a key is needed to sign", code="key.needed", hint="Make one with `worldflux key generate`."
            )
        return SelfSigner(settings.load_key())

    def open(
        self, data: bytes, *, file: str, candidates: Sequence[PublicKey] = (), trusted_root: bytes | None = None
    ) -> OpenedSeal:
        """Verify every signature of an envelope; see `open_envelope`."""
        return open_envelope(data, file=file, candidates=candidates)


BACKEND: Final = SelfSignBackend()
