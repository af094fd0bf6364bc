"""Sigstore's verifier for JavaScript says the same as this one. Asked for with `-m network`: npm brings it."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.local_sigstore import LocalSigstore, serving
from tests.local_sigstore.forging import STATEMENT, forged, written
from tests.local_sigstore.fulcio import Wanted
from tests.local_sigstore.rekor import Version
from tests.loopback import local_server
from worldbase.errors import WorldError
from worldflux.signing.builtin.sigstore import BACKEND, verify_bundle
from worldflux.signing.contract import SignerSettings

PACKAGES: Final = ("@sigstore/verify@4.1.3", "@sigstore/bundle@5", "@sigstore/protobuf-specs@0.5")
ALICE, ISSUER = "alice@example.test", "https://issuer.test"
SCRIPT: Final = """
const fs = require('fs');
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { toSignedEntity, toTrustMaterial, Verifier } = require('@sigstore/verify');

function refusal({ bundle, root, identity, issuer }) {
  try {
    const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(root)));
    const verifier = new Verifier(material);
    const policy = { subjectAlternativeName: identity, extensions: { issuer } };
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle))), policy);
    return '';
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}`;
  }
}

const cases = JSON.parse(fs.readFileSync(0, 'utf8'));
console.log(JSON.stringify(cases.map(refusal)));
"""

pytestmark = pytest.mark.network


@dataclass(frozen=True)
class Case:
    """A question to both verifiers; the bundle is good where `is_good`."""

    name: str
    bundle: bytes
    root: bytes
    is_good: bool = False
    identity: str = ALICE
    issuer: str = ISSUER


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm and node are not installed")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save", *PACKAGES]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


def ours(case: Case) -> str:
    try:
        verify_bundle(case.bundle, trusted_root=case.root, identity=case.identity, issuer=case.issuer)
    except WorldError as error:
        return str(error)
    return ""


def theirs(cases: list[Case], packages: Path) -> list[str]:
    questions = [
        {
            "bundle": case.bundle.decode(),
            "root": case.root.decode(),
            "identity": case.identity,
            "issuer": case.issuer,
        }
        for case in cases
    ]
    done = subprocess.run(
        ["node", "-e", SCRIPT],
        cwd=packages,
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


def signed(sigstore: LocalSigstore, folder: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A bundle as `audit sign` writes it."""
    with serving(sigstore) as server:
        config = folder / "config.json"
        config.write_bytes(server.trust_config())
        monkeypatch.setenv("TOKEN", sigstore.token())
        return BACKEND.signer(SignerSettings(identity_token_env="TOKEN", trust_config=config)).seal(STATEMENT).data


def spoilt(good: bytes, sigstore: LocalSigstore) -> dict[str, bytes]:
    """Bad bundles, each with one part wrong."""
    other = forged(sigstore, STATEMENT.replace(b"supported", b"undecided"))
    changes: dict[str, dict[str, Any]] = {
        "changed payload": json.loads(good),
        "entry of another bundle": json.loads(good),
        "certificate of another bundle": json.loads(good),
        "nobody's time": json.loads(good),
        "no proof": json.loads(good),
    }
    changes["changed payload"]["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"]
    material, others = "verificationMaterial", other["verificationMaterial"]
    changes["entry of another bundle"][material]["tlogEntries"] = others["tlogEntries"]
    changes["certificate of another bundle"][material]["certificate"] = others["certificate"]
    changes["nobody's time"][material].pop("timestampVerificationData", None)
    changes["nobody's time"][material]["tlogEntries"][0].pop("inclusionPromise", None)
    changes["no proof"][material]["tlogEntries"][0].pop("inclusionProof")
    bundles = {name: written(bundle) for name, bundle in changes.items()}
    bundles["expired certificate"] = written(forged(sigstore, wanted=Wanted(age=dt.timedelta(hours=1))))
    bundles["unseen certificate"] = written(forged(sigstore, wanted=Wanted(is_seen=False)))
    return bundles


@local_server
@pytest.mark.parametrize("version", [1, 2])
def test_both_verifiers_agree(
    version: Version, packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sigstore = LocalSigstore(version)
    good, root = signed(sigstore, tmp_path, monkeypatch), sigstore.trusted_root()
    cases = [
        Case("good", good, root, is_good=True),
        Case("made by hand", written(forged(sigstore)), root, is_good=True),
        Case("wrong identity", good, root, identity="mallory@example.test"),
        Case("wrong issuer", good, root, issuer="https://evil.test"),
        Case("another root", good, LocalSigstore(version).trusted_root()),
        *(Case(name, bundle, root) for name, bundle in spoilt(good, sigstore).items()),
    ]
    answers = theirs(cases, packages)
    for case, answer in zip(cases, answers, strict=True):
        assert (ours(case) == "") == (answer == "") == case.is_good, (case.name, ours(case), answer)


def test_the_comparison_has_both_kinds(packages: Path) -> None:
    """A verifier that refuses everything, or nothing, would not pass above."""
    sigstore = LocalSigstore(1)
    good = forged(sigstore)
    bad = dict(good, dsseEnvelope=good["dsseEnvelope"] | {"payloadType": "text/plain"})
    cases = [Case("good", written(good), sigstore.trusted_root()), Case("bad", written(bad), sigstore.trusted_root())]
    assert [bool(answer) for answer in theirs(cases, packages)] == [False, True]
