"""When a bundle was signed, by a clock that is not the signer's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from worldflux.errors import SignatureError
from worldflux.signing.timestamps import Authority, time_of

if TYPE_CHECKING:
    from sigstore._internal.trust import CertificateAuthority
    from sigstore.models import Bundle, TrustedRoot

Time = tuple[datetime, Literal["rfc3161", "rekor"]]
"""A time and whose clock it is."""
_SIGNER_AND_ROOT: Final = 2


def trusted_time(bundle: Bundle, document: Any, root: TrustedRoot) -> Time | None:
    """The earliest time at which somebody trusted saw the signature of a bundle.

    A time-stamping authority is asked for before the log: only version 1 of the log says a time, and only where it
    signed for it. The library checks the same and keeps to itself what it found, so this is a second look; where
    the two differ there is no time.

    Args:
        bundle: A bundle that the library found good.
        document: The same bundle as parsed JSON.
        root: Names the authorities.
    """
    if stamped := list(_stamped(bundle, root)):
        return min(stamped), "rfc3161"
    (entry,) = document["verificationMaterial"]["tlogEntries"]
    if entry.get("inclusionPromise") and entry.get("integratedTime"):
        return datetime.fromtimestamp(int(entry["integratedTime"]), UTC), "rekor"
    return None


def _stamped(bundle: Bundle, root: TrustedRoot) -> Iterator[datetime]:
    data = bundle.verification_material.timestamp_verification_data
    for reply in data.rfc3161_timestamps if data else ():
        for authority in root.get_timestamp_authorities():
            time = _time_by(authority, reply.as_bytes(), bundle.signature)
            if time is not None:
                yield time


def _time_by(authority: CertificateAuthority, reply: bytes, signature: bytes) -> datetime | None:
    # The signer's certificate first, the root last; none where the root does not trust the authority yet.
    certificates = authority.certificates(allow_expired=True)
    if len(certificates) < _SIGNER_AND_ROOT:
        return None
    signer, *between, top = certificates
    known = Authority((top,), tuple(between), signer)
    try:
        time = time_of(reply, signature, known, file="")
    except SignatureError:
        return None
    start, end = authority.validity_period_start, authority.validity_period_end
    return time if start <= time and (end is None or time <= end) else None
