"""From an audited package to a stranger who trusts an identity: sign in public, verify offline."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command import Outcome, inside, worldflux
from tests.local_sigstore import LocalSigstore, serving
from tests.local_sigstore.rekor import Version
from tests.loopback import local, local_server
from worldflux.signing import timestamps

ALICE, ISSUER, TOKEN = "alice@example.test", "https://issuer.test", "SIGSTORE_ID_TOKEN"
PACKAGE = Path("worldflux-demo/metaworld/evidence_pkg")
SIGN = f"audit sign {PACKAGE} --backend sigstore --identity-token-env {TOKEN} --sigstore-trust-config config.json"


@dataclass(frozen=True)
class Lab:
    """A folder with an audited package, and a Sigstore that answers."""

    folder: Path
    sigstore: LocalSigstore

    def trust(self, identity: str = ALICE, issuer: str = ISSUER, file: str = "policy.json") -> None:
        (self.folder / "trusted_root.json").write_bytes(self.sigstore.trusted_root())
        added = worldflux(
            f"trust add --sigstore-identity {identity} --sigstore-issuer {issuer} --trusted-root trusted_root.json",
            "--file",
            file,
        )
        assert added.code == 0, added.err

    def verify(self, *more: str) -> Outcome:
        return worldflux(f"audit verify {PACKAGE} --no-state --format json", *more)


@pytest.fixture(params=[1, 2], ids=["rekor v1", "rekor v2"])
def lab(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    version: Version = request.param
    sigstore = LocalSigstore(version)
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(TOKEN, sigstore.token())
    with inside(tmp_path), serving(sigstore) as server:
        Path("config.json").write_bytes(server.trust_config())
        assert worldflux("demo --quiet").code == 0
        yield Lab(tmp_path, sigstore)


@local_server
@pytest.mark.slow
def test_an_identity_signs_and_a_stranger_verifies(lab: Lab) -> None:
    asked = worldflux(SIGN)
    assert asked.code == 2
    assert "who vouches for it" in asked.err
    assert not (PACKAGE / "signatures").exists()

    signed = worldflux(f"{SIGN} --confirm-public-log")
    assert signed.code == 0, signed.err
    assert f"{ALICE}, vouched for by {ISSUER}" in signed.err
    assert os.environ[TOKEN] not in signed.out + signed.err
    assert sorted(path.name for path in (PACKAGE / "signatures").iterdir()) == [
        "author.sigstore.json",
        "public.sigstore.json",
    ]

    lab.trust()
    verified = lab.verify("--sigstore-policy-config", "policy.json", "--require-trust", "policy")
    assert verified.code == 0, verified.out
    report = json.loads(verified.out)
    assert report["ok"]
    assert (report["signer"]["identity"], report["signer"]["issuer"]) == (ALICE, ISSUER)

    lab.trust(issuer="https://evil.test", file="other.json")
    assert lab.verify("--sigstore-policy-config", "other.json").code == 20


@local_server
@pytest.mark.slow
def test_what_was_changed_after_signing_is_refused(lab: Lab) -> None:
    assert worldflux(f"{SIGN} --confirm-public-log").code == 0
    lab.trust()
    author, public = (PACKAGE / "signatures" / f"{name}.sigstore.json" for name in ("author", "public"))
    kept = author.read_bytes()
    author.write_bytes(public.read_bytes())
    assert lab.verify("--sigstore-policy-config", "policy.json").code == 15
    author.write_bytes(kept.replace(b'"keyId"', b'"keyID"'))
    assert lab.verify("--sigstore-policy-config", "policy.json").code == 15
    author.write_bytes(kept[:-20])
    assert lab.verify("--sigstore-policy-config", "policy.json").code == 15
    author.write_bytes(kept)
    report = PACKAGE / "evidence.md"
    report.write_text(report.read_text().replace("supported", "refuted"))
    assert lab.verify("--sigstore-policy-config", "policy.json").code == 13


def _trusted(folder: Path, root: str) -> str:
    """A trust file with one's own key and a root of a time-stamping authority."""
    path = folder / "trusted.json"
    assert worldflux("trust init --overwrite --output", path).code == 0
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tsa_roots": [root], "require_timestamp": True}))
    return str(path)


@local_server
@pytest.mark.slow
@pytest.mark.parametrize("lab", [2], indirect=True)
def test_a_key_of_ones_own_with_somebody_elses_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timestamps, "_poster", lambda url: local(max_bytes=timestamps.MAX_BYTES))
    url = json.loads(Path("config.json").read_text())["signingConfig"]["tsaUrls"][0]["url"]
    signed = worldflux(f"audit sign {PACKAGE} --tsa-url {url}")
    assert signed.code == 0, signed.err

    reply = PACKAGE / "signatures" / "author.tsr"
    trusted = _trusted(lab.folder, lab.sigstore.tsa.root.pem)
    verified = lab.verify("--trusted-signer-config", trusted)
    assert verified.code == 0, verified.out
    assert json.loads(verified.out)["signer"]["time_source"] == "rfc3161"

    kept = reply.read_bytes()
    reply.write_bytes(kept + kept)
    assert lab.verify("--trusted-signer-config", trusted).code == 15
    reply.write_bytes(lab.sigstore.tsa.timestamp(b"another signature"))
    assert lab.verify("--trusted-signer-config", trusted).code == 15
    reply.unlink()
    assert lab.verify("--trusted-signer-config", trusted).code == 20
    reply.write_bytes(kept)
    stranger = _trusted(lab.folder, LocalSigstore(2).tsa.root.pem)
    assert lab.verify("--trusted-signer-config", stranger).code == 20
