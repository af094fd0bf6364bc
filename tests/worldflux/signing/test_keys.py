"""Keys: known answers, and everything that is no key of ours."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support import shared_data
from worldflux.documents.trust import Algorithm
from worldflux.errors import SigningError
from worldflux.signing.keys import PrivateKey, PublicKey, public_key_from_pem, public_key_from_spki

ALGORITHMS: Final = get_args(Algorithm)
ED25519_SPKI: Final = bytes.fromhex("302a300506032b6570032100")
GROUP_ORDER: Final = 2**252 + 27742317777372353535851937790883648493

WYCHEPROOF: Final = {"ed25519_test": 75, "ecdsa_secp256r1_sha256_test": 242}
"""Cases of each file that have to be run."""
DEVIATIONS: Final[dict[str, dict[int, str]]] = {"ed25519_test": {}, "ecdsa_secp256r1_sha256_test": {}}
"""Cases that are answered otherwise on purpose, with the reason. There are none."""

# RFC 8032 section 7.1, tests 1 to 3: public key, message, signature.
RFC_8032: Final = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]

# All encodings of the eight points of small order, the non-canonical ones included.
SMALL_ORDER: Final = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def _ed25519(point: str) -> PublicKey:
    return public_key_from_spki(ED25519_SPKI + bytes.fromhex(point), file="key.pem")


def _refusal(der: bytes) -> str:
    with pytest.raises(SigningError) as refused:
        public_key_from_spki(der, file="key.pem")
    assert refused.value.hint
    return refused.value.code


@pytest.mark.parametrize("name", WYCHEPROOF)
def test_wycheproof(name: str) -> None:
    cases = json.loads(shared_data(f"third-party/wycheproof/testvectors_v1/{name}.json").read_bytes())
    answered = {
        case["tcId"]: (case["result"], _answer(group, case)) for group in cases["testGroups"] for case in group["tests"]
    }
    otherwise = {number for number, (expected, given) in answered.items() if expected != given}
    assert len(answered) == WYCHEPROOF[name]
    assert otherwise == set(DEVIATIONS[name])


def _answer(group: dict[str, Any], case: dict[str, Any]) -> str:
    key = public_key_from_spki(bytes.fromhex(group["publicKeyDer"]), file="")
    assert key == public_key_from_pem(group["publicKeyPem"], file="")
    good = key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
    return "valid" if good else "invalid"


@pytest.mark.parametrize(("point", "message", "signature"), RFC_8032)
def test_known_answers_of_ed25519(point: str, message: str, signature: str) -> None:
    assert _ed25519(point).verify(bytes.fromhex(signature), bytes.fromhex(message))
    assert not _ed25519(point).verify(bytes.fromhex(signature), bytes.fromhex(message) + b"\0")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_signed_verifies_and_nothing_else_does(algorithm: Algorithm) -> None:
    key, other = PrivateKey.generate(algorithm), PrivateKey.generate(algorithm)
    signature = key.sign(b"message")
    assert key.public.algorithm == algorithm
    assert key.public.verify(signature, b"message")
    assert not key.public.verify(signature, b"massage")
    assert not other.public.verify(signature, b"message")
    for wrong in (b"", b"\0", signature[:-1], signature + b"\0", bytes(64), bytes(10_000)):
        assert not key.public.verify(wrong, b"message")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_comes_back_from_its_pem_and_its_der(algorithm: Algorithm) -> None:
    key = PrivateKey.generate(algorithm).public
    assert public_key_from_spki(key.spki, file="") == key
    for pem in (key.pem, key.pem.replace("\n", "\r\n"), f"\n{key.pem}\n"):
        assert public_key_from_pem(pem, file="") == key
    assert key.keyid == hashlib.sha256(key.spki).hexdigest()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_private_key_shows_nothing_of_itself(algorithm: Algorithm) -> None:
    key = PrivateKey.generate(algorithm)
    assert repr(key) == f"PrivateKey(public={key.public!r})"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_agrees(algorithm: Algorithm, tmp_path: Path) -> None:
    key = PrivateKey.generate(algorithm)
    names = ("key.pem", "message", "signature")
    for name, data in zip(names, (key.public.pem.encode(), b"message", key.sign(b"message")), strict=True):
        (tmp_path / name).write_bytes(data)
    digest = [] if algorithm == "ed25519" else ["-digest", "sha256"]
    verify = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", *digest]
    checked = subprocess.run(
        [*verify, "-in", "message", "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout.strip()) == (0, b"Signature Verified Successfully")
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", "key.pem", "-outform", "DER"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert der.stdout == key.public.spki


def test_a_signature_with_the_group_order_added_is_refused() -> None:
    key = PrivateKey.generate()
    signature = key.sign(b"message")
    raised = int.from_bytes(signature[32:], "little") + GROUP_ORDER
    assert not key.public.verify(signature[:32] + raised.to_bytes(32, "little"), b"message")


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_are_no_keys(point: str) -> None:
    assert _refusal(ED25519_SPKI + bytes.fromhex(point)) == "key.invalid"


@pytest.mark.parametrize("above", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_points_that_are_not_canonical_are_no_keys(above: int, sign: int) -> None:
    y = (2**255 - 19 + above) | sign << 255
    assert _refusal(ED25519_SPKI + y.to_bytes(32, "little")) == "key.invalid"


def test_a_point_that_is_not_on_the_curve_is_no_key() -> None:
    on_curve = 0
    for y in range(2, 202):
        try:
            public_key_from_spki(ED25519_SPKI + y.to_bytes(32, "little"), file="")
        except SigningError as error:
            assert error.code == "key.invalid"  # noqa: PT017 - half of all points are on the curve
        else:
            on_curve += 1
    assert 70 < on_curve < 130


def test_a_point_that_is_not_on_p256_is_no_key() -> None:
    spki = PrivateKey.generate("ecdsa-p256-sha256").public.spki
    assert _refusal(spki[:-1] + bytes([spki[-1] ^ 1])) == "key.invalid"


def test_another_spelling_of_a_key_is_refused() -> None:
    """Or one key would have two ids."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    compressed = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point
    assert _refusal(compressed) == "key.invalid"
    assert _refusal(PrivateKey.generate().public.spki + b"\0") == "key.invalid"
    assert _refusal(PrivateKey.generate().public.spki[:-1]) == "key.invalid"
    assert _refusal(b"") == "key.invalid"


