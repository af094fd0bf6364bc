"""The evaluation page, typed in from top to bottom: its commands, its snippets, the files that it names."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldforge
from tests.support import REPO

SNIPPET = """
from worldforge import WorldForge
forge = WorldForge()

from worldforge.evaluation import EvaluationSuite
suite = EvaluationSuite.from_builtin("planning")
report = suite.run_report(["mock"], forge=forge)
print(report.results[0].passed)
print(report.to_json())
"""
CUSTOM = """
from worldforge import WorldForge
forge = WorldForge()

from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite
def check_empty_world(context: EvaluationContext):
    object_count = context.world.object_count
    return context.outcome(
        score=1.0,
        passed=object_count == 0,
        metrics={"object_count": object_count},
    )
suite = EvaluationSuite.custom(
    suite_id="custom-empty-world",
    name="Custom Empty World Evaluation",
    suite_version="custom-empty-world:1",
    claim_boundary=(
        "This custom suite is a deterministic checkout example, not a model-quality claim."
    ),
    scenarios=[
        EvaluationScenario.from_callable(
            name="empty-world-readable",
            description="Checks that a new world can be inspected.",
            evaluator=check_empty_world,
        )
    ],
)
EvaluationSuite.register("custom-empty-world", lambda: suite, replace=True)
report = EvaluationSuite.from_registered("custom-empty-world").run_report("mock", forge=forge)
print(report.provenance.suite_version)
print(report.artifacts()["failure_gallery.json"])
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """What the page's reader stands in: a checkout with examples, and nothing run yet."""
    shutil.copytree(REPO / "examples", tmp_path / "examples")
    with inside(tmp_path):
        yield tmp_path


def typed(program: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(folder: Path) -> Path:
    [run] = (folder / ".worldforge" / "runs").iterdir()
    return run


def test_the_first_snippet(tmp_path: Path) -> None:
    passed, report = typed(SNIPPET, tmp_path).split("\n", 1)
    assert passed == "True"
    assert json.loads(report)["suite_id"] == "planning"


def test_the_suite_of_ones_own(tmp_path: Path) -> None:
    version, gallery = typed(CUSTOM, tmp_path).split("\n", 1)
    assert version == "custom-empty-world:1"
    assert json.loads(gallery)["cases"] == []


def test_the_same_suite_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "empty_world.py").write_text(CUSTOM)
    with inside(tmp_path):
        outcome = worldforge("eval --suite empty_world.py --provider mock --format csv")
    assert outcome.code == 0
    assert outcome.out.count("custom-empty-world,") == 1


@pytest.mark.usefixtures("checkout")
def test_both_built_in_suites_end_well() -> None:
    assert worldforge("eval --suite physics --provider mock").code == 0
    outcome = worldforge("eval --suite planning --provider mock --format json")
    assert outcome.code == 0
    assert {result["passed"] for result in json.loads(outcome.out)["results"]} == {True}


def test_a_dataset_manifest_is_cited(checkout: Path) -> None:
    outcome = worldforge(
        "eval --suite planning --provider mock"
        " --dataset-manifest examples/dataset-manifests/mock-evaluation-fixtures.json --format json"
    )
    assert outcome.code == 0
    [reference] = json.loads(outcome.out)["provenance"]["dataset_manifests"]
    assert reference["id"] == "mock-evaluation-fixtures"
    assert reference["sha256"].startswith("sha256:")


def test_the_example_runs_as_a_program_and_as_a_suite(checkout: Path) -> None:
    example = checkout / "examples" / "custom_evaluation_suite.py"
    done = subprocess.run([sys.executable, example], capture_output=True, text=True, check=True, cwd=checkout)
    assert "mock passed 2 of 3." in done.stdout
    outcome = worldforge("eval --suite examples/custom_evaluation_suite.py --provider mock --run-workspace .worldforge")
    assert outcome.code == 0
    gallery: dict[str, Any] = json.loads((kept(checkout) / "reports" / "report.failure_gallery.json").read_text())
    assert [case["fixture_id"] for case in gallery["cases"]] == ["evaluation:custom-example:controlled-failure"]
    assert (
        worldforge("eval --suite examples/custom_evaluation_suite.py --provider mock --require-pass --quiet").code == 1
    )


def test_a_newcomer_runs_keeps_and_shares_an_evaluation(checkout: Path) -> None:
    assert worldforge("eval --suite planning --provider mock --run-workspace .worldforge").code == 0
    run = kept(checkout).name
    assert worldforge(f"runs verify {run}").code == 0
    bundled = worldforge(f"runs bundle {run}")
    assert bundled.code == 0, bundled.err
    [issue] = (checkout / ".worldforge").rglob("issue.md")
    assert run in issue.read_text()
    manifest = json.loads((issue.parent / "evidence_manifest.json").read_text())
    assert manifest["safe_to_attach"] is True
