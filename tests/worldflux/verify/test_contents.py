"""The gates about members, in one go: what has to hold before anybody signs."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests import forgeries as forge
from tests.forgeries import Change, all_of, edited
from tests.tampering import MANIFEST, copied, rehash, sha256
from tests.worldflux.signed_packages import quiet, signed, small_package
from worldbase.console import Progress
from worldflux.errors import GateError, PackageError
from worldflux.package.opened import OpenedPackage
from worldflux.verify.contents import check, checked_contents, listed_manifest
from worldflux.verify.gates import GateLedger


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("plain"))[1]


@pytest.fixture
def package(plain: Path, tmp_path: Path) -> Path:
    return copied(plain, tmp_path / "package")


def test_a_package_that_holds(package: Path) -> None:
    checked = check(package, quiet)
    assert (checked.folder, checked.withheld) == (package, ())
    assert checked.statable.manifest_digest == sha256((package / MANIFEST).read_bytes())
    assert checked.statable.evidence is checked.members.evidence


def test_whether_it_is_signed_does_not_matter(package: Path) -> None:
    signed(package)
    forge.other_byte("signatures/author.dsse.json")(package)
    assert check(package, quiet).withheld == ()


def test_progress_is_told_of_every_member_and_every_episode(package: Path) -> None:
    told: list[tuple[str, int]] = []

    def show(label: str, total: int, size: int) -> contextlib.nullcontext[Progress]:
        told.append((label, size))
        return contextlib.nullcontext(Progress())

    check(package, show)
    assert told[0] == ("hashing members", sum(path.stat().st_size for path in package.iterdir()))
    assert len(told) == 2


@pytest.mark.parametrize(
    ("change", "exit_code", "code"),
    [
        (forge.removed(MANIFEST), 13, "manifest.absent"),
        (forge.overwritten(MANIFEST, b'{"a": NaN}'), 11, "json.not_finite"),
        (forge.overwritten(MANIFEST, b"{}"), 12, "document.invalid"),
        (lambda folder: (folder / "link").symlink_to("claim.json"), 10, "tree.symlink"),
        (forge.other_byte("evidence.md"), 13, "manifest.other_bytes"),
        (all_of(forge.appended("claim.json", b"{}"), rehash), 11, "json.trailing"),
        (all_of(edited("claim.json", lambda value: value.update(x=1)), rehash), 12, "document.invalid"),
        (all_of(forge.flipped_outcome, rehash), 18, "recomputation.cells"),
    ],
)
def test_the_first_gate_that_fails_is_raised(package: Path, change: Change, exit_code: int, code: str) -> None:
    change(package)
    with pytest.raises(GateError) as caught:
        check(package, quiet)
    assert (caught.value.exit_code, caught.value.code) == (exit_code, code)
    assert caught.value.hint


def test_the_gates_have_an_order_and_not_the_checks(package: Path) -> None:
    """Binding and recomputation both fail; the earlier one speaks."""
    edited("evidence.json", lambda value: value["claim"].update(hash="sha256:" + "ab" * 32))(package)
    edited("evidence.json", lambda value: value["metrics"][0].update(estimate=0.97))(package)
    rehash(package)
    with pytest.raises(GateError) as caught:
        check(package, quiet)
    assert caught.value.exit_code == 17


def test_a_share_is_not_signed(package: Path) -> None:
    forge.share(package)
    with pytest.raises(GateError) as caught:
        check(package, quiet)
    assert caught.value.exit_code == 13


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(PackageError) as caught:
        check(tmp_path / "nothing", quiet)
    assert (caught.value.code, caught.value.exit_code) == ("package.missing", 3)


class TestLedger:
    def _run(self, folder: Path) -> dict[str, tuple[str, str]]:
        ledger = GateLedger()
        with OpenedPackage.open(folder) as package:
            manifest = listed_manifest(package, "local", ledger, quiet)
            if manifest is not None:
                checked_contents(package, folder, manifest, ledger, quiet)
        return {report.id: (report.status, report.detail) for report in ledger.reports()}

    def test_a_manifest_that_differs_leaves_nothing_to_look_at(self, package: Path) -> None:
        forge.other_byte("evidence.md")(package)
        found = self._run(package)
        assert found["manifest"][0] == "fail"
        others = {gate: outcome for gate, outcome in found.items() if gate != "manifest"}
        assert len(others) == 10
        assert set(others.values()) == {("skipped", "the files are not those that the manifest lists")}

    def test_a_manifest_that_cannot_be_read(self, package: Path) -> None:
        forge.overwritten(MANIFEST, b"[")(package)
        found = self._run(package)
        assert found["json"][0] == "fail"
        assert found["manifest"] == ("skipped", "the manifest cannot be read")

    def test_a_member_that_cannot_be_read_leaves_its_bytes_compared(self, package: Path) -> None:
        edited("protocol.json", lambda value: value.update(x=1))(package)
        edited("claim.json", lambda value: value.update(x=1))(package)
        rehash(package)
        found = self._run(package)
        assert {gate: status for gate, (status, _) in found.items()} == {
            "json": "pass",
            "schema": "fail",
            "manifest": "pass",
            "binding": "skipped",
            "recomputation": "skipped",
        }
        assert "claim.json" in found["schema"][1]
        assert "protocol.json" in found["schema"][1]

    def test_bad_json_of_one_member_is_told_before_the_schema_of_another(self, package: Path) -> None:
        edited("protocol.json", lambda value: value.update(x=1))(package)
        forge.prefixed("evidence.json", b"\xef\xbb\xbf")(package)
        rehash(package)
        found = self._run(package)
        assert (found["json"][0], found["schema"][0]) == ("fail", "skipped")

    def test_a_line_that_is_no_strict_json_is_the_gate_json(self, package: Path) -> None:
        forge.replaced("episode_results.jsonl", '{"', '{"task":"x","')(package)
        forge.replaced("audit_input.json", "x", "x")(package)
        rehash(package)
        found = self._run(package)
        assert found["json"][0] == "fail"
        assert found["recomputation"] == ("skipped", "the gate 'json' refused what it looks at")
