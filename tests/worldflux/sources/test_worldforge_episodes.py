"""Trials that their suite declares to be episodes of a task, and only those, become successes and failures."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import FIXTURES
from tests.worldflux.auditing import Bench, Package, bench
from worldbase.errors import WorldError
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.documents.run_info import RunInfo
from worldflux.errors import SourceError
from worldflux.sources.builtin.worldforge import SOURCE, WorldforgeReport
from worldflux.sources.contract import SourceInput
from worldflux.sources.sighting import HEAD_BYTES, Sample

RUNS: Final = FIXTURES / "sources" / "worldforge"
RUN: Final = RUNS / "20261121T215046Z-de35f1a0"
CONTRACTS: Final = RUNS / "20261121T030355Z-fd5ae738"
TASKS: Final = ("reach-near", "reach-far")
Edit = Callable[[Any], object]


@pytest.fixture
def place(tmp_path: Path) -> Bench:
    return bench(tmp_path, tasks=TASKS, episodes=20)


def edited(place: Bench, edit: Edit, *, name: str = "run", manifest: bool = True) -> Path:
    """A copy of the run with another report."""
    run = place.folder / name
    shutil.copytree(RUN, run)
    path = run / "reports" / "report.json"
    value = json.loads(path.read_bytes())
    edit(value)
    path.write_text(json.dumps(value))
    if not manifest:
        (run / "run_manifest.json").unlink()
    return run


def agreeing(package: Package) -> dict[str, bool]:
    """Which of the report's own numbers its episodes give."""
    reported = package.audit_input.run.reported
    assert isinstance(reported, list)
    return {entry.where: entry.agrees for entry in reported}


def code_of(place: Bench, edit: Edit) -> str:
    with pytest.raises(SourceError) as refused:
        place.audit(edited(place, edit), source="worldforge")
    assert refused.value.hint
    assert refused.value.where
    return refused.value.code


def audited(place: Bench, edit: Edit, **options: Any) -> Package:
    return place.audit(edited(place, edit, manifest=False), source="worldforge", **options)


def test_each_trial_is_an_episode_with_its_own_seed_and_outcome(place: Bench) -> None:
    package = place.audit(RUN, source="worldforge")
    assert package.counts == {("reach-near", 0): (16, 20), ("reach-far", 0): (16, 20)}
    assert [line["seed"] for line in package.episodes] == [*range(20), *range(20)]
    assert {line["seed_provenance"] for line in package.episodes} == {"recorded"}
    assert package.episodes[20]["locator"] == "/results/1/trials/0"
    assert package.episodes[0]["extra"].keys() == {"final_distance_m", "control_steps", "score"}
    assert not any("score_kind" in line for line in package.episodes)
    assert package.evidence.verdict in ("underpowered", "inconclusive")
    assert list(agreeing(package).values()) == [True] * 13


def test_the_claim_boundary_and_what_nobody_can_know_stand_in_the_package(place: Bench) -> None:
    package = place.audit(RUN, source="worldforge")
    told = package.finding("source.worldforge.declared_episodes")
    assert "each trial of reach-near, reach-far is one episode of mujoco-reach-v1" in told
    assert "They show nothing about a real robot" in told
    assert "suite file suite.py sha256:" in told
    assert "source.worldforge.contract_scores" not in package.findings
    missing = set(package.evidence.missing_evidence)
    assert {"simulator_version", "max_steps", "success_criterion", "policy_revision"} <= missing
    assert "environment_seeds" not in missing


def test_only_plain_numbers_of_a_trial_are_kept(place: Bench) -> None:
    def measure(report: Any) -> None:
        report["results"][0]["trials"][0]["metrics"] = {"n": 2**70, "text": "x", "list": [1], "ok": True, "f": 0.5}

    assert audited(place, measure).episodes[0]["extra"].keys() == {"ok", "f", "score"}


def test_what_is_declared_is_missing_no_longer(place: Bench) -> None:
    package = place.audit(RUN, source="worldforge", run_info=["simulator_version=mujoco 4.0.0", "max_steps=100"])
    assert {"simulator_version", "max_steps"}.isdisjoint(package.evidence.missing_evidence)


def test_without_the_declaration_the_same_trials_are_a_check_of_a_contract(place: Bench) -> None:
    def undeclare(report: Any) -> None:
        for result in report["results"]:
            del result["episode_kind"], result["environment"]

    package = audited(place, undeclare)
    assert {line["task"] for line in package.episodes} == {"mujoco-reach/reach-near", "mujoco-reach/reach-far"}
    assert {line["outcome"] for line in package.episodes} == {"unknown"}
    assert package.audit_input.run.measures == "contract"
    assert package.evidence.verdict == "not_testable"


def test_a_scenario_without_the_declaration_beside_others_has_no_outcome(place: Bench) -> None:
    def undeclare(report: Any) -> None:
        del report["results"][1]["episode_kind"]

    package = audited(place, undeclare)
    outcomes = Counter((line["task"], line["outcome"]) for line in package.episodes)
    assert outcomes == {
        ("reach-near", "success"): 16,
        ("reach-near", "failure"): 4,
        ("mujoco-reach/reach-far", "unknown"): 1,
    }
    assert {"source.worldforge.contract_scores", "source.worldforge.declared_episodes"} <= set(package.findings)
    assert package.evidence.verdict not in ("supported", "refuted")


