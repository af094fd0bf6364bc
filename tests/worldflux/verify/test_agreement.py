"""Agreement with securesystemslib on whole packages: it verifies what we sign, and we verify what it signs."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from tests.tampering import AUTHOR, AUTHOR_KEY, P256_KEY, PUBLIC, STRANGER, TestKey, copied, write_json
from tests.worldflux.signed_packages import signed, small_package, trust_author, verified
from worldflux.documents.signature import PAYLOAD_TYPE

KEYS = pytest.mark.parametrize("key", [AUTHOR_KEY, P256_KEY], ids=["ed25519", "p256"])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("plain"))[1]


@pytest.fixture
def package(plain: Path, tmp_path: Path) -> Path:
    return copied(plain, tmp_path / "package")


def their_key(key: TestKey) -> SSlibKey:
    """The key as the other library holds it, under our id."""
    return SSlibKey.from_crypto(key.private.public_key(), keyid=key.keyid)


def their_envelope(path: Path) -> Envelope:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return Envelope.from_dict(value)


@KEYS
@pytest.mark.parametrize("name", [AUTHOR, PUBLIC])
def test_it_verifies_what_we_sign(package: Path, key: TestKey, name: str) -> None:
    signed(package, key)
    read = their_envelope(package / name)
    assert list(read.verify([their_key(key)], 1)) == [key.keyid]
    assert read.payload_type == PAYLOAD_TYPE
    assert json.loads(read.payload)["subject"]
    with pytest.raises(VerificationError):
        read.verify([their_key(STRANGER)], 1)


@KEYS
def test_it_refuses_what_we_refuse(package: Path, tmp_path: Path, key: TestKey) -> None:
    signed(package, key)
    value = json.loads((package / AUTHOR).read_bytes())
    payload = bytearray(base64.b64decode(value["payload"]))
    payload[-2] ^= 1
    value["payload"] = base64.b64encode(bytes(payload)).decode()
    write_json(package / AUTHOR, value)
    with pytest.raises(VerificationError):
        their_envelope(package / AUTHOR).verify([their_key(key)], 1)
    assert verified(package, trusted=trust_author(tmp_path, key)).exit_code == 15


@KEYS
@pytest.mark.parametrize("own_id", [True, False], ids=["their key id", "ours"])
def test_we_verify_what_it_signs(package: Path, tmp_path: Path, key: TestKey, own_id: bool) -> None:
    """Its key ids are another digest than ours; a key id is only a hint."""
    signed(package, key)
    statement = base64.b64decode(json.loads((package / AUTHOR).read_bytes())["payload"])
    public = SSlibKey.from_crypto(key.private.public_key()) if own_id else their_key(key)
    theirs = Envelope(statement, PAYLOAD_TYPE, {})
    theirs.sign(CryptoSigner(key.private, public))
    write_json(package / AUTHOR, theirs.to_dict())
    report = verified(package, trusted=trust_author(tmp_path, key))
    assert report.exit_code == 0, report.conclusion
    assert report.signer
    assert report.signer.keyid == key.keyid


def test_both_mean_the_same_bytes_by_a_statement(package: Path) -> None:
    signed(package)
    read = their_envelope(package / AUTHOR)
    assert read.pae() == b"DSSEv1 %d %s %d %s" % (
        len(PAYLOAD_TYPE),
        PAYLOAD_TYPE.encode(),
        len(read.payload),
        read.payload,
    )
