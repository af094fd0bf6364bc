"""Where signers are found: the entry point group `worldflux.signers`."""

from __future__ import annotations

from worldbase.plugins import Registry
from worldflux.signing.contract import Backend

SIGNERS: Registry[Backend] = Registry("worldflux.signers", "signer", Backend)  # type: ignore[type-abstract]
