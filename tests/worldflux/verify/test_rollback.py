"""The gate `rollback`: packages that go back, packages that are two, and packages that are not the one expected."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worldflux.signed_packages import quiet, small_package
from tests.worldflux.trusting import public, signed, vouched
from worldbase import digest, document
from worldbase.document import Loaded
from worldbase.errors import UsageError
from worldflux.documents.claim import Claim
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.seen import SeenPackage
from worldflux.errors import GateError, TrustError
from worldflux.signing.contract import SignedBy
from worldflux.signing.remembered import LOCK, Memory
from worldflux.verify.contents import CheckedPackage, check
from worldflux.verify.rollback import Expectations, RollbackState, expectations_of

BY: Final = (signed(1),)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> CheckedPackage:
    _, folder = small_package(tmp_path_factory.mktemp("package"))
    return check(folder, quiet)


@pytest.fixture
def claim(package: CheckedPackage) -> Claim:
    return package.members.claim.document


@pytest.fixture
def state(tmp_path: Path) -> RollbackState:
    return RollbackState.at(tmp_path / "state")


def manifest(sequence: int, content: str = "a") -> Loaded[ArtifactManifest]:
    """A manifest with this sequence; another content makes another package."""
    value: dict[str, Any] = {
        "schema_version": ArtifactManifest.schema_name,
        "evidence_id": f"evd_{content}",
        "sequence": sequence,
        "files": [],
    }
    if sequence > 1:
        value["supersedes"] = digest.of_bytes(b"before")
    return document.parse(json.dumps(value).encode(), ArtifactManifest)


def _code(
    state: RollbackState, claim: Claim, found: Loaded[ArtifactManifest], by: tuple[SignedBy, ...] = BY
) -> str | None:
    """What the gate refuses with, or None; before and after all other gates it has to say the same."""
    if (code := _refusal(state.require_not_older, claim, found, by)) is not None:
        assert _refusal(state.remember, claim, found, by) == code
    return code


def _refusal(
    door: Callable[..., object], claim: Claim, found: Loaded[ArtifactManifest], by: tuple[SignedBy, ...]
) -> str | None:
    try:
        door(by, claim, found)
    except GateError as error:
        return f"{error.code}" if (error.gate, error.exit_code) == ("rollback", 19) else f"not of this gate: {error}"
    return None


class TestSequence:
    def test_the_first_one_is_said_to_be(self, state: RollbackState, claim: Claim) -> None:
        detail = state.require_not_older(BY, claim, manifest(3))
        assert detail == "sequence 3: the first package of this signer, claim and checkpoint seen here"

    def test_comparing_remembers_nothing(self, state: RollbackState, claim: Claim) -> None:
        state.require_not_older(BY, claim, manifest(3))
        assert not state.memory.folder.exists()

    def test_the_same_and_later_ones_pass_and_earlier_ones_do_not(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        assert state.require_not_older(BY, claim, manifest(3)) == (
            "sequence 3: the package that was verified here before"
        )
        assert state.require_not_older(BY, claim, manifest(5)) == "sequence 5, after 3 that was verified here before"
        assert _code(state, claim, manifest(2)) == "rollback.older"

    def test_another_package_of_the_same_sequence(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        assert _code(state, claim, manifest(3, "b")) == "rollback.other"

    def test_on_purpose_it_passes_and_nothing_goes_down(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        for older in (manifest(1), manifest(3, "b")):
            detail = state.require_not_older(BY, claim, older, allow_older=True)
            assert detail.startswith("let pass by --allow-older: ")
            state.remember(BY, claim, older, allow_older=True)
        assert _code(state, claim, manifest(3)) is None
        assert _code(state, claim, manifest(2)) == "rollback.older"

    def test_one_signer_who_knows_more_is_enough(self, state: RollbackState, claim: Claim) -> None:
        state.remember((signed(2),), claim, manifest(4))
        assert _code(state, claim, manifest(3), (signed(1), signed(2))) == "rollback.older"


class TestSeries:
    """What is remembered of one signer, claim and checkpoint says nothing about another."""

    def test_another_key(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        assert _code(state, claim, manifest(1, "b"), (signed(2),)) is None

    def test_another_issuer_of_the_same_identity(self, state: RollbackState, claim: Claim) -> None:
        state.remember((vouched(),), claim, manifest(3))
        assert _code(state, claim, manifest(1), (vouched(issuer="https://accounts.example"),)) is None
        renewed = replace(vouched(), keyid="e" * 64)
        assert _code(state, claim, manifest(1), (renewed,)) == "rollback.older", "every bundle has its own certificate"

    def test_another_claim(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        other = msgspec.structs.replace(claim, id="clm_01JZZZZZZZZZZZZZZZZZZZZZZZ")
        assert _code(state, other, manifest(1)) is None

    def test_another_checkpoint(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        subject = msgspec.structs.replace(claim.subject, checkpoint_uri="hf://lab/another")
        assert _code(state, msgspec.structs.replace(claim, subject=subject), manifest(1)) is None

    def test_what_is_kept_names_no_address(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        (record,) = state.memory.folder.glob("*.json")
        text = record.read_text()
        assert claim.subject.checkpoint_uri not in text
        assert public(1).keyid in text


class TestMemory:
    def test_a_damaged_record_is_an_error_and_stays(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        (record,) = state.memory.folder.glob("*.json")
        record.write_bytes(b"{")
        for look in (state.require_not_older, state.remember):
            with pytest.raises(TrustError) as raised:
                look(BY, claim, manifest(4))
            assert raised.value.code == "state.damaged"
        assert record.read_bytes() == b"{"

    def test_the_record_of_another_series_in_its_place(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        (first,) = state.memory.folder.glob("*.json")
        state.remember((signed(2),), claim, manifest(1))
        (second,) = set(state.memory.folder.glob("*.json")) - {first}
        first.write_bytes(second.read_bytes())
        with pytest.raises(TrustError) as raised:
            state.require_not_older(BY, claim, manifest(1))
        assert raised.value.code == "state.damaged"

    def test_what_is_known_already_is_not_written_again(self, state: RollbackState, claim: Claim) -> None:
        state.remember(BY, claim, manifest(3))
        impatient = RollbackState(Memory(state.memory.folder, SeenPackage, patience=0))
        with (state.memory.folder / LOCK).open("w") as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            impatient.remember(BY, claim, manifest(3))

    def test_a_later_package_that_another_process_kept_meanwhile(self, state: RollbackState, claim: Claim) -> None:
        assert state.require_not_older(BY, claim, manifest(3))
        RollbackState.at(state.memory.folder).remember(BY, claim, manifest(4))
        with pytest.raises(GateError) as raised:
            state.remember(BY, claim, manifest(3))
        assert raised.value.code == "rollback.older"

    def test_processes_at_once_keep_the_highest(self, state: RollbackState, claim: Claim) -> None:
        context = multiprocessing.get_context("spawn")
        work = [(state.memory.folder, document.dump(claim), sequence) for sequence in (3, 9, 6)]
        with context.Pool(2) as pool:
            pool.starmap(_remember, work)
        assert _code(state, claim, manifest(8)) == "rollback.older"
        assert _code(state, claim, manifest(9)) is None


def _remember(folder: Path, claim: bytes, sequence: int) -> None:
    RollbackState.at(folder).remember(BY, document.parse(claim, Claim).document, manifest(sequence), allow_older=True)


@given(sequences=st.lists(st.tuples(st.integers(1, 5), st.sampled_from("ab")), max_size=8))
def test_what_passed_once_is_never_passed_by_something_older(
    sequences: list[tuple[int, str]], package: CheckedPackage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Against the rule in one line: it passes if it is the last that passed, or has a higher sequence."""
    state = RollbackState.at(tmp_path_factory.mktemp("state"))
    last: tuple[int, str] = (0, "")
    for found in sequences:
        code = _code(state, package.members.claim.document, manifest(*found))
        assert (code is None) == (found == last or found[0] > last[0])
        if code is None:
            state.remember(BY, package.members.claim.document, manifest(*found))
            last = found


