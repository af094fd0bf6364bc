"""Which package a new one replaces, and what stands at its place and may not go."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest
from msgspec import UNSET

from tests.tampering import MANIFEST, copied, edit_json, rehash, sha256
from tests.worldflux.auditing import Bench, bench
from tests.worldflux.signed_packages import TASKS, quiet, run_of, signed
from worldbase.errors import InputError, UsageError
from worldflux.audit.run import AuditRequest, audit
from worldflux.audit.succession import Succession, refuse_signed_output, succession_of
from worldflux.claims import claim_pair
from worldflux.claims.claim_pair import ClaimPair
from worldflux.errors import GateError, PackageError

OTHER_CLAIM: Final = "clm_01JZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A claim, its protocol, and a first package."""
    made = bench(tmp_path_factory.mktemp("place"), tasks=TASKS, episodes=20)
    made.audit(run_of(made.folder, 20, 18))
    return made


@pytest.fixture
def pair(place: Bench) -> ClaimPair:
    return claim_pair.load(place.claim, place.protocol)


@pytest.fixture
def previous(place: Bench, tmp_path: Path) -> Path:
    return copied(place.output, tmp_path / "previous")


def refusal(previous: Path, pair: ClaimPair) -> tuple[int, str]:
    """Exit code and code."""
    with pytest.raises(PackageError) as caught:
        succession_of(previous, pair)
    assert caught.value.hint
    return caught.value.exit_code, caught.value.code


def test_the_first_one_replaces_nothing(pair: ClaimPair) -> None:
    assert succession_of(None, pair) == Succession(1, UNSET)


def test_the_next_one_counts_on_and_names_the_manifest(previous: Path, pair: ClaimPair) -> None:
    assert succession_of(previous, pair) == Succession(2, sha256((previous / MANIFEST).read_bytes()))


def test_a_chain_of_three(place: Bench, tmp_path: Path) -> None:
    before, manifests = place.output, []
    for number in (2, 3):
        output = tmp_path / str(number)
        inputs = [run_of(tmp_path / f"run-{number}", 20, 18 - number)]
        audit(AuditRequest("lerobot", inputs, place.claim, place.protocol, output, supersedes=before), quiet)
        manifests.append(sha256((before / MANIFEST).read_bytes()))
        value = (output / MANIFEST).read_text()
        assert f'"sequence": {number},' in value
        assert f'"supersedes": "{manifests[-1]}",' in value
        before = output
    assert len(set(manifests)) == 2


def test_whether_the_previous_one_is_signed_does_not_matter(previous: Path, pair: ClaimPair) -> None:
    unsigned = succession_of(previous, pair)
    signed(previous)
    assert succession_of(previous, pair) == unsigned


def test_another_version_of_the_same_claim_goes_on(previous: Path, place: Bench, tmp_path: Path) -> None:
    """The id stays when a claim is corrected; its hash does not."""
    other = bench(tmp_path / "corrected", tasks=TASKS, episodes=20)
    claim = tmp_path / "corrected" / "claim_pkg" / "claim.json"
    shutil.copy(place.claim, claim)
    edit_json(claim, lambda value: value.update(claim_text="Corrected."))
    shutil.copy(place.protocol, other.protocol)
    edit_json(other.protocol, lambda value: value.update(claim_hash="sha256:" + "0" * 64))
    assert succession_of(previous, claim_pair.load(claim, other.protocol)).sequence == 2


@pytest.mark.parametrize("change", ["id", "checkpoint"])
def test_another_claim_or_checkpoint_is_refused(previous: Path, pair: ClaimPair, change: str) -> None:
    def edit(value: dict[str, object]) -> None:
        if change == "id":
            value["id"] = OTHER_CLAIM
        else:
            value["subject"]["checkpoint_uri"] = "local:another"  # type: ignore[index]

    edit_json(previous / "claim.json", edit)
    rehash(previous)
    assert refusal(previous, pair) == (3, "supersedes.other_claim")


def test_a_previous_one_that_was_changed_is_refused(previous: Path, pair: ClaimPair) -> None:
    edit_json(previous / "claim.json", lambda value: value.update(id=OTHER_CLAIM))
    assert refusal(previous, pair) == (3, "supersedes.changed")
    (previous / MANIFEST).write_text((previous / MANIFEST).read_text().replace('"path": "claim.json"', '"path": "d"'))
    with pytest.raises(InputError):
        succession_of(previous, pair)


def test_what_is_no_package_is_refused(previous: Path, pair: ClaimPair, tmp_path: Path) -> None:
    assert refusal(tmp_path / "nothing", pair) == (3, "package.missing")
    (previous / MANIFEST).unlink()
    assert refusal(previous, pair) == (3, "package.incomplete")
    (previous / MANIFEST).symlink_to("claim.json")
    with pytest.raises(GateError) as caught:
        succession_of(previous, pair)
    assert caught.value.exit_code == 10
    with pytest.raises(UsageError) as not_a_folder:
        succession_of(previous / "claim.json", pair)
    assert not_a_folder.value.code == "package.not_a_folder"


def test_a_refused_predecessor_leaves_no_package(previous: Path, place: Bench, tmp_path: Path) -> None:
    edit_json(previous / "claim.json", lambda value: value.update(id=OTHER_CLAIM))
    run, output = run_of(tmp_path / "run", 20, 18), tmp_path / "output"
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(PackageError):
        audit(AuditRequest("lerobot", [run], place.claim, place.protocol, output, supersedes=previous), quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("overwrite", "overwrite_signed", "refused"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_a_signed_package_goes_only_where_that_was_said(
    previous: Path, overwrite: bool, overwrite_signed: bool, refused: bool
) -> None:
    refuse_signed_output(previous, overwrite=overwrite, overwrite_signed=overwrite_signed)
    signed(previous)
    if not refused:
        refuse_signed_output(previous, overwrite=overwrite, overwrite_signed=overwrite_signed)
        return
    with pytest.raises(UsageError) as caught:
        refuse_signed_output(previous, overwrite=overwrite, overwrite_signed=overwrite_signed)
    assert (caught.value.code, caught.value.exit_code) == ("output.signed", 2)
    assert "--supersedes" in (caught.value.hint or "")


def test_a_link_in_the_signatures_place_counts_as_signed(previous: Path) -> None:
    (previous / "signatures").symlink_to("nowhere")
    with pytest.raises(UsageError):
        refuse_signed_output(previous, overwrite=True, overwrite_signed=False)
