"""Time stamps: which count, which do not, and how one is asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.local_sigstore.certificates import DAY, now
from tests.local_sigstore.cms import forged_stamp
from tests.local_sigstore.tsa import Tsa, stamper
from tests.loopback import local, local_server, served
from worldbase import http
from worldbase.errors import StorageError
from worldflux.errors import SignatureError, SigningError, TrustError
from worldflux.signing.timestamps import MAX_BYTES, REPLY_TYPE, authority_from_pem, request, time_of, verified_time

SIGNATURE = b"the raw bytes of a signature"
URL = "https://tsa.example.test/"


@pytest.fixture(scope="module")
def tsa() -> Tsa:
    return Tsa()


@pytest.fixture(scope="module")
def reply(tsa: Tsa) -> bytes:
    return tsa.timestamp(SIGNATURE)


def refusal(reply: bytes, tsa: Tsa, signature: bytes = SIGNATURE) -> SignatureError:
    with pytest.raises(SignatureError) as caught:
        verified_time(reply, signature, [tsa.root.pem])
    assert caught.value.exit_code == 15
    assert caught.value.where is not None
    assert caught.value.where.file == "author.tsr"
    return caught.value


@dataclass
class Authority:
    """Stands for a server: what it answers, and what it was asked."""

    answer: Callable[[bytes], bytes]
    asked: list[bytes] = field(default_factory=list)

    def post(self, url: str, posted: http.Posted, *, content_types: Collection[str]) -> http.Reply:
        assert (posted.content_type, list(content_types)) == ("application/timestamp-query", [REPLY_TYPE])
        self.asked.append(posted.body)
        return http.Reply(url, REPLY_TYPE, self.answer(posted.body))


def rejection(answer: Callable[[bytes], bytes]) -> SigningError:
    with pytest.raises(SigningError) as caught:
        request(SIGNATURE, URL, poster=Authority(answer))
    assert caught.value.code == "timestamp.rejected"
    return caught.value


def test_the_time_is_that_of_the_authority(tsa: Tsa, reply: bytes) -> None:
    stamped = verified_time(reply, SIGNATURE, [tsa.root.pem])
    assert stamped.tzinfo is dt.UTC
    assert abs(now() - stamped) < dt.timedelta(minutes=5)


def test_one_of_several_roots_is_enough(tsa: Tsa, reply: bytes) -> None:
    roots = [Tsa().root.pem, tsa.root.pem, tsa.root.pem]
    assert verified_time(reply, SIGNATURE, roots) == verified_time(reply, SIGNATURE, [tsa.root.pem])


def test_the_way_up_may_lead_through_what_the_reply_carries() -> None:
    tsa = Tsa(has_intermediate=True)
    assert verified_time(tsa.timestamp(SIGNATURE), SIGNATURE, [tsa.root.pem]) <= now()


def test_another_signature(tsa: Tsa, reply: bytes) -> None:
    error = refusal(reply, tsa, b"the raw bytes of another")
    assert error.code == "signature.timestamp"


def test_another_authority(reply: bytes) -> None:
    error = refusal(reply, Tsa())
    assert error.code == "signature.timestamp_authority"
    assert error.message == "the time stamp does not count: unable to get local issuer certificate"


def test_an_authority_whose_certificate_had_expired() -> None:
    tsa = Tsa(expired=True)
    assert "certificate has expired" in refusal(tsa.timestamp(SIGNATURE), tsa).message


def test_a_signer_that_is_its_own_root_is_nobody(tsa: Tsa, reply: bytes) -> None:
    with pytest.raises(SignatureError, match="unable to get local issuer certificate"):
        verified_time(reply, SIGNATURE, [tsa.holder.pem])


def test_without_a_trusted_root_nothing_counts(reply: bytes) -> None:
    with pytest.raises(SignatureError, match="no root of a time-stamping authority is trusted"):
        verified_time(reply, SIGNATURE, [])


def test_a_reply_without_its_certificate(tsa: Tsa) -> None:
    bare = tsa.timestamp(SIGNATURE, with_certificate=False)
    assert "0 certificates for its signer" in refusal(bare, tsa).message


@pytest.mark.parametrize("root", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
def test_a_root_that_cannot_be_read(tsa: Tsa, root: str) -> None:
    with pytest.raises(TrustError) as caught:
        authority_from_pem([tsa.root.pem, root], file="trusted.json")
    assert caught.value.code == "timestamp.root"
    assert str(caught.value.where) == "trusted.json at /tsa_roots/1"


def test_two_replies_are_no_reply(tsa: Tsa, reply: bytes) -> None:
    assert refusal(reply + reply, tsa).code == "signature.timestamp_form"


@pytest.mark.parametrize("damaged", [b"", b"0", b"\x30\x00", b"hello", bytes(MAX_BYTES + 1)])
def test_what_is_no_reply(tsa: Tsa, damaged: bytes) -> None:
    assert refusal(damaged, tsa).code == "signature.timestamp_form"


def test_a_reply_that_was_cut_off(tsa: Tsa, reply: bytes) -> None:
    for length in range(0, len(reply), 97):
        assert refusal(reply[:length], tsa).code == "signature.timestamp_form"


def test_a_refusing_reply_is_no_time_stamp(tsa: Tsa) -> None:
    refusal(tsa.reply(b"no request"), tsa)


@pytest.mark.slow
@settings(deadline=None)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_changed_byte_is_refused_or_changes_nothing(tsa: Tsa, reply: bytes, where: float, bit: int) -> None:
    """Parts of a reply are signed by nobody: copies of certificates, parameters of algorithms."""
    at = int(where * len(reply))
    damaged = reply[:at] + bytes([reply[at] ^ 1 << bit]) + reply[at + 1 :]
    try:
        stamped = verified_time(damaged, SIGNATURE, [tsa.root.pem])
    except SignatureError:
        return
    assert stamped == verified_time(reply, SIGNATURE, [tsa.root.pem])


@pytest.mark.parametrize(
    "usages",
    [
        [],
        [ExtendedKeyUsageOID.CODE_SIGNING],
        [ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING],
    ],
)
def test_a_certificate_of_the_same_root_for_something_else(tsa: Tsa, usages: list[object]) -> None:
    signer = stamper(tsa.root, now() + DAY, usages)  # type: ignore[arg-type]
    assert "not for time stamps alone" in refusal(forged_stamp(SIGNATURE, signer), tsa).message


def test_a_purpose_that_is_not_critical(tsa: Tsa) -> None:
    signer = stamper(tsa.root, now() + DAY, critical=False)
    assert "not for time stamps alone" in refusal(forged_stamp(SIGNATURE, signer), tsa).message


def test_the_forgery_itself_is_sound(tsa: Tsa) -> None:
    """The refusals above are for the certificate, and not for how the reply was put together."""
    forged = forged_stamp(SIGNATURE, stamper(tsa.root, now() + DAY))
    assert verified_time(forged, SIGNATURE, [tsa.root.pem]) <= now()


def test_a_request_is_answered_and_kept_as_it_came(tsa: Tsa) -> None:
    server = Authority(tsa.reply)
    reply = request(SIGNATURE, URL, authority=authority_from_pem([tsa.root.pem]), poster=server)
    assert verified_time(reply, SIGNATURE, [tsa.root.pem]) <= now()
    assert SIGNATURE not in server.asked[0]


def test_two_requests_are_not_alike(tsa: Tsa) -> None:
    server = Authority(tsa.reply)
    for _ in range(2):
        request(SIGNATURE, URL, poster=server)
    assert server.asked[0] != server.asked[1]


def test_a_reply_to_an_earlier_request(tsa: Tsa) -> None:
    """Its message is the same, its random number is not."""
    server = Authority(tsa.reply)
    earlier = request(SIGNATURE, URL, poster=server)
    assert "something else" in rejection(lambda _: earlier).message


def test_a_reply_without_a_random_number(reply: bytes) -> None:
    assert "something else" in rejection(lambda _: reply).message


def test_a_reply_about_something_else(tsa: Tsa) -> None:
    assert "something else" in rejection(lambda _: tsa.timestamp(b"another signature")).message


def test_an_authority_that_says_no(tsa: Tsa) -> None:
    error = rejection(lambda _: tsa.reply(b"no request"))
    assert error.message == "the authority did not stamp the signature: Bad request format or system error."


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x30\x00"])
def test_an_answer_that_is_no_reply(answer: bytes) -> None:
    assert "no time stamp" in rejection(lambda _: answer).message


def test_an_answer_without_an_end() -> None:
    with pytest.raises(SignatureError) as caught:
        request(SIGNATURE, URL, poster=Authority(lambda _: bytes(MAX_BYTES + 1)))
    assert caught.value.code == "signature.timestamp_form"


def test_an_authority_under_another_root(tsa: Tsa) -> None:
    with pytest.raises(SignatureError, match="local issuer"):
        request(SIGNATURE, URL, authority=authority_from_pem([Tsa().root.pem]), poster=Authority(tsa.reply))


@local_server
def test_a_request_over_http(tsa: Tsa) -> None:
    with served() as site:
        site.pages["/"] = (400, {"Content-Type": "text/plain"}, b"")
        with pytest.raises(StorageError) as caught:
            request(SIGNATURE, site.url("/"), poster=local(max_bytes=MAX_BYTES))
        assert site.posted[0][0] == "application/timestamp-query"
    assert caught.value.code == "http.status"


@pytest.mark.parametrize(
    "url", ["http://tsa.example.test/", "tsa.example.test", "", "file:///etc/hostname", "https://["]
)
def test_only_https_is_asked(url: str) -> None:
    with pytest.raises(StorageError) as caught:
        request(SIGNATURE, url)
    assert caught.value.code in {"http.url", "http.host"}


def test_the_file_is_named(reply: bytes) -> None:
    with pytest.raises(SignatureError) as caught:
        time_of(reply, SIGNATURE, authority_from_pem([Tsa().root.pem]), file="other.tsr")
    assert str(caught.value.where) == "other.tsr"


def test_what_it_is_over_is_asked_before_whose_it_is(reply: bytes) -> None:
    """A stranger's stamp over something else is wrong, whoever the stranger is."""
    assert refusal(reply, Tsa(), b"another").code == "signature.timestamp"


def test_a_stamp_by_another_hash(tsa: Tsa) -> None:
    stamped = tsa.timestamp(SIGNATURE, digest="sha512")
    assert verified_time(stamped, SIGNATURE, [tsa.root.pem]) <= now()
    assert refusal(stamped, tsa, b"another").code == "signature.timestamp"
