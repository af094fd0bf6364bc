"""`worldflux key ...`: what people type, and what they never see."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.command import Outcome, worldflux
from worldflux.signing import private_key_files, trust_reading
from worldflux.signing.keys import PrivateKey, public_key_from_pem
from worldflux.signing.keystore import Keystore


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own; passwords cost nothing in it."""
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(private_key_files, "_BCRYPT_ROUNDS", 1)
    return tmp_path / "home"


def _report(line: str, *more: object) -> dict[str, Any]:
    done = worldflux(line, *more, "--format", "json")
    assert done.code == 0, done.err
    report: dict[str, Any] = json.loads(done.out)
    return report


def _refused(line: str, *more: object) -> tuple[int, str]:
    """Exit code and error code."""
    done = worldflux(line, *more)
    assert done.out == ""
    return done.code, done.err.split("[")[-1].split("]")[0]


def _other_key(folder: Path) -> tuple[Path, PrivateKey]:
    key = PrivateKey.generate()
    path = folder / "lab.pem"
    path.write_text(key.public.pem)
    return path, key


def test_from_the_first_key_to_the_last() -> None:
    assert "You have no key" in worldflux("key list").out
    made = _report("key generate --label lab")
    assert (made["default"], made["encrypted"], made["algorithm"]) == (True, False, "ed25519")
    assert _report("key list")["keys"] == [{name: value for name, value in made.items() if name != "encrypted"}]
    exported = worldflux("key export").out
    assert public_key_from_pem(exported, file="").keyid == made["keyid"]
    revoked = _report("key revoke lab --reason compromised --note 'Laptop stolen'")
    assert (revoked["revoked"]["reason"], revoked["revoked"]["note"]) == ("compromised", "Laptop stolen")
    assert revoked["trust_file"] is None
    assert _refused("key export") == (3, "key.none")
    assert "compromised" in worldflux("key list").out


def test_the_texts_say_what_matters(own_home: Path) -> None:
    text = worldflux("key generate --label lab").out
    keyid = Keystore.of_user().find("lab").keyid
    assert keyid in text
    assert str(own_home / "keys" / f"{keyid[:16]}.key.pem") in text
    assert "not encrypted" in text
    listed = worldflux("key list").out
    assert "default" in listed
    assert str(own_home / "keys") in listed
    assert f"| lab | {keyid[:16]} | Ed25519 |" in worldflux("key list --format markdown").out


