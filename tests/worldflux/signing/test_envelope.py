"""DSSE envelopes: the published vector, another implementation, and what must hold of every one."""

from __future__ import annotations

import json
import re
from typing import Any, Final, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib.dsse import Envelope as OtherEnvelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from tests.support import shared_data
from worldbase.errors import InputError
from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.documents.trust import Algorithm
from worldflux.errors import SignatureError
from worldflux.signing import base64_text, envelope
from worldflux.signing.builtin.self_sign import open_envelope
from worldflux.signing.keys import PrivateKey, public_key_from_spki

ALGORITHMS: Final = get_args(Algorithm)
KEYS: Final = {algorithm: PrivateKey.generate(algorithm) for algorithm in ALGORITHMS}
STATEMENT: Final = b'{"_type": "https://in-toto.io/Statement/v1"}'
SEALED: Final = {algorithm: envelope.sealed(PAYLOAD_TYPE, STATEMENT, [key]) for algorithm, key in KEYS.items()}


def _number(text: str, name: str) -> int:
    found = re.search(rf"^{name}: (\d+)$", text, flags=re.MULTILINE)
    assert found
    return int(found[1])


def test_the_vector_of_the_specification() -> None:
    text = shared_data("third-party/dsse/protocol.md").read_text(encoding="utf-8")
    encoded = re.search(r"^DSSEv1 .*$", text, flags=re.MULTILINE)
    written = re.search(r'^\{"payload": .*?\]\}$', text, flags=re.MULTILINE | re.DOTALL)
    assert encoded
    assert written
    read = envelope.parse(written[0].encode(), file="vector.json")
    signed = envelope.pae(read.payload_type, read.payload)
    assert signed == encoded[0].encode()

    public = ec.EllipticCurvePublicNumbers(_number(text, "X"), _number(text, "Y"), ec.SECP256R1()).public_key()
    key = public_key_from_spki(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), file="")
    raw = read.signatures[0].signature
    # The vector writes r and s one after the other; on the wire here they are DER, as in all other envelopes.
    halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    assert key.verify(encode_dss_signature(*halves), signed)
    assert not key.verify(raw, signed)


@pytest.mark.parametrize(
    ("payload_type", "payload", "expected"),
    [
        ("", b"", b"DSSEv1 0  0 "),
        ("é", b"a b", "DSSEv1 2 é 3 a b".encode()),
        ("http://example.com/HelloWorld", b"hello world", b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"),
    ],
)
def test_lengths_are_of_bytes(payload_type: str, payload: bytes, expected: bytes) -> None:
    assert envelope.pae(payload_type, payload) == expected


def _other_key(key: PrivateKey) -> SSlibKey:
    public = load_pem_public_key(key.public.pem.encode())
    return SSlibKey.from_crypto(public, keyid=key.public.keyid)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_implementation_accepts_what_is_signed_here(algorithm: Algorithm) -> None:
    value = json.loads(SEALED[algorithm])
    assert OtherEnvelope.from_dict(value).verify([_other_key(KEYS[algorithm])], 1)
    value = json.loads(SEALED[algorithm])
    value["payload"] = base64_text.encoded(STATEMENT + b" ")
    with pytest.raises(VerificationError):
        OtherEnvelope.from_dict(value).verify([_other_key(KEYS[algorithm])], 1)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_another_implementation_signs_is_accepted_here(algorithm: Algorithm) -> None:
    key = KEYS[algorithm]
    made = OtherEnvelope(STATEMENT, PAYLOAD_TYPE, {})
    made.sign(CryptoSigner(key.secret, _other_key(key)))
    data = json.dumps(made.to_dict()).encode()
    opened = open_envelope(data, file="f", candidates=[key.public])
    assert (opened.payload, opened.signed_by[0].keyid) == (STATEMENT, key.public.keyid)
    with pytest.raises(SignatureError) as refused:
        open_envelope(data, file="f", candidates=[])
    assert refused.value.code == "signature.no_key"


def test_the_file_is_one_that_people_can_read() -> None:
    value = json.loads(SEALED["ed25519"])
    assert SEALED["ed25519"].endswith(b"]\n}\n")
    assert list(value) == ["payload", "payloadType", "signatures"]
    key = KEYS["ed25519"].public
    (signature,) = value["signatures"]
    assert (signature["keyid"], signature["public_key"]) == (key.keyid, base64_text.encoded(key.spki))


@given(payload=st.binary(max_size=200), payload_type=st.text(max_size=40), algorithm=st.sampled_from(ALGORITHMS))
@settings(max_examples=60, deadline=None)
def test_every_payload_comes_back(payload: bytes, payload_type: str, algorithm: Algorithm) -> None:
    key = KEYS[algorithm]
    opened = open_envelope(envelope.sealed(payload_type, payload, [key]), file="f", candidates=[key.public])
    assert (opened.payload, opened.payload_type) == (payload, payload_type)
    assert [signed_by.keyid for signed_by in opened.signed_by] == [key.public.keyid]


@given(data=st.data(), algorithm=st.sampled_from(ALGORITHMS), field=st.sampled_from(["payload", "payloadType", "sig"]))
@settings(max_examples=150, deadline=None)
def test_every_changed_byte_of_what_is_signed_is_refused(data: st.DataObject, algorithm: Algorithm, field: str) -> None:
    value: dict[str, Any] = json.loads(SEALED[algorithm])
    holder = value["signatures"][0] if field == "sig" else value
    is_text = field == "payloadType"
    before = holder[field].encode() if is_text else base64_text.decoded(holder[field]) or b""
    changed = bytearray(before)
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 127 if is_text else 255))
    holder[field] = changed.decode() if is_text else base64_text.encoded(bytes(changed))
    for candidates in ([KEYS[algorithm].public], []):
        with pytest.raises(SignatureError) as refused:
            open_envelope(json.dumps(value).encode(), file="f", candidates=candidates)
        assert refused.value.code == "signature.bad"


