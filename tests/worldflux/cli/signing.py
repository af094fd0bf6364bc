"""A home of a test's own, with keys that are known beforehand."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.command import worldflux
from tests.tampering import AUTHOR_KEY, P256_KEY, TestKey
from tests.worldflux.small_package import contents
from worldflux.signing import private_key_files
from worldflux.signing.keys import PrivateKey

EPOCH = "1795219200"
"""2026-11-21T00:00:00Z."""


def settle(monkeypatch: pytest.MonkeyPatch, home: Path, key: TestKey = AUTHOR_KEY) -> Path:
    """Have a home in a folder, and this key as the one that is made there; passwords cost nothing."""

    def made(algorithm: str = "ed25519") -> PrivateKey:
        return PrivateKey.of((key if algorithm == key.algorithm else P256_KEY).private)

    monkeypatch.setenv("WORLDFLUX_HOME", str(home))
    monkeypatch.setattr(private_key_files, "_BCRYPT_ROUNDS", 1)
    monkeypatch.setattr(PrivateKey, "generate", staticmethod(made))
    return home


def remembered(home: Path) -> dict[str, bytes]:
    """What verifications left in a home."""
    return {name: data for name, data in contents(home).items() if name.startswith("state/")}


def masked(text: str) -> str:
    """A text without the digests that depend on the versions of libraries."""
    return re.sub("sha256:[0-9a-f]{64}", "sha256:<64 hex digits>", text)


def report(line: str, *more: object, code: int = 0) -> dict[str, Any]:
    """Run a command for its JSON."""
    done = worldflux(line, *more, "--format", "json")
    assert done.code == code, done.err + done.out
    value: dict[str, Any] = json.loads(done.out)
    return value


def refused(line: str, *more: object) -> tuple[int, str]:
    """Exit code and error code of a command that says nothing else."""
    done = worldflux(line, *more)
    assert done.out == ""
    assert "Traceback" not in done.err
    return done.code, done.err.split("  [")[-1].split("]")[0]
