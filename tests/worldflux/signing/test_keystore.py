"""The user's own keys: kept whole, kept secret, and one of them at a time the default."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

import pytest

from worldbase.errors import StorageError, UsageError, WorldError
from worldflux.documents.trust import Algorithm
from worldflux.errors import SigningError
from worldflux.signing import home, passwords, private_key_files
from worldflux.signing.keys import PrivateKey
from worldflux.signing.keystore import Keystore, OwnKey

ALGORITHMS: Final = get_args(Algorithm)


@pytest.fixture
def store(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "home" / "keys")


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of bcrypt: the tests that use it are not about its cost."""
    monkeypatch.setattr(private_key_files, "_BCRYPT_ROUNDS", 1)


def _no_password() -> None:
    return None


def _refused(action: Callable[[], object]) -> str:
    with pytest.raises(WorldError) as refused:
        action()
    assert isinstance(refused.value, SigningError | UsageError | StorageError)
    assert refused.value.hint
    return refused.value.code


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_store_that_was_never_used_is_empty_and_stays_so(store: Keystore) -> None:
    assert (store.public_keys(), store.own_keyids(), store.default_keyid()) == ([], frozenset(), None)
    assert _refused(lambda: store.default(create=False)) == "key.none"
    assert not store.folder.exists()


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_that_was_made_signs(store: Keystore, algorithm: Algorithm) -> None:
    made = store.generate("lab", algorithm)
    opened = store.load("lab", _no_password)
    assert opened.public == made.public
    assert made.public.algorithm == algorithm
    assert made.public.verify(opened.sign(b"message"), b"message")
    assert store.own_keyids() == {made.keyid}


def test_only_the_owner_can_read_what_is_secret(store: Keystore) -> None:
    mask = os.umask(0)
    try:
        made = store.generate()
    finally:
        os.umask(mask)
    assert _mode(made.private_file) == 0o600
    assert _mode(store.folder) == 0o700


def test_the_first_key_is_made_when_it_is_needed(store: Keystore) -> None:
    first = store.default(create=True)
    assert (first.label, first.public.algorithm, first.revoked) == ("my-key", "ed25519", None)
    assert store.default(create=True) == store.default(create=False) == first


def test_the_default_stays_until_another_is_chosen(store: Keystore) -> None:
    first, second = store.generate(), store.generate()
    assert store.default(create=True) == first
    third = store.generate("third", make_default=True)
    assert store.default(create=True) == third
    assert [key.label for key in (first, second, third)] == ["my-key", "my-key-2", "third"]
    assert {key.keyid for key in store.public_keys()} == {first.keyid, second.keyid, third.keyid}


def test_without_a_chosen_key_nobody_guesses(store: Keystore) -> None:
    first, second, third = store.generate(), store.generate(), store.generate()
    store.revoke(first.keyid, "superseded")
    assert store.default_keyid() is None
    assert _refused(lambda: store.default(create=True)) == "key.no_default"
    store.revoke(second.keyid, "superseded")
    assert store.default(create=True) == third


def test_a_key_is_found_by_label_and_by_the_beginning_of_its_id(store: Keystore) -> None:
    first = store.generate("lab")
    for name in ("lab", first.keyid, first.keyid[:8]):
        assert store.find(name) == first
    for name in ("la", "", first.keyid[:7], "0" * 64, first.keyid.upper()):
        assert _refused(lambda name=name: store.find(name)) == "key.unknown"  # type: ignore[misc]