OTHER_KINDS: Final[dict[str, Callable[[], Any]]] = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "p224": lambda: ec.generate_private_key(ec.SECP224R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
    "brainpool": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
    "ed448": ed448.Ed448PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate,
    "ml-dsa": mldsa.MLDSA65PrivateKey.generate,
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_other_kinds_of_keys_are_refused_by_name(kind: str) -> None:
    secret = OTHER_KINDS[kind]()
    der = secret.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert _refusal(der) == "key.unsupported"
    with pytest.raises(SigningError, match=r"an? \w+ key.* cannot be used") as refused:
        PrivateKey.of(secret, file="key.pem")
    assert refused.value.code == "key.unsupported"


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: "",
        lambda pem: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGKB somebody",
        lambda pem: pem + pem,
        lambda pem: f"Subject: somebody\n{pem}",
        lambda pem: pem.replace("-----END PUBLIC KEY-----", ""),
        lambda pem: pem.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
        lambda pem: pem.replace("PUBLIC KEY", "CERTIFICATE"),
        lambda pem: pem.replace("\nMC", "\n MC"),
        lambda pem: pem.replace("\nMC", "\nM=C"),
        lambda pem: pem.replace("=\n", "\n"),
        lambda pem: pem.replace("MCow", "MC-w"),
    ],
)
def test_what_is_no_single_public_key_in_pem_is_refused(change: Any) -> None:
    pem = PrivateKey.generate().public.pem
    with pytest.raises(SigningError) as refused:
        public_key_from_pem(change(pem), file="key.pem")
    assert refused.value.code == "key.invalid"
    assert refused.value.hint


@pytest.mark.parametrize("kind", ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])
def test_a_private_key_in_the_place_of_a_public_one_is_named(kind: str) -> None:
    with pytest.raises(SigningError) as refused:
        public_key_from_pem(f"-----BEGIN {kind}-----\nMC4=\n-----END {kind}-----\n", file="key.pem")
    assert refused.value.code == "key.private"
    assert "MC4=" not in str(refused.value)


def test_a_seed_gives_the_key_that_the_standard_says() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    key = PrivateKey.of(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    assert key.public == _ed25519(RFC_8032[0][0])
    assert key.sign(b"").hex() == RFC_8032[0][2]
