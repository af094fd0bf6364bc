"""A reviewer's counter-signature: what it needs, what it states, and when it no longer counts."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests import forgeries as forge
from tests.tampering import (
    AUTHOR,
    AUTHOR_KEY,
    MANIFEST,
    P256_KEY,
    REVIEWER_KEY,
    STRANGER,
    TestKey,
    copied,
    envelope,
    payload_of,
    rehash,
    resign,
    sha256,
    trust_file,
    write_json,
)
from tests.worldflux.signed_packages import run_of, signed, signer, small_package, trust_author, verified
from worldbase.errors import UsageError, WorldError
from worldflux.documents.verification import ReviewReport
from worldflux.errors import GateError
from worldflux.package.opened import OpenedPackage
from worldflux.package.statements import Review
from worldflux.signing.trust_reading import load_policy
from worldflux.verify.review import counter_sign, verified_for_review
from worldflux.verify.sign import Signed
from worldflux.verify.trusted import Trustees

ACCEPTED = Review("accept", "Counted again.", "R. Viewer", ("kitchen only",))
REJECTED = Review("reject", "It does not follow.")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A signed package, and another one of the same claim."""
    folder = tmp_path_factory.mktemp("packages")
    place, first = small_package(folder)
    second = place.audit(run_of(folder / "other", 12, 11), output=folder / "second").folder
    signed(first)
    signed(second)
    return first, second


@pytest.fixture
def package(packages: tuple[Path, Path], tmp_path: Path) -> Path:
    return copied(packages[0], tmp_path / "package")


def review(package: Path, decided: Review = ACCEPTED, key: TestKey = REVIEWER_KEY, **more: Any) -> Signed:
    return counter_sign(verified_for_review(package, decided, Trustees(**more)), signer(key))


def shown(package: Path, *trusted: TestKey) -> list[ReviewReport]:
    """What a verification shows of the reviews."""
    return verified(package, trusted=trust_author(package.parent, AUTHOR_KEY, *trusted)).reviews


def file_of(key: TestKey) -> str:
    return f"signatures/reviewer-{key.keyid[:8]}.dsse.json"


class TestGood:
    def test_it_is_shown_with_who_and_what(self, package: Path) -> None:
        done = review(package)
        assert (done.signer, done.files) == (REVIEWER_KEY.keyid, (file_of(REVIEWER_KEY),))
        (report,) = shown(package, REVIEWER_KEY)
        assert (report.good, report.decision, report.note) == (True, "accept", "Counted again.")
        assert (report.reviewer, report.limits) == ("R. Viewer", ["kitchen only"])
        assert report.signer
        assert (report.signer.keyid, report.signer.trust, report.signer.label) == (
            REVIEWER_KEY.keyid,
            "policy",
            REVIEWER_KEY.name,
        )

    def test_an_unknown_reviewer_is_shown_as_unknown_and_refuses_nothing(self, package: Path) -> None:
        review(package, key=STRANGER)
        report = verified(package, trusted=trust_author(package.parent))
        assert report.ok
        (found,) = report.reviews
        assert found.signer
        assert (found.good, found.signer.trust, found.signer.label or None) == (True, "unknown", None)

    def test_an_author_who_may_not_review_is_no_trusted_reviewer(self, package: Path, tmp_path: Path) -> None:
        review(package)
        (tmp_path / "t.json").write_bytes(trust_file(AUTHOR_KEY.trusted(), REVIEWER_KEY.trusted(roles=["author"])))
        (found,) = verified(package, trusted=tmp_path / "t.json").reviews
        assert found.signer
        assert found.signer.trust == "unknown"

    def test_the_statement_is_about_the_authors_file_and_the_manifest(self, package: Path) -> None:
        review(package)
        stated = payload_of(package / file_of(REVIEWER_KEY))
        names = [AUTHOR, MANIFEST]
        assert [subject["name"] for subject in stated["subject"]] == names
        assert [f"sha256:{subject['digest']['sha256']}" for subject in stated["subject"]] == [
            sha256((package / name).read_bytes()) for name in names
        ]
        assert stated["predicate"]["trust"] == "unknown"
        assert "recomputation" in stated["predicate"]["checked"]
        assert "policy" not in stated["predicate"]["checked"]

    def test_it_states_how_far_the_reviewer_trusted_the_author(self, package: Path, tmp_path: Path) -> None:
        review(package, policy=load_policy(trust_author(tmp_path), None, state=False))
        predicate = payload_of(package / file_of(REVIEWER_KEY))["predicate"]
        assert predicate["trust"] == "policy"
        assert "policy" in predicate["checked"]

    def test_two_reviewers_stand_side_by_side_and_one_reviewer_replaces_the_own_review(self, package: Path) -> None:
        review(package)
        review(package, key=P256_KEY)
        review(package, REJECTED)
        found = {report.file: report.decision for report in shown(package)}
        assert found == {file_of(REVIEWER_KEY): "reject", file_of(P256_KEY): "accept"}


