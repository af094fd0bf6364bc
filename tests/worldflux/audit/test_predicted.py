"""Simulated episodes beside real ones: what is read, when they carry the verdict, and what `ppi.json` says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.command import Outcome, worldflux
from tests.worldflux.audit.cases import audit_input, cell, one_task
from tests.worldflux.audit.runs import cells_of, codes, decided, names, pair, readings, the_metric
from tests.worldflux.auditing import Bench, bench
from tests.worldflux.results import layout_b, write
from worldbase import digest, document
from worldbase.errors import InputError
from worldflux.audit.requested import requested_of
from worldflux.documents.audit_input import AuditInput, Requested, SimulationPairs
from worldflux.documents.evidence import Evidence, MetricEvidence
from worldflux.documents.ppi import Ppi
from worldflux.errors import ClaimError
from worldflux.package import layout
from worldflux.stats.intervals import interval
from worldflux.stats.prediction_powered import ppi_betting_interval, ppi_mean

REAL = [True] * 48 + [False] * 12
TWIN = [True] * 44 + [False] * 4 + [True] * 3 + [False] * 9
OTHERS = [True] * 640 + [False] * 160


def ppi_file(
    folder: Path, real: list[Any] = REAL, twin: list[Any] = TWIN, others: list[Any] = OTHERS, **more: Any
) -> Path:
    path = folder / "pairs.json"
    content = {
        "schema_version": "worldflux.ppi_input.v0_draft",
        "real": real,
        "paired_simulation": twin,
        "simulation": others,
        **more,
    }
    path.write_text(json.dumps(content))
    return path


def pairs_of(folder: Path, *lists: list[Any]) -> SimulationPairs:
    found = requested_of(savi=False, ppi=ppi_file(folder, *lists)).ppi
    assert isinstance(found, SimulationPairs)
    return found


def of(given: AuditInput, pairs: SimulationPairs | None, *, method: str = "ppi", **changes: Any) -> Evidence:
    requested = Requested(ppi=pairs) if pairs else Requested()
    planned = max(each.planned for each in given.cells)
    documents = pair(rule={"interval_method": method}, **{"seeds": [0], "episodes_per_task": planned, **changes})
    return decided(documents, msgspec.structs.replace(given, requested=requested))


def not_bearing(evidence: Evidence) -> str:
    """Why simulation does not carry the verdict."""
    (reason,) = (reason for reason in evidence.reasons if reason.code == "ppi.not_verdict_bearing")
    assert "ppi_not_verdict_bearing" in the_metric(evidence).flags
    assert the_metric(evidence).method != "ppi"
    return reason.message


def test_a_file_becomes_counts(tmp_path: Path) -> None:
    path = ppi_file(tmp_path)
    found = requested_of(savi=True, ppi=path)
    assert found.savi
    assert found.ppi == SimulationPairs(
        sha256=digest.of_bytes(path.read_bytes()),
        both=44,
        real_only=4,
        simulated_only=3,
        neither=9,
        simulated=800,
        simulated_successes=640,
    )


@pytest.mark.parametrize(
    ("real", "twin", "others"),
    [
        (REAL, TWIN[:-1], OTHERS),
        (REAL[:-1], TWIN, OTHERS),
        ([], [], OTHERS),
        ([True], [True], OTHERS),
        (REAL, TWIN, []),
    ],
    ids=["a twin less", "a twin more", "none", "one", "no others"],
)
def test_what_is_not_paired_is_refused(tmp_path: Path, real: list[bool], twin: list[bool], others: list[bool]) -> None:
    with pytest.raises(ClaimError) as refused:
        requested_of(savi=False, ppi=ppi_file(tmp_path, real, twin, others))
    assert refused.value.code == "ppi.unpaired"
    assert refused.value.where
    assert refused.value.where.pointer == "/paired_simulation"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"real": [True, "false", *REAL[2:]]}, "/real/1"),
        ({"real": [1, *REAL[1:]]}, "/real/0"),
        ({"simulation": [True, None]}, "/simulation/1"),
        ({"paired_simulation": [0.5, *TWIN[1:]]}, "/paired_simulation/0"),
        ({"surprise": 1}, ""),
    ],
    ids=["a text", "a number", "null", "a fraction", "another field"],
)
def test_nothing_is_taken_for_a_boolean(tmp_path: Path, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputError) as refused:
        requested_of(savi=False, ppi=ppi_file(tmp_path, **change))
    places = [problem.where.pointer for problem in refused.value.problems]
    assert places == [pointer or "/surprise"] or places == [pointer]


def test_simulation_carries_the_verdict_where_it_was_declared(tmp_path: Path) -> None:
    real = [True] * 100 + [False] * 20
    twin = [True] * 97 + [False] * 3 + [True] * 3 + [False] * 17
    pairs = pairs_of(tmp_path, real, twin, [True] * 9000 + [False] * 1000)
    evidence = of(one_task(100, 20), pairs)
    metric = the_metric(evidence)
    expected = ppi_mean(real, twin, [True] * 9000 + [False] * 1000, confidence=0.9)
    assert metric.method == "ppi"
    assert metric.estimate == pytest.approx(expected.estimate, rel=1e-10)
    assert (metric.interval.lower, metric.interval.upper) == pytest.approx((expected.lower, expected.upper), rel=1e-9)
    assert evidence.verdict == ("supported" if expected.lower > 0.75 else "underpowered") == "supported"
    assert codes(evidence)[0] == "ppi.decided"
    assert (metric.k_crit, metric.p_value, metric.attained_size) == (None, None, None)
    assert "asymptotic" in metric.flags
    assert {"method:wilson", "ppi"} <= set(readings(metric))


def test_simulation_can_refute_what_real_episodes_leave_open(tmp_path: Path) -> None:
    real, twin = [True] * 42 + [False] * 18, [True] * 40 + [False] * 2 + [True] * 3 + [False] * 15
    pairs = pairs_of(tmp_path, real, twin, [True] * 5000 + [False] * 5000)
    evidence = of(one_task(42, 18), pairs)
    assert (evidence.verdict, the_metric(evidence).method) == ("refuted", "ppi")
    assert readings(the_metric(evidence))["method:wilson"].verdict == "underpowered"
    assert not the_metric(evidence).robust


def test_declared_without_a_file_the_real_episodes_decide() -> None:
    evidence = of(one_task(48, 12), None)
    assert "none were given" in not_bearing(evidence)
    plain = of(one_task(48, 12), None, method="wilson")
    assert (evidence.verdict, the_metric(evidence).interval) == (plain.verdict, the_metric(plain).interval)
    assert the_metric(plain).method == "wilson"


def test_a_file_without_the_declaration_informs_only(tmp_path: Path) -> None:
    evidence = of(one_task(48, 12), pairs_of(tmp_path), method="wilson")
    assert "interval_method" in not_bearing(evidence)
    assert "ppi" in readings(the_metric(evidence))


@pytest.mark.parametrize(
    ("real", "twin", "why"),
    [
        ([True] * 40 + [False] * 9, [False] * 6 + [True] * 34 + [False] * 9, "fewer than 50 real"),
        ([True] * 48 + [False] * 12, [True] * 48 + [False] * 12, "fewer than 5 pairs"),
        ([True] * 48 + [False] * 12, [True] * 44 + [False] * 16, "fewer than 5 pairs"),
    ],
)
def test_the_gate(tmp_path: Path, real: list[bool], twin: list[bool], why: str) -> None:
    evidence = of(one_task(sum(real), len(real) - sum(real)), pairs_of(tmp_path, real, twin))
    assert why in not_bearing(evidence)
    assert "ppi" in readings(the_metric(evidence))


@pytest.mark.parametrize(("successes", "failures"), [(47, 13), (48, 13), (96, 24)])
def test_the_real_episodes_are_those_of_the_audit(tmp_path: Path, successes: int, failures: int) -> None:
    evidence = of(one_task(successes, failures), pairs_of(tmp_path))
    assert f"are not the {successes} of {successes + failures} audited" in not_bearing(evidence)


def test_lost_episodes_are_not_helped_out_of(tmp_path: Path) -> None:
    """The pairs know nothing of what was lost, and what was lost counts against either side."""
    evidence = of(one_task(48, 12, infra_error=20), pairs_of(tmp_path))
    assert "lost" in not_bearing(evidence)


@pytest.mark.parametrize("estimand", ["task_population", "fixed_tasks"])
def test_clustered_episodes_are_not_helped_out_of(tmp_path: Path, estimand: str) -> None:
    """Also where the clusters happen to be so alike that their design effect is 1."""
    counts = [(8, 2)] * 6
    given = audit_input(names(6), cells_of(counts))
    evidence = of(given, pairs_of(tmp_path), estimand=estimand)
    if estimand == "fixed_tasks":
        assert the_metric(evidence).method == "ppi"
    else:
        assert the_metric(evidence).design_effect == 1.0
        assert "clustered" in not_bearing(evidence)


def test_tasks_of_unequal_numbers_are_not_helped_out_of(tmp_path: Path) -> None:
    cells = [cell("t0", 0, 40, success=32, failure=8), cell("t1", 0, 40, success=16, failure=4, infra_error=20)]
    policy = {"infra_error": "excluded_predeclared"}
    evidence = of(audit_input(names(2), cells), pairs_of(tmp_path), denominator_policy=policy)
    assert "unequal" in not_bearing(evidence)


def place_of(folder: Path) -> tuple[Bench, Path]:
    place = bench(folder, "claim.decision_rule.interval_method=ppi", episodes=60)
    return place, write(folder / "run" / "eval_info.json", layout_b({("pusht", 0): REAL}))


def audit(place: Bench, result: Path, ppi: Path, *more: str) -> Outcome:
    return worldflux("", *place.arguments(result), "--ppi", ppi, "--overwrite", *more)


def test_the_member_holds_every_reading(tmp_path: Path) -> None:
    place, result = place_of(tmp_path)
    left = audit(place, result, ppi_file(tmp_path))
    assert left.code == 0, left.err
    found = document.load(place.output / layout.PPI, Ppi).document
    by_name = {reading.method: reading for reading in found.readings}
    assert list(by_name) == ["real_only", "ppi", "ppi_betting"]

    tuned = ppi_mean(REAL, TWIN, OTHERS, confidence=0.9)
    alone = interval(48, 60, confidence=0.9)
    betting = ppi_betting_interval((44, 4, 3, 9), 640, 800, confidence=0.9)
    for name, estimate, (lower, upper) in (
        ("ppi", tuned.estimate, (tuned.lower, tuned.upper)),
        ("real_only", 0.8, alone),
        ("ppi_betting", 0.8 + np.mean(np.array(REAL, float) - np.array(TWIN, float)), betting),
    ):
        reading = by_name[name]  # type: ignore[index]
        assert reading.estimate == pytest.approx(estimate, rel=1e-9)
        assert (reading.interval.lower, reading.interval.upper) == pytest.approx((lower, upper), rel=1e-9)
    assert by_name["ppi"].lam == pytest.approx(tuned.lam, rel=1e-9)
    assert (found.real, found.discordant, found.gate_passed, found.reasons) == (60, 7, True, [])
    evidence = document.load(place.output / layout.EVIDENCE, Evidence).document
    metric: MetricEvidence = the_metric(evidence)
    assert metric.interval == by_name["ppi"].interval
    assert found.evidence_id == evidence.id


def test_the_package_lists_it_and_repeats_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    place, result = place_of(tmp_path)
    ppi = ppi_file(tmp_path)
    contents = []
    for _ in range(2):
        assert audit(place, result, ppi).code == 0
        contents.append({path.name: path.read_bytes() for path in sorted(place.output.iterdir())})
    assert contents[0] == contents[1]
    manifest = {entry["path"]: entry for entry in json.loads(contents[0][layout.MANIFEST])["files"]}
    assert manifest[layout.PPI]["sha256"] == digest.of_bytes(contents[0][layout.PPI])
    assert manifest[layout.PPI]["role"] == "ppi"
    materials = {entry["role"]: entry["sha256"] for entry in json.loads(contents[0][layout.PROVENANCE])["materials"]}
    assert materials["simulation_pairs"] == json.loads(contents[0][layout.PPI])["pairs"]["sha256"]


def test_a_bad_file_leaves_no_package(tmp_path: Path) -> None:
    place, result = place_of(tmp_path)
    left = audit(place, result, ppi_file(tmp_path, REAL, TWIN[:-1]))
    assert left.code == 3
    assert "ppi.unpaired" in left.err
    left = audit(place, result, ppi_file(tmp_path, ["true", *REAL[1:]]))
    assert left.code == 3
    assert "/real/0" in left.err
    assert not place.output.exists()
