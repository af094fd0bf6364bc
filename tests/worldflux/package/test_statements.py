"""What is stated about a package: which bytes, and what the signature says of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tests.tampering import MANIFEST, sha256
from tests.worldflux.auditing import bench
from tests.worldflux.signed_packages import TASKS, quiet, run_of, small_package
from worldbase import __version__, document
from worldflux.documents.signature import (
    BOUNDARY,
    EVIDENCE_PREDICATE,
    PUBLIC_PREDICATE,
    REVIEW_PREDICATE,
    STATEMENT_TYPE,
    EvidenceStatement,
    PublicViewStatement,
    ReviewStatement,
    statement_bytes,
)
from worldflux.package.public_view import public_view_digest
from worldflux.package.statements import (
    Review,
    Statable,
    evidence_statement,
    public_view_statement,
    result_digest,
    review_statement,
    subjects_of,
)
from worldflux.verify.contents import check

OWNER = "quenby-ottoline"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("package"))[1]


@pytest.fixture(scope="module")
def package(folder: Path) -> Statable:
    return check(folder, quiet).statable


def written(statement: msgspec.Struct) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(statement_bytes(statement))
    return value


def test_subjects_are_the_manifest_and_then_every_listed_file(folder: Path, package: Statable) -> None:
    listed = [entry["path"] for entry in json.loads((folder / MANIFEST).read_bytes())["files"]]
    assert [subject.name for subject in subjects_of(package.manifest)] == [MANIFEST, *listed]
    for subject in subjects_of(package.manifest):
        assert subject.digest.sha256 == hashlib.sha256((folder / subject.name).read_bytes()).hexdigest()
    assert package.manifest_digest == sha256((folder / MANIFEST).read_bytes())


def test_the_authors_statement(folder: Path, package: Statable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795219200")
    value = written(evidence_statement(package))
    evidence = json.loads((folder / "evidence.json").read_bytes())
    assert list(value) == ["_type", "subject", "predicateType", "predicate"]
    assert (value["_type"], value["predicateType"]) == (STATEMENT_TYPE, EVIDENCE_PREDICATE)
    assert value["predicate"] == {
        "evidence_id": evidence["id"],
        "sequence": 1,
        "claim": {"id": evidence["claim"]["id"], "hash": evidence["claim"]["hash"]},
        "protocol": {"id": evidence["protocol"]["id"], "hash": evidence["protocol"]["hash"]},
        "result": {"verdict": evidence["verdict"], "digest": result_digest(evidence)},
        "tool": {"name": "worldflux", "version": __version__},
        "signed_at_claimed": "2026-11-21T00:00:00Z",
        "boundary": BOUNDARY,
    }


def test_a_package_that_supersedes_says_so(package: Statable) -> None:
    manifest = msgspec.structs.replace(package.manifest.document, sequence=3, supersedes="sha256:" + "ab" * 32)
    later = Statable(package.manifest._replace(document=manifest), package.evidence)
    predicate = written(evidence_statement(later))["predicate"]
    assert (predicate["sequence"], predicate["supersedes"]) == (3, "sha256:" + "ab" * 32)


def test_the_statement_of_the_public_view_binds_view_and_manifest(package: Statable) -> None:
    value = written(public_view_statement(package))
    view = value["predicate"]["view"]
    assert value["predicateType"] == PUBLIC_PREDICATE
    assert value["subject"] == [
        {"name": "public_view.json", "digest": {"sha256": hashlib.sha256(rfc8785.dumps(view)).hexdigest()}},
        {"name": MANIFEST, "digest": {"sha256": package.manifest_digest.removeprefix("sha256:")}},
    ]
    assert view["manifest"] == package.manifest_digest


def test_a_reviewers_statement() -> None:
    digests = {"author_digest": "sha256:" + "ab" * 32, "manifest_digest": "sha256:" + "cd" * 32}
    value = written(
        review_statement(
            Review("accept_with_limits", "Fine.", limits=("one task",)),
            author_file="signatures/author.dsse.json",
            checked=["tree"],
            trust="policy",
            **digests,
        )
    )
    assert value["predicateType"] == REVIEW_PREDICATE
    assert [subject["digest"]["sha256"] for subject in value["subject"]] == ["ab" * 32, "cd" * 32]
    assert {name: value["predicate"][name] for name in ("decision", "note", "limits", "checked", "trust")} == {
        "decision": "accept_with_limits",
        "note": "Fine.",
        "limits": ["one task"],
        "checked": ["tree"],
        "trust": "policy",
    }
    assert "reviewer" not in value["predicate"]


def test_what_is_written_reads_as_what_was_stated(package: Statable) -> None:
    author, public = evidence_statement(package), public_view_statement(package)
    assert document.parse(statement_bytes(author), EvidenceStatement).document == author
    assert document.parse(statement_bytes(public), PublicViewStatement).document == public
    review = review_statement(
        Review("reject", "No."),
        author_file="signatures/author.dsse.json",
        author_digest="sha256:" + "ab" * 32,
        manifest_digest=package.manifest_digest,
        checked=[],
        trust="unknown",
    )
    assert document.parse(statement_bytes(review), ReviewStatement).document == review


def test_two_audits_of_the_same_input_have_the_same_result(tmp_path: Path) -> None:
    place = bench(tmp_path, tasks=TASKS, episodes=20)
    result = run_of(tmp_path, 20, 18)
    first, second, other = (
        place.audit(path, output=tmp_path / name).json("evidence.json")
        for name, path in (("a", result), ("b", result), ("c", run_of(tmp_path / "other", 20, 17)))
    )
    assert first["id"] != second["id"]
    assert result_digest(first) == result_digest(second)
    assert result_digest(first) != result_digest(other)


@given(value=st.dictionaries(st.sampled_from(["id", "created_at", "verdict", "x"]), st.integers(-5, 5) | st.text()))
def test_the_result_is_all_but_id_and_time(value: dict[str, Any]) -> None:
    kept = {name: entry for name, entry in value.items() if name not in ("id", "created_at")}
    assert result_digest(value) == result_digest(kept) == sha256(rfc8785.dumps(kept))


def test_no_statement_names_where_the_run_lay(tmp_path: Path) -> None:
    place = bench(tmp_path / OWNER, tasks=TASKS, episodes=20)
    place.audit(run_of(tmp_path / OWNER, 20, 18))
    package = check(place.output, quiet).statable
    for statement in (evidence_statement(package), public_view_statement(package)):
        assert OWNER.encode() not in statement_bytes(statement)


def test_the_digest_of_a_view_is_over_its_canonical_form(package: Statable) -> None:
    view = public_view_statement(package).predicate.view
    assert public_view_digest(view) == sha256(rfc8785.dumps(json.loads(msgspec.json.encode(view))))