class TestWhatCannotBeReviewed:
    def test_only_reject_what_a_gate_refuses(self, package: Path) -> None:
        forge.flipped_outcome(package)
        rehash(package)
        resign(package, AUTHOR_KEY)
        for decision in ("accept", "accept_with_limits"):
            with pytest.raises(GateError) as caught:
                review(package, Review(decision, "Fine."))
            assert caught.value.exit_code == 18
        assert not (package / file_of(REVIEWER_KEY)).exists()
        review(package, REJECTED)
        predicate = payload_of(package / file_of(REVIEWER_KEY))["predicate"]
        assert "recomputation" not in predicate["checked"]
        (report,) = shown(package)
        assert (report.good, report.decision) == (True, "reject")

    def test_a_bad_signature_can_be_rejected_too(self, package: Path) -> None:
        forge.first_signature(forge.one_bit)(package)
        with pytest.raises(GateError) as caught:
            review(package)
        assert caught.value.exit_code == 15
        review(package, REJECTED)
        assert (package / file_of(REVIEWER_KEY)).exists()

    def test_without_a_signature_there_is_nothing_to_counter_sign(self, package: Path) -> None:
        shutil.rmtree(package / "signatures")
        for decided in (ACCEPTED, REJECTED):
            with pytest.raises(GateError) as caught:
                review(package, decided)
            assert (caught.value.code, caught.value.exit_code) == ("signed.absent", 14)

    def test_what_cannot_be_read_cannot_be_rejected_either(self, package: Path) -> None:
        os.mkfifo(package / "pipe")
        with pytest.raises(GateError) as caught:
            review(package, REJECTED)
        assert caught.value.exit_code == 10
        (package / "pipe").unlink()
        (package / MANIFEST).unlink()
        with pytest.raises(GateError, match="there is no artifact_manifest"):
            review(package, REJECTED)

    @pytest.mark.parametrize(
        "decided",
        [
            Review("accept", "See /home/quenby/notes.txt"),
            Review("accept", "Fine.", "quenby@host17.corp.example"),
            Review("accept", "Fine.", None, ("only what sk-proj-4f9Qz81LkVt0XyB24f9Qz81LkVt0XyB2 reads",)),
            Review("reject", "The log on /home/quenby says otherwise"),
        ],
    )
    def test_a_private_note_is_refused_before_anything_is_verified(self, tmp_path: Path, decided: Review) -> None:
        with pytest.raises(UsageError) as caught:
            review(tmp_path / "nothing", decided)
        assert caught.value.code == "review.private_note"
        for secret in ("quenby", "4f9Qz81LkVt0XyB2"):
            assert secret not in str(caught.value)


