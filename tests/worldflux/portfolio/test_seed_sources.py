"""Seeds: what they are derived from, and who could have chosen them."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tests.local_sigstore.tsa import Tsa
from tests.worldflux.portfolio.planning_cases import contract_of, frame_of
from tests.worldflux.portfolio.probing import profile_of
from worldbase import digest, http
from worldbase.errors import UsageError
from worldflux.documents.plan import BeaconRound, PlanSeed
from worldflux.documents.seed_commitment import NamedRound
from worldflux.errors import PlanError, SignatureError
from worldflux.portfolio import beacons
from worldflux.portfolio.seed_files import SeedFiles, Stamping, read_seed, regraded, stamped_bytes, write_commitment
from worldflux.portfolio.seed_sources import SeedRequest, check, commit, commitment_to, material, seed_of

SALT: Final = "0f" * 32
FRAME: Final = frame_of()
# Round 1 of drand's default network, as it is published.
FIRST_ROUND: Final = {
    "round": 1,
    "randomness": "101297f1ca7dc44ef6088d94ad5fb7ba03455dc33d53ddb412bbc4564ed986ec",
    "signature": (
        "8d61d9100567de44682506aea1a7a6fa6e5491cd27a0a0ed349ef6910ac5ac20ff7bc3e09d7c046566c9f7f3c6f3b10104990e7cb424998203d8"
        "f7de586fb7fa5f60045417a432684f85093b06ca91c769f0e7ca19268375e659c2a2352b4655"
    ),
    "previous_signature": "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
}
NAMED: Final = NamedRound(name="drand-default", round=1)
BEFORE: Final = datetime(2020, 7, 1, tzinfo=UTC)
AFTER: Final = datetime(2020, 8, 1, tzinfo=UTC)


def published(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "round.json"
    path.write_text(json.dumps({**FIRST_ROUND, **changes}))
    return path


def beacon() -> BeaconRound:
    return BeaconRound(
        name="drand-default",
        round=1,
        at="2020-07-22T15:17:30Z",
        value=str(FIRST_ROUND["randomness"]),
        verified=False,
    )


def refusal(code: str, request: SeedRequest) -> None:
    with pytest.raises(PlanError) as caught:
        seed_of(request, FRAME)
    assert caught.value.code == code
    assert caught.value.hint


def revealed(**more: Any) -> SeedRequest:
    given: dict[str, Any] = {"commitment": commit(SALT, FRAME), **more}
    return SeedRequest("commit_reveal", SALT, **given)


@pytest.mark.parametrize("value", ["0", "1234", "9" * 78])
def test_a_number_is_taken_as_its_digits(value: str) -> None:
    seed = seed_of(SeedRequest("operator_supplied", value), FRAME)
    assert (material(seed), seed.grade, seed.commitment) == (value.encode(), "chosen_by_operator", None)


@pytest.mark.parametrize("value", ["", "01", "-1", "1.5", "1e3", "0x10", " 1", "1\n", "١٢", "9" * 79, SALT])
def test_what_is_no_number(value: str) -> None:
    refusal("plan.seed", SeedRequest("operator_supplied", value))


def test_the_material_of_each_source() -> None:
    salt, value = bytes.fromhex(SALT), bytes.fromhex(str(FIRST_ROUND["randomness"]))
    named = commit(SALT, FRAME, NAMED)
    assert material(seed_of(revealed(), FRAME)) == salt
    assert (
        material(seed_of(revealed(reviewer_salt="café, and more"), FRAME)) == salt + b"\0" + "café, and more".encode()
    )
    assert material(seed_of(revealed(commitment=named, beacon=beacon()), FRAME)) == value + b"\0" + salt
    both = revealed(commitment=named, beacon=beacon(), reviewer_salt="r")
    assert material(seed_of(both, FRAME)) == value + b"\0" + salt + b"\0r"


def test_one_party_alone_could_choose_whatever_it_committed_to() -> None:
    assert seed_of(revealed(), FRAME).grade == "chosen_by_operator"


def test_a_reviewer_who_adds_a_salt() -> None:
    assert seed_of(revealed(reviewer_salt="r" * 20), FRAME).grade == "mixed_with_reviewer"


@pytest.mark.parametrize(
    "frame",
    [None, frame_of(profile_of(claim_intent="another")), frame_of(None, contract_of())],
    ids=["nothing", "another profile", "a contract more"],
)
def test_a_commitment_that_leaves_something_to_vary_counts_for_nothing(frame: Any) -> None:
    request = revealed(commitment=commit(SALT, frame), reviewer_salt="r" * 20)
    assert seed_of(request, FRAME).grade == "chosen_by_operator"


def mixed(at: datetime | None, named: NamedRound | None = NAMED) -> SeedRequest:
    return SeedRequest("public_beacon", SALT, commitment=commit(SALT, FRAME, named), beacon=beacon(), committed_at=at)


def test_a_round_that_was_named_before_it_took_place() -> None:
    assert seed_of(mixed(BEFORE), FRAME).grade == "mixed_with_beacon"


@pytest.mark.parametrize("at", [None, AFTER], ids=["nobody saw the commitment", "it was seen after the round"])
def test_a_round_that_is_not_shown_to_have_been_named_before(at: datetime | None) -> None:
    assert seed_of(mixed(at), FRAME).grade == "chosen_by_operator"


def test_the_second_before_the_round_is_before_it() -> None:
    exact = beacons.time_of(NAMED)
    assert exact == datetime(2020, 7, 22, 15, 17, 30, tzinfo=UTC)
    assert exact is not None
    assert seed_of(mixed(exact - timedelta(seconds=1)), FRAME).grade == "mixed_with_beacon"
    assert seed_of(mixed(exact), FRAME).grade == "chosen_by_operator"


def test_another_round_than_the_one_that_was_named() -> None:
    refusal("plan.beacon", mixed(BEFORE, NamedRound(name="drand-default", round=2)))
    refusal("plan.beacon", mixed(BEFORE, NamedRound(name="drand-quicknet", round=1)))
    refusal("plan.beacon", mixed(BEFORE, None))


def test_what_does_not_go_together() -> None:
    committed = commit(SALT, FRAME)
    refusal("plan.commitment_needed", SeedRequest("commit_reveal", SALT))
    refusal("plan.commitment", SeedRequest("commit_reveal", "00" * 32, commitment=committed))
    refusal("plan.seed", SeedRequest("commit_reveal", SALT.upper(), commitment=committed))
    refusal("plan.beacon_needed", SeedRequest("public_beacon", SALT, commitment=commit(SALT, FRAME, NAMED)))
    refusal("plan.seed", SeedRequest("operator_supplied", "1", commitment=committed))
    refusal("plan.seed", SeedRequest("operator_supplied", "1", reviewer_salt="r"))


@pytest.mark.parametrize(
    "change",
    [
        {"beacon": NamedRound(name="drand-default", round=2)},
        {"profile": "sha256:" + "00" * 32},
        {"contracts": ["sha256:" + "00" * 32]},
    ],
)
def test_a_commitment_binds_all_that_it_names(change: dict[str, Any]) -> None:
    committed = msgspec.structs.replace(commit(SALT, FRAME, NAMED), **change)
    refusal("plan.commitment", revealed(commitment=committed))


def test_the_form_of_a_commitment() -> None:
    bound = {"profile": FRAME.profile, "registry": FRAME.registry, "contracts": []}
    assert commit(SALT).commitment == digest.of_value({"salt": SALT})
    assert commit(SALT, FRAME).commitment == digest.of_value({"salt": SALT, **bound})
    named = {"salt": SALT, **bound, "beacon": {"name": "drand-default", "round": 1}}
    assert commitment_to(commit(SALT, FRAME, NAMED), SALT) == digest.of_value(named)


def faked(seed: PlanSeed, **changes: Any) -> PlanSeed:
    return msgspec.structs.replace(seed, **changes)


def test_a_plan_may_not_say_more_of_its_seed_than_stands_in_it() -> None:
    seed = seed_of(mixed(AFTER), FRAME)
    check(seed, FRAME)
    for forged in (
        faked(seed, grade="mixed_with_beacon"),
        faked(seed, grade="mixed_with_reviewer"),
        faked(seed, grade="mixed_with_beacon", beacon=faked(beacon(), at="2030-01-01T00:00:00Z")),  # type: ignore[arg-type]
    ):
        with pytest.raises(PlanError) as caught:
            check(forged, FRAME)
        assert caught.value.code == "plan.grade"


def test_a_number_with_the_trappings_of_a_commitment() -> None:
    """The reviewer's salt would stand in the plan and take no part in the derivation."""
    committed = commit("1234", FRAME)
    seed = faked(
        seed_of(SeedRequest("operator_supplied", "1234"), FRAME),
        committed=committed,
        commitment=committed.commitment,
        reviewer_salt="r" * 20,
        grade="mixed_with_reviewer",
    )
    with pytest.raises(PlanError) as caught:
        check(seed, FRAME)
    assert caught.value.code == "plan.grade"


