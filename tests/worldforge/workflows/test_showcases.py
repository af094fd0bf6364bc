"""Every showcase plays, leaves runs that hold together, and says nothing about the machine that it played on."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from click.testing import CliRunner, Result

from scripts.demo_showcases import main
from tests.command import inside, worldforge
from worldbase.errors import StorageError, UsageError
from worldbase.redact import is_clean
from worldforge.errors import ProviderError
from worldforge.runs.preserved import list_runs, open_run
from worldforge.runs.verify import verify_run
from worldforge.workflows.showcases import bridge_to_worldflux, playing, regression
from worldforge.workflows.showcases.catalogue import SHOWCASES, Showcase, showcase
from worldforge.workflows.showcases.documents import ShowcaseSummary
from worldforge.workflows.showcases.playing import Played, play
from worldforge.workflows.showcases.stage import Ending, Stage

NAMES: Final = [each.name for each in SHOWCASES]
SUITE: Final = "custom-evaluation-suite"


def asked(*words: str) -> Result:
    return CliRunner(catch_exceptions=False).invoke(main, list(words))


def played(name: str, workspace: Path, **options: Any) -> Played:
    return play(showcase(name), workspace, argv=("demo_showcases.py", "run", name), **options)


@pytest.fixture
def without_worldflux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge_to_worldflux, "_program", lambda: None)


@pytest.mark.usefixtures("without_worldflux")
@pytest.mark.parametrize("name", NAMES)
def test_it_plays_and_leaves_whole_runs(name: str, tmp_path: Path) -> None:
    outcome = played(name, tmp_path / "demo")
    opened = open_run(outcome.run)
    assert (opened.kind, opened.state) == ("demo_showcase", "completed")
    assert opened.manifest is not None
    assert opened.manifest.operation == name
    assert (opened.manifest.event_count > 0) is (name != "budget-gate")  # a benchmark tells of failures only
    kept = list_runs(outcome.folder)
    assert {run.run_id for run in kept} == {outcome.run.name, *outcome.summary.runs}
    assert [run.fault for run in kept] == [None] * len(kept)
    assert {verify_run(run.path).conclusion for run in kept} == {"intact"}
    assert all((outcome.run / relative).is_file() for relative in outcome.summary.files.values())


@pytest.mark.usefixtures("without_worldflux")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_machine_is_in_what_it_leaves(name: str, tmp_path: Path) -> None:
    outcome = played(name, tmp_path / "demo")
    assert outcome.summary.safe_to_attach
    for path in sorted(path for path in outcome.run.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        assert str(tmp_path) not in text, path.name
        assert is_clean(text), path.name


@pytest.mark.usefixtures("without_worldflux")
@pytest.mark.parametrize("name", NAMES)
def test_the_commands_that_it_advises_work(name: str, tmp_path: Path) -> None:
    outcome = played(name, tmp_path / "demo")
    ours = [line.removeprefix("worldforge ") for line in outcome.summary.next_commands if line.startswith("worldforge")]
    with inside(outcome.folder):
        codes = {line.partition(" --fail-on")[0]: worldforge(line).code for line in ours}
    assert all(code in (0, 1) for code in codes.values()), codes
    assert all(code == 0 for line, code in codes.items() if "regression" not in line), codes


def test_the_custom_suite_leaves_every_form_of_its_report_and_one_controlled_failure(tmp_path: Path) -> None:
    outcome = played(SUITE, tmp_path)
    reports = outcome.run / "reports"
    forms = ("report.json", "report.md", "report.csv", "report.html", "failure_gallery.json", "failure_gallery.md")
    assert {path.name for path in reports.iterdir()} == {*forms, "walkthrough.md"}
    gallery = json.loads((reports / "failure_gallery.json").read_bytes())
    [case] = gallery["cases"]
    assert case["fixture_id"] == "evaluation:shelf-checks:released-cube-falls"
    assert case["metrics_preview"] == {"height_after_m": 0.5, "height_before_m": 0.5}
    assert "nothing about a robot" in gallery["claim_boundary"]
    assert outcome.summary.signals["failed_scenarios"] == ["released-cube-falls"]


def test_the_comparison_shows_what_the_drift_breaks(tmp_path: Path) -> None:
    outcome = played("provider-comparison", tmp_path)
    assert outcome.summary.signals["passed_scenario_count"] == {"mock": 3, "drifting-mock": 2}
    compared = json.loads((outcome.run / "reports" / "comparison.json").read_bytes())
    assert [row["provider"] for row in compared["rows"]] == ["mock", "drifting-mock"]


def test_one_budget_holds_and_the_other_does_not(tmp_path: Path) -> None:
    outcome = played("budget-gate", tmp_path)
    assert outcome.summary.signals["gate_passed"] == {"generous": True, "impossible": False}
    states = {run.run_id: run.state for run in list_runs(outcome.folder)}
    assert [states[run_id] for run_id in outcome.summary.runs] == ["completed", "failed"]


def test_a_scenario_that_fails_now_is_a_regression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regression, "_ITERATIONS", 20)
    outcome = played("regression", tmp_path)
    assert outcome.summary.signals["verdicts"]["evaluation"] == "regressed"
    found = json.loads((outcome.run / "reports" / "regression-evaluation.json").read_bytes())
    assert found["failure_changes"]["new_failures"] == ["evaluation:shelf-checks:mock:same-answer-twice"]


def test_the_bundle_rewrites_the_note_and_says_so(tmp_path: Path) -> None:
    outcome = played("evidence-bundle", tmp_path)
    assert outcome.summary.signals["rewritten_count"] == 1
    assert outcome.summary.signals["safe_to_attach"] is True
    [note] = (outcome.folder / "evidence-bundles" / outcome.run.name).rglob("notes.md")
    assert note.read_text() == "The inputs lie in [path]/cubes.json.\n"


def test_the_bridge_lets_worldflux_say_that_contract_scores_are_no_successes(tmp_path: Path) -> None:
    outcome = played("bridge-to-worldflux", tmp_path)
    assert outcome.summary.signals == {"verdict": "NOT TESTABLE"}
    assert (outcome.folder / f"evidence-{outcome.run.name}" / "evidence.json").is_file()
    again = played("bridge-to-worldflux", tmp_path)
    assert again.run != outcome.run


@pytest.mark.usefixtures("without_worldflux")
def test_without_worldflux_the_bridge_prints_what_to_type(tmp_path: Path) -> None:
    summary = played("bridge-to-worldflux", tmp_path).summary
    assert summary.signals == {"verdict": None}
    assert [line.split()[:3] for line in summary.next_commands] == [
        ["worldflux", "claim", "create"],
        ["worldflux", "audit", "run"],
    ]


@pytest.mark.parametrize("refusal", [OSError("no such program"), subprocess.TimeoutExpired("worldflux", 1)])
def test_a_worldflux_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise refusal

    monkeypatch.setattr(subprocess, "run", refuse)
    summary = played("bridge-to-worldflux", tmp_path).summary
    assert summary.signals == {"verdict": None}
    assert f"worldflux left with 1: {type(refusal).__name__}" in summary.steps[-1].text


def test_two_plays_can_be_compared_and_overwriting_begins_anew(tmp_path: Path) -> None:
    first, second = played(SUITE, tmp_path), played(SUITE, tmp_path)
    outcome = worldforge("runs compare --mode regression --fail-on regressed --format json", first.run, second.run)
    assert outcome.code == 0
    found = json.loads(outcome.out)
    assert (found["kind"], found["regression_summary"]["status"]) == ("demo_showcase", "unchanged")
    third = played(SUITE, tmp_path, overwrite=True)
    assert [run.run_id for run in list_runs(tmp_path / SUITE)] == [third.run.name]


def test_a_folder_that_no_showcase_made_is_not_removed(tmp_path: Path) -> None:
    mine = tmp_path / SUITE / "thesis.txt"
    mine.parent.mkdir()
    mine.write_text("all of it")
    with pytest.raises(UsageError) as refused:
        played(SUITE, tmp_path, overwrite=True)
    assert refused.value.code == "showcase.foreign_folder"
    assert mine.read_text() == "all of it"


def test_a_link_is_not_followed_to_be_removed(tmp_path: Path) -> None:
    elsewhere = played(SUITE, tmp_path / "elsewhere").folder
    (tmp_path / SUITE).symlink_to(elsewhere)
    with pytest.raises(UsageError) as refused:
        played(SUITE, tmp_path, overwrite=True)
    assert refused.value.code == "showcase.foreign_folder"
    assert (elsewhere / playing.MARKER).is_file()


def test_a_folder_that_cannot_be_removed_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    played(SUITE, tmp_path)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(StorageError) as refused:
        played(SUITE, tmp_path, overwrite=True)
    assert refused.value.code == "showcase.not_removed"


def test_a_showcase_that_breaks_down_leaves_a_failed_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(stage: Stage) -> Ending:
        raise ProviderError("no answer", code="provider.failed", hint="Ask again.")

    monkeypatch.setattr(Showcase, "play", lambda self: break_down)
    with pytest.raises(ProviderError):
        played(SUITE, tmp_path)
    [run] = list_runs(tmp_path / SUITE)
    assert run.state == "failed"


def test_the_command_prints_and_lists(tmp_path: Path) -> None:
    listed = asked("list")
    assert all(name in listed.output for name in NAMES)
    with inside(tmp_path):
        text = asked("run", SUITE)
        assert "1 of 4 scenarios failed" in text.output
        assert f"folder    .worldforge/demo-showcases/{SUITE}" in text.output
        page = asked("run", SUITE, "--overwrite", "--format", "markdown")
        assert page.output.startswith("# A suite of one's own")
        told = asked("run", SUITE, "--workspace-dir", "elsewhere", "--format", "json")
    summary = msgspec.json.decode(told.output, type=ShowcaseSummary)
    assert (summary.showcase, summary.safe_to_attach) == (SUITE, True)
    assert [run.name for run in (tmp_path / "elsewhere" / SUITE / "runs").iterdir()]


@pytest.mark.parametrize(("name", "hint"), [("budget", "Did you mean 'budget-gate'?"), ("x", "There are: ")])
def test_an_unknown_name_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as refused:
        showcase(name)
    assert refused.value.code == "showcase.unknown"
    assert (refused.value.hint or "").startswith(hint)
