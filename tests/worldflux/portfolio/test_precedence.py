"""What is said about which came first, and on what ground."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY
from tests.worldflux.portfolio.proving import (
    FAR_AHEAD,
    LONG_AGO,
    code_of,
    freeze_at,
    logged,
    plan_at,
    private,
    trusting,
)
from worldbase import document
from worldflux.episodes.first_episode import FirstEpisode
from worldflux.errors import PlanError
from worldflux.portfolio.log import proofs
from worldflux.portfolio.log.folder import read_log
from worldflux.portfolio.precedence import PlanProof, age_of, checked_proof, precedence_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_nothing_shows_nothing() -> None:
    assert precedence_of(None, FAR_AHEAD).precedence == "not_shown"


@pytest.mark.parametrize(
    ("at", "first", "expected"),
    [
        (NOON, NOON + SECOND, "proven"),
        (NOON, NOON, "not_shown"),
        (NOON, NOON - SECOND, "not_shown"),
        (NOON, None, "declared"),
        (None, FAR_AHEAD, "declared"),
        (None, None, "declared"),
    ],
)
def test_only_a_clock_before_the_first_episode_proves(at: Any, first: Any, expected: str) -> None:
    proof = PlanProof(at, "tsa" if at else "none", "It was frozen.")
    assert precedence_of(proof, first).precedence == expected


def test_the_note_says_whose_word_the_episodes_are() -> None:
    note = precedence_of(PlanProof(NOON, "tsa", "It was frozen."), FAR_AHEAD).note
    assert note.startswith("It was frozen.")
    assert "as its record says" in note


def test_a_freeze_alone_is_a_declaration(tmp_path: Path) -> None:
    plan = plan_at(tmp_path)
    proof = checked_proof(plan, trusting(None, AUTHOR_KEY), freeze=freeze_at(tmp_path))
    assert proof is not None
    assert precedence_of(proof, FAR_AHEAD).precedence == "declared"
    assert "frozen by author, without a time stamp" in proof.note


def test_a_stamped_freeze_proves(tmp_path: Path) -> None:
    tsa, plan = Tsa(), plan_at(tmp_path)
    freeze = freeze_at(tmp_path, stamp=tsa.timestamp)
    proof = checked_proof(plan, trusting(tsa), freeze=freeze)
    assert proof is not None
    assert (proof.witness, proof.attempts, proof.plans) == ("tsa", None, None)
    assert precedence_of(proof, FAR_AHEAD).precedence == "proven"
    assert precedence_of(proof, LONG_AGO).precedence == "not_shown"
    stranger = checked_proof(plan, trusting(), freeze=freeze)
    assert precedence_of(stranger, FAR_AHEAD).precedence == "declared"
    assert stranger is not None
    assert "no authority that is trusted here" in stranger.note


def test_a_log_counts_and_its_witness_proves(tmp_path: Path) -> None:
    tsa, plan, log = Tsa(), plan_at(tmp_path), tmp_path / "log"
    logged(log, plan_at(tmp_path, 2, "earlier.json"))
    logged(log, plan)
    logged(log, plan, "attempt", stamp=tsa.timestamp)
    proof = checked_proof(plan, trusting(tsa), log=log)
    assert proof is not None
    assert (proof.witness, proof.attempts, proof.plans) == ("tsa", 1, 2)
    assert precedence_of(proof, FAR_AHEAD).precedence == "proven"
    untrusted = checked_proof(plan, trusting(), log=log)
    assert precedence_of(untrusted, FAR_AHEAD).precedence == "declared"


def test_a_log_without_the_plan_counts_and_shows_nothing_of_it(tmp_path: Path) -> None:
    plan, log = plan_at(tmp_path), tmp_path / "log"
    logged(log, plan_at(tmp_path, 2, "earlier.json"))
    proof = checked_proof(plan, trusting(), log=log)
    assert proof is not None
    assert (proof.attempts, proof.plans, proof.at) == (0, 1, None)
    assert precedence_of(proof, FAR_AHEAD).precedence == "not_shown"
    frozen = checked_proof(plan, trusting(), freeze=freeze_at(tmp_path), log=log)
    assert precedence_of(frozen, FAR_AHEAD).precedence == "declared"


def test_a_proof_of_one_entry_does_as_well(tmp_path: Path) -> None:
    tsa, plan, log = Tsa(), plan_at(tmp_path), tmp_path / "log"
    logged(log, plan, stamp=tsa.timestamp)
    path = tmp_path / "proof.json"
    path.write_bytes(document.dump(proofs.prove(read_log(log), 0)))
    proof = checked_proof(plan, trusting(tsa), log=path)
    assert proof is not None
    assert (proof.attempts, proof.plans) == (None, None)
    assert precedence_of(proof, FAR_AHEAD).precedence == "proven"
    with pytest.raises(PlanError) as caught:
        checked_proof(plan_at(tmp_path, 2, "other.json"), trusting(tsa), log=path)
    assert code_of(caught.value) == "plan_log.other_plan"


def test_of_freeze_and_log_the_earlier_counts(tmp_path: Path) -> None:
    tsa, plan, log = Tsa(), plan_at(tmp_path), tmp_path / "log"
    freeze = freeze_at(tmp_path)
    logged(log, plan, stamp=tsa.timestamp)
    both = checked_proof(plan, trusting(tsa), freeze=freeze, log=log)
    assert both is not None
    assert (both.witness, both.attempts) == ("tsa", 0)
    assert "frozen by" in both.note
    assert "stands in the log" in both.note


def test_an_age_is_rounded_against_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_at(tmp_path)
    tsa = Tsa()
    freeze = freeze_at(tmp_path, stamp=tsa.timestamp, protocols=["sha256:" + "b" * 64])
    from worldflux.portfolio import proof_trust

    late = datetime(2026, 11, 21, 12, 0, 0, 1, tzinfo=UTC)
    monkeypatch.setattr(proof_trust.ProofTrust, "time_of", lambda *given: late)
    age = age_of(freeze, trusting(tsa))
    assert (age.frozen_at, age.witness, age.protocols) == ("2026-11-21T12:00:01Z", "tsa", ["sha256:" + "b" * 64])
    monkeypatch.setattr(proof_trust.ProofTrust, "time_of", lambda *given: late.replace(microsecond=0))
    assert age_of(freeze, trusting(tsa)).frozen_at == "2026-11-21T12:00:00Z"
    monkeypatch.setattr(proof_trust.ProofTrust, "time_of", lambda *given: None)
    assert age_of(freeze, trusting(tsa)).frozen_at is UNSET


def first(*times: str) -> FirstEpisode:
    found = FirstEpisode()
    for time in times:
        found.add(time)
    return found


def test_the_first_episode_is_the_earliest() -> None:
    times = ("2026-11-21T12:00:05Z", "2026-11-21T14:00:00+02:00", "2026-11-21T12:00:09.5Z")
    assert first(*times).at == NOON


@pytest.mark.parametrize(
    "odd", ["2026-11-21T11:00:00", "yesterday", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00"]
)
def test_an_episode_without_a_time_could_have_been_the_first(odd: str) -> None:
    assert first("2026-11-21T12:00:00Z", odd).at is None
    assert first("2026-11-21T12:00:00Z", odd).untimed == 1


def test_no_episode_has_no_time() -> None:
    assert FirstEpisode().at is None


def test_an_episode_began_before_it_ended() -> None:
    found = FirstEpisode()
    found.add("2026-11-21T12:00:30Z", lasted_s=30.0)
    assert found.at == NOON


def test_of_a_run_whose_beginning_is_known_no_episode_was_earlier() -> None:
    found = FirstEpisode()
    found.add("2026-11-21T12:00:30Z", run_started_at="2026-11-21T12:00:00Z")
    found.add(UNSET, run_started_at="2026-11-21T12:00:00Z")
    assert found.at == NOON
    run = first("2026-11-21T12:00:00Z", "")
    assert run.of_run("2026-11-21T12:00:30Z") == NOON
    assert run.of_run("2026-11-21T11:59:59Z") == NOON - SECOND
    assert run.of_run(UNSET) is None


def test_keys_of_tests_are_known() -> None:
    assert trusting(None, AUTHOR_KEY).keys == (private().public,)
