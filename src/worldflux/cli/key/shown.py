"""How keys are shown."""

from __future__ import annotations

from typing import Any, Final

from msgspec import UNSET

from worldbase.tables import visible
from worldflux.documents.trust import Algorithm
from worldflux.signing.keystore import OwnKey

NAMES: Final[dict[Algorithm, str]] = {"ed25519": "Ed25519", "ecdsa-p256-sha256": "ECDSA P-256"}


def as_json(key: OwnKey, default: str | None) -> dict[str, Any]:
    """A key for `--format json`; nothing secret.

    Args:
        key: One of the user's own.
        default: Id of the default key.
    """
    revoked = key.revoked and {
        "at": key.revoked.at,
        "reason": key.revoked.reason,
        "note": None if key.revoked.note is UNSET else key.revoked.note,
    }
    return {
        "label": key.label,
        "keyid": key.keyid,
        "algorithm": key.public.algorithm,
        "created_at": key.created_at,
        "default": key.keyid == default,
        "revoked": revoked,
        "private_file": str(key.private_file),
        "public_key_pem": key.public.pem,
    }


def state(key: OwnKey, default: str | None) -> str:
    """What a key is good for, in a few words."""
    if key.revoked:
        return f"revoked {key.revoked.at[:10]}: {key.revoked.reason}"
    return "default: signs where no key is named" if key.keyid == default else "signs where it is named"


def title(key: OwnKey) -> str:
    """Label and algorithm."""
    return f"{visible(key.label)} ({NAMES[key.public.algorithm]})"
