"""A whole verification: what it reports, what it hands on, what it remembers, and what it never touches."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import forgeries as forge
from tests.forgeries import by_author, by_stranger
from tests.tampering import AUTHOR, AUTHOR_KEY, MANIFEST, P256_KEY, STRANGER, TestKey, copied, rehash, resign
from tests.worldflux.signed_packages import quiet, signed, small_package, trust_author
from tests.worldflux.small_package import contents
from worldbase.console import Progress
from worldflux.documents.verification import GateReport
from worldflux.errors import EXIT_CODES, GateError, PackageError, TrustError
from worldflux.package.archive import pack
from worldflux.package.opened import OpenedPackage
from worldflux.signing.keys import PrivateKey
from worldflux.signing.trust_reading import load_policy
from worldflux.verify.rollback import RollbackState, expectations_of
from worldflux.verify.run import Verification, VerifyRequest, verify
from worldflux.verify.trusted import Trustees


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_package(tmp_path_factory.mktemp("original"))[1]
    signed(folder)
    return folder


@pytest.fixture
def package(original: Path, tmp_path: Path) -> Path:
    return copied(original, tmp_path / "package")


@pytest.fixture
def state(tmp_path: Path) -> RollbackState:
    return RollbackState.at(tmp_path / "state")


def own(*keys: TestKey) -> Trustees:
    """Somebody whose own keys these are."""
    return Trustees(own=tuple(PrivateKey.of(key.private).public for key in keys))


def policy(folder: Path, *keys: TestKey) -> Trustees:
    """Somebody who names a trust file."""
    return Trustees(load_policy(trust_author(folder, *keys), None, state=False), explicit=True)


def run(path: Path, trustees: Trustees, **more: object) -> Verification:
    return verify(VerifyRequest(path, trustees, **more), quiet)  # type: ignore[arg-type]


def gates(done: Verification) -> dict[str, GateReport]:
    return {gate.id: gate for gate in done.report.gates}


class TestWhatIsHandedOn:
    def test_only_a_package_that_passed_every_gate(self, package: Path, tmp_path: Path) -> None:
        done = run(package, policy(tmp_path))
        found = done.verified()
        assert found.report is done.report
        assert (found.decision.level, found.checked.folder, found.checked.withheld) == ("policy", package, ())
        assert {gate.status for gate in done.report.gates if gate.id != "rollback"} == {"pass"}

    @pytest.mark.parametrize("gate", [10, 11, 13, 14, 15, 16, 18, 20])
    def test_the_first_failure_is_raised_in_the_name_of_its_gate(
        self, package: Path, tmp_path: Path, gate: int
    ) -> None:
        changes = {
            10: lambda folder: (folder / "link").symlink_to("claim.json"),
            11: forge.overwritten(MANIFEST, b"["),
            13: forge.other_byte("evidence.md"),
            14: lambda folder: shutil.rmtree(folder / "signatures"),
            15: forge.first_signature(forge.one_bit),
            16: forge.all_of(forge.rewritten("audit_provenance.json"), rehash),
            18: by_author(forge.flipped_outcome),
            20: by_stranger(),
        }
        changes[gate](package)
        done = run(package, policy(tmp_path))
        assert (done.package, done.report.ok, done.report.exit_code) == (None, False, gate)
        with pytest.raises(GateError) as caught:
            done.verified()
        assert EXIT_CODES[caught.value.gate] == caught.value.exit_code == gate
        assert caught.value.code
        assert caught.value.hint

    def test_an_unknown_signer_is_raised_with_a_code_of_its_own(self, package: Path) -> None:
        done = run(package, Trustees())
        assert (done.package, done.report.conclusion) == (None, "integrity only, signer unknown")
        with pytest.raises(GateError, match="signer unknown") as caught:
            done.verified()
        assert (caught.value.code, caught.value.exit_code) == ("policy.unknown_signer", 21)
        assert "worldflux key trust" in (caught.value.hint or "")


class TestGates:
    @pytest.mark.parametrize(
        "change",
        [
            lambda folder: None,
            lambda folder: (folder / "link").symlink_to("claim.json"),
            forge.overwritten(MANIFEST, b"["),
            forge.removed(MANIFEST),
            forge.other_byte("evidence.md"),
            by_author(forge.edited("claim.json", lambda value: value.update(more=1))),
        ],
    )
    def test_each_is_reported_once_and_in_order(self, package: Path, tmp_path: Path, change: forge.Change) -> None:
        change(package)
        done = run(package, policy(tmp_path))
        assert [gate.id for gate in done.report.gates] == list(EXIT_CODES)
        for gate in done.report.gates:
            assert gate.detail
            assert (gate.status == "fail") == bool(gate.code) == bool(gate.next)

    def test_an_unsafe_tree_leaves_nothing_to_read(self, package: Path, tmp_path: Path) -> None:
        os.mkfifo(package / "pipe")
        found = gates(run(package, policy(tmp_path)))
        assert found["tree"].status == "fail"
        assert {gate.detail for name, gate in found.items() if name != "tree"} == {"the tree is not safe to read"}

    def test_hard_links_to_elsewhere_are_told_and_pass(self, package: Path, tmp_path: Path) -> None:
        os.link(package / "claim.json", tmp_path / "elsewhere.json")
        done = run(package, policy(tmp_path))
        assert done.report.ok
        assert "claim.json has 2 names" in gates(done)["tree"].detail

    def test_a_file_that_changes_while_it_is_read(
        self, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the gate that hashes it and the one that reads it."""
        before = OpenedPackage.stream

        def stream(opened: OpenedPackage, name: str) -> object:
            forge.other_byte(name)(package)
            return before(opened, name)

        monkeypatch.setattr(OpenedPackage, "stream", stream)
        done = run(package, policy(tmp_path))
        assert (done.package, done.report.exit_code) == (None, 10)
        assert gates(done)["tree"].code == "tree.changed"

    def test_a_signature_that_nobody_can_check_is_not_called_good(self, package: Path) -> None:
        forge.signature(lambda value: value["signatures"][0].pop("public_key"))(package)
        done = run(package, Trustees())
        assert (done.report.exit_code, done.report.signers) == (21, [])
        for gate in ("signature", "subject", "policy", "rollback"):
            assert gates(done)[gate].status == "skipped"
            assert "not at hand" in gates(done)[gate].detail


