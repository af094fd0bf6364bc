"""Attacks on time stamps."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.local_sigstore.certificates import DAY, SHA256, Holder, new_key, now
from tests.local_sigstore.cms import forged_stamp
from tests.local_sigstore.tsa import Tsa, stamper
from worldflux.errors import SignatureError
from worldflux.signing.timestamps import verified_time


def twin(of: Holder, issuer: Holder) -> Holder:
    """A certificate with issuer and number of another one, made by nobody, and for time stamps."""
    key = new_key()
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    builder = (
        x509.CertificateBuilder()
        .subject_name(of.certificate.subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(of.certificate.serial_number)
        .not_valid_before(now() - DAY)
        .not_valid_after(now() + DAY)
        .add_extension(usage, critical=True)
    )
    return Holder(key, builder.sign(key, SHA256))


def test_a_certificate_borrows_the_purpose_of_its_twin() -> None:
    """The way up would be that of the real certificate, the purpose that of the one beside it."""
    tsa = Tsa()
    signer = stamper(tsa.root, now() + DAY, [ExtendedKeyUsageOID.CODE_SIGNING])
    reply = forged_stamp(b"signature", signer, [twin(signer, tsa.root).pem])
    with pytest.raises(SignatureError, match="2 certificates for its signer instead of one"):
        verified_time(reply, b"signature", [tsa.root.pem])


def test_a_root_that_the_reply_brings_along() -> None:
    tsa, stranger = Tsa(), Tsa()
    reply = forged_stamp(b"signature", stranger.holder, [stranger.root.pem, tsa.root.pem])
    with pytest.raises(SignatureError) as caught:
        verified_time(reply, b"signature", [tsa.root.pem])
    assert caught.value.code == "signature.timestamp_authority"


def test_a_signer_who_expired_before_the_stamp() -> None:
    tsa = Tsa()
    signer = stamper(tsa.root, now() - DAY)
    with pytest.raises(SignatureError, match="certificate has expired"):
        verified_time(forged_stamp(b"signature", signer), b"signature", [tsa.root.pem])


def test_two_signers_of_one_stamp() -> None:
    """Which of them would have to be an authority?"""
    tsa = Tsa()
    reply = forged_stamp(b"signature", tsa.holder, second=Tsa().holder)
    with pytest.raises(SignatureError, match="2 signers instead of one"):
        verified_time(reply, b"signature", [tsa.root.pem])
