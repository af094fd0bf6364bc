"""Signature files that somebody wrote to be believed, or to break their reader."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from worldbase.errors import InputError
from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.errors import SignatureError
from worldflux.signing import base64_text, envelope
from worldflux.signing.builtin.self_sign import open_envelope
from worldflux.signing.keys import PrivateKey

AUTHOR: Final = PrivateKey.generate()
ATTACKER: Final = PrivateKey.generate()
STATEMENT: Final = b'{"verdict": "refuted"}'
ED25519_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SMALL_ORDER_SPKI: Final = bytes.fromhex("302a300506032b6570032100" + "01" + "00" * 31)


def _value(*keys: PrivateKey) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(envelope.sealed(PAYLOAD_TYPE, STATEMENT, keys or [AUTHOR]))
    return value


def _with(**fields: Any) -> bytes:
    return json.dumps({**_value(), **fields}).encode()


def _with_signature(**fields: Any) -> bytes:
    value = _value()
    value["signatures"][0].update(fields)
    return json.dumps(value).encode()


def _refused(data: bytes, *candidates: PrivateKey) -> str:
    """The code of the refusal, which teaches."""
    keys = [key.public for key in candidates or [AUTHOR]]
    with pytest.raises((InputError, SignatureError)) as refused:
        open_envelope(data, file="author.dsse.json", candidates=keys)
    error = refused.value
    assert error.hint
    assert error.where is not None
    assert error.where.file == "author.dsse.json"
    return error.code


def _set(value: dict[str, Any], field: str, spelling: Callable[[str], str]) -> None:
    holder = value if field == "payload" else value["signatures"][0]
    holder[field] = spelling(holder[field])


def _next_last_character(text: str) -> str:
    """Set bits that no byte is made of: the same bytes to a careless reader."""
    body = text.rstrip("=")
    return body[:-1] + chr(ord(body[-1]) + 1) + text[len(body) :]


LOOSE_BASE64: Final[dict[str, Callable[[str], str]]] = {
    "no padding": lambda text: text.rstrip("="),
    "more padding": lambda text: text + "=",
    "a group of padding": lambda text: text + "====",
    "padding in front": lambda text: "=" + text,
    "a line break at the end": lambda text: text + "\n",
    "a blank in front": lambda text: " " + text,
    "lines": lambda text: text[:8] + "\r\n" + text[8:],
    "an invisible character": lambda text: text[:8] + "\u200b" + text[8:],
    "a stray character": lambda text: text[:8] + "*" + text[8:],
    "both alphabets": lambda text: "+/-_" + text,
    "unused bits": _next_last_character,
    "full-width letters": lambda text: chr(ord(text[0]) + 0xFEE0) + text[1:],
    "a data address": lambda text: "data:;base64," + text,
}


@pytest.mark.parametrize("field", ["payload", "sig", "public_key"])
@pytest.mark.parametrize("spelling", LOOSE_BASE64)
def test_base64_that_two_readers_decode_differently(field: str, spelling: str) -> None:
    value = _value()
    _set(value, field, LOOSE_BASE64[spelling])
    assert _refused(json.dumps(value).encode()) == "signature.base64"


@pytest.mark.parametrize("field", ["payload", "sig", "public_key"])
def test_the_url_safe_alphabet_is_no_attack(field: str) -> None:
    value = _value()
    _set(value, field, lambda text: text.replace("+", "-").replace("/", "_"))
    assert open_envelope(json.dumps(value).encode(), file="", candidates=[AUTHOR.public]).payload == STATEMENT


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"payload": "e30=", "payload": "e30="}', "json.duplicate_key"),
        (b'{"payload": "e30=", "signatures": [{"sig": "AA==", "sig": "AA=="}]}', "json.duplicate_key"),
        (b"\xef\xbb\xbf{}", "json.bom"),
        (b"{} {}", "json.trailing"),
        (b'{"a": NaN}', "json.not_finite"),
        (b'{"a": "\xff"}', "json.encoding"),
        (b"[" * 200_000, "json.depth"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "json.depth"),
        (b" " * (envelope.MAX_BYTES + 1), "json.size"),
    ],
)
def test_json_that_two_readers_read_differently(data: bytes, code: str) -> None:
    assert _refused(data).startswith(code)


@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b'"payload"',
        b"{}",
        _with(payload=None),
        _with(payload=["e30="]),
        _with(payloadType=None),
        _with(payloadType=1),
        _with(signatures=None),
        _with(signatures={}),
        _with(signatures=[]),
        _with(signatures=[None]),
        _with(signatures=["AA=="]),
        _with(signatures=[{}]),
        _with_signature(sig=None),
        _with_signature(sig=["AA=="]),
        _with_signature(keyid=None),
        _with_signature(keyid=7),
        _with_signature(public_key={}),
    ],
)
def test_what_is_no_envelope(data: bytes) -> None:
    assert _refused(data) == "signature.envelope"


def test_an_envelope_without_signatures_is_not_signed_by_all_of_them() -> None:
    assert _refused(_with(signatures=[])) == "signature.envelope"


def test_a_signature_without_bytes() -> None:
    assert _refused(_with_signature(sig="")) == "signature.bad"


def test_more_signatures_than_anybody_needs() -> None:
    (signature,) = _value()["signatures"]
    many = [{**signature, "keyid": f"{number:064x}"} for number in range(envelope.MAX_SIGNATURES + 1)]
    assert _refused(_with(signatures=many)) == "signature.too_many"


def test_one_signature_counted_twice() -> None:
    (signature,) = _value()["signatures"]
    assert _refused(_with(signatures=[signature, signature])) == "signature.duplicate_key"


def test_one_signature_counted_twice_under_two_names() -> None:
    (signature,) = _value()["signatures"]
    other = {**signature, "keyid": "0" * 64}
    nameless = {name: text for name, text in signature.items() if name != "keyid"}
    assert _refused(_with(signatures=[signature, other])) == "signature.duplicate_key"
    assert _refused(_with(signatures=[nameless, nameless])) == "signature.duplicate_key"


def test_another_statement_under_the_author_s_signature() -> None:
    forged = base64_text.encoded(b'{"verdict": "supported"}')
    assert _refused(_with(payload=forged)) == "signature.bad"


def test_the_same_bytes_as_another_type() -> None:
    assert _refused(_with(payloadType="application/vnd.in-toto+json ")) == "signature.bad"


def test_bytes_moved_between_the_type_and_the_payload() -> None:
    """The lengths that the encoding puts before each part forbid it."""
    value = _value()
    value["payloadType"] += " " + STATEMENT[:5].decode()
    value["payload"] = base64_text.encoded(STATEMENT[5:])
    assert _refused(json.dumps(value).encode()) == "signature.bad"


def test_a_signature_over_the_payload_without_its_type() -> None:
    assert _refused(_with_signature(sig=base64_text.encoded(AUTHOR.sign(STATEMENT)))) == "signature.bad"


def test_a_stranger_who_signs_under_the_author_s_name() -> None:
    value = _value(ATTACKER)
    value["signatures"][0]["keyid"] = AUTHOR.public.keyid
    assert _refused(json.dumps(value).encode()) == "signature.bad"


def test_a_stranger_who_carries_the_author_s_key() -> None:
    value = _value(ATTACKER)
    value["signatures"][0].update(keyid=AUTHOR.public.keyid, public_key=base64_text.encoded(AUTHOR.public.spki))
    assert _refused(json.dumps(value).encode()) == "signature.bad"


def test_a_stranger_who_carries_a_key_of_his_own_is_a_stranger() -> None:
    data = json.dumps(_value(ATTACKER)).encode()
    (signed_by,) = open_envelope(data, file="", candidates=[AUTHOR.public]).signed_by
    assert (signed_by.known, signed_by.keyid) == (False, ATTACKER.public.keyid)


def test_a_stranger_beside_the_author_does_not_become_known() -> None:
    data = json.dumps(_value(AUTHOR, ATTACKER)).encode()
    signed_by = open_envelope(data, file="", candidates=[AUTHOR.public]).signed_by
    assert [entry.known for entry in signed_by] == [True, False]


def test_a_carried_key_for_which_everything_is_a_signature() -> None:
    """With the neutral point as key, and as R, and S = 0, the equation of Ed25519 holds for every message."""
    forged = _with_signature(
        sig=base64_text.encoded(bytes([1]) + bytes(63)), public_key=base64_text.encoded(SMALL_ORDER_SPKI)
    )
    assert _refused(forged) == "signature.carried_key"


@pytest.mark.parametrize(
    "data",
    [b"", b"key", b"\x30\x80", AUTHOR.public.spki[:-1], AUTHOR.public.spki + b"\0"],
    ids=["empty", "text", "cut", "one-short", "one-long"],
)
def test_a_carried_key_that_is_none(data: bytes) -> None:
    assert _refused(_with_signature(public_key=base64_text.encoded(data))) == "signature.carried_key"


def test_a_carried_key_of_a_weaker_kind() -> None:
    weak = ec.generate_private_key(ec.SECP224R1()).public_key()
    der = weak.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert _refused(_with_signature(public_key=base64_text.encoded(der))) == "signature.carried_key"


def test_a_second_signature_made_of_the_first_by_arithmetic() -> None:
    """Ed25519: S plus the group's order is refused. (ECDSA allows one, so nothing is ever named by its signature.)"""
    raw = base64_text.decoded(_value()["signatures"][0]["sig"]) or b""
    raised = int.from_bytes(raw[32:], "little") + ED25519_ORDER
    forged = _with_signature(sig=base64_text.encoded(raw[:32] + raised.to_bytes(32, "little")))
    assert _refused(forged) == "signature.bad"