class TestSigners:
    def test_ones_own_key_beside_a_strangers(self, package: Path) -> None:
        forge.sealed_again(STRANGER, AUTHOR_KEY)(package)
        report = run(package, own(AUTHOR_KEY)).report
        assert (report.exit_code, report.conclusion) == (0, "verified; signed by your own key")
        assert [signer.trust for signer in report.signers] == ["unknown", "self"]
        assert report.signer
        assert report.signer.keyid == AUTHOR_KEY.keyid

    def test_a_label_comes_from_the_readers_file_alone(self, package: Path, tmp_path: Path) -> None:
        report = run(package, policy(tmp_path)).report
        assert report.signer
        assert (report.signer.trust, report.signer.label) == ("policy", AUTHOR_KEY.name)
        assert report.conclusion == f"verified; signed by {AUTHOR_KEY.name}"

    def test_an_own_key_is_not_enough_for_a_share(self, package: Path) -> None:
        forge.share(package)
        done = run(package, own(AUTHOR_KEY), profile="share")
        assert (done.report.exit_code, gates(done)["policy"].code) == (20, "policy.self_not_accepted")

    def test_a_share_says_what_was_not_counted_again(self, package: Path, tmp_path: Path) -> None:
        forge.share(package)
        report = run(package, policy(tmp_path), profile="share").report
        assert report.ok
        assert report.package
        assert (report.package.level, len(report.package.withheld)) == ("cells", 4)
        assert report.not_checked[0].startswith("the counts of the cells")
        assert run(package, policy(tmp_path)).report.exit_code == 13


