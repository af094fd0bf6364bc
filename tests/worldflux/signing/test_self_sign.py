"""Signing with a key of one's own: the laws of every signer, and which key counts as whose."""

from __future__ import annotations

import json
from typing import Any, Final, get_args

import pytest

from worldflux.documents.signature import PAYLOAD_TYPE
from worldflux.documents.trust import Algorithm
from worldflux.errors import SignatureError, SigningError
from worldflux.signing import base64_text, envelope
from worldflux.signing.builtin.self_sign import BACKEND, SelfSigner, open_envelope
from worldflux.signing.contract import SignedBy, SignerSettings
from worldflux.signing.keys import PrivateKey, PublicKey
from worldflux.signing.registry import SIGNERS
from worldflux.testing.signer_contract import LAWS, SignerCase, SignerContract

ALGORITHMS: Final = get_args(Algorithm)
KEYS: Final = {algorithm: PrivateKey.generate(algorithm) for algorithm in ALGORITHMS}
OWN, OTHER = KEYS["ed25519"], PrivateKey.generate()
STATEMENT: Final = b"{}"


def _signed_by(data: bytes, *candidates: PublicKey) -> SignedBy:
    return open_envelope(data, file="author.dsse.json", candidates=candidates).signed_by[0]


def _changed(**fields: Any) -> bytes:
    """An envelope of `OWN` with other fields in its signature; None takes a field out."""
    value = json.loads(SelfSigner(OWN).seal(STATEMENT).data)
    signature = {**value["signatures"][0], **fields}
    value["signatures"] = [{name: text for name, text in signature.items() if text is not None}]
    return json.dumps(value).encode()


def _code(data: bytes, *candidates: PublicKey) -> str:
    with pytest.raises(SignatureError) as refused:
        _signed_by(data, *candidates)
    assert refused.value.exit_code == 15
    return refused.value.code


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_signer_keeps_the_law(algorithm: Algorithm, law: str) -> None:
    key = KEYS[algorithm]
    settings = SignerSettings(load_key=lambda: key)
    SignerContract(SignerCase("self-sign", settings, candidates=(key.public,))).check(law)


def test_it_is_found_where_others_are() -> None:
    assert SIGNERS.get("self-sign") is BACKEND


def test_a_signature_by_a_candidate_is_known() -> None:
    data = SelfSigner(OWN).seal(STATEMENT).data
    assert _signed_by(data, OTHER.public, OWN.public) == SignedBy(
        "key", OWN.public.keyid, "ed25519", known=True, public_key=OWN.public
    )


@pytest.mark.parametrize("candidates", [(), (OTHER.public,)])
def test_a_signature_by_the_carried_key_alone_is_whole_but_not_known(candidates: tuple[PublicKey, ...]) -> None:
    signed_by = _signed_by(SelfSigner(OWN).seal(STATEMENT).data, *candidates)
    assert (signed_by.known, signed_by.public_key) == (False, OWN.public)


@pytest.mark.parametrize("keyid", ["", "0" * 64, OTHER.public.keyid, None], ids=["empty", "zeros", "other", "absent"])
def test_the_name_of_the_key_decides_nothing(keyid: str | None) -> None:
    assert _signed_by(_changed(keyid=keyid), OTHER.public, OWN.public).keyid == OWN.public.keyid


@pytest.mark.parametrize("keyid", ["", "0" * 64, OTHER.public.keyid, None], ids=["empty", "zeros", "other", "absent"])
def test_a_carried_key_that_is_not_the_named_one_is_refused(keyid: str | None) -> None:
    assert _code(_changed(keyid=keyid)) == "signature.bad"


def test_without_any_key_nothing_is_said_about_the_signature() -> None:
    data = _changed(public_key=None)
    assert _code(data) == "signature.no_key"
    assert _code(data, OTHER.public) == "signature.no_key"
    assert _code(_changed(public_key=None, keyid=None)) == "signature.no_key"


def test_where_the_named_key_is_at_hand_and_did_not_sign_the_signature_is_bad() -> None:
    assert _code(_changed(public_key=None, keyid=OTHER.public.keyid), OTHER.public) == "signature.bad"
    assert _code(_changed(public_key=None, keyid=None), OTHER.public) == "signature.bad"


def test_every_signature_has_to_be_good() -> None:
    value = json.loads(envelope.sealed(PAYLOAD_TYPE, STATEMENT, [OWN, OTHER]))
    value["signatures"][1]["sig"] = base64_text.encoded(OTHER.sign(b"something else"))
    assert _code(json.dumps(value).encode(), OWN.public, OTHER.public) == "signature.bad"


def test_the_label_is_the_key_id_and_nothing_becomes_public() -> None:
    signer = BACKEND.signer(SignerSettings(load_key=lambda: OWN))
    assert (signer.name, signer.label, signer.publishes(STATEMENT)) == ("self-sign", OWN.public.keyid, "")


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(SigningError) as refused:
        BACKEND.signer(SignerSettings())
    assert refused.value.code == "key.needed"
