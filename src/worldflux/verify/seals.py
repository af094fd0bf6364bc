"""Opening signature files with what the verifier brings: keys, a trusted root, roots of time-stamping authorities."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from worldbase.errors import Where, WorldError
from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.signing.contract import OpenedSeal, SignedBy
from worldflux.signing.keys import PublicKey
from worldflux.signing.registry import SIGNERS
from worldflux.verify.gates import as_gate_error

MAX_SIGNATURE_BYTES: Final = 16 * 1024 * 1024
DSSE: Final = ".dsse.json"
_BACKENDS: Final = {DSSE: "self-sign", ".sigstore.json": "sigstore"}
SUFFIXES: Final = tuple(_BACKENDS)


@dataclass(frozen=True, slots=True)
class SealOpener:
    """What is at hand to verify signatures with.

    Attributes:
        candidates: Keys that a trust file or the user's own key store names.
        trusted_root: Sigstore trusted root, from a policy; None where there is none.
        tsa_roots: Root certificates of time-stamping authorities, PEM.
    """

    candidates: tuple[PublicKey, ...] = ()
    trusted_root: bytes | None = None
    tsa_roots: tuple[str, ...] = ()

    def open(self, package: OpenedPackage, name: str) -> OpenedSeal:
        """Read and verify one signature file of a package.

        Raises:
            GateError: In the name of the gate `signature`, whatever is wrong with the file.
        """
        backend = SIGNERS.get(next(kind for suffix, kind in _BACKENDS.items() if name.endswith(suffix)))
        try:
            data = package.read(name, limit=MAX_SIGNATURE_BYTES)
            seal = backend.open(data, file=name, candidates=self.candidates, trusted_root=self.trusted_root)
        except WorldError as error:
            raise as_gate_error("signature", error) from None
        if seal.payload_type != PAYLOAD_TYPE:
            raise GateError(
                f"the signed payload is {seal.payload_type[:80]!r} and not an in-toto Statement",
                gate="signature",
                code="signature.payload_type",
                where=Where(name, "/payloadType"),
                hint="The file is no signature of a package.",
            )
        return seal

    def dated(self, package: OpenedPackage, seal: OpenedSeal) -> tuple[SignedBy, ...]:
        """Who signed, with the time of the package's timestamp where its authority is trusted.

        A timestamp of an authority that nobody here trusts is no trusted time, and nothing worse: whoever wanted
        could have removed it.

        Raises:
            GateError: There is a timestamp and it is not good over this signature.
        """
        if layout.TIMESTAMP not in package.names or not self.tsa_roots:
            return seal.signed_by
        from worldflux.signing.timestamps import verified_time

        try:
            reply = package.read(layout.TIMESTAMP, limit=MAX_SIGNATURE_BYTES)
            moment = verified_time(reply, seal.signatures[0], self.tsa_roots)
        except WorldError as error:
            if error.code == "signature.timestamp_authority":
                return seal.signed_by
            raise as_gate_error("signature", error) from None
        first, *others = seal.signed_by
        return replace(first, trusted_time=moment, time_source="rfc3161"), *others