class TestMemory:
    def _second(self, package: Path, tmp_path: Path) -> Path:
        """Another package of the same claim, checkpoint and sequence."""
        other = copied(package, tmp_path / "second")
        forge.rewritten("audit_provenance.json")(other)
        rehash(other)
        resign(other, AUTHOR_KEY)
        return other

    def test_a_package_is_remembered_once_every_gate_passed(
        self, package: Path, tmp_path: Path, state: RollbackState
    ) -> None:
        run(package, Trustees(), state=state)
        run(package, policy(tmp_path, P256_KEY), state=state)
        assert not state.memory.folder.exists()
        assert "first package" in gates(run(package, policy(tmp_path), state=state))["rollback"].detail
        assert "verified here before" in gates(run(package, policy(tmp_path), state=state))["rollback"].detail

    def test_without_a_memory_nothing_is_compared(self, package: Path, tmp_path: Path) -> None:
        found = gates(run(package, policy(tmp_path)))["rollback"]
        assert (found.status, found.detail) == (
            "skipped",
            "nothing was expected, and nothing is remembered to compare with",
        )

    def test_a_damaged_memory_is_an_error_and_no_verdict(
        self, package: Path, tmp_path: Path, state: RollbackState
    ) -> None:
        run(package, policy(tmp_path), state=state)
        (record,) = state.memory.folder.glob("*.json")
        record.write_text("{}")
        with pytest.raises(TrustError) as caught:
            run(package, policy(tmp_path), state=state)
        assert caught.value.code == "state.damaged"

    def test_another_package_of_the_same_place_is_odd_from_others_and_not_from_oneself(
        self, package: Path, tmp_path: Path, state: RollbackState
    ) -> None:
        second = self._second(package, tmp_path)
        assert run(package, own(AUTHOR_KEY), state=state).report.ok
        again = run(second, own(AUTHOR_KEY), state=state)
        assert again.report.ok
        assert gates(again)["rollback"].detail.startswith("your own: another package with sequence 1")
        refused = run(second, policy(tmp_path), state=state)
        assert (refused.report.exit_code, gates(refused)["rollback"].code) == (19, "rollback.other")
        assert run(second, policy(tmp_path), state=state, allow_older=True).report.ok

    def test_what_is_expected_is_compared_without_a_memory(self, package: Path, tmp_path: Path) -> None:
        done = run(package, policy(tmp_path))
        assert done.report.package
        right = expectations_of([f"package={done.report.package.manifest}"])
        wrong = expectations_of(["package=sha256:" + "ab" * 32])
        passed = gates(run(package, policy(tmp_path), expectations=right))["rollback"]
        assert (passed.status, passed.detail) == ("pass", "as expected; nothing is remembered to compare with")
        refused = run(package, policy(tmp_path), expectations=wrong)
        assert (refused.report.exit_code, gates(refused)["rollback"].code) == (19, "rollback.unexpected")

    def test_what_is_expected_is_compared_where_the_signature_cannot_be(self, package: Path) -> None:
        (package / AUTHOR).unlink()
        wrong = expectations_of(["package=sha256:" + "ab" * 32])
        done = run(package, Trustees(), expectations=wrong)
        assert done.report.exit_code == 14
        assert gates(done)["rollback"].code == "rollback.unexpected"


class TestPlaces:
    def test_an_archive_is_the_package_in_it(self, package: Path, tmp_path: Path, state: RollbackState) -> None:
        pack(package, tmp_path / "package.tar.gz", quiet)
        folder, archive = (run(path, policy(tmp_path)).report for path in (package, tmp_path / "package.tar.gz"))
        assert archive == folder

    def test_an_archive_is_taken_out_where_nothing_stays(
        self, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pack(package, tmp_path / "package.tar.gz", quiet)
        (tmp_path / "temporary").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
        assert run(tmp_path / "package.tar.gz", policy(tmp_path)).report.ok
        assert list((tmp_path / "temporary").iterdir()) == []

    def test_an_unsafe_archive_is_refused_at_the_first_gate(self, tmp_path: Path) -> None:
        (tmp_path / "x.tar.gz").write_bytes(b"no archive" * 100)
        done = run(tmp_path / "x.tar.gz", Trustees())
        assert (done.report.exit_code, len(done.report.gates)) == (10, 11)

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(PackageError) as caught:
            run(tmp_path / "nothing", Trustees())
        assert caught.value.code == "package.missing"

    def test_the_package_is_never_written_to(self, package: Path, tmp_path: Path, state: RollbackState) -> None:
        before = contents(package)
        times = {path: path.stat().st_mtime_ns for path in [package, *package.rglob("*")]}
        run(package, policy(tmp_path), state=state)
        assert contents(package) == before
        assert {path: path.stat().st_mtime_ns for path in [package, *package.rglob("*")]} == times


@contextmanager
def _poisoned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process in which every use of a socket is an error that nothing handles."""

    class PoisonedError(BaseException):
        pass

    def poisoned(*arguments: object, **options: object) -> None:
        raise PoisonedError

    with monkeypatch.context() as patch:
        for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "socketpair"):
            patch.setattr(socket, name, poisoned)
        yield


def test_no_socket_is_ever_made(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trustees = policy(tmp_path)
    with _poisoned(monkeypatch):
        with pytest.raises(BaseException, match=r"^$"):
            socket.create_connection(("localhost", 1))
        assert run(package, trustees, state=RollbackState.at(tmp_path / "state")).report.ok
        assert run(package, Trustees(), profile="share").report.exit_code == 21


def test_progress_is_shown_by_whoever_asked(package: Path) -> None:
    told: list[str] = []

    @contextmanager
    def show(label: str, total: int, size: int) -> Iterator[Progress]:
        told.append(label)
        yield Progress()

    verify(VerifyRequest(package, Trustees()), show)
    assert told[0] == "hashing members"
    assert len(told) == 2
