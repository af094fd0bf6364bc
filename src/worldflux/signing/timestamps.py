"""Time stamps (RFC 3161): somebody else's word for when a signature existed.

A time stamp is over the raw bytes of a signature, as Sigstore makes them. It counts where its signer's certificate
leads up to a root that the verifier brings and was valid at the stamped time; certificates that the reply carries help
to find the way up and are never believed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from worldbase import __version__
from worldbase.errors import Where
from worldflux.errors import SignatureError, SigningError, TrustError
from worldflux.signing.foreign import called, one_line
from worldflux.signing.unsorted_replies import in_order

if TYPE_CHECKING:
    from collections.abc import Collection

    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampRequest, TimeStampResponse, VerifierBuilder

    from worldbase import http

MAX_BYTES: Final = 64 * 1024
REPLY_TYPE: Final = "application/timestamp-reply"
QUERY_TYPE: Final = "application/timestamp-query"
_DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_GRANTED: Final = 0
_OPENSSL_SAYS: Final = re.compile(r'Verify error: ([^"]+)')
_MAX_SECONDS: Final = 30.0


class Poster(Protocol):
    """What sends a request; `worldbase.http.Fetcher`, or a stand-in of a test."""

    def post(self, url: str, posted: http.Posted, *, content_types: Collection[str]) -> http.Reply:
        """Send something to an address, or raise `StorageError` with an `http.*` code."""
        ...


@dataclass(frozen=True, slots=True)
class Authority:
    """A time-stamping authority as a verifier knows it.

    Attributes:
        roots: Where the way up has to end.
        between: Certificates that may stand on the way.
        signer: The only certificate that may sign; any with a way up where it is None.
    """

    roots: tuple[Certificate, ...]
    between: tuple[Certificate, ...] = ()
    signer: Certificate | None = None


def authority_from_pem(roots: Sequence[str], *, file: str = "") -> Authority:
    """Any authority under one of these roots.

    Args:
        roots: Root certificates, each a PEM text.
        file: The trust file that lists them.

    Raises:
        TrustError: `timestamp.root`.
    """
    from cryptography.x509 import load_pem_x509_certificate

    certificates = []
    for number, pem in enumerate(roots):
        try:
            certificates.append(load_pem_x509_certificate(pem.encode()))
        except ValueError:
            raise TrustError(
                "not one certificate in PEM form",
                code="timestamp.root",
                where=Where(file, f"/tsa_roots/{number}"),
                hint="Paste the root certificate of the authority: `-----BEGIN CERTIFICATE-----` and what follows.",
            ) from None
    return Authority(tuple(dict.fromkeys(certificates)))


def request(signature: bytes, url: str, *, authority: Authority | None = None, poster: Poster | None = None) -> bytes:
    """Ask an authority to stamp a signature.

    What is sent is the SHA-256 of the signature and a random number (nonce) that the reply has to repeat.

    Args:
        signature: Raw signature bytes.
        url: Of the authority, https.
        authority: Whom the reply has to come from; without it, the reply is only checked to answer the request.
        poster: What sends; left out, one that follows the rules of `worldbase.http`.

    Returns:
        The reply as it came (DER TimeStampResp), to be kept as it is.

    Raises:
        StorageError: `http.*`.
        SigningError: `timestamp.rejected` where the authority does not stamp, or stamps something else.
        SignatureError: What `time_of` raises, where an authority is given.
    """
    from rfc3161_client import TimestampRequestBuilder
    from rfc3161_client.base import HashAlgorithm

    from worldbase.http import Posted

    query = TimestampRequestBuilder().hash_algorithm(HashAlgorithm.SHA256).data(signature).nonce(nonce=True).build()
    poster = poster or _poster(url)
    reply = poster.post(url, Posted(QUERY_TYPE, query.as_bytes()), content_types=[REPLY_TYPE]).body
    _check_answer(reply, query, signature)
    if authority:
        time_of(reply, signature, authority, file="the reply")
    return reply


def verified_time(reply: bytes, signature: bytes, roots: Sequence[str], *, file: str = "author.tsr") -> datetime:
    """The time at which an authority under one of these roots saw the signature; see `time_of`.

    Raises:
        TrustError: `timestamp.root`.
        SignatureError: `signature.timestamp_form`, `signature.timestamp`, `signature.timestamp_authority`.
    """
    return time_of(reply, signature, authority_from_pem(roots), file=file)


def time_of(reply: bytes, signature: bytes, authority: Authority, *, file: str) -> datetime:
    """The time at which an authority saw a signature.

    Args:
        reply: One DER TimeStampResp, at most `MAX_BYTES`, with nothing behind it.
        signature: Raw signature bytes, of which the reply holds a digest.
        authority: Whose word counts.
        file: Name for error messages.

    Returns:
        The time in the reply, in UTC, as exact as the authority states it.

    Raises:
        SignatureError: `signature.timestamp_form` where it is no such reply; `signature.timestamp` where it is over
            something else; `signature.timestamp_authority` where its signer has no way up to a root that was valid at
            the time, or may not stamp.
    """
    if not authority.roots:
        raise _refused("no root of a time-stamping authority is trusted", file)
    # The parser reads some parts of a reply only when they are asked for.
    return called(lambda: _checked_time(reply, signature, authority, file), lambda reason: _malformed(reason, file))


def _checked_time(reply: bytes, signature: bytes, authority: Authority, file: str) -> datetime:
    response = _decoded(reply, file)
    if not _is_over(response, signature):
        raise _over_something_else(file)
    _check_signer(response, authority, file)
    _check_chain(response, signature, authority, file)
    return response.tst_info.gen_time


def _check_chain(response: TimeStampResponse, signature: bytes, authority: Authority, file: str) -> None:
    from rfc3161_client import VerificationError

    try:
        _builder(authority).build().verify_message(response, signature)
    except VerificationError as error:
        raise _refused(one_line(_short(str(error))), file) from None


def _builder(authority: Authority) -> VerifierBuilder:
    from rfc3161_client import VerifierBuilder

    return VerifierBuilder(
        roots=list(authority.roots), intermediates=list(authority.between), tsa_certificate=authority.signer
    )


def _check_signer(response: TimeStampResponse, authority: Authority, file: str) -> None:
    """Demand one certificate for the signer, made for time stamps and nothing else (RFC 3161 section 2.3).

    Two certificates of one issuer and number could be taken for each other: the way up would be that of one, the
    purpose that of the other.
    """
    from cryptography.x509 import load_der_x509_certificate

    signers = [(signer.issuer, signer.serial_number) for signer in response.signed_data.signer_infos]
    if len(signers) != 1:
        raise _refused(f"{len(signers)} signers instead of one", file)
    carried = map(load_der_x509_certificate, response.signed_data.certificates)
    known = (*carried, *authority.between, *((authority.signer,) if authority.signer else ()))
    mine = {certificate for certificate in known if (certificate.issuer, certificate.serial_number) == signers[0]}
    if len(mine) != 1:
        raise _refused(f"{len(mine)} certificates for its signer instead of one", file)
    if not _is_for_time_stamps(mine.pop()):
        raise _refused("the certificate of its signer is not for time stamps alone", file)


def _is_for_time_stamps(certificate: Certificate) -> bool:
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _check_answer(reply: bytes, query: TimeStampRequest, signature: bytes) -> None:
    """Whether a reply answers this request; who signed it is another question."""

    def check() -> None:
        response = _decoded(reply, "the reply")
        if response.status != _GRANTED:
            raise _rejected("; ".join(map(one_line, response.status_string)) or f"status {response.status}")
        if not _is_over(response, signature) or response.tst_info.nonce != query.nonce:
            raise _rejected("it stamped something else than what was asked for")

    called(check, lambda reason: _rejected(f"it sent something that is no time stamp: {reason}"))


def _is_over(response: TimeStampResponse, signature: bytes) -> bool:
    imprint = response.tst_info.message_imprint
    digest = _DIGESTS.get(imprint.hash_algorithm.dotted_string)
    return digest is not None and imprint.message == digest(signature).digest()


def _decoded(reply: bytes, file: str) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    if len(reply) > MAX_BYTES:
        raise _malformed(f"{len(reply)} bytes; at most {MAX_BYTES} are read", file)
    return decode_timestamp_response(in_order(reply))


def _poster(url: str) -> Poster:
    from worldbase.http import Fetcher, Rules

    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    agent = f"worldflux/{__version__}"
    return Fetcher(Rules(frozenset([host]), agent=agent, max_bytes=MAX_BYTES, max_seconds=_MAX_SECONDS))


def _short(reason: str) -> str:
    """What is wrong with the way up, out of OpenSSL's report of where in its own files it found out."""
    found = _OPENSSL_SAYS.search(reason)
    return found[1] if found else reason


def _over_something_else(file: str) -> SignatureError:
    return SignatureError(
        "the time stamp is over something else than this signature",
        code="signature.timestamp",
        where=Where(file),
        hint="It was made for another signature. Its author restores the right one, or asks for a new one.",
    )


def _refused(reason: str, file: str) -> SignatureError:
    return SignatureError(
        f"the time stamp does not count: {reason}",
        code="signature.timestamp_authority",
        where=Where(file),
        hint="Name the authority's root certificate in `tsa_roots` of the trust file, or ask for a new time stamp.",
    )


def _malformed(reason: str, file: str) -> SignatureError:
    return SignatureError(
        f"not one reply of a time-stamping authority: {reason}",
        code="signature.timestamp_form",
        where=Where(file),
        hint="The file holds one DER TimeStampResp (RFC 3161), as the authority sent it.",
    )


def _rejected(reason: str) -> SigningError:
    return SigningError(
        f"the authority did not stamp the signature: {reason}",
        code="timestamp.rejected",
        hint="Try again later, or name another authority with --tsa-url.",
    )
