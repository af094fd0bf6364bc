"""Gates `signed`, `signature` and `subject`: each way to fail, by its code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests import forgeries as forge
from tests.forgeries import Change, all_of, edited, statement
from tests.tampering import (
    AUTHOR,
    AUTHOR_KEY,
    P256_KEY,
    PUBLIC,
    STRANGER,
    copied,
    envelope,
    payload_of,
    rehash,
    resign,
    write_json,
)
from tests.worldflux.signed_packages import signed, small_package, trust_author, verified
from worldflux.documents.verification import GateReport, VerificationReport
from worldflux.package import layout

OTHER: Final = "sha256:" + "ab" * 32
OTHER_DIGEST: Final = {"sha256": "ab" * 32}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_package(tmp_path_factory.mktemp("original"))[1]
    signed(folder)
    return folder


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "package")


def gates(report: VerificationReport) -> dict[str, GateReport]:
    return {gate.id: gate for gate in report.gates}


def judged(package: Path, profile: str = "local") -> VerificationReport:
    return verified(package, trusted=trust_author(package.parent), profile=profile)


def failure(package: Path, profile: str = "local") -> tuple[int, object]:
    """Exit code and code of the first gate that fails."""
    report = judged(package, profile)
    failed = next(gate for gate in report.gates if gate.status == "fail")
    assert failed.exit_code == report.exit_code
    assert failed.next
    return report.exit_code, failed.code


def public_statement(change: Callable[[dict[str, Any]], object]) -> Change:
    """Have the author sign another statement about the public view."""

    def sign_again(folder: Path) -> None:
        value = payload_of(folder / PUBLIC)
        change(value)
        write_json(folder / PUBLIC, envelope(json.dumps(value).encode(), AUTHOR_KEY))

    return sign_again


class TestSigned:
    def test_what_is_there_is_named(self, package: Path) -> None:
        assert gates(judged(package))["signed"].detail == f"{AUTHOR}, {PUBLIC}"

    def test_without_a_signature_everything_else_is_checked(self, package: Path) -> None:
        shutil.rmtree(package / layout.SIGNATURES)
        assert failure(package) == (14, "signed.absent")
        found = gates(judged(package))
        assert {gate for gate, report in found.items() if report.status == "skipped"} == {
            "signature",
            "subject",
            "policy",
            "rollback",
        }
        assert found["recomputation"].status == "pass"
        assert found["subject"].detail == "there is no signature"

    def test_what_is_worse_than_no_signature_decides_nothing_earlier(self, package: Path) -> None:
        shutil.rmtree(package / layout.SIGNATURES)
        forge.flipped_outcome(package)
        rehash(package)
        assert failure(package) == (14, "signed.absent")
        assert gates(judged(package))["recomputation"].status == "fail"

    def test_only_a_share_needs_the_public_view(self, package: Path) -> None:
        (package / PUBLIC).unlink()
        assert judged(package).ok
        assert failure(package, "share") == (14, "signed.no_public_view")

    def test_a_public_view_alone_is_no_signature(self, package: Path) -> None:
        (package / AUTHOR).unlink()
        assert failure(package) == (14, "signed.absent")


class TestSignature:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (forge.first_signature(forge.one_bit), "signature.bad"),
            (forge.signature(forge.other_verdict), "signature.bad"),
            (forge.overwritten(AUTHOR, b"{}"), "signature.envelope"),
            (forge.overwritten(AUTHOR, b"["), "json.syntax"),
            (forge.overwritten(PUBLIC, b"["), "json.syntax"),
            (lambda folder: (folder / AUTHOR).write_bytes((folder / PUBLIC).read_bytes()), "signature.statement"),
            (lambda folder: (folder / PUBLIC).write_bytes((folder / AUTHOR).read_bytes()), "signature.statement"),
            (
                statement(lambda value: value.update(predicateType="https://slsa.dev/provenance/v1")),
                "signature.statement",
            ),
            (statement(lambda value: value["predicate"].update(more=1)), "signature.statement"),
            (forge.public_by(STRANGER), "signature.public_signer"),
        ],
    )
    def test_every_way_to_be_bad_has_its_code(self, package: Path, change: Change, code: str) -> None:
        change(package)
        assert failure(package) == (15, code)
        skipped = gates(judged(package))["subject"]
        assert (skipped.status, skipped.detail) == ("skipped", "the signature is not good")

    def test_another_kind_of_payload(self, package: Path) -> None:
        payload = json.dumps(payload_of(package / AUTHOR)).encode()
        write_json(package / AUTHOR, envelope(payload, AUTHOR_KEY, payload_type="text/plain"))
        assert failure(package) == (15, "signature.payload_type")

    def test_a_bundle_that_is_none_is_bad_beside_a_good_envelope(self, package: Path) -> None:
        (package / f"{layout.AUTHOR}.sigstore.json").write_bytes(b"{}")
        assert failure(package) == (15, "signature.bundle")

    def test_the_public_view_may_be_signed_by_one_of_several_authors(self, package: Path) -> None:
        forge.sealed_again(P256_KEY, AUTHOR_KEY)(package)
        assert verified(package, trusted=trust_author(package.parent, AUTHOR_KEY, P256_KEY)).ok


class TestSubject:
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (statement(lambda value: value["subject"].reverse()), "subject.files"),
            (statement(lambda value: value["subject"].pop()), "subject.files"),
            (statement(lambda value: value["subject"].append(value["subject"][0])), "subject.files"),
            (statement(lambda value: value["subject"][3].update(digest=OTHER_DIGEST)), "subject.digest"),
            (all_of(forge.rewritten("audit_provenance.json"), rehash), "subject.digest"),
            (public_statement(lambda value: value["subject"].reverse()), None),
            (
                public_statement(lambda value: value["subject"][0]["digest"].update(sha256="ab" * 32)),
                "subject.public_view",
            ),
            (
                public_statement(lambda value: value["subject"][1]["digest"].update(sha256="ab" * 32)),
                "subject.public_view",
            ),
            (public_statement(lambda value: value["subject"][1].update(name="evidence.json")), "subject.public_view"),
            (public_statement(lambda value: value["predicate"]["view"].update(display_id="x")), "subject.public_view"),
            (forge.other_public_view, "subject.public_view_content"),
        ],
    )
    def test_every_way_to_be_about_something_else_has_its_code(
        self, package: Path, change: Change, code: str | None
    ) -> None:
        change(package)
        assert code is None or failure(package) == (16, code)
        assert code is not None or judged(package).ok

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("evidence_id", "evd_01JZZZZZZZZZZZZZZZZZZZZZZZ"),
            ("sequence", 2),
            ("supersedes", OTHER),
            ("claim/id", "clm_01JZZZZZZZZZZZZZZZZZZZZZZZ"),
            ("claim/hash", OTHER),
            ("protocol/id", "prt_01JZZZZZZZZZZZZZZZZZZZZZZZ"),
            ("protocol/hash", OTHER),
            ("result/verdict", "refuted"),
            ("result/digest", OTHER),
        ],
    )
    def test_what_a_statement_repeats_is_what_the_package_says(self, package: Path, path: str, value: object) -> None:
        def change(stated: dict[str, Any]) -> None:
            place = stated["predicate"]
            *parents, last = path.split("/")
            for parent in parents:
                place = place[parent]
            place[last] = value

        statement(change)(package)
        assert failure(package) == (16, "subject.predicate")
        report = gates(judged(package))["subject"]
        assert str(value) in report.detail
        assert report.where == f"{AUTHOR} at /predicate/{path}"

    def test_all_that_is_stated_wrongly_is_told_at_once(self, package: Path) -> None:
        statement(lambda value: value["predicate"].update(sequence=7, evidence_id="evd_01JZZZZZZZZZZZZZZZZZZZZZZZ"))(
            package
        )
        detail = gates(judged(package))["subject"].detail
        assert "/predicate/sequence" in detail
        assert "/predicate/evidence_id" in detail

    def test_a_member_that_cannot_be_read_leaves_the_digests_compared(self, package: Path) -> None:
        edited("claim.json", lambda value: value.update(more=1))(package)
        rehash(package)
        resign(package, AUTHOR_KEY)
        report = judged(package)
        assert report.exit_code == 12
        subject = gates(report)["subject"]
        assert subject.status == "pass"
        assert subject.detail.endswith("the rest of the statement was not compared, since a member cannot be read")