@given(at=st.integers(0, len(SEALED["ed25519"]) - 1), byte=st.integers(0, 255))
@settings(max_examples=300, deadline=None)
def test_no_byte_of_the_file_can_make_it_say_something_else(at: int, byte: int) -> None:
    data = SEALED["ed25519"][:at] + bytes([byte]) + SEALED["ed25519"][at + 1 :]
    try:
        opened = open_envelope(data, file="f", candidates=[KEYS["ed25519"].public])
    except (InputError, SignatureError) as error:
        assert error.hint  # noqa: PT017 - either refused or the same
    else:
        assert (opened.payload, opened.payload_type) == (STATEMENT, PAYLOAD_TYPE)
        assert opened.signed_by[0].keyid == KEYS["ed25519"].public.keyid


@given(data=st.binary(max_size=60))
def test_base64_has_one_spelling(data: bytes) -> None:
    text = base64_text.encoded(data)
    assert base64_text.decoded(text) == data
    assert base64_text.decoded(text.replace("+", "-").replace("/", "_"), url_safe=True) == data


@given(text=st.text(alphabet="AQgw+/-_= \n", max_size=9))
@settings(max_examples=300)
def test_no_two_texts_stand_for_the_same_bytes(text: str) -> None:
    data = base64_text.decoded(text)
    assert data is None or base64_text.encoded(data) == text


@given(signer=st.sampled_from(ALGORITHMS), count=st.integers(1, 8))
@settings(max_examples=10, deadline=None)
def test_several_keys_may_sign_one_envelope(signer: Algorithm, count: int) -> None:
    keys = [PrivateKey.generate(signer) for _ in range(count)]
    data = envelope.sealed(PAYLOAD_TYPE, STATEMENT, keys)
    opened = open_envelope(data, file="f", candidates=[key.public for key in reversed(keys)])
    assert [entry.keyid for entry in opened.signed_by] == [key.public.keyid for key in keys]
    assert all(entry.known for entry in opened.signed_by)
    assert all(
        key.public.verify(raw, envelope.pae(PAYLOAD_TYPE, STATEMENT))
        for key, raw in zip(keys, opened.signatures, strict=True)
    )