class TestExpectations:
    def _actual(self, package: CheckedPackage) -> dict[str, str]:
        return {
            "claim": package.members.claim.digest,
            "protocol": package.members.protocol.digest,
            "package": digest.of_bytes(package.manifest.data),
            "evidence": package.members.evidence.document.id,
        }

    def test_the_package_that_is_meant(self, package: CheckedPackage) -> None:
        texts = [f"{name}={value}" for name, value in self._actual(package).items()]
        expected = expectations_of(texts)
        assert expected
        expected.require(package.manifest, package.members)

    @pytest.mark.parametrize("name", ["claim", "protocol", "package", "evidence"])
    def test_another_one(self, package: CheckedPackage, name: str) -> None:
        other = self._actual(package)[name]
        other = other[:-1] + ("0" if other[-1] != "0" else "1")
        with pytest.raises(GateError) as raised:
            expectations_of([f"{name}={other}"]).require(package.manifest, package.members)
        assert (raised.value.code, raised.value.exit_code) == ("rollback.unexpected", 19)
        assert other in raised.value.message

    def test_every_difference_is_named(self, package: CheckedPackage) -> None:
        none = digest.of_bytes(b"none")
        expected = Expectations(claim=none, protocol=package.members.protocol.digest, package=none)
        with pytest.raises(GateError) as raised:
            expected.require(package.manifest, package.members)
        assert len(raised.value.problems) == 2

    def test_nothing_expected_is_nothing(self) -> None:
        assert not expectations_of([])

    @pytest.mark.parametrize(
        ("texts", "code"),
        [
            (["bundle=sha256:" + "0" * 64], "expect.name"),
            (["claim"], "expect.value"),
            (["=x"], "expect.name"),
            (["claim=" + "0" * 64], "expect.value"),
            (["claim=sha256:" + "0" * 63], "expect.value"),
            (["claim=sha256:" + "A" * 64], "expect.value"),
            (["claim=sha256:" + "0" * 64 + "\n"], "expect.value"),
            (["evidence=sha256:" + "0" * 64], "expect.value"),
            (["evidence=clm_01JZZZZZZZZZZZZZZZZZZZZZZZ"], "expect.value"),
            (["claim=sha256:" + "0" * 64, "claim=sha256:" + "1" * 64], "expect.twice"),
        ],
    )
    def test_what_cannot_be_expected(self, texts: list[str], code: str) -> None:
        with pytest.raises(UsageError) as raised:
            expectations_of(texts)
        assert (raised.value.code, raised.value.exit_code) == (code, 2)