def test_two_keys_that_are_meant_are_none(store: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [store.generate(), store.generate()]
    alike = [OwnKey("same", key.public, key.created_at, None, key.private_file) for key in keys]
    monkeypatch.setattr(store, "public_keys", lambda: alike)
    assert _refused(lambda: store.find("same")) == "key.ambiguous"


@pytest.mark.parametrize("label", ["", " lab", "a\nb", "\x1b[2J", "x" * 201, "lab", "deadbeef"])
def test_a_label_is_a_name_that_can_be_told_from_others(store: Keystore, label: str) -> None:
    store.generate("lab")
    assert _refused(lambda: store.generate(label)) == "key.label"
    assert len(store.public_keys()) == 1


def test_a_revoked_key_signs_no_more_and_is_nobody_s_own(store: Keystore) -> None:
    made = store.generate("lab")
    revoked = store.revoke("lab", "ceased", "Left the lab")
    assert revoked.revoked is not None
    assert (revoked.revoked.reason, revoked.revoked.note) == ("ceased", "Left the lab")
    assert _refused(lambda: store.load("lab", _no_password)) == "key.revoked"
    assert store.own_keyids() == frozenset()
    assert store.public_keys() == [revoked]
    assert store.default(create=True).keyid != made.keyid


def test_a_revocation_can_only_become_graver(store: Keystore) -> None:
    store.generate("lab")
    before = store.revoke("lab", "superseded", "New laptop").revoked
    assert _refused(lambda: store.revoke("lab", "ceased")) == "key.revoked"
    after = store.revoke("lab", "compromised").revoked
    assert before is not None
    assert after is not None
    assert (after.reason, after.at, after.note) == ("compromised", before.at, "New laptop")
    assert _refused(lambda: store.revoke("lab", "superseded")) == "key.revoked"
    assert _refused(lambda: store.revoke("lab", "compromised")) == "key.revoked"


def test_a_note_that_no_reader_would_take_is_not_written(store: Keystore) -> None:
    store.generate("lab")
    assert _refused(lambda: store.revoke("lab", "ceased", "x" * 1001)) == "key.note"
    assert store.find("lab").revoked is None


# Passwords and formats


@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_with_a_password_opens_with_it_alone(store: Keystore, algorithm: Algorithm) -> None:
    made = store.generate("lab", algorithm, password=b"correct horse")
    text = made.private_file.read_bytes()
    assert text.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----")
    assert store.load("lab", lambda: b"correct horse").public == made.public
    assert _refused(lambda: store.load("lab", lambda: b"correct hors")) == "key.password"
    assert _refused(lambda: store.load("lab", _no_password)) == "key.password_needed"
    assert _refused(lambda: store.load("lab", lambda: b"")) == "key.password_needed"


def test_guessing_a_password_costs_time(store: Keystore) -> None:
    """The rounds of bcrypt are written in the file: cipher, key derivation, salt and rounds come after the magic."""
    made = store.generate(password=b"password")
    lines = made.private_file.read_text().splitlines()
    raw = base64.b64decode("".join(lines[1:-1]))
    at = raw.index(b"bcrypt") + len(b"bcrypt")
    options = raw[at + 4 : at + 4 + int.from_bytes(raw[at : at + 4], "big")]
    salt = int.from_bytes(options[:4], "big")
    assert salt == 16
    assert int.from_bytes(options[4 + salt :], "big") >= 64


def test_nobody_is_asked_for_a_password_that_is_not_needed(store: Keystore) -> None:
    store.generate("lab")

    def ask() -> bytes:
        raise AssertionError("asked")

    store.load("lab", ask)


@pytest.mark.usefixtures("quick_passwords")
def test_ssh_keygen_reads_what_is_written(store: Keystore) -> None:
    made = store.generate(password=b"correct horse")
    shown = subprocess.run(
        ["ssh-keygen", "-y", "-P", "correct horse", "-f", made.private_file], capture_output=True, check=True, text=True
    )
    assert shown.stdout.startswith("ssh-ed25519 ")


def _openssl(folder: Path, *arguments: str) -> Path:
    path = folder / "made.pem"
    subprocess.run(["openssl", *arguments, "-out", path], capture_output=True, check=True)
    path.chmod(0o600)
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["genpkey", "-algorithm", "ed25519"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ["genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:secret"],
        ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes-128-cbc", "-pass", "pass:secret"],
    ],
    ids=["ed25519", "p256", "ed25519 encrypted", "p256 encrypted"],
)
def test_keys_that_openssl_made_open(tmp_path: Path, arguments: list[str]) -> None:
    path = _openssl(tmp_path, *arguments)
    key = private_key_files.read_private_key(path, lambda: b"secret")
    assert key.public.verify(key.sign(b"message"), b"message")
    if "-pass" in arguments:
        assert _refused(lambda: private_key_files.read_private_key(path, lambda: b"wrong")) == "key.password"
        assert _refused(lambda: private_key_files.read_private_key(path, _no_password)) == "key.password_needed"


@pytest.mark.parametrize("kdf", [["-scrypt"], ["-iter", "10000"]])
def test_keys_that_openssl_encrypted_well_open(store: Keystore, tmp_path: Path, kdf: list[str]) -> None:
    made = store.generate()
    path = _openssl(tmp_path, "pkcs8", "-topk8", "-in", str(made.private_file), *kdf, "-passout", "pass:secret")
    assert private_key_files.read_private_key(path, lambda: b"secret").public == made.public


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "key.unsupported"),
        (["genpkey", "-algorithm", "ed448"], "key.unsupported"),
        (["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "key.unsupported"),
        (["ecparam", "-genkey", "-name", "prime256v1", "-noout"], "key.format"),
    ],
)
def test_other_keys_of_openssl_are_refused(tmp_path: Path, arguments: list[str], code: str) -> None:
    path = _openssl(tmp_path, *arguments)
    assert _refused(lambda: private_key_files.read_private_key(path, _no_password)) == code


