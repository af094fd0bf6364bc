"""Private keys as files.

Without a password a key is written as PKCS#8 (RFC 5958). With one it is written in the format of OpenSSH, whose
password is stretched by bcrypt: the library's PKCS#8 writer knows only PBKDF2 with 2,048 rounds, which a graphics card
tries in no time. Both are read, and PKCS#8 encrypted by others too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from worldbase.errors import Where
from worldflux.errors import SigningError
from worldflux.signing.keys import SUPPORTED, PrivateKey
from worldflux.signing.secret_files import read_secret

AskPassword = Callable[[], bytes | None]
"""Gives the password of a key, or None where nobody gave one. Called only for a key that has one."""

# About half a second on a laptop of 2026; OpenSSH takes 16 itself.
_BCRYPT_ROUNDS: Final = 64

_OPENSSH: Final = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_PKCS8: Final = (b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def encoded(key: PrivateKey, password: bytes | None) -> bytes:
    """The bytes of a private key's file, encrypted where there is a password."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    if password is None:
        return key.secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    strong = PrivateFormat.OpenSSH.encryption_builder().kdf_rounds(_BCRYPT_ROUNDS).build(password)
    return key.secret.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, strong)


def read_private_key(path: Path, ask_password: AskPassword) -> PrivateKey:
    """Open a private key's file: PKCS#8 or OpenSSH, with or without a password.

    Raises:
        SigningError: What `read_secret` raises about the file; `key.format`, `key.password_needed`, `key.password`,
            `key.unsupported`.
    """
    data = read_secret(path).lstrip()
    load = _loader(data, path)
    secret = _opened(load, data, None, path)
    if secret is None:
        password = ask_password()
        secret = _opened(load, data, password, path) if password else None
    if secret is None:
        raise SigningError(
            f"{path.name} has a password, and none was given",
            code="key.password_needed",
            where=Where(path.name),
            hint="Give it by --password-env NAME or --password-file FILE, or work at a terminal.",
        )
    return PrivateKey.of(secret, file=path.name)


_Load = Callable[[bytes, bytes | None], object]


def _loader(data: bytes, path: Path) -> _Load:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    if data.startswith(_OPENSSH):
        return load_ssh_private_key
    if data.startswith(_PKCS8):
        return load_pem_private_key
    raise SigningError(
        f"{path.name} is no private key in a form that is read",
        code="key.format",
        where=Where(path.name),
        hint=f"{SUPPORTED} `openssl pkcs8 -topk8` writes PKCS#8; OpenSSH's own form is read too.",
    )


def _opened(load: _Load, data: bytes, password: bytes | None, path: Path) -> object | None:
    """The library's key, or None where it needs a password and there is none."""
    from cryptography.exceptions import InternalError, InvalidTag, UnsupportedAlgorithm

    try:
        return load(data, password)
    except TypeError:
        return None
    except UnsupportedAlgorithm:
        raise SigningError(
            f"{path.name} holds a key or a cipher that cannot be used",
            code="key.unsupported",
            where=Where(path.name),
            hint=f"{SUPPORTED} Make one with `worldflux key generate`.",
        ) from None
    except (ValueError, InvalidTag, InternalError):
        # OpenSSL reports some damaged keys as an error of its own.
        raise SigningError(
            f"{path.name} does not open{' with this password' if password else ''}",
            code="key.password" if password else "key.format",
            where=Where(path.name),
            hint="Check the password; if it is right, the file is damaged.",
        ) from None
