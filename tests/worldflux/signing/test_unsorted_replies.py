"""Replies whose certificates stand in the wrong order are read as if they stood in the right one."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rfc3161_client import decode_timestamp_response

from tests.local_sigstore.certificates import now
from tests.local_sigstore.tsa import Tsa
from tests.support import shared_data
from worldflux.errors import SignatureError
from worldflux.signing import unsorted_replies
from worldflux.signing.timestamps import verified_time
from worldflux.signing.unsorted_replies import in_order


@pytest.fixture(scope="module")
def tsa() -> Tsa:
    return Tsa(has_intermediate=True)


@pytest.fixture(scope="module")
def reply(tsa: Tsa) -> bytes:
    """`openssl ts` writes the certificate of the signer first, which is the longer one."""
    return tsa.timestamp(b"message")


def test_the_reply_needs_it(tsa: Tsa, reply: bytes) -> None:
    assert len(tsa.holder.der) > len(tsa.chain[1].der)
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(reply)


def test_it_is_read(tsa: Tsa, reply: bytes) -> None:
    assert verified_time(reply, b"message", [tsa.root.pem]) <= now()


def test_nothing_else_moves(reply: bytes) -> None:
    sorted_reply = in_order(reply)
    assert sorted_reply != reply
    assert sorted(sorted_reply) == sorted(reply)
    assert in_order(sorted_reply) == sorted_reply


def test_what_is_in_order_stays(tsa: Tsa) -> None:
    for plain in (Tsa().timestamp(b"message"), tsa.timestamp(b"message", with_certificate=False)):
        assert in_order(plain) == plain


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_what_is_no_reply_stays(data: bytes) -> None:
    assert sorted(in_order(data)) == sorted(data)


@settings(deadline=None)
@given(data=st.data())
def test_a_damaged_reply_keeps_its_bytes(reply: bytes, data: st.DataObject) -> None:
    at, byte = data.draw(st.integers(0, len(reply) - 1)), data.draw(st.integers(0, 255))
    damaged = reply[:at] + bytes([byte]) + reply[at + 1 :]
    assert sorted(in_order(damaged)) == sorted(damaged)
    assert in_order(damaged[:at]) == damaged[:at]


def test_a_certificate_that_reaches_beyond_its_set_moves_nothing(reply: bytes) -> None:
    first = unsorted_replies._certificates(reply).start
    certificate = unsorted_replies._value(reply, first)
    longer = (certificate.end - certificate.start + 400).to_bytes(2, "big")
    damaged = reply[: first + 2] + longer + reply[first + 4 :]
    assert reply[first + 1] == 0x82, "a length of two bytes"
    assert in_order(damaged) == damaged


def test_a_reply_of_a_public_authority() -> None:
    """It is read, and refused for what it is: a stamp of somebody who is not trusted."""
    case = "third-party/sigstore-conformance/bundle-verify/rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail"
    bundle = json.loads((shared_data(case) / "bundle.sigstore.json").read_bytes())
    (stamp,) = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    reply = base64.b64decode(stamp["signedTimestamp"])
    signature = base64.b64decode(bundle["messageSignature"]["signature"])
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        decode_timestamp_response(reply)
    with pytest.raises(SignatureError) as caught:
        verified_time(reply, signature, [Tsa().root.pem])
    assert caught.value.code == "signature.timestamp_authority"
