"""One report of many gates: its exit code, its conclusion, and who is named as the signer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from tests.worldflux.trusting import signed, vouched
from worldflux.documents.verification import GateId, SignerReport, TrustLevel
from worldflux.errors import EXIT_CODES, GateError
from worldflux.verify.gates import GATES, NAMES, GateLedger
from worldflux.verify.reporting import report_of, signer_report


def ledger(*failing: str) -> GateLedger:
    """A ledger where these gates fail, in this order, and all others pass."""
    made = GateLedger()
    for gate in failing:
        made.fail(GateError(f"{gate} is wrong\nat length", gate=gate, code=f"{gate}.x", hint="do"))
    for gate in GATES:
        made.passed(gate, "fine")
    return made


def named(number: int, trust: TrustLevel, label: str | None = None) -> SignerReport:
    return signer_report(signed(number), trust, label)


@pytest.mark.parametrize("gate", GATES)
def test_the_exit_code_is_that_of_the_gate(gate: GateId) -> None:
    report = report_of(ledger(gate), "local", signers=[named(1, "policy", "lab")])
    assert (report.ok, report.exit_code) == (False, EXIT_CODES[gate])
    assert report.conclusion == f"refused at gate {EXIT_CODES[gate]}, {NAMES[gate]}: {gate} is wrong"


def test_the_first_in_the_order_of_gates_decides() -> None:
    report = report_of(ledger("rollback", "policy", "binding"), "local")
    assert report.exit_code == 17
    assert [gate.id for gate in report.gates] == list(GATES)
    assert [gate.exit_code for gate in report.gates] == [10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 19]


@pytest.mark.parametrize(
    ("signers", "exit_code", "conclusion"),
    [
        ([], 21, "integrity only, signer unknown"),
        ([named(1, "unknown")], 21, "integrity only, signer unknown"),
        ([named(1, "self")], 0, "verified; signed by your own key"),
        ([named(1, "policy", "lab")], 0, "verified; signed by lab"),
        ([named(1, "unknown"), named(2, "self")], 0, "verified; signed by your own key"),
        ([named(1, "unknown"), named(2, "policy", "lab")], 0, "verified; signed by lab"),
        ([named(1, "self"), named(2, "policy", "lab")], 0, "verified; signed by lab"),
        ([named(1, "policy", "lab"), named(2, "policy", "other")], 0, "verified; signed by lab"),
    ],
)
def test_the_signer_who_is_trusted_most_is_named(signers: list[SignerReport], exit_code: int, conclusion: str) -> None:
    report = report_of(ledger(), "local", signers=signers)
    assert (report.exit_code, report.conclusion, report.ok) == (exit_code, conclusion, exit_code == 0)
    assert report.signers == signers
    if signers:
        assert report.signer is not UNSET
        assert (report.signer.trust != "unknown") == report.ok


def test_a_failure_stands_above_any_trust() -> None:
    assert report_of(ledger("recomputation"), "local", signers=[named(1, "policy", "lab")]).exit_code == 18


def test_what_a_stranger_calls_himself_is_not_shown() -> None:
    value: dict[str, Any] = msgspec.to_builtins(named(1, "unknown"))
    assert value == {"kind": "key", "keyid": signed(1).keyid, "algorithm": "ed25519", "trust": "unknown"}


def test_an_identity_and_its_time() -> None:
    moment = datetime(2026, 11, 21, 12, 30, 1, tzinfo=UTC)
    report = signer_report(vouched(trusted_time=moment), "policy", "lab CI", "2026-11-21T00:00:00Z")
    assert (report.identity, report.issuer) == (vouched().identity, vouched().issuer)
    assert (report.trusted_time, report.time_source) == ("2026-11-21T12:30:01Z", "rekor")
    assert report.signed_at_claimed == "2026-11-21T00:00:00Z"
