"""`worldflux audit review sign`, as a reviewer types it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import forgeries as forge
from tests.command import worldflux
from tests.tampering import AUTHOR_KEY, MANIFEST, REVIEWER_KEY, copied, rehash, resign, sha256, trust_file
from tests.worldflux.cli.signing import EPOCH, refused, remembered, report, settle
from tests.worldflux.signed_packages import signed, small_package
from tests.worldflux.small_package import contents

FILE = f"signatures/reviewer-{REVIEWER_KEY.keyid[:8]}.dsse.json"
ACCEPT = "audit review sign evidence_pkg --decision accept --note 'Counted again.'"
REJECT = "audit review sign evidence_pkg --decision reject --note 'It does not follow.'"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The reviewer's."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    return settle(monkeypatch, tmp_path / "home", REVIEWER_KEY)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_package(tmp_path_factory.mktemp("original"))[1]
    signed(folder)
    return folder


@pytest.fixture
def package(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trusted.json").write_bytes(trust_file(AUTHOR_KEY.trusted(), REVIEWER_KEY.trusted(label="Reviewer 2")))
    return copied(original, tmp_path / "evidence_pkg")


def shown(package: Path) -> list[dict[str, Any]]:
    reviews: list[dict[str, Any]] = report("audit verify evidence_pkg --trusted-signer-config trusted.json")["reviews"]
    return reviews


def test_accept_with_limits_and_everything_said(package: Path) -> None:
    done = worldflux(
        "audit review sign evidence_pkg --decision accept_with_limits --note 'Counted again.' --limit 'kitchen only' "
        "--limit 'this checkpoint' --reviewer 'R. Viewer' --trusted-signer-config trusted.json"
    )
    assert (done.code, done.out) == (0, f"accept_with_limits: wrote evidence_pkg/{FILE}\n")
    (found,) = shown(package)
    assert {name: found[name] for name in ("good", "decision", "note", "limits", "reviewer")} == {
        "good": True,
        "decision": "accept_with_limits",
        "note": "Counted again.",
        "limits": ["kitchen only", "this checkpoint"],
        "reviewer": "R. Viewer",
    }
    assert (found["signer"]["trust"], found["signer"]["label"]) == ("policy", "Reviewer 2")
    text = worldflux("audit verify evidence_pkg --trusted-signer-config trusted.json").out
    for line in (
        "accept with limits: Reviewer 2: ",
        "signs as R. Viewer",
        "note     Counted again.",
        "limit    kitchen",
    ):
        assert line in text


def test_the_report_as_json_and_quiet(package: Path) -> None:
    assert report(ACCEPT) == {
        "signer": REVIEWER_KEY.keyid,
        "manifest": sha256((package / MANIFEST).read_bytes()),
        "files": [FILE],
    }
    quiet = worldflux(f"{ACCEPT} -q")
    assert (quiet.out, quiet.err) == ("", "")
    assert worldflux(f"{ACCEPT} --format markdown").out.startswith("```\naccept: wrote ")


def test_nothing_else_in_the_package_changes_and_nothing_is_remembered(package: Path, home: Path) -> None:
    before = contents(package)
    assert worldflux(ACCEPT).code == 0
    after = contents(package)
    assert after.pop(FILE)
    assert after == before
    assert remembered(home) == {}


def test_only_reject_what_a_gate_refuses(package: Path) -> None:
    forge.flipped_outcome(package)
    rehash(package)
    resign(package, AUTHOR_KEY)
    code, error = refused(ACCEPT)
    assert (code, error.split(".")[0]) == (18, "recomputation")
    assert not (package / FILE).exists()
    assert worldflux(REJECT).code == 0
    text = worldflux("audit verify evidence_pkg --trusted-signer-config trusted.json").out
    assert "reject: Reviewer 2" in text


def test_a_review_goes_with_the_signature_that_it_is_about(package: Path) -> None:
    worldflux(ACCEPT)
    kept = (package / FILE).read_bytes()
    signed(package)
    assert shown(package) == []
    resign(
        package, AUTHOR_KEY, change=lambda value: value["predicate"].update(signed_at_claimed="2026-01-01T00:00:00Z")
    )
    (package / FILE).write_bytes(kept)
    (found,) = shown(package)
    assert (found["good"], "earlier signature" in found["problem"]) == (False, True)


def test_an_unsigned_package(package: Path) -> None:
    shutil.rmtree(package / "signatures")
    assert refused(ACCEPT) == (14, "signed.absent")
    assert refused(REJECT) == (14, "signed.absent")


def test_a_signer_whom_the_reviewers_trust_file_refuses(package: Path, tmp_path: Path) -> None:
    (tmp_path / "trusted.json").write_bytes(trust_file(REVIEWER_KEY.trusted()))
    assert refused(f"{ACCEPT} --trusted-signer-config trusted.json") == (20, "policy.unknown_signer")
    assert worldflux(f"{REJECT} --trusted-signer-config trusted.json").code == 0


@pytest.mark.parametrize(
    "line",
    [
        "--note 'see /home/quenby/notes.txt'",
        "--note ok --reviewer quenby@host17.corp.example",
        "--note ok --limit 'with the key sk-proj-4f9Qz81LkVt0XyB24f9Qz81LkVt0XyB2'",
    ],
)
def test_a_private_word_is_refused_and_not_repeated(package: Path, line: str) -> None:
    done = worldflux(f"audit review sign evidence_pkg --decision accept {line}")
    assert (done.code, "[review.private_note]" in done.err) == (2, True)
    assert "quenby" not in done.err
    assert "4f9Qz81LkVt0XyB2" not in done.err
    assert not (package / FILE).exists()


@pytest.mark.parametrize(
    "line",
    ["", "--decision maybe --note x", "--decision accept", "--note x"],
)
def test_what_has_to_be_said(package: Path, line: str) -> None:
    assert worldflux(f"audit review sign evidence_pkg {line}").code == 2
    assert not (package / FILE).exists()


@pytest.mark.parametrize(
    "line",
    [
        "--note ''",
        "--note ok --reviewer ''",
        "--note ok --limit ''",
        f"--note {'n' * 4001}",
        f"--note ok --limit {'n' * 4001}",
        f"--note ok --reviewer {'n' * 201}",
        "--note not\udcfftext",
    ],
)
def test_what_nobody_could_read_is_not_signed(package: Path, line: str) -> None:
    assert refused(f"audit review sign evidence_pkg --decision accept {line}") == (2, "review.length")
    assert not (package / FILE).exists()


def test_the_longest_note_is_read_again(package: Path) -> None:
    line = f"--note {'n' * 4000} --limit {'n' * 4000} --reviewer {'n' * 200}"
    assert worldflux(f"audit review sign evidence_pkg --decision accept {line}").code == 0
    (found,) = shown(package)
    assert found["good"]