class TestBad:
    def _problem(self, package: Path) -> str:
        report = verified(package, trusted=trust_author(package.parent))
        assert report.exit_code == 0, "a bad review refuses nothing"
        (found,) = report.reviews
        assert (found.good, bool(found.signer), bool(found.decision)) == (False, False, False)
        return str(found.problem)

    def test_of_another_package(self, packages: tuple[Path, Path], package: Path, tmp_path: Path) -> None:
        other = copied(packages[1], tmp_path / "other")
        review(other)
        shutil.copy(other / file_of(REVIEWER_KEY), package / file_of(REVIEWER_KEY))
        assert "another package" in self._problem(package)

    def test_of_an_earlier_signature(self, package: Path) -> None:
        review(package)
        kept = (package / file_of(REVIEWER_KEY)).read_bytes()
        signed(package, P256_KEY)
        assert verified(package).reviews == []
        signed(package)
        resign(
            package,
            AUTHOR_KEY,
            change=lambda value: value["predicate"].update(signed_at_claimed="2026-01-01T00:00:00Z"),
        )
        (package / file_of(REVIEWER_KEY)).write_bytes(kept)
        assert "earlier signature" in self._problem(package)

    def test_a_signature_that_is_not_good(self, package: Path) -> None:
        review(package)
        name = file_of(REVIEWER_KEY)
        value = json.loads((package / name).read_bytes())
        value["signatures"][0]["sig"] = forge.one_bit(value["signatures"][0]["sig"])
        write_json(package / name, value)
        assert "not good" in self._problem(package)

    @pytest.mark.parametrize("data", [b"", b"{}", b"[", b"\xff"])
    def test_what_is_no_signature_file(self, package: Path, data: bytes) -> None:
        (package / file_of(REVIEWER_KEY)).write_bytes(data)
        assert self._problem(package)

    def test_another_statement_of_the_same_key(self, package: Path) -> None:
        """What an author signed about a package is no review, whoever is meant to be its reviewer."""
        shutil.copy(package / AUTHOR, package / file_of(REVIEWER_KEY))
        assert self._problem(package)

    @pytest.mark.parametrize(
        "names",
        [[MANIFEST, "evidence.json"], [AUTHOR, "evidence.json"], [AUTHOR, AUTHOR], [AUTHOR, "../claim.json"]],
    )
    def test_about_other_files(self, package: Path, names: list[str]) -> None:
        review(package)
        stated = payload_of(package / file_of(REVIEWER_KEY))
        for subject, name in zip(stated["subject"], names, strict=True):
            subject["name"] = name
            if (package / name).is_file():
                subject["digest"]["sha256"] = sha256((package / name).read_bytes()).removeprefix("sha256:")
        write_json(package / file_of(REVIEWER_KEY), envelope(json.dumps(stated).encode(), REVIEWER_KEY))
        assert "about another package" in self._problem(package)

    def test_a_hostile_note_does_not_move_the_cursor(self, package: Path) -> None:
        (package / file_of(REVIEWER_KEY)).write_bytes(b'{"payloadType": "\\u001b[2J", "payload": "", "signatures": []}')
        assert "\x1b" not in self._problem(package)

    def test_what_is_not_named_as_a_review_is_none(self, package: Path) -> None:
        for name in ("reviewer.dsse.json", "reviewer-00000000.json", "notes.dsse.json"):
            (package / "signatures" / name).write_text("{}")
        report = verified(package, trusted=trust_author(package.parent))
        assert (report.exit_code, report.reviews) == (0, [])


def test_a_package_that_is_swapped_after_its_verification_is_not_what_is_reviewed(
    packages: tuple[Path, Path], package: Path
) -> None:
    """The statement is about the bytes that were verified, whatever has taken their place since."""
    reviewed = verified_for_review(package, ACCEPTED, Trustees())
    verified_files = {name: sha256((package / name).read_bytes()) for name in (AUTHOR, MANIFEST)}
    shutil.rmtree(package)
    copied(packages[1], package)
    counter_sign(reviewed, signer(REVIEWER_KEY))
    stated = payload_of(package / file_of(REVIEWER_KEY))["subject"]
    assert {subject["name"]: f"sha256:{subject['digest']['sha256']}" for subject in stated} == verified_files
    (only,) = shown(package, REVIEWER_KEY)
    assert not only.good


def test_a_package_is_opened_once_for_its_review(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two openings somebody could put another package there, which nobody has verified."""
    opened: list[Path] = []
    once = OpenedPackage.open

    def counted(folder: Path) -> OpenedPackage:
        opened.append(folder)
        return once(folder)

    monkeypatch.setattr(OpenedPackage, "open", counted)
    verified_for_review(package, ACCEPTED, Trustees())
    assert opened == [package]


def test_a_disk_that_refuses_leaves_no_review(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("worldbase.files.os.fsync", refuse)
    with pytest.raises(WorldError) as caught:
        review(package)
    assert caught.value.exit_code == 5
    assert not (package / file_of(REVIEWER_KEY)).exists()
