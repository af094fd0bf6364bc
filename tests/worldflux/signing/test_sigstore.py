"""Sigstore: signing with a service on this machine, and opening what it and the public service made."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509

from tests.local_sigstore import LocalSigstore, serving
from tests.local_sigstore.certificates import now
from tests.local_sigstore.forging import PAYLOAD_TYPE, STATEMENT, forged, signature_of, written
from tests.local_sigstore.fulcio import BUILD_CONFIG, SOURCE_REF, SOURCE_REPOSITORY, Wanted, der
from tests.local_sigstore.rekor import Rekor, Version
from tests.local_sigstore.serving import Interfaces
from tests.loopback import local_server
from tests.support import shared_data
from worldbase.errors import EnvironmentMissingError, StorageError, WorldError
from worldflux.errors import SignatureError, SigningError, TrustError
from worldflux.signing.builtin.sigstore import BACKEND, SigstoreSigner, library, open_bundle, times, verify_bundle
from worldflux.signing.builtin.sigstore.opening import verified
from worldflux.signing.contract import Backend, OpenedSeal, SignedBy, Signer, SignerSettings
from worldflux.signing.registry import SIGNERS
from worldflux.testing.signer_contract import LAWS, SignerCase, SignerContract

TOKEN = "IDENTITY_TOKEN"
ALICE = "alice@example.test"
ISSUER = "https://issuer.test"
GITHUB = "https://token.actions.githubusercontent.com"
WORKFLOW = "https://github.com/example/robot/.github/workflows/sign.yml@refs/tags/v1"
CONFORMANCE = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon"
    "/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)
FILE = "author.sigstore.json"
Answer = tuple[int, str, bytes]
BROKEN: list[Answer] = [(500, "text/plain", b"down"), (200, "application/json", b"{}"), (200, "", b"\xff")]


@pytest.fixture(params=[1, 2], ids=["rekor v1", "rekor v2"])
def sigstore(request: pytest.FixtureRequest) -> LocalSigstore:
    version: Version = request.param
    return LocalSigstore(version)


@pytest.fixture
def server(sigstore: LocalSigstore) -> Iterator[Interfaces]:
    with serving(sigstore) as server:
        yield server


@pytest.fixture
def settings(server: Interfaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignerSettings:
    monkeypatch.setenv(TOKEN, server.sigstore.token())
    config = tmp_path / "trust_config.json"
    config.write_bytes(server.trust_config())
    return SignerSettings(identity_token_env=TOKEN, trust_config=config)


@pytest.fixture
def signer(settings: SignerSettings) -> Signer:
    return BACKEND.signer(settings)


def opened(bundle: bytes, sigstore: LocalSigstore) -> OpenedSeal:
    return open_bundle(bundle, file=FILE, trusted_root=sigstore.trusted_root())


def signed_by(sigstore: LocalSigstore, wanted: Wanted | None = None) -> SignedBy:
    (signer,) = opened(written(forged(sigstore, wanted=wanted)), sigstore).signed_by
    return signer


def test_it_is_registered() -> None:
    assert SIGNERS.get("sigstore") is BACKEND
    assert isinstance(BACKEND, Backend)


@local_server
def test_a_signed_statement_opens(sigstore: LocalSigstore, signer: Signer) -> None:
    sealed = signer.seal(STATEMENT)
    seal = opened(sealed.data, sigstore)
    (who,) = seal.signed_by
    assert (sealed.suffix, sealed.data[-1:]) == ("sigstore.json", b"\n")
    assert (seal.payload_type, seal.payload, seal.signatures) == (PAYLOAD_TYPE, STATEMENT, (sealed.signature,))
    assert (who.kind, who.known, who.identity, who.issuer, who.github) == ("sigstore", True, ALICE, ISSUER, None)
    assert who.time_source == ("rekor" if sigstore.rekor.version == 1 else "rfc3161")
    assert who.trusted_time is not None
    assert abs(now() - who.trusted_time) < dt.timedelta(minutes=5)


@local_server
@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_it_keeps_the_law_of_all_signers(law: str, sigstore: LocalSigstore, settings: SignerSettings) -> None:
    case = SignerCase("sigstore", settings, trusted_root=sigstore.trusted_root(), public_log=True)
    SignerContract(case).check(law)


@local_server
def test_what_is_said_to_be_sent_is_what_is_sent(sigstore: LocalSigstore, server: Interfaces, signer: Signer) -> None:
    said = signer.publishes(STATEMENT)
    signer.seal(STATEMENT)
    assert f"{ALICE}, vouched for by {ISSUER}" in said
    assert ("artifact_manifest.json" in said) == (sigstore.rekor.version == 1)
    sent = b" ".join(server.bodies.values())
    has_statement = base64.b64encode(STATEMENT)[:40] in sent
    assert has_statement == (sigstore.rekor.version == 1)
    assert ("statement is sent to" in said) == has_statement
    assert ("statement itself is not sent to" in said) == (not has_statement)
    if sigstore.rekor.version == 2:
        assert base64.b64encode(hashlib.sha256(STATEMENT).digest()) not in sent


@local_server
@pytest.mark.parametrize("sigstore", [1], indirect=True)
def test_many_names_are_not_all_told(signer: Signer) -> None:
    subjects = [{"name": f"file{number}.json", "digest": {"sha256": "0" * 64}} for number in range(12)]
    said = signer.publishes(json.dumps({"subject": subjects}).encode())
    assert "file0.json" in said
    assert "and 4 more files" in said


@local_server
def test_the_token_is_shown_to_nobody(settings: SignerSettings, sigstore: LocalSigstore) -> None:
    signer = BACKEND.signer(settings)
    token = str(signer.token)
    assert token.count(".") == 2
    assert signer.label == ALICE
    for shown in (repr(signer), str(signer), signer.publishes(STATEMENT), repr(settings)):
        assert token not in shown
    assert token.encode() not in signer.seal(STATEMENT).data


@local_server
@pytest.mark.parametrize("path", ["/api/v2/signingCert", "log"])
@pytest.mark.parametrize("answer", BROKEN)
def test_a_service_that_does_not_do_its_part(server: Interfaces, signer: Signer, path: str, answer: Answer) -> None:
    log = f"/api/v{server.sigstore.rekor.version}/log/entries"
    server.broken[log if path == "log" else path] = answer
    refused(signer)


@local_server
@pytest.mark.parametrize("sigstore", [2], indirect=True)
@pytest.mark.parametrize("answer", BROKEN)
def test_an_authority_that_does_not_stamp(server: Interfaces, signer: Signer, answer: Answer) -> None:
    """Version 2 of the log states no time, so a bundle without a time stamp proves nothing."""
    server.broken["/timestamp"] = answer
    refused(signer)


def refused(signer: Signer) -> None:
    with pytest.raises(StorageError) as caught:
        signer.seal(STATEMENT)
    assert (caught.value.code, caught.value.exit_code) == ("sigstore.service", 5)
    assert "\n" not in caught.value.message


@local_server
def test_nobody_at_the_address(settings: SignerSettings, server: Interfaces) -> None:
    signer = BACKEND.signer(settings)
    server.shutdown()
    server.server_close()
    refused(signer)


@local_server
def test_a_certificate_of_a_stranger_is_not_taken(settings: SignerSettings, server: Interfaces) -> None:
    """The services answer, and what they answer is not under the configured root."""
    signer = BACKEND.signer(settings)
    server.sigstore.fulcio = LocalSigstore().fulcio
    with pytest.raises(WorldError) as caught:
        signer.seal(STATEMENT)
    assert caught.value.code in {"sigstore.service", "signature.bundle"}


@local_server
def test_an_entry_of_another_log_is_not_taken(settings: SignerSettings, server: Interfaces) -> None:
    """The library signs without a look at the log's proof; what would not verify is not handed out."""
    signer = BACKEND.signer(settings)
    server.sigstore.rekor = Rekor(server.sigstore.rekor.version)
    with pytest.raises(SignatureError, match="log entry") as caught:
        signer.seal(STATEMENT)
    assert caught.value.code == "signature.bundle"