@pytest.mark.parametrize("zero", [(0, 0), (0, 1), (1, 0), (P256_ORDER, P256_ORDER), (1, P256_ORDER)])
def test_a_signature_of_zeros(zero: tuple[int, int]) -> None:
    key = PrivateKey.generate("ecdsa-p256-sha256")
    value = _value(key)
    value["signatures"][0]["sig"] = base64_text.encoded(encode_dss_signature(*zero))
    assert _refused(json.dumps(value).encode(), key) == "signature.bad"


def test_a_signature_in_another_spelling() -> None:
    """DER has one spelling: no raw r and s, no longer length, no leading zero, nothing after it."""
    key = PrivateKey.generate("ecdsa-p256-sha256")
    value = _value(key)
    good = base64_text.decoded(value["signatures"][0]["sig"]) or b""
    r, s = decode_dss_signature(good)
    for other in (
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),
        b"\x30\x81" + good[1:],
        b"\x30" + bytes([good[1] + 1, 2, good[3] + 1, 0]) + good[4:],
        good + b"\0",
        b"\x30\x80" + good[2:] + b"\0\0",
    ):
        value["signatures"][0]["sig"] = base64_text.encoded(other)
        assert _refused(json.dumps(value).encode(), key) == "signature.bad"


def test_a_key_of_one_algorithm_for_a_signature_of_the_other() -> None:
    p256 = PrivateKey.generate("ecdsa-p256-sha256")
    value = _value(p256)
    value["signatures"][0].update(keyid=AUTHOR.public.keyid, public_key=base64_text.encoded(AUTHOR.public.spki))
    assert _refused(json.dumps(value).encode()) == "signature.bad"


def test_fields_that_nobody_knows_change_nothing() -> None:
    """DSSE has readers ignore them; nothing is ever decided by them."""
    value = _value()
    value["alg"] = value["signatures"][0]["alg"] = "none"
    value["signatures"][0]["cert"] = "-----BEGIN CERTIFICATE-----"
    (signed_by,) = open_envelope(json.dumps(value).encode(), file="", candidates=[AUTHOR.public]).signed_by
    assert (signed_by.known, signed_by.algorithm) == (True, "ed25519")


def test_control_characters_in_a_key_s_name_stay_in_bounds() -> None:
    value = _value()
    value["signatures"][0] = {"keyid": "\x1b[2J" * 10_000, "sig": value["signatures"][0]["sig"]}
    with pytest.raises(SignatureError) as refused:
        open_envelope(json.dumps(value).encode(), file="f", candidates=[])
    assert refused.value.code == "signature.no_key"
    assert len(str(refused.value)) < 300
