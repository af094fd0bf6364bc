"""Gate `binding`: every hash and id that one member states of another, and nothing about episodes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.tampering import MANIFEST, copied, edit_json, sha256
from tests.worldflux.auditing import bench
from tests.worldflux.signed_packages import TASKS, run_of, small_package
from worldbase import document
from worldflux.documents.manifests import ArtifactManifest
from worldflux.errors import GateError
from worldflux.package import layout
from worldflux.package.opened import OpenedPackage
from worldflux.verify.binding import require_bound
from worldflux.verify.members import read_members

OTHER: Final = "sha256:" + "ab" * 32
OTHER_CLAIM: Final = "clm_01JZZZZZZZZZZZZZZZZZZZZZZZ"
OTHER_PROTOCOL: Final = "prt_01JZZZZZZZZZZZZZZZZZZZZZZZ"
OTHER_EVIDENCE: Final = "evd_01JZZZZZZZZZZZZZZZZZZZZZZZ"
Edit = Callable[[Any], object]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("plain"))[1]


@pytest.fixture
def package(plain: Path, tmp_path: Path) -> Path:
    return copied(plain, tmp_path / "package")


def bound(folder: Path) -> str:
    manifest = document.parse((folder / MANIFEST).read_bytes(), ArtifactManifest).document
    with OpenedPackage.open(folder) as opened:
        return require_bound(manifest, read_members(opened))


def refusal(folder: Path) -> GateError:
    with pytest.raises(GateError) as caught:
        bound(folder)
    assert (caught.value.gate, caught.value.exit_code) == ("binding", 17)
    assert caught.value.hint
    return caught.value


def places(error: GateError) -> set[tuple[str, str, str | None]]:
    return {(problem.code, problem.where.file, problem.where.pointer) for problem in error.problems}


def named(pointer: str, value: object) -> Edit:
    """Set what a pointer names."""
    *path, last = pointer.removeprefix("/").split("/")

    def change(root: Any) -> None:
        for key in path:
            root = root[int(key) if isinstance(root, list) else key]
        root[int(last) if isinstance(root, list) else last] = value

    return change


def material(role: str) -> Edit:
    """Another digest of the first material of a role."""

    def change(value: Any) -> None:
        next(entry for entry in value["materials"] if entry["role"] == role)["sha256"] = OTHER

    return change


def test_what_an_audit_writes_belongs_together(package: Path) -> None:
    assert bound(package) == "claim, protocol, evidence, provenance and episodes name each other's ids and hashes"


def test_a_placeholder_is_said_to_be_one(tmp_path: Path) -> None:
    place = bench(tmp_path, tasks=TASKS, episodes=20)
    edit_json(place.protocol, named("/claim_hash", "sha256:" + "0" * 64))
    place.audit(run_of(tmp_path, 20, 18))
    assert bound(place.output) == "ids and hashes agree; the protocol holds a placeholder instead of the claim's hash"


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        # The evidence states the protocol's hash, so whoever edits the protocol is seen there too.
        (
            layout.PROTOCOL,
            named("/claim_id", OTHER_CLAIM),
            {
                ("binding.claim_id", layout.PROTOCOL, "/claim_id"),
                ("binding.evidence", layout.EVIDENCE, "/protocol/hash"),
                ("binding.materials", layout.PROVENANCE, "/materials"),
            },
        ),
        (
            layout.PROTOCOL,
            named("/claim_hash", OTHER),
            {
                ("binding.claim_hash", layout.PROTOCOL, "/claim_hash"),
                ("binding.evidence", layout.EVIDENCE, "/protocol/hash"),
                ("binding.materials", layout.PROVENANCE, "/materials"),
            },
        ),
        *(
            (layout.EVIDENCE, named(pointer, value), {("binding.evidence", layout.EVIDENCE, pointer)})
            for pointer, value in (
                ("/claim/id", OTHER_CLAIM),
                ("/claim/hash", OTHER),
                ("/protocol/id", OTHER_PROTOCOL),
                ("/protocol/hash", OTHER),
                ("/protocol/binding", "placeholder"),
            )
        ),
        (
            layout.EVIDENCE,
            named("/id", OTHER_EVIDENCE),
            {
                ("binding.evidence_id", MANIFEST, "/evidence_id"),
                ("binding.evidence_id", layout.PROVENANCE, "/evidence_id"),
            },
        ),
        (
            layout.PROVENANCE,
            named("/evidence_id", OTHER_EVIDENCE),
            {("binding.evidence_id", layout.PROVENANCE, "/evidence_id")},
        ),
        (
            layout.PROVENANCE,
            named("/created_at", "2026-01-01T00:00:00Z"),
            {("binding.evidence_id", layout.PROVENANCE, "/created_at")},
        ),
        (
            layout.PROVENANCE,
            named("/tool/rules", "other"),
            {("binding.evidence_id", layout.PROVENANCE, "/tool/rules")},
        ),
        (
            layout.PROVENANCE,
            named("/tool/render", "other"),
            {("binding.evidence_id", layout.PROVENANCE, "/tool/render")},
        ),
        (
            layout.AUDIT_INPUT,
            named("/episodes/sha256", OTHER),
            {
                ("binding.episodes", layout.AUDIT_INPUT, "/episodes/sha256"),
                ("binding.raw_evidence", layout.RAW_EVIDENCE, "/entries/0"),
            },
        ),
        (
            layout.RAW_EVIDENCE,
            named("/entries/0/redacted_export/sha256", OTHER),
            {("binding.raw_evidence", layout.RAW_EVIDENCE, "/entries/0")},
        ),
        (
            layout.RAW_EVIDENCE,
            named("/entries/0/sha256", OTHER),
            {("binding.materials", layout.PROVENANCE, "/materials")},
        ),
        *(
            (layout.PROVENANCE, material(role), {("binding.materials", layout.PROVENANCE, "/materials")})
            for role in ("claim", "protocol", "evaluator_output")
        ),
    ],
)
def test_every_reference_that_does_not_hold_is_named(
    package: Path, name: str, change: Edit, expected: set[tuple[str, str, str | None]]
) -> None:
    edit_json(package / name, change)
    error = refusal(package)
    assert places(error) == expected
    assert error.code in {code for code, _, _ in expected}


def test_another_claim_altogether(package: Path) -> None:
    edit_json(package / layout.CLAIM, named("/claim_text", "Something else."))
    assert {code for code, _, _ in places(refusal(package))} == {
        "binding.claim_hash",
        "binding.evidence",
        "binding.materials",
    }


def test_another_spelling_of_the_same_claim_is_another_material(package: Path) -> None:
    """The hash of a claim is over its canonical form; the provenance names the bytes that were read."""
    edit_json(package / layout.CLAIM, lambda value: value.update(dict(reversed(value.items()))))
    (package / layout.CLAIM).write_bytes((package / layout.CLAIM).read_bytes() + b"\n")
    assert {code for code, _, _ in places(refusal(package))} == {"binding.materials"}


def test_a_share_lacks_what_nothing_can_be_compared_with(package: Path) -> None:
    (package / layout.RAW_EVIDENCE).unlink()
    (package / layout.EPISODES).unlink()
    assert bound(package)
    manifest = (package / MANIFEST).read_bytes()
    assert sha256(manifest)  # the stream is compared by what the manifest lists of it
    edit_json(package / layout.AUDIT_INPUT, named("/episodes/sha256", OTHER))
    assert refusal(package).code == "binding.episodes"
