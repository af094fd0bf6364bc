"""`audit run --plan-proof`: whether the protocol is older than the run, in the evidence and for whoever verifies it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec import UNSET

from tests.command import worldflux
from tests.local_sigstore.tsa import Tsa
from tests.tampering import AUTHOR_KEY, rehash, resign, trust_file
from tests.worldflux.auditing import Bench, Package, bench
from tests.worldflux.cli.signing import settle
from tests.worldflux.portfolio.proving import freeze_at, plan_at
from tests.worldflux.signed_packages import signed, verified
from tests.worldflux.verify.elsewhere import node
from worldbase import document
from worldbase.console import Progress
from worldflux.audit.rules.v1.precedence import precedence_of
from worldflux.audit.run import AuditRequest, audit
from worldflux.documents.audit_input import PlanAge, Requested
from worldflux.documents.protocol import Protocol

PROTOCOL: Final = "sha256:" + "a" * 64
FROZEN: Final = "2026-11-21T12:00:00Z"
LATER: Final = "2026-11-21T12:00:01Z"
ENDED: Final = "2026-11-22T12:00:{:02d}Z"


def age(**changes: Any) -> PlanAge:
    plain = PlanAge(
        freeze="sha256:" + "f" * 64,
        plan="sha256:" + "e" * 64,
        protocols=[PROTOCOL],
        witness="tsa",
        frozen_at=FROZEN,
        first_episode_at=LATER,
    )
    return msgspec.structs.replace(plain, **changes)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (UNSET, "not_shown"),
        (age(), "proven"),
        (age(witness="rekor"), "proven"),
        (age(witness="none"), "declared"),
        (age(protocols=[]), "declared"),
        (age(protocols=["sha256:" + "b" * 64, PROTOCOL]), "proven"),
        (age(frozen_at=UNSET), "declared"),
        (age(first_episode_at=UNSET), "declared"),
        (age(first_episode_at=FROZEN), "not_shown"),
        (age(frozen_at=LATER, first_episode_at=FROZEN), "not_shown"),
        (age(frozen_at=LATER, first_episode_at=FROZEN, protocols=[]), "not_shown"),
    ],
)
def test_the_rule(given: Any, expected: str) -> None:
    assert precedence_of(Requested(plan_age=given), PROTOCOL) == expected


@pytest.fixture
def place(tmp_path: Path) -> Bench:
    return bench(tmp_path / "bench", tasks=["pick"], episodes=20)


def hash_of(place: Bench) -> str:
    return document.load(place.protocol, Protocol).digest


def episodes(folder: Path, *, without: int = 0, lasted: float | None = None) -> Path:
    """Twenty episodes, a second apart; the last `without` of them with no recorded time."""
    columns = ["task", "episode_index", "success", "recorded_at", *(["wall_time_s"] if lasted else [])]
    rows = [
        ["pick", str(number), "true", "" if number >= 20 - without else ENDED.format(number)]
        + ([str(lasted)] if lasted else [])
        for number in range(20)
    ]
    folder.mkdir()
    path = folder / "trials.csv"
    path.write_text("\n".join(",".join(row) for row in [columns, *rows]) + "\n")
    mapping = {"schema_version": "worldflux.column_mapping.v0_draft", "columns": {name: name for name in columns}}
    (folder / "trials.csv.columns.json").write_text(json.dumps(mapping))
    return path


def audited(place: Bench, path: Path, given: PlanAge | None, *facts: str) -> Package:
    request = AuditRequest(
        "csv", [path], place.claim, place.protocol, place.output, ("run_seed=0", *facts), plan_age=given
    )
    return Package(place.output, audit(request, lambda label, total, size: contextlib.nullcontext(Progress())))


def first_of(package: Package) -> Any:
    given = package.audit_input.requested.plan_age
    assert given is not UNSET
    return given.first_episode_at


def unbegun(place: Bench, **changes: Any) -> PlanAge:
    return age(protocols=[hash_of(place)], first_episode_at=UNSET, **changes)


def test_an_audit_without_a_proof_says_so(place: Bench, tmp_path: Path) -> None:
    package = audited(place, episodes(tmp_path / "run"), None)
    assert package.evidence.protocol.precedence == "not_shown"
    assert "plan_precedence" in package.evidence.missing_evidence
    assert "plan_age" not in package.json("audit_input.json")["requested"]


def test_a_protocol_frozen_before_the_first_episode(place: Bench, tmp_path: Path) -> None:
    package = audited(place, episodes(tmp_path / "run"), unbegun(place))
    assert package.evidence.protocol.precedence == "proven"
    assert "plan_precedence" not in package.evidence.missing_evidence
    assert first_of(package) == "2026-11-22T12:00:00Z"
    roles = {entry["role"]: entry["sha256"] for entry in package.json("audit_provenance.json")["materials"]}
    assert roles["plan_freeze"] == "sha256:" + "f" * 64


def test_an_episode_began_before_it_ended(place: Bench, tmp_path: Path) -> None:
    late = unbegun(place, frozen_at="2026-11-22T11:59:30Z")
    assert audited(place, episodes(tmp_path / "run", lasted=60.0), late).evidence.protocol.precedence == "not_shown"


def test_an_episode_without_a_time_could_have_been_the_first(place: Bench, tmp_path: Path) -> None:
    package = audited(place, episodes(tmp_path / "run", without=1), unbegun(place))
    assert (package.evidence.protocol.precedence, first_of(package)) == ("declared", UNSET)
    assert "plan_precedence" in package.evidence.missing_evidence


def test_a_run_whose_beginning_was_recorded(place: Bench, tmp_path: Path) -> None:
    package = audited(place, episodes(tmp_path / "run", without=20), unbegun(place), "started_at=2026-11-22T09:00:00Z")
    assert (package.evidence.protocol.precedence, first_of(package)) == ("proven", "2026-11-22T09:00:00Z")


def test_a_freeze_of_another_protocol_declares_at_most(place: Bench, tmp_path: Path) -> None:
    package = audited(place, episodes(tmp_path / "run"), age(protocols=[PROTOCOL], first_episode_at=UNSET))
    assert package.evidence.protocol.precedence == "declared"


@pytest.mark.parametrize("without", [0, 1])
def test_both_verifiers_find_the_same(place: Bench, tmp_path: Path, without: int) -> None:
    audited(place, episodes(tmp_path / "run", without=without), unbegun(place))
    signed(place.output)
    trusted = tmp_path / "trusted.json"
    trusted.write_bytes(trust_file(AUTHOR_KEY.trusted()))
    assert verified(place.output, trusted=trusted).exit_code == 0
    (report,) = node.reports([node.Asked(place.output, trusted)])
    assert report["exit_code"] == 0, report


def test_a_precedence_that_does_not_follow(place: Bench, tmp_path: Path) -> None:
    """The author's own lie: both verifiers compute the rule again."""
    audited(place, episodes(tmp_path / "run", without=1), unbegun(place))
    signed(place.output)
    evidence = place.output / "evidence.json"
    evidence.write_text(evidence.read_text().replace('"precedence": "declared"', '"precedence": "proven"'))
    rehash(place.output)
    resign(place.output, AUTHOR_KEY)
    report = verified(place.output)
    (other,) = node.reports([node.Asked(place.output)])
    assert (report.exit_code, other["exit_code"]) == (18, 18)


def test_from_the_command_line(place: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = settle(monkeypatch, tmp_path / "home")
    home.mkdir()
    tsa = Tsa()
    plan_at(tmp_path)
    freeze = freeze_at(tmp_path, stamp=tsa.timestamp, protocols=[hash_of(place)])
    line = ["--claim", place.claim, "--protocol", place.protocol, "--run-info", "run_seed=0", "--plan-proof", freeze]
    path = episodes(tmp_path / "run")
    path.write_text(path.read_text().replace("2026-11-22", "2126-11-22"))

    def told(name: str) -> str:
        done = worldflux("audit run csv --from", path, *line, "--output", tmp_path / name)
        assert done.code == 0, done.err
        return next(row.split("run: ")[1] for row in done.out.splitlines() if "older than the run" in row)

    assert told("declared_pkg") == "declared"
    (home / "trusted_signers.json").write_bytes(trust_file(tsa_roots=[tsa.root.pem]))
    assert told("proven_pkg") == "proven"
    path.write_text(path.read_text().replace("2126-11-22", "2016-11-22"))
    assert told("late_pkg") == "not shown"
