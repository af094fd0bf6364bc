"""Freezes: what they are over, what they do not fit, and whose clock counts."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.local_sigstore import LocalSigstore
from tests.local_sigstore.forging import forged
from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY, P256_KEY, STRANGER, envelope
from tests.worldflux.portfolio.proving import code_of, freeze_at, plan_at, trusting
from worldbase import digest
from worldflux.errors import PlanError, SignatureError
from worldflux.portfolio import freezing
from worldflux.portfolio.freezing import load_freeze, open_freeze, require_same_plan
from worldflux.portfolio.plan_files import load_plan
from worldflux.portfolio.proof_trust import ProofTrust


def payload(path: Path) -> Any:
    return json.loads(base64.b64decode(json.loads(path.read_bytes())["payload"]))


def test_the_statement_is_over_the_bytes_and_the_digest(tmp_path: Path) -> None:
    plan = plan_at(tmp_path)
    stated = payload(freeze_at(tmp_path, protocols=["sha256:" + "a" * 64] * 2))
    assert stated["_type"] == "https://in-toto.io/Statement/v1"
    assert stated["predicateType"] == "urn:worldflux:predicate:frozen-plan:v0.1"
    assert [(one["name"], f"sha256:{one['digest']['sha256']}") for one in stated["subject"]] == [
        ("plan.json", digest.of_file(tmp_path / "plan.json")),
        ("plan", plan.digest),
    ]
    predicate = stated["predicate"]
    assert (predicate["plan"], predicate["cells"]) == (plan.digest, plan.planned)
    assert predicate["protocols"] == ["sha256:" + "a" * 64]
    assert "a_policy" not in json.dumps(stated)


def test_a_freeze_without_a_clock_has_no_time(tmp_path: Path) -> None:
    plan = plan_at(tmp_path)
    opened = load_freeze(freeze_at(tmp_path), trusting())
    require_same_plan(opened, plan, file="plan.freeze.json")
    assert (opened.at, opened.witness, opened.unknown_stamp) == (None, "none", False)
    assert [(by.keyid, by.known) for by in opened.signed_by] == [(AUTHOR_KEY.keyid, False)]


@pytest.mark.parametrize("key", [AUTHOR_KEY, P256_KEY])
def test_a_time_stamp_gives_the_time(tmp_path: Path, key: Any) -> None:
    tsa = Tsa()
    plan_at(tmp_path)
    path = freeze_at(tmp_path, key=key, stamp=tsa.timestamp)
    assert (tmp_path / "plan.tsr").is_file()
    opened = load_freeze(path, trusting(tsa, key))
    assert (opened.witness, opened.signed_by[0].known) == ("tsa", True)
    assert opened.at is not None


def test_an_authority_that_nobody_trusts_is_no_clock(tmp_path: Path) -> None:
    plan_at(tmp_path)
    path = freeze_at(tmp_path, stamp=Tsa().timestamp)
    for trust in (trusting(), trusting(Tsa())):
        opened = load_freeze(path, trust)
        assert (opened.at, opened.witness, opened.unknown_stamp) == (None, "none", True)


def test_a_stamp_of_something_else_is_refused(tmp_path: Path) -> None:
    tsa = Tsa()
    plan_at(tmp_path)
    path = freeze_at(tmp_path, stamp=tsa.timestamp)
    (tmp_path / "plan.tsr").write_bytes(tsa.timestamp(b"something else"))
    with pytest.raises(SignatureError) as caught:
        load_freeze(path, trusting(tsa))
    assert caught.value.code == "signature.timestamp"


def test_another_layout_of_the_same_plan_is_the_same_plan(tmp_path: Path) -> None:
    plan_at(tmp_path)
    path = freeze_at(tmp_path)
    (tmp_path / "plan.json").write_text(json.dumps(json.loads((tmp_path / "plan.json").read_bytes())))
    require_same_plan(load_freeze(path, trusting()), load_plan(tmp_path / "plan.json").plan, file="plan.freeze.json")


def test_a_statement_that_contradicts_itself_fits_no_plan(tmp_path: Path) -> None:
    plan, other = plan_at(tmp_path), plan_at(tmp_path, 2, "other.json")
    stated = payload(freeze_at(tmp_path))
    stated["predicate"]["plan"] = other.digest
    data = json.dumps(envelope(json.dumps(stated).encode(), AUTHOR_KEY)).encode()
    opened = open_freeze(data, trusting(), time_stamp=None, file="f")
    for one in (plan, other):
        with pytest.raises(PlanError) as caught:
            require_same_plan(opened, one, file="f")
        assert code_of(caught.value) == "plan_freeze.other_plan"


@pytest.mark.parametrize("kind", ["application/json", "application/vnd.in-toto+json"])
def test_other_statements_of_the_same_signer_freeze_nothing(kind: str) -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "plan.json", "digest": {"sha256": "0" * 64}}] * 2,
        "predicateType": "urn:worldflux:predicate:review:v0.1",
        "predicate": {},
    }
    data = json.dumps(envelope(json.dumps(statement).encode(), AUTHOR_KEY, payload_type=kind)).encode()
    with pytest.raises(PlanError) as caught:
        open_freeze(data, trusting(), time_stamp=None, file="f")
    assert code_of(caught.value) == "plan_freeze.statement"


def test_a_signature_that_was_cut_is_refused(tmp_path: Path) -> None:
    plan_at(tmp_path)
    path = freeze_at(tmp_path, key=STRANGER)
    value = json.loads(path.read_bytes())
    value["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    with pytest.raises(SignatureError) as caught:
        open_freeze(json.dumps(value).encode(), trusting(), time_stamp=None, file="f")
    assert caught.value.code == "signature.bad"


@pytest.mark.parametrize(("version", "witness"), [(1, "rekor"), (2, "tsa")])
def test_sigstore_brings_its_own_clock(tmp_path: Path, version: Any, witness: str) -> None:
    plan = plan_at(tmp_path)
    sigstore = LocalSigstore(version)
    statement = freezing.statement_of(plan, (tmp_path / "plan.json").read_bytes())
    data = json.dumps(forged(sigstore, statement)).encode()
    trust = ProofTrust(trusted_root=sigstore.trusted_root())
    opened = open_freeze(data, trust, time_stamp=None, file="plan.freeze.json")
    require_same_plan(opened, plan, file="plan.freeze.json")
    assert opened.witness == witness
    assert opened.at is not None
    assert "@" in trust.name_of(opened.signed_by[0]) or "http" in trust.name_of(opened.signed_by[0])


def test_the_time_stamp_lies_beside_its_freeze() -> None:
    named = {"plan.freeze.json": "plan.tsr", "p.json": "p.tsr", "frozen": "frozen.tsr"}
    assert {name: freezing.stamp_path(Path(name)).name for name in named} == named
