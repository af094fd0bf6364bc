"""A time-stamping authority (RFC 3161) whose replies `openssl ts` makes."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.local_sigstore.certificates import DAY, SHA256, Holder, authority, draft, key_usage, name, new_key, now

# Its certificate is then longer than the one above it; `openssl ts` writes it first, and in order it would be last.
_LONG_NAME: Final = "local time, by a name that makes its certificate a long one"
_CONFIGURATION: Final = """\
[tsa]
default_tsa = local
[local]
serial = serial
crypto_device = builtin
signer_cert = certificate.pem
signer_key = key.pem
certs = others.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class Tsa:
    """Says at what time it saw a digest.

    Args:
        expired: The certificate of the authority is no longer valid.
        has_intermediate: An authority stands between the root and the certificate.
    """

    def __init__(
        self,
        *,
        expired: bool = False,
        has_intermediate: bool = False,
    ) -> None:
        self.root = authority("local time root")
        self.intermediate = authority("local time authority", self.root, path_length=0) if has_intermediate else None
        until = now() - DAY if expired else now() + 300 * DAY
        self.holder = stamper(self.intermediate or self.root, until)
        self._lock = threading.Lock()

    @property
    def chain(self) -> tuple[Holder, ...]:
        """Certificates from that of the authority up to the root."""
        return (self.holder, *((self.intermediate,) if self.intermediate else ()), self.root)

    def reply(self, query: bytes) -> bytes:
        """Answer a request; where the request asks for them, with certificates."""
        with self._lock, tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self._write(folder)
            (folder / "query").write_bytes(query)
            return openssl(folder, "ts", "-reply", "-config", "tsa.conf", "-queryfile", "query")

    def timestamp(self, message: bytes, *, with_certificate: bool = True, digest: str = "sha256") -> bytes:
        """The reply to a request over a message that asks for no random number to be repeated."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "message").write_bytes(message)
            wants = ["-cert"] if with_certificate else []
            query = openssl(folder, "ts", "-query", "-data", "message", f"-{digest}", "-no_nonce", *wants)
        return self.reply(query)

    def _write(self, folder: Path) -> None:
        key = self.holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        others = self.intermediate.pem if self.intermediate else self.holder.pem
        (folder / "tsa.conf").write_text(_CONFIGURATION)
        (folder / "key.pem").write_bytes(key)
        (folder / "certificate.pem").write_text(self.holder.pem)
        (folder / "others.pem").write_text(others)
        (folder / "serial").write_text(f"{x509.random_serial_number():040X}")


def stamper(
    issuer: Holder,
    until: dt.datetime,
    usages: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    *,
    critical: bool = True,
) -> Holder:
    """A certificate for time stamps; RFC 3161 wants it to be for nothing else, and to say so in a critical way."""
    key = new_key()
    builder = draft(name(_LONG_NAME), key.public_key(), issuer, now() - 20 * DAY, until)
    builder = builder.add_extension(key_usage(signs_data=True), critical=True)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=critical)
    return Holder(key, builder.sign(issuer.key, SHA256))


def openssl(folder: Path, *arguments: str) -> bytes:
    """What the program writes to its standard output; the test is skipped, visibly, where it is not installed."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("the openssl program makes the time stamps of this test, and is not installed")
    return subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True).stdout