def test_an_error_is_no_failure_and_keeps_its_reason(place: Bench) -> None:
    def break_one(report: Any) -> None:
        trial = report["results"][0]["trials"][0]
        report["results"][0].update(passed_trial_count=15, error_count=1)
        trial.update(passed=False, score=0.0, error={"kind": "TimeoutError", "message": "no answer in 300 s"})

    package = audited(place, break_one)
    line = package.episodes[0]
    assert (line["outcome"], line["failure_reason"]) == ("infra_error", "TimeoutError")
    assert line["failure_detail"] == "no answer in 300 s"
    assert line["source_counts_as_failure"] is True
    assert "success" not in line
    assert "1 of 40 episodes came to no outcome (TimeoutError)" in package.finding("source.worldforge.infra_errors")
    reported = agreeing(package)
    assert reported["/results/0/passed_trial_count"]
    assert reported["/results/0/error_count"]
    assert not reported["/results/0/score"]


@pytest.mark.parametrize(
    ("name", "value"), [("trial_count", 21), ("passed_trial_count", 20), ("error_count", 1), ("score", 0.99)]
)
def test_a_total_that_the_trials_do_not_give_is_reported(place: Bench, name: str, value: float) -> None:
    package = audited(place, lambda report: report["results"][0].update({name: value}))
    told = [entry.message for entry in package.audit_input.findings if entry.code == "source.reported_differs"]
    assert f"{name} {value}" in told[-1]


def test_a_report_that_was_changed_after_its_run_is_told(place: Bench) -> None:
    run = edited(place, lambda report: report["results"][0]["trials"][0].update(passed=False))
    assert "source.worldforge.report_changed" in place.audit(run, source="worldforge").findings
    assert "source.worldforge.report_changed" not in place.audit(RUN, source="worldforge", overwrite=True).findings


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda report: report["results"][0].pop("trials"), "half_declared"),
        (lambda report: report["results"][1].update(trials=[]), "half_declared"),
        (lambda report: report["results"][0].pop("environment"), "half_declared"),
        (lambda report: report["results"][0].update(environment=" "), "half_declared"),
        (lambda report: report["results"][0]["trials"][3].update(error={"kind": "Oops"}, passed=True), "contradiction"),
        (lambda report: report["results"][0].update(episode_kind="task_progress"), "foreign_schema"),
        (lambda report: report["results"][0].update(trials={}), "foreign_schema"),
        (lambda report: report["results"][0]["trials"][5].pop("seed"), "foreign_schema"),
        (lambda report: report["results"][0]["trials"][5].update(score=1.5), "foreign_schema"),
        (lambda report: report["results"][0]["trials"][5].update(seed=2**70), "foreign_schema"),
        (lambda report: report["results"][0]["trials"][5].update(trial=-1), "foreign_schema"),
    ],
)
def test_what_is_declared_by_half_is_refused(place: Bench, edit: Edit, code: str) -> None:
    assert code_of(place, edit) == f"source.worldforge.{code}"


def test_a_place_in_the_trials_is_named(place: Bench) -> None:
    with pytest.raises(SourceError) as refused:
        place.audit(edited(place, lambda report: report["results"][1]["trials"][5].pop("seed")), source="worldforge")
    assert refused.value.where is not None
    assert refused.value.where.pointer == "/results/1/trials/5"


def test_the_same_trial_twice_is_refused(place: Bench) -> None:
    assert code_of(place, lambda report: report["results"][0]["trials"][1].update(trial=0)) == (
        "source.duplicate_episode"
    )


def test_two_runs_with_start_seeds_are_two_replicates(place: Bench) -> None:
    def later(report: Any) -> None:
        for result in report["results"]:
            for trial in result["trials"]:
                trial["seed"] += 1000

    second = edited(place, later, name="second", manifest=False)
    package = place.audit(RUN, second, source="worldforge")
    assert package.counts[("reach-near", 0)] == package.counts[("reach-near", 1)] == (16, 20)
    assert [run.start_seed for run in package.audit_input.run.runs] == [0, 1000]


def test_contracts_and_episodes_are_not_audited_together(place: Bench) -> None:
    with pytest.raises(SourceError) as refused:
        place.audit(RUN, CONTRACTS, source="worldforge")
    assert refused.value.code == "source.worldforge.mixed_inputs"


@pytest.mark.parametrize("padding", [0, 3 * HEAD_BYTES])
def test_a_report_with_episodes_is_sighted_as_good_input(tmp_path: Path, padding: int) -> None:
    value = json.loads((RUN / "reports" / "report.json").read_bytes())
    value["results"].insert(0, {**value["results"][0], "metrics": {"text": "x" * padding}})
    del value["results"][0]["episode_kind"]
    path = tmp_path / "reports" / "report.json"
    path.parent.mkdir()
    path.write_text(json.dumps(value))
    sighting = SOURCE.sight(Sample(path, PurePosixPath("run/reports/report.json"), path.stat().st_size))
    assert sighting is not None
    assert (sighting.role, sighting.insufficient) == ("result", "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_broken_report_is_refused_or_gives_episodes_of_itself(tmp_path: Path, data: st.DataObject) -> None:
    whole = (RUN / "reports" / "report.json").read_bytes()
    start, end = sorted((data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))))
    noise = data.draw(st.binary(max_size=4))
    path = tmp_path / "report.json"
    path.write_bytes(data.draw(st.sampled_from([whole[:end], whole[:start] + noise + whole[end:], noise])))
    try:
        file = WorldforgeReport(1, SourceInput(path, 1, RunInfo()), unplanned_grid())
    except WorldError:
        return
    trials = [trial for result in json.loads(path.read_bytes())["results"] for trial in result["trials"]]
    assert [episode.seed for episode in file.episodes()] == [trial["seed"] for trial in trials]
