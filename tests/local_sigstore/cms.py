"""Time stamps that no authority would make: `openssl cms` signs what `openssl ts` refuses to.

Formats: `TimeStampResp` of RFC 3161 section 2.4.2, around a CMS signed-data (RFC 5652).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.local_sigstore.certificates import Holder
from tests.local_sigstore.fulcio import der
from tests.local_sigstore.tsa import Tsa, openssl

_SEQUENCE: Final = 0x30
_GRANTED: Final = bytes.fromhex("3003020100")
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"


def forged_stamp(message: bytes, signer: Holder, others: Sequence[str] = (), *, second: Holder | None = None) -> bytes:
    """A reply that stamps a message, signed by anybody.

    Args:
        message: What is stamped.
        signer: Whose key and certificate.
        others: More certificates that the reply carries, PEM.
        second: Somebody who signs as well.
    """
    genuine = Tsa().timestamp(message)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "token").write_bytes(genuine[2 + _length_bytes(genuine) + len(_GRANTED) :])
        (folder / "others.pem").write_text("".join(others))
        openssl(folder, "cms", "-verify", "-noverify", "-inform", "DER", "-in", "token", "-out", "info")
        arguments = ["-econtent_type", _TST_INFO, "-binary", "-nodetach", "-md", "sha256", "-outform", "DER"]
        files = ["-in", "info"]
        for number, holder in enumerate([signer, second] if second else [signer]):
            files += _written(folder, holder, f"signer{number}.pem")
        files += ["-certfile", "others.pem"] if others else []
        return der(_SEQUENCE, _GRANTED + openssl(folder, "cms", "-sign", *arguments, *files))


def _written(folder: Path, holder: Holder, name: str) -> list[str]:
    """Put certificate and key into one file; the arguments that name it as a signer."""
    key = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (folder / name).write_text(holder.pem + key)
    return ["-signer", name, "-inkey", name]


def _length_bytes(encoded: bytes) -> int:
    """How many bytes follow the first length byte of a DER value."""
    return encoded[1] & 0x7F if encoded[1] & 0x80 else 0