def test_a_value_of_half_an_octet() -> None:
    odd = msgspec.structs.replace(beacon(), value="0" * 17)
    refusal("plan.beacon", revealed(commitment=commit(SALT, FRAME, NAMED), beacon=odd))


# Files


def test_a_published_round(tmp_path: Path) -> None:
    assert beacons.read(published(tmp_path), NAMED) == beacon()


@pytest.mark.parametrize(
    "changes",
    [
        {"randomness": "00" * 32},
        {"signature": "00" * 48},
        {"signature": "zz"},
        {"signature": 1},
        {"round": "1"},
        {"round": True},
        {"round": 0},
        {"round": 2**53 - 1},
    ],
    ids=str,
)
def test_what_is_no_round(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(PlanError) as caught:
        beacons.read(published(tmp_path, **changes), NAMED)
    assert caught.value.code == "plan.beacon"


PULSE: Final = {
    "chainIndex": 2,
    "pulseIndex": 7,
    "timeStamp": "2026-11-21T10:00:00.000Z",
    "outputValue": "AB" * 64,
}


def pulse(tmp_path: Path, **changes: Any) -> BeaconRound:
    path = tmp_path / "pulse.json"
    path.write_text(json.dumps({"pulse": {**PULSE, **changes}}))
    return beacons.read(path, NamedRound(name="nist-2", round=7))


def test_a_pulse(tmp_path: Path) -> None:
    found = pulse(tmp_path)
    assert (found.round, found.at, found.value) == (7, "2026-11-21T10:00:00Z", "ab" * 64)
    assert not found.verified


@pytest.mark.parametrize(
    "changes",
    [{"chainIndex": 1}, {"pulseIndex": "7"}, {"timeStamp": "soon"}, {"timeStamp": "2026-11-21"}, {"outputValue": ""}],
    ids=str,
)
def test_what_is_no_pulse(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(PlanError) as caught:
        pulse(tmp_path, **changes)
    assert caught.value.code == "plan.beacon"


def test_a_salt_is_for_its_owner_and_a_commitment_for_everybody(tmp_path: Path) -> None:
    path = tmp_path / "seed_commitment.json"
    made = write_commitment(path, FRAME, None)
    salt = tmp_path / "seed_commitment.salt"
    assert stat.S_IMODE(salt.stat().st_mode) == 0o600
    assert salt.read_text().strip() not in path.read_text()
    assert commitment_to(made, salt.read_text().strip()) == made.commitment


def test_the_salt_is_found_beside_its_commitment_or_given(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    write_commitment(path, FRAME, None)
    salt = (tmp_path / "c.salt").read_text().strip()
    moved = (tmp_path / "c.salt").rename(tmp_path / "elsewhere")
    for value in (salt, str(moved)):
        assert read_seed(SeedFiles("commit_reveal", value, commitment=path)).value == salt
    moved.rename(tmp_path / "c.salt")
    assert read_seed(SeedFiles("commit_reveal", commitment=path)).value == salt


@pytest.mark.parametrize("name", ["c.json", "c.salt", "c.tsr"])
def test_a_commitment_that_stands_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(UsageError):
        write_commitment(tmp_path / "c.json", FRAME, None)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(name, "mine")]


def test_a_round_has_to_be_still_to_come(tmp_path: Path) -> None:
    for named in (NAMED, NamedRound(name="drand-quicknet", round=2**52), NamedRound(name="drand-default", round=0)):
        with pytest.raises(PlanError) as caught:
            write_commitment(tmp_path / "c.json", FRAME, named)
        assert caught.value.code == "plan.round_past"
    with pytest.raises(PlanError) as caught:
        write_commitment(tmp_path / "c.json", FRAME, NamedRound(name="dice", round=9))
    assert caught.value.code == "plan.beacon"
    write_commitment(tmp_path / "c.json", FRAME, NamedRound(name="drand-default", round=10**9))


@pytest.mark.parametrize(
    "text", ["short", "x" * 513, "two lines of\nsixteen characters", "bell \x07 in sixteen and more"]
)
def test_a_reviewers_salt_is_a_line_that_can_be_read(tmp_path: Path, text: str) -> None:
    write_commitment(tmp_path / "c.json", FRAME, None)
    (tmp_path / "r.salt").write_text(text)
    files = SeedFiles("commit_reveal", commitment=tmp_path / "c.json", reviewer_salt=tmp_path / "r.salt")
    with pytest.raises(PlanError) as caught:
        read_seed(files)
    assert caught.value.code == "plan.salt"


def test_a_round_without_a_commitment_that_names_one(tmp_path: Path) -> None:
    write_commitment(tmp_path / "c.json", FRAME, None)
    with pytest.raises(PlanError, match="was chosen later"):
        read_seed(SeedFiles("public_beacon", commitment=tmp_path / "c.json", beacon=published(tmp_path)))


def test_no_seed_at_all() -> None:
    for source in ("operator_supplied", "commit_reveal"):
        with pytest.raises(PlanError) as caught:
            read_seed(SeedFiles(source))
        assert caught.value.code == "plan.seed_missing"


class _Answers:
    """Stands for the address of an authority."""

    def __init__(self, tsa: Tsa) -> None:
        self.answer = tsa.reply

    def post(self, url: str, posted: http.Posted, *, content_types: Any) -> http.Reply:
        return http.Reply(url, next(iter(content_types)), self.answer(posted.body))


def stamped_seed(tmp_path: Path, tsa: Tsa, roots: list[str]) -> PlanSeed:
    """A seed of a round far ahead, whose commitment was stamped now."""
    ahead = NamedRound(name="drand-default", round=10_000_000)
    path = tmp_path / "c.json"
    made = write_commitment(path, FRAME, ahead, Stamping("https://tsa.example.test/", _Answers(tsa)))
    assert made.beacon == ahead
    later = tmp_path / "later.json"
    later.write_text(json.dumps({"round": ahead.round, "signature": "ab" * 96}))
    files = SeedFiles("public_beacon", commitment=path, beacon=later, tsa_roots=roots)
    return seed_of(read_seed(files), FRAME)


def test_a_time_stamp_shows_that_the_round_was_named_before(tmp_path: Path) -> None:
    tsa = Tsa()
    seed = stamped_seed(tmp_path, tsa, [tsa.root.pem])
    assert seed.grade == "mixed_with_beacon"
    assert regraded(seed, FRAME, [tsa.root.pem]) == "mixed_with_beacon"


def test_a_time_stamp_counts_only_for_whoever_trusts_its_authority(tmp_path: Path) -> None:
    tsa = Tsa()
    assert stamped_seed(tmp_path, tsa, []).grade == "chosen_by_operator"
    seed = seed_of(read_seed(_again(tmp_path, [Tsa().root.pem])), FRAME)
    assert seed.grade == "chosen_by_operator"
    trusted = seed_of(read_seed(_again(tmp_path, [tsa.root.pem])), FRAME)
    assert trusted.grade == "mixed_with_beacon"
    assert regraded(trusted, FRAME, []) == "chosen_by_operator"
    assert regraded(trusted, FRAME, [Tsa().root.pem]) == "chosen_by_operator"


def _again(tmp_path: Path, roots: list[str]) -> SeedFiles:
    return SeedFiles("public_beacon", commitment=tmp_path / "c.json", beacon=tmp_path / "later.json", tsa_roots=roots)


def test_a_time_stamp_of_another_commitment_is_refused(tmp_path: Path) -> None:
    tsa = Tsa()
    seed = stamped_seed(tmp_path, tsa, [tsa.root.pem])
    (tmp_path / "c.tsr").write_bytes(tsa.timestamp(stamped_bytes(commit(SALT))))
    with pytest.raises(SignatureError) as caught:
        read_seed(_again(tmp_path, [tsa.root.pem]))
    assert caught.value.code == "signature.timestamp"
    with pytest.raises(PlanError) as damaged:
        regraded(faked(seed, time_stamp="@@@@"), FRAME, [tsa.root.pem])
    assert damaged.value.code == "plan.commitment"
