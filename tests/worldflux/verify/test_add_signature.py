"""A second signer on the author's statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tampering import AUTHOR, AUTHOR_KEY, P256_KEY, PUBLIC, STRANGER, payload_of, trust_file
from tests.worldflux.signed_packages import quiet, signed, signer, small_package, verified
from worldbase.errors import UsageError, WorldError
from worldflux.signing.contract import Signer
from worldflux.verify.contents import check
from worldflux.verify.sign import add_signature


def _two_needed(folder: Path) -> Path:
    path = folder / "trusted.json"
    path.write_bytes(trust_file(AUTHOR_KEY.trusted(), P256_KEY.trusted(), min_signers=2))
    return path


def test_two_signers_meet_a_threshold_of_two(tmp_path: Path) -> None:
    _, package = small_package(tmp_path)
    signed(package)
    trusted = _two_needed(tmp_path)
    before = payload_of(package / AUTHOR)
    assert verified(package, trusted=trusted).exit_code == 20
    assert add_signature(check(package, quiet), signer(P256_KEY)).files == (AUTHOR,)
    report = verified(package, trusted=trusted)
    assert report.exit_code == 0
    assert [entry.keyid for entry in report.signers] == [AUTHOR_KEY.keyid, P256_KEY.keyid]
    assert payload_of(package / AUTHOR) == before


def test_a_strangers_signature_beside_the_authors_changes_nothing(tmp_path: Path) -> None:
    _, package = small_package(tmp_path)
    signed(package)
    add_signature(check(package, quiet), signer(STRANGER))
    assert verified(package, trusted=_two_needed(tmp_path)).exit_code == 20


def test_nobody_signs_twice(tmp_path: Path) -> None:
    _, package = small_package(tmp_path)
    signed(package)
    kept = (package / AUTHOR).read_bytes()
    with pytest.raises(WorldError) as caught:
        add_signature(check(package, quiet), signer(AUTHOR_KEY))
    assert caught.value.code == "signature.duplicate_key"
    assert (package / AUTHOR).read_bytes() == kept


def test_an_unsigned_package_has_nothing_to_sign_beside(tmp_path: Path) -> None:
    _, package = small_package(tmp_path)
    with pytest.raises(WorldError) as caught:
        add_signature(check(package, quiet), signer(AUTHOR_KEY))
    assert caught.value.code == "signed.absent"


def test_a_statement_about_another_package_is_not_signed(tmp_path: Path) -> None:
    _, package = small_package(tmp_path / "one")
    _, other = small_package(tmp_path / "two")
    signed(package)
    signed(other)
    for name in (AUTHOR, PUBLIC):
        (package / name).write_bytes((other / name).read_bytes())
    with pytest.raises(WorldError) as caught:
        add_signature(check(package, quiet), signer(P256_KEY))
    assert caught.value.code.startswith("subject.")


class _Identity:
    name = "sigstore"
    label = "somebody"


def test_an_identity_cannot_be_added(tmp_path: Path) -> None:
    _, package = small_package(tmp_path)
    signed(package)
    identity: Signer = _Identity()  # type: ignore[assignment]
    with pytest.raises(UsageError) as caught:
        add_signature(check(package, quiet), identity)
    assert caught.value.code == "sign.add_backend"