@local_server
def test_a_bundle_over_another_statement_is_not_taken(
    sigstore: LocalSigstore, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = written(forged(sigstore, STATEMENT.replace(b"supported", b"undecided")))
    monkeypatch.setattr(SigstoreSigner, "_sealed", lambda signer, statement: other)
    with pytest.raises(StorageError, match="another statement"):
        signer.seal(STATEMENT)


def test_the_earliest_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature was there when the first of several authorities saw it."""
    sigstore, moment = LocalSigstore(2), now()
    stamps = [moment, moment - dt.timedelta(seconds=2), moment - dt.timedelta(seconds=1)]
    monkeypatch.setattr(times, "_stamped", lambda bundle, root: iter(stamps))
    assert signed_by(sigstore).trusted_time == stamps[1]


def test_where_the_second_look_finds_no_time_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the log states one that it did not sign for."""
    sigstore = LocalSigstore(2)
    bundle = forged(sigstore)
    bundle["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = "1700000000"
    assert opened(written(bundle), sigstore).signed_by[0].time_source == "rfc3161"
    monkeypatch.setattr(times, "_stamped", lambda bundle, root: iter(()))
    with pytest.raises(SignatureError, match="nobody says who signed it and when"):
        opened(written(bundle), sigstore)


def test_an_environment_variable_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    with pytest.raises(SigningError, match=f"{TOKEN} is not set") as caught:
        BACKEND.signer(SignerSettings(identity_token_env=TOKEN))
    assert caught.value.code == "sigstore.no_token"


def test_without_ci_there_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "CIRCLECI", "BUILDKITE", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sigstore.oidc.detect_credential", lambda: None)
    with pytest.raises(SigningError, match="no CI run") as caught:
        BACKEND.signer(SignerSettings())
    assert caught.value.code == "sigstore.no_token"


def test_ci_that_gives_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", raising=False)
    with pytest.raises(SigningError) as caught:
        BACKEND.signer(SignerSettings())
    assert caught.value.code == "sigstore.no_token"
    assert "id-token: write" in (caught.value.hint or "")


def test_the_token_of_ci_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sigstore = LocalSigstore()
    config = tmp_path / "config.json"
    config.write_bytes(sigstore.trust_config("http://127.0.0.1:9"))
    monkeypatch.setattr("sigstore.oidc.detect_credential", lambda: sigstore.token("ci@example.test"))
    assert BACKEND.signer(SignerSettings(trust_config=config)).label == "ci@example.test"


@pytest.mark.parametrize("token", ["secret", "a.b.c", "expired", "other audience"])
def test_a_token_that_cannot_be_used(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sigstore = LocalSigstore()
    made = {
        "expired": sigstore.token(exp="1"),
        "other audience": sigstore.token(aud="somebody else"),
    }
    monkeypatch.setenv(TOKEN, made.get(token, token))
    with pytest.raises(SigningError) as caught:
        BACKEND.signer(SignerSettings(identity_token_env=TOKEN))
    assert caught.value.code == "sigstore.token"
    assert made.get(token, token) not in str(caught.value)


@pytest.mark.parametrize(
    "config",
    ["", "{}", "[]", '{"mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"}', "no log"],
)
def test_a_trust_config_that_cannot_be_used(config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sigstore = LocalSigstore()
    monkeypatch.setenv(TOKEN, sigstore.token())
    document = json.loads(sigstore.trust_config("http://127.0.0.1:9"))
    document["signingConfig"]["rekorTlogUrls"] = []
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document) if config == "no log" else config)
    with pytest.raises(WorldError) as caught:
        BACKEND.signer(SignerSettings(identity_token_env=TOKEN, trust_config=path))
    assert caught.value.code in {"sigstore.trust_config", "json.syntax"}
    assert caught.value.where is not None
    assert caught.value.where.file == "config.json"


def test_a_trust_config_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, LocalSigstore().token())
    with pytest.raises(WorldError):
        BACKEND.signer(SignerSettings(identity_token_env=TOKEN, trust_config=tmp_path / "none.json"))


def test_the_public_service_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the services of the public instance are, the library asks before it signs; here it finds no network."""
    monkeypatch.setenv(TOKEN, LocalSigstore().token())
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    with pytest.raises(StorageError) as caught:
        BACKEND.signer(SignerSettings(identity_token_env=TOKEN))
    assert caught.value.code == "sigstore.service"


@pytest.mark.parametrize(
    "use",
    [
        lambda: open_bundle(b"{}", file=FILE, trusted_root=None),
        lambda: BACKEND.signer(SignerSettings(identity_token_env=TOKEN)),
    ],
    ids=["open", "sign"],
)
def test_without_the_extra_the_line_to_install_it_is_given(
    use: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "sigstore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sigstore", None)
    with pytest.raises(EnvironmentMissingError) as caught:
        use()
    assert (caught.value.code, caught.value.exit_code) == ("sigstore.not_installed", 4)
    assert caught.value.hint == 'pip install "worldflux[sigstore]"'


def test_who_signed_is_called_by_the_digest_of_the_certificate() -> None:
    sigstore = LocalSigstore()
    bundle = forged(sigstore)
    certificate = base64.b64decode(bundle["verificationMaterial"]["certificate"]["rawBytes"])
    seal = opened(written(bundle), sigstore)
    assert seal.signed_by[0].keyid == hashlib.sha256(certificate).hexdigest()
    assert seal.signed_by[0].algorithm == "ecdsa-p256-sha256"
    assert seal.signatures == (signature_of(bundle),)


def test_a_time_stamp_counts_more_than_the_log() -> None:
    sigstore = LocalSigstore(1)
    plain = forged(sigstore)
    stamp = base64.b64encode(sigstore.tsa.timestamp(signature_of(plain))).decode()
    data = plain["verificationMaterial"]["timestampVerificationData"]
    data["rfc3161Timestamps"] = [{"signedTimestamp": stamp}]
    assert opened(written(plain), sigstore).signed_by[0].time_source == "rfc3161"


def test_a_workflow_run_is_named() -> None:
    claims = {
        SOURCE_REPOSITORY: "https://github.com/example/robot",
        SOURCE_REF: "refs/tags/v1",
        BUILD_CONFIG: WORKFLOW,
    }
    who = signed_by(LocalSigstore(), Wanted(WORKFLOW, GITHUB, claims))
    assert (who.identity, who.issuer) == (WORKFLOW, GITHUB)
    assert who.github == {
        "repository": "example/robot",
        "workflow_ref": "example/robot/.github/workflows/sign.yml@refs/tags/v1",
        "ref": "refs/tags/v1",
    }


def test_only_githubs_own_issuer_speaks_of_github() -> None:
    claims = {SOURCE_REPOSITORY: "https://github.com/example/robot"}
    assert signed_by(LocalSigstore(), Wanted(WORKFLOW, "https://issuer.test", claims)).github is None


def test_a_user_name_is_an_identity() -> None:
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.57264.1.7")
    wanted = Wanted(names=(x509.OtherName(oid, der(0x0C, b"robot!example.test")),))
    assert signed_by(LocalSigstore(), wanted).identity == "robot!example.test"


def test_without_a_root_of_ones_own_the_public_one_is_used() -> None:
    folder = shared_data("third-party/sigstore-python-assets")
    bundle = (folder / "bundle_v3_github.whl.sigstore").read_bytes()
    artifact = (folder / "bundle_v3_github.whl").read_bytes()
    found = verified(
        bundle,
        lambda verifier, bundle, reader: verifier.verify_artifact(artifact, bundle, reader),
        file=FILE,
        root=library.trusted_root(None),
        known=False,
    )
    assert found.signed_by.issuer == GITHUB


def test_the_public_root_knows_no_other_service() -> None:
    with pytest.raises(SignatureError) as caught:
        BACKEND.open(written(forged(LocalSigstore(1))), file=FILE)
    assert caught.value.code == "signature.bundle"
    assert "as no policy brings another" in (caught.value.hint or "")


def test_who_is_found_under_the_public_root_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    sigstore = LocalSigstore()
    monkeypatch.setattr(library, "public_trusted_root", sigstore.trusted_root)
    bundle = written(forged(sigstore))
    (stranger,) = BACKEND.open(bundle, file=FILE).signed_by
    (known,) = BACKEND.open(bundle, file=FILE, trusted_root=sigstore.trusted_root()).signed_by
    assert (stranger.known, known.known) == (False, True)
    assert dataclasses.replace(stranger, known=True) == known


@pytest.mark.parametrize(
    ("name", "artifact", "root", "identity", "issuer", "time"),
    [
        (
            "bundle_v3_github.whl",
            "bundle_v3_github.whl",
            "production",
            "https://github.com/trailofbits/rfc8785.py/.github/workflows/release.yml@refs/tags/v0.1.2",
            GITHUB,
            "2024-03-19T22:41:16+00:00",
        ),
        (
            "bundle_v3.txt",
            "bundle_v3.txt",
            "staging",
            "william@yossarian.net",
            "https://github.com/login/oauth",
            "2024-04-02T19:19:09+00:00",
        ),
        (
            "staging-rekor-v2.txt",
            "staging-rekor-v2.txt",
            "staging",
            "jku@goto.fi",
            "https://github.com/login/oauth",
            "2025-06-09T11:57:38+00:00",
        ),
        (
            "a.dsse.staging-rekor-v2.txt",
            "../sigstore-conformance/bundle-verify/a.txt",
            "staging",
            CONFORMANCE,
            GITHUB,
            "2026-05-13T19:23:33+00:00",
        ),
    ],
)
def test_bundles_of_the_public_service(
    name: str, artifact: str, root: str, identity: str, issuer: str, time: str
) -> None:
    folder = shared_data("third-party/sigstore-python-assets")
    bundle = next(folder.glob(f"{name}.sigstore*")).read_bytes()
    who = verify_bundle(
        bundle,
        trusted_root=(folder / f"{root}_trusted_root.json").read_bytes(),
        identity=identity,
        issuer=issuer,
        sha256=hashlib.sha256((folder / artifact).read_bytes()).digest(),
    )
    assert who.trusted_time == dt.datetime.fromisoformat(time)


def test_a_bundle_over_an_artifact_is_no_seal() -> None:
    """A package is signed by a Statement; a signature over some file says nothing about it."""
    folder = shared_data("third-party/sigstore-python-assets")
    with pytest.raises(WorldError, match="without a DSSE envelope") as caught:
        open_bundle(
            (folder / "bundle_v3_github.whl.sigstore").read_bytes(),
            file=FILE,
            trusted_root=(folder / "production_trusted_root.json").read_bytes(),
        )
    assert caught.value.code == "signature.bundle"


@pytest.mark.parametrize(
    ("empty", "code"),
    [
        ("tlogs", "sigstore.trusted_root"),
        ("certificateAuthorities", "sigstore.trusted_root"),
        ("ctlogs", "signature.bundle"),
        ("timestampAuthorities", "signature.bundle"),
    ],
)
def test_a_trusted_root_that_lacks_something(empty: str, code: str) -> None:
    sigstore = LocalSigstore()
    root = sigstore.trusted_root_document() | {empty: []}
    with pytest.raises(WorldError) as caught:
        open_bundle(written(forged(sigstore)), file=FILE, trusted_root=json.dumps(root).encode())
    assert caught.value.code == code


def test_a_trusted_root_that_readers_disagree_on() -> None:
    sigstore = LocalSigstore()
    root = sigstore.trusted_root().replace(b'"tlogs"', b'"tlogs": [], "tlogs"', 1)
    with pytest.raises(WorldError) as caught:
        open_bundle(written(forged(sigstore)), file=FILE, trusted_root=root)
    assert caught.value.code == "json.duplicate_key"


@pytest.mark.parametrize("root", [b"", b"{}", b"[1]", b'{"mediaType": "text/html"}', b'{"a": 1, "a": 2}', b"\xff"])
def test_what_is_no_trusted_root(root: bytes) -> None:
    with pytest.raises(WorldError) as caught:
        open_bundle(written(forged(LocalSigstore())), file=FILE, trusted_root=root)
    assert isinstance(caught.value, TrustError) or caught.value.code.startswith("json.")