def test_nothing_secret_is_ever_printed(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_PASSWORD", "correct horse")
    outcomes: list[Outcome] = [
        worldflux("key generate --label lab"),
        worldflux("key generate --label safe --password-env KEY_PASSWORD --format json"),
        worldflux("key list --format json"),
        worldflux("key export lab"),
        worldflux(
            "key trust", own_home / "keys" / f"{Keystore.of_user().find('lab').keyid[:16]}.key.pem", "--label", "x"
        ),
        worldflux("key revoke lab --reason ceased"),
    ]
    secret = Keystore.of_user().find("lab").private_file.read_text().splitlines()[1]
    shown = "".join(done.out + done.err for done in outcomes)
    assert secret not in shown
    assert "correct horse" not in shown
    assert [done.code for done in outcomes] == [0, 0, 0, 0, 3, 0]


def test_a_p256_key_on_demand() -> None:
    assert _report("key generate --algorithm p256")["algorithm"] == "ecdsa-p256-sha256"


def test_the_default_moves_where_it_is_asked_to() -> None:
    first, second = _report("key generate"), _report("key generate")
    assert (first["default"], second["default"]) == (True, False)
    assert _report("key generate --default")["default"]


def test_a_password_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_PASSWORD", "correct horse")
    made = _report("key generate --password-env KEY_PASSWORD")
    assert made["encrypted"]
    assert Keystore.of_user().load(made["keyid"], lambda: b"correct horse").public.keyid == made["keyid"]


def test_a_password_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    file.chmod(0o600)
    made = _report("key generate --password-file", file)
    assert Keystore.of_user().load(made["keyid"], lambda: b"correct horse").public.keyid == made["keyid"]
    file.chmod(0o644)
    assert _refused("key generate --password-file", file) == (3, "key.permissions")


def test_passwords_that_are_none(tmp_path: Path) -> None:
    assert _refused("key generate --password-env NOT_SET") == (2, "key.password_env")
    assert _refused("key generate --password-file", tmp_path / "none") == (3, "key.file")
    assert _refused("key generate --password-env A --password-prompt") == (2, "key.password_twice")
    assert _refused("key generate --password-prompt") == (2, "key.no_terminal")
    assert Keystore.of_user().public_keys() == []


def test_a_password_that_is_asked_for_is_not_shown(own_home: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "worldflux", "key", "generate", "--password-prompt"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as asked:
        os.close(theirs)
        shown = b""
        # An answer before the question would be thrown away with whatever else was typed ahead.
        for question in (b"Password of the new key: ", b"Repeat for confirmation: "):
            while question not in shown:
                shown += os.read(ours, 1024)
            os.write(ours, b"correct horse\n")
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert asked.returncode == 0, shown
    assert b"correct horse" not in shown
    (key,) = Keystore(own_home / "keys").public_keys()
    assert Keystore.of_user().load(key.keyid, lambda: b"correct horse").public == key.public


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1024)
    except OSError:  # the other side is closed
        return b""


def test_an_empty_name_of_a_key_exports_none() -> None:
    assert worldflux("key generate").code == 0
    assert worldflux("key export ''").code == 3


def test_export_writes_a_file_once(tmp_path: Path) -> None:
    made = _report("key generate")
    done = worldflux("key export --output", tmp_path / "my-key.pem")
    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "my-key.pem").read_text() == made["public_key_pem"]
    assert stat.S_IMODE((tmp_path / "my-key.pem").stat().st_mode) == 0o644
    assert _refused("key export --output", tmp_path / "my-key.pem") == (2, "key.output_exists")
    assert _refused("key export nobody") == (3, "key.unknown")


def test_a_key_that_is_trusted_stands_in_the_default_trust_file(tmp_path: Path) -> None:
    path, key = _other_key(tmp_path)
    report = _report("key trust --label 'Robot lab' --role author", path)
    (signer,) = trust_reading.read_signers(trust_reading.default_signers()).document.signers
    assert (signer.keyid, signer.label, signer.roles) == (key.public.keyid, "Robot lab", ["author"])
    assert (report["keyid"], report["version"]) == (signer.keyid, 1)


def test_trust_says_what_to_compare(tmp_path: Path) -> None:
    path, key = _other_key(tmp_path)
    text = worldflux("key trust --label lab", path).out
    assert key.public.keyid in text
    assert "author and reviewer" in text
    assert "compare" in text


def test_what_cannot_be_trusted(tmp_path: Path) -> None:
    path, _ = _other_key(tmp_path)
    assert _refused("key trust --label lab", tmp_path / "none.pem") == (3, "file.missing")
    path.write_bytes(b"\xff" * 100)
    assert _refused("key trust --label lab", path) == (3, "key.invalid")
    path.write_bytes(b"x" * 20_000)
    assert _refused("key trust --label lab", path) == (3, "json.size")
    assert not trust_reading.default_signers().exists()


def test_a_revoked_key_is_revoked_in_the_trust_file_too(tmp_path: Path) -> None:
    made = _report("key generate --label mine")
    path, _ = _other_key(tmp_path)
    _report("key trust --label lab", path)
    report = _report("key revoke mine --reason superseded --note 'New laptop'")
    file = trust_reading.default_signers()
    assert report["trust_file"] == str(file)
    _report("key revoke mine --reason compromised")
    revoked = trust_reading.read_signers(file).document.revoked
    assert [(entry.keyid, entry.reason) for entry in revoked] == [
        (made["keyid"], "superseded"),
        (made["keyid"], "compromised"),
    ]
    assert len({entry.revoked_at for entry in revoked}) == 1


def test_a_trust_file_that_cannot_be_read_stops_a_revocation_before_it_begins() -> None:
    _report("key generate --label mine")
    trust_reading.default_signers().write_bytes(b"{}")
    assert worldflux("key revoke mine --reason ceased").code == 3
    assert Keystore.of_user().find("mine").revoked is None
