"""`worldforge eval` and `worldforge dataset-manifest`: what they print, keep and answer."""

from __future__ import annotations

import csv
import importlib.metadata
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldforge
from tests.support import REPO
from worldbase import plugins
from worldforge.evaluation import EvaluationSuite, registry
from worldforge.runs.manifest import RunManifest
from worldforge.runs.preserved import EvaluationReportView, open_run

SUITE = """
from worldforge.evaluation import EvaluationScenario, EvaluationSuite


def evaluate(context):
    {body}
    return context.outcome(score=0.5, passed=context.trial % 2 == 0, metrics={{"trial": context.trial}})


def named(name):
    scenario = EvaluationScenario.from_callable(name="only", description="-", evaluator=evaluate)
    return EvaluationSuite.custom(suite_id=name, name=name.title(), scenarios=[scenario])


suite = named("mine")
other = lambda: named("other")
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "mine.py").write_text(SUITE.format(body="pass"))
    with inside(tmp_path):
        yield tmp_path


def kept_reports(folder: Path) -> list[Path]:
    return sorted((folder / ".worldforge" / "reports").iterdir())


def run_in(folder: Path, *, root: str = ".worldforge") -> Path:
    [run] = (folder / root / "runs").iterdir()
    return run


def test_the_report_is_printed_and_kept(here: Path) -> None:
    outcome = worldforge("eval --suite physics --provider mock --format json")
    assert outcome.code == 0
    [path] = kept_reports(here)
    assert path.name.startswith("evaluation-")
    assert path.read_text() == outcome.out
    assert str(path.relative_to(here)) in outcome.err
    assert not (here / ".worldforge" / "worlds").exists()


@pytest.mark.parametrize("name", ["markdown", "csv", "html"])
def test_each_format_is_that_of_the_report(here: Path, name: str) -> None:
    outcome = worldforge(f"eval --suite mine.py --provider mock --format {name} --output out.txt")
    assert (outcome.code, outcome.out) == (0, "")
    text = (here / "out.txt").read_text()
    if name == "csv":
        [row] = csv.DictReader(io.StringIO(text))
        assert row["scenario"] == "only"
    else:
        assert text.startswith({"markdown": "# WorldForge Evaluation Report: Mine", "html": "<!doctype html>"}[name])


def test_quiet_prints_nothing_and_keeps_the_report(here: Path) -> None:
    outcome = worldforge("eval --suite physics --provider mock --quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert len(kept_reports(here)) == 1


def test_a_run_leaves_everything_that_it_was(here: Path) -> None:
    outcome = worldforge("eval --suite physics --provider mock --run-workspace kept --trials 2 --seed 5")
    run = run_in(here, root="kept")
    names = sorted(path.relative_to(run).as_posix() for path in run.rglob("*") if path.is_file())
    assert names == [
        "logs/events.jsonl",
        "reports/report.csv",
        "reports/report.failure_gallery.json",
        "reports/report.failure_gallery.md",
        "reports/report.html",
        "reports/report.json",
        "reports/report.md",
        "results/summary.json",
        "run_manifest.json",
    ]
    manifest = json.loads((run / "run_manifest.json").read_text())
    assert (manifest["kind"], manifest["status"], manifest["operation"]) == ("eval", "completed", "physics")
    assert manifest["input_summary"]["seed"] == 5
    assert manifest["result_summary"] == json.loads((run / "results" / "summary.json").read_text())
    assert manifest["result_summary"]["passed_count"] == 2
    assert manifest["argv"][:2] == ["worldforge", "eval"]
    report = json.loads((run / "reports" / "report.json").read_text())
    assert report["provenance"]["event_count"] == manifest["event_count"]
    assert manifest["event_count"] == len((run / "logs" / "events.jsonl").read_text().splitlines())
    assert report["provenance"]["input_digest"] == manifest["input_digest"]
    canonical = here / "kept" / "reports" / f"evaluation-{run.name}.json"
    assert canonical.read_bytes() == (run / "reports" / "report.json").read_bytes()
    assert f"kept/runs/{run.name}" in outcome.err


def test_a_run_can_be_opened_listed_and_shown(here: Path) -> None:
    worldforge("eval --suite physics --provider mock --run-workspace .worldforge")
    run = run_in(here)
    opened = open_run(run)
    assert isinstance(opened.manifest, RunManifest)
    assert isinstance(opened.report, EvaluationReportView)
    assert opened.report.suite_id == "physics"
    assert run.name in worldforge("runs list").out
    assert worldforge(f"runs show {run.name}").code == 0
    assert worldforge(f"runs verify {run.name}").code == 0
    [kept] = kept_reports(here)
    assert open_run(kept).run_id == run.name


def test_a_report_names_no_folder_of_the_host(here: Path) -> None:
    worldforge("eval --suite", here / "mine.py", "--provider", "mock", "--run-workspace", here / "deep" / "workspace")
    for path in (here / "deep").rglob("*"):
        assert path.is_dir() or str(here) not in path.read_text(), path.name


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ("", 0),
        ("--require-pass", 1),
        ("--min-score 0.5", 0),
        ("--min-score 0.51", 1),
        ("--require-pass --trials 2", 1),
        ("--min-score 0 --quiet", 0),
    ],
)
def test_a_gate_decides_the_exit_code_after_everything_is_printed(here: Path, options: str, code: int) -> None:
    (here / "mine.py").write_text(SUITE.format(body="context = __import__('dataclasses').replace(context, trial=1)"))
    outcome = worldforge(f"eval --suite mine.py --provider mock --run-workspace .worldforge --format json {options}")
    assert outcome.code == code
    run = run_in(here)
    if "--quiet" not in options:
        assert json.loads(outcome.out)["results"][0]["passed"] is False
    manifest = json.loads((run / "run_manifest.json").read_text())
    assert manifest["status"] == ("failed" if code else "completed")
    gate = run / "reports" / "evaluation_gate.json"
    assert gate.exists() == bool(options)
    if code:
        assert json.loads(gate.read_text())["passed"] is False
        assert "eval.gate_failed" in outcome.err


def test_trials_and_seed_reach_the_suite(here: Path) -> None:
    outcome = worldforge("eval --suite mine.py --provider mock --provider mujoco --trials 4 --seed 9 --format json")
    results = json.loads(outcome.out)["results"]
    assert [result["provider"] for result in results] == ["mock", "mujoco"]
    assert [trial["seed"] for trial in results[0]["trials"]] == [9, 10, 11, 12]
    assert results[0]["passed_trial_count"] == 2


def test_a_suite_of_a_file_may_have_another_name(here: Path) -> None:
    outcome = worldforge("eval --suite mine.py:other --provider mock --format json")
    assert json.loads(outcome.out)["suite_id"] == "other"


def test_a_suite_may_import_what_lies_beside_it(here: Path) -> None:
    (here / "beside_the_suite.py").write_text("SCORE = 0.125\n")
    (here / "mine.py").write_text(
        "from beside_the_suite import SCORE\n" + SUITE.format(body="").replace("0.5", "SCORE")
    )
    before = list(sys.path)
    outcome = worldforge("eval --suite mine.py --provider mock --format json")
    assert json.loads(outcome.out)["results"][0]["score"] == 0.125
    assert sys.path == before


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("eval", 2, "eval.nothing_to_do"),
        ("eval --suite planning", 2, "eval.nothing_to_do"),
        ("eval --provider mock", 2, "eval.nothing_to_do"),
        ("eval --suite plannin --provider mock", 2, "suite.unknown"),
        ("eval --suite planning --provider mok", 2, "provider.unknown"),
        ("eval --suite planning --provider mock --min-score 2", 2, "--min-score"),
        ("eval --suite planning --provider mock --min-score nan", 2, "--min-score"),
        ("eval --suite planning --provider mock --trials 0", 2, "--trials"),
        ("eval --suite planning --provider mock --timeout 0", 2, "--timeout"),
        ("eval --suite planning --provider mock --dataset-manifest missing.json", 3, "missing.json"),
        ("eval --suite missing.py --provider mock", 3, "suite.file"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_kept(here: Path, line: str, code: int, says: str) -> None:
    outcome = worldforge(f"{line} --run-workspace .worldforge")
    assert outcome.code == code
    assert says in outcome.err
    assert outcome.out == ""
    assert not (here / ".worldforge").exists()


def test_a_provider_without_the_capability_is_refused(here: Path) -> None:
    (here / "mine.py").write_text(
        SUITE.format(body="").replace("evaluator=", 'required_capabilities=["policy"], evaluator=')
    )
    outcome = worldforge("eval --suite mine.py --provider mock")
    assert (outcome.code, "mock lacks policy" in outcome.err) == (2, True)


def test_the_mistake_of_a_suite_leaves_a_failed_run(here: Path) -> None:
    (here / "mine.py").write_text(SUITE.format(body="return 3"))
    outcome = worldforge("eval --suite mine.py --provider mock --run-workspace .worldforge")
    assert (outcome.code, "outcome.invalid" in outcome.err) == (3, True)
    assert json.loads((run_in(here) / "run_manifest.json").read_text())["status"] == "failed"


def test_an_interrupt_leaves_a_cancelled_run(here: Path) -> None:
    (here / "mine.py").write_text(SUITE.format(body="raise KeyboardInterrupt"))
    outcome = worldforge("eval --suite mine.py --provider mock --run-workspace .worldforge")
    assert outcome.code == 130
    assert json.loads((run_in(here) / "run_manifest.json").read_text())["status"] == "cancelled"


def test_a_trial_that_takes_too_long_has_failed(here: Path) -> None:
    (here / "mine.py").write_text(SUITE.format(body="__import__('threading').Event().wait()"))
    outcome = worldforge("eval --suite mine.py --provider mock --timeout 0.05 --format json")
    [result] = json.loads(outcome.out)["results"]
    assert (outcome.code, result["passed"], result["trials"][0]["error"]["kind"]) == (0, False, "TimeoutError")


def test_the_suites_that_have_a_name_are_listed(here: Path) -> None:
    assert worldforge("eval --list-suites").out.splitlines()[:2] == ["physics", "planning"]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with suites, as its entry points say: one that works, one that does not, one with a name of ours."""
    (tmp_path / "outside_suites.py").write_text(SUITE.format(body="pass") + "\nnumber = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    targets = {"installed": "outside_suites:suite", "made": "outside_suites:other", "planning": "outside_suites:suite"}
    broken = {"gone": "no_such_module:suite", "number": "outside_suites:number"}
    entries = [
        importlib.metadata.EntryPoint(name, target, registry.GROUP) for name, target in {**targets, **broken}.items()
    ]
    real = importlib.metadata.entry_points

    def faked(*, group: str) -> Any:
        return entries if group == registry.GROUP else real(group=group)

    monkeypatch.setattr(plugins, "entry_points", faked)
    monkeypatch.delitem(sys.modules, "outside_suites", raising=False)


@pytest.mark.usefixtures("installed")
def test_suites_of_other_packages_have_names_too(here: Path) -> None:
    assert worldforge("eval --list-suites").out.splitlines() == [
        "physics",
        "planning",
        "gone",
        "installed",
        "made",
        "number",
    ]
    for name, suite_id in (("installed", "mine"), ("made", "other"), ("planning", "planning")):
        outcome = worldforge(f"eval --suite {name} --provider mock --format json")
        assert json.loads(outcome.out)["suite_id"] == suite_id
    assert EvaluationSuite.from_registered("installed").suite_id == "mine"
    gone = worldforge("eval --suite gone --provider mock")
    assert (gone.code, "suite.broken" in gone.err) == (4, True)
    number = worldforge("eval --suite number --provider mock")
    assert (number.code, "suite.not_a_suite" in number.err) == (3, True)


def test_nothing_heavy_is_loaded_for_a_built_in_suite(tmp_path: Path) -> None:
    program = (
        "import sys; from worldforge.cli import main\n"
        "sys.argv = ['worldforge', 'eval', '--suite', 'planning', '--provider', 'mock', '--quiet']\n"
        "try:\n    main()\nexcept SystemExit as left:\n    assert not left.code\n"
        "print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    never = {"numpy", "scipy", "rich", "jsonschema", "importlib.metadata", "httpx", "asyncio", "ssl", "mujoco"}
    never |= {"worldbase.redaction.passes", "worldforge.benchmark.report", "worldforge.runs.preserved", "difflib"}
    assert never & set(done.stdout.split()) == set()


def test_a_manifest_is_cited_and_kept(tmp_path: Path) -> None:
    manifest = REPO / "examples" / "dataset-manifests" / "mock-evaluation-fixtures.json"
    with inside(REPO):
        outcome = worldforge(
            "eval --suite mine.py --provider mock".replace("mine.py", "examples/custom_evaluation_suite.py"),
            "--dataset-manifest",
            manifest.relative_to(REPO),
            "--run-workspace",
            tmp_path,
            "--format",
            "json",
        )
    assert outcome.code == 0, outcome.err
    [reference] = json.loads(outcome.out)["provenance"]["dataset_manifests"]
    assert reference["path"] == "examples/dataset-manifests/mock-evaluation-fixtures.json"
    assert "entries" not in reference
    [run] = (tmp_path / "runs").iterdir()
    assert (run / "inputs" / "dataset-manifest-1.json").read_bytes() == manifest.read_bytes()


def test_a_manifest_is_created_and_checked(here: Path) -> None:
    (here / "a.csv").write_text("x,y\n1,2\n")
    line = "dataset-manifest create a.csv --id mine --license MIT --source s --owner o --output mine.json"
    assert worldforge(line).code == 0
    again = worldforge(line)
    assert (again.code, "dataset.output_exists" in again.err) == (2, True)
    assert worldforge(f"{line} --overwrite --reviewed --privacy public").code == 0
    checked = worldforge("dataset-manifest check mine.json --format json")
    assert checked.code == 0
    assert json.loads(checked.out)["privacy"] == {"classification": "public", "contains_personal_data": False}
    assert "a.csv" in worldforge("dataset-manifest check mine.json").out
    (here / "a.csv").write_text("changed")
    changed = worldforge("dataset-manifest check mine.json")
    assert (changed.code, "dataset.local_file" in changed.err) == (3, True)


@pytest.mark.parametrize(("name", "code"), [("missing.csv", 3), ("../up.csv", 3), ("folder", 3), ("data.bin", 3)])
def test_what_is_no_fixture_is_refused(here: Path, name: str, code: int) -> None:
    (here / "folder").mkdir()
    (here / "data.bin").write_text("x")
    options = "--id mine --license MIT --source s --owner o --output m.json"
    outcome = worldforge(f"dataset-manifest create {name} {options}")
    assert outcome.code == code
    assert not (here / "m.json").exists()
