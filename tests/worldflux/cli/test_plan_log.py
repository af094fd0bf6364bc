"""`worldflux plan-log` and `worldflux eval-portfolio freeze`, as somebody types them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.command import worldflux
from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY, P256_KEY, trust_file
from tests.worldflux.cli.signing import EPOCH, refused, report, settle
from tests.worldflux.portfolio.proving import plan_at
from worldflux.signing import timestamps

FREEZE = "eval-portfolio freeze plan.json"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    monkeypatch.chdir(tmp_path)
    plan_at(tmp_path)
    return settle(monkeypatch, tmp_path / "home")


@pytest.fixture
def tsa(home: Path, monkeypatch: pytest.MonkeyPatch) -> Tsa:
    """An authority that answers at any address, and that the user trusts."""
    authority = Tsa()
    monkeypatch.setattr(timestamps, "request", lambda data, url: authority.timestamp(data))
    home.mkdir(exist_ok=True)
    (home / "trusted_signers.json").write_bytes(trust_file(tsa_roots=[authority.root.pem]))
    return authority


def test_a_freeze_is_written_beside_its_plan(tmp_path: Path) -> None:
    value = report(FREEZE)
    assert value["visibility"] == "LOCAL_PRIVATE"
    assert value["signer"] == AUTHOR_KEY.keyid
    assert value["clock"].startswith("none")
    assert value["files"] == ["plan.freeze.json"]
    assert value["plan"] == json.loads((tmp_path / "plan.json").read_bytes())["digest"]


def test_a_freeze_that_stands_is_kept(tmp_path: Path) -> None:
    assert worldflux(FREEZE).code == 0
    before = (tmp_path / "plan.freeze.json").read_bytes()
    assert refused(FREEZE) == (2, "output.exists")
    assert (tmp_path / "plan.freeze.json").read_bytes() == before
    assert worldflux(f"{FREEZE} --output second.freeze.json --quiet").code == 0


def test_a_stamped_freeze_has_its_stamp_beside_it(tsa: Tsa, tmp_path: Path) -> None:
    value = report(f"{FREEZE} --tsa-url https://tsa.example.test/")
    assert value["files"] == ["plan.freeze.json", "plan.tsr"]
    assert value["clock"] == "a time-stamping authority"


def test_an_edited_plan_is_not_frozen(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text((tmp_path / "plan.json").read_text().replace("a_policy", "b_policy"))
    assert refused(FREEZE) == (3, "plan.altered")
    assert not (tmp_path / "plan.freeze.json").exists()


def test_protocols_are_frozen_with_the_plan(tmp_path: Path) -> None:
    from tests.worldflux.auditing import bench

    place = bench(tmp_path / "bench")
    assert worldflux(FREEZE, "--protocol", place.protocol).code == 0
    stated = json.loads(base64.b64decode(json.loads((tmp_path / "plan.freeze.json").read_bytes())["payload"]))
    assert len(stated["predicate"]["protocols"]) == 1
    assert refused("eval-portfolio freeze plan.json --output x.json --protocol", place.claim) == (3, "document.kind")


def test_a_week_in_a_log(tsa: Tsa, tmp_path: Path) -> None:
    first = report("plan-log append plan.json --tsa-url https://tsa.example.test/")
    assert (first["entry"], first["added"], first["stamped"]) == (0, True, True)
    assert not report("plan-log append plan.json")["added"]
    for number in (1, 2, 3):
        assert report("plan-log append plan.json --attempt")["entry"] == number
    value = report("plan-log list --entries")
    assert value["counts"] == [
        {"policy_id": "a_policy", "probe": "customer-tabletop", "plans_at_least": 1, "attempts_at_least": 3}
    ]
    assert value["reading"] == "Counts are at least so many in the log shown; witness: none."
    assert [entry["kind"] for entry in value["listed"]] == ["plan", "attempt", "attempt", "attempt"]
    found = report("plan-log verify --from plan-log/checkpoints/0000002.note")
    assert (found["entries"], found["witness"], found["witnessed"]["entries"]) == (4, "none", 1)
    assert found["continues"] == [{"checkpoint": "0000002.note", "entries": 2}]
    assert report("plan-log append plan.json --attempt --tsa-url https://tsa.example.test/")["stamped"]
    assert report("plan-log list")["witness"] == "tsa"


@pytest.mark.parametrize("output_format", ["text", "markdown"])
def test_a_list_says_what_it_is_and_praises_nothing(output_format: str) -> None:
    worldflux("plan-log append plan.json")
    text = worldflux("plan-log list --entries --format", output_format).out
    lines = text.strip().splitlines()
    marks = [line for line in lines if line.strip() == "LOCAL_PRIVATE"]
    assert len(marks) == 2
    assert "at least 1" in text
    assert "in the log shown; witness: none" in text
    for word in ("pass", "certif", "deployable", "approved"):
        assert word not in text.lower()


def test_a_proof_goes_to_somebody_without_the_log(tsa: Tsa, tmp_path: Path) -> None:
    worldflux("plan-log append plan.json --tsa-url https://tsa.example.test/")
    worldflux("plan-log append plan.json --attempt")
    digest = report("plan-log list --entries")["listed"][0]["plan"]
    assert report("plan-log prove --output proof.json", digest)["entry"] == 0
    found = report("plan-log verify --proof proof.json")
    assert (found["plan"], found["kind"], found["witness"], found["entries"]) == (digest, "plan", "tsa", 1)
    worldflux("plan-log prove 1 --from plan-log/checkpoints/0000001.note --output two.json")
    grown = report("plan-log verify --proof two.json")
    assert grown["continues"] == [{"checkpoint": "in the proof", "entries": 1}]
    text = worldflux("plan-log verify --proof two.json").out
    assert "grew     from in the proof" in text


def test_what_is_refused(tmp_path: Path) -> None:
    assert refused("plan-log list") == (3, "plan_log.missing")
    worldflux("plan-log append plan.json")
    assert refused("plan-log prove 7 --output proof.json") == (3, "plan_log.not_found")
    worldflux("plan-log prove 0 --output proof.json")
    assert refused("plan-log verify --proof proof.json --from x.note") == (2, "plan_log.from_with_proof")
    (tmp_path / "old.note").write_text("not a checkpoint")
    assert refused("plan-log verify --from old.note") == (3, "plan_log.checkpoint")
    (tmp_path / "other.pem").write_text(P256_KEY.pem)
    assert refused("plan-log verify --log-key other.pem") == (3, "plan_log.other_log")
    (tmp_path / "own.pem").write_text(AUTHOR_KEY.pem)
    assert report("plan-log verify --log-key own.pem")["entries"] == 1


def test_a_log_that_went_back_is_noticed(tmp_path: Path) -> None:
    worldflux("plan-log append plan.json")
    worldflux("plan-log append plan.json --attempt")
    assert worldflux("plan-log verify").code == 0
    lines = (tmp_path / "plan-log" / "entries.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "plan-log" / "entries.jsonl").write_bytes(lines[0])
    (tmp_path / "plan-log" / "checkpoints" / "0000002.note").unlink()
    assert refused("plan-log verify") == (3, "plan_log.truncated")
    assert report("plan-log verify --no-state")["entries"] == 1