@pytest.mark.usefixtures("quick_passwords")
@pytest.mark.parametrize("password", [None, b"secret"])
def test_a_damaged_private_key_is_refused(store: Keystore, password: bytes | None) -> None:
    made = store.generate(password=password)
    data = made.private_file.read_bytes()
    for at in range(40, len(data) - 40, max(1, len(data) // 12)):
        made.private_file.write_bytes(data[:at] + bytes([data[at] ^ 3]) + data[at + 1 :])
        code = _refused(lambda: store.load(made.keyid, lambda: b"secret"))
        assert code in {"key.format", "key.password", "key.unsupported", "key.damaged"}


@pytest.mark.parametrize("data", [b"", b"secret", b"-----BEGIN PRIVATE KEY-----\n", b"\0" * 70_000])
def test_what_is_no_private_key_is_refused(store: Keystore, data: bytes) -> None:
    made = store.generate()
    made.private_file.write_bytes(data)
    assert _refused(lambda: store.load(made.keyid, _no_password)) in {"key.format", "key.file"}


def test_passwords_come_from_a_variable_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_PASSWORD", "pässword ")
    assert passwords.from_env("KEY_PASSWORD") == "pässword ".encode()
    monkeypatch.setenv("KEY_PASSWORD", "")
    for name in ("KEY_PASSWORD", "NOT_SET", "A=B"):
        assert _refused(lambda name=name: passwords.from_env(name)) == "key.password_env"  # type: ignore[misc]

    file = tmp_path / "password"
    for data, expected in ((b"a b\n", b"a b"), (b"a b\r\n", b"a b"), (b"a b", b"a b"), (b"a\n\n", b"a\n")):
        file.write_bytes(data)
        file.chmod(0o600)
        assert passwords.from_file(file) == expected
    file.write_bytes(b"\n")
    assert _refused(lambda: passwords.from_file(file)) == "key.password_file"
    file.write_bytes(b"secret\n")
    file.chmod(0o640)
    assert _refused(lambda: passwords.from_file(file)) == "key.permissions"


# Files that somebody else had a hand in


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_private_key_that_others_may_read_is_refused(store: Keystore, mode: int) -> None:
    made = store.generate()
    made.private_file.chmod(mode)
    assert _refused(lambda: store.load(made.keyid, _no_password)) == "key.permissions"


def test_a_private_key_of_another_user_is_refused(store: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    made = store.generate()
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    assert _refused(lambda: private_key_files.read_private_key(made.private_file, _no_password)) == "key.owner"
    assert _refused(store.public_keys) == "key.owner"


def test_a_link_in_the_place_of_a_private_key_is_refused(store: Keystore, tmp_path: Path) -> None:
    made = store.generate()
    made.private_file.rename(tmp_path / "elsewhere.pem")
    made.private_file.symlink_to(tmp_path / "elsewhere.pem")
    assert _refused(lambda: store.load(made.keyid, _no_password)) == "key.link"


def test_a_pipe_in_the_place_of_a_private_key_is_refused(store: Keystore) -> None:
    made = store.generate()
    made.private_file.unlink()
    os.mkfifo(made.private_file, 0o600)
    assert _refused(lambda: store.load(made.keyid, _no_password)) == "key.file"


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o722])
def test_a_folder_that_others_may_write_to_is_refused(store: Keystore, mode: int) -> None:
    store.generate()
    store.folder.chmod(mode)
    for action in (store.public_keys, store.generate, store.own_keyids):
        assert _refused(action) == "key.permissions"


@pytest.mark.parametrize("ending", ["json", "pub.pem"])
def test_what_others_may_write_decides_nothing(store: Keystore, ending: str) -> None:
    made = store.generate()
    (store.folder / f"{made.keyid[:16]}.{ending}").chmod(0o666)
    assert _refused(store.own_keyids) in {"key.permissions", "key.damaged"}


def test_a_private_key_that_is_gone_is_missed_only_when_it_is_to_sign(store: Keystore) -> None:
    made = store.generate()
    made.private_file.unlink()
    assert store.own_keyids() == {made.keyid}
    assert _refused(lambda: store.load(made.keyid, _no_password)) == "key.file"


@pytest.mark.parametrize("ending", ["json", "pub.pem", "key.pem"])
def test_files_of_another_key_are_noticed(store: Keystore, tmp_path: Path, ending: str) -> None:
    made, other = store.generate(), Keystore(tmp_path / "other").generate()
    theirs = other.private_file.with_name(f"{other.keyid[:16]}.{ending}")
    theirs.replace(made.private_file.with_name(f"{made.keyid[:16]}.{ending}"))
    assert _refused(lambda: store.load(made.keyid, _no_password)) == "key.damaged"


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b'{"schema_version": "worldflux.own_key.v1"}', b'{"label": "a", "label": "b"}']
)
def test_a_record_that_cannot_be_read_is_an_error_and_no_missing_key(store: Keystore, data: bytes) -> None:
    made = store.generate()
    (store.folder / f"{made.keyid[:16]}.json").write_bytes(data)
    assert _refused(store.public_keys) == "key.damaged"


