"""Keys and signatures in JavaScript: published cases, and agreement with the Python program."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from tests.support import shared_data
from tests.tampering import AUTHOR_KEY, P256_KEY
from tests.worldflux.signing.test_keys import ED25519_SPKI, GROUP_ORDER, SMALL_ORDER, WYCHEPROOF
from tests.worldflux.verify.elsewhere.node import ask

VERIFY: Final = """
    const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
    const answers = [];
    for (const [spki, signature, message] of given) {
      const key = await V.publicKey(bytes(spki));
      answers.push(key.fault ? `fault: ${key.fault}` : await key.verify(bytes(signature), bytes(message)));
    }
    return answers;
"""
WITHOUT_ED25519: Final = """
    const subtle = require("node:crypto").webcrypto.subtle;
    const known = subtle.importKey.bind(subtle);
    let refused = 0;
    Object.defineProperty(subtle, "importKey", { value: (...rest) => {
      if (rest[2].name !== "Ed25519") return known(...rest);
      refused += 1;
      return Promise.reject(new Error("not supported"));
    } });
"""


def wycheproof(name: str) -> list[dict[str, Any]]:
    """The cases of a file, each with its key."""
    document = json.loads(shared_data(f"third-party/wycheproof/testvectors_v1/{name}.json").read_bytes())
    return [case | {"spki": group["publicKeyDer"]} for group in document["testGroups"] for case in group["tests"]]


def answers(cases: list[dict[str, Any]], before: str = "") -> list[Any]:
    given: list[Any] = ask(before + VERIFY, [[case["spki"], case["sig"], case["msg"]] for case in cases])
    return given


@pytest.mark.parametrize("name", WYCHEPROOF)
def test_wycheproof(name: str) -> None:
    cases = wycheproof(name)
    expected = [case["result"] == "valid" for case in cases]
    assert answers(cases) == expected
    assert len(expected) == WYCHEPROOF[name]
    assert {True, False} == set(expected)


def test_wycheproof_where_web_crypto_has_no_ed25519() -> None:
    cases = wycheproof("ed25519_test")
    assert answers(cases, WITHOUT_ED25519) == [case["result"] == "valid" for case in cases]
    assert ask(WITHOUT_ED25519 + VERIFY.replace("return answers", "return refused"), _one_signature()) == 1


def _one_signature() -> list[list[str]]:
    return [[AUTHOR_KEY.spki.hex(), AUTHOR_KEY.sign(b"a message").hex(), b"a message".hex()]]


@pytest.mark.parametrize("key", [AUTHOR_KEY, P256_KEY], ids=["ed25519", "p256"])
def test_own_signatures(key: Any) -> None:
    signature, message = key.sign(b"a message"), b"a message"
    spoilt = bytes([*signature[:-1], signature[-1] ^ 1])
    given = [[key.spki, signature, message], [key.spki, spoilt, message], [key.spki, signature, b"another"]]
    assert ask(VERIFY, [[part.hex() for part in parts] for parts in given]) == [True, False, False]


def test_s_that_is_not_below_the_order_is_refused() -> None:
    signature = AUTHOR_KEY.sign(b"m")
    larger = (int.from_bytes(signature[32:], "little") + GROUP_ORDER).to_bytes(32, "little")
    parts = [AUTHOR_KEY.spki.hex(), (signature[:32] + larger).hex(), b"m".hex()]
    assert ask(VERIFY, [parts]) == [False]
    assert ask(WITHOUT_ED25519 + VERIFY, [parts]) == [False]


def test_points_of_small_order_are_no_keys() -> None:
    answered = ask(VERIFY, [[ED25519_SPKI.hex() + point, "00" * 64, ""] for point in SMALL_ORDER])
    assert all(str(answer).startswith("fault: ") for answer in answered), answered


NO_KEYS: Final = {
    "not on the curve": ED25519_SPKI + bytes([2]) + bytes(31),
    "not below the field": ED25519_SPKI + (2**255 - 19 + 9).to_bytes(32, "little"),
    "cut off": AUTHOR_KEY.spki[:-1],
    "too long": AUTHOR_KEY.spki + b"\0",
    "not on P-256": P256_KEY.spki[:-1] + bytes([P256_KEY.spki[-1] ^ 1]),
    "compressed": bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    + bytes([2 + (P256_KEY.spki[-1] & 1)])
    + P256_KEY.spki[27:59],
    "empty": b"",
}


@pytest.mark.parametrize("der", NO_KEYS.values(), ids=NO_KEYS)
def test_what_is_no_key(der: bytes) -> None:
    assert str(ask(VERIFY, [[der.hex(), "00" * 64, ""]])[0]).startswith("fault: ")


def test_key_id_is_the_digest_of_the_key() -> None:
    body = 'return (await V.publicKey(new Uint8Array(Buffer.from(given, "hex")))).keyid;'
    assert ask(body, P256_KEY.spki.hex()) == P256_KEY.keyid