def test_a_place_that_cannot_hold_keys(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert _refused(Keystore(tmp_path / "file").generate) == "file.unwritable"
    assert _refused(Keystore(tmp_path / "file" / "keys").generate) == "file.unwritable"
    assert _refused(Keystore(tmp_path / "file" / "keys").public_keys) == "key.file"


def test_an_existing_file_is_never_written_over(store: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    made = store.generate()
    before = made.private_file.read_bytes()
    same = store.load(made.keyid, _no_password)
    monkeypatch.setattr(PrivateKey, "generate", lambda algorithm: same)
    assert _refused(lambda: store.generate("again")) == "file.unwritable"
    assert made.private_file.read_bytes() == before


# Two at once, and one that is killed

_AT_ONCE: Final = """
import sys
from pathlib import Path
from worldflux.signing.keystore import Keystore
import cryptography.hazmat.primitives.asymmetric.ed25519, cryptography.hazmat.primitives.serialization
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    print(Keystore(Path(sys.argv[1]) / str(number)).default(create=True).keyid)
"""
_KILLED: Final = """
import os, sys
from pathlib import Path
from worldflux.signing.keystore import Keystore
Keystore(Path(sys.argv[1]) / "first").default(create=True)

def die_at(step):
    left = [step]
    def hook(event, arguments):
        if event in {"open", "os.rename", "os.mkdir", "os.chmod"} and sys.argv[1] in str(arguments[0]):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
    sys.addaudithook(hook)

for step in range(1, 100):
    process = os.fork()
    if process == 0:
        die_at(step)
        Keystore(Path(sys.argv[1]) / str(step)).default(create=True)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0:
        print(step)
        break
"""


def test_two_first_uses_at_once_make_one_key(tmp_path: Path) -> None:
    folders = 12
    command = [sys.executable, "-c", _AT_ONCE, str(tmp_path), str(folders)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with (
        subprocess.Popen(command, text=True, **pipes) as one,  # type: ignore[call-overload]
        subprocess.Popen(command, text=True, **pipes) as two,  # type: ignore[call-overload]
    ):
        for process in (one, two):
            assert process.stdout.readline() == "ready\n"
        for process in (one, two):
            process.stdin.write("go\n")
            process.stdin.flush()
        first, second = (process.communicate(timeout=60)[0].split() for process in (one, two))
    assert first == second
    assert len(set(first)) == folders
    for number in range(folders):
        store = Keystore(tmp_path / str(number))
        assert [key.keyid for key in store.public_keys()] == [first[number]]
        store.load(first[number], _no_password)


def test_whoever_is_killed_while_a_key_is_made_leaves_a_store_that_works(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)], capture_output=True, check=True, text=True, timeout=60
    )
    steps = int(done.stdout)
    assert steps > 8
    for step in range(1, steps + 1):
        store = Keystore(tmp_path / str(step))
        before = store.public_keys()
        key = store.default(create=True)
        assert before in ([], [key])
        assert store.load(key.keyid, _no_password).public == key.public
        assert all(_mode(path) == 0o600 for path in store.folder.glob("*.key.pem"))


# Where it all lies


def test_the_home_is_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "mine"))
    assert home.home() == tmp_path / "mine"
    assert home.state_home() == tmp_path / "mine" / "state"
    assert Keystore.of_user().folder == tmp_path / "mine" / "keys"


def test_without_the_variable_it_is_where_the_system_keeps_such_things(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLDFLUX_HOME", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if sys.platform == "linux":
        assert home.home() == tmp_path / "config" / "worldflux"
        assert home.state_home() == tmp_path / "state" / "worldflux"
    assert "worldflux" in str(home.home())
